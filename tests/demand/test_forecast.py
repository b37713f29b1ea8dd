import time
from datetime import date

import numpy as np
import pytest

from purchase_agent.demand.orders import Row, date_of, monday, orders_of
from purchase_agent.errors import InputError
from tests.demand.shops import START, end, steady_shop, told


def test_known_rates_come_back():
    # 400 customers x .25 a week x 3 units = 300 units a week, of them 40 % of the first item
    found = told(steady_shop(), end(30))
    assert found.total.units is None or found.total.units == pytest.approx(1200, rel=0.12)
    units = {row.id: row.units if row.units is not None else row.naive_units for row in found.rows}
    assert units["i0"] == pytest.approx(480, rel=0.2)
    assert units["i3"] == pytest.approx(120, rel=0.35)
    assert [week.begins for week in found.rows[0].weeks] == [date_of(monday(START + 30 + week)) for week in range(4)]
    assert found.coverage == pytest.approx(0.8, abs=0.15)


def test_categories_and_their_parts():
    found = told(steady_shop(newcomers=30, returned=0.2), end(30), by="category")
    for row in (found.total, *found.rows):
        if row.status == "ok":
            counted = row.known + row.new + (row.bulk if row.bulk_counted else 0)
            assert row.units == pytest.approx(counted)
            assert row.low <= row.units <= row.high
            assert row.returned == pytest.approx(0.2 * row.units, rel=0.35)
    assert {row.id for row in found.rows} == {"c0", "c1"}
    assert found.total.new > 0


def test_intervals_hold_the_weeks_that_come():
    inside = []
    for seed in range(4):
        rows = steady_shop(weeks=34, seed=seed)
        found = told(rows, end(30), end_day=end(30))
        truth = orders_of(rows).sold.by_item(START + 30, START + 34, 5)
        names = orders_of(rows).items
        for row in found.rows:
            if row.status == "ok":
                weeks = truth[:, names.index(row.id)]
                inside += [week.low <= units <= week.high for week, units in zip(row.weeks, weeks, strict=True)]
    assert np.mean(inside) == pytest.approx(0.8, abs=0.15)


def test_nothing_after_the_origin_changes_anything():
    rows = steady_shop(weeks=26)
    later = [Row("s0", end(26) + day, "i0", "other", 1e6) for day in range(20)]
    later += [Row(f"n{n}", end(26), "new", "other", 50.0) for n in range(200)]
    later += [Row(f"s{n}", end(26) + 1, "i1", None, -4.0) for n in range(50)]
    for by in ("item", "category"):
        assert told(rows, end(26), by=by) == told([*later, *rows], end(26), by=by, end_day=end(26))
        # Known to the history, too, they are not used; new names then stand there without a sale.
        seen = told(rows + later, end(26), by=by)
        assert seen.total == told(rows, end(26), by=by).total


def test_the_running_week_is_left_out_and_not_looked_at():
    rows = steady_shop(weeks=26)
    running = [Row("s1", end(26) + 1, "i0", None, 9000.0)]
    found = told(rows + running, end(26) + 2)
    assert found.as_of == date_of(end(26) + 2)
    assert found.total.weeks[0].begins == date_of(end(27))
    assert found == told(rows, end(26) + 2)


def test_amounts_for_any_number_of_days():
    found = told(steady_shop(), end(30))
    row = next(row for row in found.rows if row.status == "ok")
    assert found.within(28, row.id).units == pytest.approx(row.units)
    assert found.within(7, row.id).units == pytest.approx(row.weeks[0].units)
    assert found.within(35, row.id).units == pytest.approx(row.units + row.weeks[3].units)
    assert found.within(3.5, row.id).units == pytest.approx(row.weeks[0].units / 2)
    assert found.within(28, row.id, sure=0.99).high > found.within(28, row.id, sure=0.6).high
    assert found.within(28, "nothing") is None
    assert found.within(28, "") is None
    middle = told(steady_shop(), end(29) + 3)  # a Thursday: four days of the week are left
    one = next(row for row in middle.rows if row.status == "ok")
    assert middle.within(11, one.id).units > middle.within(4, one.id).units
    assert middle.within(11, one.id).units - middle.within(4, one.id).units == pytest.approx(one.weeks[0].units)


def test_an_item_that_loses_to_the_naive_is_refused_and_says_so():
    rng = np.random.default_rng(3)
    rows = steady_shop(weeks=40, seed=1)
    for week in range(40):  # as regular as a clock, each time by somebody new: last week's number is never wrong
        rows += [Row(f"clock{week}", monday(START + week), "clock", "clocks", 100.0)]
        rows += [Row(f"w{n}", monday(START + week) + 2, "wild", "wild", 1.0) for n in rng.integers(0, 50, 3)]
    found = told(rows, end(40))
    refused = [row for row in found.rows if row.status == "refused"]
    clock = found.of("clock")
    assert clock in refused
    assert clock.units is None
    assert clock.weeks[0].units is None
    assert clock.weeks[0].naive == 100.0
    assert clock.naive_wape == 0.0
    assert "naive erred less" in clock.reason
    assert all(row.reason and row.wape is not None for row in refused)
    assert found.within(7, "clock").basis == "naive"
    assert found.within(7, "clock").units == 100.0
    for row in found.rows:
        if row.status == "ok":
            assert row.wape <= row.naive_wape


def test_new_and_gone_items_are_refused():
    rows = steady_shop(weeks=40)
    rows += [Row(f"s{n}", monday(START + n % 5), "old", "c0", 3.0) for n in range(40)]
    rows += [Row(f"s{n}", monday(START + 39), "fresh", "c0", 3.0) for n in range(40)]
    found = told(rows, end(40))
    assert "gone: last sold on" in found.of("old").reason
    assert "new: first sold on" in found.of("fresh").reason
    assert found.of("fresh").naive_units == pytest.approx(120)


def test_too_short_too_thin_too_old():
    short = told(steady_shop(weeks=7), end(7))
    assert (short.status, short.rows, short.total) == ("refused", (), None)
    assert "7 weeks of history; 8 are needed" in short.reason
    assert "12 are needed" in told(steady_shop(weeks=9), end(9), weeks=8).reason
    assert told(steady_shop(weeks=8), end(8)).status == "ok"
    thin = told([Row("a", end(week), "x", None, 1.0) for week in range(20)], end(20))
    assert "20 purchases" in thin.reason
    assert "nothing was bought in the last" in told(steady_shop(), end(40)).reason
    assert told([], end(40)).reason == "no purchase before this week"
    assert short.within(7) is None


@pytest.mark.parametrize("wrong", [{"by": "colour"}, {"weeks": 0}, {"weeks": 27}])
def test_wrong_arguments(wrong):
    with pytest.raises(InputError):
        told(steady_shop(), end(30), **wrong)


def test_nobody_came_back_and_nothing_is_named():
    rows = [Row(f"s{week}-{n}", monday(START + week) + n % 7, None, None, 1.0) for week in range(20) for n in range(10)]
    found = told(rows, end(20))
    assert not found.rows
    assert found.total.known == 0
    assert (found.total.units or found.total.naive_units) == pytest.approx(40, rel=0.2)


def test_gaps_between_sales_do_no_harm():
    rows = [row for row in steady_shop(weeks=30) if not monday(START + 10) <= row.day < monday(START + 14)]
    assert told(rows, end(30)).status == "ok"


def test_one_giant_order_does_not_move_the_items_forecast():
    rows = steady_shop()
    calm = told(rows, end(30)).of("i0")
    wild = told([*rows, Row("s1", end(30) - 3, "i0", None, 50_000.0)], end(30)).of("i0")
    if calm.units is not None and wild.units is not None:
        assert wild.units < 3 * calm.units


def test_a_year_of_history_allows_the_seasonal_naive():
    found = told(steady_shop(weeks=70, customers=150), end(70))
    assert found.total.naive in {"last year", "last week", "mean of 4 weeks"}
    assert found._levels["total"].tested.naives.keys() == {"last year", "last week", "mean of 4 weeks"}


def test_a_hundred_thousand_events_in_seconds():
    rng = np.random.default_rng(0)
    first = date(2025, 1, 6).toordinal() - date(1970, 1, 1).toordinal()
    rows = [
        Row(f"s{who}", first + int(day), f"i{item}", f"c{item % 20}", 1.0)
        for who, day, item in zip(
            rng.integers(0, 8000, 100_000), rng.integers(0, 364, 100_000), rng.zipf(1.5, 100_000) % 3000, strict=True
        )
    ]
    began = time.process_time()
    assert told(rows, first + 364).status == "ok"
    assert time.process_time() - began < 60  # measured 4
