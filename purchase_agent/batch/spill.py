"""Rows laid apart by partition in one file: written as they are read, read again a partition at a time.

A partition is a range of the shoppers' hashes, so that its shoppers lie together and, over all partitions, the output
has one order whatever the number of partitions. Rows wait in memory by partition; when they are too many all are
written, each partition's as one segment. Where segments lie is told by ``SpillWriter.segments``.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, NamedTuple, Self

from purchase_agent.errors import PurchaseAgentError

SHOPPER, TEXT, EVENTS, MORE_EVENTS = range(4)
"""What a row holds; ``MORE_EVENTS``: of a row that was counted with another shopper's events."""
HELD_BYTES = 24 << 20
"""Rows in memory before they are written."""
_HEAD = struct.Struct("<BHIQQ32s")
_KEY_BITS = 64
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC

Segments = dict[int, list[tuple[int, int]]]
"""Partition -> where its segments begin and how long they are, in the order written."""


class Row(NamedTuple):
    """A row of a shopper. ``file`` is its number among the inputs; ``sha256`` is of the row as it stood there."""

    kind: int
    shopper_id: str
    file: int
    line: int
    offset: int
    sha256: bytes
    payload: bytes


def key_of(shopper_id: str) -> int:
    """Where a shopper stands in the order of the output: 64 bits of his id's hash."""
    return int.from_bytes(blake2b(shopper_id.encode(), digest_size=8).digest(), "big")


def partition_of(key: int, partitions: int) -> int:
    """The partition of a key; ``partitions`` is a power of two."""
    return (key * partitions) >> _KEY_BITS


class SpillWriter:
    """Writes rows to a file, to be used in a ``with`` block.

    Attributes:
        segments: complete once the block is left.
        rows: partition -> how many.
    """

    def __init__(self, path: Path, partitions: int, held_bytes: int = HELD_BYTES) -> None:
        self.segments: Segments = {}
        self.rows: dict[int, int] = {}
        self._path = path
        self._partitions = partitions
        self._most = held_bytes
        self._held: dict[int, bytearray] = {}
        self._size = self._at = 0
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        self._file = os.fdopen(os.open(self._path, _FLAGS, 0o600), "wb")
        return self

    def write(self, row: Row) -> None:
        """Appends a row."""
        shopper = row.shopper_id.encode()
        head = _HEAD.pack(row.kind, len(shopper), len(row.payload), row.line, row.offset, row.sha256)
        partition = partition_of(key_of(row.shopper_id), self._partitions)
        held = self._held.setdefault(partition, bytearray())
        before = len(held)
        held += head
        held += shopper
        held += row.payload
        added = len(held) - before
        self.rows[partition] = self.rows.get(partition, 0) + 1
        self._size += added
        if self._size >= self._most:
            self._flush()

    def __exit__(self, *failure: object) -> None:
        try:
            if failure[0] is None:
                self._flush()
        finally:
            if self._file is not None:
                self._file.close()

    def _flush(self) -> None:
        if self._file is None:
            raise ValueError("a SpillWriter is used inside its `with` block")
        for partition in sorted(self._held):
            held = self._held[partition]
            self._file.write(held)
            self.segments.setdefault(partition, []).append((self._at, len(held)))
            self._at += len(held)
        self._held.clear()
        self._size = 0


def read_spill(path: Path, segments: Iterable[tuple[int, int]], file: int) -> Iterator[Row]:
    """The rows of some segments, in the order written.

    Raises:
        PurchaseAgentError: the file is shorter than it was written.
    """
    with path.open("rb") as source:
        for start, length in segments:
            source.seek(start)
            raw = source.read(length)
            if len(raw) < length:
                raise PurchaseAgentError(f"{path} has lost its end", hint="begin anew with --overwrite")
            at = 0
            while at < length:
                kind, shopper_bytes, payload_bytes, line, offset, sha256 = _HEAD.unpack_from(raw, at)
                begin = at + _HEAD.size
                at = begin + shopper_bytes + payload_bytes
                shopper = raw[begin : begin + shopper_bytes].decode()
                yield Row(kind, shopper, file, line, offset, sha256, raw[begin + shopper_bytes : at])
