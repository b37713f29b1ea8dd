"""Who answers: the language model for words it is asked about, the local models for the rest and when it fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from time import monotonic, perf_counter
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from purchase_agent.chat.request import Failure
from purchase_agent.errors import ModelFileError
from purchase_agent.prediction import EvidenceMode, Prediction, Tokens
from purchase_agent.predictors.base import Case
from purchase_agent.predictors.llm.predictor import LlmPredictor
from purchase_agent.predictors.local import LocalPredictor, Look

When = Literal["always", "unsure"]
FALLBACK = "fallback:"
"""Before the kind of a failure: the reason of a local answer in place of one that the language model did not give."""
RULE_FILE = "llm/cascade.json"
NO_WORDS = "no_words"
"""The reason of a local answer to a shopper who has events only: there is nothing for a language model to read."""


class Rule(BaseModel):
    """When a local answer stands, fitted on a user's labelled texts.

    Attributes:
        text_model: version of the local text model that it holds for.
        local_from: probability of the local intent from which it stands; None: no part of the texts could be left to
            the local model within the bound, so the language model is always asked.
        most_errors: share of wrong intents among texts answered locally that was asked for, at most.
        confidence: with which that bound holds.
        rows, local_share: labelled texts, and the share of them that would be answered locally.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    text_model: str
    local_from: float | None
    most_errors: float
    confidence: float
    rows: int
    local_share: float
    calibrated_on: str


def load_rule(models_dir: Path) -> Rule | None:
    """The rule fitted by ``calibrate``; None before.

    Raises:
        ModelFileError: there is a file and it cannot be read.
    """
    path = models_dir / RULE_FILE
    if not path.is_file():
        return None
    try:
        return Rule.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise ModelFileError(f"{path} cannot be used: {error}", hint="run calibrate again or delete it") from error


class Cascade:
    """Asks the language model always, or only where the local answer is unsure; what it cannot answer in time stays
    with the local models, and the answer says why.

    A local answer is sure where the conformal set of its intent has one label, or by the ``rule``, where one was
    fitted for the local model in use.

    Args:
        deadline_s: of a whole prediction, and of each group given to ``predict``. Answers come a quarter of a second
            later at most: what is not found by then are quotes, and the answer warns of it.

    ``counts``: engine -> predictions with an answer so far; and, of the local ones, how many stand in the language
    model's place, by their reason (``fallback:KIND``): what remains was never meant for it.
    """

    def __init__(
        self, local: LocalPredictor, llm: LlmPredictor, deadline_s: float, when: When, rule: Rule | None = None
    ) -> None:
        self.local, self.llm, self.deadline_s, self.when, self.rule = local, llm, deadline_s, when, rule
        self.counts: Counter[str] = Counter()

    def predict(self, cases: Sequence[Case], evidence: EvidenceMode = "fast") -> list[Prediction]:
        """Same number and order as ``cases``."""
        until = monotonic() + self.deadline_s
        begun = perf_counter()
        looks = self.local.look(cases)
        first = self.local.answer(looks, "none") if self.when == "unsure" else [None] * len(cases)
        looked = perf_counter() - begun
        asked = [
            place
            for place, (case, local) in enumerate(zip(cases, first, strict=True))
            if case.texts and not (local is not None and self._stands(local))
        ]
        asks = set(asked)
        settled = [place for place in range(len(cases)) if place not in asks]  # nothing that is asked can change these
        local = self._locally(looks, settled, evidence, looked, until)
        reason = "asked" if self.when == "always" else "cascade:local_unsure"
        given = self.llm.answer([looks[place] for place in asked], evidence, until, reason, begun)
        answers = dict(zip(asked, given, strict=True))
        left = [place for place in asked if not isinstance(answers[place], Prediction)]
        # Quotes come last, with what the endpoint left of the time: to look for them while it is asked would cost
        # seconds of every core for answers that are thrown away where it is well.
        local |= self._locally(looks, left, evidence, looked, until)
        waited_ms = round((perf_counter() - begun) * 1000, 2)
        out = [self._told(place, cases[place], answers.get(place), local, waited_ms) for place in range(len(cases))]
        told = [one.provenance for one in out if one.status == "ok"]
        self.counts.update(one.engine for one in told)
        self.counts.update(one.reason for one in told if one.reason.startswith(FALLBACK))
        return out

    def _locally(
        self, looks: Sequence[Look], places: Sequence[int], evidence: EvidenceMode, looked_s: float, until: float
    ) -> dict[int, Prediction]:
        """Local answers of some places, with their share of the time that looking at all took."""
        share = looked_s * len(places) / max(len(looks), 1)
        answers = self.local.answer([looks[place] for place in places], evidence, perf_counter() - share, until)
        return dict(zip(places, answers, strict=True))

    def _told(
        self, place: int, case: Case, answer: Prediction | Failure | None, local: dict[int, Prediction],
        waited_ms: float,
    ) -> Prediction:  # fmt: skip
        if isinstance(answer, Prediction):
            return answer
        told: dict[str, str | float | Tokens] = {}
        if isinstance(answer, Failure):
            tokens = Tokens(read=answer.read, written=answer.written)
            told = {"reason": f"{FALLBACK}{answer.kind}", "latency_ms": waited_ms, "tokens": tokens}
        elif not case.texts:
            told["reason"] = NO_WORDS if case.history is not None else "asked"
        else:
            told["reason"] = "cascade:local_sure"
        provenance = local[place].provenance.model_copy(update=told)
        return local[place].model_copy(update={"provenance": provenance})

    def _stands(self, local: Prediction) -> bool:
        if local.intent is None:
            return False
        if self.rule is None or self.rule.text_model != local.provenance.models.get("text"):
            return len(local.intent.set) == 1
        sure = max(local.intent.probabilities.values())
        return self.rule.local_from is not None and sure >= self.rule.local_from
