"""Made-up shops whose rates are known."""

from typing import Any

import numpy as np

from purchase_agent.demand.forecast import forecast_of
from purchase_agent.demand.orders import Row, monday, orders_of, week_of

START = int(week_of(20_000))
"""Week in which they open."""


def steady_shop(weeks=30, customers=400, rate=0.25, seed=0, returned=0.0, newcomers=0.0, sizes=(2.0, 4.0)):
    """Each customer buys with a chance of ``rate`` a week, on one day of it, one of four items (with chances of .4,
    .3, .2 and .1; two in each of two categories), two or four units. ``newcomers`` a week come on top, once each."""
    rng = np.random.default_rng(seed)
    rows = []

    def buys(who, week):
        item = int(rng.choice(4, p=[0.4, 0.3, 0.2, 0.1]))
        day = monday(START + week) + int(rng.integers(7))
        units = float(rng.choice(sizes))
        rows.append(Row(who, day, f"i{item}", f"c{item // 2}", units))
        if rng.random() < returned:
            rows.append(Row(who, day + 8, f"i{item}", f"c{item // 2}", -units))

    for week in range(weeks):
        for who in range(customers):
            if rng.random() < rate:
                buys(f"s{who}", week)
        for number in range(rng.poisson(newcomers)):
            buys(f"n{week}-{number}", week)
    return rows


def end(weeks):
    """The Monday after so many weeks."""
    return monday(START + weeks)


def told(rows, day, end_day=None, **options) -> Any:
    """The forecast of these rows."""
    return forecast_of(orders_of(rows, end_day=end_day), day, **options)
