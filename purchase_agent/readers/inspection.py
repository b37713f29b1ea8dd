"""Event files read through to see what is in them: by a given map or a drafted one, each row kept or refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from purchase_agent.errors import InputError
from purchase_agent.readers.counts import Counts, count
from purchase_agent.readers.draft import Draft, draft
from purchase_agent.readers.events import EventReader, EventRow
from purchase_agent.readers.ids import Ids
from purchase_agent.readers.mapping import MapFile
from purchase_agent.readers.records import read_records
from purchase_agent.readers.rejects import Rejected, RejectWriter

SHOWN_ROWS = 10
_FIELDS = ("item_id", "category", "query", "price", "currency", "quantity", "id", "order_id")


@dataclass(slots=True)
class Inspected:
    """One file: its map, how much of it was read, and the first of its events. ``error``: why reading it ended."""

    path: Path
    draft: Draft
    counts: Counts = field(default_factory=Counts)
    first: list[EventRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    error: InputError | None = None

    @property
    def coverage(self) -> dict[str, float]:
        """Share of the events in which each field stands."""
        counts = self.counts
        return {name: round(counts.filled[name] / max(counts.events, 1), 4) for name in _FIELDS}


def inspected(
    paths: Iterable[Path], mapping: MapFile | None, ids: Ids | None, as_of: datetime | None, *, rejected: Path | bool
) -> list[Inspected]:
    """Reads each file to its end; one that cannot be read does not keep the others from it.

    Args:
        paths: event files.
        mapping: for all files; without it each gets a draft of its own.
        ids: joins ids of several systems.
        as_of: later events are refused.
        rejected: True writes ``FILE.rejected.jsonl`` beside each file, a path that one file for all.

    Raises:
        InputError: a file of rejected rows cannot be written.
    """
    drafts = {path: Draft((), mapping) if mapping is not None else _drafted(path) for path in paths}
    maps = {path: one.mapping for path, one in drafts.items() if isinstance(one, Draft) and one.mapping is not None}
    reject = _Rejects()
    reader = EventReader(drafts, mapping=maps, ids=ids, as_of=as_of, rejects=reject)
    found = []
    with ExitStack() as stack:
        if isinstance(rejected, Path):
            reject.write = stack.enter_context(RejectWriter(rejected)).write
        for path, one in drafts.items():
            if isinstance(one, InputError):
                found.append(Inspected(path, Draft(()), error=one))
            elif rejected is True:
                with RejectWriter(path.with_name(f"{path.name}.rejected.jsonl")) as writer:
                    reject.write = writer.write
                    found.append(_read(reader, path, one, reject))
            else:
                found.append(_read(reader, path, one, reject))
    return found


class _Rejects:
    """Hands refused rows on to the writer of the file in hand, if any."""

    def __init__(self) -> None:
        self.write: Callable[[Rejected], None] | None = None

    def __call__(self, rejected: Rejected) -> None:
        if self.write is not None:
            self.write(rejected)


def _drafted(path: Path) -> Draft | InputError:
    try:
        return draft(path)
    except InputError as error:
        return error


def _read(reader: EventReader, path: Path, one: Draft, reject: _Rejects) -> Inspected:
    found = Inspected(path, one)
    try:
        if one.mapping is None:
            _without_map(found, reject)
        else:
            events = reader.read(path)
            found.first = list(islice(events, SHOWN_ROWS))
            for _ in events:
                pass
    except InputError as error:
        found.error = error
    if path in reader.counts_of:
        found.counts, found.notes = reader.counts_of[path], reader.notes_of[path]
    return found


def _without_map(found: Inspected, reject: _Rejects) -> None:
    """Refuses every row: those that are broken for their own reason, the others because no map tells what they are."""
    counts, missing = found.counts, found.draft.missing
    no_map = InputError("no column of the file was taken for it: write a map", field=missing[0] if missing else "")
    for record in read_records(found.path, note=found.notes.append):
        error = record.value if isinstance(record.value, InputError) else no_map
        counts.rows_in += 1
        counts.rejected += 1
        count(counts.reasons, f"{error.field}: {error.message}" if error.field else error.message)
        reject(Rejected(record.file, record.line, record.byte_offset, error.field, error.message, record.sha256))
