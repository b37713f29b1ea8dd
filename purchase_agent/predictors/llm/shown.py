"""What of a shopper the model is shown: his sentences, numbered, without markup and personal data, and cut to size.

The numbers are how the model quotes: a number stands for a span of the original text, so that no quote can be anything
but the shopper's own words.
"""

from __future__ import annotations

import hashlib
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
from purchase_agent.redact import Redactor

MAX_CHARACTERS = 6000
"""Of one shopper's words; the newest are kept and the answer warns of what was cut."""
MAX_CONTEXT = 6
"""Lines of others in a conversation that are shown, the newest."""
_CONTEXT_CHARACTERS = 300
_CLAUSES = 24  # of one text

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
    warnings: list[str] = []
    room, left = MAX_CHARACTERS, MAX_SENTENCE
    for place in reversed(places):
        text = case.texts[place]
        pieces = _pieces(text, place, redactor)
        kept = []
        for words, sentence in pieces:
            if len(words) > room or not left:
                break
            kept.append((words, sentence))
            room, left = room - len(words), left - 1
        if len(kept) < len(pieces):
            warnings.append(f"truncated:{text.id}")
        at = in_utc(text.at) if text.at is not None else case.as_of
        turn = order.get(text.id, len(order))
        lines[:0] = [((at, turn), _line(at, zone, text, words, "shopper")) for words, _ in kept]
        sentences[:0] = [sentence for _, sentence in kept]
        if len(kept) < len(pieces):
            break
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
    return Shown(inputs, tuple(sentences), tuple(warnings), language)


def _pieces(text: Text, place: int, redactor: Redactor) -> list[tuple[str, Sentence]]:
    """Clauses of a text as shown, each with its span of the original; no clause ends inside a personal datum."""
    cleaned = clean(text.text)
    redacted = redactor.redact(cleaned.text)
    whole: list[tuple[int, int]] = []
    for start, end in clauses(cleaned.text, _CLAUSES, MAX_CHARACTERS):
        cut = whole and any(found.start < start < found.end for found in redacted.found)
        if cut:
            whole[-1] = (whole[-1][0], end)
        else:
            whole.append((start, end))
    out = []
    for start, end in whole:
        words, done = "", start
        for found in redacted.found:
            if start <= found.start and found.end <= end:
                words += cleaned.text[done : found.start] + found.placeholder
                done = found.end
        words += cleaned.text[done:end]
        span = cleaned.original_span(start, end)
        out.append((" ".join(words.split()), Sentence(place, *span, (start, end), quotable(text.text, *span))))
    return out


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
