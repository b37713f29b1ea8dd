"""Which events have been read before, in bounded memory: a set of digests, then a file that only this process sees."""

from __future__ import annotations

import sqlite3
from types import TracebackType
from typing import Self

from purchase_agent.errors import InputError

HELD_IN_MEMORY = 500_000
"""Digests of 16 bytes in the set, some 60 MB; with one more, all move to a temporary SQLite file."""
_CACHE_KIB = 65_536


class Seen:
    """Digests, each told apart from all before. To be used in a ``with`` block, which removes the file."""

    def __init__(self, held: int = HELD_IN_MEMORY) -> None:
        self._held = held
        self._digests: set[bytes] = set()
        self._file: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def new(self, digest: bytes) -> bool:
        """Whether this digest (16 bytes) comes for the first time.

        Raises:
            InputError: the temporary file cannot be written.
        """
        if self._file is None:
            before = len(self._digests)
            self._digests.add(digest)
            if len(self._digests) > self._held:
                self._spill()
                return True
            return len(self._digests) > before
        try:
            return self._file.execute("INSERT OR IGNORE INTO seen VALUES (?)", (digest,)).rowcount == 1
        except sqlite3.Error as error:
            raise _failed(error) from error

    def _spill(self) -> None:
        try:
            # An empty name is a temporary file of SQLite's own: on disk once its cache is full, gone when it is closed.
            file = sqlite3.connect("", isolation_level=None)
            for setting in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE_KIB}"):
                file.execute(f"PRAGMA {setting}")
            file.execute("CREATE TABLE seen (digest BLOB PRIMARY KEY) WITHOUT ROWID")
            file.execute("BEGIN")
            file.executemany("INSERT INTO seen VALUES (?)", ((digest,) for digest in sorted(self._digests)))
        except sqlite3.Error as error:
            raise _failed(error) from error
        self._file = file
        self._digests.clear()


def _failed(error: sqlite3.Error) -> InputError:
    hint = "make room in the folder for temporary files (TMPDIR)"
    return InputError(f"cannot keep which events were read: {error}", hint=hint, field="file")
