// The frame: views, language, theme, the dialogue for the key.

import { getJson, onKeyWanted } from "./api.js";
import { askView } from "./ask.js";
import { h, put } from "./dom.js";
import { problemNotice } from "./notices.js";
import { portfolioView } from "./portfolio.js";
import { shopperView } from "./shopper.js";
import { setKey, setLanguage, setTheme, state, t, theme } from "./state.js";

const NAMES = ["ask", "shopper", "portfolio"];
const THEMES = ["auto", "light", "dark"];
const main = document.getElementById("main");
const banner = document.getElementById("banner");
const dialogue = document.getElementById("key-dialogue");
const views = { ask: askView(), shopper: shopperView(), portfolio: portfolioView(() => learn(true)) };

function current() {
  const name = location.hash.slice(1);
  return NAMES.includes(name) ? name : "ask";
}

function drawFrame() {
  document.documentElement.lang = state.language === "zh" ? "zh-CN" : "en";
  document.title = `${t(current())} · ${t("title")}`;
  put(document.getElementById("skip"), t("skip"));
  put(document.getElementById("name"), t("title"));
  const nav = document.getElementById("nav");
  nav.setAttribute("aria-label", t("nav"));
  put(nav, NAMES.map((name) => h("a", { href: `#${name}`, "aria-current": name === current() ? "page" : null }, t(name))));
  const language = document.getElementById("language");
  language.setAttribute("aria-label", t("language_label"));
  language.lang = state.language === "zh" ? "en" : "zh-CN";
  put(language, t("language"));
  const select = document.getElementById("theme");
  select.setAttribute("aria-label", t("theme"));
  put(select, THEMES.map((name) => h("option", { value: name, selected: name === theme() }, t(`theme_${name}`))));
}

function drawView() {
  const view = views[current()];
  if (main.firstElementChild !== view.root) put(main, view.root);
  main.className = `view-${current()}`;
  view.draw();
}

function draw() {
  drawFrame();
  drawView();
}

// What the server can do for whoever asks; asked again when a key was given.
async function learn(insight = false) {
  try {
    if (insight) {
      const key = await askForKey(true, false);
      if (key === null) return;
      setKey(key);
    }
    state.about = await getJson("/v1/about");
    state.failed = false;
    put(banner);
    drawView();
  } catch (error) {
    state.failed = state.about === null;
    put(banner, problemNotice(error, () => learn()));
    drawView();
  }
}

function askForKey(insight, wrong) {
  return new Promise((resolve) => {
    const input = h("input", { id: "key", type: "password", autocomplete: "off", required: true, "aria-describedby": "key-about" });
    const form = h(
      "form",
      { method: "dialog" },
      h("h2", { id: "key-title" }, t(insight ? "key_insight_title" : "key_title")),
      h("p", { id: "key-about" }, t(insight ? "key_insight_text" : "key_text")),
      wrong && h("p", { class: "wrong", role: "alert" }, t("key_wrong")),
      h("label", { for: "key", class: "small-label" }, t("key_label")),
      input,
      h("div", { class: "actions" }, h("button", { type: "submit", class: "primary" }, t("key_enter")), h("button", { type: "button", class: "quiet", onclick: () => dialogue.close("") }, t("cancel"))),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      dialogue.close(input.value.trim());
    });
    put(dialogue, form);
    dialogue.returnValue = "";
    dialogue.addEventListener("close", () => resolve(dialogue.returnValue || null), { once: true });
    dialogue.showModal();
    input.focus();
  });
}

onKeyWanted(askForKey);
window.addEventListener("hashchange", () => {
  draw();
  main.focus({ preventScroll: true });
  window.scrollTo(0, 0);
});
window.addEventListener("offline", () => put(banner, h("div", { class: "notice", role: "status" }, t("offline"))));
window.addEventListener("online", () => learn());
document.getElementById("language").addEventListener("click", () => {
  setLanguage(state.language === "zh" ? "en" : "zh");
  draw();
});
document.getElementById("theme").addEventListener("change", (event) => setTheme(event.target.value));
document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault(); // the fragment names the view
  main.focus();
});
draw();
learn();
