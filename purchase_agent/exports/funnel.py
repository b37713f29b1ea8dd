"""How many looked, filled a cart and bought, by week and segment.

A shopper counts once a week, with the furthest he came: who bought has also looked and filled a cart. Weeks begin on
Monday, UTC; the week in which the events end is marked as not whole. Groups of fewer than ten are not told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Literal, get_args

from purchase_agent.errors import InputError
from purchase_agent.exports.intervals import share
from purchase_agent.exports.runs import LEAST, chosen_run, latest, partitions
from purchase_agent.store import Reader

Segment = Literal["all", "category", "language", "intent", "motivation"]
SEGMENTS: tuple[Segment, ...] = get_args(Segment)
FUNNEL_COLUMNS = {
    "week": "date", "whole_week": "yes", "segment": "text", "value": "text",
    "looked": "count", "cart": "count", "cart_share": "number", "cart_low": "number", "cart_high": "number",
    "bought": "count", "bought_share": "number", "bought_low": "number", "bought_high": "number",
    "bought_of_cart": "number",
}  # fmt: skip
WEEKS = 12
_FURTHEST = (
    "CASE WHEN bool_or(type = 'purchase') THEN 3 WHEN bool_or(type IN ('add_to_cart', 'view_cart', 'begin_checkout'))"
    " THEN 2 ELSE 1 END"
)
_TYPES = "'view_item', 'add_to_cart', 'view_cart', 'begin_checkout', 'purchase'"


def funnel(
    reader: Reader, *, by: Segment = "all", weeks: int = WEEKS, run: str | None = None, least: int = LEAST
) -> Iterator[dict[str, Any]]:
    """Rows of ``FUNNEL_COLUMNS``, the oldest week first.

    Args:
        by: of what shoppers are told apart; a category is the event's, intent and motivation are those of the run.
        weeks: the newest so many.

    Raises:
        InputError: there is no such segment or run.
    """
    if by not in SEGMENTS:
        raise InputError(f"no segment {by[:40]}", hint=f"one of {', '.join(SEGMENTS)}", field="file")
    until = latest(reader)
    if until is None:
        return
    first = until.date() - timedelta(days=until.weekday(), weeks=weeks - 1)
    run_id = chosen_run(reader, run).run_id
    counts: Counter[tuple[date, str, int]] = Counter()
    for modulus, rest in partitions(reader):
        values: dict[str, Any] = {"modulus": modulus, "rest": rest, "first": first, "until": until}
        if by not in ("all", "category"):
            values["run"] = run_id
        for part in reader.parts(_sql(by), values):
            counts.update({(row["week"], row["value"], row["furthest"]): row["shoppers"] for row in part})
    for week, value in sorted({(week, value) for week, value, _ in counts}):
        reached = [sum(counts[week, value, stage] for stage in range(least_stage, 4)) for least_stage in (1, 2, 3)]
        if reached[0] >= least:
            yield _row(week, by, value, reached) | {"whole_week": week + timedelta(weeks=1) <= until.date()}


def _sql(by: Segment) -> str:
    value = {
        "all": "'all'", "category": "coalesce(e.category, 'unknown')", "language": "coalesce(p.language, 'unknown')",
        "intent": "coalesce(p.intent, 'unknown')", "motivation": "p.value",
    }[by]  # fmt: skip
    joined = ""
    if by in ("language", "intent"):
        joined = f" JOIN (SELECT shopper_id, {by} FROM predictions WHERE run_id = $run) p USING (shopper_id)"  # noqa: S608
    elif by == "motivation":
        joined = (
            " JOIN (SELECT shopper_id, unnest(motivation) AS value FROM predictions WHERE run_id = $run) p"
            " USING (shopper_id)"
        )
    return (
        "SELECT week, value, furthest, count(*) AS shoppers FROM ("  # noqa: S608 -- names of ours
        f"SELECT e.shopper_id, date_trunc('week', e.at)::DATE AS week, {value} AS value, {_FURTHEST} AS furthest"
        f" FROM events e{joined} WHERE hash(e.shopper_id) % $modulus = $rest"
        f" AND e.at >= $first AND e.at <= $until AND type IN ({_TYPES}) GROUP BY ALL) GROUP BY ALL"
    )


def _row(week: date, by: Segment, value: str, reached: list[int]) -> dict[str, Any]:
    looked, cart, bought = reached
    first, second = share(cart, looked), share(bought, looked)
    return {
        "week": week, "segment": by, "value": value, "looked": looked,
        "cart": cart, "cart_share": first.value, "cart_low": first.low, "cart_high": first.high,
        "bought": bought, "bought_share": second.value, "bought_low": second.low, "bought_high": second.high,
        "bought_of_cart": round(bought / cart, 4) if cart else None,
    }  # fmt: skip
