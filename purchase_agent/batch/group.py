"""The rows of shoppers put together: one shopper each, and which of his rows are left out and why.

Rules, for rows in the order of the files given and of their lines: the first row in the contract's form of a shopper
is his; a further one is refused. Texts and events of other rows join his. An event is refused where an event of its
id, or without an id its content, was there before; a text where one of its id was. Of one shopper at most
``MOST_ROWS`` rows count.

Consent is the exception: a no in any of his rows counts, also in one that is refused for something else. What cannot be
read as a yes is a no there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from pydantic import ValidationError

from purchase_agent.batch.spill import MORE_EVENTS, SHOPPER, TEXT, Row, key_of
from purchase_agent.errors import InputError
from purchase_agent.evidence import MAX_TEXTS, Consent, Shopper, read_shopper

MOST_ROWS = 100_000
"""Of one shopper; whoever has more is no person, and must not fill the memory."""


class Refusal(NamedTuple):
    """A row left out: where it stood, and why."""

    row: Row
    reason: str
    field: str = ""


class Grouped(NamedTuple):
    """A shopper and the rows that he was made of; ``shopper`` None where none could be used."""

    shopper: Shopper | None
    rows: list[Row]
    refused: list[Refusal]

    @property
    def own_moment(self) -> bool:
        """Whether the shopper tells himself as of when he is asked about."""
        return self.shopper is not None and self.shopper.as_of is not None


def group(rows: Iterable[Row]) -> Iterator[Grouped]:
    """The shoppers of some rows, by the hash of their ids; rows of one shopper come in the order of the input."""
    by_shopper: dict[str, list[Row]] = {}
    beyond: dict[str, list[Refusal]] = {}
    denied_beyond: dict[str, set[str]] = {}
    for row in rows:
        some = by_shopper.setdefault(row.shopper_id, [])
        if len(some) < MOST_ROWS:
            some.append(row)
        elif row.kind != MORE_EVENTS:  # without what it says, which nobody needs any more
            refusal = Refusal(row._replace(payload=b""), f"more than {MOST_ROWS} rows of one shopper", "shopper_id")
            beyond.setdefault(row.shopper_id, []).append(refusal)
            denied_beyond.setdefault(row.shopper_id, set()).update(_denied(row))
    for shopper_id in sorted(by_shopper, key=lambda one: (key_of(one), one)):
        made = _made(shopper_id, by_shopper.pop(shopper_id), denied_beyond.pop(shopper_id, set()))
        made.refused.extend(beyond.pop(shopper_id, ()))
        yield made


def _made(shopper_id: str, rows: list[Row], denied_beyond: set[str]) -> Grouped:
    if len(rows) == 1 and rows[0].kind == SHOPPER and not denied_beyond:
        return _read(rows[0].payload, rows, [])
    kept: list[Row] = []
    refused: list[Refusal] = []
    whole = _base(rows, kept, refused) or {"shopper_id": shopper_id}
    texts: list[Any] = list(whole.get("texts") or ())
    events: list[Any] = list(whole.get("events") or ())
    text_ids = {one.get("id") for one in texts}
    seen = {_content(None, one) for one in events}
    for row in rows:
        if row.kind == SHOPPER:
            continue
        told = json.loads(row.payload)
        if row.kind == TEXT:
            reason = _why_not(told, text_ids, len(texts))
            if not reason:
                text_ids.add(told.get("id"))
                texts.append(told)
        else:
            reason = "" if _add_events(told, events, seen) else "a duplicate: the same event was read before"
        if not reason:
            kept.append(row)
        elif row.kind != MORE_EVENTS:
            refused.append(Refusal(row, reason, "id"))
    if not kept:
        return Grouped(None, [], refused)
    whole = {**whole, "texts": texts, "events": events}
    if denied := denied_beyond.union(*map(_denied, rows)):
        whole["consent"] = {**whole.get("consent", {}), **dict.fromkeys(denied, False)}
    return _read(json.dumps(whole, ensure_ascii=False).encode(), kept, refused)


def _base(rows: list[Row], kept: list[Row], refused: list[Refusal]) -> dict[str, Any] | None:
    """The first usable row in the contract's form, if any; what it was and what was refused is added to the lists."""
    base: dict[str, Any] | None = None
    for row in rows:
        if row.kind != SHOPPER:
            continue
        if base is not None:
            refused.append(Refusal(row, "a second row of this shopper: the first one counts", "shopper_id"))
            continue
        found = _read(row.payload, [row], [])
        refused += found.refused
        if found.shopper is not None:
            base = json.loads(row.payload)
            kept.append(row)
    return base


def _denied(row: Row) -> set[str]:
    """What a row does not allow. Missing consent, or null, allows; whatever else stands there must be a yes."""
    if row.kind != SHOPPER:
        return set()
    told = json.loads(row.payload)
    if told.get("consent") is None:
        return set()
    given, names = told["consent"], set(Consent.model_fields)
    if not isinstance(given, dict):
        return names
    given = {name: told for name, told in given.items() if told is not None}
    readable = given.keys() <= names
    return {name for name in names if given.get(name, readable) is not True}


def _why_not(text: dict[str, Any], ids: set[Any], texts: int) -> str:
    if texts >= MAX_TEXTS:
        return f"more than {MAX_TEXTS} texts of one shopper"
    if text.get("id") is not None and text["id"] in ids:
        return "a duplicate: a text of this id was read before"
    return ""


def _add_events(told: list[Any], events: list[Any], seen: set[Any]) -> bool:
    """Adds those that are new; of one row two equal ones are two. Returns whether any was."""
    added = []
    for order_id, event in told:
        content = _content(order_id, event)
        if content not in seen:
            added.append((content, event))
    seen.update(content for content, _ in added)
    events += [event for _, event in added]
    return bool(added)


def _content(order_id: str | None, event: dict[str, Any]) -> Any:
    if event.get("id"):
        return event["id"]
    return (order_id, json.dumps(event, sort_keys=True))


def _read(raw: bytes, rows: list[Row], refused: list[Refusal]) -> Grouped:
    try:
        shopper = Shopper.model_validate_json(raw)
    except ValidationError:
        try:
            shopper = read_shopper(json.loads(raw))  # tells what is wrong as every surface tells it
        except InputError as error:
            refused += [Refusal(row, error.message, error.field) for row in rows if row.kind != MORE_EVENTS]
            return Grouped(None, [], refused)
    return Grouped(shopper, rows, refused)
