// Makes nodes. Whatever is shown goes in as text: nothing here or elsewhere on the page parses markup.

const SVG = "http://www.w3.org/2000/svg";

// h("button", {class: "quiet", onclick: f, "aria-pressed": "true"}, "text", node, [more], null)
export function h(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

export function svg(tag, props = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "vars") for (const [key, one] of Object.entries(value)) node.style.setProperty(`--${key}`, one);
    else if (name in node && !(node instanceof SVGElement) && typeof value !== "string") node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  add(node, children);
  return node;
}

export function add(node, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

export function put(node, ...children) {
  node.replaceChildren();
  return add(node, ...children);
}

let number = 0;
export function newId(prefix) {
  number += 1;
  return `${prefix}-${number}`;
}

// Bidirectional marks in a shopper's words stay within their own line.
export function words(text, props = {}) {
  return h("bdi", { dir: "auto", ...props }, text);
}
