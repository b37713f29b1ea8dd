"""What the page's reader shows of a sample: its words, what holds, what was answered, and the evidence told.

A whole prediction is several kilobytes; a page of 20,000 cases carries only what is drawn.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from purchase_agent.eval.report_page.figures import SLICES
from purchase_agent.eval.report_page.folders import Record, number

Answer = str | list[str] | bool | float | None

_LEAST_TOLD, _MOST_TOLD = 0.01, 6
"""Probabilities below, and labels beyond, are not drawn."""
_META = (*SLICES, "side", "of", "wrapper")
_MOST_EVENTS, _MOST_JSON = 12, 6000
_ENOUGH = 0.5
"""From this probability on a barrier counts as answered; motivations say themselves which hold."""


def case_of(sample: Record, run: int) -> Record:
    """One case for the page.

    Args:
        run: the place of the sample's run in the report.

    Returns:
        ``r`` run, ``id``, ``e`` epoch, ``texts``, ``events``, ``other`` (input that is no shopper), ``target``,
        ``answer``, ``p`` task -> label -> percent, ``wrong`` tasks whose answer is not the target, ``evidence``,
        ``error``, ``meta`` and ``ms``; what is empty is left out.
    """
    shopper = _record(sample.get("input"))
    output = _record(sample.get("output"))
    target = {str(task): plain(value) for task, value in _record(sample.get("target")).items()}
    scores = _record(sample.get("scores"))
    known = dict.fromkeys([*target, *_answers(output), *scores])
    answer = {task: answered(task, output, scores.get(task)) for task in known}
    answer = {task: value for task, value in answer.items() if value is not None}
    seconds = number(sample.get("total_time"))
    told = {
        "r": run,
        "id": str(sample["id"]),
        "e": int(sample.get("epoch") or 1),
        "texts": _texts(shopper),
        "events": _events(shopper),
        "other": None if "texts" in shopper or "events" in shopper else _printed(sample.get("input")),
        "target": {task: value for task, value in target.items() if value is not None},
        "answer": answer,
        "p": _probabilities(output),
        "wrong": sorted(
            task for task, value in target.items()
            if value is not None and is_wrong(value, answer.get(task), scores.get(task))
        ),
        "evidence": _evidence(output),
        "error": _error(sample.get("error")),
        "meta": {name: value for name, value in _record(sample.get("metadata")).items()
                 if name in _META and isinstance(value, str | int | float | bool)},
        "ms": None if seconds is None else round(1000 * seconds, 1),
    }  # fmt: skip
    return {name: value for name, value in told.items() if value not in (None, [], {}, "")}


def answered(task: str, output: Mapping[str, Any], score: object) -> Answer:
    """What was answered in a task: as its scorer read it, else as the prediction holds it."""
    read = plain(_record(score).get("value"))
    return _answers(output).get(task) if read is None else read


def is_wrong(target: Answer, answer: Answer, score: object) -> bool:
    """Whether the answer is not what holds. A chance is never wrong by itself, and no answer is no wrong one."""
    right = _record(score).get("right")
    if isinstance(right, bool):
        return not right
    if answer is None:
        return False
    if isinstance(target, list) or isinstance(answer, list):
        return set(_listed(target)) != set(_listed(answer))
    return isinstance(target, bool | str) and target != answer


def plain(value: object) -> Answer:
    """A label, labels, truth or number as the page holds it; None for anything else."""
    if isinstance(value, bool | str):
        return value
    if isinstance(value, list | tuple):
        return [str(one) for one in value]
    return number(value)


def _listed(value: Answer) -> list[str]:
    return value if isinstance(value, list) else [str(value)]


def _answers(output: Mapping[str, Any]) -> dict[str, Answer]:
    """A prediction's answers by task; of anything else the fields that hold a label."""
    if "status" not in output:
        return {str(name): plain(value) for name, value in output.items() if plain(value) is not None}
    intent, motivation = _record(output.get("intent")), _record(output.get("motivation"))
    barriers = {name: chance for name, chance in _record(motivation.get("barriers")).items() if number(chance)}
    found = {
        "intent": intent.get("label"),
        "declined": intent.get("declined"),
        "repurchase": intent.get("repurchase"),
        "sentiment": intent.get("sentiment"),
        "purchase": _record(intent.get("purchase_probability")).get("value"),
        "motivation": motivation.get("labels"),
        "barrier": [name for name, chance in barriers.items() if chance >= _ENOUGH] if motivation else None,
        "next_action": _record(output.get("next_action")).get("label"),
        "timing": _record(output.get("timing")).get("label"),
    }
    return {task: plain(value) for task, value in found.items() if value is not None}


def _probabilities(output: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Task -> label -> percent."""
    out: dict[str, dict[str, int]] = {}
    for task in ("intent", "motivation", "next_action", "timing"):
        out[task] = _chances(_record(output.get(task)).get("probabilities"))
    out["barrier"] = _chances(_record(output.get("motivation")).get("barriers"))
    return {task: chances for task, chances in out.items() if chances}


def _chances(given: object) -> dict[str, int]:
    found = [(number(chance) or 0.0, str(label)) for label, chance in _record(given).items()]
    most = sorted(found, reverse=True)[:_MOST_TOLD]
    return {label: round(100 * chance) for chance, label in most if chance >= _LEAST_TOLD}


def _texts(shopper: Mapping[str, Any]) -> list[Record]:
    texts = shopper.get("texts")
    out = []
    for place, one in enumerate(texts if isinstance(texts, list) else []):
        if not isinstance(one, dict) or not isinstance(one.get("text"), str):
            continue
        told = {"id": str(one.get("id", f"t{place + 1}")), "text": one["text"], "channel": one.get("channel", "chat")}
        if one.get("role", "shopper") != "shopper":
            told["role"] = str(one["role"])
        if one.get("at"):
            told["at"] = str(one["at"])
        out.append(told)
    return out


def _events(shopper: Mapping[str, Any]) -> list[str]:
    """The newest events in words, oldest first."""
    events = shopper.get("events")
    kept = [one for one in events if isinstance(one, dict)] if isinstance(events, list) else []
    lines = []
    if len(kept) > _MOST_EVENTS:
        lines.append(f"{len(kept) - _MOST_EVENTS} earlier events")
    for one in kept[-_MOST_EVENTS:]:
        named = (one.get(name) for name in ("at", "type", "item_id", "category", "query"))
        lines.append(" · ".join(str(part) for part in named if part))
    return lines


def _evidence(output: Mapping[str, Any]) -> list[list[Any]]:
    """Quotes as [supports, id of the text, start, end, weight]; offsets are code points of the original text."""
    given = output.get("evidence")
    out = []
    for one in given if isinstance(given, list) else []:
        if not isinstance(one, dict) or not isinstance(one.get("start"), int) or not isinstance(one.get("end"), int):
            continue
        out.append([str(one.get("supports", "")), str(one.get("source", "")), one["start"], one["end"],
                    number(one.get("weight"))])  # fmt: skip
    return out


def _error(given: object) -> str | None:
    if isinstance(given, dict):
        return ": ".join(str(given[name]) for name in ("type", "message") if given.get(name)) or "failed"
    return str(given) if given else None


def _printed(given: object) -> str:
    return json.dumps(given, ensure_ascii=False, indent=1, default=str)[:_MOST_JSON] if given else ""


def _record(given: object) -> dict[str, Any]:
    return given if isinstance(given, dict) else {}
