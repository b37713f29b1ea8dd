"""From the tokens of an answer to distributions: log-probabilities at the deciding places.

At each deciding place the token that holds the letter is found by its place in the text, and its alternatives are
summed by the letter they would have put there (a letter may come with the quotation mark or the space before it). An
alternative that would have put something else there says nothing about labels and is left out; what remains is scaled
to one.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from string import ascii_uppercase
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from purchase_agent.predictors.llm.layout import LABELS, MANY, Layout

Floats = NDArray[np.float64]

_UNSEEN = 1e-6
"""Of a letter that is not among the alternatives told, at most; less where the others leave less."""
HARD = 0.8
"""Of the label written, where neither log-probabilities nor repeated answers tell more; the others share the rest."""


class Token(Protocol):
    """One token written. ``tops``: alternatives at its place with their log-probabilities."""

    @property
    def text(self) -> str: ...
    @property
    def logprob(self) -> float: ...
    @property
    def tops(self) -> Sequence[tuple[str, float]]: ...


@dataclass(frozen=True, slots=True)
class Read:
    """What an answer says.

    Attributes:
        scores: field -> probabilities in the order of ``LABELS`` ([labels]; sums to one where one label holds).
        quotes: field -> number of the sentence that supports it, 0 for none.
        seen: share of deciding places at which log-probabilities were read; 0 without any.
    """

    scores: dict[str, Floats]
    quotes: dict[str, int]
    seen: float


def read(layout: Layout, content: str, tokens: Sequence[Token] | None) -> Read:
    """Distributions of a checked answer. Without ``tokens`` the labels written get ``HARD``."""
    values = layout.values(content)
    deciding = [
        start + step for name, (start, value) in values.items() if name in LABELS for step in range(0, len(value), 2)
    ]
    told = _Told(content, tokens, deciding) if tokens else None
    scores: dict[str, Floats] = {}
    seen = places = 0
    for name in layout.fields:
        start, value = values[name]
        letters = "yn" if name in MANY else ascii_uppercase[: len(LABELS[name])]
        rows = []
        for step in range(0, len(value), 2):
            found = told.at(start + step, letters) if told is not None else None
            places += 1
            seen += found is not None
            rows.append(found if found is not None else _hard(letters, value[step]))
        out = np.empty(len(LABELS[name]))
        out[list(layout.places(name))] = [row[0] for row in rows] if name in MANY else rows[0]
        scores[name] = out
    numbers = values["quotes"][1].split(" ")
    return Read(scores, dict(zip(layout.quoted, map(int, numbers), strict=True)), seen / max(places, 1))


def averaged(readings: Sequence[Read]) -> Read:
    """Repeated answers as one: how often each label was written, half a vote for each label beforehand.

    Quotes are those of the first. After Wang et al. 2023 (self-consistency), the vote kept as a distribution.
    """
    scores = {}
    for name in readings[0].scores:
        rows = np.stack([one.scores[name] for one in readings])
        if name in MANY:
            scores[name] = ((rows >= 0.5).sum(0) + 0.5) / (len(rows) + 1)
        else:
            counts = np.bincount(rows.argmax(1), minlength=rows.shape[1]) + 0.5
            scores[name] = counts / counts.sum()
    return Read(scores, readings[0].quotes, 0.0)


def _hard(letters: str, written: str) -> Floats:
    rest = (1 - HARD) / (len(letters) - 1)
    return np.asarray([HARD if letter == written else rest for letter in letters])


class _Told:
    """Tokens laid along the content."""

    def __init__(self, content: str, tokens: Sequence[Token], deciding: Sequence[int]) -> None:
        joined = "".join(token.text for token in tokens)
        self._shift = joined.rfind(content)
        self._deciding = [place + self._shift for place in deciding]
        self._tokens = tokens
        self._starts = [0, *accumulate(len(token.text) for token in tokens)]

    def at(self, place: int, letters: str) -> Floats | None:
        """[letters] at ``place`` of the content; None where its token decides several places or tells too little."""
        if self._shift < 0:
            return None
        number = bisect_right(self._starts, place + self._shift) - 1
        start, end = self._starts[number : number + 2]
        if sum(start <= one < end for one in self._deciding) > 1:
            return None
        token = self._tokens[number]
        return _by_letter(token, token.text[: place + self._shift - start], letters)


def _by_letter(token: Token, before: str, letters: str) -> Floats | None:
    mass: dict[str, float] = dict.fromkeys(letters, 0.0)
    alternatives: Mapping[str, float] = {token.text: token.logprob, **dict(token.tops)}
    for text, logprob in alternatives.items():
        if text.startswith(before) and text[len(before) : len(before) + 1] in mass and not math.isnan(logprob):
            mass[text[len(before)]] += math.exp(min(logprob, 0.0))
    total = sum(mass.values())
    if total <= 0:
        return None
    unseen = [letter for letter in letters if mass[letter] == 0]
    floor = min(_UNSEEN, max(1 - total, 0.0) / max(len(unseen), 1)) if unseen else 0.0
    out = np.asarray([mass[letter] or max(floor, 1e-9) for letter in letters])
    scaled: Floats = out / out.sum()
    return scaled
