"""What reviews and discussions say of each product: what for, what is wrong, with counts, intervals and quotes.

Each shopper counts once for a product, however much he wrote. Reviews and discussions are public words, told without
their writer: so products are told from one writer on, and the interval says how little that is. Quotes are verbatim in
the stored text, without personal data; words recognised as speaking to a model are not quoted.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from purchase_agent.clean import instruction_like
from purchase_agent.exports.intervals import share
from purchase_agent.labels import BARRIERS, MOTIVATIONS, SENTIMENTS
from purchase_agent.redact import Redactor
from purchase_agent.store import Reader

CHANNELS = ("review", "discussion")
REVIEW_COLUMNS = {
    "item_id": "text", "category": "text", "kind": "text", "label": "text", "shoppers": "count", "of": "count",
    "share": "number", "low": "number", "high": "number", "texts": "count", "rating": "number", "quotes": "list",
}  # fmt: skip
MOST_QUOTES = 3
_LONGEST_QUOTE = 200
_ORDER: dict[str, int] = {name: place for place, name in enumerate((*MOTIVATIONS, *BARRIERS, *SENTIMENTS))}
_SQL = (
    "SELECT item_id, category, shopper_id, text_id, rating, motivation, barriers, sentiment, text, quotes FROM texts"
    " WHERE role = 'shopper' AND channel IN (SELECT unnest(?)) AND item_id IS NOT NULL AND hash(item_id) % ? = ?"
    " ORDER BY item_id, texts.at DESC, shopper_id, text_id"
)
_ROWS_AT_ONCE = 300_000


@dataclass(slots=True)
class _Product:
    category: str | None = None
    texts: int = 0
    ratings: list[float] = field(default_factory=list)
    writers: set[str] = field(default_factory=set)
    of_label: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    texts_of: Counter[tuple[str, str]] = field(default_factory=Counter)
    quotes: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))


def reviews(reader: Reader, *, channels: Sequence[str] = CHANNELS, least: int = 1) -> Iterator[dict[str, Any]]:
    """Rows of ``REVIEW_COLUMNS``: of each product one for the whole (its ``kind`` is ``all``) and one a label.

    Args:
        channels: whose texts are read.
        least: writers that a product needs to be told.
    """
    (row,) = reader.rows("SELECT count(*) AS n FROM texts WHERE channel IN (SELECT unnest(?))", [list(channels)])
    number = max(1, -(-row["n"] // _ROWS_AT_ONCE))
    for rest in range(number):
        item, product = None, _Product()
        for part in reader.parts(_SQL, [list(channels), number, rest]):
            for one in part:
                if one["item_id"] != item:
                    if item is not None:
                        yield from _told(item, product, least)
                    item, product = one["item_id"], _Product()
                _count(product, one)
        if item is not None:
            yield from _told(item, product, least)


def _count(product: _Product, row: dict[str, Any]) -> None:
    product.category = product.category or row["category"]
    product.texts += 1
    product.writers.add(row["shopper_id"])
    if row["rating"] is not None:
        product.ratings.append(row["rating"])
    labels = [("motivation", name) for name in row["motivation"] or []]
    labels += [("barrier", name) for name in row["barriers"] or []]
    labels += [("sentiment", row["sentiment"])] if row["sentiment"] is not None else []
    for label in labels:
        product.of_label[label].add(row["shopper_id"])
        product.texts_of[label] += 1
    for label, quote in _quotes(row):
        if label in labels and len(product.quotes[label]) < MOST_QUOTES and quote not in product.quotes[label]:
            product.quotes[label].append(quote)


def _quotes(row: dict[str, Any]) -> Iterator[tuple[tuple[str, str], str]]:
    """(label, quote) of a text: verbatim in it, short, about the product, without personal data."""
    for one in json.loads(row["quotes"] or "[]"):
        quote = one["quote"]
        if quote in row["text"] and len(quote) <= _LONGEST_QUOTE and not instruction_like(quote):
            kind, _, name = one["supports"].partition(".")
            yield (kind, name), Redactor().redact(quote).text


def _told(item: str, product: _Product, least: int) -> Iterator[dict[str, Any]]:
    whole = len(product.writers)
    if whole < least:
        return
    rating = round(sum(product.ratings) / len(product.ratings), 2) if product.ratings else None
    same = {"item_id": item, "category": product.category, "of": whole}
    yield same | {
        "kind": "all",
        "label": "all",
        "shoppers": whole,
        "texts": product.texts,
        "rating": rating,
        "quotes": [],
    }
    for kind, name in sorted(product.of_label, key=lambda label: (label[0], _ORDER[label[1]])):
        found = share(len(product.of_label[kind, name]), whole)
        yield same | {
            "kind": kind, "label": name, "shoppers": found.part, "share": found.value, "low": found.low,
            "high": found.high, "texts": product.texts_of[kind, name], "quotes": product.quotes[kind, name],
        }  # fmt: skip
