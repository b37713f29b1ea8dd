"""The model behind the endpoint that is set, judged on the locked texts beside the majority.

What is asked goes the way of every prediction: the same prompt, client and reading of log-probabilities. Calibration is
the one in use for the model and the prompt; a model that was tuned here brings its own, fitted on other texts.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from purchase_agent.calibration_llm import ask_all
from purchase_agent.predictors.llm.layout import LABELS, MANY
from purchase_agent.service import PurchaseAgent
from purchase_agent.training import llm_scores
from purchase_agent.training.llm_split import split

Report = dict[str, Any]


def report(data: Path, limit: int | None, out: Path | None) -> str:
    """Asks for each locked text (the first ``limit`` of them) and tells the figures; ``out`` gets them as JSON.

    Raises:
        SettingsError: no endpoint is set.
    """
    texts = split(data)
    agent = PurchaseAgent("llm", "none")
    locked, settings = texts.locked[:limit], agent.settings
    found, failed = ask_all(agent.llm, locked, settings.deadline_s, settings.llm_concurrency, _told)
    rows, readings = [locked[place] for place in found], list(found.values())
    told: Report = {"answered": len(rows), "failed": failed, "prompt": agent.llm.prompt.model_dump()}
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


def _told(_: str, done: int, total: int) -> None:
    sys.stderr.write(f"\r  {done} of {total}" + ("\n" if done == total else ""))


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
