"""A map drafted for a file that nobody has described: a shipped one where it fits, else a guess from a sample."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from purchase_agent.errors import InputError
from purchase_agent.readers import guess
from purchase_agent.readers.files import Limits, open_source
from purchase_agent.readers.mapping import EventRule, MapFile, Numbers, Times, Types
from purchase_agent.readers.recognise import recognised
from purchase_agent.readers.records import read_records
from purchase_agent.readers.rows import RowMapper

SAMPLE_ROWS = 1000
_ZONE = re.compile(r"(?:Z|[+-][0-9]{2}:?[0-9]{2})$")
_MOST_COLUMNS = 200  # of a sample, as far as they are looked at


@dataclass(frozen=True, slots=True)
class Draft:
    """A map for one file. ``mapping`` is None where ``missing`` says which fields no column could be found for.

    ``shipped``: the map is one that comes with the package. ``doubts``: what a person should check, a sentence each.
    """

    columns: tuple[str, ...]
    mapping: MapFile | None = None
    shipped: bool = False
    missing: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def draft(path: Path, *, partial: bool = False, limits: Limits | None = None) -> Draft:
    """Drafts a map from the first ``SAMPLE_ROWS`` rows.

    Raises:
        InputError: nothing of the file can be read.
    """
    limits = limits or Limits()
    with open_source(path, limits, partial=partial) as source:
        text_cells = source.form in {"csv", "tsv"}
    records = islice(read_records(path, limits=limits, partial=partial), SAMPLE_ROWS)
    rows = [record.value for record in records if not isinstance(record.value, InputError)]
    names = tuple(islice(dict.fromkeys(name for row in rows for name in row), _MOST_COLUMNS))
    if not rows:
        return Draft(names)
    known = recognised(rows[0], text_cells=text_cells)
    if known is not None:
        return Draft(names, known, shipped=True)
    return _guessed(path, names, rows, text_cells=text_cells)


def _guessed(path: Path, names: tuple[str, ...], rows: list[Mapping[str, Any]], *, text_cells: bool) -> Draft:
    found = guess.columns(names)
    when = _times(found, names, rows)
    doubts: list[str] = []
    kind: str | Types | None = None
    if "type" in found and (values := guess.types(_cells(rows, found["type"]))) is not None:
        kind = Types(column=(found["type"],), values=dict(values))
        if values:
            doubts.append("what the values of the types mean is a guess from their names")
    elif guess.tells_purchases(found):
        kind = "purchase"
        doubts.append("no column of event types: each row is taken as a purchase")
    columns = guess.targets(found)
    missing = [
        field for field, there in (("at", when), ("type", kind), ("shopper_id", "shopper_id" in columns)) if not there
    ]
    if missing or when is None or kind is None:
        return Draft(names, missing=tuple(missing))
    rule, more = when
    doubts += more
    mapping = MapFile(
        format=path.name.partition(".")[0][:200] or "mine",
        columns={field: (column,) for field, column in columns.items()},
        events=(EventRule(type=kind, time=rule),),
    )
    mapping = _with_leniency(mapping, rows, text_cells=text_cells)
    if rule.zone is None and any(_is_naive(cell) for cell in _cells(rows, rule.column[0])):
        doubts.append("times name no zone: give `zone` beside `time`, such as Asia/Shanghai, or they are read as UTC")
    return Draft(names, mapping, doubts=tuple(doubts))


def _times(
    found: dict[str, str], names: tuple[str, ...], rows: list[Mapping[str, Any]]
) -> tuple[Times, list[str]] | None:
    """By the column called like a time, else by any whose cells all read as ISO 8601."""
    if "at" in found and (rule := guess.times(found["at"], _cells(rows, found["at"]))) is not None:
        return rule
    for name in names:
        cells = _cells(rows, name)
        if (
            cells
            and isinstance(cells[0], str)
            and cells[0][4:5] == "-"
            and (rule := guess.times(name, cells)) is not None
        ):
            return rule
    return None


def _with_leniency(mapping: MapFile, rows: list[Mapping[str, Any]], *, text_cells: bool) -> MapFile:
    """With ``float_ids`` and numbers as text where more of the sample can be read so."""
    best, most = mapping, -1
    for floats in (False, True):
        for numbers in (Numbers(), Numbers(text=True), Numbers(decimal=",", thousands=".", text=True)):
            option = mapping.model_copy(update={"float_ids": floats, "numbers": numbers})
            read = _readable(option, rows, text_cells=text_cells)
            if read > most:
                best, most = option, read
    return best


def _readable(mapping: MapFile, rows: list[Mapping[str, Any]], *, text_cells: bool) -> int:
    mapper = RowMapper(mapping, text_cells=text_cells)
    good = 0
    for row in rows:
        try:
            mapper.events(row)
        except InputError:
            continue
        good += 1
    return good


def _cells(rows: list[Mapping[str, Any]], name: str) -> list[Any]:
    return [cell for row in rows if (cell := row.get(name)) is not None and cell != ""]


def _is_naive(cell: Any) -> bool:
    return isinstance(cell, str) and ":" in cell and not _ZONE.search(cell)
