"""Which ids are one person: GA4's pseudo id, the shop's customer number, an order's number -> one shopper id.

A CSV with the columns ``from,to``, or ``id_kind,id,shopper_id`` where the same number means different persons in
different systems. It is held in memory, some 300 bytes a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from purchase_agent.errors import InputError
from purchase_agent.readers.cells import identifier
from purchase_agent.readers.mapping import MapFile
from purchase_agent.readers.raw import RawEvent
from purchase_agent.readers.records import read_records

_ORDER_KINDS = ("order", "order_id")
"""What ``id_kind`` is for an order's number."""

_PAIRS, _KINDS = ("from", "to"), ("id_kind", "id", "shopper_id")
_HINT = "the columns are from,to or id_kind,id,shopper_id"


class Ids:
    """A lookup. An id that does not stand in it is kept as it is."""

    def __init__(self, rows: Iterable[tuple[str, str, str]] = ()) -> None:
        """Takes (kind, id, shopper id); the kind is empty where ids of all kinds are one space.

        Raises:
            InputError: an id stands for two persons, or leads back to itself.
        """
        self._by_kind: dict[tuple[str, str], str] = {}
        self._plain: dict[str, str | None] = {}
        for kind, given, shopper in rows:
            if self._by_kind.setdefault((kind, given), shopper) != shopper:
                raise InputError("an id stands for two shoppers", hint="keep one of the rows", field="ids")
            if self._plain.setdefault(given, shopper) != shopper:
                self._plain[given] = None  # told apart by its kind only
        self._refuse_cycles()

    @classmethod
    def read(cls, path: Path) -> Ids:
        """Reads a CSV.

        Raises:
            InputError: names the line, and what is wrong in it.
        """
        return cls(_rows(path))

    def __len__(self) -> int:
        return len(self._by_kind)

    def shopper(self, given: str, kinds: Iterable[str] = ()) -> str | None:
        """The shopper that an id stands for, None where it is not known.

        Args:
            kinds: names under which its rows may stand, tried in order; then the id counts whatever its kind.

        Raises:
            InputError: the id is one of several persons', and its kind is none of these.
        """
        for kind in kinds:
            found = self._by_kind.get((kind, given))
            if found is not None:
                return self._end(found)
        found = self._plain.get(given)
        if found is not None:
            return self._end(found)
        if given in self._plain:
            reason = "an id that --ids has for several shoppers under several kinds"
            raise InputError(reason, hint=f"its id_kind should be one of {', '.join(kinds)}", field="shopper_id")
        return None

    def _end(self, shopper: str) -> str:
        """Follows from,to chains: a -> b, b -> c makes c of a. Kinds have none: their last column is the shopper."""
        while (further := self._by_kind.get(("", shopper))) is not None and further != shopper:
            shopper = further
        return shopper

    def _refuse_cycles(self) -> None:
        ended: set[str] = set()
        for kind, start in self._by_kind:
            way: set[str] = set()
            step: str | None = None if kind else start
            while step is not None and step not in ended:
                if step in way:
                    raise InputError("ids that lead in a circle", hint="give each its shopper", field="ids")
                way.add(step)
                further = self._by_kind.get(("", step))
                step = further if further != step else None
            ended |= way


def _rows(path: Path) -> Iterator[tuple[str, str, str]]:
    for record in read_records(path):
        place = f"{path}, line {record.line}"
        if isinstance(record.value, InputError):
            raise InputError(f"{place}: {record.value.message}", hint=record.value.hint, field="ids")
        row = record.value
        names = next((names for names in (_KINDS, _PAIRS) if set(names) == set(row)), None)
        if names is None:
            raise InputError(f"{place}: other columns than ids have", hint=_HINT, field="ids")
        cells = []
        for name in names:
            try:
                cell = identifier(row[name], name)
            except InputError as error:
                raise InputError(f"{place}: {error.message}", hint=error.hint, field=name) from error
            if cell is None:
                raise InputError(f"{place}: {name} is empty", hint="give each row an id", field=name)
            cells.append(cell)
        yield (cells[0], cells[1], cells[2]) if names is _KINDS else ("", cells[0], cells[1])


def shopper_of(raw: RawEvent, mapping: MapFile, ids: Ids | None) -> str:
    """Whose event it is: by ``ids`` where one of its ids, or its order, stands there; else its first id.

    Raises:
        InputError: it names nobody.
    """
    if ids is not None:
        for column, given in raw.ids.items():
            found = ids.shopper(given, (column, mapping.format))
            if found is not None:
                return found
        if raw.order_id is not None:
            found = ids.shopper(raw.order_id, _ORDER_KINDS)
            if found is not None:
                return found
    for given in raw.ids.values():
        return given
    reason = "no shopper's id" if raw.order_id is None else "no shopper's id, and --ids has none for the order"
    raise InputError(reason, field="shopper_id")
