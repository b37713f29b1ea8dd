"""How many of those who first bought in a month bought again, month by month after it.

First means the first purchase in the stored events: where these begin late, old customers look new. Months are
calendar months, UTC; only whole ones are told, so that the last does not look bad. Cohorts of fewer than ten are not
told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from purchase_agent.exports.intervals import share
from purchase_agent.exports.runs import LEAST, latest, partitions
from purchase_agent.store import Reader

COHORT_COLUMNS = {
    "cohort": "text", "month": "count", "shoppers": "count", "bought": "count", "share": "number", "low": "number",
    "high": "number", "orders": "count", "units": "number",
}  # fmt: skip
_SQL = """
WITH bought AS (
  SELECT shopper_id, date_trunc('month', events.at)::DATE AS month, count(DISTINCT events.at) AS orders,
    sum(coalesce(CASE WHEN quantity > 0 THEN quantity END, 1)) AS units
  FROM events WHERE type = 'purchase' AND hash(shopper_id) % $modulus = $rest GROUP BY ALL
), firsts AS (SELECT shopper_id, min(month) AS cohort FROM bought GROUP BY shopper_id)
SELECT cohort, date_diff('month', cohort, month) AS month, count(*) AS bought, sum(orders)::BIGINT AS orders,
  sum(units)::DOUBLE AS units
FROM bought JOIN firsts USING (shopper_id) GROUP BY ALL
"""


def cohorts(reader: Reader, *, least: int = LEAST) -> Iterator[dict[str, Any]]:
    """Rows of ``COHORT_COLUMNS``: cohorts in order, each from its own month (0) to the last whole one."""
    until = latest(reader)
    if until is None:
        return
    bought: Counter[tuple[date, int]] = Counter()
    orders: Counter[tuple[date, int]] = Counter()
    units: dict[tuple[date, int], float] = {}
    for modulus, rest in partitions(reader):
        for part in reader.parts(_SQL, {"modulus": modulus, "rest": rest}):
            for row in part:
                place = row["cohort"], row["month"]
                bought[place] += row["bought"]
                orders[place] += row["orders"]
                units[place] = units.get(place, 0.0) + row["units"]
    for cohort in sorted({cohort for cohort, _ in bought}):
        size = bought[cohort, 0]
        if size < least:
            continue
        for month in range(_whole_months(cohort, until)):
            found = share(bought[cohort, month], size)
            yield {
                "cohort": f"{cohort:%Y-%m}", "month": month, "shoppers": size, "bought": found.part,
                "share": found.value, "low": found.low, "high": found.high, "orders": orders[cohort, month],
                "units": round(units.get((cohort, month), 0.0), 2),
            }  # fmt: skip


def _whole_months(cohort: date, until: datetime) -> int:
    """How many calendar months from the cohort's on have ended."""
    return (until.year - cohort.year) * 12 + until.month - cohort.month
