"""Spilled rows between machines: a file of rows in the order of partitions, and an index of fixed width beside it.

Who scores a partition asks each index for two numbers and each file for the bytes between them, whatever the number of
files and partitions; nobody holds a whole index.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from purchase_agent.batch import ray_output
from purchase_agent.batch.ray_place import Place
from purchase_agent.batch.spill import Row, Segments, read_spill
from purchase_agent.batch.spill_index import SpillIndex

_NUMBER = struct.Struct("<Q")
_PIECE = 8 << 20
_TOGETHER = 32 << 20  # fetched side by side
_ASKED_TOGETHER = 512  # of indexes


def in_order(source: Path, segments: Segments, partitions: int, rows: Path, index: Path) -> int:
    """Writes the rows of a spilled file partition by partition, and their index; returns how many bytes there are."""
    at = 0
    with source.open("rb") as spilled, rows.open("wb") as target, index.open("wb") as places:
        for partition in range(partitions):
            places.write(_NUMBER.pack(at))
            for start, length in segments.get(partition, ()):
                spilled.seek(start)
                left = length
                while left:
                    some = spilled.read(min(left, _PIECE))
                    if not some:
                        raise EOFError(f"{source} has lost its end")
                    target.write(some)
                    left -= len(some)
                at += length
        places.write(_NUMBER.pack(at))
    return at


class Fetched(SpillIndex):
    """The rows of one partition, brought here as a file for each input file that has any.

    Args:
        into: an empty folder on this machine.
    """

    def __init__(self, place: Place, tasks: Sequence[int], partition: int, into: Path) -> None:
        self._into = into
        self._sizes: dict[int, int] = {}
        wanted: list[tuple[int, int, int]] = []  # task, from, to
        for task, start, end in _places(place, tasks, partition):
            if end > start:
                self._sizes[task] = end - start
                wanted += [(task, at, min(at + _PIECE, end)) for at in range(start, end, _PIECE)]
        for some in _batches(wanted):
            pieces = place.ranges([(ray_output.spill(task), start, end) for task, start, end in some])
            for task, these in groupby(zip(some, pieces, strict=True), key=lambda one: one[0][0]):
                with self._path(task).open("ab") as file:
                    file.writelines(raw for _, raw in these)

    def size(self, partition: int) -> int:  # noqa: ARG002 -- there is only one
        """Bytes of its rows."""
        return sum(self._sizes.values())

    def rows(self, partition: int) -> Iterator[Row]:  # noqa: ARG002 -- there is only one
        """Its rows, file by file."""
        for task, size in self._sizes.items():
            yield from read_spill(self._path(task), [(0, size)], task)

    def _path(self, task: int) -> Path:
        return self._into / f"{task:05d}.rows"


def _places(place: Place, tasks: Sequence[int], partition: int) -> Iterator[tuple[int, int, int]]:
    size = _NUMBER.size
    for begin in range(0, len(tasks), _ASKED_TOGETHER):
        some = tasks[begin : begin + _ASKED_TOGETHER]
        asked = [(ray_output.spill_index(task), partition * size, (partition + 2) * size) for task in some]
        for task, raw in zip(some, place.ranges(asked), strict=True):
            (start,), (end,) = _NUMBER.iter_unpack(raw)
            yield task, start, end


def _batches(wanted: Sequence[tuple[int, int, int]]) -> Iterator[list[tuple[int, int, int]]]:
    held: list[tuple[int, int, int]] = []
    size = 0
    for one in wanted:
        if held and (size + one[2] - one[1] > _TOGETHER or len(held) >= _ASKED_TOGETHER):
            yield held
            held, size = [], 0
        held.append(one)
        size += one[2] - one[1]
    if held:
        yield held
