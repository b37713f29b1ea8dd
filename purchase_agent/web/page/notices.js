// What is said when something has to wait, is empty, or went wrong; calmly, with what to do.

import { h, words } from "./dom.js";
import { t } from "./state.js";

export function problemNotice(problem, retry = null) {
  const [detail, hint] = problem.kind && problem.kind !== "bug" ? [problem.message, problem.hint] : [t("error_server"), t("error_server_hint")];
  return h(
    "div",
    { class: "notice problem", role: "alert" },
    h("p", { class: "notice-head" }, words(problem.field ? `${detail} (${problem.field})` : detail)),
    hint && h("p", {}, words(hint)),
    h(
      "p",
      { class: "notice-foot" },
      retry && h("button", { type: "button", class: "quiet", onclick: retry }, t("retry")),
      problem.reference && h("span", { class: "meta" }, t("error_reference", { id: String(problem.reference).slice(0, 64) })),
    ),
  );
}

export function loading(text = t("loading")) {
  return h("p", { class: "loading", role: "status" }, h("span", { class: "pulse", "aria-hidden": "true" }), text);
}

// Says something to who listens to the page; each time anew, also the same words twice.
export function announce(text) {
  const place = document.getElementById("live");
  place.textContent = "";
  requestAnimationFrame(() => {
    place.textContent = text.slice(0, 2000);
  });
}

// Command lines to copy.
export function commands(lines) {
  const text = lines.join("\n");
  const button = h("button", { type: "button", class: "quiet small" }, t("copy"));
  button.addEventListener("click", async () => {
    await navigator.clipboard?.writeText(text).catch(() => {});
    button.textContent = t("copied");
    announce(t("copied"));
  });
  return h("div", { class: "commands" }, h("pre", { tabindex: 0 }, h("code", {}, text)), button);
}
