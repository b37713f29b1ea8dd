"""The benchmark of timing simulates what it says, names its rival and tells what it found."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
import pytest

from purchase_agent.errors import PurchaseAgentError
from purchase_agent.eval.bench import timing
from purchase_agent.predictors.timing.bgnbd import BgNbd


class _Rival:
    """Answers as lifetimes' fitter does, with the true parameters."""

    def fit(self, frequency, recency, age):
        assert len(frequency) == len(recency) == len(age) == timing.CUSTOMERS
        self.params_ = {name: getattr(timing.TRUE, name) for name in ("r", "alpha", "a", "b")}
        return self


@pytest.mark.parametrize("in_days", [True, False])
def test_simulated_customers_live_by_the_model(in_days):
    model = BgNbd(2.0, 60.0, 1.0, 4.0)
    h = timing.simulated(model, 20_000, 1, in_days=in_days)
    assert ((h.t_x <= h.T) & (h.t_x >= 0) & ((h.x == 0) == (h.t_x == 0))).all()
    if in_days:
        assert (h.t_x % 1 == 0).all()
        assert (h.x <= h.t_x).all()
        return
    chance = 1 - np.mean((model.alpha / (model.alpha + h.T)) ** model.r)
    assert np.mean(h.x > 0) == pytest.approx(chance, abs=0.01)


def test_a_missing_rival_is_named_with_the_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, "lifetimes", None)
    with pytest.raises(PurchaseAgentError, match="pip install lifetimes"):
        timing.rival()


def test_the_run_is_told_as_tables(monkeypatch, capsys):
    pytest.importorskip("scipy")
    lifetimes = ModuleType("lifetimes")
    lifetimes.BetaGeoFitter = _Rival  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "lifetimes", lifetimes)
    monkeypatch.setattr(timing, "CUSTOMERS", 500)
    monkeypatch.setattr(timing, "QUICK", timing.Plan(1, (10, 100)))
    timing.main(["--quick"])
    printed = capsys.readouterr().out
    assert "Fitting 500 customers, days" in printed
    assert "Fitting 500 customers, exact times (" in printed
    assert printed.count(">= 10x NO") == 2  # who computes nothing cannot be beaten
    assert "ours, Pareto/NBD, 100 histories" in printed
