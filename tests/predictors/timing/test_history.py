"""Histories hold what was bought up to a day, whatever the order, the repeats and what comes after."""

from __future__ import annotations

import numpy as np
import pytest

from purchase_agent.errors import InputError
from purchase_agent.predictors.timing.history import build, from_rows


def test_a_history_by_hand():
    h = build({"b": [110, 100, 103, 103], "a": [120]}, 130)
    assert h.ids == ["b", "a"]
    assert h.x.tolist() == [2, 0]
    assert h.t_x.tolist() == [10, 0]
    assert h.T.tolist() == [30, 10]
    assert h.days.tolist() == [100, 103, 110, 120]
    assert h.starts.tolist() == [0, 3, 4]
    assert h.first.tolist() == [100, 120]
    assert h.last.tolist() == [110, 120]
    assert h.gaps.tolist() == [3, 7]
    assert np.isnan(h.monetary).all()


def test_nothing_after_the_day_is_seen():
    seen = {"a": [100, 105], "b": [101], "late": [131]}
    planted = {"a": [100, 131, 105, 10_000], "b": [101, 131], "late": [131]}
    one, other = build(seen, 130), build(planted, 130, amounts={"a": [1, 9, 2, 9], "b": [3, 9], "late": [9]})
    assert one.ids == other.ids == ["a", "b"]
    for name in ("x", "t_x", "T", "days", "starts"):
        assert np.array_equal(getattr(one, name), getattr(other, name))
    assert other.monetary.tolist() == [1.5, 3.0]


def test_amounts_of_one_day_are_one_purchase():
    h = build({"a": [5, 5, 9]}, 9, amounts={"a": [10.0, 20.0, 6.0]})
    assert h.x.tolist() == [1]
    assert h.monetary.tolist() == [18.0]


def test_a_long_table_gives_the_same():
    wide = build({"a": [100, 104], "b": [90, 120]}, 119, amounts={"a": [1, 2], "b": [4, 5]})
    long = from_rows(["b", "a", "b", "a"], [120, 104, 90, 100], 119, amounts=[5, 2, 4, 1])
    assert wide.ids == long.ids
    for name in ("x", "t_x", "T", "monetary", "days", "starts"):
        assert np.array_equal(getattr(wide, name), getattr(long, name))


def test_days_before_1970_and_whole_floats_are_days():
    assert build({"a": [-20.0, -10.0]}, -5).t_x.tolist() == [10]


@pytest.mark.parametrize("purchases", [{}, {"a": []}, {"a": [50]}])
def test_no_history_is_no_row(purchases):
    h = build(purchases, 10)
    assert len(h) == 0
    assert len(h.gaps) == len(h.first) == len(h.last) == len(h.monetary) == 0


@pytest.mark.parametrize("days", [[1.5], [np.nan], [np.inf], [1e12], ["1"], [True], [[1]]])
def test_what_is_no_day_is_refused(days):
    with pytest.raises(InputError, match="days") as caught:
        build({"a": days}, 10)
    assert caught.value.field == "days"


def test_amounts_must_fit():
    with pytest.raises(InputError, match="not of the same customers"):
        build({"a": [1]}, 10, amounts={"b": [1]})
    with pytest.raises(InputError, match="'a' has not one amount"):
        build({"a": [1, 2]}, 10, amounts={"a": [1]})
    with pytest.raises(InputError, match="2 ids, but 1 days"):
        from_rows(["a", "b"], [1], 10)
