"""Rows of any file that is read here, one by one, each with its place; a bad row says why it is one.

JSON Lines, CSV and TSV (each also as ``.gz``) and Parquet. What a row means is for its map to say: a cell of a CSV is
text, and a value of Parquet is what JSON would hold, with dates and times as ISO 8601 text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from purchase_agent.errors import InputError
from purchase_agent.readers.csvs import read_csv
from purchase_agent.readers.files import LIMITS, Limits, Source, open_source
from purchase_agent.readers.lines import RawLine, Row, read_lines, too_long
from purchase_agent.readers.parquets import read_parquet
from purchase_agent.readers.sniff import encoding_guess
from purchase_agent.readers.strict_json import parse_json

_HINT = "one JSON object a line"


@dataclass(frozen=True, slots=True)
class Record:
    """A row; blank lines are none.

    ``line`` counts from 1, blank lines too, and is where the row begins (Parquet: the number of the row);
    ``byte_offset`` is where that line begins in the unpacked file (Parquet: where its row group does). ``value`` has
    the row's fields, or why there is no row. ``sha256`` is of its bytes without the line end (Parquet: of its JSON).
    """

    file: str
    line: int
    byte_offset: int
    value: Mapping[str, Any] | InputError
    sha256: str


def read_records(
    path: Path,
    *,
    limits: Limits = LIMITS,
    partial: bool = False,
    names: Sequence[str] | None = None,
    note: Callable[[str], None] | None = None,
) -> Iterator[Record]:
    """The rows of a file, in its order, in memory that does not depend on its size.

    Args:
        path: its form is told by its name, else by its content.
        limits: what is refused.
        partial: of a gzip file that is cut off, read the rows up to the cut.
        names: of the columns of a CSV that has no header line.
        note: is told, in a sentence each, what had to be assumed of the file (its encoding, no header, a cut).

    Raises:
        InputError: the file as a whole cannot be used. That may show after some rows: it breaks off, unpacks to more
            than the limits, or was changed meanwhile. Nothing made of those rows should then be kept.
    """
    told = note or _unsaid
    with open_source(path, limits, partial=partial) as source:
        rows: Iterator[Row]
        if source.form == "parquet":
            rows = read_parquet(source, limits)
        elif source.form == "jsonl":
            rows = _json_rows(source, limits)
        else:
            rows = read_csv(source, limits, names=names, note=told)
        for row in rows:
            yield Record(source.file, row.line, row.byte_offset, row.value, row.sha256)
        if source.cut:
            told("cut off: read up to the cut")
        source.check_unchanged()


def _json_rows(source: Source, limits: Limits) -> Iterator[Row]:
    begun = False
    for line in read_lines(source.stream, limits.max_line_bytes):
        raw = line.raw.strip(b" \t\r")
        if not raw or (raw.startswith(b"#") and not begun):  # comments at the top, as in a CSV
            continue
        begun = True
        value = _object(line, limits)
        if isinstance(value, InputError) and not line.end:
            value = InputError(f"the file ends in this line: {value.message}", hint=value.hint, field=value.field)
        yield Row(line.number, line.start, value, line.digest())


def _object(line: RawLine, limits: Limits) -> Mapping[str, Any] | InputError:
    if line.too_long:
        return InputError(too_long(line, limits.max_line_bytes), hint=_HINT)
    try:
        text = line.raw.decode()
        value = parse_json(text)
        if "\\u" in text:  # the only way to half a surrogate pair, which no file or hash could take
            json.dumps(value, ensure_ascii=False).encode()
    except InputError as error:
        return error
    except UnicodeDecodeError as error:
        message = f"not UTF-8 at byte {line.start + error.start}; it looks like {encoding_guess(line.raw)}"
        return InputError(message, hint="convert it to UTF-8, with iconv for example")
    except UnicodeEncodeError:
        return InputError("half a character: a \\u escape without its pair", hint="write it with a JSON library")
    if isinstance(value, dict):
        return value
    return InputError(f"a row is an object, not {type(value).__name__}", hint=_HINT)


def _unsaid(_: str) -> None:
    """Where nobody asked for notes."""
