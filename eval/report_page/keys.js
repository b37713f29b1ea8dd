// One key, one act. Keys typed into a field are the field's.
const ACTS = [
  [["j", "↓"], "next case"], [["k", "↑"], "previous case"], [["1", "2", "…"], "mark with the label beside the key"],
  [["t"], "mark as the data has it"], [["a"], "mark as answered"], [["Enter"], "go on, where several labels may hold"],
  [["u"], "undo the last mark"], [["[", "]"], "previous or next task"], [["d"], "disagreements only, or all"],
  [["b"], "hide label and answer until marked"], [["/"], "search"], [["?"], "these keys"],
];

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const { key, target } = event;
  const typed = target.matches("input, select, textarea");
  if (key === "Escape" && typed) {
    target.blur();
    list?.focus();
    return;
  }
  if (typed) return;
  if (key === "?") return act(event, help);
  if (!document.documentElement.classList.contains("reading")) return;
  const form = state.task ? formOf(state.task) : null;
  const plain = {
    j: () => select(selected + 1), ArrowDown: () => select(selected + 1), k: () => select(selected - 1), ArrowUp: () => select(selected - 1),
    PageDown: () => select(selected + 8), PageUp: () => select(selected - 8), Home: () => select(0), End: () => select(shown.length - 1),
    t: () => accept("target"), a: () => accept("answer"), u: undo, d: () => change({ wrong: !state.wrong }), b: () => change({ blind: !state.blind }, false),
    "/": () => $("search").focus(), "[": () => turnTask(-1), "]": () => turnTask(1),
  }[key];
  if (plain) return act(event, plain);
  if (key === "Enter" && !target.matches("button, a, summary") && form?.many) return act(event, goOn);
  if (!form) return;
  if (key === NONE && fieldOf(state.task) === "barrier") return act(event, () => press(NONE));
  const label = form.labels[keysOf(form).indexOf(key.toLowerCase())];
  if (label) act(event, () => press(label.name));
}

function act(event, what) {
  event.preventDefault();
  what();
}

function turnTask(by) {
  const tasks = tasksOf();
  setTask(tasks[(tasks.indexOf(state.task) + by + tasks.length) % tasks.length]);
}

function help() {
  const dialog = h(
    "dialog",
    { "aria-label": "Keys" },
    h("h2", {}, "Keys"),
    h("dl", {}, ACTS.map(([keys, what]) => [h("dt", {}, keys.map((key) => h("kbd", {}, key))), h("dd", {}, what)])),
    h("form", { method: "dialog" }, h("button", { class: "primary" }, "Close")),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
