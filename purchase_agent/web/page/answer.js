// An answer about all shoppers: its figure with intervals, the words behind it, and what is not told.

import { bars, diverging, line, table, withTable } from "./charts.js";
import { h, words } from "./dom.js";
import { count, day, figure, labelled, spread, t } from "./state.js";

const HIDDEN = { few: "hidden_few", protects: "hidden_protects", rest_few: "nearly_all" };

// The figure of an answer; null where it has none.
export function answerFigure(answer, options = {}) {
  const title = options.title ?? answer.chart?.title ?? answer.table?.title ?? "";
  const grid = answer.table && answerTable(answer.table, title);
  if (!answer.chart && !grid) return null;
  return withTable(title, answer.chart && answerChart(answer), grid, { open: answer.chart ? "chart" : "table", ...options });
}

function answerChart({ chart, table: told }) {
  if (chart.kind === "line") return line(chart.marks, { unit: chart.unit, name: chartWords(chart) });
  // The table has the rows without a number too, each in its place.
  const rows = chart.unit === told?.unit
    ? told.rows.map((row) => ({ ...row, label: row.title, note: t(HIDDEN[row.hidden] ?? "none") }))
    : chart.marks.map((mark) => ({ ...mark, note: t("hidden_protects") }));
  if (chart.unit !== "points") return bars(rows, { unit: chart.unit, name: chart.title, most: 8, interval: told?.columns.at(-1) });
  return diverging(rows.filter((row) => row.value !== null), { name: chart.title, told: (value) => figure(value, "points") });
}

function chartWords(chart) {
  const told = chart.marks.filter((mark) => mark.value !== null);
  return `${chart.title}: ${told.map((mark) => `${mark.label} ${figure(mark.value, chart.unit)}`).join(", ")}`;
}

function answerTable(told, title) {
  if (told.rows.some((row) => row.first !== null && row.first !== undefined)) return comparison(told, title);
  const people = told.columns.length > 3;
  const rows = told.rows.map((row) => [
    row.title,
    ...(people ? [row.shoppers === null ? t(HIDDEN[row.hidden] ?? "none") : count(row.shoppers)] : []),
    figure(row.value, told.unit),
    spread(row.low, row.high, told.unit),
  ]);
  return table(told.columns, rows, title);
}

// Two groups or runs beside each other: a share of each, the difference, its interval.
function comparison(told, title) {
  const rows = told.rows.map((row) => [
    row.title, figure(row.first, "share"), figure(row.second, "share"),
    row.value === null ? t(HIDDEN[row.hidden] ?? "none") : figure(row.value, told.unit), spread(row.low, row.high, told.unit),
  ]);
  return table(told.columns, rows, title);
}

// Words of shoppers, each with what it stands for.
export function answerQuotes(answer) {
  if (!answer.quotes?.length) return null;
  return h(
    "section",
    { class: "quotes" },
    h("h2", {}, t("quotes")),
    h(
      "ul",
      {},
      answer.quotes.map((one) => {
        const [task, label] = one.supports.split(".");
        const source = [
          labelled(task, label ?? task), one.channel && t(`s_channel_${one.channel}`), one.at && day(one.at), [one.shopper_id, one.text_id].filter(Boolean).join("/"),
          one.redacted && t("redacted"),
        ].filter(Boolean);
        return h("li", {}, h("blockquote", {}, words(one.quote)), h("p", { class: "meta" }, words(source.join(" · "))));
      }),
    ),
  );
}

// Behind an answer: how many, which run, as of when.
export function answerMeta(answer) {
  return [
    answer.shoppers !== null && answer.shoppers !== undefined && t("behind", { n: count(answer.shoppers) }),
    answer.run && t("run", { n: answer.run }),
    answer.as_of && t("as_of", { date: day(answer.as_of) }),
  ].filter(Boolean);
}

export function answerHidden(answer) {
  const shown = answer.table?.rows.some((row) => row.hidden); // the table says it of each
  if (!answer.suppressed?.length || shown) return null;
  return h("p", { class: "meta hidden-groups" }, words(answer.suppressed.join(" ")));
}
