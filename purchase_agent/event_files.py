"""Event files as one history for each shopper, in memory and in order of time.

A backtest looks at every shopper at several moments, so the histories are held: some 300 bytes an event (a million
events in 300 MB), texts that repeat (items, categories) once. Files may hold events in any order; they are sorted
shopper by shopper. What cannot be read or was read before never gets here: see ``readers.events``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from sys import intern
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from purchase_agent.clean import printable
from purchase_agent.errors import InputError
from purchase_agent.events import Step, step_of
from purchase_agent.readers.counts import Counts
from purchase_agent.readers.events import EventReader
from purchase_agent.readers.ids import Ids
from purchase_agent.readers.mapping import load_map
from purchase_agent.readers.rejects import Rejected

UTC = "UTC"


@dataclass(frozen=True, slots=True)
class Shoppers:
    """What shoppers did.

    Attributes:
        steps: shopper id -> his steps, oldest first; ids in order, no shopper is without a step.
        zone: the shop's, in which calendar days are counted.
        since, until: seconds since 1970 of the first and the last event of all; until then everybody was watched.
        counts: of the rows that were read.
        notes: what had to be assumed of the files, a sentence each.
    """

    steps: dict[str, list[Step]]
    zone: str
    since: float
    until: float
    counts: Counts
    notes: tuple[str, ...] = ()

    @property
    def days(self) -> float:
        """How long was watched."""
        return (self.until - self.since) / 86_400.0


def read_steps(
    paths: Sequence[Path], *, map_file: Path | None = None, ids_file: Path | None = None,
    as_of: datetime | None = None, rejected: Callable[[Rejected], None] | None = None, zone: str | None = None,
) -> Shoppers:  # fmt: skip
    """Reads event files into histories.

    Args:
        paths: event files; an event that stands in two of them counts once.
        map_file: a YAML map, or the name of a shipped one, for all files; by default each is recognised.
        ids_file: joins ids of several systems.
        as_of: later events are refused.
        rejected: is told each refused row.
        zone: the shop's time zone; by default the one that all maps name, else UTC.

    Raises:
        InputError: a file, the map, the ids or the zone cannot be used, or there is no event in the files.
    """
    mapping = load_map(map_file) if map_file is not None else None
    ids = Ids.read(ids_file) if ids_file is not None else None
    if zone is not None:
        _check(zone)
    reader = EventReader(paths, mapping=mapping, ids=ids, as_of=as_of, rejects=rejected)
    steps: dict[str, list[Step]] = {}
    for row in reader:
        steps.setdefault(row.shopper_id, []).append(_small(step_of(row.event)))
    counts = reader.counts
    if not steps:
        raise InputError(
            f"no event in {', '.join(printable(path.name) for path in paths)}: {counts.rows_in} rows, "
            f"{counts.rejected} of them rejected",
            hint="`purchase-agent inspect FILE` shows why",
            field="history",
        )
    for some in steps.values():
        some.sort(key=_order)
    notes = tuple(f"{path.name}: {note}" for path, told in reader.notes_of.items() for note in told)
    return Shoppers(
        dict(sorted(steps.items())),
        zone or _zone(reader),
        min(some[0].at for some in steps.values()),
        max(some[-1].at for some in steps.values()),
        counts,
        notes,
    )


def _order(step: Step) -> tuple[float, str]:
    return step.at, step.action


def _small(step: Step) -> Step:
    """Without its id, which the reader has compared already, and sharing texts with other steps."""
    item = intern(step.item) if step.item is not None else None
    category = intern(step.category) if step.category is not None else None
    return step._replace(item=item, category=category, name=intern(step.name), id="")


def _zone(reader: EventReader) -> str:
    zones = {rule.time.zone for mapping in reader.mappings.values() for rule in mapping.events}
    only = zones.pop() if len(zones) == 1 else None
    return only or UTC


def _check(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError(
            f"{printable(zone)} is no IANA time zone", hint="such as Asia/Shanghai", field="zone"
        ) from error
