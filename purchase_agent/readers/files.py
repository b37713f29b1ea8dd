"""Opens a file of rows: a regular file whose name and content agree, unpacked within limits, unchanged to the end."""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from purchase_agent.clean import printable
from purchase_agent.errors import InputError
from purchase_agent.readers.gzips import Unpacked
from purchase_agent.readers.sniff import SAMPLE_BYTES, refuse_binary, signature

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Form = Literal["jsonl", "csv", "tsv", "parquet"]
_FORMS: dict[str, Form] = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".csv": "csv", ".tsv": "tsv", ".tab": "tsv",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
_WANTED = "JSON Lines, CSV or TSV (each also as .gz), or Parquet"
_PARQUET_MARK = b"PAR1"
_UTF8_MARK = b"\xef\xbb\xbf"
_JSON_START = re.compile(rb"\{\s*[\"}]|\[\s*(?:\{|$)")
_BUFFER_BYTES = 1 << 18
_FLAGS = os.O_RDONLY | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Limits:
    """What a reader takes on.

    ``max_bytes`` and ``max_ratio`` (beyond the first 8 MiB) are of what is unpacked, ``max_line_bytes`` of one row,
    ``max_child_bytes`` of the memory that a Parquet file may need. With ``root`` only files below it are opened, and
    no link on the way there is followed.
    """

    max_bytes: int = 64 << 30
    max_ratio: float = 100.0
    max_line_bytes: int = 1 << 20
    max_columns: int = 1000
    max_child_bytes: int = 1 << 30
    root: Path | None = None


LIMITS = Limits()


class Source:
    """An open file. ``file`` is its name, ``descriptor`` the file itself, ``stream`` what is in it, unpacked."""

    def __init__(self, path: Path, descriptor: int, limits: Limits, *, partial: bool) -> None:
        self.file = str(path)
        self.descriptor = descriptor
        self._shown = printable(self.file)
        self._path = path if limits.root is None else limits.root / path
        self._state = _state(os.fstat(descriptor))
        size = self._state[2]
        packed: io.BufferedReader = io.BufferedReader(_Window(descriptor, size, self._shown), _BUFFER_BYTES)
        sample = packed.peek(SAMPLE_BYTES)[:SAMPLE_BYTES]
        self.form: Form = _form(self._shown, path, sample)
        self._unpacked: Unpacked | None = None
        self.stream = packed
        if path.suffix.lower() == ".gz":
            self._unpacked = Unpacked(
                packed, self._shown, max_ratio=limits.max_ratio, max_bytes=limits.max_bytes, partial=partial
            )
            self.stream = io.BufferedReader(self._unpacked, _BUFFER_BYTES)
        elif size > limits.max_bytes:
            message = f"{self._shown} has {size} bytes, at most {limits.max_bytes} are read"
            raise InputError(message, hint="split the file, or raise the limit", field="file")
        if self.form != "parquet":
            self._check_text(named=_suffix(path) in _FORMS)

    @property
    def cut(self) -> bool:
        """Whether the gzip data has broken off where the stream has ended (in a partial reading only)."""
        return self._unpacked is not None and self._unpacked.cut

    def check_unchanged(self) -> None:
        """Is to be called when all is read.

        Raises:
            InputError: the file has grown, or was written, replaced or deleted since it was opened. What was read is
                then of no one state of it: nothing made of it should be kept.
        """
        try:
            there = os.stat(self._path)  # noqa: PTH116 -- beside os.fstat
        except OSError as error:
            raise self._changed("was deleted") from error
        now = _state(os.fstat(self.descriptor))
        if _state(there)[:2] != self._state[:2]:
            raise self._changed("was replaced by another file")
        if now != self._state:
            raise self._changed("grew" if now[2] > self._state[2] else "was written to")

    def _changed(self, what: str) -> InputError:
        hint = "read a copy of it, or wait until it is complete"
        return InputError(f"{self._shown} {what} while it was read", hint=hint, field="file")

    def _check_text(self, *, named: bool) -> None:
        sample = self.stream.peek(SAMPLE_BYTES)[:SAMPLE_BYTES]
        refuse_binary(sample, shown=self._shown, wanted=_WANTED)
        start = sample.removeprefix(_UTF8_MARK).lstrip()
        is_json = _JSON_START.match(start) is not None
        if not named:
            self.form = "jsonl" if is_json else "csv"
        elif is_json and self.form != "jsonl":
            message = f"{self._shown} is named .{self.form} but holds JSON"
            raise InputError(message, hint="name it .jsonl", field="file")
        if is_json and start.startswith(b"["):
            hint = "write one object a line, for example with: jq -c '.[]'"
            raise InputError(f"{self._shown} is a JSON array, not JSON Lines", hint=hint)


@contextmanager
def open_source(path: Path, limits: Limits = LIMITS, *, partial: bool = False) -> Iterator[Source]:
    """Opens a file of rows and finds its form from its name, or where that says nothing from its content.

    Args:
        path: a regular file; below ``limits.root`` where that is set.
        limits: what is refused.
        partial: a gzip file that is cut off is read up to the cut.

    Raises:
        InputError: it cannot be opened, its name and content disagree, or it is no text. ``field`` is ``file`` where
            the name is at fault.
    """
    descriptor = open_regular(path, limits.root)
    try:
        yield Source(path, descriptor, limits, partial=partial)
    finally:
        os.close(descriptor)


def open_regular(path: Path, root: Path | None = None) -> int:
    """A descriptor of a regular file, open for reading; never waits for the other end of a pipe.

    Raises:
        InputError: ``field`` is ``file``: there is none, it may not be read, it is something else, or it is not below
            ``root``.
    """
    shown = printable(str(path))
    try:
        # Not blocking: a pipe without a writer would hold the program before it could be refused.
        number = os.open(path, _FLAGS | os.O_NONBLOCK) if root is None else _open_below(path, root)
    except FileNotFoundError as error:
        raise InputError(f"no such file: {shown}", hint="check the path", field="file") from error
    except PermissionError as error:
        raise InputError(f"no permission to read {shown}", hint="check its owner and mode", field="file") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"cannot open {shown[:200]}: {reason}", hint="check the path", field="file") from error
    mode = os.fstat(number).st_mode
    if stat.S_ISREG(mode):
        return number
    os.close(number)
    if stat.S_ISDIR(mode):
        raise InputError(f"{shown} is a folder", hint="name one file in it", field="file")
    raise InputError(f"{shown} is a pipe or a device", hint="send it to standard input", field="file")


def _open_below(path: Path, root: Path) -> int:
    """Opens step by step from ``root``: no link can lead out of it, whoever moves things meanwhile."""
    inside = path.relative_to(root) if path.is_relative_to(root) else path
    if inside.is_absolute() or ".." in inside.parts or not inside.parts:
        message = f"{printable(str(path))} is not below the folder for input"
        raise InputError(message, hint="name a file in that folder", field="file")
    folder = os.open(root, _FLAGS | os.O_DIRECTORY)
    try:
        for part in inside.parts[:-1]:
            outer, folder = folder, os.open(part, _FLAGS | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(outer)
        return os.open(inside.parts[-1], _FLAGS | os.O_NONBLOCK | os.O_NOFOLLOW, dir_fd=folder)
    finally:
        os.close(folder)


def _form(shown: str, path: Path, sample: bytes) -> Form:
    """The form that the name tells, or the mark of Parquet; ``csv`` where only the text itself can tell."""
    suffix, packed = _suffix(path), path.suffix.lower() == ".gz"
    named = _FORMS.get(suffix)
    kind = "Parquet" if sample.startswith(_PARQUET_MARK) and named == "parquet" else signature(sample)
    found = kind or ("text" if sample else "empty")
    if packed != (kind == "gzip"):
        message = f"{shown} is named .gz but is {found}" if packed else f"{shown} is gzip but not named .gz"
        raise InputError(message, hint="give it the name of what it is", field="file")
    if packed and named == "parquet":
        hint = "Parquet is packed inside already: give the plain file"
        raise InputError(f"{shown} is Parquet inside gzip, which is not read", hint=hint, field="file")
    if named and not packed and (kind or named == "parquet") and (kind != "Parquet" or named != "parquet"):
        message = f"{shown} is named {suffix} but is {found}"
        raise InputError(message, hint=f"give {_WANTED}, named as what it is", field="file")
    return named or ("parquet" if kind == "Parquet" else "csv")


def _suffix(path: Path) -> str:
    """The suffix that tells the form: that before ``.gz``."""
    return Path(path.stem).suffix.lower() if path.suffix.lower() == ".gz" else path.suffix.lower()


def _state(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


class _Window(io.RawIOBase):
    """The bytes that a file had when it was opened: one that is being appended to would never end."""

    def __init__(self, descriptor: int, size: int, shown: str) -> None:
        self._descriptor = descriptor
        self._size = size
        self._shown = shown
        self._at = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)[: max(0, self._size - self._at)]
        try:
            count = os.preadv(self._descriptor, [view], self._at)
        except OSError as error:
            message = f"cannot read {self._shown} at byte {self._at}: {error.strerror}"
            raise InputError(message, hint="check the disk it is on", field="file") from error
        self._at += count
        return count
