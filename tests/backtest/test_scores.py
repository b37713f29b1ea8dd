"""A share's interval where the rows of one shopper have something in common."""

import numpy as np
import pytest

from purchase_agent.backtest.scores import rate_of
from purchase_agent.intervals import wilson


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_where_all_rows_are_alike_a_shopper_counts_once(value):
    owners = np.repeat(np.arange(10), 100)
    rate, low, high = rate_of(np.full(1000, value), owners)
    assert rate == value
    assert (low, high) == wilson(value, 10)
    assert rate_of(np.full(1000, value), np.arange(1000))[1:] == wilson(value, 1000)


def test_one_row_of_another_kind_does_not_make_it_wider():
    owners = np.repeat(np.arange(10), 100)
    truth = np.zeros(1000)
    _, _, alike = rate_of(truth, owners)
    truth[:100] = 1
    _, low, high = rate_of(truth, owners)
    assert (low, high) == pytest.approx(wilson(0.1, 10))
    assert high > alike
