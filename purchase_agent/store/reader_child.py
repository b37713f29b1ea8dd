"""Answers queries on a store, a request a line on standard input, in a process that may be killed.

It is run by its path and imports nothing of this package. The file is opened read-only, with no way to any other file,
under settings that no statement can change, and under limits of the system on memory and on the time of a processor.
It is closed again when nothing is asked for a moment, so that whoever writes gets his turn.
"""

from __future__ import annotations

import json
import os
import resource
import select
import sys
import time
from datetime import date, datetime
from pathlib import Path
from typing import Any

_IDLE_S = 0.5
_POLL_S = 0.05
_CHUNK = 500  # rows a message
_READ_AT_ONCE = 1 << 16
_RESERVED = 2  # address space that DuckDB may take for each byte of memory it may use


class _RefusedError(Exception):
    """``kind`` is for the other side to make an error of."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class _File:
    """The store, open while it is asked."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._order = order
        self._connection: Any = None
        self._limited = False

    def opened(self) -> Any:
        if self._connection is None:
            connection = self._connect()
            try:
                self._check(connection)
            except _RefusedError:
                connection.close()
                raise
            if not self._limited:
                _limit_memory(self._order["memory"] * _RESERVED)
                self._limited = True
            self._connection = connection
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def is_open(self) -> bool:
        return self._connection is not None

    def _connect(self) -> Any:
        import duckdb

        until = time.monotonic() + self._order["patience"]
        settings: dict[str, str | bool | int | float | list[str]] = {
            "enable_external_access": False, "lock_configuration": True, "autoinstall_known_extensions": False,
            "autoload_known_extensions": False, "threads": 1, "memory_limit": f"{self._order['memory']}B",
            "temp_directory": "",
        }  # fmt: skip
        while True:
            try:
                return duckdb.connect(self._order["file"], read_only=True, config=settings)
            except duckdb.Error as error:
                if "Could not set lock" not in str(error):
                    if not _is_database(self._order["file"]):
                        raise _RefusedError("no_store", "") from error
                    raise
                if time.monotonic() > until:
                    raise _RefusedError("locked", str(error)) from error
            time.sleep(_POLL_S)

    def _check(self, connection: Any) -> None:
        import duckdb

        try:
            found = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
        except duckdb.CatalogException as error:
            raise _RefusedError("no_store", "") from error
        if found is None or found[0] != self._order["version"]:
            raise _RefusedError("version", str(found[0]) if found else "none")


def _is_database(file: str) -> bool:
    """By its first bytes. Of other files DuckDB tells by their names what it cannot do with them, each otherwise."""
    try:
        with Path(file).open("rb") as opened:
            return opened.read(12)[8:] == b"DUCK"
    except OSError:
        return True  # DuckDB has said why it cannot be read


def main() -> None:
    """Reads the order from the first argument: where to import from, the file, the limits."""
    order = json.loads(sys.argv[1])
    sys.path[:] = order["path"]
    for what, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_NOFILE, 64)):
        resource.setrlimit(what, (most, most))
    file = _File(order)
    while True:
        if file.is_open and not select.select([0], [], [], _IDLE_S)[0]:
            file.close()
        request = _request()
        if not request:
            return
        _answer(file, json.loads(request), order)


def _request() -> bytes:
    """The next line, empty at the end. The other side sends one only after it has had the whole answer to the last."""
    parts: list[bytes] = []
    while not (parts and parts[-1].endswith(b"\n")):
        some = os.read(0, _READ_AT_ONCE)
        if not some:
            return b""
        parts.append(some)
    return b"".join(parts)


def _answer(file: _File, asked: dict[str, Any], order: dict[str, Any]) -> None:
    import duckdb

    try:
        _limit_time(order["seconds"])
        result = file.opened().execute(asked["sql"], _values(asked["parameters"]))
        columns = result.description or []
        kinds = [str(column[1]) for column in columns]
        _tell({"columns": [column[0] for column in columns], "kinds": kinds})
        while rows := result.fetchmany(_CHUNK):
            _tell(rows)
            _limit_time(order["seconds"])
        _tell({"end": True})
    except _RefusedError as error:
        _tell({"error": error.kind, "message": str(error)})
    except (duckdb.OutOfMemoryException, MemoryError):
        _tell({"error": "memory", "message": ""})
    except duckdb.Error as error:
        _tell({"error": type(error).__name__, "message": str(error)[:2000]})


def _tell(message: Any) -> None:
    sys.stdout.buffer.write(json.dumps(message, default=_plain).encode() + b"\n")
    sys.stdout.buffer.flush()


def _values(told: Any) -> Any:
    """Parameters, in order or by name."""
    if isinstance(told, dict):
        return {name: _value(one) for name, one in told.items()}
    return [_value(one) for one in told]


def _value(told: Any) -> Any:
    """A parameter; times and dates come in an object that says so."""
    if isinstance(told, dict):
        return datetime.fromisoformat(told["time"]) if "time" in told else date.fromisoformat(told["date"])
    return [_value(one) for one in told] if isinstance(told, list) else told


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else float(value)


def _limit_time(seconds: int) -> None:
    """Of a processor, from now on; at the end of it the system ends this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _limit_memory(most: int) -> None:
    """On top of what the libraries and the open file have taken."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    whole = pages * resource.getpagesize() + most
    resource.setrlimit(resource.RLIMIT_AS, (whole, whole))


if __name__ == "__main__":
    main()
