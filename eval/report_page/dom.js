// Makes nodes. Whatever is shown goes in as text: nothing on this page parses markup.
function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  return add(node, ...children);
}

function add(node, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

function put(node, ...children) {
  node.replaceChildren();
  return add(node, ...children);
}

const $ = (id) => document.getElementById(id);
const spoken = (label) => String(label).replaceAll("_", " ");
const counted = (number) => number.toLocaleString("en");

// A label, labels, truth or number in words.
function told(value) {
  if (value === null || value === undefined) return "–";
  if (Array.isArray(value)) return value.length ? value.map(spoken).join(", ") : "none";
  if (value === true) return "yes";
  if (value === false) return "no";
  if (typeof value === "number") return String(Math.round(value * 1000) / 1000);
  return spoken(value);
}

let toastTimer = 0;
function toast(words) {
  document.querySelector(".toast")?.remove();
  document.body.append(h("div", { class: "toast", role: "status" }, words));
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => document.querySelector(".toast")?.remove(), 4000);
}
