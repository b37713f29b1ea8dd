"""Shoppers from a file or a stream: one a line, read as they come, a bad line answered in its place.

Two forms, both UTF-8: JSON Lines (each line an object, or a string: one sentence) and plain text (each line a
sentence). A file named ``.jsonl``, ``.ndjson`` or ``.json`` is JSON Lines and one named ``.txt`` is text; of anything
else the first line that is not blank decides: where it begins with ``{`` (or ``[{``), it is JSON Lines.
"""

from __future__ import annotations

import codecs
import io
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

from purchase_agent.clean import printable
from purchase_agent.errors import InputError

MAX_LINE_BYTES = 1 << 20
"""A longer line is refused; no more of it than this is ever held in memory."""
MAX_DEPTH = 32
"""Levels of nesting in one line; a shopper needs four."""

Form = Literal["jsonl", "text"]
_FORMS: dict[str, Form] = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".txt": "text"}
_OTHER_FORMS = {
    ".csv": "CSV", ".tsv": "TSV", ".parquet": "Parquet", ".xlsx": "Excel", ".xls": "Excel",
    ".gz": "a compressed file", ".zip": "a compressed file", ".zst": "a compressed file", ".bz2": "a compressed file",
}  # fmt: skip
_MAGIC = (
    (b"\x1f\x8b", "gzip"), (b"PK\x03\x04", "zip or Excel"), (b"PAR1\x15", "Parquet"), (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"), (b"GIF8", "a GIF image"), (b"%PDF-", "PDF"), (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh91AY", "bzip2"), (b"\xfd7zXZ", "xz"), (b"7z\xbc\xaf", "7z"), (b"SQLite format 3", "SQLite"),
    (b"\x7fELF", "a program"), (b"\xd0\xcf\x11\xe0", "an old Office file"),
)  # fmt: skip
# UTF-32 before UTF-16: its little-endian mark begins with that of UTF-16.
_WIDE_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"), (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16"),
)  # fmt: skip
_SAMPLE_BYTES = 8192
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_BINARY_SHARE = 0.05  # of control bytes; a text with the odd NUL in it stays text
_HIGH = re.compile(rb"[\x80-\xff]")
_HAN_PAIR = re.compile(rb"[\xb0-\xf7][\xa1-\xfe]")  # the Han rows of GB 2312, which GB 18030 keeps
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


def parse_json(text: str) -> Any:
    """JSON as RFC 8259 has it, each key of an object once.

    Raises:
        InputError: says at which column it breaks, or what of it is refused.
    """
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error.msg} at column {error.pos + 1}", hint=_HINT) from error
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:  # Python's own bound on the digits of an integer
        raise InputError("not JSON that can be used: a number of thousands of digits", hint=_HINT) from error
    if _deeper_than(MAX_DEPTH, value):
        raise _too_deep()
    return value


def _opened(path: Path) -> io.BufferedReader:
    shown = printable(str(path))
    other = _OTHER_FORMS.get(path.suffix.lower())
    try:
        # Not blocking: a pipe without a writer would hold the program before it could be refused.
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise InputError(f"no such file: {shown}", hint="check the path", field="file") from error
    except PermissionError as error:
        raise InputError(f"no permission to read {shown}", hint="check its owner and mode", field="file") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"cannot open {shown[:200]}: {reason}", hint="check the path", field="file") from error
    mode = os.fstat(number).st_mode
    problem = None
    if stat.S_ISDIR(mode):
        problem = InputError(f"{shown} is a folder", hint="name one file in it", field="file")
    elif not stat.S_ISREG(mode):
        problem = InputError(f"{shown} is a pipe or a device", hint="send it to standard input", field="file")
    elif other:
        hint = "give JSON Lines or a .txt file with a sentence a line"
        problem = InputError(f"{shown} is {other}, which is not read here", hint=hint, field="file")
    if problem is not None:
        os.close(number)
        raise problem
    return os.fdopen(number, "rb")


def _lines(stream: io.BufferedReader, form: Form | None) -> Iterator[Line]:
    _refuse_binary(stream.peek(_SAMPLE_BYTES)[:_SAMPLE_BYTES])
    number = offset = 0
    while raw := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        start, length = offset, len(raw)
        if length > MAX_LINE_BYTES and not raw.endswith(b"\n"):
            length += _skip_line(stream)
        offset += length
        if number == 1 and raw.startswith(codecs.BOM_UTF8):
            start += len(codecs.BOM_UTF8)
            raw = raw[len(codecs.BOM_UTF8) :]
        raw = raw.strip(b" \t\r\n")
        if not raw:
            continue
        form = form or ("jsonl" if _JSON_START.match(raw) else "text")
        if length > MAX_LINE_BYTES:
            message = f"a line of {length} bytes from byte {start}, at most {MAX_LINE_BYTES} are read"
            yield Line(number, start, InputError(message, hint="send one shopper a line, and of him what matters"))
        else:
            yield Line(number, start, _value(raw, start, form))


def _skip_line(stream: io.BufferedReader) -> int:
    """Bytes passed over, up to and with the end of the line."""
    passed = 0
    while rest := stream.readline(_SAMPLE_BYTES):
        passed += len(rest)
        if rest.endswith(b"\n"):
            break
    return passed


def _value(raw: bytes, start: int, form: Form) -> Mapping[str, Any] | str | InputError:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        message = f"not UTF-8 at byte {start + error.start} of the input; it looks like {_guess(raw)}"
        return InputError(message, hint="convert it to UTF-8, with iconv for example")
    if form == "text":
        return text
    if text.startswith("["):
        return InputError("a JSON array where JSON Lines are expected", hint=_HINT)
    try:
        value = parse_json(text)
    except InputError as error:
        return InputError(f"{error.message} (the line begins at byte {start})", hint=error.hint, field=error.field)
    if isinstance(value, dict | str):
        return value
    return InputError(f"a shopper is an object or a sentence, not {type(value).__name__}", hint=_HINT)


def _refuse_binary(sample: bytes) -> None:
    for mark, name in _WIDE_MARKS:
        if sample.startswith(mark):
            raise InputError(f"the input is {name}, not UTF-8", hint=f"convert it: iconv -f {name} -t UTF-8")
    for magic, name in _MAGIC:
        if sample.startswith(magic):
            raise InputError(f"the input looks like binary data ({name})", hint="give JSON Lines or text in UTF-8")
    for name, high, low in (("UTF-16BE", sample[::2], sample[1::2]), ("UTF-16LE", sample[1::2], sample[::2])):
        if len(low) >= 4 and low.count(0) == 0 and high.count(0) > 0.6 * len(high):
            raise InputError(f"the input looks like {name}, not UTF-8", hint=f"convert it: iconv -f {name} -t UTF-8")
    if len(_CONTROL.findall(sample)) > _BINARY_SHARE * len(sample):
        raise InputError("the input looks like binary data", hint="give JSON Lines or text in UTF-8")


def _guess(raw: bytes) -> str:
    """GB18030 where the bytes beyond ASCII come in pairs that are Han, else Latin-1."""
    high = len(_HIGH.findall(raw))
    if 2 * len(_HAN_PAIR.findall(raw)) >= 0.6 * high:
        try:
            raw.decode("gb18030")
        except UnicodeDecodeError:
            return "several encodings, or a damaged file"
        return "GB18030"
    return "Latin-1 (Windows-1252)"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                break
            seen.add(key)
        raise InputError(f"the key {key[:80]!r} stands twice in one object", hint="keep one of them", field=key[:80])
    return value


def _refuse_constant(name: str) -> Any:
    raise InputError(f"{name} is not a number in JSON", hint="leave the field out where there is no number")


def _too_deep() -> InputError:
    return InputError(f"nested more than {MAX_DEPTH} levels deep", hint=_HINT)


def _deeper_than(levels: int, value: Any) -> bool:
    layer = [value]
    for _ in range(levels + 1):
        below: list[Any] = []
        for one in layer:
            if isinstance(one, dict):
                below.extend(one.values())
            elif isinstance(one, list):
                below.extend(one)
        if not below:
            return False
        layer = below
    return True
