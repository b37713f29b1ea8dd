"""Writes the model card of a behaviour folder from its training run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from purchase_agent.predictors.behaviour import BehaviourCalibration
from purchase_agent.predictors.event_tokens import CONTEXT
from purchase_agent.training.licences import LICENCES

_HEAD = """# Model card: `{version}`

What a shopper does next and whether he buys: in this session, within 1, 7, 30 and 90 days, and whether he comes back
within 30. A causal language model (GPT-2 of {layers} layers, {width} wide, {parameters:,} parameters) over words for
events, gaps, relations between items, prices and hours, trained from scratch; boosted trees over counts of the same
events; and a fitted pool of both. In this folder the language model lies as safetensors with a word-level tokenizer,
which a server takes as it is, and as ONNX for ONNX Runtime. Licence of the weights: Apache-2.0; they hold no shopper
and no item.

Calibrated on: `{calibrated_on}`.

## Data

| set | shoppers | steps | licence |
|---|---|---|---|
"""

_SHIPPED = """
The public sets hold purchases (and returns) only. Searches, views, carts and all that leads to a purchase come from
simulated shops: a program wrote them, tuned by hand to ranges that are published and to summary figures of a public log
of clicks. **So the shipped model knows shops as that program imagines them**; where a shop's own events are at hand,
`train behaviour` on them is better than any figure below promises. Every answer says `unfitted_shop` until then.
"""

_LIMITS = """
## Limits

* Figures are of shoppers of the same sets whom nothing was fitted on, an eighth of all, and say nothing of other shops.
* `words` and `trees` alone are told beside the pool, so that it shows what either adds.
* The newest {context} words (about 50 events) are read one by one; counts reach back to the newest 1,000 events.
* A step that is none of ours (`other`) is read but never told as the next one.
"""


def text(marks: BehaviourCalibration, report: Mapping[str, Any]) -> str:
    """The card."""
    shape = report["settings"]
    lines = [
        _HEAD.format(
            version=marks.name, calibrated_on=marks.calibrated_on, layers=shape["layers"], width=shape["width"],
            parameters=report["parameters"],
        ).rstrip()
    ]  # fmt: skip
    for name, counts in report["trained_on"].items():
        licence = LICENCES.get(name, "the owner's")
        lines.append(f"| {name} | {counts['shoppers']:,} | {counts['steps']:,} | {licence} |")
    if marks.calibrated_on == "shipped":
        lines.append(_SHIPPED)
    test = report["test"]
    of = f"{test['moments']:,} moments of {report['shoppers']['test']:,} shoppers"
    lines += ["", "## Figures", "", f"{of}. 95 % intervals by bootstrap over shoppers.", ""]
    lines += ["| asked | part | n | rate | mean | log-loss | Brier | AUC | PR-AUC | ECE |", "|---" * 10 + "|"]
    for question in test["pool"]:
        for part in ("pool", "words", "trees"):
            one = test[part][question]
            cells = [_told(one[name]) for name in ("log_loss", "brier", "roc_auc", "pr_auc", "ece")]
            lines.append(
                f"| {question.removeprefix('?')} | {part} | {one['n']:,} | {one['rate']:.3f} | {one['mean']:.3f} | "
                + " | ".join(cells)
                + " |"
            )
    losses = ", ".join(f"{part} {value:.4f}" for part, value in test["next_action_log_loss"].items())
    lines += ["", f"Next action, log-loss: {losses}."]
    if marks.purchase_rate:
        rates = ", ".join(f"{name} {rate:.1%}" for name, rate in marks.purchase_rate.items())
        lines += ["", f"Purchase within 30 days by the stage that events show: {rates}."]
    return "\n".join([*lines, _LIMITS.format(context=CONTEXT)])


def _told(figure: Mapping[str, float]) -> str:
    return f"{figure['value']:.4f} [{figure['low']:.4f}, {figure['high']:.4f}]"
