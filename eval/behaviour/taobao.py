"""Taobao's public sample as steps, and its next-action cases under the protocol of the data's SOURCE.md.

Days are Shanghai's: 25 to 30 November 2017 train, 1 December validates, 2 and 3 December test. Sessions end after half
an hour without an event; what comes after an event is the next action of its session or ``end``.

Traps that this file closes: rows told twice count once; events outside the nine days are dropped; the answer to a case
lies inside the case's own part, so no training label is read from a later day, and a case whose session was still open
when its part ended has no answer and is left out. The licence is unclear: evaluate, ship no weights trained on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from purchase_agent.errors import InputError
from purchase_agent.events import SESSION_GAP_S, Step
from purchase_agent.training.streams import Stream

ACTION_OF = {"pv": "view_item", "cart": "add_to_cart", "fav": "add_to_wishlist", "buy": "purchase"}
CLASSES: tuple[str, ...] = ("view_item", "add_to_cart", "add_to_wishlist", "purchase", "end")
CART, BUY, END = CLASSES.index("add_to_cart"), CLASSES.index("purchase"), CLASSES.index("end")
DAY_S = 86_400.0
_SHANGHAI_S = 8 * 3600.0  # no daylight saving since 1991
START = 1_511_539_200.0 + _SHANGHAI_S
"""25 November 2017, 0:00 on Shanghai's clock. Steps carry that clock's seconds, for features read the hour off them."""
PARTS = {"train": (0, 6), "validate": (6, 7), "test": (7, 9)}
"""First day and the day after the last, counted from ``START``."""

Shoppers = Mapping[str, tuple[Step, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """Moments right after an event: ``users`` and ``place`` of that event among the shopper's steps, ``truth`` [cases].

    ``truth`` is a place in ``CLASSES``, or 1 where the session holds a purchase later.
    """

    users: NDArray[np.str_]
    place: NDArray[np.int64]
    truth: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.users)

    def where(self, chosen: NDArray[np.bool_]) -> Cases:
        """The cases that are chosen."""
        return Cases(self.users[chosen], self.place[chosen], self.truth[chosen])


def cases_of(found: list[tuple[str, int, int]]) -> Cases:
    """Cases from (user, place, truth)."""
    users, place, truth = zip(*found, strict=True) if found else ((), (), ())
    return Cases(np.asarray(users, np.str_), np.asarray(place, np.int64), np.asarray(truth, np.int64))


def load(data: Path) -> dict[str, tuple[Step, ...]]:
    """User -> steps of the nine days, oldest first, from ``data/behaviour/taobao/*.parquet``.

    Raises:
        InputError: the folder holds no such file, or an event of a kind that is not known.
    """
    files = sorted((data / "behaviour" / "taobao").glob("*.parquet"))
    if not files:
        raise InputError(f"no Parquet file in {data / 'behaviour' / 'taobao'}", hint="give --data its parent folder")
    rows: list[tuple[int, float, str, str, str]] = []
    for file in files:
        columns = pq.read_table(file, columns=["user", "ts", "beh", "item", "cat"]).to_pydict()
        for user, at, kind, item, category in zip(*columns.values(), strict=True):
            if kind not in ACTION_OF:
                raise InputError(f"{file.name}: {kind!r} is no event of this data set", field="beh")
            rows.append((user, float(at) + _SHANGHAI_S, ACTION_OF[kind], str(item), str(category)))
    return gathered(rows)


def gathered(rows: list[tuple[int, float, str, str, str]]) -> dict[str, tuple[Step, ...]]:
    """Rows of (user, seconds, action, item, category) as steps by user; rows of one second stay in the file's order."""
    end = START + PARTS["test"][1] * DAY_S
    shoppers: dict[str, list[Step]] = {}
    for user, at, action, item, category in sorted(dict.fromkeys(rows), key=lambda row: row[:2]):
        if START <= at < end:
            shoppers.setdefault(str(user), []).append(Step(at, action, item, category))
    return {user: tuple(steps) for user, steps in shoppers.items()}


def bounds(part: str) -> tuple[float, float]:
    """Seconds at which a part begins and ends."""
    first, last = PARTS[part]
    return START + first * DAY_S, START + last * DAY_S


def next_actions(shoppers: Shoppers, part: str) -> Cases:
    """A case after each event of a part whose answer is known when the part ends."""
    low, high = bounds(part)
    found = []
    for user, steps in shoppers.items():
        for place, step in enumerate(steps):
            if not low <= step.at < high:
                continue
            following = steps[place + 1] if place + 1 < len(steps) else None
            if following is not None and following.at - step.at <= SESSION_GAP_S:
                if following.at < high:
                    found.append((user, place, CLASSES.index(following.action)))
            elif step.at + SESSION_GAP_S <= high:
                found.append((user, place, END))
    return cases_of(found)


def streams(shoppers: Shoppers, part: str) -> list[Stream]:
    """What was seen until a part ended, as streams to train on; nothing of a later part is in them."""
    _, high = bounds(part)
    cut = ((user, tuple(step for step in steps if step.at < high)) for user, steps in shoppers.items())
    return [Stream(user, steps, high, "taobao") for user, steps in cut if steps]
