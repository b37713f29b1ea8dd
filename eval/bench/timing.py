"""How fast purchase timing is: fitting beside the package lifetimes in one run, and scoring histories on one core.

Run ``python -m purchase_agent.eval.bench.timing [--quick] [--json] [--out FILE]``; needs the extra ``[train]`` (scipy)
and, as a rival that this package does not depend on, ``pip install lifetimes``. Customers are simulated from the
BG/NBD of the CDNOW paper: their number and 39 weeks are CDNOW's. Two forms are fitted: with times as days, as shops
keep them, where customers that look alike share a row, and with exact times, where hardly any two do. Both packages
fit the same arrays in weeks, in turns; what counts as the same likelihood is the sum over customers of our function at
both packages' parameters. One thread: numpy's and lifetimes' work here has no more.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib import import_module
from statistics import median
from typing import Any

import numpy as np

from purchase_agent.errors import MissingExtraError, PurchaseAgentError
from purchase_agent.eval.bench.rounds import Runner, Spread, cpu_ratio, race, ratio, walls
from purchase_agent.eval.bench.table import Table, Target, add_output, judged, say, tell, verdict
from purchase_agent.predictors.timing.bgnbd import BgNbd
from purchase_agent.predictors.timing.fit import fit_bgnbd, fit_pareto
from purchase_agent.predictors.timing.history import Floats, Histories
from purchase_agent.predictors.timing.paretonbd import ParetoNbd
from purchase_agent.predictors.timing.rows import grouped

CUSTOMERS = 23_570
WEEK = 7.0
TRUE = BgNbd(0.243, 4.414, 0.793, 2.426, unit=WEEK)
PARETO = ParetoNbd(0.553, 10.578, 0.606, 11.668, unit=WEEK)
HORIZONS = (1, 7, 30, 90)
FASTER = Target(10, at_least=True, unit="x")
SAME = Target(0.01, at_least=False, unit=" nats")
LINEAR = Target(0.9, at_least=True, unit="x")
_OURS, _PARETO, _THEIRS = "ours, BG/NBD", "ours, Pareto/NBD", "lifetimes, BG/NBD"
_JOINED, _AGE = 84, 273  # days: customers come in the first 12 of 39 weeks


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: ``sizes`` are the numbers of histories that are scored."""

    rounds: int
    sizes: tuple[int, ...]


NORMAL, QUICK = Plan(9, (10_000, 100_000, 1_000_000)), Plan(2, (1_000, 10_000))


def simulated(model: BgNbd, customers: int, seed: int, *, in_days: bool = True) -> Histories:
    """Histories of customers who live by ``model``; with ``in_days``, purchases of one day are one.

    They hold no ``days``: only (x, t_x, T) are drawn.
    """
    rng = np.random.default_rng(seed)
    rates = rng.gamma(model.r, 1 / (model.alpha * model.unit), customers)
    leaves = rng.beta(model.a, model.b, customers)
    joined = rng.uniform(0, _JOINED, customers)
    first = np.floor(joined) if in_days else joined
    age = (_AGE - 1 if in_days else _AGE) - first
    now, x, last = joined.copy(), np.zeros(customers), first.copy()
    here = np.ones(customers, dtype=bool)
    while here.any():
        now[here] += rng.exponential(1 / np.maximum(rates[here], 1e-12))
        here &= now < _AGE
        when = np.floor(now) if in_days else now
        counted = here & (when > last)
        x[counted] += 1
        last[counted] = when[counted]
        here &= rng.random(customers) >= leaves
    nothing = np.zeros(0, np.int64)
    ids = [str(one) for one in range(customers)]
    return Histories(_AGE, ids, x, last - first, age, np.full(customers, np.nan), nothing, nothing)


def rival() -> Any:
    """The class that fits a BG/NBD in lifetimes."""
    try:
        lifetimes = import_module("lifetimes")
    except ImportError as error:
        raise PurchaseAgentError(
            "the benchmark compares with the package lifetimes, which is not installed", hint="pip install lifetimes"
        ) from error
    return lifetimes.BetaGeoFitter


def fitting(plan: Plan) -> list[dict[str, Any]]:
    """Times of both packages on both forms of the same customers, and the likelihoods that they reach."""
    theirs = rival()
    out = []
    for form, in_days in (("days", True), ("exact times", False)):
        say(f"fitting {CUSTOMERS} customers, {form}")
        h = simulated(TRUE, CUSTOMERS, seed=1, in_days=in_days)
        weeks = (h.x, h.t_x / WEEK, h.T / WEEK)
        runners = [
            Runner(_OURS, partial(fit_bgnbd, h, unit=WEEK), 1),
            Runner(_PARETO, partial(fit_pareto, h, unit=WEEK), 1),
            Runner(_THEIRS, partial(_fit_theirs, theirs, weeks), 1),
        ]
        laps = race(runners, plan.rounds)
        found = _fit_theirs(theirs, weeks).params_
        r, alpha, a, b = (float(found[name]) for name in ("r", "alpha", "a", "b"))
        other = BgNbd(r, alpha, a, b, unit=WEEK)
        ours, pareto = fit_bgnbd(h, unit=WEEK), fit_pareto(h, unit=WEEK)
        reached: dict[str, tuple[BgNbd | ParetoNbd, float]] = {
            _OURS: (ours.model, ours.log_likelihood), _THEIRS: (other, float(other.log_likelihood(h).sum())),
            _PARETO: (pareto.model, pareto.log_likelihood),
        }  # fmt: skip
        for name, own in laps.items():
            model, likelihood = reached[name]
            times = ratio(own, laps[_OURS])
            out.append(
                {
                    "name": name, "form": form, "groups": len(grouped(h, WEEK)), "seconds": asdict(walls(own)),
                    "times_ours": asdict(times), "parameters": asdict(model), "log_likelihood": likelihood,
                    **judged(FASTER if name == _THEIRS else None, times.median),
                }
            )  # fmt: skip
        gap = abs(reached[_OURS][1] - reached[_THEIRS][1])
        out.append({"name": "difference of likelihoods", "form": form, "nats": gap, **judged(SAME, gap)})
    return out


def _fit_theirs(kind: Any, weeks: tuple[Floats, Floats, Floats]) -> Any:
    return kind().fit(*weeks)


def scoring(plan: Plan) -> list[dict[str, Any]]:
    """Histories a second of processor time, by model and number: four horizons of the CDF and P(still a customer)."""
    most = simulated(TRUE, max(plan.sizes), seed=2)
    out = []
    for name, model in ((_OURS, TRUE), (_PARETO, PARETO)):
        say(f"scoring up to {max(plan.sizes)} histories, {name}")
        runners = [Runner(str(size), partial(_score, model, first_of(most, size)), size) for size in plan.sizes]
        laps = race(runners, plan.rounds)
        for size in plan.sizes:
            held = cpu_ratio(laps[str(plan.sizes[0])], laps[str(size)])
            seconds = median(lap.cpu for lap in laps[str(size)] if lap is not None)
            out.append(
                {
                    "name": name, "histories": size, "a_second": 1 / seconds,
                    "speed_kept": asdict(held), **judged(LINEAR, held.median),
                }
            )  # fmt: skip
    return out


def first_of(h: Histories, size: int) -> Histories:
    """The first ``size`` rows of simulated histories."""
    return replace(
        h, ids=h.ids[:size], x=h.x[:size], t_x=h.t_x[:size], T=h.T[:size], monetary=h.monetary[:size]
    )  # fmt: skip


def _score(model: BgNbd | ParetoNbd, h: Histories) -> None:
    model.cdf(h, HORIZONS)
    model.p_alive(h)


def _tables(results: dict[str, list[dict[str, Any]]]) -> list[Table]:
    tables = []
    for form in dict.fromkeys(one["form"] for one in results["fitting"]):
        of_form = [one for one in results["fitting"] if one["form"] == form]
        raced, (gap,) = of_form[:-1], of_form[-1:]
        rows = []
        for one in raced:
            seconds, times = Spread(**one["seconds"]), Spread(**one["times_ours"])
            values = " ".join(f"{value:.3f}" for name, value in one["parameters"].items() if name != "unit")
            rows.append(
                [
                    one["name"], f"{seconds.median:.3f}", f"{seconds.low:.3f}-{seconds.high:.3f}",
                    f"{times.median:.1f}x", f"{times.low:.1f}-{times.high:.1f}", f"{one['log_likelihood']:.3f}",
                    values, verdict(one),
                ]
            )  # fmt: skip
        columns = (
            "", "seconds", "min-max", "time / ours", "min-max", "log-likelihood", "parameters", "target reached",
        )  # fmt: skip
        title = f"Fitting {CUSTOMERS} customers, {form} ({raced[0]['groups']} rows differ)"
        note = f"BG/NBD likelihoods differ by {gap['nats']:.5f} nats: {verdict(gap)}"
        tables.append(Table(title, columns, rows, (note,)))
    rows = [
        [
            f"{one['name']}, {one['histories']} histories", f"{one['a_second']:,.0f}",
            f"{one['speed_kept']['median']:.2f}x", f"{one['speed_kept']['low']:.2f}-{one['speed_kept']['high']:.2f}",
            verdict(one),
        ]
        for one in results["scoring"]
    ]  # fmt: skip
    title = f"Scoring, a second of one core's time: CDF at {', '.join(map(str, HORIZONS))} days and P(still a customer)"
    heads = ("", "histories/s", "speed / that of the fewest", "min-max", "target reached")
    return [*tables, Table(title, heads, rows)]


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="timing", description="How fast purchase timing is fitted and scored.")
    parser.add_argument("--quick", action="store_true", help="few rounds: shows that it runs, says little")
    add_output(parser)
    arguments = parser.parse_args(argv)
    try:
        import scipy.optimize  # noqa: F401 - its import is in nobody's time
    except ImportError as error:
        raise MissingExtraError("the benchmark", "train") from error
    plan = QUICK if arguments.quick else NORMAL
    results = {"fitting": fitting(plan), "scoring": scoring(plan)}
    tell(arguments, _tables(results), results)


if __name__ == "__main__":
    main()
