"""Events of shoppers from files of any form that a map describes: strict, streaming, each row kept or refused.

What is refused is told with its place and reason and never mended silently: times later than ``as_of`` (nothing later
is ever used), before 1990 or ambiguous; numbers that are none; ids that are none; an event that was read before (the
same id of the same shopper or, without an id, the same content).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from purchase_agent.errors import InputError
from purchase_agent.evidence import Event, in_utc
from purchase_agent.readers.counts import Counts, count
from purchase_agent.readers.files import Limits, open_source
from purchase_agent.readers.ids import Ids, shopper_of
from purchase_agent.readers.mapping import MapFile
from purchase_agent.readers.raw import RawEvent
from purchase_agent.readers.recognise import recognised
from purchase_agent.readers.records import Record, read_records
from purchase_agent.readers.rejects import Rejected
from purchase_agent.readers.rows import RowMapper
from purchase_agent.readers.seen import Seen

CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead of this machine's clock an event may be where no ``as_of`` is given."""
_LATER, _DUPLICATE = "later", "duplicate"
_LEFT_OUT = {_LATER: ("later than as_of", "at"), _DUPLICATE: ("a duplicate: the same event was read before", "id")}
_FIELDS = ("item_id", "category", "query", "price", "currency", "quantity")


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event and where it was read; ``notes`` as in ``raw.RawEvent``. Its time is in UTC."""

    shopper_id: str
    event: Event
    order_id: str | None
    file: str
    line: int
    notes: tuple[str, ...]


class EventReader:
    """Reads event files one after the other, each once; an event that stood in an earlier file is a duplicate.

    Args:
        paths: event files.
        mapping: one map for all, or maps by path; without one a file's columns must be those of a shipped map.
        ids: joins ids of several systems.
        as_of: events later than this are refused; by default now and ``CLOCK_SKEW``.
        rejects: is told each refused row.
        partial: rows before the cut of a truncated .gz are read.
        limits: what is refused of files.

    Attributes:
        counts_of: path -> what was counted in it so far.
        mappings: path -> the map it was read by.
        notes_of: path -> what had to be assumed of the file, a sentence each.

    Raises:
        InputError: while iterating, where nothing (more) of a file can be read or no map fits it.
    """

    def __init__(
        self, paths: Iterable[Path], *, mapping: MapFile | Mapping[Path, MapFile] | None = None, ids: Ids | None = None,
        as_of: datetime | None = None, rejects: Callable[[Rejected], None] | None = None, partial: bool = False,
        limits: Limits | None = None,
    ) -> None:  # fmt: skip
        self.counts_of: dict[Path, Counts] = {}
        self.mappings: dict[Path, MapFile] = {}
        self.notes_of: dict[Path, list[str]] = {}
        self._paths = tuple(paths)
        self._mapping = mapping
        self._ids = ids
        self._as_of = in_utc(as_of) if as_of is not None else datetime.now(UTC) + CLOCK_SKEW
        self._rejects = rejects
        self._partial = partial
        self._limits = limits or Limits()
        self._seen = Seen()

    @property
    def counts(self) -> Counts:
        """The sum over all files."""
        return Counts.total(self.counts_of.values())

    def __iter__(self) -> Iterator[EventRow]:
        with self._seen:
            for path in self._paths:
                yield from self.read(path)

    def read(self, path: Path) -> Iterator[EventRow]:
        """The events of one of the files, for who goes on where another cannot be read."""
        mapping = self._mapping if isinstance(self._mapping, MapFile | None) else self._mapping.get(path)
        counts = self.counts_of[path] = Counts()
        notes = self.notes_of[path] = []
        with open_source(path, self._limits) as source:
            form = source.form
        text_cells = form in {"csv", "tsv"}
        mapper: RowMapper | None = None
        names = (mapping.names or None) if mapping is not None else None
        for record in read_records(path, limits=self._limits, partial=self._partial, names=names, note=notes.append):
            counts.rows_in += 1
            row = record.value
            if isinstance(row, InputError):
                self._reject(record, row, counts)
                continue
            if mapper is None:
                mapping = mapping or _fitting(path, row, text_cells=text_cells)
                header = None if form == "jsonl" else frozenset(row)
                mapper = RowMapper(mapping, text_cells=text_cells, header=header)
                self.mappings[path] = mapping
            try:
                found = self._events(record, mapper.events(row), mapper.mapping, counts)
            except InputError as error:
                self._reject(record, error, counts)
                continue
            counts.kept += 1
            for name in mapper.ignored(row):
                count(counts.ignored, name)
            yield from found

    def _events(self, record: Record, told: list[RawEvent], mapping: MapFile, counts: Counts) -> list[EventRow]:
        """The row's events without those that are left out; raises where nothing of the row remains."""
        made = [self._event(record, raw, mapping) for raw in told]  # all are checked before any is counted
        kept: list[EventRow] = []
        left_out: list[str] = []
        in_row: dict[bytes, int] = {}
        for row in made:
            if row.event.at > self._as_of:
                left_out.append(_LATER)
                continue
            key = _key(row)
            if len(made) > 1 and not row.event.id:  # two equal items of one order are two
                in_row[key] = again = in_row.get(key, -1) + 1
                key += b"\0again%d" % again if again else b""
            if self._seen.new(blake2b(key, digest_size=16).digest()):
                kept.append(row)
            else:
                left_out.append(_DUPLICATE)
        if left_out:
            counts.duplicates += left_out.count(_DUPLICATE)
            if not kept:
                reason, field = _LEFT_OUT[left_out[0]]
                raise InputError(reason, field=field)
            counts.left_out.update(left_out)
        for row in kept:
            _count(row, counts)
        return kept

    def _event(self, record: Record, raw: RawEvent, mapping: MapFile) -> EventRow:
        shopper = shopper_of(raw, mapping, self._ids)
        try:
            event = Event.model_validate(raw.fields)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            field = str(first["loc"][0]) if first["loc"] else ""
            raise InputError(first["msg"].removeprefix("Value error, "), field=field) from error
        return EventRow(shopper, event, raw.order_id, record.file, record.line, raw.notes)

    def _reject(self, record: Record, error: InputError, counts: Counts) -> None:
        counts.rejected += 1
        # Columns and bytes differ from row to row; what went wrong is counted without them.
        reason = re.sub(r"[0-9]+", "N", error.message) if isinstance(record.value, InputError) else error.message
        count(counts.reasons, f"{error.field}: {reason}" if error.field else reason)
        if self._rejects is not None:
            place = (record.file, record.line, record.byte_offset)
            self._rejects(Rejected(*place, error.field, error.message, record.sha256))


def _count(row: EventRow, counts: Counts) -> None:
    event = row.event
    counts.events += 1
    if "unknown_type" in row.notes:
        count(counts.unknown_types, event.type)
    else:
        counts.types[event.type] += 1
    for note in row.notes:
        counts.notes[note] += 1
    filled: dict[str, Any] = event.__dict__
    for name in _FIELDS:
        if filled[name] is not None:
            counts.filled[name] += 1
    if event.id:
        counts.filled["id"] += 1
    if row.order_id is not None:
        counts.filled["order_id"] += 1
    if event.currency is not None and event.price is not None:
        count(counts.currencies, event.currency)


def _fitting(path: Path, row: Mapping[str, Any], *, text_cells: bool) -> MapFile:
    mapping = recognised(row, text_cells=text_cells)
    if mapping is None:
        columns = ", ".join(list(row)[:20])[:300]
        hint = "`purchase-agent inspect FILE > map.yaml` drafts a map, which --map reads; --outcomes-map for --outcomes"
        raise InputError(f"{path}: no shipped map has its columns ({columns})", hint=hint, field="file")
    return mapping


def _key(row: EventRow) -> bytes:
    event = row.event
    if event.id:
        return f"i\0{row.shopper_id}\0{event.id}".encode()
    content = (
        f"c\0{row.shopper_id}\0{event.type}\0{event.at.timestamp()!r}\0{row.order_id}\0{event.item_id}\0{event.category}"
        f"\0{event.price!r}\0{event.currency}\0{event.quantity!r}\0{event.query}"
    )
    return content.encode()
