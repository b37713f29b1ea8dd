"""Counterfactual pairs: two shoppers who differ in one thing that must not matter, such as a name or the language.

A line is ``{"id", "kind", "a", "b"}``; ``a`` and ``b`` are texts, or ``{"text", "language", "channel"}``; ``channel``,
``language`` and labels (of both sides) may stand beside them. Further keys that begin with ``swap`` are kept.
"""

from __future__ import annotations

from typing import Any

from purchase_agent.eval.cases.labelled import UNJUDGED, WHY, judged, target_of
from purchase_agent.eval.cases.lines import check_names, objects, unreadable
from purchase_agent.eval.cases.readers import Given
from purchase_agent.eval.cases.sample import Record, Sample, about, shopper_of
from purchase_agent.labelled import LabelledText

SIDES = ("a", "b")


def pairs(given: Given) -> list[Sample]:
    """Both sides of every pair, one after the other; ``of`` is the pair. A line that is none is not asked."""
    out: list[Sample] = []
    for path in given.files:
        for place, found in objects(path):
            if isinstance(found, str):
                out.append(unreadable(place, found))
                continue
            try:
                out += [_side(found, side, path.stem) for side in SIDES]
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                out.append(unreadable(place, f"a pair has id, kind, a and b: {error!r}"[:300]))
    return out


def _side(record: Record, side: str, source: str) -> Sample:
    check_names(record, "id", "kind", "source", "language", "category")
    check_names(record, *(name for name in record if name.startswith("swap")))
    given = record[side]
    one: Record = {"text": given} if isinstance(given, str) else given
    check_names(one, "language")
    text = one["text"]
    channel: Any = one.get("channel", record.get("channel", "chat"))
    labels = LabelledText.model_validate({**record, "text": text, "channel": channel}).labels()
    told = about(
        text, channel, str(record.get("source", source)), one.get("language", record.get("language")),
        category=record.get("category"),
    )  # fmt: skip
    more = {name: value for name, value in record.items() if name.startswith("swap")}
    told |= {"of": f"{record['kind']}:{record['id']}", "side": side, "pair": record["kind"], **more}
    told["group"] = told["of"]
    target = target_of(labels)
    kept = judged(target, text, {})
    if kept != target:
        told[UNJUDGED] = WHY
    return Sample(f"{record['id']}:{side}", shopper_of(text, channel), kept, told)
