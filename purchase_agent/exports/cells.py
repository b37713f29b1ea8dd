"""Cells of a CSV that no spreadsheet takes for a formula (OWASP, CSV injection). Numbers are written as numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

# What begins a formula, also in full width and small form; with blanks before it, seen or unseen.
_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"
_UNSEEN = r"\u200b-\u200f\u2060\ufeff"
_LEAD = rf"(?=[\t\r\n]|[\s{_UNSEEN}]*[{_SIGNS}])"
_INNER = rf"(?=(?:[^\S\t\r\n]|[{_UNSEEN}])*[{_SIGNS}])"
# At the start of the cell, and behind what another locale's spreadsheet would take for the end of a cell.
_FORMULA = re.compile(rf"\A{_LEAD}|(?<=[;\t\r\n]){_INNER}")
# The blanks that led to a sign may hold an apostrophe of the second kind by now.
_DEFUSED = re.compile(rf"\A'(?=[\t\r\n]|[\s'{_UNSEEN}]*[{_SIGNS}])|(?<=[;\t\r\n])'{_INNER}")


def defused(text: str) -> str:
    """The text with an apostrophe before whatever a spreadsheet would run."""
    return _FORMULA.sub("'", text)


def original(cell: str) -> str:
    """The text that ``defused`` made the cell of, unless it began with such an apostrophe itself."""
    return _DEFUSED.sub("", cell)


def cell(value: Any) -> Any:
    """A value for a CSV writer: text defused, lists joined by ``|``, nothing as an empty cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return defused(" | ".join(str(one) for one in value))
    return defused(str(value))
