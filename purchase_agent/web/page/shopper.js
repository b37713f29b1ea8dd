// One shopper: texts and an event file in, the prediction out. Nothing is kept here or on the server.

import { postJson, send } from "./api.js";
import { add, h, newId, put, words } from "./dom.js";
import { announce, loading, problemNotice } from "./notices.js";
import { predictionView } from "./prediction.js";
import { count, state, t } from "./state.js";

const CHANNELS = ["chat", "review", "search_query", "social_post", "discussion"];
const LARGEST = 4 * 1024 * 1024;
const MOST_TEXTS = 20;
const EXAMPLES = {
  en: {
    texts: [
      { channel: "search_query", text: "quiet electric kettle under 40" },
      { channel: "chat", text: "My kettle broke this morning. I've narrowed it down to two, is the cheaper one much louder? I need it before Friday." },
    ],
  },
  zh: {
    texts: [
      { channel: "social_post", text: "手机卡得不行了，打开相机要等五秒" },
      { channel: "chat", text: "看中这款了，就是有点贵，等双十一再换，到时候会便宜吗？" },
    ],
  },
};

export function shopperView() {
  const held = { texts: [{ channel: "chat", text: "", at: "" }], file: null, chosen: 0, asOf: "", fromFile: false, result: null, busy: false };
  const root = h("div", { class: "shopper" });
  const form = h("form", { class: "panel", novalidate: true });
  const result = h("div", { class: "result", id: "prediction", tabindex: -1 });
  add(root, h("div", { class: "columns" }, form, result));

  function draw() {
    put(
      form,
      h("h1", {}, t("s_title")),
      h("p", { class: "lead" }, t("s_text")),
      h("fieldset", {}, h("legend", {}, t("s_words")), held.texts.map(textField), h("button", { type: "button", class: "link", disabled: held.texts.length >= MOST_TEXTS, onclick: addText }, `+ ${t("s_add")}`)),
      h("fieldset", {}, h("legend", {}, t("s_events")), fileField()),
      moreFields(),
      h(
        "div",
        { class: "actions" },
        h("button", { type: "submit", class: "primary", disabled: held.busy }, held.busy ? t("s_predicting") : t("s_predict")),
        h("button", { type: "button", class: "link", onclick: fillExample }, t("s_example")),
        h("button", { type: "button", class: "link", onclick: clear }, t("s_clear")),
      ),
    );
    if (held.result) put(result, held.result());
    else put(result, h("div", { class: "empty" }, h("p", {}, t("s_empty"))));
  }

  function textField(one, place) {
    const [text, channel, at] = [newId("text"), newId("channel"), newId("at")];
    const name = t("s_text_n", { n: place + 1 });
    const area = h("textarea", { id: text, rows: 3, placeholder: t("s_text_placeholder"), dir: "auto" });
    area.value = one.text;
    area.addEventListener("input", () => { one.text = area.value; });
    const select = h("select", { id: channel }, CHANNELS.map((key) => h("option", { value: key, selected: key === one.channel }, t(`s_channel_${key}`))));
    select.addEventListener("change", () => { one.channel = select.value; });
    const when = h("input", { id: at, type: "datetime-local", max: "2199-12-31T23:59" });
    when.value = one.at;
    when.addEventListener("change", () => { one.at = when.value; });
    return h(
      "div",
      { class: "text-field" },
      h("label", { for: text, class: "sr" }, name),
      area,
      h(
        "div",
        { class: "text-row" },
        h("span", {}, h("label", { for: channel, class: "small-label" }, t("s_channel")), select),
        h("span", {}, h("label", { for: at, class: "small-label" }, t("s_when")), when),
        held.texts.length > 1 && h("button", { type: "button", class: "icon-button", "aria-label": t("s_remove", { n: place + 1 }), onclick: () => removeText(place) }, "×"),
      ),
    );
  }

  function addText() {
    held.texts.push({ channel: "chat", text: "", at: "" });
    draw();
    form.querySelectorAll("textarea")[held.texts.length - 1].focus();
  }

  function removeText(place) {
    held.texts.splice(place, 1);
    draw();
    form.querySelectorAll("textarea")[Math.max(0, place - 1)].focus();
  }

  function fileField() {
    const input = h("input", { type: "file", id: "event-file", class: "sr", accept: ".csv,.tsv,.jsonl,.ndjson,.json,.parquet,.gz" });
    input.addEventListener("change", () => read(input.files[0]));
    const drop = h(
      "div",
      { class: "drop" },
      h("p", {}, `${t("s_drop")} `, input, h("label", { for: "event-file", class: "link" }, t("s_choose"))),
      h("p", { class: "meta" }, t("s_drop_hint")),
    );
    drop.addEventListener("dragover", (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
    drop.addEventListener("dragleave", () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      read(event.dataTransfer.files[0]);
    });
    if (!held.file) return drop;
    return fileSummary(drop);
  }

  function fileSummary(drop) {
    const { name, reading, problem, told } = held.file;
    const remove = h("button", { type: "button", class: "link", onclick: () => { held.file = null; unset(); draw(); } }, t("s_file_remove"));
    if (reading) return loading(t("s_file_reading", { name }));
    if (problem) return h("div", {}, problemNotice(problem), drop);
    const events = told.shoppers.reduce((sum, one) => sum + one.events.length + one.left_out, 0);
    const shoppers = told.shoppers.length + told.more_shoppers;
    const select = h(
      "select",
      { id: "file-shopper" },
      told.shoppers.map((one, place) => h("option", { value: place, selected: place === held.chosen }, t("s_file_option", { id: shortened(one.shopper_id), n: count(one.events.length + one.left_out) }))),
    );
    select.addEventListener("change", () => { held.chosen = Number(select.value); asOfFile(); draw(); form.querySelector("#file-shopper").focus(); });
    return h(
      "div",
      { class: "file" },
      h("p", {}, words(t("s_file_read", { events: count(events), shoppers: count(shoppers), name }))),
      told.rejected_rows > 0 &&
        h("details", {}, h("summary", { class: "meta" }, t("s_file_rejected", { n: count(told.rejected_rows) })), h("ul", { class: "meta" }, told.rejected.map((row) => h("li", {}, words(t("s_file_line", { line: row.line ?? "?", reason: [row.field, row.reason].filter(Boolean).join(": ") })))))),
      told.notes.length > 0 && h("p", { class: "meta" }, words(told.notes.join("; "))),
      h("p", { class: "text-row" }, h("span", {}, h("label", { for: "file-shopper", class: "small-label" }, t("s_file_shopper")), select), remove),
    );
  }

  async function read(file) {
    if (!file) return;
    held.file = { name: shortened(file.name), reading: true };
    draw();
    try {
      if (file.size > LARGEST) throw Object.assign(new Error(t("s_file_large")), { kind: "too-large" });
      const path = `/v1/events?name=${encodeURIComponent(file.name.slice(-100))}`;
      const told = await (await send(path, { method: "POST", body: file, type: "application/octet-stream" })).json();
      held.file = { name: shortened(file.name), told };
      held.chosen = 0;
      asOfFile();
    } catch (error) {
      held.file = { name: shortened(file.name), problem: error };
    }
    draw();
    (form.querySelector("#file-shopper") ?? form.querySelector("#event-file"))?.focus();
  }

  // Events of long ago are predicted from their own time, not from today.
  function asOfFile() {
    const last = held.file.told.shoppers[held.chosen]?.events.at(-1)?.at;
    if (!last || Date.now() - Date.parse(last) < 30 * 86_400_000) return unset();
    held.asOf = new Date(Date.parse(last) + 60_000).toISOString().slice(0, 16);
    held.fromFile = true;
  }

  function unset() {
    if (held.fromFile) held.asOf = "";
    held.fromFile = false;
  }

  function moreFields() {
    const input = h("input", { id: "as-of", type: "datetime-local", max: "2199-12-31T23:59", "aria-describedby": "as-of-hint" });
    input.value = held.asOf;
    input.addEventListener("change", () => { held.asOf = input.value; held.fromFile = false; });
    return h(
      "details",
      { class: "more", open: held.asOf !== "" },
      h("summary", {}, t("s_more")),
      h("label", { for: "as-of", class: "small-label" }, `${t("s_as_of")} · UTC`),
      input,
      h("p", { class: "meta", id: "as-of-hint" }, held.fromFile ? t("s_as_of_file") : t("s_as_of_hint")),
    );
  }

  function given() {
    const texts = held.texts
      .map((one, place) => ({ id: `t${place + 1}`, channel: one.channel, text: one.text, ...(one.at ? { at: new Date(one.at).toISOString() } : {}) }))
      .filter((one) => one.text.trim());
    const chosen = held.file?.told?.shoppers[held.chosen];
    const shopper = { shopper_id: chosen?.shopper_id ?? "page", texts };
    if (chosen) shopper.events = chosen.events;
    if (held.asOf) shopper.as_of = `${held.asOf}:00Z`;
    return shopper;
  }

  async function predict() {
    const shopper = given();
    if (!shopper.texts.length && !shopper.events?.length) {
      held.result = () => h("div", { class: "notice", role: "alert" }, t("s_nothing"));
      draw();
      form.querySelector("textarea").focus();
      return;
    }
    held.busy = true;
    held.result = () => h("div", { class: "empty" }, loading(t("s_predicting")));
    draw();
    try {
      const told = await postJson("/v1/predict", shopper);
      held.result = () => [h("h2", { class: "sr" }, t("s_result")), predictionView(told, shopper.texts)];
      announce(t("s_result"));
    } catch (error) {
      held.result = () => problemNotice(error, predict);
    }
    held.busy = false;
    draw();
    result.focus({ preventScroll: true });
    if (result.getBoundingClientRect().top > window.innerHeight * 0.8 || result.getBoundingClientRect().top < 0) result.scrollIntoView({ block: "start" });
  }

  function fillExample() {
    held.texts = EXAMPLES[state.language].texts.map((one) => ({ ...one, at: "" }));
    draw();
    form.querySelector("button.primary").focus();
  }

  function clear() {
    Object.assign(held, { texts: [{ channel: "chat", text: "", at: "" }], file: null, asOf: "", fromFile: false, result: null });
    draw();
    form.querySelector("textarea").focus();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!held.busy) predict();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !held.busy) {
      event.preventDefault();
      predict();
    }
  });
  return { root, draw };
}

function shortened(name) {
  const signs = Array.from(name);
  return signs.length > 40 ? `${signs.slice(0, 39).join("")}…` : name;
}
