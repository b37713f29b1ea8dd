"""Payment cards, identity numbers and telephone numbers: found by their own form and checksums.

A run is digits with at most three separators between them; its groups are the pieces between the separators. A number
is a row of whole groups, so that "2 x 4111 1111 1111 1111" gives the card and not the "2".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise

from purchase_agent.redact.phones import PHONE_DIGITS, listed_mobiles, phone_groups
from purchase_agent.redact.view import Hit

_RUN = re.compile(r"(?:\+ ?)?\(?[0-9]++(?:[ \t.\-()/·_]{1,3}+[0-9]++)*+")
_GROUP = re.compile(r"[0-9]+")
_MOST_DIGITS = 19
_DOUBLED = dict(zip("0123456789", (0, 2, 4, 6, 8, 1, 3, 5, 7, 9), strict=True))

# Issuer ranges and the lengths they are issued in (ISO/IEC 7812 and the schemes' own lists).
_ISSUED = (
    (re.compile(r"4"), (13, 16, 19)),
    (re.compile(r"5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)"), (16,)),
    (re.compile(r"3[47]"), (15,)),
    (re.compile(r"3(?:0[0-5]|[689])"), (14, 16)),
    (re.compile(r"35(?:2[89]|[3-8])"), (16,)),
    (re.compile(r"6"), (16, 17, 18, 19)),
    (re.compile(r"5[06-8]"), (13, 16, 18, 19)),
)
_CARD_GROUPS = frozenset({
    (4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3), (4, 4, 4, 4, 2), (4, 4, 4, 4, 1), (6, 13), (4, 4, 4, 1),
    (4, 3, 3, 3), (8, 8), (4, 4, 4, 3), (4, 12), (4, 4, 8), (6, 4, 6),
})  # fmt: skip
_CODE_AT = re.compile(r"(?:[A-Za-z0-9]|[A-Za-z][=/])\Z")
_SIXTEEN = re.compile(r"(?<![0-9])[0-9]{16}(?![0-9])")
_LISTED_CARD = re.compile(
    r"(?<![0-9])(?<![0-9][*、,])[2-6][0-9]{3}(?P<gap> ?[*、,] ?)[0-9]{4}(?P=gap)[0-9]{4}(?P=gap)[0-9]{4}"
    r"(?!(?P=gap)?[0-9])"
)
_PAN_PREFIX = re.compile(r"[2-69]")

_PROVINCE = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")  # GB/T 2260
_RESIDENT = re.compile(
    r"(?<![0-9])[1-9][0-9]{5}[ .-]?(?:18|19|20)[0-9]{2}[ .-]?[0-9]{2}[ .-]?[0-9]{2}[ .-]?[0-9]{3}[ .-]?[0-9Xx](?![0-9])"
    r"|(?<![0-9])[1-9](?:[ .-][0-9]){16}[ .-][0-9Xx](?![0-9])"
)
_RESIDENT_OLD = re.compile(r"(?<![A-Za-z0-9.-])[1-9][0-9]{14}(?![A-Za-z0-9-])")
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_SSN = re.compile(r"(?<![A-Za-z0-9.-])(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![A-Za-z0-9]|-[0-9])")
_NINO = re.compile(
    r"(?<![A-Za-z0-9-])(?!BG|GB|NK|KN|TN|NT|ZZ)(?:[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
    r"|QQ)(?P<gap>[ -]?)[0-9]{2}(?P=gap)[0-9]{2}"
    r"(?P=gap)[0-9]{2}(?P=gap)[A-D](?![A-Za-z0-9-])"
)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z]"
    r"[·. ]?(?=[A-Z]{0,5}[0-9])[A-Z0-9]{5,6}(?![A-Za-z0-9])"
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]){11,30}")
_IBAN_LENGTHS = {
    "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18,
    "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20,
    "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SA": 24, "SE": 24, "SI": 19,
    "SK": 24, "TR": 26, "AE": 23, "IL": 23, "UA": 29,
}  # fmt: skip

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Row:
    """The digits of a run, joined, and where its groups are in them and in the text."""

    digits: str
    spans: Sequence[Span]
    offsets: Sequence[int]


def numeric_hits(text: str, addresses: Sequence[Span]) -> list[Hit]:
    """Cards, ids and phones of ``text``; no phones nor ids inside ``addresses`` of the net."""
    hits = _ids(text) + _listed_cards(text)
    hits += [Hit(*span, "PHONE") for span in listed_mobiles(text)]
    shields = sorted(addresses)
    place = 0
    for run in _RUN.finditer(text):
        while place < len(shields) and shields[place][1] <= run.start():
            place += 1
        shielded = place < len(shields) and shields[place][0] < run.end()
        hits += _in_run(text, run, with_phones=not shielded)
    return hits


def plain_cards(text: str) -> list[Hit]:
    """Sixteen plain digits with a right check digit, whatever a reader sees beside them ("8" in full width, "一")."""
    return [Hit(*match.span(), "CARD") for match in _SIXTEEN.finditer(text) if luhn(match[0])]


def _listed_cards(text: str) -> list[Hit]:
    """Cards written like a list or a product ("4111,1111,1111,1111"); prices in a row rise or fall."""
    hits = []
    for match in _LISTED_CARD.finditer(text):
        groups = _GROUP.findall(match[0])
        steps = {one < other for one, other in pairwise(groups)}
        level = any(one == other for one, other in pairwise(groups))
        prices = all(group[-1] in "089" for group in groups)
        if 16 in _issued(groups[0]) and luhn("".join(groups)) and not prices and (level or len(steps) > 1):
            hits.append(Hit(*match.span(), "CARD"))
    return hits


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of ISO/IEC 7812."""
    return (sum(map(int, digits[::-2])) + sum(map(_DOUBLED.__getitem__, digits[-2::-2]))) % 10 == 0


def _in_run(text: str, run: re.Match[str], *, with_phones: bool) -> list[Hit]:
    if run.end() - run.start() < PHONE_DIGITS[0]:
        return []
    spans = [match.span() for match in _GROUP.finditer(text, *run.span())]
    offsets = [0]
    for start, end in spans:
        offsets.append(offsets[-1] + end - start)
    row = _Row("".join(text[start:end] for start, end in spans), spans, offsets)
    hits: list[Hit] = []
    group = 0
    while group < len(spans):
        taken = _card(text, row, group)
        kind = "CARD"
        if not taken and with_phones:
            taken = phone_groups(text, row.digits, spans, offsets, group)
            kind = "PHONE"
        if taken:
            start, end = spans[group][0], spans[group + taken - 1][1]
            if kind == "PHONE":
                start, end = _with_sign(text, start, end)
            hits.append(Hit(start, end, kind))
        group += taken or 1
    return hits


def _card(text: str, row: _Row, first: int) -> int:
    """How many groups from ``first`` on are a payment card; 0 for none."""
    begin = row.offsets[first]
    if not _PAN_PREFIX.match(row.digits, begin):
        # Whatever its first digit, one group of sixteen digits with a right check digit does not pass.
        return int(row.offsets[first + 1] - begin == 16 and luhn(row.digits[begin : begin + 16]))
    issued = _issued(row.digits[begin : begin + 4])
    last = first + 1
    best = 0
    while last < len(row.offsets) and (total := row.offsets[last] - begin) <= _MOST_DIGITS:
        known = total in issued or (total == 16 and last == first + 1)
        if known and luhn(row.digits[begin : begin + total]) and _is_grouped(text, row, first, last):
            best = last - first
        last += 1
    return best


@lru_cache(maxsize=10_000)
def _issued(digits: str) -> frozenset[int]:
    """The lengths in which card numbers that begin with these four digits are issued."""
    return frozenset(total for prefix, totals in _ISSUED if prefix.match(digits) for total in totals)


def _is_grouped(text: str, row: _Row, first: int, last: int) -> bool:
    """Whether groups with a right check digit stand as a card's number does."""
    if last - first == 1 and row.offsets[last] - row.offsets[first] == 16:
        return True
    if last - first == 1:
        start, end = row.spans[first]
        return not _CODE_AT.search(text, max(0, start - 2), start) and not _alphanumeric(text, end)
    groups = tuple(end - start for start, end in row.spans[first:last])
    if groups in _CARD_GROUPS:
        return True
    # Any other grouping only when the run is the number, and no row of sizes or prices.
    whole = (first == 0 and last == len(row.spans)) or set(groups) == {1}
    values = [int(text[start:end]) for start, end in row.spans[first:last]]
    rising = all(one < other for one, other in pairwise(values))
    return whole and not (rising and max(groups) < 5)


def _alphanumeric(text: str, place: int) -> bool:
    return 0 <= place < len(text) and text[place].isascii() and text[place].isalnum()


def _with_sign(text: str, start: int, end: int) -> Span:
    while start and text[start - 1] in "+(":
        start -= 1
    return start, end


def _ids(text: str) -> list[Hit]:
    hits = [Hit(*match.span(), "ID") for match in _RESIDENT.finditer(text) if _is_resident(match[0])]
    hits += [Hit(*match.span(), "ID") for match in _RESIDENT_OLD.finditer(text) if _is_old_resident(match[0])]
    for pattern in (_SSN, _NINO, _PLATE):
        hits += [Hit(*match.span(), "ID") for match in pattern.finditer(text)]
    for match in _IBAN.finditer(text):
        length = _iban(match[0])
        if length:
            hits.append(Hit(match.start(), match.start() + length, "ID"))
    return hits


def _is_resident(text: str) -> bool:
    """The checksum of GB 11643-1999 (ISO 7064 MOD 11-2), a province and a day that exist."""
    number = re.sub("[ .-]", "", text).upper()
    if not _PROVINCE.match(number) or not _is_day(number[6:14]):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_RESIDENT_WEIGHTS, number[:17], strict=True))
    return "10X98765432"[total % 11] == number[17]


def _is_old_resident(number: str) -> bool:
    return bool(_PROVINCE.match(number)) and _is_day("19" + number[6:12])


def _is_day(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return True


def _iban(text: str) -> int:
    """How many characters of ``text`` are an IBAN (ISO 13616, mod 97); 0 for none."""
    wanted = _IBAN_LENGTHS.get(text[:2].upper(), 0)
    number = ""
    for place, char in enumerate(text):
        if char.isalnum():
            number += char.upper()
        if len(number) == wanted:
            turned = number[4:] + number[:4]
            return (place + 1) * (int("".join(str(int(one, 36)) for one in turned)) % 97 == 1)
    return 0
