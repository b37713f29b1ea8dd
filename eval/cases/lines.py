"""Lines of JSON files as objects: what cannot be used becomes a sample that says why, and is not asked."""

from __future__ import annotations

import json
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
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
        InputError: the file cannot be read, is too large or is in UTF-16, of which no line could be told.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path} is larger than {MAX_BYTES} bytes", hint="give a sample", field="labels")
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error}", hint="give UTF-8 JSON Lines", field="labels") from error
    if raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise InputError(f"cannot read {path}: it is UTF-16", hint="give UTF-8 JSON Lines", field="labels")
    # Split before they are decoded, so that a byte that is no UTF-8 costs its own line only; and not by splitlines(): a
    # JSON string may hold U+2028 or U+0085 as it is, and they end no line of a file.
    for number, line in enumerate(raw.removeprefix(BOM_UTF8).split(b"\n"), start=1):
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


def _object(line: bytes) -> Record | str:
    try:
        found = json.loads(line.decode())
    except UnicodeDecodeError as error:
        return f"no UTF-8: {error}"
    except (ValueError, RecursionError) as error:
        return f"no JSON: {error}"
    return found if isinstance(found, dict) else "no JSON object"
