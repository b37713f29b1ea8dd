"""Takes a prediction's quotes out of the text, and as many other words, and reads again what is left.

For each told label that says something and has a quote, the quote is cut out of the original text; so are random spans
as long (as many words, in Chinese as many characters), drawn from all places but the quote's own and free to overlap
it. The quotes are found by cutting clauses or words out of the same model's input, so this shows that they are what
moves this model, not what moved the shopper.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from purchase_agent.errors import InputError
from purchase_agent.eval.bench.table import say
from purchase_agent.evidence import read_shopper
from purchase_agent.labels import ACTIONS, BARRIERS, INTENTS, MOTIVATIONS, TIMINGS
from purchase_agent.metrics import Bootstrap, Score
from purchase_agent.prediction import Evidence, EvidenceMode, Prediction
from purchase_agent.predictors.base import Case
from purchase_agent.predictors.calibrate import Readings
from purchase_agent.predictors.local import LocalPredictor
from purchase_agent.predictors.prepare import prepare
from purchase_agent.predictors.quotes import Wanted, label_log_odds
from purchase_agent.predictors.text import Piece, TextModel
from purchase_agent.settings import SHIPPED_MODELS
from purchase_agent.training.corpus import Row

Array = NDArray[np.float64]
Span = tuple[int, int]

LABELS: dict[str, tuple[str, ...]] = {
    "intent": INTENTS, "motivation": MOTIVATIONS, "barrier": BARRIERS, "next_action": ACTIONS, "timing": TIMINGS,
}  # fmt: skip
SAYS_NOTHING = {
    "intent.none", "motivation.unknown", "next_action.leave", "timing.unknown", "timing.not_expected",
}  # fmt: skip
RANDOM_SPANS = 8
_WORD = re.compile(r"\S+")
_TOGETHER = 32


@dataclass(frozen=True, slots=True)
class Deletion:
    """One quoted label. ``quote`` and ``random`` are how far its log-odds fall, ``moved`` how far its probability.

    Args:
        group: of the row, for copies of one text are not independent.
        random: mean over the random spans; ``random_moved`` likewise.
        beaten: share of the random spans that the quote beats, a tie counting half.
    """

    group: str
    language: str
    kind: str
    task: str
    quote: float
    random: float
    moved: float
    random_moved: float
    beaten: float


@dataclass
class Found:
    """What a run over texts gave. ``told`` and ``quoted`` count labels by (task, language)."""

    deletions: list[Deletion] = field(default_factory=list)
    told: Counter[tuple[str, str]] = field(default_factory=Counter)
    quoted: Counter[tuple[str, str]] = field(default_factory=Counter)
    quotes: int = 0
    verbatim: int = 0
    no_room: int = 0
    not_answered: int = 0
    off_by: list[float] = field(default_factory=list)


def told(prediction: Prediction, thresholds: dict[str, list[float]]) -> list[str]:
    """``task.label`` of each label that the prediction tells and that says something."""
    if prediction.intent is None or prediction.motivation is None:
        return []
    if prediction.next_action is None or prediction.timing is None:
        return []
    reached = zip(BARRIERS, thresholds["barrier"], strict=True)
    names = [
        f"intent.{prediction.intent.label}",
        *(f"motivation.{name}" for name in prediction.motivation.labels),
        *(f"barrier.{name}" for name, mark in reached if prediction.motivation.barriers[name] >= mark),
        f"next_action.{prediction.next_action.label}",
        f"timing.{prediction.timing.label}",
    ]
    return [name for name in names if name not in SAYS_NOTHING]


def random_spans(text: str, language: str, quote: Span, most: int, draw: np.random.Generator) -> list[Span]:
    """Up to ``most`` different spans of ``text`` as long as ``quote`` and not the quote; none where there is no room.

    Chinese goes by characters; else by words, those that the quote touches counting as its own.
    """
    if language == "zh":
        size = quote[1] - quote[0]
        all_spans = [(start, start + size) for start in range(len(text) - size + 1) if start != quote[0]]
    else:
        words = [match.span() for match in _WORD.finditer(text)]
        inside = [place for place, (start, end) in enumerate(words) if end > quote[0] and start < quote[1]]
        if not inside:
            return []
        size = len(inside)
        all_spans = [
            (words[first][0], words[first + size - 1][1])
            for first in range(len(words) - size + 1)
            if first != inside[0]
        ]
    return [all_spans[place] for place in draw.permutation(len(all_spans))[:most]]


def run(
    model: TextModel, rows: Sequence[Row], mode: EvidenceMode, *, spans: int = RANDOM_SPANS, seed: int = 0
) -> Found:
    """Predicts every row alone and takes quotes and random spans out of it; the same seed draws the same spans."""
    predictor = LocalPredictor(model.folder, SHIPPED_MODELS / "behaviour", SHIPPED_MODELS / "timing")
    found, draw = Found(), np.random.default_rng(seed)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    for start in range(0, len(rows), _TOGETHER):
        part = rows[start : start + _TOGETHER]
        cases = [
            prepare(read_shopper({"shopper_id": "s", "texts": [{"text": row.text, "channel": row.channel}]}), now)
            for row in part
        ]
        predictions = predictor.predict(cases, mode)
        jobs = list(_jobs(part, cases, predictions, model, found, spans, draw))
        pieces = [piece for job in jobs for piece in job.pieces]
        if not pieces:
            continue
        readings, place = model.read(pieces)[0], 0
        for job in jobs:
            found.deletions.append(_measured(job, readings, place, found))
            place += len(job.pieces)
        say(f"{mode}: {min(start + _TOGETHER, len(rows))} of {len(rows)} texts")
    return found


@dataclass(frozen=True, slots=True)
class _Job:
    """A quoted label with the pieces to read: the text, the text without the quote, and without each random span."""

    row: Row
    language: str
    evidence: Evidence
    pieces: list[Piece]


def _jobs(
    rows: Sequence[Row], cases: Sequence[Case], predictions: Sequence[Prediction], model: TextModel, found: Found,
    spans: int, draw: np.random.Generator,
) -> Iterator[_Job]:  # fmt: skip
    for row, case, prediction in zip(rows, cases, predictions, strict=True):
        if prediction.status != "ok":
            found.not_answered += 1
            continue
        language = case.languages[0]
        by_label = {one.supports: one for one in prediction.evidence}
        for name in told(prediction, model.calibration.thresholds):
            task = name.partition(".")[0]
            found.told[task, row.language] += 1
            one = by_label.get(name)
            if one is None or one.start is None or one.end is None:
                continue
            found.quoted[task, row.language] += 1
            found.quotes += 1
            found.verbatim += one.quote == row.text[one.start : one.end]
            others = random_spans(row.text, language, (one.start, one.end), spans, draw)
            if not others:
                found.no_room += 1
                continue
            texts = [row.text, *(_without(row.text, span) for span in [(one.start, one.end), *others])]
            yield _Job(row, language, one, [model.piece(text, row.channel, language) for text in texts])


def _without(text: str, span: Span) -> str:
    return f"{text[: span[0]]} {text[span[1] :]}"


def _measured(job: _Job, readings: Readings, place: int, found: Found) -> Deletion:
    task, _, label = job.evidence.supports.partition(".")
    rows = slice(place, place + len(job.pieces))
    column = LABELS[task].index(label)
    odds = label_log_odds(readings, Wanted(task, column, job.evidence.supports))[rows]
    chance = getattr(readings, task)[rows, column]
    falls, moves = odds[0] - odds[1:], chance[0] - chance[1:]
    found.off_by.append(abs(float(falls[0]) - job.evidence.weight))
    return Deletion(
        group=job.row.group,
        language=job.row.language,
        kind="real" if job.row.origin in ("real", "own_reading") else "written",
        task=task,
        quote=float(falls[0]),
        random=float(falls[1:].mean()),
        moved=float(moves[0]),
        random_moved=float(moves[1:].mean()),
        beaten=float((falls[0] > falls[1:]).mean() + (falls[0] == falls[1:]).mean() / 2),
    )


def scores(deletions: Sequence[Deletion], bootstrap: Bootstrap | None = None) -> list[Score]:
    """Medians of both falls, of both moves and of their difference, and how often the quote wins; at least one case.

    ``won`` is the share of quotes that move the log-odds by more than the mean of their random spans.

    Raises:
        InputError: there is no case.
    """
    if not deletions:
        raise InputError("no quote to take out", field="deletions")
    drawn = bootstrap or Bootstrap(groups=[one.group for one in deletions])
    values = {
        name: np.asarray([getattr(one, name) for one in deletions])
        for name in ("quote", "random", "moved", "random_moved", "beaten")
    }
    more = values["quote"] - values["random"]
    figures: list[tuple[str, str, Callable[[Array], Array]]] = [
        ("quote", "log-odds", _median(values["quote"])),
        ("random", "log-odds", _median(values["random"])),
        ("difference", "log-odds", _median(more)),
        ("won", "share", _mean((more > 0).astype(np.float64))),
        ("spans_beaten", "share", _mean(values["beaten"])),
        ("quote_moved", "probability", _median(values["moved"])),
        ("random_moved", "probability", _median(values["random_moved"])),
    ]
    return [drawn.score(name, unit, len(deletions), statistic) for name, unit, statistic in figures]


def _mean(values: Array) -> Callable[[Array], Array]:
    def statistic(weights: Array) -> Array:
        mean: Array = (weights @ values) / weights.sum(1)
        return mean

    return statistic


def _median(values: Array) -> Callable[[Array], Array]:
    """The middle of weighted rows; of an even number the mean of both middle ones."""
    order = np.argsort(values, kind="stable")
    rising = values[order]

    def statistic(weights: Array) -> Array:
        sums = np.cumsum(weights[:, order], 1)
        half = sums[:, -1:] / 2
        below, above = (sums >= half).argmax(1), (sums > half).argmax(1)
        middle: Array = (rising[below] + rising[above]) / 2
        return middle

    return statistic
