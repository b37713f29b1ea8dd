"""Fitting finds the published parameters, those that made the data, and says when there is nothing to fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from purchase_agent.errors import InputError
from purchase_agent.predictors.timing import bgnbd, paretonbd
from purchase_agent.predictors.timing.bgnbd import BgNbd
from purchase_agent.predictors.timing.history import Histories, from_rows
from purchase_agent.predictors.timing.paretonbd import ParetoNbd
from purchase_agent.predictors.timing.rows import grouped
from tests.predictors.timing.histories import HUGE, USUAL, of

optimize = pytest.importorskip("scipy.optimize")

from purchase_agent.predictors.timing.fit import fit_bgnbd, fit_pareto  # noqa: E402 - needs scipy

AFTER_39_WEEKS = int(np.datetime64("1997-09-30").astype(int))
TRUE_BG, TRUE_PARETO = BgNbd(0.8, 40.0, 1.2, 3.0), ParetoNbd(0.8, 40.0, 0.7, 90.0)


def simulated(kind: str, customers: int, seed: int) -> Histories:
    """Customers, each over 300 to 400 days with exact times, who live by TRUE_BG or TRUE_PARETO."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(customers):
        age = rng.uniform(300, 400)
        rate = rng.gamma(0.8, 1 / 40.0)
        leaves, end = (rng.beta(1.2, 3.0), age) if kind == "bg" else (0.0, rng.exponential(1 / rng.gamma(0.7, 1 / 90)))
        x, last = 0, 0.0
        while (when := last + rng.exponential(1 / rate)) < min(age, end):
            x, last = x + 1, when
            if rng.random() < leaves:
                break
        rows.append((x, last, age))
    return of(rows)


@pytest.fixture(scope="module")
def bg_customers() -> Histories:
    return simulated("bg", 4000, 1)


@pytest.fixture(scope="module")
def pareto_customers() -> Histories:
    return simulated("pareto", 4000, 2)


@pytest.fixture
def cdnow(shared_data) -> Histories:
    parquet = pytest.importorskip("pyarrow.parquet")
    path = shared_data / "behaviour" / "cdnow" / "dev_literature_sample_2357.parquet"
    if not path.is_file():
        pytest.skip("needs the CDNOW sample of the literature")
    table = parquet.read_table(path, columns=["id", "date"]).to_pydict()
    days = np.array(table["date"], dtype="datetime64[D]")
    return from_rows(np.array(table["id"]).astype(str), days.astype(np.int64), AFTER_39_WEEKS)


def test_bgnbd_finds_what_is_published_for_cdnow(cdnow):
    found = fit_bgnbd(cdnow, unit=7)
    assert found.converged
    assert (found.customers, found.repeaters, found.at_bounds) == (2357, 946, ())
    assert found.log_likelihood == pytest.approx(-9582.4, abs=0.05)
    for name, published in (("r", 0.243), ("alpha", 4.414), ("a", 0.793), ("b", 2.426)):
        assert getattr(found.model, name) == pytest.approx(published, abs=1e-3)


def test_pareto_finds_what_is_published_for_cdnow(cdnow):
    found = fit_pareto(cdnow, unit=7)
    assert found.converged
    assert found.log_likelihood == pytest.approx(-9595.0, abs=0.05)
    for name, published in (("r", 0.553), ("alpha", 10.578), ("s", 0.606), ("beta", 11.668)):
        assert getattr(found.model, name) == pytest.approx(published, abs=1e-3)


@pytest.mark.parametrize("total", [bgnbd.total, paretonbd.total])
@pytest.mark.parametrize("h", [USUAL, HUGE], ids=["usual", "huge"])
@pytest.mark.parametrize("at", [(0.5, 10.0, 0.6, 4.0), (2.0, 30.0, 1.5, 90.0), (0.05, 500.0, 3.0, 7.0)])
def test_derivatives_are_those_of_the_likelihood(total, h, at):
    rows, here = grouped(h, 1.0), np.log(at)
    slopes = total(np.exp(here), rows)[1] * np.exp(here)
    for place, slope in enumerate(slopes):
        step = 1e-5 * (np.arange(4) == place)
        rise = total(np.exp(here + step), rows)[0] - total(np.exp(here - step), rows)[0]
        assert slope == pytest.approx(rise / 2e-5, rel=1e-4, abs=1e-5 * np.abs(slopes).max())


@pytest.mark.parametrize(
    ("total", "model"), [(bgnbd.total, BgNbd(0.5, 10.0, 0.6, 4.0)), (paretonbd.total, ParetoNbd(0.5, 10.0, 0.6, 4.0))]
)
def test_rows_put_together_have_the_likelihood_of_all(total, model):
    twice = of([(2, 20, 30), (0, 0, 12), (2, 20, 30), (0, 0, 40), (0, 0, 12), (2, 20, 30)])
    rows = grouped(twice, 1.0)
    assert rows.weight.tolist() == [2, 1, 3]
    assert total(np.array([0.5, 10.0, 0.6, 4.0]), rows)[0] == pytest.approx(model.log_likelihood(twice).sum())


def test_a_thin_sample_stands_for_all(bg_customers):
    rows = grouped(bg_customers, 1.0)
    few = rows.thinned(500)
    assert len(few) <= 500
    assert few.weight.sum() == pytest.approx(len(bg_customers))
    assert few.weight @ few.x / len(bg_customers) == pytest.approx(bg_customers.x.mean(), rel=0.05)


def test_bgnbd_recovers_what_made_the_data(bg_customers):
    found = fit_bgnbd(bg_customers)
    assert found.converged
    assert found.log_likelihood >= TRUE_BG.log_likelihood(bg_customers).sum()
    assert found.log_likelihood == pytest.approx(found.model.log_likelihood(bg_customers).sum())
    for name, tolerance in (("r", 0.1), ("alpha", 0.15), ("a", 0.35), ("b", 0.35)):
        assert getattr(found.model, name) == pytest.approx(getattr(TRUE_BG, name), rel=tolerance)
    assert found.model.cdf(USUAL, [30, 90]) == pytest.approx(TRUE_BG.cdf(USUAL, [30, 90]), abs=0.03)


def test_pareto_recovers_what_made_the_data(pareto_customers):
    found = fit_pareto(pareto_customers)
    assert found.converged
    assert found.log_likelihood >= TRUE_PARETO.log_likelihood(pareto_customers).sum()
    assert found.log_likelihood == pytest.approx(found.model.log_likelihood(pareto_customers).sum(), abs=1e-3)
    for name, tolerance in (("r", 0.1), ("alpha", 0.15), ("s", 0.4), ("beta", 0.6)):
        assert getattr(found.model, name) == pytest.approx(getattr(TRUE_PARETO, name), rel=tolerance)
    assert found.model.cdf(USUAL, [30, 90]) == pytest.approx(TRUE_PARETO.cdf(USUAL, [30, 90]), abs=0.03)


def test_the_order_of_customers_does_not_matter(bg_customers):
    turned = replace(bg_customers, x=bg_customers.x[::-1], t_x=bg_customers.t_x[::-1], T=bg_customers.T[::-1])
    assert fit_bgnbd(turned) == fit_bgnbd(bg_customers)


@pytest.mark.parametrize("fit", [fit_bgnbd, fit_pareto])
def test_a_penalty_holds_a_short_history_and_is_lost_in_a_long_one(fit, bg_customers):
    short = of([(1, 10, 30), (0, 0, 30), (0, 0, 25), (2, 29, 30)])
    free, held = fit(short), fit(short, penalty=0.5)
    assert free.log_likelihood >= held.log_likelihood
    assert held.converged
    assert not held.at_bounds
    assert 0.05 < held.model.r < 20
    much, none = fit(bg_customers, penalty=0.5).model.cdf(USUAL, [30]), fit(bg_customers).model.cdf(USUAL, [30])
    assert much == pytest.approx(none, abs=0.03)


@pytest.mark.parametrize("fit", [fit_bgnbd, fit_pareto])
def test_customers_who_are_alike_and_stay_are_fitted(fit):
    loyal = of([(10, 300, 301), (11, 298, 301), (9, 301, 301), (10, 299, 301)] * 20)
    found = fit(loyal)
    assert found.converged
    assert found.model.p_alive(loyal).min() > 0.95
    assert found.model.cdf(loyal, [30])[:, 0] == pytest.approx(1 - np.exp(-30 * 10 / 301), abs=0.02)


def test_a_parameter_without_evidence_is_named():
    found = fit_pareto(of([(10, 300, 301), (11, 298, 301), (9, 301, 301), (10, 299, 301)] * 20))
    assert "r" in found.at_bounds  # customers do not differ


@pytest.mark.parametrize("fit", [fit_bgnbd, fit_pareto])
def test_nobody_who_repeats_is_refused_with_the_counts(fit):
    with pytest.raises(InputError, match="none of 2 customers bought on a second day"):
        fit(of([(0, 0, 30), (0, 0, 10)]))
    with pytest.raises(InputError, match="penalty is -1"):
        fit(USUAL, penalty=-1)
    with pytest.raises(InputError, match="unit is 0"):
        fit(USUAL, unit=0)
