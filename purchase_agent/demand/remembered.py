"""Forecasts kept in the process, since their test on the past takes seconds and a store seldom changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path

from purchase_agent.demand.forecast import Forecast

MOST = 16
"""Forecasts kept, those asked for last."""
Stamp = tuple[int, ...]


class Remembered:
    """Forecasts by the store's file and what was asked of it; those of a file that has changed since are dropped."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[Path, Hashable], tuple[Stamp, Forecast]] = OrderedDict()
        self._turn = threading.Lock()  # held for looking up only: two who ask at once may both compute

    def get(self, store: Path, asked: Hashable, made: Callable[[], Forecast]) -> Forecast:
        """The forecast as kept, or ``made`` now. One that a writer came across while it was made is not kept."""
        file = store.resolve()
        before = stamp(file)
        with self._turn:
            self._drop(file, before)
            if (file, asked) in self._kept:
                self._kept.move_to_end((file, asked))
                return self._kept[file, asked][1]
        found = made()
        if stamp(file) == before:
            with self._turn:
                self._kept[file, asked] = before, found
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        return found

    def _drop(self, file: Path, now: Stamp) -> None:
        for name in [name for name, (then, _) in self._kept.items() if name[0] == file and then != now]:
            del self._kept[name]

    def __len__(self) -> int:
        return len(self._kept)


def stamp(store: Path) -> Stamp:
    """Changes whenever the store's file, or what is yet to be written into it, does."""
    parts = [one.stat() for one in (store, store.with_name(f"{store.name}.wal")) if one.exists()]
    return tuple(number for part in parts for number in (part.st_mtime_ns, part.st_size, part.st_ino))
