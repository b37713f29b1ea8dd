"""Labelled texts: a user's own JSON Lines, and the project's locked ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from purchase_agent.errors import InputError
from purchase_agent.eval.cases.lines import check_names, objects, unreadable
from purchase_agent.eval.cases.readers import Given
from purchase_agent.eval.cases.sample import AS_OF, Record, Sample, about, id_of, shopper_of
from purchase_agent.labelled import LabelledText, moment_of, reason
from purchase_agent.predictors.stated_dates import stated

MULTI = ("motivation", "barrier")
OF_THE_MOMENT = ("timing", "purchase")
"""Targets that hold of the moment at which a text was written."""
UNJUDGED = "unjudged"
"""Metadata of a sample that lost such targets: why."""
WHY = "names a day, has no moment"
_NAMES = ("id", "language", "source", "category", "trait", "group", "paraphrase")


def target_of(labels: Record) -> Record:
    """Labels by field as the target of the tasks; ``juster`` becomes the chance of a purchase."""
    out = {name: sorted(value) if name in MULTI else value for name, value in labels.items() if name != "juster"}
    if labels.get("juster") is not None:
        out["purchase"] = labels["juster"] / 10
    return out


def judged(target: Record, text: str, moment: Mapping[str, str]) -> Record:
    """What can be held against an answer: of a text that names a day and whose moment is not known, "by Friday" may be
    tomorrow or a week ahead, so neither its timing nor its chance of a purchase."""
    if "as_of" in moment or not set(OF_THE_MOMENT) & set(target):
        return target
    if not stated(text, datetime.fromisoformat(AS_OF), moment.get("timezone", "UTC")):
        return target
    return {name: value for name, value in target.items() if name not in OF_THE_MOMENT}


def unjudged(samples: Iterable[Mapping[str, Any]]) -> str | None:
    """The note of a run on the samples that ``judged`` took a target from; ``samples`` as its folder holds them."""
    number = len({one["id"] for one in samples if UNJUDGED in one["metadata"]})
    if not number:
        return None
    told = "1 text names a day and has" if number == 1 else f"{number} texts name a day and have"
    return f"{told} no moment: not judged in timing and purchase"


def labelled(given: Given) -> list[Sample]:
    """One sample a line: ``text``, and whichever of ``channel``, labels, ``second_reading``, ``id``, ``language``,
    ``source``, ``category``, ``paraphrase``, ``as_of`` and ``timezone`` are there. A line that cannot be used is a
    sample that is not asked."""
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
        out.append(
            _asked(id_of(row.text, row.channel), row.text, row.channel, row.moment, row.labels, row.second, told)
        )
    return out


def _asked(
    name: str, text: str, channel: str, moment: Mapping[str, str], labels: Record, second: Record | None, told: Record
) -> Sample:
    whole = target_of(labels)
    target = judged(whole, text, moment)
    if second:
        told["second"] = judged(target_of(second), text, moment)
    if len(target) < len(whole):
        told[UNJUDGED] = WHY
    return Sample(name, shopper_of(text, channel, moment), target, told)


def _sample(found: Record | str, place: str, source: str) -> Sample:
    if isinstance(found, str):
        return unreadable(place, found)
    try:
        row = LabelledText.model_validate(found)
        check_names(found, *_NAMES)
        second = found.get("second_reading")
        other = LabelledText.model_validate({"text": row.text, **second}).labels() if second else None
        moment = moment_of(found)
    except ValidationError as error:
        return unreadable(place, reason(error))
    except ValueError as error:
        return unreadable(place, str(error))
    except TypeError:
        return unreadable(place, "second_reading: no JSON object")
    told = about(
        row.text, row.channel, str(found.get("source", source)), found.get("language"),
        category=found.get("category"), trait=found.get("trait"), group=found.get("group"),
        paraphrase=found.get("paraphrase"),
    )  # fmt: skip
    name = str(found.get("id") or id_of(row.text, row.channel))
    return _asked(name, row.text, row.channel, moment, row.labels(), other, told)
