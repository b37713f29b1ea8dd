// Talks to the server this page came from, and turns whatever goes wrong into a Problem that can be shown.

import { setKey, state, t } from "./state.js";

export class Problem extends Error {
  constructor(kind, detail, { hint = "", field = "", reference = "", status = 0 } = {}) {
    super(detail);
    Object.assign(this, { kind, hint, field, reference, status });
  }
}

let askKey = async () => null;

// `ask(insight, wrong)` shows the dialogue for the key and resolves to the key, or to null.
export function onKeyWanted(ask) {
  askKey = ask;
}

async function request(path, { method = "GET", body = null, type = "application/json", signal = null } = {}) {
  const headers = {};
  if (body !== null) headers["Content-Type"] = type;
  if (state.key) headers.Authorization = `Bearer ${state.key}`;
  try {
    return await fetch(path, { method, headers, body, signal, cache: "no-store", redirect: "error" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem("network", t("error_network"), { hint: navigator.onLine ? t("error_network_hint") : t("offline") });
  }
}

async function problemOf(answer) {
  let told = {};
  try {
    told = await answer.json();
  } catch {
    // a proxy's page, say
  }
  const kind = String(told.type ?? "").split("#")[1] ?? "";
  const reference = String(told.instance ?? answer.headers.get("x-request-id") ?? "");
  const rest = { field: told.field, reference, status: answer.status };
  if (answer.status === 429) return new Problem("busy", t("error_busy"), { ...rest, hint: t("error_busy_hint") });
  if (answer.status >= 500 && kind !== "unavailable") {
    return new Problem("server", t("error_server"), { ...rest, hint: t("error_server_hint") });
  }
  const detail = String(told.detail ?? t("error_refused"));
  return new Problem(kind || "refused", detail, { ...rest, hint: String(told.hint ?? "") });
}

// The answer of a request, asking for the key as long as one is wanted and given.
export async function send(path, options = {}) {
  for (let wrong = false; ; wrong = true) {
    const answer = await request(path, options);
    if (answer.ok) return answer;
    const problem = await problemOf(answer);
    if (answer.status !== 401) throw problem;
    const key = await askKey(options.insight ?? false, wrong || Boolean(state.key && !options.insight));
    if (key === null) throw problem;
    setKey(key);
  }
}

export async function getJson(path, options = {}) {
  return (await send(path, options)).json();
}

export async function postJson(path, value, options = {}) {
  return (await send(path, { ...options, method: "POST", body: JSON.stringify(value) })).json();
}

// The pieces of a streamed answer: `{words}` as they come, `{more}` beside them at the end.
export async function* streamed(path, value, options = {}) {
  const answer = await send(path, { ...options, method: "POST", body: JSON.stringify({ ...value, stream: true }) });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  let ended = false;
  while (!ended) {
    let part;
    try {
      part = await reader.read();
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Problem("network", t("error_stream"), { hint: t("error_network_hint") });
    }
    if (part.done) break;
    held += part.value;
    const events = held.split("\n\n");
    held = events.pop();
    for (const event of events) {
      const data = event.split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trim()).join("\n");
      if (data === "[DONE]") ended = true;
      else if (data) yield* read(JSON.parse(data));
    }
  }
  if (!ended) throw new Problem("network", t("error_stream"), { hint: t("error_network_hint") });
}

function* read(chunk) {
  if (chunk.error) {
    const { message, hint, instance } = chunk.error;
    throw new Problem("stream", t("error_stream"), { hint: [message, hint].filter(Boolean).join(". "), reference: instance });
  }
  const piece = chunk.choices?.[0]?.delta?.content;
  if (piece) yield { words: piece };
  if (chunk.purchase_agent) yield { more: chunk.purchase_agent };
}
