"""Labelled texts: a user's own JSON Lines, and the project's locked ones."""

from __future__ import annotations

from pydantic import ValidationError

from purchase_agent.errors import InputError
from purchase_agent.eval.cases.lines import check_names, objects, unreadable
from purchase_agent.eval.cases.readers import Given
from purchase_agent.eval.cases.sample import Record, Sample, about, id_of, shopper_of
from purchase_agent.labelled import LabelledText

MULTI = ("motivation", "barrier")
_NAMES = ("id", "language", "source", "category", "trait", "group", "paraphrase")


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
        for place, found in objects(path):
            sample = _sample(found, place, str(given.options.get("source", path.stem)))
            while sample.id in used:  # a file may repeat an id or a text: each line is asked
                again = f"{sample.id}#{place.rpartition(':')[2]}"
                sample = Sample(again, sample.input, sample.target, sample.metadata)
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


def _sample(found: Record | str, place: str, source: str) -> Sample:
    if isinstance(found, str):
        return unreadable(place, found)
    try:
        row = LabelledText.model_validate(found)
        check_names(found, *_NAMES)
        second = found.get("second_reading")
        other = LabelledText.model_validate({"text": row.text, **second}).labels() if second else None
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        return unreadable(place, f"{'.'.join(map(str, problem['loc'])) or 'line'}: {problem['msg']}")
    except ValueError as error:
        return unreadable(place, str(error))
    except TypeError:
        return unreadable(place, "second_reading: no JSON object")
    told = about(
        row.text, row.channel, str(found.get("source", source)), found.get("language"),
        category=found.get("category"), trait=found.get("trait"), group=found.get("group"),
        paraphrase=found.get("paraphrase"),
        second=target_of(other) if other else None,
    )  # fmt: skip
    name = str(found.get("id") or id_of(row.text, row.channel))
    return Sample(name, shopper_of(row.text, row.channel), target_of(row.labels()), told)
