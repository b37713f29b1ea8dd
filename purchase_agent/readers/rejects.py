"""The file of rejected rows: where each stood and why it was refused, never what was in it."""

from __future__ import annotations

import errno
import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from purchase_agent.clean import printable
from purchase_agent.errors import InputError

_LONGEST_REASON = 600  # characters


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was refused.

    ``line`` and ``byte_offset`` are those of its ``Record``; ``field`` is empty where no one field is at fault.
    ``reason`` must not repeat values of the row. ``row_sha256`` finds the row again in the file it came from.
    """

    file: str
    line: int
    byte_offset: int
    field: str
    reason: str
    row_sha256: str


class RejectWriter:
    """Writes rejected rows as JSON Lines in ASCII, over what a former run left; ``written`` counts them.

    The file exists even where no row was rejected. It is locked while it is open: a second writer is refused.

    Raises:
        InputError: the file cannot be made or written (no permission, disk full), or another run is writing it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.written = 0
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        try:
            # Emptied only under the lock: until then the rows in it may be those of a run still going on.
            number = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        except OSError as error:
            raise self._failed(error) from error
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(number, 0)
        except BlockingIOError as error:
            os.close(number)
            shown = printable(str(self.path))
            hint = "wait for it, or name another output"
            raise InputError(f"another run is writing {shown}", hint=hint, field="file") from error
        except OSError as error:
            os.close(number)
            raise self._failed(error) from error
        self._file = os.fdopen(number, "w", encoding="ascii")
        return self

    def write(self, rejected: Rejected) -> None:
        """Appends one row."""
        if self._file is None:
            raise ValueError("a RejectWriter is used inside its `with` block")
        row = asdict(rejected)
        for name in ("file", "field", "reason"):
            row[name] = printable(row[name])
        if len(row["reason"]) > _LONGEST_REASON:
            row["reason"] = row["reason"][:_LONGEST_REASON] + "..."
        try:
            self._file.write(json.dumps(row) + "\n")
        except OSError as error:
            raise self._failed(error) from error
        self.written += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        file, self._file = self._file, None
        if file is None:
            return
        try:
            file.close()
        except OSError as failure:
            if error is None:  # else the first failure is the one to tell
                raise self._failed(failure) from failure

    def _failed(self, error: OSError) -> InputError:
        shown = printable(str(self.path))
        hint = "make room on the disk" if error.errno == errno.ENOSPC else "check the folder, its owner and mode"
        return InputError(f"cannot write {shown}: {error.strerror}", hint=hint, field="file")
