// Which cases are shown.
const SLICES = ["language", "channel", "source", "length", "category", "pair", "transform"];
const state = { run: "", task: "", wrong: false, target: "", answer: "", text: "", marked: "", slices: {}, blind: false };
let shown = []; // places of the cases that pass

function tasksOf() {
  const found = new Set();
  for (const one of DATA.cases) {
    if (state.run !== "" && one.r !== Number(state.run)) continue;
    for (const task of Object.keys(one.target ?? {})) found.add(task);
  }
  if (!found.size) for (const one of DATA.cases) for (const task of Object.keys(one.answer ?? {})) found.add(task);
  const order = Object.keys(DATA.labels);
  const place = (task) => (order.includes(fieldOf(task)) ? order.indexOf(fieldOf(task)) : order.length);
  return [...found].sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
}

function valuesOf(read) {
  const found = new Map();
  for (const one of DATA.cases) {
    if (state.run !== "" && one.r !== Number(state.run)) continue;
    const value = read(one);
    for (const name of Array.isArray(value) ? value : [value]) {
      if (name === undefined || name === null || typeof name === "number") continue;
      found.set(String(name), (found.get(String(name)) ?? 0) + 1);
    }
  }
  return [...found.entries()].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

const holds = (value, name) => (Array.isArray(value) ? value.map(String).includes(name) : String(value) === name);

function words(one) {
  one.words ??= [one.id, ...(one.texts ?? []).map((text) => text.text), one.other ?? ""].join("\n").toLowerCase();
  return one.words;
}

function passes(one) {
  const { task } = state;
  if (state.run !== "" && one.r !== Number(state.run)) return false;
  if (task && one.target?.[task] === undefined && one.answer?.[task] === undefined && !one.error) return false;
  if (state.wrong && !(task ? one.wrong?.includes(task) : one.wrong?.length)) return false;
  if (state.target !== "" && !holds(one.target?.[task], state.target)) return false;
  if (state.answer !== "" && !holds(one.answer?.[task], state.answer)) return false;
  for (const [name, value] of Object.entries(state.slices)) if (value !== "" && String(one.meta?.[name]) !== value) return false;
  if (state.marked === "error" && !one.error) return false;
  if (state.marked === "mine" && markOf(one, task) === undefined) return false;
  if (state.marked === "open" && (markOf(one, task) !== undefined || one.error)) return false;
  return !state.text || words(one).includes(state.text);
}

function choose() {
  shown = [];
  DATA.cases.forEach((one, place) => {
    if (passes(one)) shown.push(place);
  });
}
