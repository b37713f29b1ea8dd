// The parts of the page, and the links from a figure to its cases.
const VIEWS = ["overview", "figures", "cases", "provenance"];
let started = false;

function show(view) {
  for (const name of VIEWS) $(name).classList.toggle("shown", name === view);
  for (const link of document.querySelectorAll("nav a")) {
    if (link.dataset.view === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.documentElement.classList.toggle("reading", view === "cases" && started);
  if (view === "cases") startCases();
}

// After the browser has gone to the anchor itself.
function toTop() {
  const up = () => setTimeout(() => scrollTo(0, 0));
  if (document.readyState === "complete") up();
  else addEventListener("load", up, { once: true });
}

function route() {
  const hash = decodeURIComponent(location.hash.slice(1));
  const run = /^run-(\d+)(-\d+)?$/.exec(hash);
  if (run) {
    showRun(run[1]);
    show("figures");
    if (run[2]) $(hash)?.scrollIntoView();
    else toTop();
    return;
  }
  show(VIEWS.includes(hash) ? hash : "overview");
  toTop();
}

function showRun(place) {
  for (const run of document.querySelectorAll(".run")) run.classList.toggle("shown", run.dataset.place === String(place));
  $("run-choice").value = String(place);
}

function startCases() {
  if (started) return;
  load();
  if (!DATA.cases.length) return;
  started = true;
  document.documentElement.classList.add("reading");
  pane = h("div", { class: "pane", "aria-live": "polite" });
  const count = h("span", { id: "shown-count" });
  tools = h("div", { class: "bar-tools" });
  const fill = h("input", { type: "checkbox", id: "fill" });
  add(tools,
    h("span", { class: "told" }),
    h("button", { type: "button", class: "link", "data-needs-marks": true, onclick: undo }, "Undo"),
    h("button", { type: "button", class: "link", "data-needs-marks": true, onclick: clearMarks }, "Remove all marks"),
    h("label", { title: "A line then holds the data's labels in the tasks that you have not marked" }, fill, "with the data's other labels"),
    h("button", { type: "button", class: "primary", id: "export", "data-needs-marks": true, onclick: () => save(fill.checked) }, "Export labels"));
  put($("reader-place"), h("h1", { class: "sr" }, "Cases"), h("div", { class: "deck", id: "deck" }, h("div", { class: "filters", id: "filters" }), tools),
    h("div", { class: "desk" }, h("div", { class: "side" }, h("div", { class: "side-head" }, count, h("button", { type: "button", class: "link", id: "clear", onclick: clearFilters }, "Clear filters")), makeList()), pane));
  if (!state.task) [state.task = ""] = tasksOf();
  refilter();
  new ResizeObserver(fit).observe($("deck"));
  fit();
  list.focus();
}

function fit() {
  const desk = document.querySelector(".desk");
  if (desk) desk.style.setProperty("--taken", `${Math.ceil(desk.getBoundingClientRect().top + scrollY)}px`);
}

function drawFilters() {
  const pick = (name, label, options, value, on) =>
    h("label", { class: value === "" || name === "task" ? "field" : "field changed" }, h("span", {}, label),
      add(h("select", { id: `filter-${name}`, onchange: (event) => on(event.target.value) }), options.map(([key, words]) => h("option", { value: key, selected: key === value }, words))));
  const with_all = (values, all = "all") => [["", all], ...values.map(([name, n]) => [name, `${spoken(name)} (${counted(n)})`])];
  const { task } = state;
  const nodes = [];
  if (DATA.runs.length > 1) nodes.push(pick("run", "Run", [["", "all"], ...DATA.runs.map((run, place) => [String(place), run.name])], state.run, (run) => change({ run })));
  nodes.push(pick("task", "Task", [["", "all tasks"], ...tasksOf().map((name) => [name, spoken(name)])], task, setTask));
  nodes.push(h("button", { type: "button", class: "quiet", id: "only-wrong", "aria-pressed": String(state.wrong), title: "d", onclick: () => change({ wrong: !state.wrong }) }, "Disagreements"));
  if (task) {
    const targets = valuesOf((one) => one.target?.[task]);
    const given = valuesOf((one) => one.answer?.[task]);
    if (targets.length > 1) nodes.push(pick("target", "Label in the data", with_all(targets), state.target, (target) => change({ target })));
    if (given.length > 1) nodes.push(pick("answer", "Answered", with_all(given), state.answer, (answer) => change({ answer })));
  }
  for (const name of SLICES) {
    const values = valuesOf((one) => one.meta?.[name]);
    if (values.length > 1) nodes.push(pick(name, name[0].toUpperCase() + name.slice(1), with_all(values), state.slices[name] ?? "", (value) => change({ slices: { ...state.slices, [name]: value } })));
  }
  nodes.push(pick("marked", "Marks", [["", "all"], ["open", "not marked"], ["mine", "marked"], ["error", "not answered"]], state.marked, (marked) => change({ marked })));
  nodes.push(h("button", { type: "button", class: "quiet", id: "blind", "aria-pressed": String(state.blind), title: "Hide the data's label and the answer until a case is marked (b)", onclick: () => change({ blind: !state.blind }, false) }, "Blind"));
  const search = h("input", { type: "search", id: "search", placeholder: "Words or id  ( / )", "aria-label": "Search the cases", value: state.text });
  search.addEventListener("input", () => {
    state.text = search.value.trim().toLowerCase();
    refilter(false);
  });
  nodes.push(h("div", { class: "search" }, search));
  const had = document.activeElement?.id;
  put($("filters"), nodes);
  if (had && $("filters").querySelector(`#${CSS.escape(had)}`)) $(had).focus();
}

function change(what, first = true) {
  Object.assign(state, what);
  if ("run" in what && state.task && !tasksOf().includes(state.task)) [state.task = ""] = tasksOf();
  refilter(true, first);
}

function setTask(task) {
  change({ task, target: "", answer: "" }, false);
}

function clearFilters() {
  change({ run: "", wrong: false, target: "", answer: "", text: "", marked: "", slices: {} });
}

// `first`: begin at the first case; else stay with the case in sight, where it still passes.
function refilter(draw = true, first = true) {
  const kept = first ? -1 : shown[selected];
  choose();
  if (draw) drawFilters();
  put($("shown-count"), `${counted(shown.length)} of ${counted(DATA.cases.length)} cases`);
  $("clear").hidden = shown.length === DATA.cases.length;
  selected = 0;
  if (first) list.scrollTop = 0;
  select(Math.max(0, shown.indexOf(kept)));
}

function clearMarks() {
  for (const [run, of] of marks) {
    for (const [id, held] of of) for (const task of Object.keys(held)) undone.push({ run, id, task: task === "juster" ? "purchase" : task, before: held[task] });
    of.clear();
    writeMarks(run);
  }
  drawRows();
  drawCase();
  toast("All marks removed. Undo brings them back one by one.");
}

function save(fill) {
  const { lines, left } = exported(fill);
  const blob = new Blob(lines.map((line) => `${JSON.stringify(line)}\n`), { type: "application/jsonl" });
  const link = h("a", { href: URL.createObjectURL(blob), download: "labels.jsonl" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  toast(`${counted(lines.length)} ${lines.length === 1 ? "text" : "texts"} in labels.jsonl.` + (left ? ` ${left} left out: a line of labels holds one text, these have none or several.` : ""));
}

function openCases(asked) {
  load();
  Object.assign(state, { run: DATA.runs.length > 1 ? asked.cases : "", task: asked.task, wrong: asked.wrong === "1", target: asked.target ?? "", answer: asked.answer ?? "", text: "", marked: "", slices: asked.slice ? { [asked.slice]: asked.value } : {} });
  if (!tasksOf().includes(state.task)) state.task = "";
  location.hash = "cases";
  if (started) refilter();
}

const THEME = "purchase-agent-eval-theme";
function theme(chosen) {
  if (chosen) document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
  try {
    localStorage.setItem(THEME, chosen);
  } catch {
    // a private window: chosen for now
  }
}

document.documentElement.classList.add("js-on");
try {
  $("theme").value = localStorage.getItem(THEME) ?? "";
  theme($("theme").value);
} catch {
  // as the system has it
}
$("theme").addEventListener("change", (event) => theme(event.target.value));
$("help-open").addEventListener("click", help);
$("run-choice").addEventListener("change", (event) => {
  location.hash = `run-${event.target.value}`;
});
document.addEventListener("click", (event) => {
  const asked = event.target.closest("[data-cases]");
  if (asked) openCases(asked.dataset);
});
document.addEventListener("keydown", onKey);
addEventListener("hashchange", route);
addEventListener("resize", fit);
showRun(0);
route();
