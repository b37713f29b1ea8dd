"""The log-probabilities of an answer, where they can be trusted to be of that answer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from purchase_agent.chat.request import Token

_ROUNDING = 1e-3  # log-probabilities computed in half precision may come out a little above 0


class _UnusableError(Exception):
    """One entry is not what it should be, so none of them is used."""


def read_tokens(logprobs: object, content: str) -> tuple[Token, ...] | None:
    """The tokens whose texts joined are ``content``, each with at least one alternative.

    ``logprobs`` is the field of a chat choice. It may hold more than the answer: thoughts before it, an end token
    after it; a token that reaches over the edge is cut. None: missing, empty, not finite, or of another text.
    """
    entries = logprobs.get("content") if isinstance(logprobs, Mapping) else None
    if not isinstance(entries, list) or not entries or not content:
        return None
    try:
        texts = [_text(entry) for entry in entries]
        begin = "".join(texts).rfind(content)
        if begin < 0:
            return None
        end, place = begin + len(content), 0
        tokens: list[Token] = []
        for entry, text in zip(entries, texts, strict=True):
            left, right = max(begin - place, 0), min(end - place, len(text))
            place += len(text)
            if left < right:
                tokens.append(Token(text[left:right], _number(entry), _tops(entry)))
    except _UnusableError:
        return None
    return tuple(tokens)


def _text(entry: object) -> str:
    text = entry.get("token") if isinstance(entry, Mapping) else None
    if not isinstance(text, str):
        raise _UnusableError
    return text


def _number(entry: Mapping[str, Any]) -> float:
    value: Any = entry.get("logprob")
    if type(value) not in {int, float} or not math.isfinite(value) or value > _ROUNDING:
        raise _UnusableError
    return min(float(value), 0.0)


def _tops(entry: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
    tops = entry.get("top_logprobs")
    if not isinstance(tops, list) or not tops:
        raise _UnusableError
    return tuple([(_text(top), _number(top)) for top in tops])
