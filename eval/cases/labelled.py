"""Labelled texts: a user's own JSON Lines, and the project's locked ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from purchase_agent.errors import InputError
from purchase_agent.eval.cases.readers import Given
from purchase_agent.eval.cases.sample import Record, Sample, about, id_of, shopper_of
from purchase_agent.labelled import MAX_BYTES, LabelledText

MULTI = ("motivation", "barrier")
UNREADABLE = "unreadable"
"""Metadata of a line that cannot be asked: why."""


def target_of(labels: Record) -> Record:
    """Labels by field as the target of the tasks; ``juster`` becomes the chance of a purchase."""
    out = {name: sorted(value) if name in MULTI else value for name, value in labels.items() if name != "juster"}
    if labels.get("juster") is not None:
        out["purchase"] = labels["juster"] / 10
    return out


def labelled(given: Given) -> list[Sample]:
    """One sample a line: ``text``, and whichever of ``channel``, labels, ``second_reading``, ``id``, ``language``,
    ``source``, ``category`` and ``paraphrase`` are there. A line that cannot be used is a sample that is not asked."""
    out: list[Sample] = []
    used: set[str] = set()
    for path in given.files:
        for number, line in _lines(path):
            sample = _sample(line, f"{path.name}:{number}", str(given.options.get("source", path.stem)))
            if sample.id in used:  # a file may repeat an id or a text: each line is asked
                sample = Sample(f"{sample.id}#{number}", sample.input, sample.target, sample.metadata)
            used.add(sample.id)
            out.append(sample)
    return out


def shopper_texts(given: Given) -> list[Sample]:
    """The project's labelled texts: ``part`` ``locked`` (never trained on) or ``trained``; ``origins`` as of rows."""
    from purchase_agent.eval.cases.suite import SHIPPED
    from purchase_agent.training.corpus import is_locked, read_labelled

    part, origins = given.options.get("part", "locked"), given.options.get("origins", ["real", "written"])
    if part not in {"locked", "trained"}:
        raise InputError(f"no part {part!r}", hint="locked or trained", field="options.part")
    out = []
    for row in read_labelled(given.folder(), SHIPPED):
        if row.origin not in origins or is_locked(row) != (part == "locked"):
            continue
        told = about(row.text, row.channel, row.source, row.language, category=row.origin, group=row.group)
        if row.second:
            told["second"] = target_of(row.second)
        out.append(Sample(id_of(row.text, row.channel), shopper_of(row.text, row.channel), target_of(row.labels), told))
    return out


def _lines(path: Path) -> list[tuple[int, str]]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path} is larger than {MAX_BYTES} bytes", hint="give a sample", field="labels")
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {path}: {error}", hint="give UTF-8 JSON Lines", field="labels") from error
    return [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def _sample(line: str, place: str, source: str) -> Sample:
    try:
        record: dict[str, Any] = json.loads(line)
        row = LabelledText.model_validate(record)
        second = record.get("second_reading")
        other = LabelledText.model_validate({"text": row.text, **second}).labels() if second else None
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        return _bad(place, f"{'.'.join(map(str, problem['loc'])) or 'line'}: {problem['msg']}")
    except (ValueError, TypeError, RecursionError) as error:
        return _bad(place, f"no JSON object: {error}")
    told = about(
        row.text, row.channel, str(record.get("source", source)), record.get("language"),
        category=record.get("category"), trait=record.get("trait"), group=record.get("group"),
        paraphrase=record.get("paraphrase"),
        second=target_of(other) if other else None,
    )  # fmt: skip
    name = str(record.get("id") or id_of(row.text, row.channel))
    return Sample(name, shopper_of(row.text, row.channel), target_of(row.labels()), told)


def _bad(place: str, reason: str) -> Sample:
    return Sample(place, {}, {}, {UNREADABLE: reason})
