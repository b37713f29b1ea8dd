"""Reads a response of status 200: what of it can be trusted, and why not where it cannot."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from purchase_agent.chat.failures import AttemptError, Raw
from purchase_agent.chat.request import Token
from purchase_agent.chat.thinking import answer_part
from purchase_agent.chat.tokens import read_tokens

_ID = re.compile(rb'"id"\s*:\s*"(?:chatcmpl|cmpl)-([0-9a-f-]{36})"')
_NAME = re.compile(r"[\w./:@+-]{1,200}")
_ID_WITHIN = 200  # bytes; it stands first
_DATED = re.compile(r"-\d{4}(?:-?\d{2}){0,2}\Z")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server said.

    ``contents`` holds the answer part of every choice that ended; ``failed`` says why the first one has none.
    ``tokens`` belong to the first choice. ``thinks``: the model thought first.
    """

    contents: tuple[str, ...]
    failed: AttemptError | None
    tokens: tuple[Token, ...] | None
    thinks: bool
    read: int
    cached: int
    written: int
    model: str


def read_reply(raw: Raw, model: str, *, wants_json: bool = False) -> Reply:
    """The reply of a server that was asked for ``model``.

    Where JSON is wanted, prose that did not end counts as a thought: some templates open it before the answer begins.

    Raises:
        AttemptError: what came is no chat completion, or another model's.
    """
    parsed = completion(raw)
    named = parsed.get("model")
    if isinstance(named, str) and named and not same_model(model, named):
        raise AttemptError("wrong_model", "another model answered than the one asked")
    choices = [_choice(choice, wants_json=wants_json) for choice in parsed["choices"]]
    contents = tuple(content for content, _, _ in choices if content is not None)
    first, failed, _ = choices[0]
    logprobs = parsed["choices"][0].get("logprobs")
    read, cached, written = _usage(parsed.get("usage"))
    return Reply(
        contents=contents,
        failed=None if contents else failed,
        tokens=read_tokens(logprobs, first) if first is not None else None,
        thinks=any(thinks for _, _, thinks in choices),
        read=read,
        cached=cached,
        written=written,
        model=named if isinstance(named, str) and _NAME.fullmatch(named) else model,
    )


def completion(raw: Raw) -> dict[str, Any]:
    """A chat completion with at least one choice, each of them with a message.

    Raises:
        AttemptError: it is none.
    """
    parsed = json_object(raw)
    choices = parsed.get("choices")
    if not isinstance(choices, list) or not choices:
        raise AttemptError("no_answer", "the endpoint's answer has no choices")
    for choice in choices:
        if not isinstance(choice, Mapping) or not isinstance(choice.get("message"), Mapping):
            raise AttemptError("no_answer", "the endpoint's answer has no message")
    return parsed


def json_object(raw: Raw) -> dict[str, Any]:
    """The body as a JSON object.

    Raises:
        AttemptError: it is none.
    """
    try:
        parsed = json.loads(raw.body)
    except (ValueError, RecursionError):
        raise AttemptError("no_answer", "the endpoint answered 200 with something that is no JSON") from None
    if not isinstance(parsed, dict):
        raise AttemptError("no_answer", "the endpoint answered 200 with JSON that is no object")
    return parsed


def id_of(raw: Raw) -> str:
    """The id that a completion carries, as vLLM and OpenAI write it, without its prefix; empty where there is none."""
    found = _ID.search(raw.body[:_ID_WITHIN])
    return found[1].decode() if found else ""


def same_model(asked: str, named: str) -> bool:
    """Whether a server that was asked for one name may answer under the other.

    Hosted servers add a date to the name (``-2024-08-06``), gateways a provider before it.
    """
    asked, named = asked.casefold(), named.casefold()
    undated = _DATED.sub("", named)
    return any(name == asked or name.endswith(f"/{asked}") or asked.endswith(f"/{name}") for name in (named, undated))


def listed_models(raw: Raw) -> list[str]:
    """The names in an answer to ``GET /models``.

    Raises:
        AttemptError: it is no list of models.
    """
    data = json_object(raw).get("data")
    if not isinstance(data, list):
        raise AttemptError("no_answer", "the endpoint's list of models is none")
    names = [entry.get("id") for entry in data if isinstance(entry, dict)]
    return [name for name in names if isinstance(name, str) and _NAME.fullmatch(name)]


def _choice(choice: Mapping[str, Any], *, wants_json: bool) -> tuple[str | None, AttemptError | None, bool]:
    """The answer of a choice or why there is none, and whether the model thought first."""
    message = choice["message"]
    content, thinks = answer_part(message)
    finish = choice.get("finish_reason")
    failed: AttemptError | None = None
    if finish == "content_filter" or message.get("refusal"):
        failed = AttemptError("refused", "the model declined to answer")
    elif finish == "length":
        failed = AttemptError("truncated", "the answer did not end within max_tokens")
        thinks = thinks or (wants_json and content is not None and content.lstrip()[:1] not in {"", "{", "["})
    elif content is None or not content.strip():
        failed = AttemptError("no_answer", "the endpoint's answer is empty")
    return (None if failed else content), failed, thinks


def _usage(usage: object) -> tuple[int, int, int]:
    """Tokens read, of these cached, and written; 0 where the server does not say or says nonsense."""
    if not isinstance(usage, Mapping):
        return 0, 0, 0
    details = usage.get("prompt_tokens_details")
    read = _count(usage.get("prompt_tokens"))
    cached = _count(details.get("cached_tokens")) if isinstance(details, Mapping) else 0
    return read, min(cached, read), _count(usage.get("completion_tokens"))


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else 0
