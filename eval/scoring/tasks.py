"""What is scored: each task reads a label, labels, a chance or a number out of a prediction's JSON.

A task of the contract is read as it stands. Those of public sets are derived, and say from what: a set's own labels are
never quite ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from purchase_agent.errors import InputError
from purchase_agent.labels import ACTIONS, BARRIERS, HORIZONS, INTENTS, MOTIVATIONS, SENTIMENTS, TIMINGS

Document = Mapping[str, Any]
Kind = Literal["single", "many", "event", "number"]
Marks = Mapping[str, Sequence[float]]
"""Task -> from which probability on a label is told, where the prediction does not say so itself."""

NO, YES = "no", "yes"
PHASES = ("none", "before", "after")
DRIVERS = (
    "motivation.price_value", "barrier.price", "barrier.quality_doubt", "barrier.trust_or_privacy", "barrier.delivery",
    "barrier.fit_or_compatibility",
)  # fmt: skip
CHOICES = ("A", "B", "C", "D")


@dataclass(frozen=True, slots=True)
class Told:
    """What a prediction tells of a task.

    Args:
        value: a label, sorted labels, whether an event is told, or a number.
        chances: of the task's labels in their order, or of the event; None where the prediction gives none.
        set: labels of the conformal set.
    """

    value: Any
    chances: Sequence[float] | float | None = None
    set: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that is scored.

    Args:
        kind: ``single`` one label holds; ``many`` several may; ``event`` it happens or not; ``number`` a chance.
        labels: in order; empty for events and numbers.
        read: from a prediction with an answer.
        only: labels that the data knows, where it knows fewer; of ``single`` the chances are scaled to them.
    """

    name: str
    kind: Kind
    labels: tuple[str, ...]
    read: Callable[[Document, Marks], Told]
    only: tuple[str, ...] = ()

    def told(self, document: Document, marks: Marks) -> Told:
        """What a prediction with an answer tells; KeyError or TypeError where it lacks the part."""
        found = self.read(document, marks)
        if not self.only or not isinstance(found.chances, Sequence):
            return found
        kept = [chance for name, chance in zip(self.labels, found.chances, strict=True) if name in self.only]
        names = self.names
        if self.kind == "many":  # each label holds or not by itself, whatever others there are
            return Told(sorted(set(found.value) & set(names)), kept)
        total = sum(kept)
        chances = [one / total for one in kept] if total > 0 else [1 / len(kept)] * len(kept)
        return Told(names[max(range(len(names)), key=lambda place: chances[place])], chances)

    def held(self, truth: Any) -> Any:
        """What holds of the labels that are scored: of ``many`` those of them, sorted; else the truth as it is."""
        return sorted(set(truth) & set(self.names)) if self.kind == "many" else truth

    @property
    def names(self) -> tuple[str, ...]:
        """The labels that are scored."""
        return tuple(name for name in self.labels if name in self.only) if self.only else self.labels


def _single(part: str, labels: tuple[str, ...]) -> Callable[[Document, Marks], Told]:
    def read(document: Document, marks: Marks) -> Told:  # noqa: ARG001 -- as the others
        answer = document[part]
        chances = [float(answer["probabilities"][name]) for name in labels]
        return Told(answer["label"], chances, answer.get("set"))

    return read


def _sentiment(document: Document, marks: Marks) -> Told:  # noqa: ARG001 -- as the others
    return Told(document["intent"]["sentiment"])


def _motivation(document: Document, marks: Marks) -> Told:  # noqa: ARG001 -- as the others
    answer = document["motivation"]
    return Told(sorted(answer["labels"]), [float(answer["probabilities"][name]) for name in MOTIVATIONS])


def _barrier(document: Document, marks: Marks) -> Told:
    chances = [float(document["motivation"]["barriers"][name]) for name in BARRIERS]
    from_ = marks.get("barrier", [0.5] * len(BARRIERS))
    told = [name for name, chance, mark in zip(BARRIERS, chances, from_, strict=True) if chance >= mark]
    return Told(sorted(told), chances)


def _drivers(document: Document, marks: Marks) -> Told:
    motives, barriers = _motivation(document, marks), _barrier(document, marks)
    said = {f"motivation.{name}" for name in motives.value} | {f"barrier.{name}" for name in barriers.value}
    chances = {f"motivation.{name}": p for name, p in document["motivation"]["probabilities"].items()}
    chances |= {f"barrier.{name}": p for name, p in document["motivation"]["barriers"].items()}
    return Told(sorted(said & set(DRIVERS)), [float(chances[name]) for name in DRIVERS])


def _phase(document: Document, marks: Marks) -> Told:  # noqa: ARG001 -- as the others
    """Of the intent: none, before the purchase (its four stages), after it."""
    p = document["intent"]["probabilities"]
    none, after = float(p["none"]), float(p["post_purchase"])
    chances = [none, max(0.0, sum(map(float, p.values())) - none - after), after]
    return Told(PHASES[max(range(3), key=lambda place: chances[place])], chances)


def _flag(name: str) -> Callable[[Document, Marks], Told]:
    return lambda document, _: Told(bool(document["intent"][name]))


def _bought(days: int) -> Callable[[Document, Marks], Told]:
    def read(document: Document, marks: Marks) -> Told:  # noqa: ARG001 -- as the others
        chance = float(document["timing"]["cdf"][str(days)])
        return Told(chance >= 0.5, chance)

    return read


def _purchase_intent(document: Document, marks: Marks) -> Told:  # noqa: ARG001 -- as the others
    """The author wants a product: any stage from awareness to ready."""
    p = document["intent"]["probabilities"]
    chance = min(1.0, sum(float(p[name]) for name in ("awareness", "exploration", "consideration", "ready")))
    return Told(chance >= 0.5, chance)


def _motive_stated(document: Document, marks: Marks) -> Told:  # noqa: ARG001 -- as the others
    chance = 1 - float(document["motivation"]["probabilities"]["unknown"])
    return Told("unknown" not in document["motivation"]["labels"], min(1.0, max(0.0, chance)))


def _recommended(document: Document, marks: Marks) -> Told:  # noqa: ARG001 -- as the others
    return Told(document["intent"]["sentiment"] == "positive")


def _purchase(document: Document, marks: Marks) -> Told:  # noqa: ARG001 -- as the others
    return Told(float(document["intent"]["purchase_probability"]["value"]))


def _choice(document: Document, marks: Marks) -> Told:  # noqa: ARG001 -- as the others
    return Told(document["choice"]["label"])


TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task("intent", "single", INTENTS, _single("intent", INTENTS)),
        Task("next_action", "single", ACTIONS, _single("next_action", ACTIONS)),
        Task("timing", "single", TIMINGS, _single("timing", TIMINGS)),
        Task("sentiment", "single", SENTIMENTS, _sentiment),
        Task("phase", "single", PHASES, _phase),
        Task("choice", "single", CHOICES, _choice),
        Task("motivation", "many", MOTIVATIONS, _motivation),
        Task("barrier", "many", BARRIERS, _barrier),
        Task("drivers", "many", DRIVERS, _drivers),
        Task("declined", "event", (), _flag("declined")),
        Task("repurchase", "event", (), _flag("repurchase")),
        Task("purchase_intent", "event", (), _purchase_intent),
        Task("motive_stated", "event", (), _motive_stated),
        Task("recommended", "event", (), _recommended),
        Task("session_purchase", "event", (), _bought(1)),
        *(Task(f"bought_{days}", "event", (), _bought(days)) for days in HORIZONS),
        Task("purchase", "number", (), _purchase),
    )
}


def task_of(name: str, only: Sequence[str] = ()) -> Task:
    """The task of this name, read as if there were only these labels.

    Raises:
        InputError: there is none, or one of the labels is not the task's.
    """
    if name not in TASKS:
        raise InputError(f"no task {name!r}", hint=f"one of {', '.join(TASKS)}", field="tasks")
    task = TASKS[name]
    if not set(only) <= set(task.labels):
        raise InputError(f"{name} has no {', '.join(sorted(set(only) - set(task.labels)))}", field="labels")
    return replace(task, only=tuple(only))
