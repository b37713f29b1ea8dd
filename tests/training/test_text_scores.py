"""The seven figures and the rule by which motivations are told."""

from __future__ import annotations

import numpy as np
import pytest

from purchase_agent.errors import InputError
from purchase_agent.labels import BARRIERS, MOTIVATIONS
from purchase_agent.training.corpus import Row
from purchase_agent.training.targets import MULTI, SINGLE, encode
from purchase_agent.training.text_scores import FIGURES, decide, purchase_probability, scores

THRESHOLDS = {"motivation": 0.5, "barrier": 0.5}


def row(number, language="en", **labels):
    reading = {
        "intent": "ready", "declined": False, "repurchase": False, "sentiment": "neutral", "motivation": ["gift"],
        "barrier": [], "next_action": "purchase", "timing": "now", "juster": number % 11,
    }  # fmt: skip
    return Row(f"text {number}", "chat", language, "own_written", "own", f"g{number}", reading | labels)


ROWS = [
    row(0, intent="none", motivation=["unknown"], barrier=["price"], timing="unknown"),
    row(3, "zh", sentiment="positive", motivation=["gift", "occasion"]),
    row(9, motivation=["replacement"], next_action="compare"),
    row(7, "zh", intent="exploration", barrier=["delivery", "price"]),
]


def perfect(rows):
    tasks = (*SINGLE, *MULTI, "flags", "juster")
    return {task: np.stack([encode(one.labels)[task] for one in rows]) for task in tasks}


def motivations(**probabilities):
    return np.asarray([[probabilities.get(name, 0.0) for name in MOTIVATIONS]])


def told(task, array, threshold=0.5):
    names = MULTI[task]
    return [names[place] for place in np.flatnonzero(decide(task, array, threshold)[0])]


def test_what_is_right_everywhere_scores_one():
    found = {score.name: score for score in scores(ROWS, perfect(ROWS), THRESHOLDS, resamples=20)}
    assert list(found) == [f"{name}{suffix}" for suffix in ("", "/en", "/zh") for name in FIGURES]
    defined = [score.value for score in found.values() if score.name != "barrier_micro_f1/en"]
    assert defined == pytest.approx([1.0] * 20)
    assert (found["timing_accuracy"].n, found["timing_accuracy/zh"].n) == (4, 2)


def test_each_figure_reads_its_own_task():
    predictions = perfect(ROWS)
    predictions["timing"] = np.roll(predictions["timing"], 1, axis=1)
    found = {score.name: score.value for score in scores(ROWS, predictions, THRESHOLDS, resamples=20)}
    assert found["timing_accuracy"] == 0
    assert [found[name] for name in FIGURES if name != "timing_accuracy"] == pytest.approx([1.0] * 6)


def test_motivations_above_their_threshold_are_told():
    assert told("motivation", motivations(gift=0.6, occasion=0.7, unknown=0.2)) == ["gift", "occasion"]


def test_unknown_is_told_where_nothing_else_is():
    assert told("motivation", motivations(gift=0.4, unknown=0.1)) == ["unknown"]


def test_unknown_stands_alone_where_it_is_the_most_probable():
    assert told("motivation", motivations(gift=0.6, unknown=0.7)) == ["unknown"]


def test_unknown_gives_way_to_a_more_probable_motivation():
    assert told("motivation", motivations(gift=0.8, unknown=0.7)) == ["gift"]


def test_unknown_needs_its_own_threshold():
    thresholds = np.where(np.asarray(MOTIVATIONS) == "unknown", 0.9, 0.5)
    assert told("motivation", motivations(gift=0.6, unknown=0.7), thresholds) == ["gift"]


def test_a_text_may_hold_no_barrier():
    assert told("barrier", np.full((1, len(BARRIERS)), 0.2)) == []


def test_a_given_purchase_probability_goes_before_the_scale():
    scale = np.zeros((1, 11))
    scale[0, [2, 8]] = 0.25, 0.75
    assert purchase_probability({"juster": scale}) == pytest.approx([0.65])
    assert purchase_probability({"juster": scale, "purchase_probability": np.array([0.1])}) == pytest.approx([0.1])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"intent": np.zeros((4, 5))}, "intent"),
        ({"timing": np.full((4, 7), np.nan)}, "timing"),
        ({"sentiment": np.zeros((3, 3))}, "sentiment"),
        ({"purchase_probability": np.zeros(3)}, "purchase_probability"),
    ],
)
def test_predictions_that_do_not_fit_are_named(change, field):
    with pytest.raises(InputError, match=field) as caught:
        scores(ROWS, perfect(ROWS) | change, THRESHOLDS)
    assert caught.value.field == field


def test_what_is_missing_is_named():
    predictions = perfect(ROWS)
    with pytest.raises(InputError, match="no threshold for barrier"):
        scores(ROWS, predictions, {"motivation": 0.5})
    with pytest.raises(InputError, match="no rows"):
        scores([], predictions, THRESHOLDS)
    del predictions["next_action"]
    with pytest.raises(InputError, match="no next_action"):
        scores(ROWS, predictions, THRESHOLDS)
