"""A calendar warps time ahead, leaves it alone where it is flat, and is learned from no later day."""

from __future__ import annotations

import numpy as np
import pytest

from purchase_agent.errors import InputError
from purchase_agent.predictors.timing.bgnbd import BgNbd
from purchase_agent.predictors.timing.history import Histories, build
from purchase_agent.predictors.timing.paretonbd import ParetoNbd
from purchase_agent.predictors.timing.seasonality import Holiday, Seasonality, fit_seasonality
from tests.predictors.timing.histories import USUAL

MODEL = ParetoNbd(2.0, 60.0, 0.2, 600.0)
START = int(np.datetime64("2023-01-02").astype(int))  # a Monday
SUNDAY = 6
YEAR = 365


def shop(days: int, seed: int, *, open_on_sunday: float, december: float, party: float = 1.0) -> dict[str, np.ndarray]:
    """600 customers who buy every 20th day on average, on a shop's calendar; the party is each 15th of a month."""
    rng = np.random.default_rng(seed)
    when = START + np.arange(days)
    dates = when.astype("datetime64[D]")
    rate = np.full(days, 1 / 20)
    rate[(when + 3) % 7 == SUNDAY] *= open_on_sunday
    rate[dates.astype("datetime64[M]").astype(int) % 12 == 11] *= december
    rate[(dates - dates.astype("datetime64[M]")).astype(int) == 14] *= party
    return {str(one): when[(rng.random(days) < rate) | (np.arange(days) == one % 60)] for one in range(600)}


def fitted(h: Histories, **options) -> Seasonality:
    return fit_seasonality(h, ParetoNbd(50.0, 1000.0, 0.01, 10_000.0), **options)


@pytest.mark.parametrize("model", [MODEL, BgNbd(0.5, 30.0, 0.8, 2.5)], ids=str)
def test_a_flat_calendar_changes_nothing(model):
    days = np.array([0, 0.25, 1, 7, 30, 90])
    warped = Seasonality().ahead(19_000, days)
    assert np.array_equal(warped, days)
    assert np.array_equal(model.cdf(USUAL, warped), model.cdf(USUAL, days))


def test_time_ahead_is_the_sum_of_the_days_factors():
    friday = START + 4
    calendar = Seasonality(weekday=(1, 1, 1, 1, 1, 0.5, 0), holidays=(Holiday("sale", (friday + 3,), 4.0),), level=2.0)
    assert calendar.ahead(friday, [0, 0.5, 1, 2, 3, 4]).tolist() == [0, 0.5, 1, 1, 9, 11]
    assert calendar.factor([friday, friday + 1, friday + 3]).tolist() == [2, 1, 8]


def test_months_are_those_of_the_calendar():
    calendar = Seasonality(month=(*[1.0] * 11, 3.0))
    days = np.array(["2023-11-30", "2023-12-01", "2023-12-31", "2024-01-01", "1969-12-31"], dtype="datetime64[D]")
    assert calendar.factor(days.astype(int)).tolist() == [1, 3, 3, 1, 3]


def test_a_closed_day_and_a_busy_month_are_found():
    h = build(shop(2 * YEAR, 1, open_on_sunday=0.0, december=2.0), START + 2 * YEAR - 1)
    new = [place for place in range(60) if (START + place + 3) % 7 == SUNDAY]
    h = build({name: days for name, days in _split(h) if int(name) % 60 not in new}, h.as_of_day)
    found = fitted(h)
    assert found.closed == (SUNDAY,)
    assert 0 < found.weekday[SUNDAY] < 0.05
    assert found.weekday[:6] == pytest.approx([7 / 6] * 6, rel=0.06)
    assert found.month[11] == pytest.approx(2 ** (2 / 3), rel=0.15)  # two Decembers: two thirds of the logarithm
    assert max(found.month[:11]) < 1.15


def test_growth_of_the_shop_is_no_season():
    found = fitted(build(shop(YEAR, 2, open_on_sunday=1.0, december=1.0), START + YEAR - 1))
    assert found.closed == ()
    assert found.weekday == pytest.approx([1] * 7, abs=0.07)
    assert found.month == pytest.approx([1] * 12, abs=0.15)
    assert found.ahead(START + YEAR, [YEAR])[0] == pytest.approx(YEAR, rel=0.03)


def test_a_holiday_is_learned_from_its_past_and_holds_ahead():
    h = build(shop(YEAR, 3, open_on_sunday=1.0, december=1.0, party=3.0), START + YEAR - 1)
    past = [int(np.datetime64(f"2023-{month:02}-15").astype(int)) for month in range(1, 13)]
    coming = int(np.datetime64("2024-01-15").astype(int))
    found = fitted(h, holidays={"party": [*past, coming], "unseen": [coming + 40]})
    party, unseen = found.holidays
    assert party.factor == pytest.approx(3.0, rel=0.2)
    assert unseen.factor == 1.0
    assert found.factor([coming])[0] > 2.2 * found.factor([coming + 7])[0]


def test_few_purchases_say_little():
    h = build({"a": [START, START + 7, START + 14], "b": [START + 2]}, START + 20)
    found = fitted(h)
    assert found.weekday == pytest.approx([1] * 7, abs=0.2)
    assert found.month == pytest.approx([1] * 12, abs=0.1)
    assert found.closed == ()


def test_nothing_after_the_day_is_used():
    purchases = shop(YEAR, 4, open_on_sunday=0.3, december=3.0)
    day = START + 200
    cut = {name: days[days <= day] for name, days in purchases.items()}
    planted = {name: np.append(days, day + 1) for name, days in purchases.items()}
    assert fitted(build(cut, day)) == fitted(build(purchases, day)) == fitted(build(planted, day))
    assert fitted(build(cut, day)).month[11] == 1.0


def test_no_repeats_and_no_customers_are_a_flat_calendar():
    assert fitted(build({"a": [START]}, START + 5)) == Seasonality()
    assert fitted(build({}, START)) == Seasonality()


def test_what_cannot_be_is_refused():
    with pytest.raises(InputError, match="strength"):
        fitted(build({"a": [START]}, START), strength=0)
    for days in ([-1], [np.nan], [1e9]):
        with pytest.raises(InputError, match="days ahead"):
            Seasonality().ahead(START, days)


def _split(h: Histories):
    return zip(h.ids, np.split(h.days, h.starts[1:-1]), strict=True)
