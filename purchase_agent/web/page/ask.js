// The chat: about all shoppers for staff, or as a shopper. An answer is written as it comes; Esc stops it.

import { answerFigure, answerHidden, answerMeta, answerQuotes } from "./answer.js";
import { postJson, streamed } from "./api.js";
import { add, h, put, words } from "./dom.js";
import { announce, loading, problemNotice } from "./notices.js";
import { predictionView } from "./prediction.js";
import { state, t } from "./state.js";

const MODELS = { staff: "purchase-agent-staff", shopper: "purchase-agent" };
const LONGEST = 60_000;
const MOST_SENT = 100; // newest messages; the server takes 200

export function askView() {
  const talk = { as: "shopper", said: { staff: [], shopper: [] }, under_way: null };
  const turns = h("ol", { class: "turns" });
  const heading = h("h1", { class: "sr" });
  const opening = h("div", { class: "opening" });
  const input = h("textarea", { id: "message", rows: 1, maxlength: LONGEST, enterkeyhint: "send", autocomplete: "off" });
  const button = h("button", { type: "submit", class: "primary" });
  const again = h("button", { type: "button", class: "link" });
  const choice = h("fieldset", { class: "segments" });
  const hint = h("span", { class: "meta stop-hint" });
  const label = h("label", { for: "message", class: "sr" });
  const form = h("form", { class: "composer" }, h("div", { class: "composer-top" }, choice, again), h("div", { class: "composer-row" }, label, input, button), hint);
  const root = h("div", { class: "ask" }, h("div", { class: "talk" }, heading, opening, turns), form);

  function staffMay() {
    return state.about !== null && state.about.insight !== "closed" && state.about.store;
  }

  function draw() {
    const busy = talk.under_way !== null;
    put(label, t("ask_label"));
    input.placeholder = t(turns.children.length ? "ask_placeholder_more" : `ask_placeholder_${talk.as}`);
    put(button, busy ? t("ask_stop") : t("ask_send"));
    put(again, t("ask_again"));
    put(hint, busy ? t("ask_stop_hint") : "");
    again.hidden = talk.said[talk.as].length === 0 || busy;
    put(
      choice,
      h("legend", { class: "sr" }, t("ask_as")),
      ["staff", "shopper"].map((as) => {
        const radio = h("input", { type: "radio", name: "as", value: as, id: `as-${as}`, checked: talk.as === as, disabled: busy || (as === "staff" && !staffMay()) });
        radio.addEventListener("change", () => turnTo(as));
        return h("span", {}, radio, h("label", { for: `as-${as}` }, t(`ask_as_${as}`)));
      }),
    );
    opening.hidden = turns.children.length > 0;
    heading.hidden = !opening.hidden; // the opening has its own
    put(heading, t("ask"));
    const closed = state.about !== null && !staffMay();
    put(
      opening,
      h("h1", {}, t("ask_title")),
      h("p", { class: "lead" }, t(`ask_text_${talk.as}`)),
      closed && h("p", { class: "notice" }, t(state.about.store ? "ask_closed" : "ask_no_store")),
      h("h2", { class: "eyebrow" }, t("ask_suggest")),
      h("ul", { class: "suggestions" }, t(`ask_examples_${talk.as}`).map((text) => h("li", {}, h("button", { type: "button", onclick: () => say(text) }, text)))),
    );
  }

  function turnTo(as) {
    talk.as = as;
    forget();
    document.getElementById(`as-${as}`)?.focus();
  }

  function forget() {
    talk.said[talk.as] = [];
    put(turns);
    draw();
  }

  function grow() {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, 200)}px`;
  }

  async function say(text) {
    const message = text.trim();
    if (!message || talk.under_way) return;
    input.value = "";
    grow();
    add(turns, h("li", { class: "turn you" }, h("span", { class: "sr" }, `${t("ask_you")}: `), h("div", { class: "said" }, words(message))));
    await answer(message);
  }

  async function answer(message) {
    const body = h("div", { class: "said", "aria-busy": "true" }, loading(t(talk.as === "staff" ? "ask_thinking" : "ask_thinking_shopper")));
    const turn = h("li", { class: "turn answer" }, h("span", { class: "sr" }, `${t("ask_answer")}: `), body);
    add(turns, turn);
    turn.scrollIntoView({ block: "end" });
    const said = talk.said[talk.as];
    const control = new AbortController();
    talk.under_way = control;
    draw();
    announce(t(talk.as === "staff" ? "ask_thinking" : "ask_thinking_shopper"));
    const begun = performance.now();
    const written = h("p", { class: "written", dir: "auto" });
    let told = "";
    let more = {};
    try {
      const messages = [...said.slice(-MOST_SENT), { role: "user", content: message }];
      for await (const part of streamed("/v1/chat/completions", { model: MODELS[talk.as], messages }, { signal: control.signal, insight: talk.as === "staff" })) {
        if (part.more) more = part.more;
        if (!part.words) continue;
        if (!told) put(body, written);
        told += part.words;
        written.textContent = told;
        follow(turn);
      }
      finish(body, written, more, (performance.now() - begun) / 1000);
      said.push({ role: "user", content: message }, { role: "assistant", content: told });
      announce(t("ask_done", { text: told }));
      settle(turn);
    } catch (error) {
      if (!told) put(body);
      if (error.name === "AbortError") {
        add(body, h("p", { class: "meta" }, t("ask_stopped")));
        announce(t("ask_stopped"));
      } else {
        add(body, problemNotice(error, () => { turn.remove(); answer(message); }));
      }
      follow(turn);
    } finally {
      body.removeAttribute("aria-busy");
      talk.under_way = null;
      draw();
      input.focus({ preventScroll: true });
    }
  }

  function finish(body, written, more, seconds) {
    if (!written.isConnected) put(body, written);
    const result = more.result;
    if (more.kind === "answer") add(body, answerParts(result));
    else if (more.kind === "Prediction" || more.kind === "ExplanationResult") {
      const prediction = result.prediction ?? result;
      add(body, h("details", { class: "more" }, h("summary", {}, t("s_result")), predictionView(prediction, [])));
    }
    const by = more.reason?.startsWith("fallback") ? "by_fallback" : more.speaker === "model" ? "by_model" : "by_local";
    const parts = [...(more.kind === "answer" ? answerMeta(result) : []), t(by), t("seconds", { s: seconds.toFixed(1) })];
    add(body, h("p", { class: "meta" }, parts.join(" · ")));
  }

  function answerParts(result) {
    return [
      result.choices.length > 0 &&
        h("ul", { class: "suggestions" }, result.choices.map((one) => h("li", {}, h("button", { type: "button", onclick: () => choose(one) }, one.title)))),
      answerFigure(result, { level: "h2" }),
      answerHidden(result),
      answerQuotes(result),
    ];
  }

  async function choose(one) {
    if (talk.under_way) return;
    add(turns, h("li", { class: "turn you" }, h("div", { class: "said" }, words(one.title))));
    const body = h("div", { class: "said" }, loading());
    const turn = h("li", { class: "turn answer" }, body);
    add(turns, turn);
    const begun = performance.now();
    try {
      const [result] = (await postJson("/v1/insights", { queries: [one.query], language: state.language }, { insight: true })).answers;
      const text = result.error ? result.error.message : result.sentences.join(state.language === "zh" ? "" : " ");
      const written = h("p", { class: "written", dir: "auto" }, text);
      put(body);
      finish(body, written, result.error ? {} : { kind: "answer", result, speaker: "local" }, (performance.now() - begun) / 1000);
      talk.said.staff.push({ role: "user", content: one.title }, { role: "assistant", content: text });
      announce(t("ask_done", { text }));
    } catch (error) {
      put(body, problemNotice(error));
    }
    settle(turn);
  }

  function follow(turn) {
    if (window.innerHeight + window.scrollY > document.body.scrollHeight - 240) turn.scrollIntoView({ block: "end" });
  }

  // A long answer is read from its beginning.
  function settle(turn) {
    if (turn.getBoundingClientRect().height > window.innerHeight * 0.6) (turn.previousElementSibling ?? turn).scrollIntoView({ block: "start" });
    else turn.scrollIntoView({ block: "end" });
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (talk.under_way) talk.under_way.abort();
    else say(input.value);
  });
  again.addEventListener("click", forget);
  input.addEventListener("input", grow);
  input.addEventListener("keydown", (event) => {
    // While a word is being composed, as in Chinese, Enter belongs to it.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (!talk.under_way) say(input.value);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && talk.under_way) talk.under_way.abort();
  });

  let decided = false;
  return {
    root,
    draw() {
      if (!decided && state.about !== null) {
        talk.as = staffMay() ? "staff" : "shopper";
        decided = true;
      }
      draw();
    },
  };
}
