"""Readings of models kept on disk by content, so that what was read once is not read again, tonight or the next night.

A key is a digest of the model and of what it read; a value is the model's raw answer, bit for bit. Neither a text nor
an id is in it (though who knows a text can tell whether it was read). The file is bounded: when it is full nothing is
added, and the next run begins by dropping the older half. It is a cache: whatever is wrong with it, it is done without.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

MOST_BYTES = 4 << 30
"""Of the file; readings of about five million texts."""
READINGS, PREDICTIONS = FILES = ("readings.sqlite", "predictions.sqlite")
"""In the folder of the cache; SQLite puts more beside each, see ``all_files``."""
HELD = 20_000
"""Values in memory, some 15 MB."""
_ASKED_AT_ONCE = 500
_PAGE = 8192


class Memory:
    """Values by 16-byte keys. Processes may share a file.

    Args:
        path: of the file; None keeps values in memory only.
        held: values kept in memory, too.
    """

    def __init__(self, path: Path | None, most_bytes: int = MOST_BYTES, held: int = HELD) -> None:
        self._held: dict[bytes, bytes] = {}
        self._most_held = held
        self._most = most_bytes
        self._file = _opened(path, most_bytes) if path is not None else None
        self._full = False

    def find(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The values of those keys that are known."""
        found = {key: self._held[key] for key in keys if key in self._held}
        missing = [key for key in dict.fromkeys(keys) if key not in found]
        if self._file is None:
            return found
        try:
            for start in range(0, len(missing), _ASKED_AT_ONCE):
                some = missing[start : start + _ASKED_AT_ONCE]
                marks = ",".join("?" * len(some))
                rows = self._file.execute(f"SELECT key, value FROM readings WHERE key IN ({marks})", some)  # noqa: S608 -- question marks
                found.update(rows)
        except sqlite3.Error:
            self._give_up()
        self._hold({key: found[key] for key in missing if key in found})
        return found

    def keep(self, values: Mapping[bytes, bytes]) -> None:
        """Adds values, or does nothing where the file is full or another process holds it for too long."""
        self._hold(values)
        if self._file is None or self._full or not values:
            return
        day = int(time.time() // 86_400)
        try:
            with self._file:
                self._file.executemany(
                    "INSERT OR IGNORE INTO readings VALUES (?, ?, ?)", ((key, it, day) for key, it in values.items())
                )
            (pages,) = self._file.execute("PRAGMA page_count").fetchone()
            (free,) = self._file.execute("PRAGMA freelist_count").fetchone()
            self._full = (pages - free) * _PAGE >= self._most
        except sqlite3.Error:
            self._give_up()

    def _hold(self, values: Mapping[bytes, bytes]) -> None:
        self._held.update(values)
        while len(self._held) > self._most_held:
            del self._held[next(iter(self._held))]

    def _give_up(self) -> None:
        if self._file is not None:
            with suppress(sqlite3.Error):
                self._file.close()
        self._file = None


def all_files(folder: Path) -> list[Path]:
    """What of a cache is there in a folder; other people's files are not."""
    places = (folder / f"{name}{more}" for name in FILES for more in ("", "-wal", "-shm", "-journal"))
    return sorted(place for place in places if place.is_file())


def _opened(path: Path, most_bytes: int) -> sqlite3.Connection | None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        return _prepared(path, most_bytes)
    except (OSError, sqlite3.OperationalError):
        return None
    except sqlite3.DatabaseError:  # damaged: what was in it is read again
        with suppress(OSError, sqlite3.Error):
            path.unlink()
            return _prepared(path, most_bytes)
        return None


def _prepared(path: Path, most_bytes: int) -> sqlite3.Connection:
    file = sqlite3.connect(path, timeout=5.0)
    for setting in (f"page_size = {_PAGE}", "journal_mode = WAL", "synchronous = OFF", "cache_size = -16384"):
        file.execute(f"PRAGMA {setting}")
    file.execute(
        "CREATE TABLE IF NOT EXISTS readings (key BLOB PRIMARY KEY, value BLOB NOT NULL, day INTEGER NOT NULL) "
        "WITHOUT ROWID"
    )
    (pages,) = file.execute("PRAGMA page_count").fetchone()
    (free,) = file.execute("PRAGMA freelist_count").fetchone()
    if (pages - free) * _PAGE >= most_bytes:
        with file:
            days = [day for (day,) in file.execute("SELECT day FROM readings ORDER BY day")]
            middle = days[len(days) // 2]
            file.execute("DELETE FROM readings WHERE day < ?", (middle,))
            if days[0] == middle:  # all of few days: half of them, whichever
                file.execute("DELETE FROM readings WHERE key < x'80'")
    return file
