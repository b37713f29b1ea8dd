"""Who answers a suite: the product with one of its engines, or answers that were recorded elsewhere.

In an evaluation of a language model what the local models say in its place is no answer of it: such a sample is an
error that names the reason. With the engines ``auto`` and ``cascade`` falling back is what is evaluated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Literal, Protocol

from purchase_agent.errors import InputError, PurchaseAgentError
from purchase_agent.eval.cases.sample import Record, Sample
from purchase_agent.eval.choosing import choose_by_model, choose_by_rank
from purchase_agent.eval.scoring.scored import failed
from purchase_agent.labels import BARRIERS
from purchase_agent.prediction import EvidenceMode, Prediction
from purchase_agent.service import PurchaseAgent
from purchase_agent.settings import Engine

Who = Literal["local", "llm", "auto", "cascade", "recorded"]


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of one sample: a prediction's JSON or an error, the tokens that the answer tells, and the seconds of
    its batch over how many were asked in it."""

    output: Record | None
    error: Record | None = None
    usage: Record = field(default_factory=dict)
    seconds: float = 0.0


class Answerer(Protocol):
    """Answers samples, in their order."""

    together: int
    """How many are best asked at once."""

    def answers(self, samples: Sequence[Sample], evidence: EvidenceMode) -> list[Answered]:
        """One for each sample; never raises for a single sample."""
        ...

    def provenance(self) -> Record:
        """``engine``, ``model``, ``prompts`` and ``models`` as ``run.json`` has them."""
        ...

    def marks(self, output: Record) -> dict[str, list[float]]:
        """From which probability on a barrier is told, by whoever answered."""
        ...

    def spent(self) -> Mapping[str, int]:
        """Tokens of everything asked so far, also where no usable answer came; empty where no endpoint is asked."""
        ...

    def alone_ms(self, samples: Sequence[Sample], evidence: EvidenceMode) -> list[float]:
        """Milliseconds of samples asked one by one; empty where asking again costs tokens or tells nothing."""
        ...

    def close(self) -> None:
        """Lets go of what it holds."""
        ...


class Product:
    """The product itself."""

    def __init__(self, agent: PurchaseAgent, engine: Engine, *, choices: bool = False) -> None:
        self.agent, self.engine, self.choices = agent, engine, choices
        self.asks = engine != "local" and agent.settings.llm_base_url is not None
        self.together = agent.settings.llm_concurrency if self.asks else 64

    def answers(self, samples: Sequence[Sample], evidence: EvidenceMode) -> list[Answered]:
        """As of ``Answerer``; a batch that breaks is asked again one by one, so that only what broke it is an error."""
        began = perf_counter()
        found = self._asked(samples, evidence)
        each = (perf_counter() - began) / max(len(samples), 1)
        out, paid = [], set[str]()
        for one, (output, error) in zip(samples, found, strict=True):
            answered = self._settled(output, error, each)
            out.append(answered if repr(one.input) not in paid else replace(answered, usage={}))
            paid.add(repr(one.input))
        return out

    def _asked(
        self, samples: Sequence[Sample], evidence: EvidenceMode
    ) -> list[tuple[Record | None, Record | None]]:  # fmt: skip
        if self.choices:
            return [self._chosen(one) for one in samples]
        # Equal shoppers (the clean side of many attacks) are asked once, and paid for once; ids of samples are no part
        # of an input.
        shoppers: dict[str, Record] = {}
        for one in samples:
            shoppers.setdefault(repr(one.input), one.input)
        answers: list[Prediction | BaseException]
        try:
            answers = list(self.agent.predict_many(shoppers.values(), evidence=evidence))
        except (PurchaseAgentError, InputError):
            raise  # of the whole engine: a missing model, a setting
        except Exception:  # noqa: BLE001 -- which sample it was is found by asking for each alone
            answers = [self._alone(one, evidence) for one in shoppers.values()]
        by_input = dict(zip(shoppers, map(_plain, answers), strict=True))
        return [by_input[repr(one.input)] for one in samples]

    def _alone(self, shopper: Record, evidence: EvidenceMode) -> Prediction | BaseException:
        try:
            return self.agent.predict(shopper, evidence=evidence)
        except Exception as error:  # noqa: BLE001 -- it is a record
            return error

    def _chosen(self, sample: Sample) -> tuple[Record | None, Record | None]:
        try:
            if self.engine == "llm":
                return choose_by_model(self.agent.llm.client, sample.input, self.agent.settings.deadline_s), None
            return choose_by_rank(self.agent, sample.input), None
        except Exception as error:  # noqa: BLE001 -- it is a record
            return None, failed("engine", "choice", error)

    def _settled(self, output: Record | None, error: Record | None, seconds: float) -> Answered:
        if output is not None and self.engine == "llm" and output.get("status") == "ok":
            told = output["provenance"]
            if told["engine"] != "llm":
                error = {"type": "fallback", "message": str(told["reason"])}
                return Answered(None, error, {}, seconds)
        tokens = (output or {}).get("provenance", {}).get("tokens") or {}
        usage = {"input_tokens": tokens.get("in", 0), "output_tokens": tokens.get("out", 0)}
        return Answered(output, error, usage if any(usage.values()) else {}, seconds)

    def provenance(self) -> Record:
        """As of ``Answerer``."""
        told: Record = {"engine": self.engine, "model": None, "prompts": [], "models": {}}
        local = self.agent.local
        told["models"] = {"text": local.model.version, **local.events.versions}
        if self.asks and self.engine != "local":
            told["model"] = self.agent.settings.llm_model
            told["prompts"] = prompts_of(self.agent)
        return told

    def marks(self, output: Record) -> dict[str, list[float]]:
        """As of ``Answerer``: those of the local model, or of the calibration in use for the language model."""
        told = output.get("provenance", {})
        if told.get("engine") == "llm":
            return barrier_marks(self.agent.llm.marks(told["models"]["llm"]).thresholds)
        return barrier_marks(self.agent.local.model.calibration.thresholds)

    def spent(self) -> Mapping[str, int]:
        """As of ``Answerer``, by the client, which counts answers that fail as well."""
        if not self.asks:
            return {}
        usage = self.agent.llm.client.usage
        return {"input_tokens": usage.read, "cached_tokens": usage.cached, "output_tokens": usage.written}

    def alone_ms(self, samples: Sequence[Sample], evidence: EvidenceMode) -> list[float]:
        """As of ``Answerer``."""
        out: list[float] = []
        for one in () if self.asks else samples:
            began = perf_counter()
            if self.choices:
                self._chosen(one)
            else:
                self._alone(one.input, evidence)
            out.append(1000 * (perf_counter() - began))
        return out

    def close(self) -> None:
        """Nothing: the product may be asked for the next suite."""


def shared_out(own: Sequence[Record], spent: Mapping[str, int]) -> list[Record]:
    """What each of some samples used: the tokens of its own answer, and an equal part of what was spent beyond all of
    those, such as on answers that could not be used. Together they are what was spent."""
    out = [dict(one) for one in own]
    for name, total in spent.items():
        more, over = divmod(max(total - sum(one.get(name, 0) for one in own), 0), max(len(own), 1))
        for place, one in enumerate(out):
            if more or place < over:
                one[name] = one.get(name, 0) + more + (place < over)
    return out


def barrier_marks(thresholds: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    """The marks of barriers, which a prediction does not tell itself."""
    found = list(thresholds.get("barrier", ()))
    return {"barrier": found} if len(found) == len(BARRIERS) else {}


def prompts_of(agent: PurchaseAgent) -> list[Record]:
    """The prompts in use as ``run.json`` names them."""
    return [{"name": one.prompt.name, "version": one.prompt.version, "sha256": one.sha256} for one in agent.llm.askings]


def _plain(answer: Prediction | BaseException) -> tuple[Record | None, Record | None]:
    if isinstance(answer, Prediction):
        return answer.model_dump(mode="json"), None
    return None, failed("input" if isinstance(answer, InputError) else "engine", "predict", answer)
