"""What ``train behaviour`` and ``train timing`` learn from: event files of shops, and simulated shops beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from purchase_agent.event_files import read_steps
from purchase_agent.events import history_at, orders
from purchase_agent.readers.rejects import Rejected
from purchase_agent.training.simulate import simulate
from purchase_agent.training.streams import Stream

SIMULATED_DAYS = 400


@dataclass(frozen=True, slots=True)
class Source:
    """Event files of one shop: its name, the files, and how they are read."""

    name: str
    files: tuple[Path, ...]
    map_file: Path | None = None
    ids_file: Path | None = None
    zone: str | None = None


def streams_of(
    source: Source, *, as_of: datetime | None = None, rejected: Callable[[Rejected], None] | None = None
) -> list[Stream]:
    """One stream a shopper, each watched until the newest event of the shop.

    Raises:
        InputError: a file cannot be used, or holds no event.
    """
    shop = read_steps(
        source.files, map_file=source.map_file, ids_file=source.ids_file, as_of=as_of, rejected=rejected,
        zone=source.zone,
    )  # fmt: skip
    return [Stream(name, tuple(orders(steps)), shop.until, source.name) for name, steps in shop.steps.items()]


def purchases_of(
    streams: Sequence[Stream], zone: str | None = None
) -> tuple[dict[str, list[int]], dict[str, list[float]], int]:
    """Each customer's purchase days and what they cost, and the last day that was watched, in the shop's zone."""
    pasts = {stream.user: history_at(stream.steps, stream.end, zone or "UTC") for stream in streams}
    purchases = {user: list(past.purchase_days) for user, past in pasts.items() if past.purchase_days}
    spent = {user: list(pasts[user].spent) for user in purchases}
    return purchases, spent, max(past.as_of_day for past in pasts.values())


def simulated(shoppers: int, seed: int) -> list[Stream]:
    """Streams of simulated shops; they have every action, which no public set has."""
    return list(simulate(shoppers, SIMULATED_DAYS, seed)) if shoppers else []


def fitted_on(streams: Sequence[Stream], *, own: bool) -> str:
    """What answers say of the data they were calibrated on: ``shipped``, or the month of the newest event."""
    if not own:
        return "shipped"
    newest = max(stream.end for stream in streams)
    return f"own:{datetime.fromtimestamp(newest, UTC):%Y-%m}"
