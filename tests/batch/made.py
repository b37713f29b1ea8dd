"""Shoppers, texts and events made for the tests of batch scoring."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

WORDS = ("I need a new kettle!", "这双鞋太贵了", "Does it fit?", "just looking around")
AS_OF = "2026-09-01T00:00:00Z"


def shopper(number: int, **more: Any) -> dict[str, Any]:
    """A shopper with two texts and three events."""
    day = number % 27 + 1
    texts = [{"text": WORDS[(number + k) % 4], "at": f"2026-08-{day:02d}T10:0{k}:00Z"} for k in range(2)]
    events = [
        {"type": "view_item", "at": f"2026-08-{day:02d}T09:{k:02d}:00Z", "item_id": f"sku{number % 7}"}
        for k in range(3)
    ]
    return {"shopper_id": f"s{number}", "texts": texts, "events": events, **more}


def shoppers(count: int) -> list[dict[str, Any]]:
    """So many."""
    return [shopper(number) for number in range(count)]


def write_jsonl(path: Path, rows: Iterable[Any]) -> Path:
    """A JSON Lines file; a row that is a text is written as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The rows of an output, the predictions parsed and without their times."""
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    for row in rows:
        row["prediction"] = json.loads(row["prediction"])
        row["prediction"]["provenance"].pop("latency_ms")
    return rows


def rejects_of(path: Path) -> list[dict[str, Any]]:
    """The rejected rows of an output."""
    lines = path.with_name(f"{path.name}.rejected.jsonl").read_text("ascii").splitlines()
    return [json.loads(line) for line in lines]
