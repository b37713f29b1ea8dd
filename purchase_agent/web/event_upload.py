"""An event file that was sent, read by the readers that the command line uses, as shoppers that can be predicted.

The file lies in a folder of its own while it is read, and nowhere afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import BaseModel, ConfigDict

from purchase_agent.errors import InputError
from purchase_agent.evidence import Event
from purchase_agent.readers.events import EventReader, EventRow
from purchase_agent.readers.files import Limits
from purchase_agent.readers.rejects import Rejected

LONGEST_NAME = 100
MOST_READ = 100_000
MOST_SHOPPERS, MOST_EVENTS, MOST_REJECTED = 200, 2_000, 20
_UNPACKED = 32 << 20
_NAME = re.compile(r"[^\w.-]")


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RejectedRow(_Told):
    """A row that cannot be used; ``line`` counts from 1."""

    line: int | None
    field: str
    reason: str


class ReadShopper(_Told):
    """One shopper of the file. ``events``: the newest, oldest of them first; ``left_out`` of his were older."""

    shopper_id: str
    events: list[Event]
    left_out: int


class ReadEvents(_Told):
    """What an event file holds.

    ``shoppers``: those with the most events first; ``more_shoppers`` are not among them. ``rows_in`` is ``kept`` and
    ``rejected_rows`` together; of the rejected the first are told.
    """

    map: str
    rows_in: int
    kept: int
    rejected_rows: int
    rejected: list[RejectedRow]
    notes: list[str]
    shoppers: list[ReadShopper]
    more_shoppers: int


def read_upload(name: str, content: bytes) -> ReadEvents:
    """The shoppers of an event file.

    Args:
        name: as the file was called; only its ending matters.

    Raises:
        InputError: no map fits its columns, it holds more than ``MOST_READ`` events, or it cannot be read at all.
    """
    ending = _NAME.sub("_", name).encode("utf-8", "replace")[-LONGEST_NAME:]
    safe = ending.decode("utf-8", "ignore").lstrip(".") or "events"
    rejected: list[RejectedRow] = []

    def note(row: Rejected) -> None:
        if len(rejected) < MOST_REJECTED:
            rejected.append(RejectedRow(line=row.line, field=row.field, reason=row.reason))

    with TemporaryDirectory(prefix="purchase-agent-") as folder:
        path = Path(folder, safe)
        path.write_bytes(content)
        reader = EventReader([path], rejects=note, limits=Limits(max_bytes=_UNPACKED))
        found: dict[str, list[Event]] = {}
        try:
            for row in _bounded(reader):
                found.setdefault(row.shopper_id, []).append(row.event)
        except InputError as error:  # its words name the folder
            raise InputError(error.message.replace(f"{folder}/", ""), hint=error.hint, field=error.field) from error
        counts, mapping, notes = reader.counts, reader.mappings.get(path), reader.notes_of[path]
    if not found:
        told = f"{counts.rows_in} rows, {counts.rejected} of them rejected"
        why = ", ".join(name for name, _ in counts.reasons.most_common(3))
        raise InputError(f"no event in the file: {told}", hint=why[:200] or "it is empty", field="file")
    most = sorted(found.items(), key=_size)[:MOST_SHOPPERS]
    return ReadEvents(
        map=mapping.format if mapping is not None else "", rows_in=counts.rows_in, kept=counts.kept,
        rejected_rows=counts.rejected, rejected=rejected, notes=list(notes)[:MOST_REJECTED],
        shoppers=[_newest(shopper, events) for shopper, events in most],
        more_shoppers=len(found) - len(most),
    )  # fmt: skip


def _bounded(reader: EventReader) -> Iterator[EventRow]:
    """Its events, as many as may be held at once."""
    for row in reader:
        if reader.counts.kept > MOST_READ:
            hint = "predict them with purchase-agent score"
            raise InputError(f"more than {MOST_READ} events", hint=hint, field="file")
        yield row


def _size(item: tuple[str, list[Event]]) -> tuple[int, str]:
    return -len(item[1]), item[0]


def _newest(shopper: str, events: Iterable[Event]) -> ReadShopper:
    ordered = sorted(events, key=_when)
    kept = ordered[-MOST_EVENTS:]
    taken: set[str] = set()
    for place, event in enumerate(kept):  # a shopper has each id once, and the rows of one order share theirs
        own = event.id if event.id and event.id not in taken else f"row-{place + 1}"
        while own in taken:
            own += "+"
        taken.add(own)
        kept[place] = event.model_copy(update={"id": own})
    return ReadShopper(shopper_id=shopper, events=kept, left_out=len(ordered) - len(kept))


def _when(event: Event) -> tuple[datetime, str]:
    return (event.at if event.at.tzinfo else event.at.replace(tzinfo=UTC)), event.type
