"""What a step of a run counted; the counts of all steps add up to those of the run."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Self

from pydantic import BaseModel, ConfigDict

from purchase_agent.readers.counts import count

_NUMBER = re.compile(r"[0-9]+")


class Tally(BaseModel):
    """Counts of rows and of shoppers.

    Attributes:
        rows_in: rows of input files; each is in the end kept or rejected.
        rows_kept: that are part of a shopper who was scored.
        rows_rejected: that are listed in the file of rejected rows; ``reasons`` says why, as ``field: reason``.
        rows_out: of the output: shoppers, or texts where each is scored alone.
        statuses, engines, answered: of the rows out; ``answered`` are the provenance's reasons.
        ahead: of the shoppers those whose own ``as_of`` is later than the run's moment.
        remembered: readings of texts and histories that were taken from the cache, and those that were not there.
    """

    model_config = ConfigDict(extra="forbid")
    rows_in: int = 0
    rows_kept: int = 0
    rows_rejected: int = 0
    shoppers: int = 0
    ahead: int = 0
    rows_out: int = 0
    statuses: Counter[str] = Counter()
    engines: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    remembered: Counter[str] = Counter()

    def reject(self, field: str, reason: str) -> None:
        """Counts a rejected row."""
        self.rows_rejected += 1
        told = reason if not field or reason.startswith(f"{field}: ") else f"{field}: {reason}"
        count(self.reasons, _NUMBER.sub("N", told))  # columns and places differ from row to row

    def warnings(self, as_of: str) -> list[str]:
        """What a run of that moment should be told of, in words."""
        words = f"{self.ahead} shoppers tell an as_of of their own later than the run's, {as_of}: check their clock"
        return [words] if self.ahead else []

    @classmethod
    def total(cls, parts: Iterable[Self]) -> Self:
        """The sum."""
        whole = cls()
        for part in parts:
            for name in cls.model_fields:
                mine, more = getattr(whole, name), getattr(part, name)
                if isinstance(more, Counter):
                    for one, number in more.items():
                        count(mine, one, number)
                else:
                    setattr(whole, name, mine + more)
        return whole
