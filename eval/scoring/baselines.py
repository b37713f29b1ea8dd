"""The rows that can embarrass a score: what costs nothing, and what must not work.

``majority`` says of every sample what holds of most; ``tfidf`` learns from four fifths of the suite's own samples and
answers the fifth; ``shuffled_labels`` is the same ``tfidf`` taught wrong labels, so that above the majority it would
show a leak; ``shuffled_evidence`` is the run's own answer to another shopper; ``annotators`` is the second reading
where a sample has one.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from purchase_agent.eval.cases.sample import text_of
from purchase_agent.eval.scoring.columns import Column
from purchase_agent.eval.scoring.ngram_baseline import Ngrams, fit_predict
from purchase_agent.metrics import Array

Record = Mapping[str, Any]
FOLDS = 5
MOST_ROWS = 4000
"""Samples that ``tfidf`` is fitted on; a suite with more is drawn from."""
_FEWEST = 50
_MARK = 0.5


class Rows:
    """The rows beside a run's scores.

    Args:
        samples: of the run, as written.
        owners: [samples] what is not independent; one owner lies in one fold.
    """

    def __init__(self, samples: Sequence[Record], owners: NDArray[np.str_], seed: int) -> None:
        self.samples, self.seed = samples, seed
        self._why: dict[str, dict[str, list[str]]] = {}  # baseline -> reason -> tasks
        self._folds = np.asarray(
            [int(hashlib.sha256(f"{seed}:{one}".encode()).hexdigest()[:8], 16) % FOLDS for one in owners.tolist()]
        )
        self._texts = [text_of(one["input"]) for one in samples]
        self._ngrams: Ngrams | None = None

    @property
    def skipped(self) -> dict[str, str]:
        """Baseline -> why it is missing and beside which tasks; it may well stand beside others."""
        return {
            name: "; ".join(f"{why} ({', '.join(tasks)})" for why, tasks in reasons.items())
            for name, reasons in self._why.items()
        }

    def of(self, name: str, column: Column) -> Column | None:
        """A column's rows with a baseline's answers; None, and why in ``skipped``, where there are none."""
        made = {
            "majority": self._majority, "tfidf": self._tfidf, "shuffled_labels": self._shuffled_labels,
            "shuffled_evidence": self._shuffled_evidence, "annotators": self._annotators,
            "lexical_overlap": self._lexical_overlap,
        }[name]  # fmt: skip
        return made(column)

    def _skip(self, name: str, column: Column, why: str) -> None:
        tasks = self._why.setdefault(name, {}).setdefault(why, [])
        if column.task.name not in tasks:
            tasks.append(column.task.name)

    def _parts(self, column: Column) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        folds = self._folds[column.rows]
        for fold in np.unique(folds):
            learnt = np.flatnonzero(folds != fold)
            if len(learnt):
                yield learnt, np.flatnonzero(folds == fold)

    def _majority(self, column: Column) -> Column:
        """Shares of all samples: a constant, for shares of other folds would rank rows by what they are not."""
        truth = _truth(column)
        one = column.task.kind == "single"
        # Half a case more of each, so that a label that does not occur is not impossible.
        share = (truth.sum(0) + 0.5) / (len(column) + (0.5 * truth.shape[1] if one else 1))
        chances = np.tile(share, (len(column), 1))
        if column.task.kind != "many":
            return _answered(column, chances)
        common = Counter(map(tuple, column.truth)).most_common(1)[0][0]
        return column.saying([list(common)] * len(column), chances)

    def _tfidf(self, column: Column) -> Column | None:
        return self._learnt(column, _truth(column), "tfidf")

    def _shuffled_labels(self, column: Column) -> Column | None:
        truth = _truth(column)
        mixed = np.random.default_rng([self.seed, 3]).permutation(len(truth))
        return self._learnt(column, truth[mixed], "shuffled_labels")

    def _learnt(self, column: Column, truth: Array, name: str) -> Column | None:
        if not any(self._texts[row] for row in column.rows.tolist()):
            self._skip(name, column, "the samples have no words")
            return None
        if len(column) < _FEWEST:
            self._skip(name, column, f"fewer than {_FEWEST} samples")
            return None
        if column.task.kind == "number":
            self._skip(name, column, "a number is not learnt")
            return None
        if self._ngrams is None:
            self._ngrams = Ngrams(self._texts)
        chances, marks = np.zeros(truth.shape), np.full(truth.shape, _MARK)
        draw = np.random.default_rng([self.seed, 4])
        for learnt, asked in self._parts(column):
            some = learnt if len(learnt) <= MOST_ROWS else np.sort(draw.permutation(learnt)[:MOST_ROWS])
            features = self._ngrams.weighted(column.rows[some])[column.rows]
            chances[asked] = fit_predict(features, truth, some, asked, one=column.task.kind == "single")
            if column.task.kind == "many":
                # As many labels are told as there are among the samples learnt from.
                marks[asked] = np.quantile(chances[asked], 1 - truth[some].mean())
        return _answered(column, chances, marks)

    def _shuffled_evidence(self, column: Column) -> Column:
        """Each row gets the answer to another row: one cycle through all of them in random order."""
        order = np.random.default_rng([self.seed, 5]).permutation(len(column))
        other = np.empty(len(column), np.intp)
        other[order] = np.roll(order, 1)
        said = [column.said[place] for place in other.tolist()]
        return column.saying(said, None if column.chances is None else column.chances[other])

    def _annotators(self, column: Column) -> Column | None:
        seconds = [self.samples[row]["metadata"].get("second") or {} for row in column.rows.tolist()]
        read = [one.get(column.task.name) for one in seconds]
        known = np.asarray([one is not None for one in read], bool)
        if not known.any():
            self._skip("annotators", column, "no sample has a second reading")
            return None
        part = column.where(known)
        said = [column.task.held(one) for one in read if one is not None]
        return part.saying(said, None)

    def _lexical_overlap(self, column: Column) -> Column | None:
        """The option that shares most words with the products; the first of several."""
        said = []
        for row in column.rows.tolist():
            asked = self.samples[row]["input"]
            if "options" not in asked:
                self._skip("lexical_overlap", column, "the samples have no options")
                return None
            products = _words(" ".join(asked["products"]))
            overlap = {letter: _shared(products, _words(text)) for letter, text in asked["options"].items()}
            said.append(max(overlap, key=lambda letter: overlap[letter]))
        return column.saying(said, None)


def _truth(column: Column) -> Array:
    """[n, labels] 0/1; of an event or number one column."""
    if column.task.kind == "single":
        return np.eye(len(column.task.names))[column.index(column.truth)]
    if column.task.kind == "many":
        return column.matrix(column.truth)
    return np.asarray(column.truth, np.float64)[:, None]


def _answered(column: Column, chances: Array, marks: Array | None = None) -> Column:
    if column.task.kind == "single":
        names = column.task.names
        return column.saying([names[place] for place in chances.argmax(1).tolist()], chances)
    if column.task.kind == "many":
        told = chances >= (_MARK if marks is None else marks)
        labels = np.asarray(column.task.names)
        return column.saying([sorted(labels[row].tolist()) for row in told], chances)
    if column.task.kind == "number":
        return column.saying(chances[:, 0].tolist(), None)
    return column.saying((chances[:, 0] >= _MARK).tolist(), chances[:, 0])


def _words(text: str) -> set[str]:
    found = "".join(one if one.isalnum() else " " for one in text.casefold()).split()
    return {one.removesuffix("s") for one in found if len(one) > 2}


def _shared(products: set[str], option: set[str]) -> float:
    """Share of the option's words that the products have; 0 for an option without words."""
    return len(products & option) / len(option) if option else 0.0
