// The list of cases: only the rows in sight are nodes, so that 20,000 are as quick as 20.
const ROW = 72;
const SPARE = 6;
let selected = 0; // a place in `shown`
let list = null;
let room = null;

function makeList() {
  room = h("div", { class: "list-room" });
  list = h("div", { class: "list", role: "listbox", tabindex: "0", "aria-label": "Cases", id: "list" }, room);
  list.addEventListener("scroll", drawRows, { passive: true });
  new ResizeObserver(drawRows).observe(list);
  return list;
}

function drawRows() {
  room.style.height = `${shown.length * ROW}px`;
  const first = Math.max(0, Math.floor(list.scrollTop / ROW) - SPARE);
  const last = Math.min(shown.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + SPARE);
  const rows = [];
  for (let place = first; place < last; place += 1) rows.push(row(place));
  put(room, rows);
  list.setAttribute("aria-activedescendant", `row-${selected}`);
}

function row(place) {
  const one = DATA.cases[shown[place]];
  const { task } = state;
  const mine = task ? markOf(one, task) : undefined;
  const hidden = state.blind && mine === undefined;
  const wrong = task ? one.wrong?.includes(task) : one.wrong?.length;
  const first = one.texts?.find((text) => !text.role)?.text ?? one.texts?.[0]?.text ?? one.events?.at(-1) ?? one.other ?? one.id;
  const target = one.target?.[task];
  const answer = one.answer?.[task];
  const verdict = one.error
    ? h("span", { class: "wrong" }, one.answer ? "scorer failed" : "not answered")
    : hidden
      ? h("span", {}, "hidden until marked")
      : task
        ? wrong
          ? [h("span", {}, told(target)), h("span", {}, "→"), h("span", { class: "wrong" }, told(answer))]
          : h("span", { class: target === undefined ? null : "right" }, told(answer ?? target))
        : wrong
          ? h("span", { class: "wrong" }, `differs in ${one.wrong.map(spoken).join(", ")}`)
          : h("span", { class: "right" }, "as labelled");
  const node = h(
    "div",
    { class: "row", role: "option", id: `row-${place}`, "aria-selected": String(place === selected), "aria-posinset": place + 1, "aria-setsize": shown.length },
    h("bdi", { class: "row-text" }, first.slice(0, 160)),
    h("span", { class: "row-about" }, verdict, mine !== undefined && h("span", { class: "mine" }, told(mine))),
  );
  node.style.top = `${place * ROW}px`;
  node.addEventListener("click", () => select(place));
  return node;
}

function select(place) {
  selected = Math.min(Math.max(place, 0), Math.max(0, shown.length - 1));
  const top = selected * ROW;
  if (top < list.scrollTop) list.scrollTop = top;
  else if (top + ROW > list.scrollTop + list.clientHeight) list.scrollTop = top + ROW - list.clientHeight;
  drawRows();
  drawCase();
}
