"""One shopper out of a store, every byte of him: all others are copied to a new file that takes the old one's place.

Deleting would leave his words in the file's free blocks. While others are copied nobody writes; who reads, reads the
old file to the end of his question. Killed at any moment there is the whole old file or the whole new one, and a copy
that was begun is removed by the next erasure.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from purchase_agent.store.connecting import check_version, connected, failed, settings
from purchase_agent.store.locking import WriterLock, unusable
from purchase_agent.store.schema import OF_A_SHOPPER, TABLES, create

if TYPE_CHECKING:
    import duckdb

_READ_AT_ONCE = 1 << 20


class Erasure:
    """Removes one shopper from a store: what he left is told when the ``with`` block begins, gone after ``carry_out``.

    Other files are best searched between the two: his words are known only as long as the store has them, and after an
    end amid it the same is done again. Nobody else writes the store until the block is left.

    Args:
        path: of the store.
        names: his id, and the pseudonyms he may stand under.
        pieces: what else is made of a text of his, as its clauses.

    Attributes:
        rows: table -> rows of his; ``context``: of others' texts those that are his words in their discussions.
        words: what he and nobody else wrote or searched for, and quotes of it; ``parts``: pieces of that.
        before, after: SHA-256 of the file; equal where nothing was there.

    Raises:
        StoreError: no store, in use by who writes, or the copy cannot be made (then nothing was changed).
    """

    def __init__(self, path: Path, names: Sequence[str], pieces: Callable[[str], Iterable[str]] = lambda _: ()) -> None:
        self.path = path
        self.rows: dict[str, int] = {}
        self.words: set[str] = set()
        self.parts: set[str] = set()
        self.before = self.after = ""
        self._names = list(names)
        self._pieces = pieces
        self._lock: WriterLock | None = None

    def __enter__(self) -> Self:
        self._lock = WriterLock(self.path)
        try:
            _remove_leftovers(self.path)
            with connected(self.path) as connection:  # closing it brings what lies in the log into the file
                self.rows = _rows(connection, self._names)
                words = _words(connection, self._names)
                parts = {part for word in words for part in self._pieces(word)} - words
                own = _own_words(connection, self._names, words | parts)
                self.words, self.parts = words & own, parts & own
                connection.execute("CHECKPOINT")
            self.before = self.after = digest(self.path)
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

    def carry_out(self) -> None:
        """Puts a store without him in the place of the old one; does nothing where he is not in it."""
        if self._lock is None:
            raise ValueError("an Erasure is carried out inside its `with` block")
        if any(self.rows.values()):
            _replace(self.path, self._names)
            self.after = digest(self.path)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    whole = hashlib.sha256()
    with path.open("rb") as file:
        while some := file.read(_READ_AT_ONCE):
            whole.update(some)
    return whole.hexdigest()


def _rows(connection: duckdb.DuckDBPyConnection, names: list[str]) -> dict[str, int]:
    """How many rows of his there are."""
    found: dict[str, int] = {}
    for table in OF_A_SHOPPER:
        sql = f"SELECT count(*) FROM {table} WHERE list_contains(?, shopper_id)"  # noqa: S608 -- a table of ours
        (found[table],) = connection.execute(sql, [names]).fetchone() or (0,)
    context = f"SELECT count(*) FROM texts WHERE NOT list_contains($names, shopper_id) AND {_HIS_IN_OTHERS}"  # noqa: S608
    (found["context"],) = connection.execute(context, {"names": names}).fetchone() or (0,)
    return found


def _words(connection: duckdb.DuckDBPyConnection, names: list[str]) -> set[str]:
    """What he wrote and searched for, and the quotes of it."""
    texts = "SELECT text, quotes FROM texts WHERE list_contains(?, shopper_id) AND role = 'shopper'"
    words: set[str] = set()
    for text, quotes in connection.execute(texts, [names]).fetchall():
        words |= {text, *(one["quote"] for one in json.loads(quotes or "[]"))}
    asked = "SELECT DISTINCT query FROM events WHERE list_contains(?, shopper_id) AND query IS NOT NULL"
    words |= {query for (query,) in connection.execute(asked, [names]).fetchall()}
    told = "SELECT prediction FROM predictions WHERE list_contains(?, shopper_id)"
    for (prediction,) in connection.execute(told, [names]).fetchall():
        words |= {one["quote"] for one in json.loads(prediction)["evidence"] if one["quote"]}
    return words


def _own_words(connection: duckdb.DuckDBPyConnection, names: list[str], words: set[str]) -> set[str]:
    """Which words nobody else wrote or searched for."""
    others = connection.execute(
        "WITH said AS MATERIALIZED (SELECT text FROM texts WHERE role = 'shopper'"
        " AND NOT list_contains($names, shopper_id) UNION SELECT query FROM events WHERE query IS NOT NULL"
        " AND NOT list_contains($names, shopper_id)) SELECT word FROM (SELECT unnest($words) AS word)"
        " WHERE EXISTS (SELECT 1 FROM said WHERE contains(text, word))",
        {"names": names, "words": sorted(words)},
    )
    return words - {word for (word,) in others.fetchall()}


_HIS_IN_OTHERS = (
    "role <> 'shopper' AND text IN"
    " (SELECT text FROM texts WHERE role = 'shopper' AND list_contains($names, shopper_id))"
)
"""His words that stand as context in somebody else's discussion."""


def _replace(path: Path, names: list[str]) -> None:
    """Copies all others and swaps the files; returns the digest of the new one."""
    import duckdb

    new = _copy_of(path)
    mode = path.stat().st_mode & 0o777
    try:
        with duckdb.connect(str(new), config=settings()) as connection:
            connection.execute(f"ATTACH '{str(path).replace(chr(39), chr(39) * 2)}' AS old (READ_ONLY)")
            for table in TABLES:
                connection.execute(create(table))
            for table in TABLES:
                where = " WHERE NOT list_contains($names, shopper_id)" if table in OF_A_SHOPPER else ""
                if table == "texts":
                    where += f" AND NOT ({_HIS_IN_OTHERS.replace('FROM texts', 'FROM old.texts')})"
                values = {"names": names} if where else {}
                connection.execute(f"INSERT INTO {table} SELECT * FROM old.{table}{where}", values)  # noqa: S608
            connection.execute(
                "UPDATE runs SET shoppers = (SELECT count(*) FROM predictions p WHERE p.run_id = runs.run_id)"
                " WHERE finished_at IS NOT NULL"
            )
            check_version(connection, path)
            connection.execute("DETACH old")
        new.chmod(mode)
        _flush(new)
        new.replace(path)
        _flush(path.parent)
    except OSError as error:
        raise unusable(path, error) from error
    except duckdb.Error as error:
        raise failed(path, error) from error
    finally:
        _remove_leftovers(path)


def _copy_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.erasing")


def _remove_leftovers(path: Path) -> None:
    """A copy that was begun, and what DuckDB put beside a file when it ran out of memory."""
    copy = _copy_of(path)
    for one in (copy, Path(f"{copy}.wal")):
        one.unlink(missing_ok=True)
    for folder in (Path(f"{copy}.tmp"), Path(f"{path}.tmp")):
        shutil.rmtree(folder, ignore_errors=True)


def _flush(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
