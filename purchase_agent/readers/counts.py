"""What a reading of event files counted. Bounded: names beyond the first thousand are counted together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Self

MOST_NAMES = 1000
BEYOND = "(more)"
"""Stands for all names after the first ``MOST_NAMES`` of one count."""


def count(into: Counter[str], name: str, by: int = 1) -> None:
    """Counts a name that comes from a file."""
    if name not in into and len(into) >= MOST_NAMES:
        name = BEYOND
    into[name] += by


@dataclass(slots=True)
class Counts:
    """Rows and events. ``rows_in == kept + rejected`` always; a row that makes two events is one row.

    Attributes:
        events: events handed out.
        reasons: rejected rows by ``field: reason``.
        left_out: events left out of a row of which others were kept, ``later`` or ``duplicate``.
        duplicates: events that had been read before, in rows rejected for it too.
        types: events by our type; ``unknown_types`` those kept as ``other:<name>``.
        notes: events by note (see ``raw.RawEvent``); ``timezone_assumed_utc`` are the naive times.
        filled: events in which each field stands.
        ignored: rows by column that the map does not name.
        currencies: events by currency; sums over several would be wrong.
    """

    rows_in: int = 0
    kept: int = 0
    rejected: int = 0
    events: int = 0
    duplicates: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    unknown_types: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    ignored: Counter[str] = field(default_factory=Counter)
    currencies: Counter[str] = field(default_factory=Counter)

    @property
    def naive_times(self) -> int:
        """Times without a zone where the map names none, read as UTC."""
        return self.notes["timezone_assumed_utc"]

    @classmethod
    def total(cls, parts: Iterable[Self]) -> Self:
        """The sum of the counts of several files."""
        whole = cls()
        for part in parts:
            for one in fields(cls):
                mine, more = getattr(whole, one.name), getattr(part, one.name)
                if isinstance(more, Counter):
                    for name, number in more.items():
                        count(mine, name, number)
                else:
                    setattr(whole, one.name, mine + more)
        return whole
