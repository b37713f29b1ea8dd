from datetime import date

import numpy as np
import pytest

from purchase_agent.demand.orders import Row, date_of, monday, orders_of, week_of


def test_weeks_begin_on_monday():
    day = (date(2026, 11, 16) - date(1970, 1, 1)).days  # a Monday
    assert date_of(day).weekday() == 0
    assert week_of(day) == week_of(day + 6) == week_of(day - 1) + 1
    assert monday(int(week_of(day + 3))) == day


def test_lines_of_a_day_are_one_and_what_went_back_that_day_was_never_bought():
    rows = [
        Row("a", 100, "x", "c", 2.0), Row("a", 100, "x", "c", 3.0), Row("a", 100, "y", "c", 74_215.0),
        Row("a", 100, "y", "c", -74_215.0), Row("a", 110, "x", "c", -1.0), Row("b", 99, "x", "c", 1.0),
    ]  # fmt: skip
    orders = orders_of(rows)
    sold = orders.sold
    assert [(orders.people[who], orders.items[item], day, units) for who, item, day, units in zip(
        sold.who, sold.item, sold.day, sold.units, strict=True
    )] == [("b", "x", 99, 1.0), ("a", "x", 100, 5.0)]  # fmt: skip
    assert orders.returned.units.tolist() == [1.0]
    assert orders.first_day == 99


@pytest.mark.parametrize("units", [0.0, float("nan"), float("inf"), 1e12])
def test_impossible_units_are_left_out_and_told(units):
    orders = orders_of([Row("a", 1, "x", None, units), Row("a", 2, None, None, -1.0), Row("a", 3, None, None, 1.0)])
    assert orders.left_out == {"no number of units": 1, "a return that names no item": 1}
    assert len(orders.sold) == 1


def test_the_first_row_that_names_a_category_gives_it_in_any_order():
    rows = [Row("a", 5, "x", "late", 1.0), Row("a", 3, "x", None, 1.0), Row("a", 4, "x", "early", 1.0)]
    for some in (rows, rows[::-1]):
        orders = orders_of(some)
        assert orders.categories[orders.category_of[orders.items.index("x")]] == "early"


def test_rows_at_the_end_and_later_are_not_looked_at():
    rows = [Row("a", 5, "x", None, 1.0), Row("b", 6, "y", None, float("nan"))]
    orders = orders_of(rows, end_day=6)
    assert orders.people == ["a"]
    assert not orders.left_out


def test_units_by_week_and_item():
    orders = orders_of([Row("a", monday(50), "x", None, 1.0), Row("a", monday(52), "x", None, 2.0)])
    assert orders.sold.by_item(50, 53, len(orders.items))[:, 1].tolist() == [1.0, 0.0, 2.0]
    assert np.array_equal(orders.sold.between(51, 53).units, [2.0])


def test_nothing_is_no_error():
    orders = orders_of([])
    assert not len(orders.sold)
    assert orders.items == [""]
