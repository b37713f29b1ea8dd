// The audience as files: who is asked for, and a download that the server writes.

import { send } from "./api.js";
import { h, put, words } from "./dom.js";
import { announce, problemNotice } from "./notices.js";
import { count, listed, t } from "./state.js";

const DAYS = [1, 7, 30, 90];
const TOP = [5, 10, 20];
const HOLD_OUT = [0, 5, 10, 20];
const APPLIES = ["category", "motivation", "language"];
const NAME = "audience.zip";

export function exportCard(filter) {
  const days = select("export-days", DAYS.map((one) => [one, t(one === 1 ? "p_export_day" : "p_export_days", { n: one })]), 7);
  const who = select("export-who", [...TOP.map((one) => [one, t("p_export_top", { n: one })]), ["", t("p_export_chance")]], 10);
  const hold = select("export-hold", HOLD_OUT.map((one) => [one, `${one} %`]), 10);
  const hashed = h("input", { id: "export-hashed", type: "checkbox" });
  const button = h("button", { type: "submit", class: "primary" }, t("p_export_button"));
  const said = h("div", { class: "meta said", role: "status" });
  const form = h(
    "form",
    { class: "card export" },
    h("h2", {}, t("p_export")),
    h("p", { class: "about" }, t("p_export_text"), " ", words(filtered(filter))),
    h("div", { class: "export-row" }, field("export-days", "p_export_within", days), field("export-who", "p_export_who", who), field("export-hold", "p_export_holdout", hold)),
    h("div", { class: "export-row" }, h("span", { class: "check" }, hashed, h("label", { for: "export-hashed" }, t("p_export_hashed"))), button),
    said,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    put(said);
    try {
      const applied = Object.fromEntries(APPLIES.filter((name) => filter[name]).map((name) => [name, filter[name]]));
      const asked = { days: days.value, holdout: hold.value / 100, hash: hashed.checked ? "sha256" : "none", ...applied };
      if (who.value) asked.top = who.value / 100;
      const answer = await send(`/v1/export/audience?${new URLSearchParams(asked)}`, { insight: true });
      const made = JSON.parse(answer.headers.get("x-audience") ?? "{}");
      save(await answer.blob());
      put(said, summary(made));
      announce(said.textContent);
    } catch (error) {
      put(said, problemNotice(error));
    }
    button.disabled = false;
  });
  return form;
}

function select(id, options, chosen) {
  return h("select", { id }, options.map(([value, title]) => h("option", { value, selected: value === chosen }, title)));
}

function field(id, name, control) {
  return h("span", {}, h("label", { for: id, class: "small-label" }, t(name)), control);
}

function filtered(filter) {
  const names = (some) => listed(some.map((name) => t(`p_filter_${name}`)));
  const [does, not] = [true, false].map((wanted) => Object.keys(filter).filter((name) => APPLIES.includes(name) === wanted));
  return [does.length && t("p_export_applies", { list: names(does) }), not.length && t("p_export_not", { list: names(not) })].filter(Boolean).join(". ");
}

function summary(made) {
  if (!made.treated && !made.held_out) return t("p_export_none");
  return [
    t("p_export_done", { n: count(made.treated), held: count(made.held_out) }),
    made.no_consent > 0 && t("p_export_left", { n: count(made.no_consent) }),
    made.sensitive > 0 && t("p_export_sensitive", { n: count(made.sensitive) }),
    made.repeated > 0 && t("p_export_repeated", { n: count(made.repeated) }),
    made.not_named > 0 && t("p_export_unnamed", { n: count(made.not_named) }),
  ].filter(Boolean).join(" · ");
}

function save(blob) {
  const address = URL.createObjectURL(blob);
  h("a", { href: address, download: NAME }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
