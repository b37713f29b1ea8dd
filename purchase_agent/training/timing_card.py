"""Writes the model card of a timing folder from its training run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from purchase_agent.predictors.timing.parts import PARTS, Parameters

_HEAD = """# Model card: `{version}`

When a customer buys next, from the days of the purchases before (and what they cost, where it is known): the chance of
a purchase within 1, 7, 30, 90 and 365 days, and of being a customer still. BG/NBD and Pareto/NBD in closed form, a
linear and a boosted hazard over rhythm, recency and calendar, pooled in log-odds at each horizon with weights chosen by
log-loss on predictions that nothing in the model had seen. Runs on numpy and ONNX Runtime, no network. Licence of the
weights: Apache-2.0. They hold parameters only, no customer and no purchase.

Calibrated on: `{calibrated_on}`.
"""

_SHIPPED = """## For whom

For a shop that nobody knows, until `train timing` has seen its orders. **Not fitted for any one shop**: neither its
pace nor its weekdays, seasons, prices or closed days; answers say `calibrated_on: shipped`. Not fitted for
subscriptions and contracts, where leaving is announced, for services that are booked ahead, or for histories of less
than a month. The figures below are of shops left out of the fit in turn: what a new shop must expect. Levels may be far
off (see `mean` beside `rate`); the order of customers is what carries over.

Of the public sets only what lies before the cut of their usual evaluation was fitted on; what comes after it was never
seen.
"""

_OWN = """## For whom

For the shop whose orders it was trained on. Figures are of the newest past origins, from which the days that followed
were predicted with a pool chosen on older origins. `drift` is how far the rate strayed from what was predicted, from
one origin to another, beyond chance (standard deviation of its logarithm): expect as much of the next.
"""


def text(told: Parameters, report: Mapping[str, Any]) -> str:
    """The card."""
    shipped = "left_out_in_turn" in report
    lines = [_HEAD.format(version=told.name, calibrated_on=told.calibrated_on), _SHIPPED if shipped else _OWN]
    lines += ["## Data", "", "| set | customers | came back | purchase days | days watched | licence |"]
    lines.append("|---" * 6 + "|")
    for one in report["trained_on"]:
        cells = [one[key] for key in ("name", "customers", "came_back", "purchase_days", "days")]
        lines.append("| " + " | ".join(str(cell) for cell in [*cells, one.get("licence", "the owner's")]) + " |")
    fitted = ", ".join(str(days) for days in report["horizons_fitted"])
    lines += ["", f"Horizons fitted on these histories: {fitted} days; beyond them the closed forms go on.", ""]
    lines += ["## Figures", "", "95 % intervals by bootstrap over customers.", ""]
    groups = report["left_out_in_turn"] if shipped else {"newest past cuts": report["judged"]}
    for group, horizons in groups.items():
        lines += [f"### {group}", "", *_table(horizons), ""]
    lines += ["## Pool", "", "| days | " + " | ".join(PARTS) + " | bias | drift |", "|---" * (len(PARTS) + 3) + "|"]
    for (days, pool), _ in zip(report["pooling"].items(), PARTS, strict=False):
        cells = [f"{weight:.2f}" for weight in pool["weights"]]
        lines.append(f"| {days} | {' | '.join(cells)} | {pool['bias']:+.3f} | {report['drift'].get(days, '-')} |")
    return "\n".join([*lines, ""])


def _table(horizons: Mapping[str, Any]) -> list[str]:
    names = ("log_loss", "brier", "roc_auc", "pr_auc", "ece")
    lines = ["| days | row | n | rate | mean | " + " | ".join(names) + " |", "|---" * (5 + len(names)) + "|"]
    for days, one in horizons.items():
        for row, figures in one["rows"].items():
            cells = [str(days), row, str(one["n"]), f"{one['rate']:.4f}", f"{figures['mean']:.4f}"]
            scores = (figures[name] for name in names)
            cells += [f"{score['value']:.4f} [{score['low']:.4f}, {score['high']:.4f}]" for score in scores]
            lines.append(f"| {' | '.join(cells)} |")
    return lines
