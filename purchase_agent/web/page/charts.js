// Bars and lines with their intervals. Words stay HTML (they wrap, can be selected and read aloud); marks are SVG.

import { add, h, newId, put, svg, words } from "./dom.js";
import { day, figure, percent, spread, t } from "./state.js";

// Rows of bars: [{label, value, low, high, note, chosen}]. `most`: rows shown before "show all".
export function bars(rows, { unit = "share", most = 99, name = "", top = null, interval = t("interval") } = {}) {
  const largest = top ?? Math.max(1e-9, ...rows.map((row) => Math.max(row.value ?? 0, row.high ?? 0)));
  const list = h("ul", { class: "bars", "aria-label": name || null });
  const draw = (all) => put(list, rows.slice(0, all ? rows.length : most).map((row) => bar(row, unit, largest, interval)));
  draw(false);
  if (rows.length <= most) return list;
  const more = h("button", { type: "button", class: "link", "aria-expanded": "false" }, t("show_all", { n: rows.length }));
  more.addEventListener("click", () => {
    const open = more.getAttribute("aria-expanded") !== "true";
    more.setAttribute("aria-expanded", String(open));
    put(more, open ? t("show_less") : t("show_all", { n: rows.length }));
    draw(open);
  });
  return h("div", {}, list, more);
}

function bar(row, unit, largest, interval) {
  const told = row.value !== null && row.value !== undefined;
  const at = (value) => (100 * Math.min(Math.max(value, 0), largest)) / largest;
  const marks = svg(
    "svg",
    { class: "bar", viewBox: "0 0 100 12", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "track", x: 0, y: 0, width: 100, height: 12 }),
    told && svg("rect", { class: "fill", x: 0, y: 0, width: at(row.value), height: 12 }),
    told && whiskers(row, at),
  );
  const range = spread(row.low, row.high, unit);
  return h(
    "li",
    { class: `bar-row${row.chosen ? " chosen" : ""}${told ? "" : " untold"}` },
    words(row.label, { class: "bar-label" }),
    marks,
    h("span", { class: "bar-value" }, told ? figure(row.value, unit) : row.note ?? "–", range && h("span", { class: "sr" }, ` (${interval} ${range})`)),
  );
}

function whiskers(row, at) {
  if (typeof row.low !== "number" || typeof row.high !== "number") return null;
  const [low, high] = [at(row.low), at(row.high)];
  return [
    svg("line", { class: "whisker", x1: low, x2: high, y1: 6, y2: 6 }),
    [low, high].map((x) => svg("line", { class: "whisker", x1: x, x2: x, y1: 2.5, y2: 9.5 })),
  ];
}

// Bars to both sides of a middle: [{label, value, low, high}]; `told` writes a value.
export function diverging(rows, { name, least = 0, told }) {
  const largest = Math.max(least, 1e-9, ...rows.flatMap((row) => [row.value, row.low ?? 0, row.high ?? 0].map(Math.abs)));
  const at = (value) => 50 + (50 * value) / largest;
  return h(
    "ul",
    { class: "bars diverging", "aria-label": name },
    rows.map((row) => {
      const size = (50 * Math.abs(row.value)) / largest;
      return h(
        "li",
        { class: "bar-row" },
        words(row.label, { class: "bar-label" }),
        svg(
          "svg",
          { class: "bar", viewBox: "0 0 100 12", preserveAspectRatio: "none", "aria-hidden": "true" },
          svg("rect", { class: "track", x: 0, y: 0, width: 100, height: 12 }),
          svg("rect", { class: row.value < 0 ? "fill down" : "fill", x: row.value < 0 ? 50 - size : 50, y: 0, width: size, height: 12 }),
          svg("line", { class: "axis", x1: 50, x2: 50, y1: 0, y2: 12 }),
          whiskers(row, at),
        ),
        h("span", { class: "bar-value" }, told(row.value)),
      );
    }),
  );
}

// A drawing that is made anew whenever its place changes its width.
function drawn(height, name, draw) {
  const holder = h("div", { class: "drawing", vars: { height: `${height}px` } });
  let width = 0;
  const redraw = () => {
    const now = Math.round(holder.clientWidth);
    if (!now || now === width) return;
    width = now;
    const root = svg("svg", { width: now, height, viewBox: `0 0 ${now} ${height}`, role: "img", "aria-label": name });
    draw(root, now);
    put(holder, root);
  };
  new ResizeObserver(redraw).observe(holder);
  return holder;
}

// A line over labelled places with the band of its intervals: marks as in an answer's chart.
export function line(marks, { unit, name }) {
  const height = 240;
  const told = marks.filter((mark) => mark.value !== null);
  return drawn(height, name, (root, width) => {
    const box = { left: 52, right: 18, top: 14, bottom: 34 };
    const most = nice(Math.max(1e-9, ...told.map((mark) => Math.max(mark.value, mark.high ?? 0))));
    const x = (place) => box.left + ((width - box.left - box.right) * place) / Math.max(1, marks.length - 1);
    const y = (value) => height - box.bottom - ((height - box.top - box.bottom) * value) / most;
    for (let step = 0; step <= 4; step += 1) {
      const value = (most * step) / 4;
      add(root, svg("line", { class: "grid", x1: box.left, x2: width - box.right, y1: y(value), y2: y(value) }));
      add(root, svg("text", { class: "tick", x: box.left - 10, y: y(value) + 4, "text-anchor": "end" }, figure(value, unit)));
    }
    const places = marks.map((mark, place) => ({ ...mark, place })).filter((mark) => mark.value !== null);
    const banded = places.filter((mark) => mark.low !== null && mark.high !== null);
    if (banded.length > 1) {
      const above = banded.map((mark) => `${x(mark.place)},${y(mark.high)}`);
      const below = banded.map((mark) => `${x(mark.place)},${y(mark.low)}`).reverse();
      add(root, svg("polygon", { class: "band", points: [...above, ...below].join(" ") }));
    }
    add(root, svg("polyline", { class: "line", points: places.map((mark) => `${x(mark.place)},${y(mark.value)}`).join(" ") }));
    for (const mark of places) add(root, svg("circle", { class: "dot", cx: x(mark.place), cy: y(mark.value), r: 3.5 }));
    const every = Math.ceil(marks.length / Math.max(2, Math.floor((width - box.left - box.right) / 92)));
    marks.forEach((mark, place) => {
      if (place % every) return;
      const anchor = place === 0 ? "start" : place === marks.length - 1 ? "end" : "middle";
      add(root, svg("text", { class: "tick", x: x(place), y: height - 10, "text-anchor": anchor }, short(mark.label)));
    });
  });
}

// The chance of a purchase by day, and when it would be: days on a square-root scale, so that the near ones have room.
export function curve(timing, name) {
  const height = 250;
  const days = [1, 7, 30, 90];
  return drawn(height, name, (root, width) => {
    const box = { left: 44, right: 18, top: 26, bottom: 46 };
    const x = (value) => box.left + (width - box.left - box.right) * Math.sqrt(Math.min(value, 90) / 90);
    const top = Math.min(1, nice(Math.max(0.1, timing.cdf[90] * 1.15)));
    const y = (value) => height - box.bottom - ((height - box.top - box.bottom) * value) / top;
    for (let step = 0; step <= 4; step += 1) {
      const value = (top * step) / 4;
      add(root, svg("line", { class: "grid", x1: box.left, x2: width - box.right, y1: y(value), y2: y(value) }));
      if (step % 2 === 0) add(root, svg("text", { class: "tick", x: box.left - 8, y: y(value) + 4, "text-anchor": "end" }, percent(value)));
    }
    if (timing.interval_days) {
      const [low, high] = timing.interval_days;
      const from = x(low);
      const to = Math.max(x(high), from + 2);
      add(root, svg("rect", { class: "span", x: from, y: box.top, width: to - from, height: height - box.top - box.bottom }));
      if (timing.median_days <= 90) {
        const middle = x(timing.median_days);
        add(root, svg("line", { class: "median", x1: middle, x2: middle, y1: box.top, y2: height - box.bottom }));
      }
    }
    const points = [[0, 0], ...days.map((one) => [one, timing.cdf[one]])].map(([at, value]) => [x(at), y(value)]);
    const path = smooth(points);
    const floor = y(0);
    add(root, svg("path", { class: "area", d: `${path} L${points.at(-1)[0]},${floor} L${points[0][0]},${floor} Z` }));
    add(root, svg("path", { class: "line", d: path }));
    days.forEach((one, place) => {
      const [at, up] = points[place + 1];
      const anchor = one === 90 || one === 1 ? "end" : "middle";
      add(root, svg("circle", { class: "dot", cx: at, cy: up, r: 3.5 }));
      add(root, svg("text", { class: "mark", x: at - (one === 1 ? 3 : 0), y: up - 11, "text-anchor": anchor }, percent(timing.cdf[one])));
      add(root, svg("text", { class: "tick", x: at, y: height - box.bottom + 19, "text-anchor": anchor }, String(one)));
    });
    add(root, svg("text", { class: "tick", x: width - box.right, y: height - 6, "text-anchor": "end" }, t("s_day")));
  });
}

// A curve through points that never falls where they do not (Fritsch and Carlson, 1980).
function smooth(points) {
  const slopes = points.slice(1).map(([x, y], place) => (y - points[place][1]) / (x - points[place][0] || 1));
  const tangents = points.map((_, place) => {
    if (place === 0) return slopes[0];
    if (place === points.length - 1) return slopes.at(-1);
    const [before, after] = [slopes[place - 1], slopes[place]];
    return before * after <= 0 ? 0 : (2 * before * after) / (before + after);
  });
  let path = `M${points[0].join(",")}`;
  for (let place = 1; place < points.length; place += 1) {
    const [x0, y0] = points[place - 1];
    const [x1, y1] = points[place];
    const third = (x1 - x0) / 3;
    path += ` C${x0 + third},${y0 + third * tangents[place - 1]} ${x1 - third},${y1 - third * tangents[place]} ${x1},${y1}`;
  }
  return path;
}

function nice(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].map((one) => one * power).find((one) => one >= value * 0.9999);
}

// A day of an axis without its year; other names cut to what there is room for.
function short(label) {
  if (/^\d{4}-\d{2}-\d{2}$/.test(label)) return day(label, { year: undefined });
  const text = [...String(label)];
  return text.length > 14 ? `${text.slice(0, 13).join("")}…` : text.join("");
}

// A figure with its table beside it: one is shown, a button changes to the other.
export function withTable(title, chart, table, { open = "chart", level = "h3", about = null } = {}) {
  const id = newId("figure");
  const body = h("div", { class: "figure-body", id });
  const button = h("button", { type: "button", class: "link", "aria-controls": id });
  let shown = open;
  const draw = () => {
    put(body, shown === "chart" ? chart : table);
    put(button, shown === "chart" ? t("show_table") : t("show_chart"), h("span", { class: "sr" }, `: ${title}`));
  };
  button.addEventListener("click", () => {
    shown = shown === "chart" ? "table" : "chart";
    draw();
  });
  draw();
  const head = h("div", { class: "figure-head" }, h(level, {}, words(title)), chart && table && button);
  return h("section", { class: "figure" }, head, about && h("p", { class: "about" }, about), body);
}

// A plain table: heads and rows of texts; numbers stand to the right.
export function table(heads, rows, caption) {
  return h(
    "div",
    { class: "table-holder", tabindex: 0, role: "region", "aria-label": caption },
    h(
      "table",
      {},
      h("caption", { class: "sr" }, caption),
      h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head || h("span", { class: "sr" }, caption))))),
      h("tbody", {}, rows.map(([first, ...rest]) => h("tr", {}, h("th", { scope: "row" }, words(first)), rest.map((cell) => h("td", {}, cell))))),
    ),
  );
}
