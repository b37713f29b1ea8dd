"""What a prediction tells of its cost: the tokens of all that was asked for it, and the time since it was begun."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from purchase_agent.chat.request import Answer, Failure, Request
from purchase_agent.evidence import read_shopper
from purchase_agent.prediction import Prediction
from purchase_agent.predictors.base import Case
from purchase_agent.predictors.cascade import Cascade
from purchase_agent.predictors.llm.predictor import LlmPredictor
from purchase_agent.predictors.local import EVIDENCE_LEFT_OUT
from purchase_agent.predictors.prepare import prepare
from tests.predictors.llm.model import FakeModel, predictor

TEXT = "My laptop died, which one should I get before Friday?"
PARTS = ("intent/zero", "motivation/zero", "next_action/zero", "timing/few")
pytestmark = pytest.mark.usefixtures("needs_model")


def case() -> Case:
    return prepare(read_shopper(TEXT), datetime(2026, 11, 22, 10, tzinfo=UTC))


class Failing(FakeModel):
    """Fails at the requests of these numbers (from 0), each after 300 tokens read and 130 written."""

    def __init__(self, *numbers: int, wait_s: float = 0.0, logprobs: bool = True) -> None:
        super().__init__(logprobs=logprobs)
        self.numbers = numbers
        self.wait_s = wait_s
        self.calls = 0

    def ask(self, requests: Sequence[Request], deadline_s: float) -> list[Answer | Failure]:
        time.sleep(self.wait_s)
        self.calls += 1
        first = len(self.asked)
        failed = Failure("truncated", "as the test wants it", "r", 1, read=300, written=130)
        given = super().ask(requests, deadline_s)
        return [failed if first + place in self.numbers else one for place, one in enumerate(given)]


def told(made: LlmPredictor, evidence: str = "none") -> Prediction:
    (answer,) = made.predict([case()], evidence, 5.0)  # type: ignore[arg-type]
    assert isinstance(answer, Prediction)
    return answer


def spent(answer: Prediction) -> tuple[int, int]:
    return answer.provenance.tokens.read, answer.provenance.tokens.written


def test_repeated_answers_come_on_top_of_the_one_they_replace(tmp_path: Path) -> None:
    assert spent(told(predictor(FakeModel(logprobs=False), tmp_path, samples=4))) == (2000, 140)


def test_repeated_answers_that_fail_count_too(tmp_path: Path) -> None:
    answer = told(predictor(Failing(1, logprobs=False), tmp_path, samples=4))
    assert "no_logprobs" in answer.warnings
    assert spent(answer) == (1300, 200)


def test_asking_again_without_each_sentence_counts(tmp_path: Path) -> None:
    model = FakeModel()
    answer = told(predictor(model, tmp_path), "full")
    assert len(model.asked) == 3
    assert spent(answer) == (3000, 210)


def test_asking_again_counts_where_it_came_to_nothing(tmp_path: Path) -> None:
    assert spent(told(predictor(Failing(2), tmp_path), "full")) == (2300, 270)


def test_asking_again_counts_where_the_quotes_came_too_late(tmp_path: Path) -> None:
    made = predictor(Failing(2, wait_s=0.3), tmp_path)
    looks = made.local.look([case()])
    (answer,) = made.answer(looks, "full", time.monotonic() + 0.45, "asked")
    assert isinstance(answer, Prediction)
    assert EVIDENCE_LEFT_OUT in answer.warnings
    assert spent(answer) == (2300, 270)


def test_of_several_prompts_all_count_where_one_fails(tmp_path: Path) -> None:
    (failure,) = predictor(Failing(1), tmp_path, *PARTS).predict([case()], "none", 5.0)
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.read, failure.cached, failure.written) == ("truncated", 3300, 2700, 340)


def test_a_fallback_tells_what_its_failure_cost(tmp_path: Path) -> None:
    llm = predictor(Failing(0), tmp_path)
    (answer,) = Cascade(llm.local, llm, 5.0, "always").predict([case()])
    assert answer.provenance.reason == "fallback:truncated"
    assert spent(answer) == (300, 130)


@pytest.mark.parametrize(("evidence", "calls"), [("none", 1), ("full", 2)])
def test_the_time_is_all_since_it_was_begun(tmp_path: Path, evidence: str, calls: int) -> None:
    model = Failing(wait_s=0.2)
    made = predictor(model, tmp_path)
    made.local.predict([case()], "none")  # loads the models
    begun = time.perf_counter()
    answer = told(made, evidence)
    took_ms = (time.perf_counter() - begun) * 1000
    assert model.calls == calls
    assert 200 * calls <= answer.provenance.latency_ms <= took_ms


def test_the_look_of_the_local_models_is_part_of_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    llm = predictor(FakeModel(), tmp_path)
    look = llm.local.look

    def slow(given: Sequence[Case]) -> object:
        time.sleep(0.3)
        return look(given)

    monkeypatch.setattr(llm.local, "look", slow)
    (answer,) = Cascade(llm.local, llm, 5.0, "always").predict([case()], "none")
    assert answer.provenance.engine == "llm"
    assert answer.provenance.latency_ms >= 300
    assert told(llm).provenance.latency_ms >= 300
