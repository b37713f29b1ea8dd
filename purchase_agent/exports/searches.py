"""What is searched for, with what intent, whether it is bought then, and where nothing was found.

A search converts where the same shopper buys within some days after it; searches that are younger than that are not
judged yet. A search found nothing where no product was looked at, put in a cart or bought within half an hour (the gap
that ends a session). The same search as text and as event, at one moment, counts once. Queries are compared without
case, width and blanks. A query that fewer than ten shoppers wrote may name one of them: such ones are told together,
and there a shopper counts once for each of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from purchase_agent.exports.intervals import share
from purchase_agent.exports.runs import LEAST, latest, partitions
from purchase_agent.labels import INTENTS
from purchase_agent.store import Reader

DAYS = 7
UNTOLD = "(others)"
SEARCH_COLUMNS = {
    "kind": "text", "query": "text", "intent": "text", "searches": "count", "shoppers": "count", "judged": "count",
    "bought": "count", "bought_share": "number", "bought_low": "number", "bought_high": "number",
    "found_nothing": "count", "found_nothing_share": "number", "found_nothing_low": "number",
    "found_nothing_high": "number",
}  # fmt: skip
_WIDE = "".join(map(chr, range(0xFF01, 0xFF5F))) + "\u3000"
_NARROW = "".join(map(chr, range(0x21, 0x7F))) + " "
_SQL = """
WITH happened AS (
  SELECT shopper_id, events.at AS moment, type, query, NULL AS intent FROM events
  WHERE hash(shopper_id) % $modulus = $rest AND (type IN ('view_item', 'add_to_cart', 'begin_checkout', 'purchase')
    OR (type = 'search' AND query IS NOT NULL))
  UNION ALL
  SELECT shopper_id, texts.at AS moment, 'search' AS type, text AS query, intent FROM texts
  WHERE hash(shopper_id) % $modulus = $rest AND channel = 'search_query' AND role = 'shopper'
), seen AS (
  SELECT shopper_id, moment, type, query, intent,
    count(*) FILTER (type <> 'search') OVER (PARTITION BY shopper_id ORDER BY moment
      RANGE BETWEEN CURRENT ROW AND INTERVAL 30 MINUTE FOLLOWING) AS looked,
    count(*) FILTER (type = 'purchase') OVER (PARTITION BY shopper_id ORDER BY moment
      RANGE BETWEEN CURRENT ROW AND to_days($days) FOLLOWING) AS bought
  FROM happened
), searched AS (
  SELECT shopper_id, moment,
    trim(regexp_replace(lower(translate(query, $wide, $narrow)), '\\s+', ' ', 'g')) AS query,
    max(intent) AS intent, max(looked) AS looked, max(bought) AS bought
  FROM seen WHERE type = 'search' GROUP BY ALL
), each AS (
  SELECT CASE WHEN grouping(query) = 0 THEN 'query' WHEN grouping(intent) = 0 THEN 'intent' ELSE 'all' END AS kind,
    CASE WHEN grouping(query) = 0 THEN query END AS query, max(intent) AS intent, shopper_id, count(*) AS searches,
    count(*) FILTER (looked = 0) AS nothing, bool_or(moment <= $judged) AS judged,
    bool_or(moment <= $judged AND bought > 0) AS bought
  FROM searched WHERE query <> '' GROUP BY GROUPING SETS ((query, shopper_id), (intent, shopper_id), (shopper_id))
)
SELECT kind, query, coalesce(intent, 'unknown') AS intent, count(*) AS shoppers, sum(searches)::BIGINT AS searches,
  sum(nothing)::BIGINT AS nothing, count(*) FILTER (judged) AS judged, count(*) FILTER (bought) AS bought
FROM each GROUP BY ALL
"""


@dataclass(slots=True)
class _Query:
    shoppers: int = 0
    searches: int = 0
    judged: int = 0
    bought: int = 0
    nothing: int = 0
    intents: Counter[str] = field(default_factory=Counter)


def searches(reader: Reader, *, days: int = DAYS, least: int = LEAST) -> Iterator[dict[str, Any]]:
    """Rows of ``SEARCH_COLUMNS``: of all searches, of each intent, and of each query from the commonest on.

    ``bought``: of the judged shoppers those who bought after one of theirs; ``found_nothing``: of the searches.
    """
    until = latest(reader)
    if until is None:
        return
    found: dict[tuple[str, str], _Query] = defaultdict(_Query)
    for modulus, rest in partitions(reader):
        values = {
            "modulus": modulus, "rest": rest, "days": days, "wide": _WIDE, "narrow": _NARROW,
            "judged": until - timedelta(days=days),
        }  # fmt: skip
        for part in reader.parts(_SQL, values):
            for row in part:
                name = {"query": row["query"], "intent": row["intent"]}.get(row["kind"], "")
                _count(found[row["kind"], name], row)
    for kind, name in [("all", ""), *(("intent", intent) for intent in (*INTENTS, "unknown"))]:
        if (kind, name) in found and found[kind, name].shoppers >= least:
            yield _row(kind, "", found[kind, name])
    queries = {name: one for (kind, name), one in found.items() if kind == "query"}
    for name in sorted(queries, key=lambda name: (-queries[name].searches, name)):
        if queries[name].shoppers >= least:
            yield _row("query", name, queries[name])
    others = _sum([one for one in queries.values() if one.shoppers < least])
    if others.shoppers >= least:
        yield _row("query", UNTOLD, others)


def _count(query: _Query, row: dict[str, Any]) -> None:
    query.shoppers += row["shoppers"]
    query.searches += row["searches"]
    query.judged += row["judged"]
    query.bought += row["bought"]
    query.nothing += row["nothing"]
    query.intents[row["intent"]] += row["shoppers"]


def _sum(some: list[_Query]) -> _Query:
    whole = _Query()
    for one in some:
        whole.shoppers += one.shoppers
        whole.searches += one.searches
        whole.judged += one.judged
        whole.bought += one.bought
        whole.nothing += one.nothing
        whole.intents.update(one.intents)
    return whole


def _row(kind: str, name: str, query: _Query) -> dict[str, Any]:
    row = {
        "kind": kind, "query": name, "intent": query.intents.most_common(1)[0][0], "searches": query.searches,
        "shoppers": query.shoppers, "judged": query.judged, "bought": query.bought, "found_nothing": query.nothing,
    }  # fmt: skip
    for column, part, of in (("bought", query.bought, query.judged), ("found_nothing", query.nothing, query.searches)):
        if of:
            found = share(part, of)
            row |= {f"{column}_share": found.value, f"{column}_low": found.low, f"{column}_high": found.high}
    return row
