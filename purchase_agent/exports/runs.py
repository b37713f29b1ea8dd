"""Which run of a store a report is about, and the partitions in which a large store is counted."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from purchase_agent.clean import printable
from purchase_agent.errors import InputError
from purchase_agent.store import Reader

LEAST = 10
"""Fewest shoppers of a group that is told, unless a report says otherwise."""
_ROWS_AT_ONCE = 2_000_000  # of events: some hundreds of megabytes sorted


class Finished(NamedTuple):
    """A run that is asked about; ``as_of`` in UTC."""

    run_id: str
    number: int
    as_of: datetime


def chosen_run(reader: Reader, run: str | None = None) -> Finished:
    """The run of an id or a number, else the newest; only such as are finished.

    Raises:
        InputError: there is none.
    """
    found = reader.rows(
        "SELECT run_id, number, as_of FROM runs WHERE finished_at IS NOT NULL AND as_of IS NOT NULL"
        " ORDER BY number DESC"
    )
    for row in found:
        if run is None or run in (row["run_id"], str(row["number"])):
            return Finished(row["run_id"], row["number"], row["as_of"])
    if not found:
        hint = "score shoppers into it: purchase-agent score FILE --store S"
        raise InputError("the store has no finished run", hint=hint, field="file")
    known = ", ".join(str(row["number"]) for row in found[:10])
    raise InputError(f"no finished run {printable(str(run))[:80]}", hint=f"there are: {known}", field="file")


def partitions(reader: Reader, table: str = "events") -> list[tuple[int, int]]:
    """(modulus, rest) pairs: ``hash(shopper_id) % modulus = rest`` picks some two million rows or fewer each."""
    (row,) = reader.rows(f"SELECT count(*) AS n FROM {table}")  # noqa: S608 -- a table of ours
    number = max(1, -(-row["n"] // _ROWS_AT_ONCE))
    return [(number, rest) for rest in range(number)]


def latest(reader: Reader) -> datetime | None:
    """Up to when events are known: the moment of the newest finished run."""
    (row,) = reader.rows("SELECT max(as_of) AS until FROM runs WHERE finished_at IS NOT NULL")
    until: datetime | None = row["until"]
    return until
