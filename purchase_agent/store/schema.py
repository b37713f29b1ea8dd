"""The tables of a store. All times are UTC without a zone; a column is added only together with a new version.

In SQL write ``"at"`` in quotes or with its table (``texts.at``): alone it is a word of DuckDB's own.
"""

from __future__ import annotations

VERSION = "1"
TABLES: dict[str, tuple[tuple[str, str], ...]] = {
    "meta": (("key", "VARCHAR PRIMARY KEY"), ("value", "VARCHAR")),
    # A run without `finished_at` is not asked about. `models` is JSON: name -> what the prediction says of it.
    "runs": (
        ("run_id", "VARCHAR PRIMARY KEY"), ("number", "INTEGER"), ("started_at", "TIMESTAMP"),
        ("finished_at", "TIMESTAMP"), ("as_of", "TIMESTAMP"), ("engine", "VARCHAR"), ("evidence", "VARCHAR"),
        ("models", "VARCHAR"), ("source", "VARCHAR"), ("shoppers", "BIGINT"), ("rejected", "BIGINT"),
    ),
    # One row a shopper and run; `prediction` is the whole JSON. Items and categories are of the 90 days before `as_of`,
    # newest first; orders, units and spent are of all purchases up to it.
    "predictions": (
        ("run_id", "VARCHAR"), ("shopper_id", "VARCHAR"), ("as_of", "TIMESTAMP"), ("status", "VARCHAR"),
        ("intent", "VARCHAR"), ("intent_level", "TINYINT"), ("p_buy_1", "DOUBLE"), ("p_buy_7", "DOUBLE"),
        ("p_buy_30", "DOUBLE"), ("p_buy_90", "DOUBLE"), ("motivation", "VARCHAR[]"), ("barriers", "VARCHAR[]"),
        ("sentiment", "VARCHAR"), ("declined", "BOOLEAN"), ("repurchase", "BOOLEAN"), ("next_action", "VARCHAR"),
        ("timing", "VARCHAR"), ("expected_date", "DATE"), ("advice", "VARCHAR"), ("engine", "VARCHAR"),
        ("marketing", "BOOLEAN"), ("language", "VARCHAR"), ("target_scope", "VARCHAR"), ("target_id", "VARCHAR"),
        ("items", "VARCHAR[]"), ("categories", "VARCHAR[]"), ("first_seen", "TIMESTAMP"), ("last_seen", "TIMESTAMP"),
        ("orders", "INTEGER"), ("units", "DOUBLE"), ("spent", "DOUBLE"), ("currency", "VARCHAR"),
        ("prediction", "VARCHAR"),
    ),
    # A shopper's texts as last scored, with the labels of each own text alone. `quotes` is JSON, a list of
    # {"supports": "barrier.price", "quote": "..."}.
    "texts": (
        ("shopper_id", "VARCHAR"), ("text_id", "VARCHAR"), ("at", "TIMESTAMP"), ("channel", "VARCHAR"),
        ("role", "VARCHAR"), ("item_id", "VARCHAR"), ("category", "VARCHAR"), ("rating", "DOUBLE"),
        ("thread_id", "VARCHAR"), ("language", "VARCHAR"), ("text", "VARCHAR"), ("intent", "VARCHAR"),
        ("motivation", "VARCHAR[]"), ("barriers", "VARCHAR[]"), ("sentiment", "VARCHAR"), ("quotes", "VARCHAR"),
    ),
    # A shopper's events as last scored, each once; `type` is one of our actions or `other:<name>`.
    "events": (
        ("shopper_id", "VARCHAR"), ("event_id", "VARCHAR"), ("type", "VARCHAR"), ("at", "TIMESTAMP"),
        ("item_id", "VARCHAR"), ("category", "VARCHAR"), ("query", "VARCHAR"), ("price", "DOUBLE"),
        ("currency", "VARCHAR"), ("quantity", "DOUBLE"),
    ),
}  # fmt: skip
"""Table -> its columns with their types, in order."""

OF_A_SHOPPER = ("predictions", "texts", "events")
"""Tables whose rows belong to one shopper each, by the column ``shopper_id``."""


def create(table: str, *, into: str = "") -> str:
    """The statement that makes a table; ``into`` is the name of an attached database, with its dot."""
    columns = ", ".join(f'"{name}" {kind}' for name, kind in TABLES[table])
    return f"CREATE TABLE {into}{table} ({columns})"


def names(table: str) -> tuple[str, ...]:
    """The columns of a table, in order."""
    return tuple(name for name, _ in TABLES[table])
