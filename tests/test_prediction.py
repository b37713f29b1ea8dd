import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from purchase_agent.evidence import read_shopper
from purchase_agent.labels import STAGES, level_of
from purchase_agent.prediction import Prediction
from purchase_agent.predictors.prepare import prepare
from tests.fakes import FakePredictor


@pytest.fixture
def whole() -> dict[str, Any]:
    case = prepare(read_shopper("which one?"), datetime(2026, 1, 1, tzinfo=UTC))
    return FakePredictor().predict([case])[0].model_dump(mode="json", by_alias=True)


def test_it_comes_back_from_json_as_it_was(whole: dict[str, Any]) -> None:
    again = Prediction.model_validate_json(json.dumps(whole))
    assert again.model_dump(mode="json", by_alias=True) == whole


def test_the_json_has_the_fields_of_the_contract(whole: dict[str, Any]) -> None:
    assert list(whole) == [
        "shopper_id", "as_of", "status", "target", "intent", "motivation", "next_action", "timing", "advice",
        "contributions", "evidence", "provenance", "warnings",
    ]  # fmt: skip
    assert whole["as_of"] == "2026-01-01T00:00:00Z"
    assert set(whole["intent"]) == {
        "label", "level", "probabilities", "set", "abstained", "purchase_probability", "declined", "repurchase",
        "sentiment",
    }  # fmt: skip
    assert set(whole["timing"]) == {
        "label", "probabilities", "cdf", "expected_date", "median_days", "interval_days", "p_active", "reasons",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("intent.level", 4, "the level is not that of the label"),
        ("intent.label", "keen", "literal"),
        ("intent.purchase_probability.value", 0.7, "not the CDF at 30 days"),
        ("intent.probabilities.none", 0.5, "the probabilities of intent sum to"),
        ("next_action.probabilities.search", 0.5, "the probabilities of next_action sum to"),
        ("timing.probabilities.unknown", 0.5, "the probabilities of timing sum to"),
        ("timing.cdf.7", 0.05, "the CDF falls"),
        ("timing.cdf.1", 0.2, "the timing bins are not those of the CDF"),
        ("timing.cdf.90", 1.01, "less than or equal to 1"),
        ("motivation.probabilities.gift", float("nan"), "finite|less than"),
        ("evidence.0.weight", float("inf"), "finite"),
        ("status", "insufficient_data", "has no distributions"),
        ("timing", None, "has all four answers"),
        ("surprise", 1, "Extra inputs"),
    ],
)
def test_parts_that_do_not_agree_make_no_prediction(whole: dict[str, Any], path: str, value: Any, reason: str) -> None:
    *places, last = path.split(".")
    inside: Any = whole
    for place in places:
        inside = inside[int(place)] if place.isdigit() and isinstance(inside, list) else inside[place]
    inside[last] = value
    with pytest.raises(ValidationError, match=f"(?i){reason}"):
        Prediction.model_validate(whole)


def test_who_declined_is_not_ready(whole: dict[str, Any]) -> None:
    intent = whole["intent"]
    intent.update(label="ready", level=4, declined=True)
    with pytest.raises(ValidationError, match="declined is not ready"):
        Prediction.model_validate(whole)
    intent.update(declined=False)
    assert Prediction.model_validate(whole).intent is not None


def test_rounding_to_four_decimals_is_no_disagreement(whole: dict[str, Any]) -> None:
    near = deepcopy(whole)
    near["intent"]["probabilities"]["none"] += 0.0004
    near["intent"]["purchase_probability"]["value"] += 0.0004
    assert Prediction.model_validate(near).status == "ok"


def test_levels_are_those_of_the_five_stages() -> None:
    assert [level_of(stage) for stage in STAGES] == [0, 1, 2, 3, 4]
    assert level_of("post_purchase") is None
