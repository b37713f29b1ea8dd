"""The time of an event, by the rule that a map gives. Never a guess: not of a unit, not of an hour that came twice.

ISO 8601 text is read whatever the rule, for it can mean one thing only (Parquet's own times come as such).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from purchase_agent.errors import InputError
from purchase_agent.evidence import parse_time
from purchase_agent.readers.mapping import Times

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_PER_SECOND: Final = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DAY_US = 86_400 * 10**6
_DIGITS = re.compile(r"-?[0-9]{1,20}")
_DECIMAL = re.compile(r"-?[0-9]{1,20}\.[0-9]{0,12}")
_FIELD = "at"
_NO_UNIT = "a number where the map says no unit: give `unit` s, ms, us, ns or days"

Clock = Callable[[object], tuple[datetime, bool]]
"""A cell -> its moment in UTC, and whether it named no zone where the map names none either (then UTC is assumed)."""


def clock(rule: Times) -> Clock:
    """The reader of the times of one column; it raises ``InputError`` with field ``at`` for a cell that is none."""
    unit = rule.unit[0]
    zone = ZoneInfo(rule.zone) if rule.zone else None
    formats = tuple(unit for unit in rule.unit if unit != "iso")
    by_number = unit in _PER_SECOND or unit == "days"

    def read(value: object) -> tuple[datetime, bool]:
        if isinstance(value, str):
            if not by_number or value[4:5] == "-":
                return _located(_written(value, formats), zone)
        elif not isinstance(value, int | float) or isinstance(value, bool):
            raise InputError("not a time", field=_FIELD)
        elif not by_number:
            raise InputError(_NO_UNIT, field=_FIELD)
        moment = _since_1970(value, unit)
        # A day is a calendar day of the shop; seconds are moments, whatever the zone.
        return _located(moment.replace(tzinfo=None), zone) if unit == "days" else (moment, False)

    return read


def _located(moment: datetime, zone: ZoneInfo | None) -> tuple[datetime, bool]:
    """In UTC. A local time that the clocks skipped, or showed twice, is refused."""
    try:
        if moment.tzinfo is not None:
            return _in_range(moment.astimezone(UTC)), False
        if zone is None:
            return _in_range(moment.replace(tzinfo=UTC)), True
        early, late = moment.replace(tzinfo=zone, fold=0), moment.replace(tzinfo=zone, fold=1)
        if early.utcoffset() != late.utcoffset():
            raise InputError("a local time that was skipped or came twice when the clocks changed", field=_FIELD)
        return _in_range(early.astimezone(UTC)), False
    except OverflowError as error:
        raise _outside() from error


def _written(value: str, formats: tuple[str, ...]) -> datetime:
    try:
        return parse_time(value)
    except ValueError as error:
        if not formats:
            raise InputError(_NO_UNIT if _DIGITS.fullmatch(value) else str(error), field=_FIELD) from error
    if any(not sign.isascii() and sign.isdigit() for sign in value):
        raise InputError("digits that are not ASCII", field=_FIELD)
    for form in formats:
        try:
            return datetime.strptime(value, form)  # noqa: DTZ007 -- located by the caller
        except ValueError:
            continue
    raise InputError(f"not a time as the map has it: ISO 8601 or {' or '.join(formats)}", field=_FIELD)


def _since_1970(value: float | str, unit: str) -> datetime:
    micros = _micros(value, unit)
    try:
        return _in_range(_EPOCH + timedelta(microseconds=micros))
    except (OverflowError, InputError) as error:
        raise _outside(_better_unit(value, unit)) from error


def _micros(value: float | str, unit: str) -> int:
    exact: int | float | Decimal
    if not isinstance(value, str):
        exact = value
    elif _DIGITS.fullmatch(value):
        exact = int(value)
    elif _DECIMAL.fullmatch(value):
        exact = Decimal(value)
    else:
        raise InputError(f"not a number of {unit} since 1970 in plain ASCII digits", field=_FIELD)
    try:
        if unit == "days":
            return int(exact * _DAY_US)
        per_second = _PER_SECOND[unit]
        return int(exact * (10**6 // per_second)) if per_second <= 10**6 else int(exact // 1000)
    except (OverflowError, ValueError) as error:  # infinity, NaN
        raise InputError("not a finite number", field=_FIELD) from error


def _better_unit(value: float | str, unit: str) -> str:
    """The one unit in which the number would be a time of our days, for the hint only."""
    for other in _PER_SECOND:
        if other == unit:
            continue
        try:
            moment = _EPOCH + timedelta(microseconds=_micros(value, other))
        except OverflowError:
            continue
        if datetime(2000, 1, 1, tzinfo=UTC) <= moment <= datetime(2100, 1, 1, tzinfo=UTC):
            return f" as {unit}; as {other} it would be {moment.year}: mend `unit` in the map"
    return ""


def _in_range(moment: datetime) -> datetime:
    if not _EARLIEST <= moment <= _LATEST:
        raise _outside()
    return moment


def _outside(more: str = "") -> InputError:
    return InputError(f"a time outside 1990-2199{more}", field=_FIELD)
