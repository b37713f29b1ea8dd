// What the page remembers: language and theme for good, the key for this tab, what the server can do for this visit.

import { labels } from "./labels.js";
import { words } from "./words.js";

function kept(store, name) {
  try {
    return store.getItem(name);
  } catch {
    return null; // storage may be forbidden; then nothing is remembered
  }
}

function keep(store, name, value) {
  try {
    if (value === null) store.removeItem(name);
    else store.setItem(name, value);
  } catch {
    // as above
  }
}

const own = kept(localStorage, "language");
export const state = {
  language: own === "en" || own === "zh" ? own : navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en",
  key: kept(sessionStorage, "key"),
  about: null,
  failed: false,
};

export function setLanguage(language) {
  state.language = language;
  keep(localStorage, "language", language);
}

export function setKey(key) {
  state.key = key;
  keep(sessionStorage, "key", key);
}

export function theme() {
  return kept(localStorage, "theme") ?? "auto";
}

export function setTheme(name) {
  keep(localStorage, "theme", name === "auto" ? null : name);
  if (name === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
}

// A word of the page, its places filled in: t("run", {n: 2}).
export function t(name, values = {}) {
  const found = words[state.language][name] ?? words.en[name] ?? name;
  if (typeof found !== "string") return found;
  return found.replace(/\{(\w+)\}/g, (place, key) => (key in values ? String(values[key]) : place));
}

export function has(name) {
  return name in words[state.language];
}

// What a label of a task is called.
export function labelled(task, name) {
  return labels[state.language][task]?.[name] ?? name.replaceAll("_", " ");
}

const locale = () => (state.language === "zh" ? "zh-CN" : "en-GB");

export function percent(share, digits = 0) {
  if (share > 0 && share < 0.005 && digits === 0) return "<1%";
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: digits }).format(share);
}

export function count(value, digits = 0) {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);
}

export function day(value, more = {}) {
  const date = new Date(value.length === 10 ? `${value}T00:00:00Z` : value);
  if (Number.isNaN(date.getTime())) return value;
  return new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", year: "numeric", timeZone: "UTC", ...more }).format(date);
}

export function listed(names) {
  return new Intl.ListFormat(locale(), { type: "unit" }).format(names);
}

// A figure of an answer in its unit.
export function figure(value, unit) {
  if (value === null || value === undefined) return "";
  if (unit === "share") return percent(value);
  if (unit === "points") return `${value > 0 ? "+" : ""}${count(value * 100)} ${state.language === "zh" ? "个百分点" : "pts"}`;
  return count(value, unit === "units" && Math.abs(value) < 10 ? 1 : 0);
}

export function spread(low, high, unit) {
  if (low === null || low === undefined || high === null || high === undefined) return "";
  return `${figure(low, unit)} – ${figure(high, unit)}`;
}
