"""Asking a store: in a process of its own that can only read this one file, within limits."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

from purchase_agent.clean import printable
from purchase_agent.errors import StoreError
from purchase_agent.evidence import in_utc
from purchase_agent.store.connecting import no_store, other_version
from purchase_agent.store.locking import in_use, pid_in
from purchase_agent.store.schema import VERSION

Parameters = Sequence[Any] | Mapping[str, Any]
"""Values for ``?`` in order, or for ``$name`` by name."""
_CHILD = Path(__file__).with_name("reader_child.py")
_KEPT_SETTINGS = ("LD_LIBRARY_PATH", "PATH", "SYSTEMROOT", "TMPDIR")  # no key or password reaches the child
_READ_AT_ONCE = 1 << 16
_OF_THE_FILE = ("IOException", "FatalException", "InternalException", "Error", "SerializationException")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may take.

    Attributes:
        memory: bytes.
        seconds: of a processor, for the answer or, of a long one, between two parts of it.
        rows: of the answer, where it comes as a list.
        patience: seconds to wait for a transaction that is being written.
    """

    memory: int = 512 * 1024 * 1024
    seconds: int = 30
    rows: int = 200_000
    patience: float = 20.0


LIMITS = Limits()


class Reader:
    """A process that answers queries on a store; starts with the first one and lives as long as the ``with`` block.

    SQL is the program's own, always; values go as parameters. Threads may share one: they take turns.
    """

    def __init__(self, path: Path | str, *, limits: Limits = LIMITS) -> None:
        self.path = Path(path)
        self.limits = limits
        self._child: subprocess.Popen[bytes] | None = None
        self._held = b""
        self._turn = threading.Lock()

    def __enter__(self) -> Self:
        """
        Raises:
            StoreError: there is no file. What is wrong with one is told by the first query.
        """
        if not self.path.is_file():
            hint = "one is made by: purchase-agent score FILE --store S"
            raise StoreError(f"there is no store {printable(str(self.path))}", hint=hint)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process; the next query would start another."""
        child, self._child, self._held = self._child, None, b""
        if child is not None:
            child.kill()
            for pipe in (child.stdin, child.stdout):
                cast("IO[bytes]", pipe).close()
            child.wait()

    def rows(self, sql: str, parameters: Parameters = ()) -> list[dict[str, Any]]:
        """Rows as column -> value: times as datetimes in UTC, dates as dates, lists as lists.

        Raises:
            StoreError: no store of this version, damaged, being written for too long, or a limit was reached.
        """
        found: list[dict[str, Any]] = []
        for some in self.parts(sql, parameters):
            found += some
            if len(found) > self.limits.rows:
                self.close()
                raise StoreError(f"an answer of more than {self.limits.rows} rows", hint="ask for less")
        return found

    def parts(self, sql: str, parameters: Parameters = ()) -> Generator[list[dict[str, Any]]]:
        """The rows in parts of some hundreds, for answers as long as the store; nothing else is asked meanwhile."""
        with self._turn:
            ended = False
            try:
                self._ask(sql, parameters)
                head = self._message()
                columns, kinds = head["columns"], head["kinds"]
                while isinstance(some := self._message(), list):
                    yield [_row(columns, kinds, row) for row in some]
                ended = True
            except StoreError:
                ended = self._child is not None
                raise
            finally:
                if not ended:  # the rest of the answer would be taken for the next one's
                    self.close()

    def _ask(self, sql: str, parameters: Parameters) -> None:
        if self._child is None or self._child.poll() is not None:
            self.close()
            self._child = self._started()
        asked = {"sql": sql, "parameters": _given(parameters)}
        try:
            pipe = cast("IO[bytes]", self._child.stdin)
            pipe.write(json.dumps(asked).encode() + b"\n")
            pipe.flush()
        except BrokenPipeError as error:
            raise self._ended() from error

    def _started(self) -> subprocess.Popen[bytes]:
        order = {
            "path": [entry for entry in sys.path if Path(entry).is_absolute()],
            "file": str(self.path.absolute()),
            "version": VERSION,
            "memory": self.limits.memory,
            "seconds": self.limits.seconds,
            "patience": self.limits.patience,
        }
        environment = {name: os.environ[name] for name in _KEPT_SETTINGS if name in os.environ}
        return subprocess.Popen(  # noqa: S603 -- this Python, and a file of this package
            [sys.executable, "-I", str(_CHILD), json.dumps(order)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )

    def _message(self) -> Any:
        """The next message; an error is raised."""
        message = json.loads(self._line())
        if isinstance(message, dict) and "error" in message:
            raise self._refused(message["error"], message["message"])
        return message

    def _line(self) -> bytes:
        pipe = cast("IO[bytes]", cast("subprocess.Popen[bytes]", self._child).stdout).fileno()
        # By the clock ten times as long as by the processor: a machine may be busy, but nobody waits for ever.
        longest = self.limits.seconds * 10 + self.limits.patience
        parts = [self._held]
        while b"\n" not in parts[-1]:
            if not select.select([pipe], [], [], longest)[0]:
                self.close()
                raise self._too_long()
            some = os.read(pipe, _READ_AT_ONCE)
            if not some:
                raise self._ended()
            parts.append(some)
        line, self._held = b"".join(parts).split(b"\n", 1)
        return line

    def _ended(self) -> StoreError:
        """Why the process is no more."""
        child = cast("subprocess.Popen[bytes]", self._child)
        status = child.wait()
        self.close()
        if status == -24:  # SIGXCPU
            return self._too_long()
        if status < 0:  # memory that could not be had ends a process in many ways
            return self._too_large()
        return StoreError(f"the process that reads the store ended with status {status}", hint="please report it")

    def _refused(self, kind: str, message: str) -> StoreError:
        shown = printable(str(self.path))
        reason = printable(" ".join(message.split()))[:200]
        if kind == "locked":
            found = in_use(self.path, "being written", pid_in(message))
        elif kind == "version":
            found = other_version(self.path, message)
        elif kind == "memory":
            found = self._too_large()
        elif kind == "no_store" or "not a valid DuckDB database" in message:
            found = no_store(self.path)
        elif "Cannot open file" in message:
            found = StoreError(f"cannot open the store {shown}", hint="check the path, its owner and mode")
        elif kind in _OF_THE_FILE:
            found = StoreError(f"the store {shown} is damaged or cannot be read: {reason}", hint="restore a copy of it")
        else:
            found = StoreError(f"a query that the store refuses: {reason}", hint="please report it")
        return found

    def _too_long(self) -> StoreError:
        return StoreError(f"the answer took more than {self.limits.seconds} seconds", hint="ask for less")

    def _too_large(self) -> StoreError:
        return StoreError(f"the answer needs more than {self.limits.memory} bytes of memory", hint="ask for less")


def asked(path: Path | str, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
    """One query, in a process for it alone: see ``Reader.rows``."""
    with Reader(path) as reader:
        return [tuple(row.values()) for row in reader.rows(sql, parameters)]


def _given(parameters: Parameters) -> Any:
    if isinstance(parameters, Mapping):
        return {name: _told(value) for name, value in parameters.items()}
    return [_told(value) for value in parameters]


def _told(value: Any) -> Any:
    """A parameter as JSON holds it."""
    if isinstance(value, datetime):
        return {"time": in_utc(value).replace(tzinfo=None).isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return [_told(one) for one in value] if isinstance(value, list | tuple | set | frozenset) else value


def _row(columns: list[str], kinds: list[str], values: list[Any]) -> dict[str, Any]:
    return {
        name: value if value is None else _READ[kind](value) if kind in _READ else value
        for name, kind, value in zip(columns, kinds, values, strict=True)
    }


_READ = {
    "TIMESTAMP": lambda told: datetime.fromisoformat(told).replace(tzinfo=UTC),
    "DATE": date.fromisoformat,
}
