from __future__ import annotations

import numpy as np
import pytest

from purchase_agent.errors import InputError
from purchase_agent.events import History
from purchase_agent.predictors.timing import features
from purchase_agent.predictors.timing.features import CALENDAR, RHYTHM, calendar, past_of, rhythm, weekday
from purchase_agent.predictors.timing.history import build


def made(days: tuple[int, ...], as_of_day: int, spent: tuple[float, ...] = ()) -> History:
    return History(as_of_day * 86_400.0, (), days, spent, as_of_day)


REGULAR = made((100, 110, 120, 130), 135, (10.0, 20.0, 10.0, 40.0))


def column(name: str, *histories: History) -> np.ndarray:
    return rhythm(past_of(histories))[name]


def test_the_closed_forms_see_the_same_history_as_on_the_plain_way() -> None:
    h = past_of([REGULAR]).histories()
    plain = build({"a": [100, 110, 120, 130]}, 135)
    assert (h.x, h.t_x, h.T) == (plain.x, plain.t_x, plain.T)


def test_purchases_after_the_as_of_day_change_nothing() -> None:
    later = made((*REGULAR.purchase_days, 136, 150), 135, (*REGULAR.spent, 999.0, 1.0))
    one, other = past_of([REGULAR]), past_of([later])
    for name in ("as_of", "ago", "spent", "starts"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_a_day_may_be_today_and_what_is_unknown_is_nan() -> None:
    found = rhythm(past_of([made((200,), 200)]))
    assert found["repeats"] == found["age"] == found["recency"] == 0
    for name in ("mean_gap", "last_gap", "recency_to_mean", "gap_spread", "longest_gap", "spent_spread"):
        assert np.isnan(found[name]), name
    assert np.isfinite(found["pace"])
    assert np.isfinite(found["fading_15"])


def test_rhythm_is_measured_in_its_own_gaps() -> None:
    slow = made((0, 100, 200, 300), 350)
    for name in ("recency_to_mean", "gap_spread", "gap_1_to_mean", "share_longer"):
        first, second = column(name, REGULAR, slow)
        assert first == pytest.approx(second), name
    assert column("recency_to_mean", REGULAR) == pytest.approx(np.log1p(0.5))


def test_gaps_that_end_soon_are_counted_among_those_that_last() -> None:
    uneven = made((0, 5, 35, 45), 53)  # gaps 5, 30, 10; silent for 8 days
    assert column("due_7", uneven) == pytest.approx(1 / 3)
    assert column("due_30", uneven) == pytest.approx(2 / 3)
    assert column("longest_gap", uneven) == pytest.approx(np.log(30))


def test_amounts_count_by_their_ratio_and_may_be_missing() -> None:
    dear = made(REGULAR.purchase_days, 135, tuple(100 * one for one in REGULAR.spent))
    ratio = column("last_to_mean_spent", REGULAR, dear, made(REGULAR.purchase_days, 135))
    assert ratio[0] == pytest.approx(ratio[1])
    assert np.isnan(ratio[2])


def test_moving_everything_by_weeks_changes_no_rhythm_and_no_weekday() -> None:
    moved = made(tuple(day + 70 for day in REGULAR.purchase_days), 205, REGULAR.spent)
    past = past_of([REGULAR, moved])
    for values in rhythm(past).values():
        assert values[0] == values[1] or np.isnan(values).all()
    found = calendar(past, np.ones(7), 2.0)
    for name in CALENDAR:
        if name != "month_position":
            assert found[name][0] == found[name][1], name


def test_the_calendar_looks_at_the_days_ahead() -> None:
    assert weekday(np.asarray([0, 3, 4])).tolist() == [3, 6, 0]  # 1970-01-01 was a Thursday
    closed_on_sunday = np.asarray([1.0] * 6 + [0.0])
    saturday, sunday = made((0,), 2), made((0,), 3)
    found = calendar(past_of([saturday, sunday]), closed_on_sunday, None)
    assert found["tomorrow"][0] < -5
    assert found["tomorrow"][1] == 0
    assert np.isnan(found["mean_spent"]).all()
    assert found["month_position"][0] == pytest.approx(2.5 / 31)


def test_names_are_those_of_the_columns() -> None:
    past = past_of([REGULAR])
    assert tuple(rhythm(past)) == RHYTHM
    assert tuple(calendar(past, np.ones(7), None)) == CALENDAR


@pytest.mark.parametrize(
    ("history", "what"),
    [(made((), 5), "no purchase"), (made((9,), 5), "no purchase"), (made((1, 2), 5, (1.0,)), "one amount")],
)
def test_what_cannot_be_read_is_named(history: History, what: str) -> None:
    with pytest.raises(InputError, match=what):
        past_of([REGULAR, history])


def test_log_odds_are_cut_and_rounded() -> None:
    found = features.log_odds(np.asarray([0.0, 0.5, 1.0]))
    assert found.tolist() == [-9.0, 0.0, 9.0]
