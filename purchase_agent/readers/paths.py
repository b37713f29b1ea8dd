"""Columns of a row by the names that a map gives: a column, the inside of an object, or the first filled of several."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import methodcaller
from typing import Any

Row = Mapping[str, Any]
Getter = Callable[[Row], Any]
"""A row -> the cell, None where there is none."""

# What GA4 writes the value of a parameter in, the one of the right type filled.
_PARAMETER_VALUES = ("string_value", "int_value", "float_value", "double_value")


def first_filled(names: Sequence[str], empty: frozenset[str] = frozenset()) -> Getter:
    """The first of these columns that holds something; texts in ``empty`` are nothing."""
    getters = [column(name, empty) for name in names]
    if len(getters) == 1:
        return getters[0]

    def read(row: Row) -> Any:
        for get in getters:
            cell = get(row)
            if cell is not None and cell != "":
                return cell
        return None

    return read


def column(name: str, empty: frozenset[str] = frozenset()) -> Getter:
    """One column; ``a.b`` is the column of that name or, where there is none, ``b`` inside the object ``a``."""
    get: Getter = methodcaller("get", name) if "." not in name else _path(name)
    if not empty:
        return get

    def read(row: Row) -> Any:
        cell = get(row)
        return None if cell.__class__ is str and cell in empty else cell

    return read


def _path(name: str) -> Getter:
    parts = tuple(name.split("."))

    def read(row: Row) -> Any:
        if name in row:
            return row[name]
        value: Any = row
        for part in parts:
            value = _inside(value, part)
            if value is None:
                return None
        return value

    return read


def _inside(value: Any, part: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(part)
    if not isinstance(value, list):
        return None
    if part.isascii() and part.isdigit():
        return value[int(part)] if int(part) < len(value) else None
    for entry in value:
        if isinstance(entry, Mapping) and entry.get("key") == part:
            return _parameter(entry.get("value"))
    return None


def _parameter(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return next((found for kind in _PARAMETER_VALUES if (found := value.get(kind)) is not None), None)
