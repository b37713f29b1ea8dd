"""Tries an endpoint with one small question and says what it can do, for ``doctor`` and ``serve``."""

from __future__ import annotations

import time
from dataclasses import dataclass

from purchase_agent.chat.client import ChatClient
from purchase_agent.chat.request import Answer, Endpoint, Kind, Request

_SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string", "enum": ["A", "B"]}},
    "required": ["answer"],
    "additionalProperties": False,
}
_VALID = frozenset({'{"answer":"A"}', '{"answer":"B"}'})
_ASKED = 'Which comes first in the alphabet? Reply with {"answer":"A"} or {"answer":"B"} and nothing else.'
_NEVER_REACHED: frozenset[Kind] = frozenset({"connection", "timeout", "breaker_open", "overloaded", "cancelled"})


@dataclass(frozen=True, slots=True)
class Report:
    """What an endpoint showed.

    ``reachable``: it answered over HTTP. ``answered``: a completion came. ``schema_held``: the first completion was as
    the schema wants it, and the server took the schema. ``logprobs``: log-probabilities came with it. ``thinks``: its
    model thinks first. ``problem``: one sentence, empty where all is well.
    """

    reachable: bool
    model: str | None
    answered: bool
    schema_held: bool
    logprobs: bool
    thinks: bool
    seconds: float
    problem: str


def describe(endpoint: Endpoint) -> str:
    """The endpoint in one line, without its secrets."""
    key = "with a key" if endpoint.api_key else "without a key"
    host = endpoint.base_url.rpartition("@")[2] if "@" in endpoint.base_url else endpoint.base_url
    return f"{host}, model {endpoint.model or 'as listed'}, {key}"


def examine(client: ChatClient, deadline_s: float) -> Report:
    """Asks one question with a schema and log-probabilities; sends nothing of a shopper's."""
    began = time.monotonic()
    seen: list[str] = []

    def check(content: str) -> str | None:
        seen.append(content)
        squeezed = "".join(content.split())
        return None if squeezed in _VALID else 'Write {"answer":"A"} or {"answer":"B"}.'

    request = Request(({"role": "user", "content": _ASKED},), max_tokens=24, schema=_SCHEMA, check=check)
    outcome = client.ask([request], deadline_s)[0]
    habits = client.habits
    seconds = time.monotonic() - began
    if isinstance(outcome, Answer):
        held = habits.schema and len(seen) == 1
        problem = ""
        if outcome.tokens is None:
            problem = "the endpoint gives no log-probabilities, so probabilities cannot be read from its answers"
        if not held:
            problem = "the endpoint does not hold answers to a JSON schema"
        return Report(
            reachable=True,
            model=outcome.model,
            answered=True,
            schema_held=held,
            logprobs=outcome.tokens is not None,
            thinks=habits.quiet,
            seconds=seconds,
            problem=problem,
        )
    return Report(
        reachable=outcome.kind not in _NEVER_REACHED,
        model=client.endpoint.model,
        answered=bool(seen) or outcome.kind in {"truncated", "refused"},
        schema_held=False,
        logprobs=False,
        thinks=habits.quiet,
        seconds=seconds,
        problem=f"{outcome.kind}: {outcome.message}",
    )
