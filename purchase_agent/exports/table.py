"""Rows into a file, by its suffix: CSV, JSON Lines, JSON or Parquet. The file is there as a whole or not at all."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from purchase_agent.clean import printable
from purchase_agent.errors import InputError
from purchase_agent.exports.cells import cell, defused

FORMS = (".csv", ".jsonl", ".json", ".parquet")
Row = Mapping[str, Any]
_TOGETHER = 2000  # rows of Parquet written at once


def check_form(out: Path) -> None:
    """Refuses a name whose suffix says no form, before anything is read.

    Raises:
        InputError: names the forms there are.
    """
    if out.suffix.lower() not in FORMS:
        shown = printable(out.name)
        raise InputError(
            f"{shown} does not say in what form to write", hint=f"end it in {', '.join(FORMS)}", field="file"
        )


def write_table(out: Path, columns: Mapping[str, str], rows: Iterable[Row], *, for_people: bool = True) -> int:
    """Writes rows; returns how many there were.

    Args:
        out: its suffix is the form.
        columns: name -> ``text``, ``number``, ``count``, ``yes``, ``time``, ``date``, ``list`` of texts or ``json``, in
            order. A row may leave some out.
        rows: may be endless; they are not held.
        for_people: a CSV begins with a byte order mark, without which spreadsheets misread Chinese.

    Raises:
        InputError: the form is unknown, or the file cannot be written.
    """
    check_form(out)
    form = out.suffix.lower()
    with _whole(out) as place:
        if form == ".parquet":
            return _write_parquet(place, columns, rows)
        encoding = "utf-8-sig" if form == ".csv" and for_people else "utf-8"
        with place.open("w", encoding=encoding, newline="") as file:
            if form == ".csv":
                return _write_csv(file, columns, rows)
            return _write_lines(file, columns, rows) if form == ".jsonl" else _write_json(file, columns, rows)


def write_json(out: Path, value: Any) -> None:
    """Writes one JSON value, over what was there.

    Raises:
        InputError: the file cannot be written.
    """
    with _whole(out) as place, place.open("w", encoding="utf-8") as file:
        file.write(json.dumps(value, indent=2, ensure_ascii=False, default=_plain) + "\n")


@contextmanager
def _whole(out: Path) -> Iterator[Path]:
    """A place beside ``out``, for its owner only, that takes its name when the block is left without an error."""
    place = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        if out.is_dir():
            raise IsADirectoryError(21, "is a folder")
        place.unlink(missing_ok=True)
        os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        yield place
        with place.open("rb") as written:
            os.fsync(written.fileno())
        place.replace(out)
    except OSError as error:
        shown = printable(str(out))
        raise InputError(
            f"cannot write {shown}: {error.strerror}", hint="check the folder, its owner and mode", field="file"
        ) from error
    finally:
        place.unlink(missing_ok=True)


def _write_csv(file: TextIO, columns: Mapping[str, str], rows: Iterable[Row]) -> int:
    # Lines end as spreadsheets and RFC 4180 have it; every text in quotes, so that none is taken for a number.
    writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow(columns)
    number = 0
    for row in rows:
        number += 1
        writer.writerow(
            [
                defused(_dumped(row.get(name))) if kind == "json" else cell(row.get(name))
                for name, kind in columns.items()
            ]
        )
    return number


def _write_lines(file: TextIO, columns: Mapping[str, str], rows: Iterable[Row]) -> int:
    number = 0
    for row in rows:
        number += 1
        file.write(_dumped(plain(columns, row)) + "\n")
    return number


def _write_json(file: TextIO, columns: Mapping[str, str], rows: Iterable[Row]) -> int:
    number = 0
    file.write("[")
    for row in rows:
        file.write(",\n" if number else "\n")
        number += 1
        file.write(json.dumps(plain(columns, row), indent=1, ensure_ascii=False))
    file.write("\n]\n")
    return number


def _write_parquet(place: Path, columns: Mapping[str, str], rows: Iterable[Row]) -> int:
    import pyarrow as pa
    from pyarrow import parquet

    kinds = {
        "text": pa.string(), "json": pa.string(), "number": pa.float64(), "count": pa.int64(), "yes": pa.bool_(),
        "time": pa.timestamp("us", "UTC"), "date": pa.date32(), "list": pa.list_(pa.string()),
    }  # fmt: skip
    schema = pa.schema([(name, kinds[kind]) for name, kind in columns.items()])
    whole = [name for name, kind in columns.items() if kind == "json"]
    rest, number = iter(rows), 0
    with parquet.ParquetWriter(place, schema, compression="zstd") as writer:
        while some := list(islice(rest, _TOGETHER)):
            number += len(some)
            ready = [dict(row) | {name: _dumped(row.get(name)) for name in whole} for row in some] if whole else some
            writer.write_table(pa.Table.from_pylist([dict(row) for row in ready], schema))
    return number


def plain(columns: Mapping[str, str], row: Row) -> dict[str, Any]:
    """A row as JSON holds it: every column, times and dates as text."""
    whole: dict[str, Any] = json.loads(_dumped({name: row.get(name) for name in columns}))
    return whole


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    return (
        value.isoformat() if hasattr(value, "isoformat") else list(value) if isinstance(value, Sequence) else str(value)
    )
