"""The rows of an input file as rows of shoppers: whose each is, and what it says in the contract's own words.

A row that tells nobody's id, or nothing that can be used, is refused here. What can only be told when a shopper's rows
are together (a text of the same id, a second row of the shopper) is refused there: see ``group``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from purchase_agent.batch.inputs import InputFile, map_of
from purchase_agent.batch.spill import EVENTS, MORE_EVENTS, SHOPPER, TEXT, Row
from purchase_agent.errors import InputError
from purchase_agent.evidence import MAX_ID_LENGTH, Event, Text, read_shopper
from purchase_agent.readers.cells import identifier, number
from purchase_agent.readers.ids import Ids, shopper_of
from purchase_agent.readers.mapping import MapFile
from purchase_agent.readers.records import Record, read_records
from purchase_agent.readers.rejects import Rejected
from purchase_agent.readers.rows import RowMapper

_SHOPPER_KINDS = ("shopper_id", "shopper")
"""What ``id_kind`` of ``--ids`` may be for ids of shoppers' and texts' rows."""
_TEXT_FIELDS = ("id", "channel", "text", "at", "role", "item_id", "category", "thread_id", "language")

Named = Callable[[str], str]
"""From a shopper's id to the one that is kept: itself, or a pseudonym."""


class Rules(NamedTuple):
    """How rows are read. ``mapping``: the user's own map of events; ``ids`` joins ids of several systems."""

    mapping: MapFile | None
    ids: Ids | None
    named: Named


def read_rows(
    file: InputFile, number_of_file: int, rules: Rules, note: Callable[[str], None]
) -> Iterator[list[Row] | Rejected]:
    """For each row of the file the rows of shoppers that it makes, one but for rare cases, or why there is none.

    Raises:
        InputError: the file as a whole cannot be used.
    """
    mapping = map_of(file, rules.mapping) if file.kind == "events" else None
    names = (mapping.names or None) if mapping is not None else None
    text_cells = file.form in ("csv", "tsv")
    events: RowMapper | None = None
    for record in read_records(Path(file.path), names=names, note=note):
        try:
            if isinstance(record.value, InputError):
                raise record.value
            if mapping is not None:
                if events is None:
                    header = None if file.form == "jsonl" else frozenset(record.value)
                    events = RowMapper(mapping, text_cells=text_cells, header=header)
                told = _events(events, record.value, rules)
            elif file.kind == "texts":
                told = [_text(record.value, rules, text_cells=text_cells)]
            else:
                told = [_shopper(record.value, rules, sparse=file.form == "parquet")]
        except InputError as error:
            place = (file.shown, record.line, record.byte_offset)
            yield Rejected(*place, error.field, error.message, record.sha256)
            continue
        yield [_row(record, number_of_file, *one) for one in told]


def _row(record: Record, file: int, kind: int, shopper: str, payload: Any) -> Row:
    raw = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    return Row(kind, shopper, file, record.line, record.byte_offset, bytes.fromhex(record.sha256), raw)


def _shopper(row: Mapping[str, Any], rules: Rules, *, sparse: bool) -> tuple[int, str, Any]:
    """A shopper in the contract's form. ``sparse``: a field without a value stands there as null, as in Parquet."""
    if sparse:
        row = {**_filled(row), "shopper_id": identifier(row.get("shopper_id"), "shopper_id")}
    given = row.get("shopper_id")
    if type(given) is int and "consent" in row and (name := identifier(given, "shopper_id")) is not None:
        # Refused when his rows are together: other files have the same id as text, and a no counts for that one too.
        return SHOPPER, rules.named(_joined(name, rules.ids)), {**row, "shopper_id": 0}
    if not isinstance(given, str) or not 0 < len(given) <= MAX_ID_LENGTH:
        read_shopper(row)  # says why that is no id
        raise InputError("no shopper's id", field="shopper_id")
    shopper = rules.named(_joined(given, rules.ids))
    return SHOPPER, shopper, {**row, "shopper_id": shopper}


def _text(row: Mapping[str, Any], rules: Rules, *, text_cells: bool) -> tuple[int, str, Any]:
    given = identifier(row.get("shopper_id"), "shopper_id")
    if given is None:
        raise InputError("no shopper's id", field="shopper_id")
    fields = {name: row[name] for name in _TEXT_FIELDS if row.get(name) not in (None, "")}
    if "id" not in fields and row.get("text_id") not in (None, ""):
        fields["id"] = row["text_id"]
    for name in ("id", "item_id", "category", "thread_id"):
        if name in fields:
            fields[name] = identifier(fields[name], name)
    rating = number(row.get("rating"), "rating", text=text_cells)
    if rating is not None:
        fields["rating"] = rating
    try:
        Text.model_validate(fields)
    except ValidationError as error:
        raise _first(error) from error
    return TEXT, rules.named(_joined(given, rules.ids)), fields


def _events(mapper: RowMapper, row: Mapping[str, Any], rules: Rules) -> list[tuple[int, str, Any]]:
    """The events of a row by shopper; each is its order's number, where there is one, and its fields."""
    by_shopper: dict[str, list[Any]] = {}
    for raw in mapper.events(row):
        fields = dict(raw.fields)
        try:
            Event.model_validate(fields)
        except ValidationError as error:
            raise _first(error) from error
        fields["at"] = fields["at"].isoformat()
        by_shopper.setdefault(shopper_of(raw, mapper.mapping, rules.ids), []).append([raw.order_id, fields])
    return [
        (EVENTS if place == 0 else MORE_EVENTS, rules.named(shopper), some)
        for place, (shopper, some) in enumerate(by_shopper.items())
    ]


def _joined(given: str, ids: Ids | None) -> str:
    return given if ids is None else ids.shopper(given, _SHOPPER_KINDS) or given


def _filled(value: Any) -> Any:
    """Without what is null, at any depth."""
    if isinstance(value, Mapping):
        return {name: _filled(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_filled(one) for one in value]
    return value


def _first(error: ValidationError) -> InputError:
    problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
    field = str(problem["loc"][0]) if problem["loc"] else ""
    return InputError(problem["msg"].removeprefix("Value error, "), field=field)
