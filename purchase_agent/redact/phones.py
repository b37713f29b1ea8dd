"""Telephone numbers: international, North American, British, German, Indian and Chinese, mobile and landline."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

Span = tuple[int, int]

PHONE_DIGITS = (7, 15)
"""Fewest and most digits of a number (ITU-T E.164 has at most fifteen)."""

# Digits with the country code; other countries: anything E.164 allows.
_COUNTRY = {
    "86": (12, 13), "1": (11,), "44": (12, 13, 11), "49": (13, 14, 12, 11, 10), "33": (11,), "91": (12,),
    "81": (12, 11), "82": (12, 11), "852": (11,), "853": (11,), "886": (12, 11), "65": (10,), "61": (11,), "7": (11,),
}  # fmt: skip
_ANY_COUNTRY = (12, 11, 13, 10, 14, 15, 9, 8)

_MOBILE_CN = re.compile(r"1[3-9][0-9]{9}")
_MOBILE_CN_GROUPS = frozenset(
    {(11,), (3, 4, 4), (3, 3, 5), (4, 4, 3), (4, 3, 4), (3, 8), (7, 4), (5, 6), (3, 5, 3), (6, 5)}
)
_LISTED = re.compile(
    r"(?<![0-9])(?<![0-9][*、,])1[3-9][0-9](?P<gap> ?[*、,] ?)[0-9]{4}(?P=gap)[0-9]{4}(?!(?P=gap)?[0-9])"
)
_GROUP = re.compile(r"[0-9]+")
_FIGURES_BEFORE = re.compile(r"价|尺寸|规格|尺码|\b(?:prices?|sizes?|models?|years?|from|for)\b", re.IGNORECASE)
_AREA_CN = re.compile(r"0(?:10|2[0-57-9]|[3-9][0-9]{2})[1-9][0-9]{6,7}")
_AREA_CN_GROUPS = frozenset({(3, 8), (4, 7), (4, 8), (3, 4, 4), (4, 4, 4), (4, 3, 4), (11,), (12,)})
_NANP = re.compile(r"1?[2-9][0-9]{2}[2-9][0-9]{6}")
_NANP_GROUPS = frozenset({(3, 3, 4), (1, 3, 3, 4), (3, 7), (6, 4), (1, 10), (3, 3, 2, 2)})
_SERVICE_CN = re.compile(r"[48]00[0-9]{7}")
_SERVICE_CN_GROUPS = frozenset({(3, 3, 4), (3, 4, 3), (3, 7)})
_TEN = re.compile(r"[6-9][0-9]{9}|[2-9][0-9]{2}[2-9][0-9]{6}")
_TRUNK = re.compile(r"0[1-9][0-9]{7,10}")

_CUE_WORDS = (
    r"(?:\b(?:tele)?phone (?:no|nr|number|is)|\btel\b|\bmobile (?:no|number|is)"
    r"|\bcell(?: phone)?(?: number| is|:)|\bcall (?:me|us)"
    r"|\btext me|\bring me|\breach me|\bcontact (?:no|number|me)|\bwhats\s?app|\b(?:my|his|her) (?:no"
    r"|number|num|cell|mobile)\b"
    r"|telefon|rufnummer|handynummer|\bfax|电话|手机号|手机是|座机|号码|致电|打给我|联系方式|拨打|固话|热线|联系我)"
)
_CUE = re.compile(rf"{_CUE_WORDS}[^0-9\n]{{0,16}}\Z", re.IGNORECASE)
_SAID = re.compile(rf"{_CUE_WORDS}[\s:：是为,，+(]{{0,4}}\Z", re.IGNORECASE)
"""The number comes at once: a cue further off may speak of something else ("电话手表卖了1000000台")."""
_SAID_LETTERS = re.compile(
    r"(?<![A-Za-z])(?:tel|(?:tele)?phone|mob(?:ile)?|cell|call|fax|whats ?app)[.:]?\Z", re.IGNORECASE
)
_SAID_LETTER = re.compile(r"(?<![A-Za-z])[vtm][.:]?\Z", re.IGNORECASE)
_MONEY_BEFORE = re.compile(r"(?:[$¥€£₹￥]|rmb|usd|eur|gbp|cny|rs\.?|预算|价格?|售价)[ :：]?\+?\(?\Z", re.IGNORECASE)
_CODE_BEFORE = re.compile(
    r"(?:#|\b(?:sku|item|model|isbn|ean|upc|asin|gtin|barcode|part|serial|style|art(?:icle)?|id|product|listing|mpn)"
    r"(?: ?(?:no|nr|number|code|id))?\.?[ :：#-]{0,3}|款号|货号|型号|条码|编号|商品号?|链接"
    r"|[A-Za-z0-9_]|[A-Za-z0-9]-"
    r"|[A-Za-z0-9_][=/]|[0-9][.,])\Z",
    re.IGNORECASE,
)
# Signs that as often begin the next word: "万一没接", "人不在", "双十一前".
_PERHAPS_UNIT = re.compile(r" ?[块万件个双台人粉次年月]")
_UNIT_AFTER = re.compile(
    r" ?(?:元(?![旦宵])|%|号店"
    r"|k?gb?\b|kg|mm|cm|ml|mah|mb|tb|hz|w\b|usd|rmb|eur|dollars|euros|pounds"
    r"|views|followers|points|pcs|units|[$€£])",
    re.IGNORECASE,
)


def phone_groups(text: str, digits: str, spans: Sequence[Span], offsets: Sequence[int], first: int) -> int:
    """How many groups from ``first`` on are a telephone number; 0 for none.

    ``digits`` are those of the run without separators, ``spans`` the groups' places in ``text`` and ``offsets`` in
    ``digits``.
    """
    start = spans[first][0]
    taken = _abroad(text, digits, spans, offsets, first) or _at_home(text, digits, spans, offsets, first)
    if not taken:
        return 0
    end = spans[first + taken - 1][1]
    window = text[max(0, start - 24) : start]
    said = _SAID.search(window)
    mobile = _MOBILE_CN.fullmatch(digits, offsets[first], offsets[first + taken])
    if _MONEY_BEFORE.search(window) or _UNIT_AFTER.match(text, end):
        return 0
    if not (said or mobile) and _PERHAPS_UNIT.match(text, end):
        return 0
    if not said and text[end : end + 1].isascii() and text[end : end + 1].isalnum():
        return 0
    if _SAID_LETTERS.search(window):
        return taken
    letter = _SAID_LETTER.search(window) if mobile else None
    before = window[: letter.start()] if letter else window.rstrip("+(")
    return 0 if _CODE_BEFORE.search(before) else taken


def listed_mobiles(text: str) -> list[Span]:
    """Chinese mobile numbers written like a list or a product: "138、1234、5678", "138*1234*5678"."""
    return [match.span() for match in _LISTED.finditer(text) if _is_listed_mobile(text, match)]


def _is_listed_mobile(text: str, match: re.Match[str]) -> bool:
    """Whether three figures are a telephone number, and no prices, sizes or amounts."""
    if _CUE.search(text[max(0, match.start() - 48) : match.start()]):
        return True
    if _FIGURES_BEFORE.search(text[max(0, match.start() - 16) : match.start()]):
        return False
    groups = _GROUP.findall(match[0])
    no_figures = any(group.startswith("0") for group in groups)
    if no_figures or "*" in match["gap"]:  # "193*2032*1524": as the sizes of a thing are written
        return no_figures
    values = [int(group) for group in groups]
    prices = all(value % 10 in {0, 5, 8, 9} for value in values)
    years = all(1900 <= value < 2100 for value in values[1:])
    rising = all(one < other for one, other in pairwise(values))
    unit = _UNIT_AFTER.match(text, match.end()) or _PERHAPS_UNIT.match(text, match.end())
    return not (prices or years or rising or unit)


def _abroad(text: str, digits: str, spans: Sequence[Span], offsets: Sequence[int], first: int) -> int:
    """A number with its country code: after "+" or "00", or 86 before a Chinese mobile number."""
    begin = offsets[first]
    start = spans[first][0]
    if text[max(0, start - 3) : start].rstrip(" (").endswith("+"):
        code = begin
    elif digits.startswith("00", begin):
        code = begin + 2
    elif digits.startswith("86", begin) and _MOBILE_CN.match(digits, begin + 2):
        code = begin
    else:
        return 0
    if digits[code : code + 1] in {"", "0"}:
        return 0
    totals = next((_COUNTRY[digits[code : code + n]] for n in (3, 2, 1) if digits[code : code + n] in _COUNTRY), None)
    for total in totals or _ANY_COUNTRY:
        taken = _aligned(offsets, first, code + total)
        if taken:
            return taken
    return 0


def _at_home(text: str, digits: str, spans: Sequence[Span], offsets: Sequence[int], first: int) -> int:
    begin = offsets[first]
    for pattern, lengths, layouts in (
        (_MOBILE_CN, (11,), _MOBILE_CN_GROUPS),
        (_AREA_CN, (12, 11, 10), _AREA_CN_GROUPS),
        (_NANP, (11, 10), _NANP_GROUPS),
        (_SERVICE_CN, (10,), _SERVICE_CN_GROUPS),
    ):
        if not pattern.match(digits, begin):
            continue
        for length in lengths:
            taken = _aligned(offsets, first, begin + length)
            groups = _layout(spans, first, taken)
            if taken and pattern.fullmatch(digits, begin, begin + length):
                if (groups in layouts and _even(text, spans, first, taken)) or set(groups) == {1}:
                    return taken
                if pattern is _MOBILE_CN and taken == len(spans) and max(groups) > 2 and groups[0] < 4:
                    return taken
    if _TEN.match(digits, begin) and spans[first][1] - spans[first][0] == 10:
        return 1
    return _with_trunk(digits, spans, offsets, first) or _by_cue(text, spans, offsets, first)


def _with_trunk(digits: str, spans: Sequence[Span], offsets: Sequence[int], first: int) -> int:
    """A British or German number at home: a 0, then area and number, nothing else in the run."""
    if not _TRUNK.match(digits, offsets[first]) or first > 1:
        return 0
    taken = min(len(spans) - first, 6)
    total = offsets[first + taken] - offsets[first]
    groups = _layout(spans, first, taken)
    if first + taken < len(spans) or not 8 <= total <= 12:
        return 0
    if taken == 1:
        return int(total >= 10)
    return taken * (3 <= groups[0] <= 6 and min(groups[1:]) >= 2 and total >= 9)


def _by_cue(text: str, spans: Sequence[Span], offsets: Sequence[int], first: int) -> int:
    """Any seven to fifteen digits that are said to be a telephone number."""
    start = spans[first][0]
    if first or not _CUE.search(text[max(0, start - 48) : start]):
        return 0
    taken = min(len(spans), 8)
    while taken and offsets[taken] > PHONE_DIGITS[1]:
        taken -= 1
    return taken if offsets[taken] >= PHONE_DIGITS[0] else 0


def _aligned(offsets: Sequence[int], first: int, end: int) -> int:
    """How many groups from ``first`` on end exactly at digit ``end``; 0 if a group goes over it."""
    for last in range(first + 1, min(len(offsets), first + 16)):
        if offsets[last] >= end:
            return last - first if offsets[last] == end else 0
    return 0


def _layout(spans: Sequence[Span], first: int, taken: int) -> tuple[int, ...]:
    return tuple(end - start for start, end in spans[first : first + taken])


def _even(text: str, spans: Sequence[Span], first: int, taken: int) -> bool:
    """Whether the separators are of one kind, brackets around an area code aside: "1500-2000 300" is no number."""
    between = [text[spans[place][1] : spans[place + 1][0]] for place in range(first, first + taken - 1)]
    return len({gap.strip() for gap in between if ")" not in gap}) < 2 or text[spans[first][1]] == ")"
