// A prediction of one shopper: the four answers, the curve, the words it rests on, what each source added, who answered.

import { bars, curve, diverging, table, withTable } from "./charts.js";
import { h, words } from "./dom.js";
import { day, has, labelled, listed, percent, t } from "./state.js";

const TITLES = { intent: "s_intent", motivation: "s_motivation", barrier: "s_barriers", next_action: "s_next" };

// `texts`: [{id, text, channel}] as they were sent, for the evidence.
export function predictionView(told, texts = []) {
  if (told.status !== "ok") {
    return h("div", { class: "card notice" }, h("p", {}, t(`s_status_${told.status}`)), foot(told));
  }
  return h(
    "div",
    { class: "prediction" },
    headline(told),
    h(
      "div",
      { class: "grid two" },
      card("s_intent", "s_intent_about", ranked("intent", told.intent.probabilities, [told.intent.label], 6), flags(told)),
      card("s_next", "s_next_about", ranked("next_action", told.next_action.probabilities, [told.next_action.label], 5)),
      card("s_motivation", "s_motivation_about", ranked("motivation", told.motivation.probabilities, told.motivation.labels, 5)),
      card("s_barriers", null, ranked("barrier", told.motivation.barriers, held(told.motivation.barriers), 5)),
    ),
    timing(told.timing),
    evidence(told, texts),
    sources(told.contributions),
    foot(told),
  );
}

function headline(told) {
  const text = t("s_head", { intent: labelled("intent", told.intent.label), timing: t(`s_when_${told.timing.label}`) });
  return h(
    "header",
    { class: "headline" },
    h("div", {}, h("p", { class: "headline-words" }, text), advice(told.advice)),
    h("p", { class: "big" }, h("strong", {}, percent(told.intent.purchase_probability.value)), h("span", {}, t("s_within_30"))),
  );
}

function advice(told) {
  if (!told) return null;
  return h("p", { class: "advice" }, `${t("s_advice")}: `, h("strong", {}, t(`s_advice_${told.action}`)), words(` – ${t("s_advice_reasons")[told.reason] ?? told.reason}`));
}

function card(name, about, ...content) {
  return h("section", { class: "card" }, h("h3", {}, t(name)), about && h("p", { class: "about" }, t(about)), content);
}

function ranked(task, probabilities, chosen, most) {
  const ordered = Object.entries(probabilities);
  if (task !== "intent") ordered.sort((one, other) => other[1] - one[1]);
  const rows = ordered.map(([name, value]) => ({ label: labelled(task, name), value, chosen: chosen.includes(name) }));
  return bars(rows, { most, top: 1, name: t(TITLES[task]) });
}

function held(barriers) {
  return Object.keys(barriers).filter((name) => barriers[name] >= 0.5);
}

function flags(told) {
  const found = [
    told.intent.abstained && t("s_unsure", { labels: listed(told.intent.set.map((one) => labelled("intent", one))) }),
    told.intent.declined && t("s_declined"),
    told.intent.repurchase && t("s_repurchase"),
    t(`s_sentiment_${told.intent.sentiment}`),
  ].filter(Boolean);
  return h("p", { class: "meta" }, found.join(" · "));
}

function timing(told) {
  const days = [1, 7, 30, 90];
  const alt = t("s_curve_alt", Object.fromEntries(days.map((one) => [`p${one}`, percent(told.cdf[one])])));
  const rows = days.map((one) => [`${one}`, percent(told.cdf[one], 1)]);
  const said = [
    labelled("timing", told.label),
    told.expected_date && t("s_expected", { date: day(told.expected_date) }),
    told.interval_days &&
      t("s_median", { n: Math.round(told.median_days), lo: Math.round(told.interval_days[0]), hi: Math.round(told.interval_days[1]) }),
    told.reasons.length > 0 && t("s_reasons", { list: listed(told.reasons.map((one) => t(`s_reason_${one}`))) }),
  ].filter(Boolean);
  const figure = withTable(
    t("s_timing"), curve(told, `${t("s_curve")}: ${alt}`), table([t("s_day"), t("s_chance")], rows, t("s_curve")),
    { about: t("s_curve") },
  );
  figure.classList.add("card");
  figure.append(h("p", { class: "meta" }, said.join(" · ")));
  return figure;
}

function evidence(told, texts) {
  const byId = new Map(texts.map((text) => [text.id, text]));
  const quoted = texts.filter((text) => told.evidence.some((one) => one.source === text.id && one.start !== null));
  const others = told.evidence.filter((one) => one.start === null || one.start === undefined || !byId.has(one.source));
  const content = [
    quoted.map((text) => h("div", { class: "evidence" }, marked(text.text, ofText(told, text.id)), supports(ofText(told, text.id)))),
    others.length > 0 && supports(others),
    quoted.length + others.length === 0 && h("p", { class: "meta" }, t("s_evidence_none")),
  ];
  return card("s_evidence", "s_evidence_about", content);
}

function ofText(told, id) {
  return told.evidence.filter((one) => one.source === id && one.start !== null && one.start !== undefined);
}

// The text with its quotes marked. Offsets count code points, as Array.from does; quotes may lie over each other.
export function marked(text, quotes) {
  const signs = Array.from(text);
  const cuts = new Set([0, signs.length]);
  for (const one of quotes) {
    cuts.add(Math.min(one.start, signs.length));
    cuts.add(Math.min(one.end, signs.length));
  }
  const places = [...cuts].sort((one, other) => one - other);
  const parts = places.slice(1).map((end, place) => {
    const start = places[place];
    const piece = signs.slice(start, end).join("");
    const over = quotes.filter((one) => one.start <= start && one.end >= end);
    if (!over.length) return piece;
    const names = [...new Set(over.map((one) => supported(one.supports)))];
    return h("mark", { title: listed(names) }, piece);
  });
  return h("p", { class: "marked", dir: "auto" }, parts);
}

function supported(name) {
  const [task, label] = name.split(".");
  return labelled(task, label ?? task);
}

// What each quote or event stands for, the same quote once.
function supports(found) {
  const groups = new Map();
  for (const one of found) {
    const key = one.quote ?? t("s_evidence_event", { id: one.source });
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return h(
    "ul",
    { class: "supports" },
    [...groups].map(([key, some]) =>
      h(
        "li",
        {},
        words(key, { class: some[0].quote ? "quote" : "event" }),
        h("span", { class: "chips" }, some.map((one) => h("span", { class: "chip", title: t("s_weight", { w: one.weight.toFixed(1) }) }, supported(one.supports)))),
      ),
    ),
  );
}

function signed(value) {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)}`;
}

function sources(contributions) {
  if (!contributions.length) return null;
  const tasks = [...new Set(contributions.map((one) => one.task))];
  const parts = tasks.map((task) => {
    const title = has(`s_task_${task}`) ? t(`s_task_${task}`) : task.replaceAll("_", " ");
    const rows = contributions.filter((one) => one.task === task).map((one) => ({ label: t(`s_source_${one.source}`), value: one.log_odds }));
    return h("div", {}, h("h4", {}, title), diverging(rows, { name: title, least: 1, told: signed }));
  });
  return card("s_sources", "s_sources_about", h("div", { class: "grid three" }, parts));
}

function calibrated(on) {
  const [what, when] = on.split(":");
  return t(has(`s_calibrated_${what}`) ? `s_calibrated_${what}` : "s_calibrated_own", { when: when ?? on });
}

function foot(told) {
  const made = told.provenance;
  const time = made.latency_ms >= 1000 ? t("seconds", { s: (made.latency_ms / 1000).toFixed(1) }) : `${Math.max(1, Math.round(made.latency_ms))} ms`;
  const parts = [
    t("s_answered", { engine: t(`s_engine_${made.engine}`), ms: time }),
    made.reason.startsWith("fallback") && t("s_fallback", { why: made.reason.split(":")[1] ?? "" }),
    Object.values(made.models).join(", "),
    made.prompt && `${made.prompt.name} ${made.prompt.version}`,
    calibrated(made.calibrated_on),
    t("as_of", { date: day(told.as_of) }),
  ].filter(Boolean);
  const warnings = told.warnings.map((code) => {
    const [kind, ...rest] = code.split(":");
    return has(`w_${kind}`) ? t(`w_${kind}`, { x: rest.join(": ").replaceAll("_", " ") }) : code;
  });
  return h(
    "footer",
    { class: "provenance" },
    h("p", { class: "meta" }, words(parts.join(" · "))),
    warnings.length > 0 && h("p", { class: "meta warnings" }, `${t("s_warnings")}: `, words(warnings.join("; "))),
  );
}
