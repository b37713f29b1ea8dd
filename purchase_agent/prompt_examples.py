"""Worked examples for few-shot prompts: read from a prompt folder, checked against the labels, and chosen.

``fixed`` is the default choice: the same examples for every shopper, so that they belong to the part of the prompt that
a server's prefix cache holds. ``similar`` shows those nearest to the shopper's words and gives that up.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, NoReturn, get_args

from purchase_agent.errors import PromptError
from purchase_agent.labels import ACTIONS, BARRIERS, CHANNELS, FLAGS, INTENTS, MOTIVATIONS, QUOTED, SENTIMENTS, TIMINGS
from purchase_agent.prompts import read_limited

How = Literal["fixed", "similar"]
Who = Literal["shopper", "shop", "other"]

MAX_BYTES = 1024 * 1024
WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "zh": ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
}
_ONE = {"intent": INTENTS, "sentiment": SENTIMENTS, "next_action": ACTIONS, "timing": TIMINGS}
_MANY = {"motivation": MOTIVATIONS, "barrier": BARRIERS}
_KEYS = {"id", "today", "channel", "sentences", "labels", "quotes"}
_LABEL_KEYS = {*_ONE, *_MANY, *FLAGS, "juster"}
_GRAM = {"en": 4, "zh": 2}


@dataclass(frozen=True, slots=True)
class Example:
    """What a shopper wrote, and how it is judged.

    Attributes:
        labels: by name: ``intent``, ``declined``, ``repurchase``, ``sentiment``, ``motivation`` and ``barrier``
            (lists), ``next_action``, ``timing``, ``juster`` (0-10).
        quotes: field -> number of the sentence that supports it, 0 for none.
    """

    id: str
    language: str
    today: date
    lines: tuple[Mapping[str, Any], ...]
    labels: Mapping[str, Any]
    quotes: Mapping[str, int]

    @property
    def text(self) -> str:
        """The shopper's own words."""
        return "\n".join(line["text"] for line in self.lines if line["who"] == "shopper")

    def inputs(self) -> dict[str, Any]:
        """What a prompt is given of it, but for the ``answer``."""
        return {
            "today": spoken_date(self.today, self.language),
            "delimiter": hashlib.sha256(self.id.encode()).hexdigest()[:12],
            "sentences": [dict(line) for line in self.lines],
            "target": None,
        }


def spoken_date(day: date, language: str) -> str:
    """A day as prompts write it, such as ``2026-11-22 Sunday``."""
    return f"{day.isoformat()} {WEEKDAYS[language][day.weekday()]}"


def read_examples(folders: Sequence[Path], language: str) -> list[Example]:
    """Examples of a language from the first prompt folder that has them (``examples/en.jsonl``).

    Raises:
        PromptError: there are none, or a line cannot be used; names file and line.
    """
    for folder in folders:
        path = folder / "examples" / f"{language}.jsonl"
        if path.is_file():
            break
    else:
        raise PromptError(
            f"no examples/{language}.jsonl in {', '.join(map(str, folders))}", hint="choose a prompt without examples"
        )
    out: list[Example] = []
    for number, line in enumerate(read_limited(path, MAX_BYTES).split(b"\n"), start=1):
        if line.strip():
            out.append(_Line(path, number, line).example(language))
    for number, example in enumerate(out, start=1):
        if example.id in {other.id for other in out[: number - 1]}:
            raise PromptError(f"a second example {example.id!r}", path=path, hint="give each an id of its own")
    return out


def choose(examples: Sequence[Example], text: str, count: int, how: How = "fixed") -> list[Example]:
    """``count`` of the examples.

    Args:
        text: what the shopper wrote; ``fixed`` does not look at it.
        how: ``fixed``: intents in turn, each time the example with most labels not shown yet. ``similar``: those that
            share most runs of characters with ``text``, the nearest last, where models heed it most.
    """
    if how == "similar":
        mine = _grams(text, examples[0].language) if examples else set()
        near = sorted(examples, key=lambda example: -_overlap(mine, _grams(example.text, example.language)))
        return near[:count][::-1]
    rest, chosen = list(examples), list[Example]()
    intents: Counter[str] = Counter()
    shown: set[tuple[str, str]] = set()
    while rest and len(chosen) < count:
        best = max(rest, key=lambda example: (-intents[example.labels["intent"]], len(_told(example) - shown)))
        rest.remove(best)
        chosen.append(best)
        intents[best.labels["intent"]] += 1
        shown |= _told(best)
    return chosen


def _told(example: Example) -> set[tuple[str, str]]:
    found = {(name, example.labels[name]) for name in _ONE}
    found |= {(name, label) for name in _MANY for label in example.labels[name]}
    return found | {(flag, "") for flag in FLAGS if example.labels[flag]}


def _worded(line: Mapping[str, Any]) -> bool:
    return all(isinstance(part, str) and part.strip() for part in (line.get("text"), *line.values()))


def _grams(text: str, language: str) -> set[str]:
    size = _GRAM[language]
    joined = " ".join(text.casefold().split())
    return {joined[start : start + size] for start in range(max(1, len(joined) - size + 1))}


def _overlap(mine: set[str], other: set[str]) -> float:
    return len(mine & other) / max(1, len(mine | other))


class _Line:
    """One line of an example file; every error names it."""

    def __init__(self, path: Path, number: int, raw: bytes) -> None:
        self._path = path
        self._number = number
        try:
            self._found = json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8"))
        except (ValueError, RecursionError) as error:
            raise PromptError("not a line of JSON", path=path, line=number, hint="write one object a line") from error
        self._has(self._found, _KEYS, "an example")

    def example(self, language: str) -> Example:
        found = self._found
        labels, quotes = found["labels"], found["quotes"]
        self._labels(labels)
        lines = self._lines(found["today"], found["channel"], found["sentences"])
        self._has(quotes, set(QUOTED), "quotes")
        last = max((line["number"] or 0 for line in lines), default=0)
        if not all(type(number) is int and 0 <= number <= last for number in quotes.values()) or not last:
            self._refuse("`quotes` must be numbers of the shopper's sentences, or 0")
        return Example(str(found["id"]), language, date.fromisoformat(found["today"]), lines, labels, quotes)

    def _labels(self, labels: Any) -> None:
        self._has(labels, _LABEL_KEYS, "labels")
        for name, known in _ONE.items():
            if labels[name] not in known:
                self._refuse(f"`{name}` must be one of: {', '.join(known)}")
        for name, many in _MANY.items():
            given = labels[name]
            if not isinstance(given, list) or not all(label in many for label in given) or len(set(given)) < len(given):
                self._refuse(f"`{name}` must be a list of: {', '.join(many)}")
        if not labels["motivation"] or ("unknown" in labels["motivation"] and len(labels["motivation"]) > 1):
            self._refuse("`motivation` must name what is known, or `unknown` alone")
        if not all(isinstance(labels[flag], bool) for flag in FLAGS):
            self._refuse("flags must be true or false")
        if type(labels["juster"]) is not int or not 0 <= labels["juster"] <= 10:
            self._refuse("`juster` must be a number from 0 to 10")

    def _lines(self, today: Any, channel: Any, sentences: Any) -> tuple[dict[str, Any], ...]:
        try:
            date.fromisoformat(today)
        except (TypeError, ValueError):
            self._refuse("`today` must be a day such as 2026-11-22")
        if channel not in CHANNELS:
            self._refuse(f"`channel` must be one of: {', '.join(CHANNELS)}")
        if not isinstance(sentences, list):
            self._refuse("`sentences` must be a list")
        out: list[dict[str, Any]] = []
        number = 0
        for given in sentences:
            if not isinstance(given, dict) or not set(given) <= {"text", "who", "when"} or not _worded(given):
                self._refuse("a sentence must be an object with `text`, and `who` and `when` where they differ")
            who = given.get("who", "shopper")
            if who not in get_args(Who):
                self._refuse(f"`who` must be one of: {', '.join(get_args(Who))}")
            number += who == "shopper"
            out.append(
                {
                    "number": number if who == "shopper" else None, "when": given.get("when", today),
                    "channel": channel, "text": given["text"], "who": who,
                }
            )  # fmt: skip
        return tuple(out)

    def _has(self, found: Any, keys: set[str], what: str) -> None:
        if not isinstance(found, dict) or set(found) != keys:
            self._refuse(f"{what} must have exactly the keys {', '.join(sorted(keys))}")

    def _refuse(self, message: str) -> NoReturn:
        raise PromptError(message, path=self._path, line=self._number, hint="mend the line")
