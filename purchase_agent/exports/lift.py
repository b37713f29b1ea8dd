"""Whether an audience bought more than those held out of it at random: shares, their difference, intervals.

Everybody counts in the group he was drawn for, reached or not (intention to treat). A purchase counts from the moment
the audience was made until ``days`` later. Only shoppers who stand in a later run count: of others nothing is known.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from purchase_agent.clean import printable
from purchase_agent.errors import InputError
from purchase_agent.evidence import parse_time
from purchase_agent.exports.audience import about_file
from purchase_agent.exports.cells import original
from purchase_agent.exports.identifiers import COLUMNS, naming
from purchase_agent.exports.intervals import Share, difference, share
from purchase_agent.exports.runs import LEAST
from purchase_agent.readers.records import read_records
from purchase_agent.store import Reader

_Z = 1.959964
LIFT_COLUMNS = {
    "status": "text", "reason": "text", "since": "time", "until": "time", "days": "count",
    "treated": "count", "treated_bought": "count", "treated_share": "number", "treated_low": "number",
    "treated_high": "number",
    "held_out": "count", "held_out_bought": "count", "held_out_share": "number", "held_out_low": "number",
    "held_out_high": "number",
    "difference": "number", "difference_low": "number", "difference_high": "number",
    "ratio": "number", "ratio_low": "number", "ratio_high": "number",
    "extra_buyers": "number", "extra_buyers_low": "number", "extra_buyers_high": "number",
    "not_in_a_later_run": "count",
}  # fmt: skip
_BOUGHT = (
    "SELECT p.shopper_id, bool_or(e.at IS NOT NULL) AS bought"
    " FROM (SELECT DISTINCT shopper_id FROM predictions JOIN runs USING (run_id)"
    " WHERE runs.finished_at IS NOT NULL AND predictions.as_of > ?) p"
    " LEFT JOIN events e ON e.shopper_id = p.shopper_id AND e.type = 'purchase' AND e.at > ? AND e.at <= ?"
    " GROUP BY p.shopper_id"
)


def lift(reader: Reader, audience: Path, *, days: int | None = None, key: str | None = None) -> dict[str, Any]:
    """One row of ``LIFT_COLUMNS``; with fewer than ten in a group its status is ``too_few`` and no number is told.

    Args:
        audience: the file as it was exported, with the two files beside it.
        days: how long purchases count; the horizon of the audience unless given.
        key: of the pseudonyms in the file, where there are any.

    Raises:
        InputError: a file is missing, was made without a hold-out, or no later run is in the store.
    """
    about = _read_about(audience)
    asked = about["asked"]
    since = parse_time(about["as_of"])
    window = days or int(asked["days"])
    until = since + timedelta(days=window)
    (row,) = reader.rows("SELECT max(as_of) AS latest FROM runs WHERE finished_at IS NOT NULL")
    latest: datetime | None = row["latest"]
    if latest is None or latest <= since:
        raise InputError("no run later than the audience", hint="score the shoppers again later", field="file")
    columns = COLUMNS[asked["hash"]]
    groups = dict.fromkeys(_ids(audience, columns), False)
    groups |= dict.fromkeys(_ids(audience.with_name(about["holdout"]), columns), True)
    named = naming(asked["hash"], key=key, platform=asked["platform"])
    bought: dict[tuple[str, ...], bool] = {}
    for part in reader.parts(_BOUGHT, [since, since, min(until, latest)]):
        for one in part:
            name = _key(named(one["shopper_id"]) or {}, columns)
            if name in groups:  # several ids may have one hash: he is one, and bought where any of them did
                bought[name] = bought.get(name, False) or bool(one["bought"])
    counts = {False: [0, 0], True: [0, 0]}
    for name, did in bought.items():
        counts[groups[name]][0] += did
        counts[groups[name]][1] += 1
    same = {
        "since": since, "until": min(until, latest), "days": window, "not_in_a_later_run": len(groups) - len(bought)
    }  # fmt: skip
    short = f"purchases are known until {latest:%Y-%m-%d}, {until:%Y-%m-%d} was asked" if latest < until else ""
    return same | _told(counts[False], counts[True], short)


def _told(treated: list[int], held_out: list[int], short: str) -> dict[str, Any]:
    if min(treated[1], held_out[1]) < LEAST:
        return {"status": "too_few", "reason": f"fewer than {LEAST} shoppers in a group who are in a later run"}
    first, second = share(*treated), share(*held_out)
    more, low, high = difference(first, second)
    return {
        "status": "early" if short else "ok", "reason": short,
        **_of("treated", first), **_of("held_out", second),
        "difference": more, "difference_low": low, "difference_high": high, **_ratio(first, second),
        "extra_buyers": round(more * first.whole, 1), "extra_buyers_low": round(low * first.whole, 1),
        "extra_buyers_high": round(high * first.whole, 1),
    }  # fmt: skip


def _of(name: str, one: Share) -> dict[str, Any]:
    return {
        name: one.whole, f"{name}_bought": one.part, f"{name}_share": one.value, f"{name}_low": one.low,
        f"{name}_high": one.high,
    }  # fmt: skip


def _ratio(first: Share, second: Share) -> dict[str, Any]:
    """How many times as many bought, with the interval of its logarithm (Katz 1978); none where nobody did."""
    if not first.part or not second.part:
        return {}
    ratio = (first.part / first.whole) / (second.part / second.whole)
    half = _Z * math.sqrt(1 / first.part - 1 / first.whole + 1 / second.part - 1 / second.whole)
    return {
        "ratio": round(ratio, 3), "ratio_low": round(ratio * math.exp(-half), 3),
        "ratio_high": round(ratio * math.exp(half), 3),
    }  # fmt: skip


def _read_about(audience: Path) -> dict[str, Any]:
    path = about_file(audience)
    try:
        about: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        message = f"cannot read {printable(path.name)}, which is written beside an audience"
        raise InputError(message, hint="keep the files of an export together", field="file") from error
    if about.get("holdout") is None:
        raise InputError("the audience was made without a hold-out", hint="--holdout 0.1", field="file")
    return about


def _ids(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Who stands in a file, by the columns that name him."""
    for record in read_records(path):
        if isinstance(record.value, InputError):
            raise InputError(f"{printable(path.name)}, line {record.line}: {record.value.message}", field="file")
        cells = {name: record.value.get(name) or "" for name in columns}
        yield _key({name: original(text) if path.suffix == ".csv" else text for name, text in cells.items()}, columns)


def _key(names: Mapping[str, str], columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(names.get(name, "") for name in columns)
