"""How well ``predictors.subjects`` finds the texts about one thing, on the labelled shoppers of ``multi_text.jsonl``.

Run ``python -m eval.subjects``. Of each shopper the texts a prediction may use are grouped (his own, not later than
``as_of``, in time order); the group that holds the newest text about the labelled subject is held against all of them.
Odd-numbered shoppers are ``dev``: the rules were written on them. Even-numbered ones are ``test``: only reported.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from purchase_agent.evidence import Shopper, Text, in_utc, read_shopper
from purchase_agent.metrics import Bootstrap, Score
from purchase_agent.predictors.subjects import group
from purchase_agent.training.corpus import read_jsonl

DATA = Path(__file__).parent / "data" / "multi_text.jsonl"
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """One shopper: his usable texts oldest first, and which of them (indices) are about the labelled subject."""

    shopper_id: str
    language: str
    part: str
    kind: str
    texts: list[Text]
    about: frozenset[int]


def read_cases(path: Path = DATA) -> Iterator[Case]:
    """The labelled shoppers; one whose subject has no usable text is left out, for nothing can be asked of it."""
    for row in read_jsonl(path):
        shopper = read_shopper(row["shopper"])
        texts = _usable(shopper)
        about = frozenset(index for index, text in enumerate(texts) if text.id in row["subject_texts"])
        if about:
            part = "dev" if int(shopper.shopper_id.removeprefix("mt-")) % 2 else "test"
            yield Case(shopper.shopper_id, shopper.language or "", part, row["kind"], texts, about)


def _usable(shopper: Shopper) -> list[Text]:
    timed = [(in_utc(text.at), text) for text in shopper.texts if text.role == "shopper" and text.at is not None]
    cut = None if shopper.as_of is None else in_utc(shopper.as_of)
    return [text for at, text in sorted(timed, key=lambda pair: pair[0]) if cut is None or at <= cut]


def counts(case: Case, subjects: list[list[int]]) -> tuple[int, int, int]:
    """Texts rightly in the group with the newest text of the labelled subject, wrongly in it, and missing from it."""
    newest = max(case.about)
    found = next(frozenset(members) for members in subjects if newest in members)
    return len(found & case.about), len(found - case.about), len(case.about - found)


def scores(each: Sequence[tuple[int, int, int]]) -> list[Score]:
    """Precision, recall and F1 of membership, summed over shoppers, and the share of shoppers whose set is exact.

    Args:
        each: what ``counts`` gives, one for each shopper, at least one. Intervals draw shoppers.
    """
    right, wrong, missing = np.array(each, np.float64).T
    exact = (wrong + missing == 0).astype(np.float64)
    figures: dict[str, tuple[Array, Array]] = {
        "precision": (right, right + wrong),
        "recall": (right, right + missing),
        "f1": (2 * right, 2 * right + wrong + missing),
        "exact_set": (exact, np.ones(len(each))),
    }
    return [
        Bootstrap().score(name, "shoppers", len(each), partial(_ratio, over=over, under=under))
        for name, (over, under) in figures.items()
    ]


def _ratio(weights: Array, *, over: Array, under: Array) -> Array:
    ratio: Array = (weights @ over) / (weights @ under)
    return ratio


def report() -> str:
    """Lines of figures for each part and language; ``one subject`` puts all texts together, the least to beat."""
    cases = list(read_cases())
    lines = []
    for part in ("dev", "test"):
        for language in ("all", "en", "zh"):
            chosen = [case for case in cases if case.part == part and language in {"all", case.language}]
            for name, grouping in (("rules", group), ("one subject", lambda texts: [list(range(len(texts)))])):
                figures = scores([counts(case, grouping(case.texts)) for case in chosen])
                lines.append(f"{part} {language} {name}: " + "; ".join(map(str, figures)))
    return "\n".join(lines)


def main() -> None:
    """Writes the report to standard output."""
    sys.stdout.write(report() + "\n")


if __name__ == "__main__":
    main()
