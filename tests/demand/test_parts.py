"""Each part by hand: usual sizes, timing of predictions, returns, naives, levels."""

import numpy as np
import pytest
from scipy.stats import nbinom

from purchase_agent.demand.buyers import buyers, by_week, leaning
from purchase_agent.demand.naive import naive
from purchase_agent.demand.orders import Row, monday, orders_of
from purchase_agent.demand.returns import returns
from purchase_agent.demand.sizes import capped, lumps
from purchase_agent.demand.spread import below, levels_of, variance
from tests.demand.shops import START, steady_shop


def test_one_order_of_thousands_is_cut_to_the_usual_size():
    rows = [Row(f"s{n}", 100 + n, "x", None, 2.0 + n % 3) for n in range(60)] + [Row("big", 200, "x", None, 5000.0)]
    sold = orders_of(rows).sold
    usual = capped(sold, 2)
    assert usual[-1] < 100
    assert np.array_equal(usual[:-1], sold.units[:-1])


def test_single_units_come_one_at_a_time():
    sold = orders_of([Row(f"s{n}", n, "x", None, 1.0) for n in range(50)]).sold
    assert lumps(sold, 2)[1] == pytest.approx(1.0)


def test_chances_become_purchases_by_week():
    chances = np.asarray([[0.1, 0.5, 0.75, 0.75], [np.nan] * 4])
    weeks = by_week(np.asarray([1.0, 7, 30, 90]), chances, np.asarray([0.0, 7, 14, 30, 90]))
    half = np.log(2)
    assert weeks[0] == pytest.approx([half, half * 7 / 23, half * 16 / 23, 0.0])
    assert np.isnan(weeks[1]).all()


def test_predictions_move_purchases_between_customers_and_not_their_number():
    history = np.full((3, 2), 0.5)
    led = leaning(history, np.asarray([[0.8, 0.0], [0.1, 0.1], [np.nan, np.nan]]))
    assert led.sum() == pytest.approx(history.sum())
    assert led[2].tolist() == [0.5, 0.5]
    assert led[0, 0] > led[1, 0] > led[0, 1]


def test_known_customers_buy_at_their_rate():
    orders = orders_of(steady_shop(rate=0.25, customers=400))
    found = buyers(orders.sold, START + 30, 4)
    assert found.purchases.sum(0) == pytest.approx([100.0] * 4, rel=0.12)


def test_newcomers_come_at_theirs():
    orders = orders_of(steady_shop(customers=100, newcomers=20))
    found = buyers(orders.sold, START + 30, 4)
    assert found.newcomers == pytest.approx([20.0] * 4, rel=0.35)


def test_a_closed_week_is_no_week_without_buyers():
    rows = [row for row in steady_shop() if not monday(START + 27) <= row.day < monday(START + 28)]
    found = buyers(orders_of(rows).sold, START + 30, 4)
    assert START + 27 not in found.open
    assert found.purchases.sum(0) == pytest.approx([100.0] * 4, rel=0.12)


def test_the_season_of_a_year_ago_is_half_believed():
    rows = [
        Row(f"s{week}-{n}", monday(START + week) + n % 7, "x", None, 1.0)
        for week in range(64) for n in range(60 if week in range(12, 16) else 30)
    ]  # fmt: skip
    found = buyers(orders_of(rows).sold, START + 64, 4)
    factor = np.sqrt(65 / 35)  # two and a half times as many would be ln 2 / 2 of it
    assert found.newcomers[1] / 30 == pytest.approx(factor, rel=0.15)


def test_returns_by_share_and_lag():
    rows = [Row(f"s{n}", monday(100 + n // 10), "x", None, 1.0) for n in range(200)]
    rows += [Row(f"s{n}", monday(101 + n // 10), "x", None, -1.0) for n in range(0, 190, 5)]
    orders = orders_of(rows)
    found = returns(orders.sold, orders.returned, 120, orders.category_of)
    assert found.share[1] == pytest.approx(0.2, abs=0.03)
    assert found.lag.argmax() == 1
    ahead = found.ahead(orders.sold, 120, np.full((2, 2), [0.0, 10.0]))
    assert ahead[:, 1] == pytest.approx([2.0, 2.0], rel=0.2)


def test_a_shop_without_returns_promises_none():
    orders = orders_of(steady_shop())
    assert returns(orders.sold, orders.returned, START + 30, orders.category_of).share.max() == 0


def test_naives_by_hand():
    rows = [Row("a", monday(10 + week), "x", None, float(week + 1)) for week in range(60)]
    sold = orders_of(rows).sold

    def told(which, origin):
        cells = naive(which, sold, origin, 2, 2)
        return None if cells is None else cells[:, 1].tolist()

    assert told("last week", 70) == [60.0, 60.0]
    assert told("mean of 4 weeks", 70) == [58.5, 58.5]
    assert told("last year", 70) == [9.0, 10.0]
    assert told("last year", 61) is None
    assert told("mean of 4 weeks", 13) is None


def test_chances_are_those_of_a_negative_binomial():
    mean, spread = np.asarray([3.0]), np.asarray([9.0])
    fewer, at_most = below([4.0], mean, spread)
    truth = nbinom(3.0 / 2, 1 / 3)
    assert fewer == pytest.approx(truth.cdf(3))
    assert at_most == pytest.approx(truth.cdf(4))
    levels = levels_of(np.empty(0), np.empty(0), np.empty(0))
    assert levels.at_least(mean, spread, 0.9)[0] == pytest.approx(truth.ppf(0.9), abs=1)


def test_levels_mend_a_first_guess_that_is_too_narrow():
    rng = np.random.default_rng(0)
    mean = np.full(4000, 20.0)
    truth = rng.negative_binomial(2, 2 / 22, 8000).astype(float)  # variance 220
    spread = np.full(4000, 30.0)
    low, high = levels_of(mean, spread, truth[:4000]).interval(mean, spread, 0.8)
    inside = ((low <= truth[4000:]) & (truth[4000:] <= high)).mean()
    assert inside == pytest.approx(0.8, abs=0.03)


def test_a_variance_is_never_below_its_mean():
    assert variance([0.0], [4.0]) > 4.0
