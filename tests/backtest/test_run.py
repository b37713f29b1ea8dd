"""The past judged without looking ahead, beside honest baselines, and refused where there is too little of it."""

from dataclasses import replace

import numpy as np
import pytest

from purchase_agent.backtest.moments import look, waits, windows
from purchase_agent.backtest.run import MODELS, backtest
from purchase_agent.errors import InputError
from purchase_agent.events import Step
from tests.histories import DAY_S, START, FakeModels, gathered, shop


@pytest.fixture(scope="module")
def found():
    return backtest(shop(), FakeModels(), horizons=(7, 30, 90))


def test_windows_go_back_from_the_end_without_overlap():
    assert windows(0, 100 * DAY_S, 30, 3) == [100 * DAY_S, 70 * DAY_S, 40 * DAY_S]
    assert windows(50 * DAY_S, 100 * DAY_S, 30, 3) == [100 * DAY_S, 70 * DAY_S]
    assert windows(101 * DAY_S, 100 * DAY_S, 30, 3) == []


def test_nothing_after_a_moment_reaches_the_models():
    shoppers, models = shop(60), FakeModels()
    at = START + 100 * DAY_S
    moment = look(shoppers, shoppers.steps, at, models, lambda *_: None)
    assert len(models.asked) == len(moment.ids) > 0
    assert all(past.as_of == at and past.steps[-1].at <= at and not past.left_out["later"] for past in models.asked)
    planted = [Step(at + 1.0, "purchase")]
    later = {name: [step for step in steps if step.at <= at] + planted for name, steps in shoppers.steps.items()}
    again = look(replace(shoppers, steps=later), later, at, FakeModels(), lambda *_: None)
    assert again.ids == moment.ids
    np.testing.assert_array_equal(moment.chances, again.chances)
    assert (again.wait < 1).all()


def test_the_wait_ends_at_the_next_purchase_after_the_moment():
    at = START + DAY_S
    steps = {
        "a": [
            Step(at - 5, "purchase"),
            Step(at, "purchase"),
            Step(at + DAY_S, "view_item"),
            Step(at + 2 * DAY_S, "purchase"),
        ],
        "b": [Step(at, "purchase")],
    }
    assert waits(steps, ["a", "b", "nobody"], at).tolist() == [2.0, np.inf, np.inf]


def test_rows_windows_and_rates_agree_with_the_events(found):
    shoppers = shop()
    assert [one.days for one in found.horizons] == [7, 30, 90]
    assert [len(one.windows) for one in found.horizons] == [3, 3, 1]
    for one in found.horizons:
        assert one.n == sum(window.n for window in one.windows)
        newest = one.windows[0]
        at = shoppers.until - one.days * DAY_S
        known = [some for some in shoppers.steps.values() if some[0].at <= at]
        assert newest.n == len(known)
        assert newest.buyers == sum(any(step.action == "purchase" and step.at > at for step in some) for some in known)
        assert newest.low < newest.rate < newest.high
        assert [row.name for row in one.rows] == ["base rate of the window before", "BG/NBD", "Pareto/NBD", MODELS]
        for row in one.rows:
            assert row.log_loss.n == one.n == sum(part.n for part in row.deciles) == sum(p.n for p in row.reliability)
            assert row.log_loss.low < row.log_loss.value < row.log_loss.high
            assert len(row.deciles) == 10


def test_models_that_know_the_rates_beat_the_base_rate_and_agree_with_what_was_seen(found):
    month = found.horizons[1]
    assert month.models.holds
    assert month.models.log_loss.value < month.rows[0].log_loss.value
    assert month.models.roc_auc.low > 0.6
    rates = [part.rate for part in month.models.deciles]
    assert rates[0] > 1.5 * month.rate > month.rate > 2 * rates[-1]


def test_models_that_say_too_much_are_found_out():
    found = backtest(shop(), FakeModels(offset=1.0), horizons=(30,))
    row = found.horizons[0].models
    assert not row.holds
    assert row.gap.low > 0
    assert found.horizons[0].difference.low > 0


def test_own_models_that_saw_the_outcomes_are_marked():
    shoppers = shop()  # ends in July 2025
    found = backtest(shoppers, FakeModels(calibrated_on="own:2025-05"), horizons=(30,))
    assert [window.seen for window in found.horizons[0].windows] == [False, True, True]
    assert found.horizons[0].models.seen == 2
    assert found.seen
    assert not backtest(shoppers, FakeModels(calibrated_on="own:2025-01"), horizons=(30,)).seen


def test_a_horizon_without_enough_is_left_out_with_its_counts():
    found = backtest(shop(days=100), FakeModels(), horizons=(30, 90))
    assert [one.days for one in found.horizons] == [30]
    assert "at least 180 are needed" in found.left_out[90]


def test_too_little_of_everything_is_an_error_with_the_counts():
    with pytest.raises(InputError, match=r"30 days: 80 shoppers, \d+ times with a purchase"):
        backtest(shop(80), FakeModels(), horizons=(30,))
    with pytest.raises(InputError, match=r"7 days: .* at least 14 are needed; 90 days: .* at least 180"):
        backtest(shop(days=10), FakeModels(), horizons=(7, 90))
    late = {f"n{i}": [Step(START + 90 * DAY_S + i, "purchase")] for i in range(200)} | {"x": [Step(START, "view_item")]}
    with pytest.raises(InputError, match="1 of 201 shoppers were known 60 days before the end"):
        backtest(gathered(late), FakeModels(), horizons=(30,))


def test_without_repeat_purchases_the_closed_forms_are_left_out_with_the_reason():
    rng = np.random.default_rng(1)
    steps = {}
    for number in range(400):
        looked, bought = START + DAY_S * rng.uniform(0, 60), START + DAY_S * rng.uniform(0, 120)
        steps[f"s{number:03}"] = sorted([Step(looked, "view_item"), Step(bought, "purchase")])
    found = backtest(gathered(steps), FakeModels(), horizons=(30,))
    assert [row.name for row in found.horizons[0].rows] == ["base rate of the window before", MODELS]
    assert any("BG/NBD is left out" in note for note in found.notes)
