"""Unpacks gzip as it is read, within limits: a small file that unpacks to a vast one is refused early on."""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING, BinaryIO

from purchase_agent.errors import InputError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_CHUNK = 1 << 16
_FREE_BYTES = 8 << 20  # a few megabytes of anything are harmless, whatever their ratio
_MARK = b"\x1f\x8b"
_GZIP = 16 + zlib.MAX_WBITS  # zlib then checks the header, the length and the CRC


class Unpacked(io.RawIOBase):
    """The content of a gzip file, of all its members.

    Args:
        packed: the file, at its beginning.
        shown: its name in errors.
        max_ratio: bytes out for each byte in, beyond the first 8 MiB.
        max_bytes: bytes out, in all.
        partial: a file that is cut off ends where it is cut, and ``cut`` is then True; else it is an error.

    Raises:
        InputError: by ``readinto``; the file is damaged or cut off, or over a limit.
    """

    def __init__(self, packed: BinaryIO, shown: str, *, max_ratio: float, max_bytes: int, partial: bool) -> None:
        self.cut = False
        self._packed = packed
        self._shown = shown
        self._max_ratio = max_ratio
        self._max_bytes = max_bytes
        self._partial = partial
        self._member = zlib.decompressobj(_GZIP)
        self._ended = False
        self._fed = self._out = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(view) and not self._ended:
            piece = self._next(len(view) - filled)
            view[filled : filled + len(piece)] = piece
            filled += len(piece)
        return filled

    def _next(self, size: int) -> bytes:
        """At most ``size`` bytes; none where a member ends, or where what was read holds none."""
        given = self._next_member() if self._member.eof else self._member.unconsumed_tail or self._read()
        try:
            piece = self._member.decompress(given, size)
        except zlib.error as error:
            message = f"{self._shown} is damaged: its gzip data breaks after {self._out} unpacked bytes"
            raise InputError(message, hint="make or fetch the file again") from error
        if not given and not piece and not self._member.eof and not self._ended:
            self._end_early()
        self._out += len(piece)
        self._check_limits()
        return piece

    def _read(self) -> bytes:
        given = self._packed.read(_CHUNK)
        self._fed += len(given)
        return given

    def _next_member(self) -> bytes:
        """The beginning of the next member, which stands right behind the last one or behind zeros (tapes add them)."""
        given = self._member.unused_data.lstrip(b"\0")
        while len(given) < len(_MARK) and (more := self._read()):
            given = (given + more).lstrip(b"\0")
        if not given:
            self._ended = True
        elif not given.startswith(_MARK):
            message = f"{self._shown} is damaged: something that is not gzip stands behind its gzip data"
            raise InputError(message, hint="make or fetch the file again")
        else:
            self._member = zlib.decompressobj(_GZIP)
        return given

    def _end_early(self) -> None:
        if not self._partial:
            message = f"{self._shown} is cut off: its gzip data ends after {self._out} unpacked bytes, without an end"
            raise InputError(message, hint="fetch the file again, or ask for a partial reading")
        self.cut = self._ended = True

    def _check_limits(self) -> None:
        if self._out > self._max_bytes:
            message = f"{self._shown} unpacks to more than {self._max_bytes} bytes"
            raise InputError(message, hint="split the file, or raise the limit")
        taken = self._fed - len(self._member.unconsumed_tail)
        if self._out > _FREE_BYTES and self._out > self._max_ratio * taken:
            message = f"{self._shown} unpacks to more than {self._max_ratio:g} times its size: a gzip bomb, or damaged"
            raise InputError(message, hint="if it is genuine, unpack it first and give the plain file")
