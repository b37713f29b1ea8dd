"""Scalings that mend what is off, are kept only where they help, and are refused where there is too little."""

from dataclasses import replace

import numpy as np
import pytest

from purchase_agent.calibration_own import ANSWERS, CUSTOMERS, NEWCOMERS, TIMING, calibrate
from purchase_agent.errors import InputError
from purchase_agent.events import Step
from purchase_agent.predictors.platt import Platt, fit_platt, log_odds
from tests.histories import DAY_S, START, FakeModels, gathered, shop


@pytest.fixture(scope="module")
def shoppers():
    return shop(600, 220)


def of(found, answer, days):
    return next(one for one in found.decisions if (one.answer, one.days) == (answer, days))


def test_platt_finds_the_slope_and_offset_that_bent_the_chances():
    rng = np.random.default_rng(0)
    plain = rng.uniform(0.02, 0.9, 20_000)
    bent = Platt(0.5, -1.0)(plain)
    found = fit_platt(rng.uniform(size=20_000) < plain, bent)
    assert found.slope == pytest.approx(2.0, abs=0.1)
    assert found.offset == pytest.approx(2.0, abs=0.15)
    np.testing.assert_allclose(log_odds(found(bent)), found.slope * log_odds(bent) + found.offset)


def test_platt_stays_near_doing_nothing_where_little_is_known():
    found = fit_platt([1.0, 0.0, 0.0, 0.0], [0.4, 0.3, 0.2, 0.1])
    assert abs(found.slope - 1) < 0.3
    assert abs(found.offset) < 0.5
    with pytest.raises(InputError, match="4 outcomes, 0 of them 1"):
        fit_platt([0, 0, 0, 0], [0.4, 0.3, 0.2, 0.1])


def test_what_is_off_is_mended(shoppers):
    found = calibrate(shoppers, shoppers, FakeModels(slope=0.5, offset=0.8))
    assert len(found.decisions) == len(ANSWERS) * 4
    month = of(found, CUSTOMERS, 30)
    assert month.kept
    assert month.difference.high < 0
    assert month.platt.slope > 1.3
    assert month.platt.offset < -0.8
    assert of(found, TIMING, 30).platt == month.platt  # the fake says the same of both
    assert found.calibrated_on == "own:2025-08"
    assert found.ordered == found.joined


def test_what_is_right_stays_about_as_it_is_and_still_counts_as_seen(shoppers):
    found = calibrate(shoppers, shoppers, FakeModels())
    month = of(found, CUSTOMERS, 30)
    assert month.tried
    assert abs(month.platt.slope - 1) < 0.25
    assert not month.kept or month.difference.value <= 0
    assert all(one.kept or one.platt == Platt() for one in found.decisions)


def test_chances_that_point_the_wrong_way_are_left(shoppers):
    found = calibrate(shoppers, shoppers, FakeModels(slope=-1.0))
    month = of(found, CUSTOMERS, 30)
    assert month.tried
    assert not month.kept
    assert month.platt == Platt()
    assert "do not tell who buys" in month.reason


def test_an_answer_without_enough_is_left_with_its_counts(shoppers):
    found = calibrate(shoppers, shoppers, FakeModels())
    day = of(found, NEWCOMERS, 1)
    assert not day.tried
    assert f"{day.shoppers} shoppers, {day.purchases} cases with a purchase" in day.reason


def test_too_little_of_everything_is_an_error():
    few = shop(60, 100)
    with pytest.raises(InputError, match=r"too little to calibrate on: .*at least 100 shoppers and 30 cases"):
        calibrate(few, few, FakeModels())


def test_orders_that_follow_a_history_are_its_outcomes(shoppers):
    middle = START + 180 * DAY_S
    before = {name: [step for step in steps if step.at <= middle] for name, steps in shoppers.steps.items()}
    history = gathered({name: steps for name, steps in before.items() if steps})
    after = {
        name: [step for step in steps if step.at > middle and step.action == "purchase"]
        for name, steps in shoppers.steps.items()
    }
    orders = gathered({name: steps for name, steps in after.items() if steps})
    models = FakeModels(offset=1.0)
    found = calibrate(history, orders, models)
    assert {past.as_of <= history.until for past in models.asked} == {True}
    assert found.moments == 1  # of 1, 7 and 30 days: right after the history; 90 days of orders there are not
    month = of(found, CUSTOMERS, 30)
    assert month.kept
    assert month.platt.offset < -0.4
    assert of(found, CUSTOMERS, 90).cases == 0


def test_orders_of_nobody_who_is_known_are_refused(shoppers):
    others = gathered({f"crm-{number}": [Step(START, "purchase")] for number in range(5)})
    with pytest.raises(InputError, match=r"none of 5 shoppers .* is among the 600 of the history .*--ids"):
        calibrate(shoppers, others, FakeModels())
    looks = replace(shoppers, steps={name: [Step(START, "view_item")] for name in shoppers.steps})
    with pytest.raises(InputError, match="none of 0 shoppers"):
        calibrate(shoppers, looks, FakeModels())


def test_moments_that_the_models_were_fitted_after_are_counted(shoppers):
    assert calibrate(shoppers, shoppers, FakeModels()).seen == 0
    found = calibrate(shoppers, shoppers, FakeModels(calibrated_on="own:2025-08"))
    assert found.seen == found.moments > 0
