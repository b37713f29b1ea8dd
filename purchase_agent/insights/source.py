"""What questions read from: the reader of a store, its finished runs, and the values that its shoppers deal with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from purchase_agent.errors import InputError

MOST_VALUES = 20_000
"""Of categories and of items, the commonest."""


class Rows(Protocol):
    """A reader of a store: our SQL, values as parameters."""

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """The rows of a SELECT."""
        ...


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run. ``quoted``: whether quotes were asked for when it was scored."""

    run_id: str
    number: int
    as_of: datetime | None
    quoted: bool = True


@dataclass(frozen=True, slots=True)
class Values:
    """Names that a question can hold: of categories and items, the commonest first, and of finished runs."""

    categories: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    runs: tuple[int, ...] = ()


class Source:
    """Reads one store. Not for several threads."""

    def __init__(self, reader: Rows) -> None:
        self._reader = reader
        self._runs: list[Run] | None = None
        self._values: Values | None = None

    @property
    def reader(self) -> Any:
        """The store's reader, for the forecast, which reads long answers in parts."""
        return self._reader

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """The rows of a SELECT of ours."""
        return self._reader.rows(sql, list(parameters))

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> dict[str, Any]:
        """Its only row."""
        return self.rows(sql, parameters)[0]

    def runs(self) -> list[Run]:
        """All finished runs, the newest first."""
        if self._runs is None:
            found = self.rows(
                "SELECT run_id, number, as_of, evidence FROM runs WHERE finished_at IS NOT NULL ORDER BY number DESC"
            )
            self._runs = [Run(one["run_id"], one["number"], one["as_of"], one["evidence"] != "none") for one in found]
        return self._runs

    def run(self, number: int | None = None) -> Run:
        """The run of this number, or the newest.

        Raises:
            InputError: there is none.
        """
        runs = self.runs()
        if not runs:
            raise InputError(
                "the store has no finished run", hint="purchase-agent score INPUT --store STORE", field="run"
            )
        if number is None:
            return runs[0]
        for one in runs:
            if one.number == number:
                return one
        known = ", ".join(str(one.number) for one in runs[:8])
        raise InputError(f"no finished run {number}", hint=f"there are {known}", field="run")

    def before(self, run: Run) -> Run | None:
        """The finished run before this one."""
        return next((one for one in self.runs() if one.number < run.number), None)

    def values(self) -> Values:
        """Categories and items of the newest run."""
        if self._values is None:
            runs = self.runs()
            named = {name: self._named(name, runs[0]) if runs else () for name in ("categories", "items")}
            self._values = Values(named["categories"], named["items"], tuple(one.number for one in runs))
        return self._values

    def knows(self, shopper_id: str) -> bool:
        """Whether a finished run holds this shopper."""
        sql = (
            "SELECT 1 FROM predictions p JOIN runs r USING (run_id)"
            " WHERE p.shopper_id = ? AND r.finished_at IS NOT NULL LIMIT 1"
        )
        return bool(self.rows(sql, [shopper_id]))

    def _named(self, column: str, run: Run) -> tuple[str, ...]:
        names = f"SELECT unnest(list_distinct({column})) AS name FROM predictions WHERE run_id = ?"  # noqa: S608 - ours
        sql = f"SELECT name FROM ({names}) GROUP BY name ORDER BY count(*) DESC, name LIMIT {MOST_VALUES}"  # noqa: S608
        return tuple(one["name"] for one in self.rows(sql, [run.run_id]))
