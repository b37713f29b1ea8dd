"""The lines of a byte stream with their places; of one that is too long no more than the limit is ever held."""

from __future__ import annotations

import codecs
import hashlib
import io
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from purchase_agent.errors import InputError

_PASSED_AT_ONCE = 8192


class RowError(InputError):
    """The fault of one row: reading goes on behind it, as it does not where the file as a whole is at fault."""


class RawLine(NamedTuple):
    """A line as it stands in a file, blank ones too.

    ``number`` counts from 1; ``start`` is the byte at which the line begins (after a byte order mark); ``length`` is in
    bytes, its end included. ``raw`` has no line end, ``end`` is that end (empty at the end of the file); of a line that
    is ``too_long`` they are of its first bytes only.
    """

    number: int
    start: int
    length: int
    raw: bytes
    end: bytes
    too_long: bool
    sha256: str = ""

    def digest(self) -> str:
        """SHA-256 of the line without its end, in hexadecimal."""
        return self.sha256 or hashlib.sha256(self.raw).hexdigest()


class Row(NamedTuple):
    """A row and its place, as ``Record`` has them, but for the name of the file."""

    line: int
    byte_offset: int
    value: Mapping[str, Any] | InputError
    sha256: str


def read_lines(stream: io.BufferedReader, limit: int) -> Iterator[RawLine]:
    """Every line of ``stream``; a line of more than ``limit`` bytes, its end included, comes without its rest."""
    number = offset = 0
    while raw := stream.readline(limit + 1):
        number += 1
        start, length, sha256 = offset, len(raw), ""
        too_long = length > limit
        if number == 1 and raw.startswith(codecs.BOM_UTF8):
            start += len(codecs.BOM_UTF8)
            raw = raw[len(codecs.BOM_UTF8) :]
        if too_long and not raw.endswith(b"\n"):
            passed, sha256 = _pass_over(stream, raw)
            length += passed
        offset += length
        body = _without_end(raw)
        yield RawLine(number, start, length, body, raw[len(body) :], too_long, sha256)


def too_long(line: RawLine, limit: int) -> str:
    """Why a line that is too long is no row."""
    return f"a line of {line.length} bytes from byte {line.start}, at most {limit} are read"


def _without_end(raw: bytes) -> bytes:
    return raw.removesuffix(b"\n").removesuffix(b"\r")


def _pass_over(stream: io.BufferedReader, begun: bytes) -> tuple[int, str]:
    """How many bytes there are up to and with the end of the line, and the digest of the whole line."""
    digest, passed, held = hashlib.sha256(), 0, begun
    while rest := stream.readline(_PASSED_AT_ONCE):
        digest.update(held)
        held = rest
        passed += len(rest)
        if rest.endswith(b"\n"):
            break
    digest.update(_without_end(held))
    return passed, digest.hexdigest()
