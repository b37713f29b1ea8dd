// All shoppers of the store: figures, stages, reasons, demand, filters, and the audience as a file.

import { answerFigure, answerHidden, answerMeta } from "./answer.js";
import { postJson } from "./api.js";
import { add, h, put, words } from "./dom.js";
import { exportCard } from "./export.js";
import { announce, commands, loading, problemNotice } from "./notices.js";
import { labelled, spread, state, t, figure } from "./state.js";

const STAGES = ["none", "awareness", "exploration", "consideration", "ready", "post_purchase"];
const MOTIVATIONS = ["replacement", "performance", "price_value", "convenience", "replenishment", "compatibility", "safety_health", "gift", "social_influence", "enjoyment", "identity_values", "novelty", "occasion"];
const BARRIERS = ["price", "quality_doubt", "fit_or_compatibility", "delivery", "trust_or_privacy", "choice_overload", "out_of_stock", "no_need_now"];
const MOST_CONDITIONS = 2;
const WEEKS = 8;

export function portfolioView(enterKey) {
  const held = { filter: {}, categories: [], drawn: 0, control: null };
  const root = h("div", { class: "portfolio" });
  const filters = h("form", { class: "filters" });
  const body = h("div", { class: "portfolio-body" });
  const run = h("span", {});

  function draw() {
    const about = state.about;
    const head = [h("h1", {}, t("p_title")), h("p", { class: "lead" }, t("p_text"), run)];
    if (about === null) return put(root, head, state.failed ? null : loading());
    if (!about.store) return put(root, head, emptyStore());
    if (about.insight === "closed") return put(root, head, state_("p_closed_title", "p_closed_text"));
    if (about.insight === "key") {
      return put(root, head, h("div", { class: "notice" }, h("p", {}, t("p_need_key")), h("button", { type: "button", class: "primary", onclick: enterKey }, t("p_enter_key"))));
    }
    drawFilters();
    put(root, head, filters, body);
    return load();
  }

  function drawFilters() {
    const choices = {
      category: held.categories.map((name) => [name, name]),
      intent: STAGES.map((name) => [name, labelled("intent", name)]),
      motivation: MOTIVATIONS.map((name) => [name, labelled("motivation", name)]),
      barrier: BARRIERS.map((name) => [name, labelled("barrier", name)]),
      customers: ["new", "returning"].map((name) => [name, t(`p_customers_${name}`)]),
      language: ["en", "zh"].map((name) => [name, t(`p_writes_${name}`)]),
    };
    const full = Object.keys(held.filter).length >= MOST_CONDITIONS;
    put(
      filters,
      h("h2", { class: "sr" }, t("p_filters")),
      Object.entries(choices).map(([name, values]) => {
        const select = h(
          "select",
          { id: `filter-${name}`, disabled: full && !(name in held.filter), "aria-describedby": "filter-hint" },
          h("option", { value: "" }, t("p_all")),
          values.map(([value, title]) => h("option", { value, selected: held.filter[name] === value }, title)),
        );
        select.addEventListener("change", () => {
          if (select.value) held.filter[name] = select.value;
          else delete held.filter[name];
          drawFilters();
          document.getElementById(`filter-${name}`).focus();
          load();
        });
        return h("span", { class: "filter" }, h("label", { for: `filter-${name}`, class: "small-label" }, t(`p_filter_${name}`)), select);
      }),
      h("p", { class: "meta filter-hint", id: "filter-hint" }, t("p_two"), Object.keys(held.filter).length > 0 && [" ", h("button", { type: "button", class: "link", onclick: reset }, t("p_reset"))]),
    );
  }

  function reset() {
    held.filter = {};
    drawFilters();
    document.getElementById("filter-category").focus();
    load();
  }

  async function load() {
    held.drawn += 1;
    const mine = held.drawn;
    held.control?.abort();
    held.control = new AbortController();
    body.setAttribute("aria-busy", "true");
    if (!body.children.length) put(body, loading());
    const filter = { ...held.filter };
    const queries = ["ready", "funnel", "timing", "motivations", "barriers"].map((kind) => ({ kind, filter }));
    if (!held.categories.length) queries.push({ kind: "top", what: "categories" });
    try {
      const { answers } = await asked(queries);
      if (mine !== held.drawn) return; // another filter was chosen meanwhile
      if (answers[5]?.table) {
        held.categories = answers[5].table.rows.map((row) => row.label);
        drawFilters();
      }
      const places = show(answers, filter);
      announce(`${t("p_title")}: ${(answers[0].sentences ?? []).join(" ")}`);
      body.removeAttribute("aria-busy");
      if (places) await forecast(places, filter, mine);
    } catch (error) {
      if (mine === held.drawn && error.name !== "AbortError") put(body, problemNotice(error, load));
    } finally {
      if (mine === held.drawn) body.removeAttribute("aria-busy");
    }
  }

  function asked(queries) {
    return postJson("/v1/insights", { queries, language: state.language }, { insight: true, signal: held.control.signal });
  }

  // The forecast takes longer than all the rest, which need not wait for it.
  async function forecast({ units, weeks }, filter, mine) {
    const about = Object.keys(filter).some((name) => name !== "category") ? t("p_demand_category") : null;
    try {
      const [answer] = (await asked([{ kind: "demand", by: "week", days: WEEKS * 7 + 4, ...(filter.category ? { category: filter.category } : {}) }])).answers;
      if (mine !== held.drawn) return;
      put(units, number(t("p_units"), (answer.numbers ?? [])[0]));
      put(weeks, panel(answer, { title: t("p_demand"), about }));
    } catch (error) {
      if (mine === held.drawn && error.name !== "AbortError") put(weeks, h("section", { class: "card" }, problemNotice(error, () => forecast({ units, weeks }, filter, mine))));
    }
  }

  function show([ready, funnel, timing, motivations, barriers], filter) {
    if (ready.error && funnel.error) { // the store has no finished run, say
      put(run);
      put(body, h("div", { class: "notice" }, h("p", {}, words(ready.error.message)), ready.error.hint && h("p", { class: "meta" }, words(ready.error.hint))));
      return null;
    }
    const told = [ready, funnel, timing, motivations, barriers].find((one) => one.run);
    put(run, told ? ` ${answerMeta({ ...told, shoppers: null }).join(" · ")}` : "");
    const numbers = ready.numbers ?? [];
    const units = h("div", { class: "tile-place" }, tile(t("p_units"), null, null, "", loading("")));
    const weeks = h("div", {}, h("section", { class: "card" }, h("h2", {}, t("p_demand")), loading()));
    put(
      body,
      h(
        "dl",
        { class: "tiles" },
        tile(t("p_shoppers"), (funnel.shoppers ?? ready.shoppers) ?? null, null, "shoppers"),
        number(t("p_ready"), numbers.find((one) => one.name === "ready"), ready.status === "answered" ? t("hidden_few") : "–"),
        number(t("p_expected"), numbers.find((one) => one.name === "expected_buyers")),
        units,
      ),
      h("div", { class: "grid two" }, panel(funnel), panel(timing), panel(motivations), panel(barriers)),
      weeks,
      exportCard(filter),
    );
    return { units, weeks };
  }

  function panel(answer, options = {}) {
    if (answer.error) return h("section", { class: "card" }, options.title && h("h3", {}, options.title), h("p", { class: "meta" }, words(answer.error.message)));
    const drawn = answerFigure(answer, { level: "h2", ...options });
    const card = drawn ?? h("section", {}, options.title && h("h2", {}, options.title), h("p", { class: "meta" }, words(answer.sentences.join(" ") || t("p_none"))));
    card.classList.add("card");
    if (drawn) add(card, answerHidden(answer));
    return card;
  }

  function number(title, one, without = "–") {
    return tile(title, one?.value ?? null, one && spread(one.low, one.high, one.unit), one?.unit, without);
  }

  function tile(title, value, range, unit, without = "–") {
    const told = value === null ? h("span", { class: "untold" }, without) : h("strong", {}, figure(value, unit));
    return h("div", { class: "tile" }, h("dt", {}, title), h("dd", {}, told, range && h("span", { class: "meta" }, range)));
  }

  function emptyStore() {
    const made = ["purchase-agent score events.csv --out scored.parquet --store shop.duckdb", "PURCHASE_AGENT_STORE=shop.duckdb purchase-agent web"];
    return h("div", { class: "card empty-store" }, h("h2", {}, t("p_empty_title")), h("p", {}, t("p_empty_text")), commands(made));
  }

  function state_(title, text) {
    return h("div", { class: "card" }, h("h2", {}, t(title)), h("p", {}, t(text)));
  }

  return { root, draw };
}
