"""One row, by its map, as the events that it tells. Getters are made once a file; a row costs a few look-ups."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, NamedTuple, cast

from purchase_agent.errors import InputError
from purchase_agent.event_types import action_of
from purchase_agent.readers.cells import as_text, identifier, number, words
from purchase_agent.readers.mapping import Condition, EventRule, MapFile, Target, Types
from purchase_agent.readers.paths import Getter, Row, column, first_filled
from purchase_agent.readers.raw import NUMBERS, RawEvent, notes_on, of_shopper
from purchase_agent.readers.times import Clock, clock

_EACH = "each"
_SHOPPER = frozenset({"events", "texts"})
_WHO = frozenset({"shopper_id", "order_id"})
_MOST_SHAPES = 1024


class RowMapper:
    """A map made ready for the rows of one file.

    Args:
        mapping: the map.
        text_cells: every cell is text (CSV), so that numbers are written as text.
        header: the columns of all rows, where a file has the same ones in each (CSV, Parquet).
    """

    def __init__(self, mapping: MapFile, *, text_cells: bool, header: Collection[str] | None = None) -> None:
        self.mapping = mapping
        self._empty = frozenset(mapping.empty)
        self._header = header
        self._number_text = text_cells or mapping.numbers.text
        self._rules = [self._made(rule) for rule in mapping.events]
        self._shapes: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._before: Row = {}
        self._split = frozenset(mapping.each.split) if mapping.each else frozenset()
        self._list = column(mapping.each.path) if mapping.each else None
        self._known = frozenset(_named(mapping))

    def ignored(self, row: Row) -> tuple[str, ...]:
        """Columns of the row that the map does not name."""
        shape = tuple(row)
        found = self._shapes.get(shape)
        if found is None:
            found = tuple(name for name in shape if name not in self._known)
            if len(self._shapes) < _MOST_SHAPES:
                self._shapes[shape] = found
        return found

    def events(self, row: Row) -> list[RawEvent]:
        """The events of a row, in the order of the map; a shopper in our own form may have none.

        Raises:
            InputError: the row tells no event, or something in it cannot be used; ``field`` says what.
        """
        if self.mapping.extra == "refuse":
            if not _SHOPPER.isdisjoint(row):
                return of_shopper(row)
            if extra := self.ignored(row):
                raise InputError("unknown field", field=extra[0][:80])
        if self.mapping.fill_down is not None:
            row = self._filled_down(row)
        found: list[RawEvent] = []
        for rule in self._rules:
            if rule.holds is not None and not rule.holds(row):
                continue
            cell = rule.time(row)
            if _nothing(cell):
                continue
            at, naive = rule.clock(cell)
            kind = rule.type(row)
            found += [
                self._event(rule, one, {"type": kind, "at": at}, naive=naive) for one in self._elements(row, kind)
            ]
        if not found:
            raise InputError("no event in this row: the time is empty, or no condition of the map holds", field="at")
        return found if len(found) == 1 else _numbered(found)

    def _event(self, rule: _Rule, row: Row, fields: dict[str, Any], *, naive: bool) -> RawEvent:
        for name, take in rule.takers:
            value = take(row)
            if value is not None:
                fields[name] = value
        if self.mapping.price_is == "total" and "price" in fields and fields.get("quantity"):
            fields["price"] /= abs(fields["quantity"])
        floats = self.mapping.float_ids
        ids: dict[str, str] = {}
        for name, get in rule.who:
            found = identifier(get(row), "shopper_id", floats=floats)
            if found is not None:
                ids[name] = found
        order = identifier(rule.order(row), "order_id", floats=floats) if rule.order else None
        return RawEvent(ids, order, fields, notes_on(fields, naive=naive))

    def _elements(self, row: Row, kind: str) -> list[Row]:
        elements = self._list(row) if self._list else None
        if not elements:
            return [row]
        if not isinstance(elements, list) or not all(isinstance(one, dict) for one in elements):
            raise InputError("not a list of objects", field=self.mapping.each.path if self.mapping.each else "")
        if kind in self._split or len(elements) == 1:
            return [{**row, _EACH: one} for one in elements]
        return [row]

    def _filled_down(self, row: Row) -> Row:
        rule = self.mapping.fill_down
        assert rule is not None  # noqa: S101 -- asked by the caller
        if not _nothing(row.get(rule.key)) and row.get(rule.key) == self._before.get(rule.key):
            row = {**row, **{name: self._before.get(name) for name in rule.columns if _nothing(row.get(name))}}
        self._before = row
        return row

    def _there(self, names: Sequence[str]) -> Sequence[str]:
        """Those of the names that the file can have: a name in the header, or a path into an object."""
        if self._header is None:
            return names
        return [name for name in names if name in self._header or "." in name] or names[:1]

    def _first(self, names: Sequence[str]) -> Getter:
        return first_filled(self._there(names), self._empty)

    def _made(self, rule: EventRule) -> _Rule:
        columns = {**self.mapping.columns, **rule.columns}
        who = [(name, column(name, self._empty)) for name in self._there(columns.get("shopper_id", ()))]
        order = self._first(columns["order_id"]) if columns.get("order_id") else None
        constants: dict[str, str] = {str(name): value for name, value in self.mapping.constants.items()}
        takers: list[tuple[str, Getter]] = [
            (target, self._taker(target, self._first(names), constants.get(target)))
            for target, names in columns.items()
            if names and target not in _WHO
        ]
        absent = [target for target in constants if not columns.get(cast("Target", target))]
        takers += [(target, _always(constants[target])) for target in absent]
        holds = _both(self._condition(rule.when, right=True), self._condition(rule.unless, right=False))
        time = self._first(rule.time.column)
        return _Rule(holds, time, clock(rule.time), self._type(rule.type), takers, who, order)

    def _taker(self, target: str, get: Getter, constant: str | None) -> Getter:
        if target in NUMBERS:
            rule, text = self.mapping.numbers, self._number_text
            if rule.decimal == "." and not rule.thousands:
                return lambda row: number(get(row), target, text=text)
            return lambda row: number(get(row), target, text=text, decimal=rule.decimal, thousands=rule.thousands)
        if target == "query":
            return lambda row: words(get(row), target)
        floats = self.mapping.float_ids
        return lambda row: identifier(get(row), target, floats=floats) or constant

    def _type(self, rule: str | Types) -> Callable[[Row], str]:
        if isinstance(rule, str):
            return _always(rule)
        get = self._first(rule.column)
        known: dict[str, str] = dict(rule.values)

        def read(row: Row) -> str:
            cell = get(row)
            if cell.__class__ is str and (found := known.get(cell)) is not None:
                return found
            if _nothing(cell):
                raise InputError("no event type", field="type")
            if isinstance(cell, float | dict | list):
                raise InputError("an event type is a text or a whole number", field="type")
            name = as_text(cell)
            found = known.get(name)
            return found if found is not None else identifier(action_of(name), "type") or ""

        return read

    def _condition(self, rule: Condition | None, *, right: bool) -> Callable[[Row], bool] | None:
        if rule is None:
            return None
        get, equals, starts = self._first(rule.column), frozenset(rule.equals), rule.starts_with

        def holds(row: Row) -> bool:
            cell = get(row)
            if _nothing(cell):
                return not right
            if not equals and not starts:
                return right
            text = as_text(cell)
            return (text in equals or (bool(starts) and text.startswith(starts))) is right

        return holds


def _nothing(cell: Any) -> bool:
    return cell is None or cell == ""


def _always(value: str) -> Callable[[Row], str]:
    return lambda _row: value


def _both(one: Callable[[Row], bool] | None, other: Callable[[Row], bool] | None) -> Callable[[Row], bool] | None:
    if one is None or other is None:
        return one or other
    return lambda row: one(row) and other(row)


def _named(mapping: MapFile) -> Iterator[str]:
    """Every column that the map names, by the first part of its path too."""
    lists = [*mapping.columns.values(), *(names for rule in mapping.events for names in rule.columns.values())]
    for rule in mapping.events:
        lists += [part.column for part in (rule.when, rule.unless) if part is not None]
        lists += [rule.type.column] if isinstance(rule.type, Types) else []
        lists.append(rule.time.column)
    lists.append((mapping.each.path,) if mapping.each else ())
    lists.append((mapping.fill_down.key, *mapping.fill_down.columns) if mapping.fill_down else ())
    for name in (name for names in lists for name in names):
        yield name
        yield name.partition(".")[0]


def _numbered(events: list[RawEvent]) -> list[RawEvent]:
    """Several events of a row that has one id are told apart: ``m1``, ``m1:2``, ``m1:3``."""
    for place, event in enumerate(events[1:], start=2):
        if "id" in event.fields:
            event.fields["id"] = identifier(f"{event.fields['id']}:{place}", "id")
    return events


class _Rule(NamedTuple):
    holds: Callable[[Row], bool] | None
    time: Getter
    clock: Clock
    type: Callable[[Row], str]
    takers: list[tuple[str, Getter]]
    who: list[tuple[str, Getter]]
    order: Getter | None
