"""Which shipped map fits a file, told from its columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from purchase_agent.errors import InputError
from purchase_agent.readers.mapping import MapFile, shipped
from purchase_agent.readers.paths import column
from purchase_agent.readers.rows import RowMapper

_UNNAMED = "column_1"  # what the first column of a file without a header is called


def recognised(row: Mapping[str, Any], *, text_cells: bool) -> MapFile | None:
    """The shipped map that asks for most of the columns of this row and finds all it asks for.

    In a file without a header the number of columns says little: there the row must also make an event of a known type.
    """
    best: tuple[int, MapFile] | None = None
    for mapping in shipped().values():
        asked = mapping.recognise
        if not asked or (best is not None and len(asked) <= best[0]):
            continue
        if all(any(_has(row, name) for name in names) for names in asked) and (
            _UNNAMED not in row or _fits(mapping, row, text_cells=text_cells)
        ):
            best = (len(asked), mapping)
    return best[1] if best else None


def _has(row: Mapping[str, Any], name: str) -> bool:
    return name in row or column(name)(row) is not None


def _fits(mapping: MapFile, row: Mapping[str, Any], *, text_cells: bool) -> bool:
    mapper = RowMapper(mapping, text_cells=text_cells)
    try:
        events = mapper.events(row)
    except InputError:
        return False
    return not mapper.ignored(row) and not any("unknown_type" in event.notes for event in events)
