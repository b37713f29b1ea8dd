"""Who answers: the language model, the local models, and why."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from purchase_agent.chat.request import Answer, Failure, Request
from purchase_agent.errors import ModelFileError
from purchase_agent.evidence import read_shopper
from purchase_agent.prediction import Prediction
from purchase_agent.predictors.base import Case
from purchase_agent.predictors.calibrate import Readings
from purchase_agent.predictors.cascade import RULE_FILE, Cascade, Rule, load_rule
from purchase_agent.predictors.local import EVIDENCE_LEFT_OUT, within
from purchase_agent.predictors.prepare import prepare
from tests.predictors.llm.model import FakeModel, predictor

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
CLEAR = "Arrived broken, I want my money back."
VAGUE = "hm"
LONG = "My old kettle leaks and I want a new one, but the price is too high; can you send it by Friday? " * 12
EVENTS = {"shopper_id": "e", "events": [{"type": "view_item", "at": "2026-11-22T09:00:00Z", "item_id": "a"}]}
REFUSED = {"shopper_id": "r", "texts": [{"text": CLEAR}], "consent": {"analytics": False}}
pytestmark = pytest.mark.usefixtures("needs_model")


def cases(*given: Any) -> list[Case]:
    return [prepare(read_shopper(one), NOW) for one in given]


def cascade(model: FakeModel, folder: Path, when: Any, rule: Rule | None = None) -> Cascade:
    llm = predictor(model, folder)
    return Cascade(llm.local, llm, 5.0, when, rule)


def rule(version: str, local_from: float | None) -> Rule:
    return Rule(
        text_model=version, local_from=local_from, most_errors=0.1, confidence=0.9, rows=100, local_share=0.5,
        calibrated_on="own:2026-11",
    )  # fmt: skip


def test_what_has_words_is_asked_and_the_rest_is_local(tmp_path: Path) -> None:
    model = FakeModel()
    made = cascade(model, tmp_path, "always")
    answers = made.predict(cases(CLEAR, EVENTS, REFUSED, ""))
    assert [one.provenance.engine for one in answers] == ["llm", "local", "local", "local"]
    assert [one.provenance.reason for one in answers] == ["asked", "no_words", "asked", "asked"]
    assert [one.status for one in answers] == ["ok", "ok", "refused_consent", "insufficient_data"]
    assert len(model.asked) == 1
    assert made.counts == {"llm": 1, "local": 1}


@pytest.mark.parametrize("kind", ["timeout", "breaker_open", "bad_answer"])
def test_a_failure_is_answered_locally_and_says_why(tmp_path: Path, kind: Any) -> None:
    model = FakeModel()
    model.fails = kind
    made = cascade(model, tmp_path, "always")
    (answer,) = made.predict(cases(CLEAR))
    alone = made.local.predict(cases(CLEAR))[0]
    assert answer.provenance.reason == f"fallback:{kind}"
    assert answer.provenance.engine == "local"
    same = {"provenance": alone.provenance}
    assert answer.model_copy(update=same) == alone
    assert made.counts == {"local": 1, f"fallback:{kind}": 1}


class Late(FakeModel):
    """Lets ``share`` of the deadline pass, all of it as a server that hangs does, and then fails or answers."""

    def __init__(self, share: float = 1.0) -> None:
        super().__init__()
        self.share = share
        self.ended = 0.0

    def ask(self, requests: Sequence[Request], deadline_s: float) -> list[Answer | Failure]:
        time.sleep(deadline_s * self.share)
        self.ended = time.monotonic()
        return super().ask(requests, deadline_s)


def late_by(made: Cascade, model: Late, given: list[Case], evidence: Any) -> tuple[float, list[Prediction]]:
    """Seconds from the deadline, or from the end of the asking where that came later, to the answers."""
    made.local.predict(given[:1], "none")  # loads the models
    until = time.monotonic() + made.deadline_s
    answers = made.predict(given, evidence)
    return time.monotonic() - max(until, model.ended), answers


# A quarter of a second is promised; the rest is for a busy machine. Without a bound it is several times as much.
SLACK_S = 0.25 + 1.75


@pytest.mark.parametrize("evidence", ["fast", "full"])
@pytest.mark.parametrize("when", ["always", "unsure"])
def test_quotes_do_not_outlast_the_deadline_that_the_endpoint_used_up(tmp_path: Path, when: Any, evidence: Any) -> None:
    model = Late()
    model.fails = "timeout"
    made = cascade(model, tmp_path, when)
    made.deadline_s = 1.0
    late, answers = late_by(made, model, cases(*[LONG] * 16, VAGUE), evidence)
    assert late < SLACK_S
    for answer in answers[8:16]:
        assert EVIDENCE_LEFT_OUT in answer.warnings
        assert answer.evidence == []
        assert answer.status == "ok"


def test_quotes_stop_at_the_deadline_where_the_endpoint_fails_at_once(tmp_path: Path) -> None:
    model = Late(0.0)
    model.fails = "server_error"
    made = cascade(model, tmp_path, "always")
    made.deadline_s = 2.0
    late, answers = late_by(made, model, cases(CLEAR, *[LONG] * 8), "full")
    assert late < SLACK_S
    assert answers[0].evidence
    assert EVIDENCE_LEFT_OUT not in answers[0].warnings
    assert EVIDENCE_LEFT_OUT in answers[-1].warnings


def test_an_answer_that_comes_with_the_deadline_is_not_held_up_by_its_quotes(tmp_path: Path) -> None:
    made = predictor(Late(), tmp_path)
    looks = made.local.look(cases(LONG))
    (answer,) = made.answer(looks, "fast", time.monotonic() - 1, "asked")
    assert isinstance(answer, Prediction)
    assert answer.evidence == []
    assert answer.warnings == [EVIDENCE_LEFT_OUT]


def test_nothing_is_left_out_that_nobody_asked_for(tmp_path: Path) -> None:
    model = Late()
    model.fails = "timeout"
    made = cascade(model, tmp_path, "always")
    made.deadline_s = 0.1
    (answer,) = made.predict(cases(LONG), "none")
    assert answer.warnings == made.local.predict(cases(LONG), "none")[0].warnings


def test_a_few_pieces_at_a_time_read_the_same(tmp_path: Path) -> None:
    model = predictor(FakeModel(), tmp_path).local.model
    pieces = [model.piece(text, "chat", "en") for text in (LONG, CLEAR, VAGUE, LONG, *[CLEAR] * 40)]
    whole, cut = model.read(pieces)
    parts, parts_cut = within(model, time.monotonic() + 60).read(pieces)
    assert parts_cut == cut
    for name in Readings.__slots__:
        assert np.array_equal(getattr(parts, name), getattr(whole, name))
    with pytest.raises(TimeoutError):
        within(model, time.monotonic() - 1).read(pieces)


def test_a_fallback_tells_the_whole_time_since_it_was_asked(tmp_path: Path) -> None:
    model = Late()
    model.fails = "timeout"
    made = cascade(model, tmp_path, "always")
    made.deadline_s = 0.4
    made.local.predict(cases(CLEAR, EVENTS), "none")  # loads the models
    begun = time.monotonic()
    asked, unasked = made.predict(cases(CLEAR, EVENTS), "fast")
    assert 390 < asked.provenance.latency_ms < (time.monotonic() - begun) * 1000
    assert unasked.provenance.latency_ms < 390  # what the local models took


def test_only_the_unsure_are_asked(tmp_path: Path) -> None:
    model = FakeModel()
    made = cascade(model, tmp_path, "unsure")
    local = made.local.predict(cases(CLEAR, VAGUE), "none")
    sure = [one.intent is not None and len(one.intent.set) == 1 for one in local]
    assert sure == [True, False]
    answers = made.predict(cases(CLEAR, VAGUE))
    assert [one.provenance.reason for one in answers] == ["cascade:local_sure", "cascade:local_unsure"]
    assert len(model.asked) == 1


def test_the_rule_of_the_users_labels_decides_where_there_is_one(tmp_path: Path) -> None:
    model = FakeModel()
    version = predictor(model, tmp_path).local.model.version
    for local_from, asked in ((0.0, 0), (None, 2), (1.0, 2)):
        model.asked.clear()
        cascade(model, tmp_path, "unsure", rule(version, local_from)).predict(cases(CLEAR, VAGUE))
        assert len(model.asked) == asked
    model.asked.clear()
    cascade(model, tmp_path, "unsure", rule("another", 0.0)).predict(cases(CLEAR, VAGUE))
    assert len(model.asked) == 1  # fitted for another model: the conformal set decides


def test_a_sure_local_answer_stays_where_the_model_fails(tmp_path: Path) -> None:
    model = FakeModel()
    model.fails = "timeout"
    answers = cascade(model, tmp_path, "unsure").predict(cases(CLEAR, VAGUE))
    assert [one.provenance.reason for one in answers] == ["cascade:local_sure", "fallback:timeout"]


def test_what_was_asked_for_in_vain_is_told_from_what_was_saved(tmp_path: Path) -> None:
    model = FakeModel()
    made = cascade(model, tmp_path, "unsure")
    made.predict(cases(CLEAR, VAGUE))
    for model.fails in ("timeout", "truncated", "timeout"):
        made.predict(cases(CLEAR, VAGUE))
    assert made.counts == {"llm": 1, "local": 7, "fallback:timeout": 2, "fallback:truncated": 1}


def test_a_sure_local_answer_keeps_its_quotes_where_the_endpoint_uses_up_the_time(tmp_path: Path) -> None:
    model = Late()
    model.fails = "timeout"
    made = cascade(model, tmp_path, "unsure")
    _, answers = late_by(made, model, cases(*[CLEAR] * 15, VAGUE), "fast")
    assert all(one.evidence for one in answers[:15])


def test_a_sure_local_answer_tells_its_share_of_the_look_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = cascade(FakeModel(), tmp_path, "unsure")
    look = made.local.look

    def slow(given: Sequence[Case]) -> Any:
        time.sleep(0.4)
        return look(given)

    monkeypatch.setattr(made.local, "look", slow)
    sure, _ = made.predict(cases(CLEAR, VAGUE), "none")
    assert sure.provenance.reason == "cascade:local_sure"
    assert sure.provenance.latency_ms >= 200


def test_the_rule_file(tmp_path: Path) -> None:
    assert load_rule(tmp_path) is None
    file = tmp_path / RULE_FILE
    file.parent.mkdir()
    file.write_text(rule("v", 0.8).model_dump_json(), encoding="utf-8")
    assert load_rule(tmp_path) == rule("v", 0.8)
    file.write_text("{}", encoding="utf-8")
    with pytest.raises(ModelFileError, match=r"cascade\.json cannot be used"):
        load_rule(tmp_path)
