"""Counterfactual pairs: two shoppers who differ in one thing that must not matter, such as a name or the language.

A line is ``{"id", "kind", "a", "b"}``; ``a`` and ``b`` are texts, or ``{"text", "language", "channel"}``; ``channel``,
``language`` and labels (of both sides) may stand beside them. Further keys that begin with ``swap`` are kept.
"""

from __future__ import annotations

from typing import Any

from purchase_agent.errors import InputError
from purchase_agent.eval.cases.labelled import target_of
from purchase_agent.eval.cases.readers import Given
from purchase_agent.eval.cases.sample import Sample, about, shopper_of
from purchase_agent.labelled import LabelledText
from purchase_agent.training.corpus import read_jsonl

SIDES = ("a", "b")


def pairs(given: Given) -> list[Sample]:
    """Both sides of every pair, one after the other; ``of`` is the pair."""
    out: list[Sample] = []
    for path in given.files:
        for number, record in enumerate(read_jsonl(path), start=1):
            try:
                out += [_side(record, side, path.stem) for side in SIDES]
            except (KeyError, TypeError, ValueError) as error:
                raise InputError(
                    f"{path.name}:{number}: {error}", hint="a pair has id, kind, a and b", field="data"
                ) from error
    return out


def _side(record: dict[str, Any], side: str, source: str) -> Sample:
    one = record[side]
    one = {"text": one} if isinstance(one, str) else one
    text = one["text"]
    channel = one.get("channel", record.get("channel", "chat"))
    labels = LabelledText.model_validate({**record, "text": text, "channel": channel}).labels()
    told = about(
        text, channel, str(record.get("source", source)), one.get("language", record.get("language")),
        category=record.get("category"),
    )  # fmt: skip
    more = {name: value for name, value in record.items() if name.startswith("swap")}
    told |= {"of": f"{record['kind']}:{record['id']}", "side": side, "pair": record["kind"], **more}
    told["group"] = told["of"]
    return Sample(f"{record['id']}:{side}", shopper_of(text, channel), target_of(labels), told)
