"""Where the rows of a partition lie in the spill files of all input files, held compactly: 24 bytes a segment."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from purchase_agent.batch.folder import WorkFolder, read_json
from purchase_agent.batch.spill import Row, read_spill


class SpillIndex:
    """Reads the rows of a partition in the order of the input.

    Args:
        files: how many input files there are, all of which have been read.
    """

    def __init__(self, folder: WorkFolder, files: int) -> None:
        self._folder = folder
        self._columns = [_columns(folder, task) for task in range(files)]

    def size(self, partition: int) -> int:
        """Bytes of its rows."""
        return sum(length for _, some in self._segments(partition) for _, length in some)

    def rows(self, partition: int) -> Iterator[Row]:
        """Its rows, file by file."""
        for task, segments in self._segments(partition):
            yield from read_spill(self._folder.spill(task), segments, task)

    def _segments(self, partition: int) -> Iterator[tuple[int, list[tuple[int, int]]]]:
        for task, (partitions, starts, lengths) in enumerate(self._columns):
            first, end = bisect_left(partitions, partition), bisect_right(partitions, partition)
            if first < end:
                yield task, list(zip(starts[first:end], lengths[first:end], strict=True))


def _columns(folder: WorkFolder, task: int) -> tuple[array[int], array[int], array[int]]:
    """Partition, start and length of each segment, by partition and then as they were written."""
    segments = (read_json(folder.read_marker(task)) or {"segments": {}})["segments"]
    columns = (array("Q"), array("Q"), array("Q"))
    for partition in sorted(segments, key=int):
        for start, length in segments[partition]:
            for column, value in zip(columns, (int(partition), start, length), strict=True):
                column.append(value)
    return columns
