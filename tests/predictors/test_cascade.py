"""Who answers: the language model, the local models, and why."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from purchase_agent.errors import ModelFileError
from purchase_agent.evidence import read_shopper
from purchase_agent.predictors.base import Case
from purchase_agent.predictors.cascade import RULE_FILE, Cascade, Rule, load_rule
from purchase_agent.predictors.prepare import prepare
from tests.predictors.llm.model import FakeModel, predictor

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
CLEAR = "Arrived broken, I want my money back."
VAGUE = "hm"
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


def test_the_rule_file(tmp_path: Path) -> None:
    assert load_rule(tmp_path) is None
    file = tmp_path / RULE_FILE
    file.parent.mkdir()
    file.write_text(rule("v", 0.8).model_dump_json(), encoding="utf-8")
    assert load_rule(tmp_path) == rule("v", 0.8)
    file.write_text("{}", encoding="utf-8")
    with pytest.raises(ModelFileError, match=r"cascade\.json cannot be used"):
        load_rule(tmp_path)
