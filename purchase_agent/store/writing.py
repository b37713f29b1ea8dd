"""Writing to a store: runs, and the shoppers scored in them. Each ``add`` is there as a whole or not at all."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from purchase_agent.errors import StoreError
from purchase_agent.evidence import in_utc
from purchase_agent.store.connecting import connected, make
from purchase_agent.store.locking import WriterLock
from purchase_agent.store.reading import Parameters, Reader
from purchase_agent.store.schema import OF_A_SHOPPER, TABLES, names
from purchase_agent.store.scored import Row, Scored, rows_of

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


class Store:
    """A store's file, opened for a ``with`` block.

    With ``write`` the file is made where there is none, and no other process may write until the block ends. Those who
    ask take turns with the single transactions. Not for several threads.

    Raises:
        StoreError: no store, another version, being written by another process, or it cannot be made.
    """

    def __init__(self, path: Path | str, *, write: bool = False) -> None:
        self.path = Path(path)
        self._write = write
        self._lock: WriterLock | None = None
        self._reader: Reader | None = None

    def __enter__(self) -> Self:
        if not self._write:
            self._reader = Reader(self.path).__enter__()
            return self
        if not self.path.exists():
            make(self.path)
        self._lock = WriterLock(self.path)
        try:
            with connected(self.path):
                pass  # a file that is no store is told now, not with the first shopper
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def begin(
        self, *, engine: str, evidence: str, models: Mapping[str, str], source: str, run_id: str | None = None,
        as_of: datetime | None = None,
    ) -> Run:  # fmt: skip
        """A new run; with the id of one that is there already (finished or not), that one goes on.

        Args:
            engine, evidence: as asked for.
            models: as the provenance of its predictions has them.
            source: what was scored, in words: names of files, not of people.
            as_of: the run's moment. It may turn out earlier, where all its shoppers are; a single shopper whose own
                moment is later does not move it. Of the latest shopper unless given.
        """
        self._check_writing()
        with connected(self.path) as connection:
            held = connection.execute("SELECT number FROM runs WHERE run_id = ?", [run_id]).fetchone()
            if held is not None and run_id is not None:
                return Run(self, run_id, int(held[0]), as_of)
            now = _now()
            name = run_id or f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
            (number,) = connection.execute("SELECT coalesce(max(number), 0) + 1 FROM runs").fetchone() or (1,)
            connection.execute(
                "INSERT INTO runs VALUES (?, ?, ?, NULL, NULL, ?, ?, ?, ?, 0, 0)",
                [name, number, now, engine, evidence, json.dumps(dict(models), sort_keys=True), source],
            )
        return Run(self, name, int(number), as_of)

    def rows(self, sql: str, parameters: Parameters = ()) -> list[dict[str, Any]]:
        """What a query of ours finds, asked as every question is: see ``Reader.rows``. Only without ``write``."""
        if self._reader is None:
            raise ValueError("a store that is open for writing is asked through a Reader of its own")
        return self._reader.rows(sql, parameters)

    def _check_writing(self) -> None:
        if self._lock is None:
            raise ValueError("a Store is written inside its `with` block and with write=True")


class Run:
    """One scoring of many shoppers; made by ``Store.begin``."""

    def __init__(self, store: Store, run_id: str, number: int, as_of: datetime | None = None) -> None:
        self.run_id = run_id
        self.number = number
        self._store = store
        self._latest = in_utc(as_of).replace(tzinfo=None) if as_of is not None else None

    def add(self, rows: Sequence[Scored]) -> None:
        """Puts shoppers in, in one transaction; one who is in the run already is replaced, texts and events too.

        A thousand at once are written about as fast as many thousands; ten at once are not.

        Raises:
            StoreError: nothing of them was stored.
        """
        self._store._check_writing()  # noqa: SLF001 -- a run is a part of its store
        if not rows:
            return
        found = {one.shopper.shopper_id: rows_of(one) for one in rows}
        tables = {
            "predictions": _table("predictions", [(self.run_id, *of.prediction) for of in found.values()]),
            "texts": _table("texts", [row for of in found.values() for row in of.texts]),
            "events": _table("events", [row for of in found.values() for row in of.events]),
        }
        with connected(self._store.path) as connection:
            connection.execute("BEGIN")
            self._remove_known(connection, tables["predictions"])
            for name, table in tables.items():
                connection.register("new_rows", table)
                connection.execute(f"INSERT INTO {name} SELECT * FROM new_rows")  # noqa: S608 -- a table of ours
                connection.unregister("new_rows")
            connection.execute("COMMIT")

    def finish(self, rejected: int = 0) -> None:
        """From now on the run is asked about. ``rejected``: rows of its source that were no shopper."""
        self._store._check_writing()  # noqa: SLF001
        with connected(self._store.path) as connection:
            connection.execute(
                "UPDATE runs SET finished_at = $1, rejected = $2,"
                " as_of = (SELECT CASE WHEN max(as_of) > $4 THEN $4 ELSE max(as_of) END"
                " FROM predictions WHERE run_id = $3),"
                " shoppers = (SELECT count(*) FROM predictions WHERE run_id = $3) WHERE run_id = $3",
                [_now(), rejected, self.run_id, self._latest],
            )

    def _remove_known(self, connection: duckdb.DuckDBPyConnection, predictions: pa.Table) -> None:
        """Takes out what is replaced. Texts and events are looked through only for shoppers who were there before."""
        connection.register("new_rows", predictions.select(["shopper_id"]))
        connection.execute(
            "CREATE TEMP TABLE known AS SELECT DISTINCT shopper_id FROM predictions"
            " WHERE shopper_id IN (SELECT shopper_id FROM new_rows)"
        )
        connection.unregister("new_rows")
        if connection.execute("SELECT count(*) FROM known").fetchone() != (0,):
            for table in OF_A_SHOPPER:
                only = " AND run_id = ?" if table == "predictions" else ""
                connection.execute(
                    f"DELETE FROM {table} WHERE shopper_id IN (SELECT shopper_id FROM known){only}",  # noqa: S608
                    [self.run_id] if only else [],
                )
        connection.execute("DROP TABLE known")


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _table(name: str, rows: list[Row]) -> pa.Table:
    import pyarrow as pa

    kinds = {
        "VARCHAR": pa.string(), "VARCHAR[]": pa.list_(pa.string()), "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_(),
        "TINYINT": pa.int8(), "INTEGER": pa.int32(), "DATE": pa.date32(), "TIMESTAMP": pa.timestamp("us"),
    }  # fmt: skip
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(TABLES[name])
    try:
        arrays = [pa.array(list(of), kinds[kind]) for of, (_, kind) in zip(columns, TABLES[name], strict=True)]
    except UnicodeEncodeError as error:
        raise StoreError(
            "half a character, which no file could take", hint="read shoppers with read_shopper"
        ) from error
    return pa.Table.from_arrays(arrays, names=list(names(name)))
