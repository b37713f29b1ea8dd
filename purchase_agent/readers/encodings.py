"""The encoding of a table: UTF-8, or GB18030 where its lines show it (exports of Chinese shops)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from purchase_agent.readers.lines import RawLine, RowError
from purchase_agent.readers.sniff import encoding_guess, has_han_pairs

_CLEAR = 10  # times as many lines of GB18030 as of anything else: a mixture is read as UTF-8, and its rest refused
_THREE_BYTES = re.compile(rb"[\xe0-\xef][\x80-\xbf]{2}")


class Decoder:
    """Decodes the lines of one file. Which encoding it has is decided at the first line beyond ASCII.

    Args:
        ahead: bytes that follow the line in hand, as far as they are read already.
        note: is told where the encoding is not UTF-8.
    """

    def __init__(self, ahead: Callable[[], bytes], note: Callable[[str], None]) -> None:
        self._ahead = ahead
        self._note = note
        self._encoding = ""

    def text(self, line: RawLine) -> str:
        """The line as text.

        Raises:
            RowError: it is not in the encoding of the file.
        """
        raw = line.raw
        if raw.isascii():
            return raw.decode("ascii")
        if not self._encoding:
            self._encoding = _decide((raw, *self._ahead().split(b"\n")[:-1]))
            if self._encoding != "utf-8":
                self._note(f"read as {self._encoding.upper()}")
        try:
            if self._encoding == "gb18030" and _is_utf8(raw):
                raise RowError(f"line {line.number} is UTF-8 in a file of GB18030", hint="convert the file to UTF-8")
            return raw.decode(self._encoding)
        except UnicodeDecodeError as error:
            place = f"at byte {line.start + error.start}"
            if self._encoding == "utf-8":
                message = f"not UTF-8 {place}; it looks like {encoding_guess(raw)}"
            else:
                message = f"not {self._encoding.upper()} {place}, as the rest of the file is"
            raise RowError(message, hint="convert the file to UTF-8, with iconv for example") from error


def _decide(lines: Iterable[bytes]) -> str:
    utf8 = gb = others = 0
    for raw in lines:
        if raw.isascii():
            continue
        if _decodes(raw, "utf-8"):
            utf8 += 1
        elif has_han_pairs(raw) and _decodes(raw, "gb18030"):
            gb += 1
        else:
            others += 1
    return "gb18030" if gb > others and gb >= _CLEAR * utf8 else "utf-8"


def _is_utf8(raw: bytes) -> bool:
    """Three-byte characters that are UTF-8 throughout: Han in GB18030 is that by chance once in ten thousand rows."""
    return _THREE_BYTES.search(raw) is not None and _decodes(raw, "utf-8")


def _decodes(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
