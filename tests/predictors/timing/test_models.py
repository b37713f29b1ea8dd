"""Both closed forms: their likelihood by hand, what follows from it, and how they hold at the ends of their range."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from math import gamma, log

import numpy as np
import pytest

from purchase_agent.errors import InputError
from purchase_agent.predictors.timing.bgnbd import BgNbd
from purchase_agent.predictors.timing.paretonbd import ParetoNbd
from tests.predictors.timing.histories import HUGE, USUAL, of

BG = BgNbd(0.243, 4.414, 0.793, 2.426, unit=7)
PARETO = ParetoNbd(0.553, 10.578, 0.606, 11.668, unit=7)
MODELS = [
    BG, PARETO, BgNbd(0.02, 900, 0.01, 50), BgNbd(30, 0.1, 20, 0.05), ParetoNbd(0.02, 900, 0.01, 0.2),
    ParetoNbd(20, 0.05, 15, 3_000), ParetoNbd(1, 50, 1, 50),
]  # fmt: skip
AHEAD = np.array([0, 0.01, 1, 7, 30, 90, 365, 1e6])


def test_the_likelihood_of_bgnbd_by_hand():
    model = BgNbd(2.0, 3.0, 1.5, 2.5)
    never = 2 * log(3) - 2 * log(3 + 10)
    beta = gamma(4.5) * gamma(4) / (gamma(6) * gamma(2.5))  # B(a, b + 2) / B(a, b)
    twice = gamma(4) / gamma(2) * 3**2 * beta * (13.0**-4 + 1.5 / 3.5 * 8.0**-4)
    assert model.log_likelihood(of([(0, 0, 10), (2, 5, 10)])) == pytest.approx([never, log(twice)], abs=1e-12)


def test_the_likelihood_of_pareto_by_hand():
    model = ParetoNbd(2.0, 3.0, 1.0, 3.0)  # with alpha = beta the integral is of one power
    inner = (8.0**-5 - 13.0**-5) / 5
    twice = gamma(4) / gamma(2) * 3**2 * 3 * (13.0**-5 + inner)
    never = 3**2 * 3 * (13.0**-3 + (3.0**-3 - 13.0**-3) / 3)
    assert model.log_likelihood(of([(0, 0, 10), (2, 5, 10)])) == pytest.approx([log(never), log(twice)], abs=1e-12)


def test_the_likelihood_of_pareto_is_that_with_hypergeometric_functions():
    special = pytest.importorskip("scipy.special")
    h = of([(0, 0, 30), (2, 20, 30), (7, 4, 35)])
    for r, alpha, s, beta in ((0.5, 10.0, 0.6, 4.0), (0.5, 4.0, 0.6, 10.0)):
        m = r + s + h.x
        over, upper = (alpha, s + 1) if alpha >= beta else (beta, r + h.x)

        last, now = (
            special.hyp2f1(m, upper, m + 1, abs(alpha - beta) / (over + when)) / (over + when) ** m
            for when in (h.t_x, h.T)
        )
        dead = s / m * (last - now)
        alive = (alpha + h.T) ** -(r + h.x) * (beta + h.T) ** -s
        known = special.gammaln(r + h.x) - special.gammaln(r) + r * np.log(alpha) + s * np.log(beta)
        model = ParetoNbd(r, alpha, s, beta)
        assert model.log_likelihood(h) == pytest.approx(known + np.log(alive + dead), abs=1e-9)
        assert model.p_alive(h) == pytest.approx(alive / (alive + dead), abs=1e-9)


def test_the_chances_of_bgnbd_by_hand():
    model = BgNbd(2.0, 3.0, 1.5, 2.5)
    h = of([(0, 0, 10), (2, 5, 10)])
    alive = 1 / (1 + 1.5 / 3.5 * (13 / 8) ** 4)
    assert model.p_alive(h) == pytest.approx([1, alive])
    assert model.cdf(h, [7])[:, 0] == pytest.approx([1 - (13 / 20) ** 2, alive * (1 - (13 / 20) ** 4)])


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_no_purchase_is_the_ratio_of_two_likelihoods(model):
    for days in (1, 30, 400):
        none = np.exp(model.log_likelihood(replace(USUAL, T=USUAL.T + days)) - model.log_likelihood(USUAL))
        assert 1 - model.cdf(USUAL, [days])[:, 0] == pytest.approx(none, abs=1e-9)


@pytest.mark.parametrize("model", MODELS, ids=str)
@pytest.mark.parametrize("h", [USUAL, HUGE], ids=["usual", "huge"])
def test_chances_stay_in_their_bounds_and_grow_with_the_days(model, h):
    cdf, alive = model.cdf(h, AHEAD), model.p_alive(h)
    assert np.isfinite(model.log_likelihood(h)).all()
    assert ((alive >= 0) & (alive <= 1)).all()
    assert (cdf[:, 0] == 0).all()
    assert (np.diff(cdf, axis=1) >= 0).all()
    assert (cdf <= alive[:, None]).all()


@pytest.mark.parametrize("model", [BG, PARETO], ids=str)
def test_days_may_come_in_any_order_and_rows_alone(model):
    cdf = model.cdf(USUAL, AHEAD)
    assert np.allclose(model.cdf(USUAL, AHEAD[::-1])[:, ::-1], cdf, rtol=1e-12)
    for row in range(len(USUAL)):
        alone = of([(USUAL.x[row], USUAL.t_x[row], USUAL.T[row])])
        assert np.array_equal(model.cdf(alone, AHEAD)[0], cdf[row])


def test_a_unit_of_time_changes_nothing_but_the_unit():
    days = BgNbd(BG.r, BG.alpha * 7, BG.a, BG.b)
    assert days.cdf(USUAL, AHEAD) == pytest.approx(BG.cdf(USUAL, AHEAD))
    assert days.log_likelihood(USUAL) == pytest.approx(BG.log_likelihood(USUAL) - USUAL.x * log(7))
    other = ParetoNbd(PARETO.r, PARETO.alpha * 7, PARETO.s, PARETO.beta * 7)
    assert other.cdf(USUAL, AHEAD) == pytest.approx(PARETO.cdf(USUAL, AHEAD))
    assert other.expected_purchases(USUAL, AHEAD) == pytest.approx(PARETO.expected_purchases(USUAL, AHEAD))


@pytest.mark.parametrize("model", [BG, replace(BG, a=1.0), replace(BG, a=2000.0, b=9000.0), PARETO], ids=str)
def test_mean_purchases_begin_as_the_chance_of_one_and_grow(model):
    pytest.importorskip("scipy")
    few = np.array([0.001])
    assert model.expected_purchases(USUAL, few) == pytest.approx(model.cdf(USUAL, few), rel=1e-3)
    mean = model.expected_purchases(USUAL, AHEAD)
    assert (np.diff(mean, axis=1) >= 0).all()
    assert (mean >= model.cdf(USUAL, AHEAD) - 1e-9).all()


@pytest.mark.parametrize(
    ("model", "near"),
    [(replace(BG, a=1.0), replace(BG, a=1.001)), (replace(PARETO, s=1.0), replace(PARETO, s=1.001))],
    ids=["a", "s"],
)
def test_mean_purchases_pass_through_the_gap_in_their_formula(model, near):
    pytest.importorskip("scipy")
    assert model.expected_purchases(USUAL, AHEAD) == pytest.approx(near.expected_purchases(USUAL, AHEAD), rel=0.01)


def test_mean_purchases_of_those_who_leave_alike_are_those_at_one_chance():
    pytest.importorskip("scipy")
    h, alike = of([(1000, 990, 1000), (3, 20, 100)]), BgNbd(1, 10, 3000, 9000)
    leave = alike.a / (alike.a + alike.b + h.x)
    past = 1e4 / (10 + h.T)
    plain = (1 - (1 + leave * past) ** -(1 + h.x)) / leave * alike.p_alive(h)
    assert alike.expected_purchases(h, [1e4])[:, 0] == pytest.approx(plain, rel=0.01)


def test_scoring_needs_no_scipy():
    program = (
        "import sys; from purchase_agent.predictors.timing import bgnbd, fit, history, paretonbd, seasonality\n"
        "h = history.build({'a': [1, 9], 'b': [4]}, 20)\n"
        "for model in (bgnbd.BgNbd(1, 9, 1, 2), paretonbd.ParetoNbd(1, 9, 1, 20)):\n"
        "    model.cdf(h, [1, 7]), model.p_alive(h), model.log_likelihood(h)\n"
        "sys.exit('scipy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("value", [0, -1, np.nan, np.inf])
def test_parameters_must_be_above_0(value):
    with pytest.raises(InputError, match="parameter alpha"):
        replace(BG, alpha=value)
    with pytest.raises(InputError, match="parameter s"):
        replace(PARETO, s=value)


@pytest.mark.parametrize("model", [BG, PARETO], ids=str)
def test_days_ahead_and_counts_are_checked(model):
    for days in ([-1], [np.nan], [[1]]):
        with pytest.raises(InputError, match="days ahead"):
            model.cdf(USUAL, days)
    for x in (-1, 0.5, np.nan, 1e12):
        with pytest.raises(InputError, match="repeat purchases"):
            model.log_likelihood(of([(x, 1, 2)]))


@pytest.mark.parametrize("model", [BG, PARETO], ids=str)
def test_no_history_is_no_row(model):
    none = replace(USUAL, ids=[], x=USUAL.x[:0], t_x=USUAL.t_x[:0], T=USUAL.T[:0])
    assert model.cdf(none, [1, 7]).shape == (0, 2)
    assert model.log_likelihood(none).shape == model.p_alive(none).shape == (0,)
