"""Labelled texts as a served model meets them: the messages it is sent and the answer it should write.

The way to the messages is that of a prediction (``prepare``, ``show``, the prompt), so that a model is trained on
exactly what it will be asked. An answer is written from a reading of the labels; beside it stands for each field a
distribution to learn, which is softer than the letter written: readers differ, and a scale has neighbours.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from purchase_agent.evidence import Shopper, Text
from purchase_agent.predictors.llm.layout import LABELS, MANY
from purchase_agent.predictors.llm.shown import Shown, show
from purchase_agent.predictors.prepare import prepare
from purchase_agent.prompt_examples import spoken_date
from purchase_agent.training.corpus import Row
from purchase_agent.training.targets import encode

Floats = NDArray[np.float64]

SMOOTHING = 0.02
"""Of each distribution to learn, shared by all labels."""
_FIRST_DAY, _DAYS = date(2023, 1, 1), 6 * 365
_WORD = re.compile(r"[A-Za-z0-9'’\-]+|[^\sA-Za-z0-9'’\-]")


@dataclass(frozen=True, slots=True)
class Example:
    """One text as it is shown, and what is known of it.

    Attributes:
        readings: labels by name, each complete: the reader's and, where there is one, a second reader's.
        known: fields whose labels were given; the others are filled in and not learned.
        taught: field -> another model's probabilities, which are learned with the weight ``share``.
        quotes: field -> number of the sentence that supports it; None where it is not known.
    """

    shown: Shown
    readings: tuple[Mapping[str, Any], ...]
    known: frozenset[str] = frozenset(LABELS)
    taught: Mapping[str, Floats] | None = None
    share: float = 0.0
    quotes: Mapping[str, int] | None = None

    def drawn(self, rng: random.Random) -> tuple[Mapping[str, Any], dict[str, Floats]]:
        """One of the readings, and the distributions to learn beside it; fields that are not known are left out."""
        labels = rng.choice(self.readings)
        told = {**encode(labels)}
        told["purchase"] = told.pop("juster")
        out = {}
        for name in sorted(self.known):
            values = told[name].astype(np.float64)
            if self.taught is not None:
                values = (1 - self.share) * values + self.share * self.taught[name]
            even = 0.5 if name in MANY else 1 / len(values)
            out[name] = (1 - SMOOTHING) * values + SMOOTHING * even
        return labels, out


def shown_of(rows: Sequence[Row], now: datetime) -> list[Shown | None]:
    """Each text as a prediction of ``now`` shows it to the model; None where there is nothing to read."""
    out: list[Shown | None] = []
    for row in rows:
        case = prepare(Shopper(shopper_id="row", texts=(Text(text=row.text, channel=row.channel),)), now)  # type: ignore[arg-type]
        out.append(show(case, [0]) if case.texts else None)
    return out


def varied(inputs: Mapping[str, Any], rng: random.Random, dropped: float) -> dict[str, Any]:
    """The same shopper on another day, with another code around his lines, half of the time without some words.

    Without this a model of few parameters could know a text by its code, and take the day of training for a sign.

    Args:
        dropped: share of the words (of Chinese, the characters) that are left out.
    """
    day = _FIRST_DAY + timedelta(days=rng.randrange(_DAYS))
    cut = rng.random() < 0.5 and dropped > 0
    lines = [
        {**line, "when": f"{day:%Y-%m-%d}", "text": _without(line["text"], rng, dropped) if cut else line["text"]}
        for line in inputs["sentences"]
    ]
    today = spoken_date(day, inputs["language"])
    return {**inputs, "today": today, "sentences": lines, "delimiter": f"{rng.getrandbits(48):012x}"}


def _without(text: str, rng: random.Random, dropped: float) -> str:
    kept = _WORD.sub(lambda match: match[0] if rng.random() >= dropped else "", text)
    return " ".join(kept.split()) or text
