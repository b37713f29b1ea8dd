"""What a row says of one event, before it is checked as a whole; and the rows that are shoppers in our own form."""

from __future__ import annotations

from typing import Any, NamedTuple

from purchase_agent.event_types import OTHER, action_of
from purchase_agent.evidence import in_utc, read_shopper
from purchase_agent.readers.cells import identifier
from purchase_agent.readers.paths import Row

NUMBERS = frozenset({"price", "quantity"})


class RawEvent(NamedTuple):
    """What a row says of one event. ``fields`` are those of ``evidence.Event``; ``ids``: column -> id of the shopper.

    ``notes``: ``timezone_assumed_utc``, ``unknown_type``, ``price_negative``, ``quantity_not_positive``,
    ``currency_missing``.
    """

    ids: dict[str, str]
    order_id: str | None
    fields: dict[str, Any]
    notes: tuple[str, ...]


def of_shopper(row: Row) -> list[RawEvent]:
    """The events of a shopper in the contract's form."""
    shopper = read_shopper(row)
    ids = {"shopper_id": identifier(shopper.shopper_id, "shopper_id") or ""}
    found = []
    for place, (event, given) in enumerate(zip(shopper.events, row.get("events", ()), strict=True)):
        fields = {name: value for name, value in event if value is not None}
        if not given.get("id"):
            del fields["id"]  # one that the contract's reader made up, new in every row
        fields["at"], fields["type"] = in_utc(event.at), action_of(event.type)
        for name in fields.keys() - NUMBERS - {"at", "query"}:
            identifier(fields[name], f"events.{place}.{name}")
        found.append(RawEvent(ids, None, fields, notes_on(fields, naive=event.at.tzinfo is None)))
    return found


def notes_on(fields: dict[str, Any], *, naive: bool) -> tuple[str, ...]:
    """What a reader should know of an event that is kept all the same."""
    notes = []
    if naive:
        notes.append("timezone_assumed_utc")
    if fields["type"].startswith(OTHER):
        notes.append("unknown_type")
    price, quantity = fields.get("price"), fields.get("quantity")
    if price is not None:
        if price < 0:
            notes.append("price_negative")
        if "currency" not in fields:
            notes.append("currency_missing")
    if quantity is not None and quantity <= 0:
        notes.append("quantity_not_positive")
    return tuple(notes)
