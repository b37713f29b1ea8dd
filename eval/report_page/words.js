// A text with its evidence marked. Offsets are code points, so the text is cut as code points too.
function highlighted(text, quotes, task) {
  const points = Array.from(text);
  const within = quotes
    .map(([supports, , start, end]) => ({ supports, start: Math.max(0, start), end: Math.min(points.length, end) }))
    .filter((one) => one.start < one.end);
  const cuts = [...new Set([0, points.length, ...within.flatMap((one) => [one.start, one.end])])].sort((a, b) => a - b);
  return cuts.slice(0, -1).map((start, place) => {
    const piece = points.slice(start, cuts[place + 1]).join("");
    const of = within.filter((one) => one.start <= start && start < one.end);
    if (!of.length) return piece;
    const current = of.some((one) => one.supports.split(".")[0] === task);
    return h("mark", { class: current ? "current" : null, title: [...new Set(of.map((one) => spoken(one.supports)))].join(", ") }, piece);
  });
}
