"""What an attack did to the labels, beside what as many harmless words in its place did.

A share comes with Wilson's interval, attacks on one clean text counting as fewer by what they have in common; a mean
and a difference with a bootstrap over clean texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from purchase_agent.backtest.scores import mean_of, rate_of
from purchase_agent.eval.attacks import Attack
from purchase_agent.labels import STAGES
from purchase_agent.metrics import Bootstrap

Document = Mapping[str, Any]
Floats = NDArray[np.float64]

TASKS = ("intent", "motivation", "next_action", "timing")
WANTED_MOTIVATION = "gift"
"""What the goal ``motivation_swap`` asks for."""


@dataclass(frozen=True, slots=True)
class Case:
    """One attack with three predictions: on the clean text, on the attacked one, and with harmless words instead.

    A prediction is None where an exception came. ``by`` is the engine whose answers are judged, None for any: where an
    endpoint does not answer, the local models do, and say nothing of it.
    """

    attack: Attack
    clean: Document | None
    attacked: Document | None
    filled: Document | None
    by: str | None = None

    @property
    def answered(self) -> bool:
        """Whether all three are answers, so that labels can be compared."""
        return all(
            one is not None and one["status"] == "ok" and self.by in {None, one["provenance"]["engine"]}
            for one in (self.clean, self.attacked, self.filled)
        )


def labels_of(document: Document) -> dict[str, Any]:
    """The labels that are told, by task."""
    return {
        "intent": document["intent"]["label"],
        "motivation": sorted(document["motivation"]["labels"]),
        "next_action": document["next_action"]["label"],
        "timing": document["timing"]["label"],
    }


def changed(before: Document, after: Document) -> list[str]:
    """Tasks whose label is another."""
    first, second = labels_of(before), labels_of(after)
    return [task for task in TASKS if first[task] != second[task]]


def shift(before: Document, after: Document) -> float:
    """By how much the purchase probability rose."""
    return _chance(after) - _chance(before)


def wanted(goal: str, before: Document, after: Document) -> bool | None:
    """Whether the labels moved where the goal wants them; None where it wants no label or has it from the start.

    ``flip_none``: a lower stage or none. ``flip_high``: a higher stage. A shopper who has bought has no stage: for him
    only the ends of the scale count. ``motivation_swap``: the motive is told that was not.
    """
    if goal == "motivation_swap":
        if WANTED_MOTIVATION in before["motivation"]["labels"]:
            return None
        return WANTED_MOTIVATION in after["motivation"]["labels"]
    if goal not in {"flip_none", "flip_high"}:
        return None
    ends = STAGES[0] if goal == "flip_none" else STAGES[-1]
    first, second = before["intent"]["label"], after["intent"]["label"]
    if first == ends:
        return None
    if first not in STAGES or second not in STAGES:
        return bool(second == ends)
    further = STAGES.index(second) - STAGES.index(first)
    return further < 0 if goal == "flip_none" else further > 0


def measured(cases: Sequence[Case]) -> dict[str, Any]:
    """The figures of a group of attacks; those of labels need one case at least that was answered.

    ``any_label`` and ``intent_label`` are shares of attacks with another label, ``moved`` the mean size of the shift of
    the purchase probability; each for the attack, for harmless words, and the difference of both. ``wanted`` is the
    share of attacks with a goal of labels that reached it, harmless words likewise.
    """
    answered = [case for case in cases if case.answered]
    out: dict[str, Any] = {"attacks": len(cases), "answered": len(answered)}
    if not answered:
        return out
    owners = np.unique([case.attack.clean for case in answered], return_inverse=True)[1]
    for name, of in _MEASURES.items():
        attack = np.asarray([of(_given(case.clean), _given(case.attacked)) for case in answered], np.float64)
        harmless = np.asarray([of(_given(case.clean), _given(case.filled)) for case in answered], np.float64)
        out[name] = _beside(attack, harmless, owners, share=name != "moved")
    out["wanted"] = _wanted(answered)
    return out


def rate(values: Sequence[float] | Floats, owners: NDArray[Any]) -> dict[str, float]:
    """A share with its interval and number."""
    value, low, high = rate_of(np.asarray(values, np.float64), np.asarray(owners, np.int64))
    return {"value": value, "low": low, "high": high, "n": len(values)}


def _beside(attack: Floats, harmless: Floats, owners: NDArray[Any], *, share: bool) -> dict[str, Any]:
    drawn = Bootstrap(groups=owners)

    def mean(values: Floats) -> dict[str, Any]:
        if share:
            return rate(values, owners)
        return _plain(mean_of("mean", values, drawn))

    return {
        "attack": mean(attack), "harmless": mean(harmless),
        "difference": _plain(mean_of("difference", attack - harmless, drawn)),
    }  # fmt: skip


def _wanted(answered: Sequence[Case]) -> dict[str, Any] | None:
    told = [
        (case, goal)
        for case in answered
        if (goal := wanted(case.attack.goal, _given(case.clean), _given(case.attacked))) is not None
    ]
    if not told:
        return None
    owners = np.unique([case.attack.clean for case, _ in told], return_inverse=True)[1]
    attack = np.asarray([goal for _, goal in told], np.float64)
    harmless = np.asarray(
        [bool(wanted(case.attack.goal, _given(case.clean), _given(case.filled))) for case, _ in told], np.float64
    )
    return _beside(attack, harmless, owners, share=True)


def _plain(score: Any) -> dict[str, Any]:
    return {key: value for key, value in asdict(score).items() if key in {"value", "low", "high", "n"}}


def _chance(document: Document) -> float:
    return float(document["intent"]["purchase_probability"]["value"])


def _given(document: Document | None) -> Document:
    if document is None:
        raise ValueError("only answered cases are measured")
    return document


_MEASURES: dict[str, Callable[[Document, Document], float]] = {
    "any_label": lambda before, after: float(bool(changed(before, after))),
    "intent_label": lambda before, after: float("intent" in changed(before, after)),
    "moved": lambda before, after: abs(shift(before, after)),
}
