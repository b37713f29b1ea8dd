"""The integral behind the Pareto/NBD, against what is known of it."""

from __future__ import annotations

import numpy as np
import pytest

from purchase_agent.predictors.timing.decay import BRIEF, hump, log_integral


def _cases(rows: int):
    rng = np.random.default_rng(5)
    for _ in range(40):
        q, alpha, beta = 1 + 10 ** rng.uniform(-2, 1), *10 ** rng.uniform(-1, 3, 2)
        p = rng.choice([0.1, 1.3, 4, 30, 500, 20_000], rows)
        high = 10 ** rng.uniform(0, 3.5, rows)
        yield p, float(q), float(alpha), float(beta), high * rng.choice([0, 0.5, 0.999], rows), high


def test_one_power_is_known():
    p, low, high = np.array([0.5, 3.0, 700.0]), np.array([0.0, 4.0, 20.0]), np.array([9.0, 5.0, 1e6])
    power = p + 2.0 - 1
    known = -power * np.log(7 + low) + np.log1p(-(((7 + low) / (7 + high)) ** power)) - np.log(power)
    assert log_integral(p, 2.0, 7.0, 7.0, low, high) == pytest.approx(known, abs=1e-11)


def test_parts_add_up_however_they_are_cut():
    for p, q, alpha, beta, low, high in _cases(50):
        middle = (low + high) / 2
        first, second = (log_integral(p, q, alpha, beta, *ends) for ends in ((low, middle), (middle, high)))
        whole = log_integral(p, q, alpha, beta, low, high)
        assert whole == pytest.approx(np.logaddexp(first, second), abs=1e-9)


def test_both_powers_take_either_place():
    p, low, high = np.array([2.5]), np.array([3.0]), np.array([40.0])
    one, other = log_integral(p, 1.5, 2.0, 90.0, low, high), log_integral(p - 1, 2.5, 90.0, 2.0, low, high)
    assert one == pytest.approx(other, abs=1e-12)


def test_the_brief_sum_is_near_the_exact_one():
    for p, q, alpha, beta, low, high in _cases(50):
        brief = hump(p, q, alpha, beta, low, high, BRIEF).log
        assert brief == pytest.approx(log_integral(p, q, alpha, beta, low, high), abs=1e-6)


def test_an_empty_interval_has_no_mass():
    assert log_integral(np.array([2.0]), 1.5, 3.0, 4.0, np.array([5.0]), np.array([5.0])).tolist() == [-np.inf]
