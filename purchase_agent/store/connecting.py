"""Connections to a store's file, for writing: opened for a transaction, closed after it."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from purchase_agent.clean import printable
from purchase_agent.errors import StoreError
from purchase_agent.store.locking import in_use, pid_in, unusable
from purchase_agent.store.schema import TABLES, VERSION, create

if TYPE_CHECKING:
    import duckdb

PATIENCE_S = 60.0
"""How long a writer waits for those who read."""
_POLL_S = 0.05
_MEMORY = "256MB"


@contextmanager
def connected(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that may write; waits until nobody reads. What DuckDB raises inside comes out as ``StoreError``.

    Raises:
        StoreError: the file is no store of this version or damaged, somebody reads it for longer than ``PATIENCE_S``,
            or it cannot be written.
    """
    import duckdb

    try:
        connection = _opened(path)
        try:
            check_version(connection, path)
            yield connection
        finally:
            connection.close()
    except duckdb.Error as error:
        raise failed(path, error) from error


def check_version(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Refuses a DuckDB file of another kind or version."""
    import duckdb

    try:
        found = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
    except duckdb.CatalogException as error:
        raise no_store(path) from error
    if found is None or found[0] != VERSION:
        raise other_version(path, str(found[0]) if found else "none")


def make(path: Path) -> None:
    """Makes an empty store, whole or not at all; one that is there already is left as it is.

    Raises:
        StoreError: it cannot be made there.
    """
    import duckdb

    try:
        folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    except OSError as error:
        raise unusable(path, error) from error
    new = folder / "new.duckdb"
    try:
        with duckdb.connect(str(new), config=settings()) as connection:
            for table in TABLES:
                connection.execute(create(table))
            connection.execute("INSERT INTO meta VALUES ('schema_version', ?)", [VERSION])
        new.chmod(0o600)  # it will hold shoppers' words
        with suppress(FileExistsError):  # somebody else was quicker
            os.link(new, path)
    except OSError as error:
        raise unusable(path, error) from error
    except duckdb.Error as error:
        raise failed(path, error) from error
    finally:
        for left in folder.iterdir():
            left.unlink()
        folder.rmdir()


def settings() -> dict[str, str | bool | int | float | list[str]]:
    """How DuckDB writes: on one core, in little memory, and with nothing but the file itself."""
    return {
        "threads": 1,
        "memory_limit": _MEMORY,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }


def failed(path: Path, error: Exception) -> StoreError:
    """What DuckDB says, as our error: the text of a row is never repeated."""
    import duckdb

    shown, said = printable(str(path)), str(error)
    if "No space left" in said or "File too large" in said:
        return StoreError(f"cannot write the store {shown}: no space left", hint="make room on the disk")
    if "not a valid DuckDB database" in said or "is an existing extension" in said:  # it can be had for SQLite's files
        return no_store(path)
    if "ermission denied" in said or "Read-only file system" in said:
        return StoreError(f"cannot write the store {shown}: permission denied", hint="check its owner and mode")
    if isinstance(error, duckdb.IOException | duckdb.FatalException | duckdb.InternalException) or "orrupt" in said:
        reason = printable(" ".join(said.split()))[:200]
        return StoreError(f"the store {shown} is damaged or cannot be read: {reason}", hint="restore a copy of it")
    return StoreError(f"the store {shown} failed: {type(error).__name__}", hint="please report it")


def no_store(path: Path) -> StoreError:
    """The error of a file of another kind."""
    return StoreError(
        f"{printable(str(path))} is not a store", hint="one is made by: purchase-agent score FILE --store S"
    )


def other_version(path: Path, found: str) -> StoreError:
    """The error of a store that another version of this package made."""
    return StoreError(
        f"the store {printable(str(path))} has version {printable(found)[:40]}, this package reads {VERSION}",
        hint="score into a new store, or use the version of the package that made it",
    )


def _opened(path: Path) -> duckdb.DuckDBPyConnection:
    import duckdb

    until = time.monotonic() + PATIENCE_S
    while True:
        if not path.is_file():
            raise StoreError(f"there is no store {printable(str(path))}", hint="check the path")
        try:
            return duckdb.connect(str(path), config=settings())
        except duckdb.IOException as error:
            if "Could not set lock" not in str(error):
                raise
            if time.monotonic() > until:
                raise in_use(path, "being read", pid_in(str(error))) from error
        time.sleep(_POLL_S)
