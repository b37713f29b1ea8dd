"""Lines of JSON files as objects: what cannot be used becomes a sample that says why, and is not asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import isfinite
from pathlib import Path

from purchase_agent.errors import InputError
from purchase_agent.eval.cases.sample import Record, Sample
from purchase_agent.labelled import MAX_BYTES

UNREADABLE = "unreadable"
"""Metadata of a sample that cannot be asked: why."""


def unreadable(place: str, reason: str) -> Sample:
    """The sample of a line that cannot be used; ``place`` is its id."""
    return Sample(place, {}, {}, {UNREADABLE: reason})


def objects(path: Path) -> Iterator[tuple[str, Record | str]]:
    """Place and object of each line that is not blank, or why it is none.

    Raises:
        InputError: the file cannot be read or is too large.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path} is larger than {MAX_BYTES} bytes", hint="give a sample", field="labels")
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {path}: {error}", hint="give UTF-8 JSON Lines", field="labels") from error
    # Not splitlines(): a JSON string may hold U+2028 or U+0085 as it is, and they end no line of a file.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield f"{path.name}:{number}", _object(line)


def check_names(record: Record, *fields: str) -> None:
    """Samples are named, sliced and written by these fields, so each must be words or a finite number where it is.

    Raises:
        ValueError: one is not.
    """
    for field in fields:
        value = record.get(field)
        if value is None:
            continue
        if not isinstance(value, str | int | float) or (isinstance(value, float) and not isfinite(value)):
            raise ValueError(f"{field}: neither words nor a finite number")
        try:
            str(value).encode()
        except UnicodeEncodeError:
            raise ValueError(f"{field}: half of a character") from None


def _object(line: str) -> Record | str:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"no JSON: {error}"
    return found if isinstance(found, dict) else "no JSON object"
