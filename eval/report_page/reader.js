// One case: its words with the evidence, what holds, what was answered, and the keys that mark it.
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "q", "w", "e", "r", "y"];
const TENTHS = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "q"];
const NONE = "n";
let pane = null;
let tools = null;

const current = () => (shown.length ? DATA.cases[shown[selected]] : null);
const keysOf = (form) => (form.number ? TENTHS : KEYS);

function drawCase() {
  const one = current();
  drawTools();
  if (!one) {
    put(pane, h("p", { class: "empty" }, "No case passes these filters. ", h("button", { type: "button", class: "link", onclick: clearFilters }, "Clear the filters")));
    return;
  }
  const { task } = state;
  const form = task ? formOf(task) : null;
  const hidden = state.blind && form && markOf(one, task) === undefined;
  put(
    pane,
    h("div", { class: "case" }, head(one), spokenWords(one, hidden), one.error && h("p", { class: "notice" }, `No score: ${one.error}`),
      hidden ? h("p", { class: "notice" }, "The data's label and the answer are hidden until you mark the case. ", h("kbd", {}, "b"), " shows them.") : h("div", { class: "two" }, answers(one), chances(one)), others(one, hidden)),
    marking(one, form),
  );
  pane.scrollTop = 0;
}

function head(one) {
  const run = DATA.runs[one.r];
  const chips = [run.name, ...SLICES.map((name) => one.meta?.[name]), one.meta?.side, one.meta?.transform, one.e > 1 ? `repeat ${one.e}` : null];
  return h(
    "div",
    { class: "case-head" },
    chips.filter((chip) => chip !== undefined && chip !== null && chip !== "").map((chip) => h("span", { class: "chip" }, spoken(chip))),
    run.seen && h("span", { class: "badge warn" }, "seen in training"),
    h("span", { class: "place" },
      h("button", { type: "button", class: "icon-button", "aria-label": "Previous case", title: "Previous (k)", onclick: () => select(selected - 1) }, "↑"),
      `${counted(selected + 1)} of ${counted(shown.length)}`,
      h("button", { type: "button", class: "icon-button", "aria-label": "Next case", title: "Next (j)", onclick: () => select(selected + 1) }, "↓")),
  );
}

function spokenWords(one, hidden) {
  const quotes = hidden ? [] : (one.evidence ?? []).map(([name, ...rest]) => [DATA.names[name], ...rest]);
  const texts = (one.texts ?? []).map((text) => {
    const of = text.role ? [] : quotes.filter((quote) => quote[1] === text.id);
    const about = [text.role && `said by ${text.role === "other" ? "somebody else" : `the ${text.role}`}`, one.texts.length > 1 && spoken(text.channel), text.at];
    const who = about.filter(Boolean).join(" · ");
    return h("p", { class: text.role ? "said other-role" : "said", dir: "auto" }, who && h("span", { class: "who" }, who), highlighted(text.text, of, state.task));
  });
  const weights = quotes.filter((quote) => typeof quote[4] === "number" && quote[0].split(".")[0] === state.task);
  return h(
    "div",
    { class: "words-box" },
    texts,
    weights.length > 0 && h("p", { class: "quoted" }, weights.map((quote) => h("span", {}, `${spoken(quote[0].split(".")[1] ?? quote[0])} ${quote[4] < 0 ? "−" : "+"}${Math.abs(quote[4]).toFixed(2)} log-odds`))),
    one.events && h("ul", { class: "events" }, one.events.map((line) => h("li", {}, line))),
    one.other && h("pre", { class: "raw" }, one.other),
  );
}

function answers(one) {
  const tasks = [...new Set([...Object.keys(one.target ?? {}), ...Object.keys(one.answer ?? {})])];
  if (!tasks.length) return h("p", { class: "about" }, "No answer.");
  return h(
    "table",
    { class: "answers" },
    h("thead", {}, h("tr", {}, ["Task", "Label in the data", "Answered"].map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, tasks.map((task) => {
      const wrong = one.wrong?.includes(task);
      const known = one.target?.[task] !== undefined;
      const scored = known && typeof one.target[task] !== "number";
      return h("tr", { class: task === state.task ? "current" : null },
        h("th", { scope: "row" }, h("button", { type: "button", onclick: () => setTask(task) }, spoken(task))),
        h("td", {}, known ? told(one.target[task]) : h("span", { class: "about" }, "not known")),
        h("td", { class: wrong ? "bad" : scored ? "good" : null }, told(one.answer?.[task]), wrong && h("span", { class: "sr" }, " (differs)")));
    })),
  );
}

function chances(one) {
  const of = one.p?.[state.task];
  if (!of) return null;
  const held = one.target?.[state.task];
  const rows = of.flatMap((name, place) => (place % 2 ? [] : [[DATA.names[name], of[place + 1]]]));
  return h("div", {}, h("p", { class: "small-head" }, `${spoken(state.task)}: probabilities told`), h("div", { class: "chances" }, rows.map(([name, p]) => {
    const fill = h("i", {});
    fill.style.width = `${p}%`;
    return h("div", { class: holds(held, name) ? "chance held" : "chance" }, h("span", {}, spoken(name)), h("div", { class: "bar" }, fill), h("span", {}, `${p} %`));
  })));
}

// The same sample in other runs of the suite, its other repeats, the other side of its pair and its changed copies.
let siblings = null;
const kin = (one) => `${DATA.runs[one.r].suite}\n${one.meta?.of ?? one.id}`;

function others(one, hidden) {
  if (hidden || !state.task) return null;
  if (!siblings) {
    siblings = new Map();
    for (const each of DATA.cases) {
      if (!siblings.has(kin(each))) siblings.set(kin(each), []);
      siblings.get(kin(each)).push(each);
    }
  }
  const rest = siblings.get(kin(one)).filter((each) => each !== one).slice(0, 12);
  if (!rest.length) return null;
  const many = new Set(rest.map((each) => each.r)).size > 1 || rest[0].r !== one.r;
  return h("div", {}, h("p", { class: "small-head" }, one.meta?.of ? "What must be answered alike" : "The same case elsewhere"), h("table", { class: "answers" }, h("tbody", {}, rest.map((each) => {
    const name = [many && DATA.runs[each.r].name, each.meta?.side, each.meta?.transform === "none" ? "as it is" : each.meta?.transform, each.e > 1 && `repeat ${each.e}`];
    const differs = !same(each.answer?.[state.task], one.answer?.[state.task]);
    return h("tr", {}, h("th", { scope: "row" }, name.filter(Boolean).map(spoken).join(", ") || "again"), one.meta?.of && h("td", {}, h("bdi", {}, each.texts?.[0]?.text.slice(0, 240))),
      h("td", { class: differs ? "bad" : null }, told(each.answer?.[state.task])));
  }))));
}

function marking(one, form) {
  if (!state.task) return h("div", { class: "marking" }, h("p", { class: "about" }, "Choose a task above to mark cases."));
  if (!form) return h("div", { class: "marking" }, h("p", { class: "about" }, `“${spoken(state.task)}” is a label of this data set, not one that train and calibrate read: it cannot be marked.`));
  const mine = markOf(one, state.task);
  const keys = keysOf(form);
  const pressed = (name) => (Array.isArray(mine) ? mine.includes(name) : mine !== undefined && String(mine) === name);
  const button = (key, name, words, on, act) =>
    h("button", { type: "button", class: "label-key", "aria-pressed": String(on), title: words, "data-label": name, onclick: act }, h("kbd", {}, key), spoken(name));
  return h(
    "div",
    { class: "marking" },
    h("div", { class: "marking-head" },
      h("strong", {}, `Mark ${form.number ? "the chance of a purchase within 30 days, in tenths" : spoken(state.task)}`),
      h("span", { class: "about" }, form.many ? "several may hold, Enter goes on" : "one key marks and goes on"),
      [["target", "t", "as the data has it"], ["answer", "a", "as answered"]].map(([side, key, words]) =>
        asMark(state.task, one[side]?.[state.task]) !== undefined && h("button", { type: "button", class: "link key-link", onclick: () => accept(side) }, h("kbd", {}, key), words))),
    h("div", { class: "label-keys" },
      form.labels.map((label, place) => button(keys[place], form.truth ? label.en : label.name, label.en, pressed(label.name), () => press(label.name))),
      fieldOf(state.task) === "barrier" && button(NONE, "none of these", "nothing holds him back", Array.isArray(mine) && !mine.length, () => press(NONE))),
  );
}

function press(name) {
  const one = current();
  const form = state.task ? formOf(state.task) : null;
  if (!one || !form) return;
  if (form.many) {
    const before = markOf(one, state.task) ?? [];
    const now = name === NONE ? [] : before.includes(name) ? before.filter((each) => each !== name) : [...before, name];
    mark(one, state.task, now.length || name === NONE ? now.sort() : undefined);
    drawRows();
    drawCase();
    return;
  }
  mark(one, state.task, form.truth ? name === "true" : form.number ? Number(name) : name);
  goOn();
}

// To the next case. With the filter on what is not marked yet, the list stays as it was drawn until it is filtered anew.
function goOn() {
  if (selected + 1 < shown.length) select(selected + 1);
  else {
    drawRows();
    drawCase();
    toast("That was the last case of this list.");
  }
}

function accept(side) {
  const one = current();
  if (!one || !state.task) return;
  const value = asMark(state.task, one[side]?.[state.task]);
  if (value === undefined) return;
  mark(one, state.task, value);
  goOn();
}

function undo() {
  const last = undone.pop();
  if (!last) {
    toast("Nothing to undo.");
    return;
  }
  const one = DATA.cases.find((each) => each.r === last.run && each.id === last.id);
  mark(one, last.task, last.before, false);
  const place = shown.findIndex((each) => DATA.cases[each].r === last.run && DATA.cases[each].id === last.id);
  if (last.task !== state.task) toast(`Brought back: ${spoken(last.task)} of ${last.id}`);
  if (place >= 0) select(place);
  else {
    drawRows();
    drawCase();
  }
}

function drawTools() {
  if (!tools) return;
  const { task } = state;
  const found = task && formOf(task) ? standing(task) : null;
  const total = [...marks.values()].reduce((sum, of) => sum + of.size, 0);
  const say = !total
    ? "Nothing marked yet."
    : [`${counted(total)} ${total === 1 ? "case" : "cases"} marked`,
        found?.targets && `${found.target} of ${found.targets} as the data has it`,
        found?.answers && `${found.answer} of ${found.answers} as answered`, !keeps && "kept only until this page closes: export them"].filter(Boolean).join(" · ");
  put(tools.querySelector(".told"), say);
  for (const button of tools.querySelectorAll("[data-needs-marks]")) button.disabled = !total;
}
