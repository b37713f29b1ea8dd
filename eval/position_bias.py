"""``eval position-bias``: the model behind the endpoint that is set, asked the same under other orders of letters.

What is asked goes the way of every prediction, but for the order in which letters follow the labels of a field; all
fields of one letter are put in another order at once, those of ``y`` and ``n`` stay. Distributions are as told, before
any calibration. A prompt that does not show which letter stands for which label cannot be asked in another order.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from purchase_agent.calibration_llm import ask_all, cases_of
from purchase_agent.errors import InputError, SettingsError
from purchase_agent.eval.position_figures import SINGLE, Order, figures, orders_of
from purchase_agent.labelled import read_labelled as read_own
from purchase_agent.llm_engine import prompt_folders
from purchase_agent.predictors.llm.asking import Asking
from purchase_agent.predictors.llm.layout import LABELS, label_keys
from purchase_agent.predictors.llm.predictor import NO_LOGPROBS, LlmPredictor, Reading
from purchase_agent.predictors.llm.shown import show
from purchase_agent.service import PurchaseAgent
from purchase_agent.training.corpus import group_of, is_locked, read_labelled

Report = dict[str, Any]
_SHOWN = 2  # of the letters, those that gain most and those that lose most


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text with the labels that are known of it, as ``LabelledText.labels``."""

    text: str
    channel: str
    labels: Mapping[str, Any]
    group: str


def report(data: Path, count: int, limit: int | None, out: Path | None, seed: int) -> str:
    """Asks each labelled text (the first ``limit`` of them) twice under the order of the labels and once under each of
    ``count`` others, and tells the figures; ``out`` gets them as JSON.

    Args:
        data: folder that holds ``text/``, of which the locked texts are asked, or a file of labelled texts.

    Raises:
        SettingsError: no endpoint is set, or a prompt in use does not show its letters.
        InputError: no text can be read.
    """
    rows = rows_of(data)[:limit]
    agent = PurchaseAgent("llm", "none")
    settings = agent.settings
    told = measured(
        agent.llm, prompt_folders(settings), rows, orders_of(count, seed), settings.deadline_s, settings.llm_concurrency
    )
    told["seed"] = seed
    if out is not None:
        out.write_text(json.dumps(told, indent=1, ensure_ascii=False), encoding="utf-8")
    return table(told)


def rows_of(data: Path) -> list[Labelled]:
    """The locked texts of a data folder in an order of no meaning, or all texts of a file."""
    if data.is_file():
        return [Labelled(row.text, row.channel, row.labels(), group_of(row.text)) for row in read_own([data])[0]]
    rows = read_labelled(data, Path(__file__).parent / "data")
    locked = [row for row in rows if row.origin in {"real", "written"} and is_locked(row)]
    return [Labelled(row.text, row.channel, row.labels, row.group) for row in sorted(locked, key=lambda row: row.group)]


def measured(
    llm: LlmPredictor, folders: Sequence[Path], rows: Sequence[Labelled], orders: Sequence[Order], deadline_s: float,
    at_once: int,
) -> Report:  # fmt: skip
    """The figures of the texts that were answered under every order.

    Args:
        folders: prompt folders, where worked examples are looked for.
        orders: the first is that of the labels, and is asked for twice.
        deadline_s: for each group of ``at_once`` texts.

    Raises:
        SettingsError: a prompt in use does not show its letters.
        InputError: no text can be read.
    """
    asked = [orders[0], *orders]
    predictors = [_under(llm, folders, order) for order in asked]
    _check_shown(predictors[0], predictors[-1], rows)
    found: list[dict[int, Reading]] = []
    failed: Counter[str] = Counter()
    for number, predictor in enumerate(predictors, start=1):
        told_of = partial(_told, f"order {number} of {len(predictors)}")
        readings, missing = ask_all(predictor, rows, deadline_s, at_once, told_of)
        found.append(readings)
        failed.update(missing)
    whole = sorted(set.intersection(*(set(one) for one in found)))
    read = [[one[place] for place in whole] for one in found]
    told: Report = {
        "prompt": llm.prompt.model_dump(), "orders": [dict(order) for order in orders], "texts": len(rows),
        "answered": len(whole), "failed": dict(failed),
    }  # fmt: skip
    if whole:
        again, *parts = [[reading.scores for reading in one] for one in read]
        told["model"] = read[0][0].model
        told["no_logprobs"] = sum(NO_LOGPROBS in reading.warnings for one in read for reading in one)
        truth = [_places(rows[place].labels) for place in whole]
        told["fields"] = figures(orders, parts, again, truth, [rows[place].group for place in whole])
    return told


def table(told: Report) -> str:
    """The figures for a person."""
    prompt, count = told["prompt"], len(told["orders"]) - 1
    asked = f"{told.get('model', 'no model')} by {prompt['name']} {prompt['version']}"
    under = f"under the labels' order, again under it, and under {count} others"
    lines = [f"{asked}: {told['answered']} of {told['texts']} texts answered {under}"]
    if told["failed"]:
        lines.append(f"not answered: {', '.join(f'{kind} {number}' for kind, number in told['failed'].items())}")
    if told.get("no_logprobs"):
        lines.append(f"{told['no_logprobs']} answers without log-probabilities: the letter written counts 0.8")
    for name, one in told.get("fields", {}).items():
        lines.append(f"  {name}, {len(one['letters'])} letters, n={one['bias']['n']}")
        ranked = sorted(one["letters"].items(), key=lambda item: item[1]["gain"]["value"], reverse=True)
        ends = [*ranked[:_SHOWN], *ranked[-_SHOWN:]] if len(ranked) > 2 * _SHOWN else ranked
        gains = ", ".join(f"{letter} {_shown(values['gain'], '+')}" for letter, values in ends)
        lines.append(f"    position bias {_shown(one['bias'])}; gains of letters: {gains}")
        lines.append(
            f"    a text under two orders: total variation {_shown(one['variation'])}, another label on top "
            f"{_shown(one['flips'])}; twice under one: {_shown(one['again_variation'])}, {_shown(one['again_flips'])}"
        )
        if "accuracy" in one:
            right = one["accuracy"]
            each = ", ".join(f"{figure['value']:.3f}" for figure in right["each"][1:])
            lines.append(
                f"    accuracy (n={right['own']['n']}): the labels' order {_shown(right['own'])}, others "
                f"{_shown(right['others'])} ({each}), difference {_shown(right['difference'], '+')}, "
                f"mean of all orders {_shown(right['averaged'])}"
            )
    return "\n".join(lines)


def _under(llm: LlmPredictor, folders: Sequence[Path], order: Order) -> LlmPredictor:
    askings = [Asking(one.prompt, folders, order) for one in llm.askings]
    return LlmPredictor(llm.client, llm.local, askings, llm.models_dir, samples=llm.samples)


def _check_shown(own: LlmPredictor, other: LlmPredictor, rows: Sequence[Labelled]) -> None:
    """That a model can know of another order: its messages must tell."""
    case = next((case for case in cases_of(rows) if case.texts), None)
    if case is None:
        raise InputError("no text that can be read", hint="give labelled texts in English or Chinese", field="data")
    inputs = show(case, range(len(case.texts))).inputs
    for first, second in zip(own.askings, other.askings, strict=True):
        has_letters = any(name in SINGLE for name in first.layout.fields)
        if has_letters and first.messages(inputs) == second.messages(inputs):
            raise SettingsError(
                f"the prompt {first.prompt.name} does not show which letter stands for which label: "
                "a model is asked the same whatever the order",
                hint="choose one that shows them, such as PURCHASE_AGENT_PROMPT=purchase/zero",
            )


def _places(labels: Mapping[str, Any]) -> dict[str, int]:
    keys = {name: label_keys(name)[0] for name in SINGLE}
    return {name: LABELS[name].index(str(labels[key])) for name, key in keys.items() if key in labels}


def _told(order: str, _: str, done: int, total: int) -> None:
    sys.stderr.write(f"\r  {order}: {done} of {total}" + ("\n" if done == total else ""))


def _shown(figure: Mapping[str, Any], sign: str = "") -> str:
    return f"{figure['value']:{sign}.3f} [{figure['low']:{sign}.3f}, {figure['high']:{sign}.3f}]"
