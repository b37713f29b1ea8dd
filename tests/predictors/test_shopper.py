"""Several texts: which subject answers, and how old and new words weigh."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from purchase_agent.evidence import Text
from purchase_agent.labels import INTENTS, MOTIVATIONS
from purchase_agent.predictors import shopper
from purchase_agent.predictors.calibrate import Readings, timing_bins

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def text(words, days, **more):
    return Text(id=f"d{days}", text=words, at=NOW - timedelta(days=days), **more)


def readings(*intents, declined=(), purchase=0.5):
    count = len(intents)
    intent = np.full((count, 6), 0.02)
    for row, name in enumerate(intents):
        intent[row, INTENTS.index(name)] = 0.9
    flags = np.zeros((count, 2))
    flags[list(declined), 0] = 0.9
    chance = np.full(count, purchase)
    return Readings(
        intent=intent,
        sentiment=np.full((count, 3), 1 / 3),
        next_action=np.full((count, 15), 1 / 15),
        timing=timing_bins(np.full((count, 7), 1 / 7), chance),
        motivation=np.tile(np.linspace(0.1, 0.9, len(MOTIVATIONS)), (count, 1)),
        barrier=np.full((count, 8), 0.1),
        flags=flags,
        purchase=chance,
    )


def test_the_open_subject_answers_before_a_finished_one():
    texts = [text("running shoes or trail shoes?", 5), text("the blender arrived, love the blender", 1)]
    assert shopper.choose(texts, readings("consideration", "post_purchase"), NOW) == [0]


def test_a_stale_need_does_not():
    texts = [text("running shoes or trail shoes?", 200), text("the blender arrived, love the blender", 1)]
    assert shopper.choose(texts, readings("consideration", "post_purchase"), NOW) == [1]


def test_a_refused_need_is_closed():
    texts = [text("which blender is best?", 9), text("forget the shoes, I will not buy shoes", 1)]
    assert shopper.choose(texts, readings("consideration", "consideration", declined=[1]), NOW) == [0]


def test_the_newest_open_subject_wins():
    texts = [text("which blender is best?", 9), text("size 43 running shoes", 2)]
    assert shopper.choose(texts, readings("consideration", "consideration"), NOW) == [1]


def test_weights_fall_with_age_and_steps():
    share = shopper.weights(np.asarray([30.0, 14.0, 0.0]))
    assert share.sum() == pytest.approx(1)
    assert (np.diff(share) > 0).all()
    assert share[-1] > 0.8


def test_one_text_is_told_as_it_was_read():
    both = readings("ready", "none")
    one = shopper.combine(both, [0], np.asarray([3.0]))
    assert (one["intent"] == both.intent[0]).all()


def test_reasons_last_longer_than_stages():
    both = readings("awareness", "ready")
    both.motivation[0, 0], both.motivation[1, 0] = 0.95, 0.05
    row = shopper.combine(both, [0, 1], np.asarray([10.0, 0.0]))
    assert INTENTS[int(row["intent"].argmax())] == "ready"
    assert row["motivation"][0] > 0.7


def test_bins_still_sum_to_the_purchase_probability():
    row = shopper.combine(readings("ready", "ready", purchase=0.7), [0, 1], np.asarray([10.0, 0.0]))
    assert row["timing"][:3].sum() == pytest.approx(float(row["purchase"]))
