"""What of a shopper the model is shown: his sentences, numbered, without markup and personal data, and cut to size.

The numbers are how the model quotes: a number stands for a span of the original text, so that no quote can be anything
but the shopper's own words.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from purchase_agent.clean import clean
from purchase_agent.evidence import Text, in_utc
from purchase_agent.predictors.base import Case
from purchase_agent.predictors.llm.layout import MAX_SENTENCE
from purchase_agent.predictors.quotes import clauses, quotable
from purchase_agent.prompt_body import LANGUAGES
from purchase_agent.prompt_examples import spoken_date
from purchase_agent.redact import Found, Redactor

MAX_CHARACTERS = 6000
"""Of one shopper's words: the newest texts whole, of the next one its beginning. The answer names those cut."""
MAX_CONTEXT = 6
"""Lines of others in a conversation that are shown, the newest."""
_CONTEXT_CHARACTERS = 300
_CLAUSES = 24  # of one text
_WORD = 40  # characters; a clause without a space in so many is cut anywhere

_Placed = tuple[tuple[datetime, int], dict[str, Any]]
"""A line with its time and its place among the texts given."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A numbered line: the span of the original text that it shows, and the same span of the cleaned one.

    ``place`` is that of its text in the case. What speaks to a model instead of about a product is not ``quotable``.
    """

    place: int
    start: int
    end: int
    cleaned: tuple[int, int]
    quotable: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """Inputs of the prompt and the way back from a number to the original words."""

    inputs: dict[str, Any]
    sentences: tuple[Sentence, ...]
    warnings: tuple[str, ...]
    language: str

    def without(self, number: int) -> dict[str, Any]:
        """The inputs without the words of one sentence; the others keep their numbers."""
        lines = [{**line, "text": "…"} if line["number"] == number else line for line in self.inputs["sentences"]]
        return {**self.inputs, "sentences": lines}


def show(case: Case, places: Sequence[int]) -> Shown:
    """What is shown of the texts of ``case`` at ``places``, oldest first."""
    written = case.languages[places[-1]]
    language = written if written in LANGUAGES else "en"  # digits and emoji are of no language
    zone = ZoneInfo(case.shopper.timezone)
    redactor = Redactor()
    order = {text.id: number for number, text in enumerate(case.shopper.texts)}
    lines: list[_Placed] = []
    sentences: list[Sentence] = []
    cut: set[int] = set()
    room, left = MAX_CHARACTERS, MAX_SENTENCE
    for place in reversed(places):
        if cut:
            cut.add(place)
            continue
        text = case.texts[place]
        kept, whole = _pieces(text, place, redactor, room, left)
        room -= sum(len(words) for words, _ in kept)
        left -= len(kept)
        if not whole:
            cut.add(place)
        at = in_utc(text.at) if text.at is not None else case.as_of
        turn = order.get(text.id, len(order))
        lines[:0] = [((at, turn), _line(at, zone, text, words, "shopper")) for words, _ in kept]
        sentences[:0] = [sentence for _, sentence in kept]
    for number, (_, line) in enumerate(lines, start=1):
        line["number"] = number
    shown_lines = _with_context(case, lines, redactor, zone)
    inputs = {
        "language": language,
        "today": spoken_date(case.as_of.astimezone(zone).date(), language),
        "sentences": shown_lines,
        "delimiter": _delimiter([line["text"] for line in shown_lines]),
        "target": _target(case, redactor),
    }
    warnings = tuple(f"truncated:{case.texts[place].id}" for place in places if place in cut)
    return Shown(inputs, tuple(sentences), warnings, language)


def _pieces(
    text: Text, place: int, redactor: Redactor, room: int, most: int
) -> tuple[list[tuple[str, Sentence]], bool]:
    """Clauses of a text as shown, each with its span of the original, and whether they are all of the text.

    No clause begins or ends inside a personal datum.

    Args:
        room: characters that may be shown; the clause that goes over them is cut.
        most: clauses that may be shown.
    """
    cleaned = clean(text.text)
    found = redactor.redact(cleaned.text).found
    spans: list[tuple[int, int]] = []
    for begin, stop in clauses(cleaned.text, _CLAUSES, MAX_CHARACTERS):
        # What a clause loses at its edges, a full stop, may be part of a name: then all of the name goes with it.
        start = min([begin, *(one.start for one in found if one.start < begin < one.end)])
        end = max([stop, *(one.end for one in found if one.start < stop < one.end)])
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    out: list[tuple[str, Sentence]] = []
    for start, stop in spans[:most]:
        end = _fitting(cleaned.text, found, start, stop, room)
        words = _words(cleaned.text, found, start, end)
        if words:
            span = cleaned.original_span(start, end)
            out.append((words, Sentence(place, *span, (start, end), quotable(text.text, *span))))
            room -= len(words)
        if end < stop:
            return out, False
    return out, len(spans) <= most and len(cleaned.text) <= MAX_CHARACTERS


def _words(cleaned: str, found: Sequence[Found], start: int, end: int) -> str:
    words, done = "", start
    for one in found:
        if start <= one.start and one.end <= end:
            words += cleaned[done : one.start] + one.placeholder
            done = one.end
    return " ".join((words + cleaned[done:end]).split())


def _fitting(cleaned: str, found: Sequence[Found], start: int, end: int, room: int) -> int:
    """Where a clause from ``start`` ends, so that what is shown of it has ``room``."""

    def at(place: int) -> int:
        return min([place, *(one.start for one in found if one.start < place < one.end)])

    def length(place: int) -> int:
        return len(_words(cleaned, found, start, at(place)))

    if length(end) <= room:
        return end
    last = start + bisect_right(range(start, end), room, key=length) - 1
    space = cleaned.rfind(" ", last - _WORD, last)
    return at(space if space > start else last)


def _line(at: datetime, zone: ZoneInfo, text: Text, words: str, who: str) -> dict[str, Any]:
    return {
        "number": None, "when": f"{at.astimezone(zone):%Y-%m-%d}", "channel": text.channel, "text": words, "who": who,
    }  # fmt: skip


def _with_context(case: Case, lines: list[_Placed], redactor: Redactor, zone: ZoneInfo) -> list[dict[str, Any]]:
    """The shopper's lines with those of the shop and of others between them, by time and then as they were given."""
    others: list[_Placed] = []
    for turn, text in enumerate(case.shopper.texts):
        at = in_utc(text.at) if text.at is not None else case.as_of
        if text.role != "shopper" and at <= case.as_of:
            words = " ".join(redactor.redact(clean(text.text).text).text.split())[:_CONTEXT_CHARACTERS]
            who = "shop" if text.role == "agent" else "other"
            others.append(((at, turn), _line(at, zone, text, words, who)))
    others = sorted(others, key=lambda item: item[0])[-MAX_CONTEXT:]
    return [line for _, line in sorted([*others, *lines], key=lambda item: item[0])]


def _target(case: Case, redactor: Redactor) -> str | None:
    target = case.shopper.target
    if target is None or target.scope == "shop" or target.id is None:
        return None
    return " ".join(redactor.redact(clean(target.id).text).text.split())


def _delimiter(words: Sequence[str]) -> str:
    """A code that none of the lines holds. It is made of them, so that the same shopper is asked in the same words."""
    joined = "\n".join(words)
    number = 0
    while (code := hashlib.sha256(f"{number}\n{joined}".encode()).hexdigest()[:12]) in joined:
        number += 1
    return code
