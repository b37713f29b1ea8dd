"""Reads the text data sets into rows for training and evaluation. No text is kept after a run.

Labelled rows come from four places: the real labelled texts and the written texts under ``--data``, the texts
written for this package (``eval/data/written``) and readings of further real texts (``eval/data/readings``),
which name a text by its SHA-256 only and find it again in the public set it came from.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from purchase_agent.errors import InputError

_NOT_WORD = re.compile(r"[\W_]+")

PUBLIC_SETS: dict[str, tuple[str, str, str, str]] = {
    # source: (file, field of the text, channel, licence)
    "zh_reviews": ("zh_reviews.jsonl.gz", "text", "review", "not stated"),
    "zh_cosmetics": ("zh_cosmetics_drivers.jsonl", "text", "review", "not stated"),
    "need_sentences": ("need_sentences.jsonl", "text", "review", "MIT"),
    "clothing_reviews": ("clothing_reviews.jsonl.gz", "text", "review", "MIT (repository)"),
    "shopping_requests": ("shopping_requests.jsonl", "request", "search_query", "MIT"),
    "shop_chat": ("shop_chat_train.jsonl", "text", "chat", "ODbL-1.0"),
    "phone_tweets": ("phone_tweets.jsonl", "text", "social_post", "MIT (repository)"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One text. ``labels`` is empty for unlabelled text; ``auxiliary`` holds a set's own labels.

    ``origin``: ``real`` and ``written`` (the labelled sets given under ``--data``), ``own_written`` and
    ``own_reading`` (this package's), ``public`` (not labelled by the guide).
    """

    text: str
    channel: str
    language: str
    source: str
    licence: str
    group: str
    labels: dict[str, Any] = field(default_factory=dict)
    second: dict[str, Any] = field(default_factory=dict)
    origin: str = "public"
    auxiliary: dict[str, int] = field(default_factory=dict)


def group_of(text: str) -> str:
    """Key under which copies of one text meet, whatever their spacing, case and punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return hashlib.sha256(_NOT_WORD.sub("", folded).encode()).hexdigest()[:16]


def sha256_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)
    except FileNotFoundError as error:
        raise InputError(
            f"training data not found: {path}", hint="give the folder that holds text/ with --data"
        ) from error


_LABELS = (
    "intent", "declined", "repurchase", "sentiment", "motivation", "barrier", "next_action", "timing", "juster",
)  # fmt: skip


def _labelled(record: dict[str, Any], origin: str) -> Row:
    return Row(
        text=record["text"],
        channel=record["channel"],
        language=record["language"],
        source=record["source"],
        licence=record["licence"],
        group=group_of(record["text"]),
        labels={name: record[name] for name in _LABELS},
        second=record.get("second_reading", {}),
        origin=origin,
    )


def _title_and_text(record: dict[str, Any]) -> str:
    title, text = record.get("title", "").strip(), record["text"].strip()
    return f"{title}. {text[:1].upper()}{text[1:]}" if title else text


def _auxiliary(source: str, record: dict[str, Any]) -> dict[str, int]:
    if source == "zh_reviews":
        return {"positive": int(record["positive"])}
    if source == "zh_cosmetics":
        poles = {driver["polarity"] for driver in record["drivers"]}
        return {"positive": int(poles == {"正面"})} if len(poles) == 1 and poles <= {"正面", "负面"} else {}
    if source == "need_sentences":
        return {"need": int(record["need"])}
    if source == "clothing_reviews":
        stars = int(record["stars"])
        labels = {"recommended": int(record["recommended"])}
        return labels | ({"positive": int(stars > 3)} if stars != 3 else {})
    return {}


def read_public(data: Path, source: str) -> Iterator[Row]:
    """Rows of one public set with that set's own labels (``auxiliary``), not ours."""
    name, key, channel, licence = PUBLIC_SETS[source]
    for record in read_jsonl(data / "text" / name):
        text = _title_and_text(record) if source == "clothing_reviews" else record[key].strip()
        # Reviews of one garment must not lie on both sides of a split.
        group = f"item:{record['item_id']}" if source == "clothing_reviews" else group_of(text)
        language = "zh" if source.startswith("zh_") else "en"
        auxiliary = _auxiliary(source, record)
        if source == "shop_chat":
            auxiliary = {f"shop:{record['shop']}:{record['intent']}": 1}
        yield Row(text, channel, language, source, licence, group, auxiliary=auxiliary)


def read_labelled(data: Path, own: Path) -> list[Row]:
    """All labelled rows: ``data`` holds text/, ``own`` holds this package's written/ and readings/."""
    rows = [
        _labelled(record, origin)
        for name, origin in (("shopper_texts.jsonl", "real"), ("written_texts.jsonl", "written"))
        for record in read_jsonl(data / "text" / name)
    ]
    for path in sorted((own / "written").glob("*.jsonl")):
        own_texts = ({"source": "own_written", "licence": "own", **record} for record in read_jsonl(path))
        rows += [_labelled(record, "own_written") for record in own_texts]
    rows += _readings(data, own)
    seen: set[str] = set()
    unique = []
    for row in rows:
        if row.group not in seen:
            seen.add(row.group)
            unique.append(row)
    return _garments(data, unique)


def _readings(data: Path, own: Path) -> Iterator[Row]:
    wanted: dict[str, dict[str, dict[str, Any]]] = {}
    for path in sorted((own / "readings").glob("*.jsonl")):
        for record in read_jsonl(path):
            wanted.setdefault(record["source"], {})[record["sha256"]] = record
    for source, readings in sorted(wanted.items()):
        for row in read_public(data, source):
            reading = readings.pop(sha256_of(row.text), None)
            if reading is not None:
                labels = {name: reading[name] for name in _LABELS}
                second = reading.get("second_reading", {})
                yield replace(
                    row, group=group_of(row.text), labels=labels, second=second, auxiliary={}, origin="own_reading"
                )


def _garments(data: Path, rows: list[Row]) -> list[Row]:
    items = {group_of(row.text): row.group for row in read_public(data, "clothing_reviews")}
    return [replace(row, group=items.get(row.group, row.group)) for row in rows]


def fold_of(row: Row, folds: int = 5) -> int:
    """Stable fold of a row; rows of one group share it. The locked test share is taken before (``is_locked``)."""
    return int(hashlib.sha256(f"fold:{row.group}".encode()).hexdigest()[:8], 16) % folds


def is_locked(row: Row) -> bool:
    """True for the 8 % of texts that are never trained or tuned on and are looked at once per release.

    Texts written for this package only train: none of them is scored, so none is kept back.
    """
    drawn = int(hashlib.sha256(f"locked:{row.group}".encode()).hexdigest()[:8], 16) % 100
    return row.origin != "own_written" and drawn < 8
