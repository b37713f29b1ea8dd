"""Samples as columns: what holds and what was told of one task, row by row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from purchase_agent.eval.scoring.tasks import NO, YES, Task
from purchase_agent.intervals import wilson
from purchase_agent.metrics import Array, Bootstrap, CalibrationScore, Score, Statistic

Record = Mapping[str, Any]
Places = NDArray[np.intp]
_CACHED_CELLS = 12_000_000  # of resampled weights that are kept: 96 MB


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One task of the rows that can be scored.

    Args:
        rows: [n] places among the run's samples.
        truth: [n] labels, sorted lists of labels, truths or numbers.
        said: likewise, what was told.
        chances: [n, labels], or [n] of an event; None where none are told of any row.
        sets: [n, labels] 0/1 of conformal sets; None where there are none.
    """

    task: Task
    rows: Places
    truth: list[Any]
    said: list[Any]
    chances: Array | None = None
    sets: Array | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def where(self, kept: NDArray[np.bool_]) -> Column:
        """The rows that are kept, [n]."""
        places = np.flatnonzero(kept).tolist()
        return replace(
            self,
            rows=self.rows[kept],
            truth=[self.truth[place] for place in places],
            said=[self.said[place] for place in places],
            chances=None if self.chances is None else self.chances[kept],
            sets=None if self.sets is None else self.sets[kept],
        )

    def saying(self, said: list[Any], chances: Array | None) -> Column:
        """The same rows with another's answers."""
        return replace(self, said=said, chances=chances, sets=None)

    def index(self, labels: Sequence[Any]) -> NDArray[np.intp]:
        """[n] places of single labels among the task's."""
        names = self.task.names
        return np.asarray([names.index(one) for one in labels], np.intp)

    def matrix(self, labels: Sequence[Sequence[str]]) -> Array:
        """[n, labels] 0/1 of several labels."""
        return np.asarray([[name in one for name in self.task.names] for one in labels], np.float64)

    def flags(self, values: Sequence[Any]) -> Array:
        """[n] 0/1 of an event."""
        return np.asarray([bool(one) for one in values], np.float64)


def column(task: Task, samples: Sequence[Record]) -> Column:
    """The rows of a run's samples that hold a truth of the task and a score."""
    rows, truth, said, chances, sets = [], [], [], [], []
    names = set(task.names)
    for place, sample in enumerate(samples):
        held, score = sample["target"].get(task.name), sample["scores"].get(task.name)
        if held is None or score is None:
            continue
        if task.kind == "single" and held not in names:
            continue
        rows.append(place)
        truth.append(task.held(held))
        said.append(score["value"])
        chances.append(score.get("chances"))
        sets.append(score.get("set"))
    p = np.asarray(chances, np.float64) if rows and all(one is not None for one in chances) else None
    if p is not None and p.ndim == 2 and task.kind == "single":
        p = p / p.sum(1, keepdims=True)  # told to a few decimals
    held_sets = None
    if rows and all(one is not None for one in sets):
        held_sets = np.asarray([[name in one for name in task.names] for one in sets], np.float64)
    return Column(task, np.asarray(rows, np.intp), truth, said, p, held_sets)


def owners(samples: Sequence[Record]) -> NDArray[np.str_]:
    """[samples] what each sample belongs to; those of one owner are resampled together."""
    return np.asarray([str(one["metadata"].get("group") or one["id"]) for one in samples])


@dataclass(frozen=True)
class Draws(Bootstrap):
    """A bootstrap whose resamples are kept, because many figures are drawn from the same rows."""

    def replicates(self, statistic: Statistic, rows: int) -> Array:
        """As of ``Bootstrap``, with the same resamples."""
        if rows * self.resamples > _CACHED_CELLS:
            return super().replicates(statistic, rows)
        groups = None if self.groups is None else np.asarray(self.groups).tobytes()
        kind = None if self.groups is None else np.asarray(self.groups).dtype.str
        return statistic(_weights(rows, groups, kind, self.resamples, self.seed))


@lru_cache(maxsize=4)
def _weights(rows: int, groups: bytes | None, kind: str | None, resamples: int, seed: int) -> Array:
    """[resamples, rows] how often each row is drawn."""
    of = None if groups is None or kind is None else np.frombuffer(groups, np.dtype(kind))
    kept: list[Array] = []

    def keep(weights: Array) -> Array:
        kept.append(weights)
        return np.zeros(len(weights))

    Bootstrap(of, resamples, seed).replicates(keep, rows)
    return np.concatenate(kept)


def draws(belong: NDArray[np.str_], resamples: int, seed: int) -> Draws:
    """Resamples of rows, or of owners where one has several rows."""
    alone = len(np.unique(belong)) == len(belong)
    return Draws(None if alone else np.unique(belong, return_inverse=True)[1], resamples, seed)


def bounded(found: Score, belong: NDArray[np.str_] | NDArray[np.intp]) -> Score:
    """A figure with an interval that has a width: a share of 0 or 1 with Wilson's, all others as they are.

    Rows that are all alike are alike in every resample, which would claim that there is nothing left to doubt. As of
    ``rate_of`` an owner counts once. ``belong`` [n] says whose each row is.
    """
    if found.unit != "share" or isinstance(found, CalibrationScore) or found.value not in (0.0, 1.0):
        return found
    low, high = wilson(found.value, len(np.unique(belong)))
    return replace(found, low=low, high=high)


def yes_no(values: Iterable[Any]) -> ArrayLike:
    """Events as words, for metrics of labels."""
    return [YES if one else NO for one in values]
