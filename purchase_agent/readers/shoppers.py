"""Shoppers from a file or a stream: one a line, read as they come, a bad line answered in its place.

Two forms, both UTF-8: JSON Lines (each line an object, or a string: one sentence) and plain text (each line a
sentence). A file named ``.jsonl``, ``.ndjson`` or ``.json`` is JSON Lines and one named ``.txt`` is text; of anything
else the first line that is not blank decides: where it begins with ``{`` (or ``[{``), it is JSON Lines.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

from purchase_agent.clean import printable
from purchase_agent.errors import InputError
from purchase_agent.readers.files import open_regular
from purchase_agent.readers.lines import read_lines, too_long
from purchase_agent.readers.sniff import SAMPLE_BYTES, encoding_guess, refuse_binary
from purchase_agent.readers.strict_json import parse_json

MAX_LINE_BYTES = 1 << 20
"""A longer line is refused; no more of it than this is ever held in memory."""

Form = Literal["jsonl", "text"]
_FORMS: dict[str, Form] = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".txt": "text"}
_OTHER_FORMS = {
    ".csv": "CSV", ".tsv": "TSV", ".parquet": "Parquet", ".xlsx": "Excel", ".xls": "Excel",
    ".gz": "a compressed file", ".zip": "a compressed file", ".zst": "a compressed file", ".bz2": "a compressed file",
}  # fmt: skip
_JSON_START = re.compile(rb"\{|\[\s*(?:\{|$)")
_HINT = 'one JSON object a line, such as {"shopper_id": "c1", "texts": [{"text": "..."}]}'


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank. ``number`` counts from 1, blank lines too; ``byte_offset`` is where the line begins.

    ``value`` is a shopper not yet checked (a mapping, or a sentence), or why the line cannot be used.
    """

    number: int
    byte_offset: int
    value: Mapping[str, Any] | str | InputError


def read_shoppers(source: Path | BinaryIO) -> Iterator[Line]:
    """The lines of a regular file, or of a binary stream such as standard input.

    Raises:
        InputError: nothing of it can be read. ``field`` is ``file`` where the name is at fault (no such file, a folder,
            a pipe or device, no permission, a form that is not read here), empty where the content is (binary data,
            UTF-16).
    """
    if isinstance(source, Path):
        with _opened(source) as stream:
            yield from _lines(stream, _FORMS.get(source.suffix.lower()))
    elif isinstance(source, io.BufferedReader):
        yield from _lines(source, None)
    else:
        yield from _lines(io.BufferedReader(cast("io.RawIOBase", source)), None)


def _opened(path: Path) -> io.BufferedReader:
    number = open_regular(path)
    other = _OTHER_FORMS.get(path.suffix.lower())
    if other:
        os.close(number)
        hint = "give JSON Lines or a .txt file with a sentence a line"
        raise InputError(f"{printable(str(path))} is {other}, which is not read here", hint=hint, field="file")
    return os.fdopen(number, "rb")


def _lines(stream: io.BufferedReader, form: Form | None) -> Iterator[Line]:
    refuse_binary(stream.peek(SAMPLE_BYTES)[:SAMPLE_BYTES])
    for line in read_lines(stream, MAX_LINE_BYTES):
        raw = line.raw.strip(b" \t\r\n")
        if not raw:
            continue
        form = form or ("jsonl" if _JSON_START.match(raw) else "text")
        if line.too_long:
            hint = "send one shopper a line, and of him what matters"
            yield Line(line.number, line.start, InputError(too_long(line, MAX_LINE_BYTES), hint=hint))
        else:
            yield Line(line.number, line.start, _value(raw, line.start, form))


def _value(raw: bytes, start: int, form: Form) -> Mapping[str, Any] | str | InputError:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        message = f"not UTF-8 at byte {start + error.start} of the input; it looks like {encoding_guess(raw)}"
        return InputError(message, hint="convert it to UTF-8, with iconv for example")
    if form == "text":
        return text
    if text.startswith("["):
        return InputError("a JSON array where JSON Lines are expected", hint=_HINT)
    try:
        value = parse_json(text, hint=_HINT)
    except InputError as error:
        return InputError(f"{error.message} (the line begins at byte {start})", hint=error.hint, field=error.field)
    if isinstance(value, dict | str):
        return value
    return InputError(f"a shopper is an object or a sentence, not {type(value).__name__}", hint=_HINT)
