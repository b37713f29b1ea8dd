"""The output folder of a run on many machines: what is called how, and what lies there.

    part-00000.parquet      scored shoppers, by the hash of their ids; all parts in order are the file of a run here
    _rejected/              rejected rows, a file a step that had any
    _committed.json         is there once the run is complete: its plan, its counts, its parts
    _work/                  while it is not: plan, spilled rows (shoppers' words), markers; removed at the end

Readers of Parquet folders pass over names that begin with an underscore.
"""

from __future__ import annotations

import re

from purchase_agent.batch.ray_place import Place
from purchase_agent.errors import InputError

COMMITTED = "_committed.json"
WORK = "_work"
REJECTED = "_rejected"
PLAN = f"{WORK}/plan.json"
MAP, IDS = f"{WORK}/map.yaml", f"{WORK}/ids.csv"
"""The user's own files, for workers elsewhere."""
_PART = re.compile(r"part-\d{5,}\.parquet")


def part(number: int) -> str:
    """The scored shoppers of a partition."""
    return f"part-{number:05d}.parquet"


def part_marker(number: int) -> str:
    """Is there once the partition has been scored; holds what was counted."""
    return f"{WORK}/parts/{number:05d}.json"


def part_rejects(number: int) -> str:
    """Rows that belonged to no shopper who could be scored."""
    return f"{REJECTED}/part-{number:05d}.jsonl"


def part_for_store(number: int) -> str:
    """What a store gets of a partition."""
    return f"{WORK}/store/{number:05d}.jsonl"


def spill(task: int) -> str:
    """The rows of an input file, laid apart by partition."""
    return f"{WORK}/read/{task:05d}.spill"


def spill_index(task: int) -> str:
    """Where each partition lies in it."""
    return f"{WORK}/read/{task:05d}.index"


def read_marker(task: int) -> str:
    """Is there once the file has been read; holds what was counted."""
    return f"{WORK}/read/{task:05d}.json"


def read_rejects(task: int) -> str:
    """Rows that could not be read."""
    return f"{REJECTED}/read-{task:05d}.jsonl"


def tries(step: str, number: int) -> str:
    """How often a step was begun."""
    return f"{WORK}/tries/{step}-{number:05d}.json"


def done(place: Place, step: str) -> set[int]:
    """The numbers of the steps of a kind (``read`` or ``parts``) that are committed."""
    names = (name.rpartition("/")[2] for name in place.sizes(f"{WORK}/{step}"))
    return {int(name[:-5]) for name in names if name.endswith(".json")}


def refuse_foreign(place: Place) -> None:
    """Refuses a folder in which others have put files: they would be read as part of the output.

    Raises:
        InputError: names one of them, or the place is a file.
    """
    if place.folder is not None and place.folder.is_file():
        raise InputError(f"{place.shown} is a file", hint="on Ray the output is a folder", field="file")
    for name in place.sizes():
        if not name.startswith("_") and _PART.fullmatch(name) is None:
            message = f"{place.shown} holds other files: {name}"
            raise InputError(message, hint="name an empty folder, or one that is to be made", field="file")


def clear(place: Place) -> None:
    """Removes what a run wrote; what says that it is complete goes first."""
    place.remove(COMMITTED)
    for name in place.sizes():
        if _PART.fullmatch(name):
            place.remove(name)
    place.remove(REJECTED)
    for name in (f"{WORK}/{one}" for one in ("plan.json", "map.yaml", "ids.csv", "read", "parts", "store", "tries")):
        place.remove(name)
