"""What a file is by its first bytes, and which encoding a text that is not UTF-8 seems to have."""

from __future__ import annotations

import codecs
import re

from purchase_agent.errors import InputError

SAMPLE_BYTES = 8192
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
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_BINARY_SHARE = 0.05  # of control bytes; a text with the odd NUL in it stays text
_FEW = 4  # control bytes say nothing in a text of a line or two
_HIGH = re.compile(rb"[\x80-\xff]")
_HAN_PAIR = re.compile(rb"[\xb0-\xf7][\xa1-\xfe]")  # the Han rows of GB 2312, which GB 18030 keeps


def signature(sample: bytes) -> str | None:
    """The kind of file that begins with these bytes, where they are a known mark of one that is no text."""
    return next((name for magic, name in _MAGIC if sample.startswith(magic)), None)


def refuse_binary(sample: bytes, *, shown: str = "the input", wanted: str = "JSON Lines or text in UTF-8") -> None:
    """Passes the beginning of a text in an encoding that keeps ASCII.

    Raises:
        InputError: it is UTF-16 or UTF-32, or no text; ``shown`` names the input, ``wanted`` what to give instead.
    """
    for mark, name in _WIDE_MARKS:
        if sample.startswith(mark):
            raise InputError(f"{shown} is {name}, not UTF-8", hint=f"convert it: iconv -f {name} -t UTF-8")
    kind = signature(sample)
    if kind:
        raise InputError(f"{shown} looks like binary data ({kind})", hint=f"give {wanted}")
    for name, high, low in (("UTF-16BE", sample[::2], sample[1::2]), ("UTF-16LE", sample[1::2], sample[::2])):
        if len(low) >= 4 and low.count(0) == 0 and high.count(0) > 0.6 * len(high):
            raise InputError(f"{shown} looks like {name}, not UTF-8", hint=f"convert it: iconv -f {name} -t UTF-8")
    if len(_CONTROL.findall(sample)) > max(_FEW, _BINARY_SHARE * len(sample)):
        raise InputError(f"{shown} looks like binary data", hint=f"give {wanted}")


def encoding_guess(raw: bytes) -> str:
    """Of bytes that are not UTF-8: GB18030 where those beyond ASCII come in pairs that are Han, else Latin-1."""
    if has_han_pairs(raw):
        try:
            raw.decode("gb18030")
        except UnicodeDecodeError:
            return "several encodings, or a damaged file"
        return "GB18030"
    return "Latin-1 (Windows-1252)"


def has_han_pairs(raw: bytes) -> bool:
    """Whether most bytes beyond ASCII are Han as GB 18030 writes it."""
    high = len(_HIGH.findall(raw))
    return 2 * len(_HAN_PAIR.findall(raw)) >= 0.6 * high
