// The data of the page, read when cases are first opened; and the reader's marks, kept in this browser by run.
const PREFIX = "purchase-agent-eval:";
let DATA = null;
const marks = new Map(); // place of the run -> Map(id of the sample -> {task: label | labels})
const undone = []; // what to bring back: {run, id, task, before}
let keeps = true;

function load() {
  if (DATA) return DATA;
  DATA = JSON.parse($("data").textContent);
  DATA.runs.forEach((run, place) => marks.set(place, readMarks(run.id)));
  return DATA;
}

function readMarks(id) {
  try {
    const held = JSON.parse(localStorage.getItem(PREFIX + id) ?? "{}");
    return new Map(Object.entries(held).filter(([, one]) => one && typeof one === "object"));
  } catch {
    keeps = false;
    return new Map();
  }
}

function writeMarks(run) {
  try {
    localStorage.setItem(PREFIX + DATA.runs[run].id, JSON.stringify(Object.fromEntries(marks.get(run))));
    keeps = true;
  } catch {
    keeps = false; // a private window, or no room: they live as long as the page
  }
}

// What a task is called in a file of labels; a chance of a purchase is marked in tenths.
const fieldOf = (task) => (task === "purchase" ? "juster" : task);
const formOf = (task) => DATA.labels[fieldOf(task)] ?? null;
const markOf = (one, task) => marks.get(one.r).get(one.id)?.[fieldOf(task)];

function mark(one, task, value, keep = true) {
  const of = marks.get(one.r);
  const field = fieldOf(task);
  if (keep) undone.push({ run: one.r, id: one.id, task, before: of.get(one.id)?.[field] });
  const now = { ...of.get(one.id) };
  if (value === undefined) delete now[field];
  else now[field] = value;
  if (Object.keys(now).length) of.set(one.id, now);
  else of.delete(one.id);
  writeMarks(one.r);
}

// A label of the data or of an answer as a mark of the same task; undefined where it is none.
function asMark(task, value) {
  const form = formOf(task);
  if (!form || value === undefined || value === null) return undefined;
  if (form.number) return typeof value === "number" ? Math.round(10 * value) : undefined;
  if (form.truth) return typeof value === "boolean" ? value : undefined;
  const names = form.labels.map((label) => label.name);
  if (form.many) return Array.isArray(value) && value.every((name) => names.includes(name)) ? [...value].sort() : undefined;
  return names.includes(value) ? value : undefined;
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// How marks of a task stand to the data's labels and to the answers.
function standing(task) {
  const out = { marked: 0, target: 0, targets: 0, answer: 0, answers: 0 };
  for (const one of DATA.cases) {
    if (one.e !== 1) continue;
    const mine = markOf(one, task);
    if (mine === undefined) continue;
    out.marked += 1;
    for (const [side, value] of [["target", one.target?.[task]], ["answer", one.answer?.[task]]]) {
      const other = asMark(task, value);
      if (other === undefined) continue;
      out[`${side}s`] += 1;
      if (same(Array.isArray(mine) ? [...mine].sort() : mine, other)) out[side] += 1;
    }
  }
  return out;
}

// Marks as lines that `train` and `calibrate --labels` read: one text and the labels that are known of it.
function exported(fill) {
  const lines = new Map();
  let left = 0;
  for (const one of DATA.cases) {
    if (one.e !== 1) continue;
    const mine = marks.get(one.r).get(one.id);
    if (!mine) continue;
    const own = (one.texts ?? []).filter((text) => !text.role);
    if (own.length !== 1) {
      left += 1;
      continue;
    }
    const known = {};
    if (fill) {
      for (const [task, value] of Object.entries(one.target ?? {})) {
        const label = asMark(task, value);
        if (label !== undefined) known[fieldOf(task)] = label;
      }
    }
    const { text, channel } = own[0];
    const key = JSON.stringify([text, channel]);
    lines.set(key, {
      text, channel, ...lines.get(key), ...known, ...mine,
      id: one.id, language: one.meta?.language, suite: DATA.runs[one.r].suite, run: DATA.runs[one.r].id,
    });
  }
  return { lines: [...lines.values()], left };
}
