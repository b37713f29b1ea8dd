"""What the local text model says of the texts that a language model is trained on.

It serves three ends: sentences that carry a label are found by leaving them out (no reader has marked any), labels that
were not given are filled in, and a model that starts from nothing learns from its distributions over texts that nobody
has labelled (distillation, Hinton et al. 2015).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from purchase_agent.clean import clean
from purchase_agent.labels import FLAGS, QUOTED
from purchase_agent.predictors.calibrate import Floats, calibrate, scaled, split, told_motivations
from purchase_agent.predictors.draft import SAYS_NOTHING
from purchase_agent.predictors.llm.layout import LABELS
from purchase_agent.predictors.llm.shown import Shown
from purchase_agent.predictors.platt import log_odds
from purchase_agent.predictors.text import Piece, TextModel
from purchase_agent.training.corpus import Row
from purchase_agent.training.progress import Progress

_AT_ONCE = 1024


@dataclass(frozen=True, slots=True)
class Taught:
    """Readings of texts by the local model: ``scores`` by field, [texts, labels]; ``quotes`` [texts, ``QUOTED``]."""

    scores: dict[str, Floats]
    quotes: np.ndarray

    def row(self, place: int) -> dict[str, Floats]:
        """Field -> probabilities of one text."""
        return {name: values[place] for name, values in self.scores.items()}

    def quotes_of(self, place: int) -> dict[str, int]:
        """Field -> number of the sentence that supports it."""
        return dict(zip(QUOTED, self.quotes[place].tolist(), strict=True))


def teach(
    model: TextModel, rows: Sequence[Row], shown: Sequence[Shown], file: Path, progress: Progress, *, quoted: bool
) -> Taught:
    """Readings of all rows, kept in ``file`` for a run that is taken up again.

    Args:
        quoted: look for the sentences that carry the labels of the rows.
    """
    cut = (str([sentence.cleaned for sentence in one.sentences]) for one in shown)
    key = hashlib.sha256("\n".join([model.version, *(row.group for row in rows), *cut]).encode()).hexdigest()
    if file.exists():
        with np.load(file, allow_pickle=False) as saved:
            if str(saved["key"]) == key:
                return Taught({name: saved[name].astype(np.float64) for name in LABELS}, saved["quotes"])
    parts, numbers = [], []
    for start in range(0, len(rows), _AT_ONCE):
        some, seen = rows[start : start + _AT_ONCE], shown[start : start + _AT_ONCE]
        scores = _read(model, [model.piece(row.text, row.channel, row.language) for row in some])
        parts.append(scores)
        empty = np.zeros((len(some), len(QUOTED)), np.int64)
        numbers.append(_quotes(model, some, seen, scores) if quoted else empty)
        progress("reading", min(start + _AT_ONCE, len(rows)), len(rows), {})
    found = {name: np.concatenate([part[name] for part in parts]) for name in LABELS}
    quotes = np.concatenate(numbers)
    kept: dict[str, Any] = {name: one.astype(np.float32) for name, one in found.items()}
    np.savez(file, key=np.asarray(key), quotes=quotes, **kept)
    return Taught(found, quotes)


def told(scores: Mapping[str, Floats]) -> dict[str, Any]:
    """Labels by name from the probabilities of one text."""
    single = ("intent", "sentiment", "next_action", "timing")
    motives = told_motivations(scores["motivation"][None], [0.5] * len(LABELS["motivation"]))[0]
    return {
        **{name: LABELS[name][int(scores[name].argmax())] for name in single},
        **{flag: bool(scores["flags"][place] >= 0.5) for place, flag in enumerate(FLAGS)},
        "motivation": [name for name, one in zip(LABELS["motivation"], motives, strict=True) if one],
        "barrier": [name for name, one in zip(LABELS["barrier"], scores["barrier"], strict=True) if one >= 0.5],
        "juster": round(float(scores["purchase"] @ np.arange(11))),
    }


def _read(model: TextModel, pieces: Sequence[Piece]) -> dict[str, Floats]:
    """Calibrated probabilities by field, [texts, labels]; timing and purchase each by itself."""
    encoder, ngrams = (split(one) for one in model.scores(pieces)[:2])
    marks, spoken = model.calibration, [piece.language for piece in pieces]
    readings = calibrate(encoder, ngrams, spoken, marks)
    out = {name: np.array(getattr(readings, name)) for name in LABELS if name != "purchase"}
    out["purchase"] = np.empty((len(pieces), len(LABELS["purchase"])))
    for language, own in marks.languages.items():
        rows = np.asarray([(one if one in marks.languages else "en") == language for one in spoken], bool)
        for name, task, scale in (("timing", "timing", own.single["timing"]), ("purchase", "juster", own.juster)):
            out[name][rows] = scaled(scale, encoder[task][rows], ngrams[task][rows])
    return out


def _quotes(model: TextModel, rows: Sequence[Row], shown: Sequence[Shown], scores: Mapping[str, Floats]) -> np.ndarray:
    """The sentence without which the log-odds of the row's label fall most, for each field of ``QUOTED``."""
    pieces: list[Piece] = []
    starts = []
    for row, one in zip(rows, shown, strict=True):
        starts.append(len(pieces))
        if len(one.sentences) > 1:
            text = clean(row.text).text
            for sentence in one.sentences:
                start, end = sentence.cleaned
                pieces.append(Piece(f"{text[:start]} {text[end:]}".strip(), row.channel, row.language))
    without = _read(model, pieces) if pieces else {}
    out = np.zeros((len(rows), len(QUOTED)), np.int64)
    for place, (row, one, start) in enumerate(zip(rows, shown, starts, strict=True)):
        quotable = np.asarray([sentence.quotable for sentence in one.sentences])
        if not quotable.any():
            continue
        for column, name in enumerate(QUOTED):
            label = _label(name, row.labels, scores[name][place])
            if label is None:
                continue
            after = without[name][start : start + len(quotable), label] if len(quotable) > 1 else np.zeros(1)
            out[place, column] = int(np.where(quotable, -log_odds(after, 1e-6), -np.inf).argmax()) + 1
    return out


def _label(name: str, labels: Mapping[str, Any], scores: Floats) -> int | None:
    """Place of the label to find words for: of several the most probable; None where there is none to support."""
    given = labels.get(name, [])
    names = [given] if isinstance(given, str) else given
    places = [LABELS[name].index(one) for one in names if one not in SAYS_NOTHING.get(name, frozenset())]
    return max(places, key=lambda place: float(scores[place])) if places else None
