"""The model behind the endpoint that is set, judged on the locked texts beside the majority.

What is asked goes the way of every prediction: the same prompt, client and reading of log-probabilities. Calibration is
the one in use for the model and the prompt; a model that was tuned here brings its own, fitted on other texts.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from purchase_agent.chat.request import Failure
from purchase_agent.evidence import Shopper, Text
from purchase_agent.predictors.llm.layout import LABELS, MANY
from purchase_agent.predictors.llm.predictor import Reading
from purchase_agent.predictors.prepare import prepare
from purchase_agent.service import PurchaseAgent
from purchase_agent.training import llm_scores
from purchase_agent.training.corpus import Row
from purchase_agent.training.llm_split import split

Report = dict[str, Any]


def report(data: Path, limit: int | None, out: Path | None) -> str:
    """Asks for each locked text (the first ``limit`` of them) and tells the figures; ``out`` gets them as JSON.

    Raises:
        SettingsError: no endpoint is set.
    """
    texts = split(data)
    agent = PurchaseAgent("llm", "none")
    rows, readings, failed = _asked(agent, texts.locked[:limit])
    told: Report = {"answered": len(rows), "failed": dict(failed), "prompt": agent.llm.prompt.model_dump()}
    if rows:
        marks = readings[0].marks
        told |= {"model": readings[0].model, "calibrated_on": marks.calibrated_on}
        before = [one.scores for one in readings]
        after = [marks.scaled(one) for one in before]
        told["fields"] = llm_scores.figures(rows, before, after, llm_scores.shares(texts.train), marks.thresholds)
        usage = agent.llm.client.usage
        told["tokens"] = {
            name: round(getattr(usage, name) / max(usage.attempts, 1), 1) for name in ("read", "cached", "written")
        }
    if out is not None:
        out.write_text(json.dumps(told, indent=1, ensure_ascii=False), encoding="utf-8")
    return _table(told)


def _asked(agent: PurchaseAgent, rows: list[Row]) -> tuple[list[Row], list[Reading], Counter[str]]:
    """Rows that were answered, their readings, and what became of the others."""
    now = datetime.now(UTC)
    step, seconds = agent.settings.llm_concurrency, agent.settings.deadline_s
    answered: list[Row] = []
    readings: list[Reading] = []
    failed: Counter[str] = Counter()
    for start in range(0, len(rows), step):
        some = rows[start : start + step]
        cases = [
            prepare(Shopper(shopper_id=str(place), texts=(Text(text=row.text, channel=row.channel),)), now)  # type: ignore[arg-type]
            for place, row in enumerate(some)
        ]
        readable = [(row, case) for row, case in zip(some, cases, strict=True) if case.texts]
        failed["not_readable"] += len(some) - len(readable)
        looks = agent.local.look([case for _, case in readable])
        for (row, _), one in zip(readable, agent.llm.read(looks, monotonic() + seconds), strict=True):
            if isinstance(one, Failure):
                failed[one.kind] += 1
            else:
                answered.append(row)
                readings.append(one)
        sys.stderr.write(f"\r  {min(start + step, len(rows))} of {len(rows)}")
    sys.stderr.write("\n")
    return answered, readings, +failed


def _table(told: Report) -> str:
    lines = [
        f"{told.get('model', 'no model')} by {told['prompt']['name']} {told['prompt']['version']}: "
        f"{told['answered']} texts answered, {sum(told['failed'].values())} not {told['failed'] or ''}".rstrip()
    ]
    if not told["answered"]:
        return lines[0]
    tokens = told["tokens"]
    lines.append(
        f"tokens a call: {tokens['read']} read, of them {tokens['cached']} from the prefix cache; {tokens['written']} "
        f"written; calibrated on: {told['calibrated_on']}"
    )
    for name in LABELS:
        for part, figures in told["fields"].get(name, {}).items():
            shown = ", ".join(f"{figure} {_shown(values)}" for figure, values in figures.items())
            lines.append(f"  {name}, {'as told' if part == 'before' else part}: {shown}")
    lines.append(
        f"fields of several labels ({', '.join(sorted(MANY))}): micro-F1, log-loss and ECE over all their cells"
    )
    return "\n".join(lines)


def _shown(figure: dict[str, Any]) -> str:
    low, high = figure.get("low"), figure.get("high")
    if figure["value"] is None:  # a constant has no correlation
        return "-"
    value = f"{figure['value']:.3f}"
    return value if low is None else f"{value} [{low:.3f}, {high:.3f}]"
