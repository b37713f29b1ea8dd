"""Reads the text data sets into rows for training and evaluation. No text is kept after a run.

Labelled rows come from four places: the real labelled texts and the written texts under ``--data``, the texts
written for this package (``eval/data/written``) and readings of further real texts (``eval/data/readings``),
which name a text by its SHA-256 only and find it again in the public set it came from. Only the real labelled texts
must be there: written texts and public sets that are absent, and the readings of such sets, are left out.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from purchase_agent.clean import clean
from purchase_agent.errors import InputError
from purchase_agent.labelled import LabelledText, moment_of, reason
from purchase_agent.language import SUPPORTED, detect

_NOT_WORD = re.compile(r"[\W_]+")

OWN = "own"
"""Source and licence of labelled texts whose lines tell none."""
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
    ``own_reading`` (this package's), ``public`` (not labelled by the guide). ``moment``: when it was written, as fields
    of a shopper, where a line tells it.
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
    moment: dict[str, str] = field(default_factory=dict)


def group_of(text: str) -> str:
    """Key under which copies of one text meet, whatever their spacing, case and punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return hashlib.sha256(_NOT_WORD.sub("", folded).encode()).hexdigest()[:16]


def sha256_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    yield from (record for _, record in _numbered(path))


def _numbered(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Number, from 1, and object of each line that is not blank."""
    opener = gzip.open if path.suffix == ".gz" else open
    number = 0
    try:
        # Editors on Windows put a mark before the first line.
        with opener(path, "rt", encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield number, json.loads(line)
    except FileNotFoundError as error:
        raise InputError(
            f"training data not found: {path}", hint="give the folder that holds text/ with --data"
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}, after line {number}: {error}", hint="give UTF-8 JSON Lines") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}, line {number}: not JSON: {error}", hint="give one JSON object a line") from error


_LABELS = (
    "intent", "declined", "repurchase", "sentiment", "motivation", "barrier", "next_action", "timing", "juster",
)  # fmt: skip


class _UnusableError(ValueError):
    """What is wrong with a line: the field's name, and why."""


def _labelled(path: Path, origin: str, source: str = OWN) -> Iterator[Row]:
    """Rows of a file of labelled texts; ``source`` is that of lines that tell none.

    Raises:
        InputError: a line cannot be learnt from; the message names the file, the line and the field.
    """
    for number, record in _numbered(path):
        try:
            yield _row(record, origin, source)
        except (ValidationError, _UnusableError) as error:
            why = reason(error) if isinstance(error, ValidationError) else str(error)
            raise InputError(
                f"{path}, line {number}: {why}",
                hint=f"a line to learn from has text and all of {', '.join(_LABELS)}",
                field=why.partition(":")[0],
            ) from error


def _row(record: dict[str, Any], origin: str, source: str) -> Row:
    known = LabelledText.model_validate(record)
    labels = _whole(known, record)
    second = record.get("second_reading") or {}
    if second:
        try:
            _whole(LabelledText.model_validate({**second, "text": known.text}), second)
        except TypeError:
            raise _UnusableError("second_reading: no JSON object") from None
        except ValidationError as error:
            raise _UnusableError(f"second_reading.{reason(error)}") from error
        except _UnusableError as error:
            raise _UnusableError(f"second_reading.{error}") from error
    language = record.get("language") or detect(clean(known.text).text).code
    if language == "und":  # a text without words is calibrated as English when it is read, too
        language = "en"
    if not isinstance(language, str) or language not in SUPPORTED:
        raise _UnusableError(f"language: {language!r} is not read, only {' and '.join(sorted(SUPPORTED))} are")
    return Row(
        text=known.text,
        channel=known.channel,
        language=language,
        source=str(record.get("source") or source),
        licence=str(record.get("licence") or OWN),
        group=group_of(known.text),
        labels=labels,
        second=second,
        origin=origin,
        moment=moment_of(record),
    )


def _whole(known: LabelledText, record: Mapping[str, Any]) -> dict[str, Any]:
    """All labels of a line: every head of the model learns from every text, and is judged by it."""
    for name in _LABELS:
        if getattr(known, name) is None:
            raise _UnusableError(f"{name}: this label is missing, and training needs it of every text")
    return {name: record[name] for name in _LABELS}


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
    """Rows of one public set with that set's own labels (``auxiliary``), not ours; none where the set is absent."""
    name, key, channel, licence = PUBLIC_SETS[source]
    path = data / "text" / name
    if not path.is_file():  # who trains on his own texts has none of them
        return
    for record in read_jsonl(path):
        text = _title_and_text(record) if source == "clothing_reviews" else record[key].strip()
        # Reviews of one garment must not lie on both sides of a split.
        group = f"item:{record['item_id']}" if source == "clothing_reviews" else group_of(text)
        language = "zh" if source.startswith("zh_") else "en"
        auxiliary = _auxiliary(source, record)
        if source == "shop_chat":
            auxiliary = {f"shop:{record['shop']}:{record['intent']}": 1}
        yield Row(text, channel, language, source, licence, group, auxiliary=auxiliary)


def read_labelled(data: Path, own: Path) -> list[Row]:
    """All labelled rows: ``data`` holds text/, ``own`` holds this package's written/ and readings/.

    Raises:
        InputError: text/shopper_texts.jsonl is absent, or a line cannot be learnt from.
    """
    rows = list(_labelled(data / "text" / "shopper_texts.jsonl", "real"))
    written = data / "text" / "written_texts.jsonl"
    if written.is_file():
        rows += _labelled(written, "written")
    for path in sorted((own / "written").glob("*.jsonl")):
        rows += _labelled(path, "own_written", "own_written")
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


FEWEST = 100
"""Given texts that a language needs: calibration is fitted and judged by language on three fifths of them, in parts."""


def check_enough(rows: Sequence[Row]) -> None:
    """Raises InputError where ``rows``, the given labelled ones, are too few to cross-validate and calibrate on."""
    counts = {one: len({row.group for row in rows if row.language == one}) for one in sorted(SUPPORTED)}
    if min(counts.values()) < FEWEST:
        told = ", ".join(f"{one} has {count}" for one, count in counts.items())
        raise InputError(
            f"too few labelled texts: {told}; training needs {FEWEST} different ones of each, as each is calibrated "
            "and judged by itself",
            hint="add texts to text/shopper_texts.jsonl or text/written_texts.jsonl", field="data",
        )  # fmt: skip


def fold_of(row: Row, folds: int = 5) -> int:
    """Stable fold of a row; rows of one group share it. The locked test share is taken before (``is_locked``)."""
    return int(hashlib.sha256(f"fold:{row.group}".encode()).hexdigest()[:8], 16) % folds


def is_locked(row: Row) -> bool:
    """True for the 8 % of texts that are never trained or tuned on and are looked at once per release.

    Texts written for this package only train: none of them is scored, so none is kept back.
    """
    drawn = int(hashlib.sha256(f"locked:{row.group}".encode()).hexdigest()[:8], 16) % 100
    return row.origin != "own_written" and drawn < 8
