"""What may stand in a cell: ids, texts and numbers, one rule for all formats.

Ids are compared as their bytes: no trimming, no folding of case or of Unicode forms. Numbers are ASCII digits only
(``int`` and ``float`` of Python take any script's digits, and underscores). Reasons never repeat what the cell holds,
because they go into files that people pass on.
"""

from __future__ import annotations

import math
import re

from purchase_agent.errors import InputError
from purchase_agent.evidence import MAX_ID_LENGTH, MAX_TEXT_BYTES

# C0 and C1 controls, and lone surrogates, which nothing can write.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,300}(?:\.[0-9]{0,300})?|\.[0-9]{1,300})(?:[eE][+-]?[0-9]{1,4})?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?")
_WHOLE = re.compile(r"(-?[0-9]{1,16})\.0+")
_EXACT = 2**53  # whole numbers beyond are not told apart by a double


def identifier(value: object, field: str, *, floats: bool = False) -> str | None:
    """An id as text; an integer is its decimal digits, None and the empty text are none.

    Args:
        floats: whole numbers in floating point are ids too (12583.0 is 12583, also as text).

    Raises:
        InputError: of another type, too long, blank, or with control characters.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        if value.isalnum() and len(value) <= MAX_ID_LENGTH:  # most ids: nothing below can be wrong with them
            return value
        if floats and (whole := _WHOLE.fullmatch(value)):
            return whole[1]
        if len(value) > MAX_ID_LENGTH:
            raise InputError(f"an id of {len(value)} characters, at most {MAX_ID_LENGTH} are read", field=field)
        if _UNFIT.search(value):
            raise InputError("an id with control characters or damaged text", field=field)
        if value.isspace():
            raise InputError("an id of blanks only", field=field)
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= 256:
        return str(value)
    if floats and isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT:
        return str(int(value))
    raise InputError(f"an id is text or a whole number, not {_kind(value)}", field=field)


def words(value: object, field: str) -> str | None:
    """A text such as a search query; lone surrogates become U+FFFD.

    Raises:
        InputError: not a text, or longer than ``MAX_TEXT_BYTES``.
    """
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise InputError(f"a text, not {_kind(value)}", field=field)
    fit = _SURROGATE.sub("\ufffd", value)
    if len(fit) > MAX_TEXT_BYTES // 4 and len(fit.encode()) > MAX_TEXT_BYTES:
        raise InputError(f"a text of more than {MAX_TEXT_BYTES} bytes", field=field)
    return fit


def number(value: object, field: str, *, text: bool, decimal: str = ".", thousands: str = "") -> float | None:
    """A finite number; None and the empty text are none.

    Args:
        text: numbers may be written as text (they always are in CSV), with these signs.

    Raises:
        InputError: anything else; NaN, infinity and minus zero too.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        if not text:
            raise InputError("a number in quotes", field=field)
        plain = _plain(value, decimal, thousands)
        if plain is None:
            raise InputError("not a number in plain ASCII digits", field=field)
        found = float(plain)
    elif isinstance(value, float):
        found = value
    elif isinstance(value, int) and not isinstance(value, bool):
        try:
            found = float(value)
        except OverflowError:
            found = math.inf
    else:
        raise InputError(f"a number, not {_kind(value)}", field=field)
    if not math.isfinite(found):
        raise InputError("NaN, infinite or too large a number", field=field)
    if found == 0 and math.copysign(1, found) < 0:
        raise InputError("minus zero", field=field)
    return found


def as_text(value: object) -> str:
    """What a cell says, for a comparison with values that a map lists: ``true`` and ``false`` as YAML writes them."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _plain(value: str, decimal: str, thousands: str) -> str | None:
    if decimal != "." or thousands:
        swapped = value.translate({ord("."): "\0", ord(","): "\0", ord(decimal): "."} | _swap(thousands, decimal))
        if "," in swapped:  # the sign of thousands, where thousands are to be
            if not _GROUPED.fullmatch(swapped):
                return None
            swapped = swapped.replace(",", "")
        value = swapped
    return value if _NUMBER.fullmatch(value) else None


def _swap(thousands: str, decimal: str) -> dict[int, str]:
    return {ord(thousands): ","} if thousands and thousands != decimal else {}


def _kind(value: object) -> str:
    names = {bool: "true or false", float: "a number with a decimal point", dict: "an object"}
    return names.get(type(value), "a list" if isinstance(value, list) else type(value).__name__)
