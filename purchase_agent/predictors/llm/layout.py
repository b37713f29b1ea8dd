"""The one layout of a model's answer: which fields, which letters, the schema, how it is written and how it is checked.

Every deciding place is one token for any tokenizer: single labels are one capital letter, of labels that may hold
together each is a ``y`` or ``n`` between spaces, in the order of the catalogue. So a distribution can be read from the
log-probabilities at that place. Prompt, schema, training and reading all take the layout from here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from string import ascii_uppercase
from typing import Any, Literal

from purchase_agent.labels import (
    ACTIONS,
    BARRIERS,
    DEFINITIONS,
    FLAGS,
    INTENTS,
    MOTIVATIONS,
    QUOTED,
    SENTIMENTS,
    TIMINGS,
)

Kind = Literal["single", "many", "quotes"]

POINTS = tuple(map(str, range(11)))
"""Juster's scale: chances in ten."""
LABELS: dict[str, tuple[str, ...]] = {
    "intent": INTENTS, "flags": FLAGS, "sentiment": SENTIMENTS, "motivation": MOTIVATIONS, "barrier": BARRIERS,
    "next_action": ACTIONS, "timing": TIMINGS, "purchase": POINTS,
}  # fmt: skip
"""Field -> its labels, in the order in which an answer gives the fields."""
MANY = frozenset({"flags", "motivation", "barrier"})
MAX_TOKENS = 130
MAX_SENTENCE = 99
_FLAG_TEXT = {
    "en": ("says that he will not buy", "says that he buys or will buy the same again"),
    "zh": ("明确说不买", "说又买了同一种或打算再买"),
}
_POINT_TEXT = {"en": "{} in ten that he buys within 30 days", "zh": "30 天内购买的可能性为十分之 {}"}


@dataclass(frozen=True, slots=True)
class Option:
    """A label as the prompt shows it. ``letter`` is empty for labels answered by ``y`` or ``n``."""

    letter: str
    name: str
    definition: str


@dataclass(frozen=True, slots=True)
class CatalogueField:
    """A field as the prompt shows it."""

    name: str
    kind: Kind
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Layout:
    """The fields of an answer.

    Args:
        fields: of ``LABELS``, in that order.
        order: field -> its labels as their letters follow each other (a permutation of places); the order of
            ``LABELS`` where none is given. Only measurements of position bias need it.
    """

    fields: tuple[str, ...] = tuple(LABELS)
    order: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def places(self, name: str) -> Sequence[int]:
        """Place in ``LABELS[name]`` of each letter, or of each ``y``/``n``."""
        return self.order.get(name, range(len(LABELS[name])))

    @cached_property
    def quoted(self) -> tuple[str, ...]:
        """Fields whose sentence is asked for, in the order of the numbers."""
        return tuple(name for name in QUOTED if name in self.fields)

    @cached_property
    def _patterns(self) -> dict[str, str]:
        out = {}
        for name in self.fields:
            count = len(LABELS[name])
            out[name] = f"[yn]( [yn]){{{count - 1}}}" if name in MANY else f"[A-{ascii_uppercase[count - 1]}]"
        more = len(self.quoted) - 1
        out["quotes"] = "[0-9]{1,2}" + (f"( [0-9]{{1,2}}){{{more}}}" if more else "")
        return out

    @cached_property
    def schema(self) -> dict[str, Any]:
        """JSON Schema of an answer, of keywords that structured output engines hold to."""
        properties: dict[str, Any] = {}
        for name, pattern in self._patterns.items():
            if name in LABELS and name not in MANY:
                properties[name] = {"type": "string", "enum": list(ascii_uppercase[: len(LABELS[name])])}
            else:
                properties[name] = {"type": "string", "pattern": f"^{pattern}$"}
        return {
            "type": "object", "properties": properties, "required": list(properties), "additionalProperties": False,
        }  # fmt: skip

    def catalogue(self, language: str) -> list[CatalogueField]:
        """Fields with their labels and definitions, in ``en`` or ``zh``."""
        out = []
        for name in self.fields:
            options = []
            for letter, place in zip(ascii_uppercase, self.places(name), strict=False):
                shown, definition = _definition(name, place, language)
                options.append(Option("" if name in MANY else letter, shown, definition))
            out.append(CatalogueField(name, "many" if name in MANY else "single", tuple(options)))
        quotes = tuple(Option("", name, "") for name in self.quoted)
        return [*out, CatalogueField("quotes", "quotes", quotes)]

    def write(self, labels: Mapping[str, Any], quotes: Mapping[str, int] | None = None) -> str:
        """An answer from labels by name: ``intent``, ``declined``, ``repurchase``, ``sentiment``, ``motivation`` and
        ``barrier`` (lists), ``next_action``, ``timing``, ``juster`` (0-10); ``quotes``: field -> sentence number.

        Raises:
            KeyError: a label that a field needs is missing.
            ValueError: a name is none of the field's labels.
        """
        out = {}
        for name in self.fields:
            places = list(self.places(name))
            if name == "flags":
                told = {flag for flag in FLAGS if labels[flag]}
            elif name in MANY:
                told = set(labels[name])
                if not told <= set(LABELS[name]):
                    raise ValueError(f"{name}: {', '.join(sorted(told - set(LABELS[name])))}: no such label")
            else:
                value = str(labels["juster" if name == "purchase" else name])
                out[name] = ascii_uppercase[places.index(LABELS[name].index(value))]
                continue
            out[name] = " ".join("y" if LABELS[name][place] in told else "n" for place in places)
        out["quotes"] = " ".join(str((quotes or {}).get(name, 0)) for name in self.quoted)
        return json.dumps(out, separators=(",", ":"))

    def check(self, content: str) -> str | None:
        """What is wrong with an answer, in one sentence; None where it can be read."""
        try:
            answer = json.loads(content, object_pairs_hook=_each_once)
        except (ValueError, RecursionError) as error:
            return f"The answer is not one JSON object with each key once: {str(error)[:80]}"
        if not isinstance(answer, dict):
            return "The answer is not a JSON object."
        expected = [*self.fields, "quotes"]
        if set(answer) != set(expected):
            return f"The keys must be exactly: {', '.join(expected)}."
        for name, pattern in self._patterns.items():
            if not isinstance(answer[name], str) or re.fullmatch(pattern, answer[name]) is None:
                return f'"{name}" must be a string of the form {pattern}.'
        if len(self.values(content)) < len(expected):
            return "Keys and values must be written without escapes."
        return None

    def values(self, content: str) -> dict[str, tuple[int, str]]:
        """Field -> where its value begins in ``content`` (a place of the string) and the value."""
        out = {}
        for name, pattern in self._patterns.items():
            match = re.search(rf'"{name}"\s*:\s*"({pattern})"', content)
            if match is not None:
                out[name] = (match.start(1), match[1])
        return out


def label_keys(name: str) -> tuple[str, ...]:
    """Names by which readers give the labels of a field."""
    return FLAGS if name == "flags" else ("juster",) if name == "purchase" else (name,)


def _definition(name: str, place: int, language: str) -> tuple[str, str]:
    if name == "flags":
        return FLAGS[place], _FLAG_TEXT[language][place]
    if name == "purchase":
        return POINTS[place], _POINT_TEXT[language].format(place)
    label = DEFINITIONS[name][place]
    return label.name, label.definition(language)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key twice")
    return dict(pairs)
