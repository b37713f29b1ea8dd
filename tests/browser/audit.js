// What the tests look at on the page: each returns what is not as it should be.

const brush = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });

function rgba(colour) {
  brush.clearRect(0, 0, 1, 1);
  brush.fillStyle = colour;
  brush.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;
  return [r, g, b, a / 255];
}

const over = (top, ground) => top.slice(0, 3).map((one, at) => one * top[3] + ground[at] * (1 - top[3]));

function behind(node) {
  const layers = [];
  for (let one = node; one; one = one.parentElement) {
    layers.unshift(rgba(getComputedStyle(one).backgroundColor));
    if (layers[0][3] === 1) break;
  }
  return layers.reduce((ground, layer) => over(layer, ground), [255, 255, 255]);
}

function light(colour) {
  const [r, g, b] = colour.map((one) => {
    const part = one / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

const shown = (node) => node.checkVisibility({ visibilityProperty: true, opacityProperty: true });

const audits = {
  // Words with less contrast than WCAG 2.2 AA asks for.
  faint() {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode.textContent.trim();
      const node = walker.currentNode.parentElement;
      if (!text || !shown(node) || node.closest(".sr, :disabled, option, noscript") || node.control?.disabled) continue;
      const style = getComputedStyle(node);
      const ground = behind(node);
      const colour = over(rgba(node instanceof SVGElement ? style.fill : style.color), ground);
      const [low, high] = [light(colour), light(ground)].sort((one, other) => one - other);
      const ratio = (high + 0.05) / (low + 0.05);
      const size = parseFloat(style.fontSize);
      const least = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
      if (ratio < least) found.push(`${text.slice(0, 40)}: ${ratio.toFixed(2)}`);
    }
    return found;
  },
  // What has the focus, and whether one can see that.
  focus() {
    const one = document.activeElement;
    if (one === document.body) return null;
    const seen = one.matches(".segments input") ? one.nextElementSibling : one;
    const style = getComputedStyle(seen);
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    return { name: one.id || one.textContent.trim().slice(0, 40), seen: outlined || one.matches(".composer textarea") };
  },
  // How many things of the view can be used.
  usable() {
    const all = [...document.querySelectorAll("main :is(button, a, select, textarea, input, summary, [tabindex='0'])")];
    return all.filter((one) => shown(one) && !one.disabled && !(one.type === "radio" && !one.checked)).length;
  },
  twins() {
    const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
    return ids.filter((one, place) => ids.indexOf(one) !== place);
  },
  // Levels of headings, in order.
  levels() {
    return [...document.querySelectorAll("h1, h2, h3, h4")].filter(shown).map((one) => Number(one.tagName[1]));
  },
  // Things too small for a finger (WCAG 2.2, 2.5.8).
  small() {
    const all = [...document.querySelectorAll("button, nav a, select, summary")].filter(shown);
    return all.filter((one) => one.getBoundingClientRect().height < 24).map((one) => one.textContent.slice(0, 20));
  },
  // Nodes that only markup could have made.
  foreign() {
    return [...document.querySelectorAll("main :is(script, img, iframe, style, base, object, embed)")].map((one) => one.outerHTML);
  },
  hosts() {
    return [...new Set(performance.getEntriesByType("resource").map((one) => new URL(one.name).origin))];
  },
};
