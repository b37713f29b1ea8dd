"""What a message puts in quotation marks: as a rule, what somebody else said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_OPENS = re.compile(r"[“「『\"]")
_CLOSES = {'"': re.compile('"'), **dict.fromkeys("“「『", re.compile("[”」』]"))}
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Quoted:
    """Characters ``start`` to ``end`` of a message, its marks among them, and the ``words`` between them."""

    start: int
    end: int
    words: str


def quotes(message: str) -> Iterator[Quoted]:
    """Each passage of two characters or more, from one mark to the next that closes it; in linear time."""
    place, closes = 0, dict(_CLOSES)
    while closes and (opened := _OPENS.search(message, place)):
        place = opened.end()
        pattern = closes.get(opened[0])
        if pattern is None:
            continue
        closed = pattern.search(message, place)
        if closed is None:  # nor will one be found for a later mark of its kind
            closes = {mark: one for mark, one in closes.items() if one is not pattern}
        elif closed.start() - place >= _SHORTEST:
            yield Quoted(opened.start(), closed.end(), message[place : closed.start()])
            place = closed.end()


def without_quotes(message: str) -> str:
    """A message with a space in the place of each passage."""
    parts, place = [], 0
    for one in quotes(message):
        parts.append(message[place : one.start])
        place = one.end
    return " ".join([*parts, message[place:]])
