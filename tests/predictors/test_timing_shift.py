"""The shift: towards the days told, never changing how many purchases come, nothing without days."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchase_agent.labels import TIMINGS
from purchase_agent.predictors.stated_dates import Stated, stated
from purchase_agent.predictors.timing_shift import POINTS, between, shift, shift_bins

NOW = datetime(2026, 11, 4, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
BASE = [0.1, 0.3, 0.5, 0.6, 0.7]


def told(earliest, latest, *, deadline=False, certainty=0.9, form="weekday"):
    first, last = (NOW.date() + timedelta(days) for days in (earliest, latest))
    return Stated(0, 1, "stated_date", form, first, last, deadline, certainty)


def test_without_days_nothing_moves():
    assert shift(BASE, [], NOW) == BASE
    assert shift(BASE, [told(-3, -1)], NOW) == BASE
    assert shift([0.0] * 5, [told(1, 2)], NOW) == [0.0] * 5


def test_a_day_draws_purchases_into_it():
    moved = shift(BASE, [told(4, 4)], NOW)
    assert moved[0] < BASE[0]
    assert moved[1] > BASE[1]
    assert moved[-1] == pytest.approx(BASE[-1])


def test_a_far_festival_draws_purchases_off_the_near_days():
    moved = shift(BASE, [told(100, 101, form="festival:christmas")], NOW)
    assert all(after < before for after, before in zip(moved[:4], BASE[:4], strict=True))


def test_a_deadline_keeps_the_shape_before_it():
    moved = np.asarray(shift(BASE, [told(0, 6, deadline=True)], NOW))
    assert moved[1] > BASE[1]
    assert moved[0] / moved[1] > 0.2


def test_what_is_told_for_later_than_a_year_is_late():
    moved = shift(BASE, [told(700, 760, form="ahead")], NOW)
    assert moved[3] < BASE[3]
    assert moved[4] == pytest.approx(BASE[4])


def test_the_surer_the_stronger():
    firm, vague = (shift(BASE, [told(4, 4, certainty=one)], NOW)[1] for one in (0.9, 0.3))
    assert firm > vague > BASE[1]


def test_the_bins_after_later_stay():
    bins = np.asarray([0.1, 0.2, 0.2, 0.1, 0.1, 0.2, 0.1])
    moved = shift_bins(bins, [told(4, 4)], NOW)
    assert moved.sum() == pytest.approx(1)
    assert moved[5:].tolist() == bins[5:].tolist()


@pytest.mark.parametrize(
    ("text", "as_of", "timing"),
    [
        ("等双十一再买", (2026, 11, 5), "within_7d"),
        ("等双十一再买", (2026, 10, 20), "within_30d"),
        ("等双十一再买", (2026, 3, 1), "later"),
        ("等七夕再买", (2026, 8, 16), "within_7d"),
        ("I'll wait for Black Friday to buy it", (2026, 10, 1), "within_90d"),
    ],
)
def test_the_same_words_mean_another_time_on_another_day(text, as_of, timing):
    year, month, day = as_of
    as_of = datetime(year, month, day, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
    even = np.asarray([0.15, 0.15, 0.15, 0.15, 0.15, 0.15, 0.1])
    assert TIMINGS[int(shift_bins(even, stated(text, as_of, "Asia/Shanghai"), as_of).argmax())] == timing


spans = st.builds(
    lambda first, length, deadline, certainty, form: told(
        first, first + length, deadline=deadline, certainty=certainty, form=form
    ),
    st.integers(-30, 900), st.integers(0, 400), st.booleans(), st.floats(0.2, 1), st.sampled_from(["weekday", "month"]),
)  # fmt: skip


@given(st.lists(st.floats(0, 1), min_size=5, max_size=5), st.lists(spans, max_size=4))
def test_it_stays_a_distribution(points, some):
    base = sorted(points)
    moved = shift(base, some, NOW)
    assert len(moved) == len(POINTS)
    assert all(later >= earlier for earlier, later in zip([0.0, *moved], moved, strict=False))
    assert moved[-1] == pytest.approx(base[-1], abs=1e-12)


def test_days_count_from_the_shoppers_midnight():
    evening = datetime(2026, 11, 4, 23, tzinfo=ZoneInfo("Asia/Shanghai"))
    one = Stated(0, 1, "stated_date", "tomorrow", date(2026, 11, 5), date(2026, 11, 5), False, 0.9)
    assert shift(BASE, [one], evening)[0] > shift(BASE, [one], NOW)[0]


def test_between_the_points_the_days_told_hold_their_share():
    base = [0.02, 0.05, 0.1, 0.2, 0.6]
    one = told(170, 172, form="month_day")
    moved = shift(base, [one], NOW)
    days, cdf = between(base, moved, [one], NOW)
    assert np.all(np.diff(days) > 0)
    assert np.all(np.diff(cdf) >= -1e-12)
    assert np.interp([0.0, *POINTS], days, cdf) == pytest.approx([0.0, *moved])
    inside = np.interp(173, days, cdf) - np.interp(169, days, cdf)
    assert inside > 0.8 * (moved[-1] - moved[-2])  # of what comes between the last two points
    plain_days, plain = between(base, base, [], NOW)
    assert plain_days.tolist() == [0.0, *POINTS]
    assert plain == pytest.approx([0.0, *base])


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 60), st.booleans()), max_size=4))
def test_whatever_is_told_it_joins_the_points(days_told):
    given_days = [told(first, first + more, deadline=deadline) for first, more, deadline in days_told]
    moved = shift(BASE, given_days, NOW)
    days, cdf = between(BASE, moved, given_days, NOW)
    assert np.all(np.diff(cdf) >= -1e-9)
    assert np.interp([0.0, *POINTS], days, cdf) == pytest.approx([0.0, *moved], abs=1e-9)
