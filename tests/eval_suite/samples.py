"""Answers without a model: predictions made by hand, and an answerer that gives them."""

from collections.abc import Callable, Sequence
from typing import Any

from purchase_agent.eval.answering import Answered
from purchase_agent.eval.cases.sample import Sample, about, shopper_of
from purchase_agent.labels import ACTIONS, BARRIERS, INTENTS, MOTIVATIONS, TIMINGS, level_of
from purchase_agent.prediction import EvidenceMode

Record = dict[str, Any]


def prediction(label: str = "ready", sure: float = 0.75, *, chance: float = 0.6, **more: Any) -> Record:
    """The JSON of a valid prediction; ``more`` goes over it part by part."""
    rest = (1 - sure) / (len(INTENTS) - 1)
    out: Record = {
        "shopper_id": "s", "as_of": "2026-06-01T09:00:00Z", "status": "ok", "target": {"scope": "subject", "id": None},
        "intent": {
            "label": label, "level": level_of(label),  # type: ignore[arg-type]
            "probabilities": {name: sure if name == label else rest for name in INTENTS}, "set": [label],
            "abstained": False, "purchase_probability": {"horizon_days": 30, "value": chance}, "declined": False,
            "repurchase": False, "sentiment": "neutral",
        },
        "motivation": {
            "labels": ["gift"], "probabilities": {name: 0.9 if name == "gift" else 0.1 for name in MOTIVATIONS},
            "barriers": {name: 0.6 if name == "price" else 0.1 for name in BARRIERS},
        },
        "next_action": {
            "label": "compare",
            "probabilities": {name: 0.58 if name == "compare" else 0.03 for name in ACTIONS},
        },
        "timing": {
            "label": "within_7d",
            "probabilities": {name: {"within_7d": chance, "not_expected": 1 - chance}.get(name, 0) for name in TIMINGS},
            "cdf": {"1": 0.0, "7": chance, "30": chance, "90": chance},
        },
        "provenance": {
            "engine": "local", "reason": "asked", "models": {}, "calibrated_on": "none", "latency_ms": 2.0,
            "tokens": {"in": 10, "out": 5},
        },
    }  # fmt: skip
    for name, part in more.items():
        out[name] = {**out[name], **part} if isinstance(out.get(name), dict) and isinstance(part, dict) else part
    return out


def sample(number: int, truth: str = "ready", text: str | None = None, **metadata: Any) -> Sample:
    """A sample with a text of its own."""
    words = text or f"text number {number}"
    return Sample(
        f"s{number}", shopper_of(words), {"intent": truth}, {**about(words, "chat", "test", "en"), **metadata}
    )


class Told:
    """An answerer that gives what ``tell`` makes of a sample; None is no answer. Counts what it was asked.

    As an endpoint (``name`` is not local) its client counts 10 tokens read, 4 of them cached, and 5 written for every
    sample, answered or not.
    """

    def __init__(self, tell: Callable[[Sample], Record | None], together: int = 4, name: str = "local") -> None:
        self.tell, self.together, self.name = tell, together, name
        self.asked: list[str] = []
        self.batches: list[list[str]] = []

    def answers(self, samples: Sequence[Sample], evidence: EvidenceMode) -> list[Answered]:  # noqa: ARG002 -- as an Answerer
        out = []
        self.batches.append([one.id for one in samples])
        for one in samples:
            self.asked.append(one.id)
            told = self.tell(one)
            error = None if told is not None else {"type": "engine", "message": "no answer"}
            usage = {} if told is None else {"input_tokens": 10, "output_tokens": 5}
            out.append(Answered(told, error, usage, 0.001))
        return out

    def provenance(self) -> Record:
        prompts = [] if self.name == "local" else [{"name": "p", "version": "1", "sha256": "0" * 64}]
        return {"engine": self.name, "model": None, "prompts": prompts, "models": {}}

    def marks(self, output: Record) -> dict[str, list[float]]:  # noqa: ARG002 -- as an Answerer
        return {}

    def spent(self) -> dict[str, int]:
        if self.name == "local":
            return {}
        asked = len(self.asked)
        return {"input_tokens": 10 * asked, "cached_tokens": 4 * asked, "output_tokens": 5 * asked}

    def alone_ms(self, samples: Sequence[Sample], evidence: EvidenceMode) -> list[float]:  # noqa: ARG002 -- as an Answerer
        return [float(place + 1) for place, _ in enumerate(samples)] if self.name == "local" else []

    def close(self) -> None:
        pass
