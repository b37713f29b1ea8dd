"""Who may change a store: one process at a time, told by an advisory lock on the file itself.

DuckDB's own lock is held only while a transaction is written, so that questions are answered between two of them. This
one is held as long as a ``Store`` is open for writing. It goes with its process, however that ends.
"""

from __future__ import annotations

import fcntl
import os
import re
from pathlib import Path

from purchase_agent.clean import printable
from purchase_agent.errors import StoreError

_PID = re.compile(r"\(PID ([0-9]+)\)")


class WriterLock:
    """Holds the right to change the file at ``path``.

    Raises:
        StoreError: another process has it (its id is told where the system tells it), or there is no such file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._number = self._locked()

    def release(self) -> None:
        """Lets others write. Closing any descriptor of a file drops DuckDB's lock on it too: close DuckDB first."""
        if self._number >= 0:
            os.close(self._number)
            self._number = -1

    def _locked(self) -> int:
        while True:
            try:
                number = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
            except OSError as error:
                raise unusable(self._path, error) from error
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if self._still_there(number):
                    return number
            except BlockingIOError as error:
                holder = _holder(number)
                os.close(number)
                raise in_use(self._path, "being written", holder) from error
            os.close(number)  # an erasure has put another file in its place meanwhile

    def _still_there(self, number: int) -> bool:
        try:
            there = self._path.stat()
        except OSError:
            return False
        held = os.fstat(number)
        return (there.st_dev, there.st_ino) == (held.st_dev, held.st_ino)


def in_use(path: Path, what: str, pid: int | None) -> StoreError:
    """The error of a store that another process has."""
    by = f" by process {pid}" if pid is not None else " by another process"
    return StoreError(f"the store {printable(str(path))} is {what}{by}", hint="wait for it, or name another store")


def unusable(path: Path, error: OSError) -> StoreError:
    """The error of a file that the system does not let us have."""
    reason = error.strerror or type(error).__name__
    return StoreError(f"cannot open the store {printable(str(path))}: {reason}", hint="check the path, owner and mode")


def pid_in(message: str) -> int | None:
    """The process that DuckDB says holds its lock."""
    found = _PID.search(message)
    return int(found[1]) if found else None


def _holder(number: int) -> int | None:
    """The process that holds the advisory lock on an open file; None where the system does not tell."""
    held = os.fstat(number)
    place = f"{os.major(held.st_dev):02x}:{os.minor(held.st_dev):02x}:{held.st_ino}"
    try:
        locks = Path("/proc/locks").read_text("ascii").splitlines()
    except OSError:
        return None
    for line in locks:
        words = line.split()
        if "FLOCK" in words and place in words:
            return int(words[4])
    return None
