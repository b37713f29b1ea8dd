"""Festivals and sales a shopper may name, and the days on which each comes next.

Lunar dates are a table for 2020-2040 (under 2 KB), not a library: `lunardate` is GPL, `holidays` (MIT) weighs 14 MB for
it, and neither has all of them. The table was computed with `lunardate` (Chinese) and `hijridate` (Umm al-Qura) and
holds against `holidays`, as a test repeats where that is installed; Diwali beyond 2035 was computed from the moon
alone. Eid follows the calculated calendar: a sighting may move it by a day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial

Span = tuple[date, date]
"""First and last day, both within."""
Days = Callable[[int, str], list[Span]]
"""Year and time zone of the shopper -> when the festival falls in that year."""

_TABLE = {  # month and day, one for each year from 2020 to 2040
    "spring_festival": "0125 0212 0201 0122 0210 0129 0217 0206 0126 0213 0203 0123 0211 0131 0219 0208 0128 0215 0204"
    " 0124 0212",
    "dragon_boat": "0625 0614 0603 0622 0610 0531 0619 0609 0528 0616 0605 0624 0612 0601 0620 0610 0530 0618 0607 0527"
    " 0614",
    "qixi": "0825 0814 0804 0822 0810 0829 0819 0808 0826 0816 0805 0824 0812 0801 0820 0810 0828 0817 0807 0826 0814",
    "mid_autumn": "1001 0921 0910 0929 0917 1006 0925 0915 1003 0922 0912 1001 0919 0908 0927 0916 1004 0924 0913 1002"
    " 0920",
    "eid_al_fitr": "0524 0513 0502 0421 0410 0330 0320 0309 0226 0214 0204 0124 0114 0102+1223 1212 1201 1119 1108 1029"
    " 1019 1007",
    "eid_al_adha": "0731 0720 0709 0628 0616 0606 0527 0516 0505 0424 0413 0402 0322 0311 0301 0218 0207 0126 0116"
    " 0105+1226 1214",
    "diwali": "1114 1104 1024 1112 1031 1020 1108 1029 1017 1105 1026 1114 1102 1022 1110 1030 1019 1107 1027 1115"
    " 1104",
}
_FIRST_YEAR = 2020
_MOTHERING_SUNDAY = ("Europe/London", "Europe/Dublin", "Europe/Belfast", "Europe/Jersey", "Europe/Guernsey")
_CANADA = ("Toronto", "Vancouver", "Montreal", "Halifax", "Winnipeg", "Edmonton", "Regina", "St_Johns")


def table_days(name: str, year: int) -> list[date]:
    """Days of a festival of the table in a year; none outside 2020-2040."""
    cells = _TABLE[name].split()
    if not 0 <= year - _FIRST_YEAR < len(cells):
        return []
    return [date(year, int(cell[:2]), int(cell[2:])) for cell in cells[year - _FIRST_YEAR].split("+")]


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (anonymous computus, Meeus 1991)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """The ``nth`` Monday (0) to Sunday (6) of a month."""
    first = date(year, month, 1)
    return first + timedelta((weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _fixed(month: int, day: int, days: int, year: int, _: str) -> list[Span]:
    first = date(year, month, day)
    return [(first, first + timedelta(days - 1))]


def _on(month: int, day: int, days: int = 1) -> Days:
    return partial(_fixed, month, day, days)


def _lunar(name: str, before: int = 0, days: int = 1) -> Days:
    def spans(year: int, _: str) -> list[Span]:
        firsts = [day + timedelta(before) for day in table_days(name, year)]
        return [(first, first + timedelta(days - 1)) for first in firsts]

    return spans


def _eid(year: int, zone: str) -> list[Span]:
    return sorted(_lunar("eid_al_fitr")(year, zone) + _lunar("eid_al_adha")(year, zone))


def _easter(year: int, _: str) -> list[Span]:
    return [(easter(year), easter(year))]


def _black_friday(year: int, _: str) -> list[Span]:
    friday = nth_weekday(year, 11, 3, 4) + timedelta(1)
    return [(friday, friday + timedelta(3))]


def _cyber_monday(year: int, _: str) -> list[Span]:
    monday = nth_weekday(year, 11, 3, 4) + timedelta(4)
    return [(monday, monday)]


def _mothers_day(year: int, zone: str) -> list[Span]:
    day = easter(year) - timedelta(21) if zone in _MOTHERING_SUNDAY else nth_weekday(year, 5, 6, 2)
    return [(day, day)]


def _fathers_day(year: int, zone: str) -> list[Span]:
    if zone == "Asia/Taipei":
        return _on(8, 8)(year, zone)
    south = zone.startswith("Australia/") or zone == "Pacific/Auckland"
    day = nth_weekday(year, 9, 6, 1) if south else nth_weekday(year, 6, 6, 3)
    return [(day, day)]


def _thanksgiving(year: int, zone: str) -> list[Span]:
    canada = zone.rpartition("/")[2] in _CANADA
    day = nth_weekday(year, 10, 0, 2) if canada else nth_weekday(year, 11, 3, 4)
    return [(day, day)]


def _qingming(year: int, _: str) -> list[Span]:
    short = year - 2000  # the solar term of the 21st century
    day = date(year, 4, int(short * 0.2422 + 4.81) - short // 4)
    return [(day, day)]


def _term(year: int, zone: str) -> list[Span]:
    """Chinese terms begin on 1 September and about 17 days after the new lunar year."""
    return _lunar("spring_festival", 17)(year, zone) + _on(9, 1)(year, zone)


@dataclass(frozen=True, slots=True)
class Festival:
    """A festival or sale.

    Args:
        names: how it is named in folded text, a pattern.
        days: when it falls.
        lead: days before it in which what it needs is bought; 0 for a sale, which is bought in.
    """

    name: str
    names: str
    days: Days
    lead: int

    def coming(self, today: date, zone: str) -> Span | None:
        """The days of the festival that is on or comes next; None where the table ends."""
        for year in (today.year, today.year + 1):
            for first, last in self.days(year, zone):
                if last >= today:
                    return first, last
        return None


_PRICE = r"(?<![\d.$£€¥￥])"
_NO_UNIT = r"(?!\d|\.\d|\s?(?:[元块刀米克型款号人个页路室%]|(?!sale|deal|promo|festival|event)[a-z]))"

_EN_SPRING_FESTIVAL = r"\b(?:(?:chinese|lunar) new year|spring festival|cny)\b"

# A name that holds another stands before it. Sales have no lead.
_ROWS: tuple[tuple[str, str, Days, int], ...] = (
    ("singles_day_presale", r"双(?:十一|11).{0,3}预售|singles'? day pre-?sale", _on(10, 20, 22), 0),
    # Its main hours begin on the evening of the day before.
    ("singles_day", rf"双(?:十一|11)|{_PRICE}11\.11(?!\d)|光棍节|singles'? day|double (?:11|eleven)", _on(11, 10, 2),
     0),
    ("double_twelve", rf"双(?:十二|12)|{_PRICE}12\.12(?!\d)|double (?:12|twelve)", _on(12, 12), 0),
    ("618", rf"{_PRICE}6\.?18{_NO_UNIT}|六一八", _on(6, 16, 3), 0),
    ("black_friday", r"\b(?:black|blk) fri(?:day)?\b|bfcm|黑五|黑色星期五", _black_friday, 0),
    ("cyber_monday", r"\bcyber monday\b|网络星期一", _cyber_monday, 0),
    ("autumn_prime_day", r"\b(?:prime big deal days?|october prime day)\b", _on(10, 1, 31), 0),
    ("prime_day", r"\bprime days?\b|prime ?会员日", _on(7, 1, 31), 0),
    ("boxing_day", r"\bboxing day\b|节礼日", _on(12, 26, 2), 0),
    ("january_sales", r"\b(?:january|new year'?s?) sales?\b", _on(1, 1, 31), 0),
    ("new_year_goods", r"年货节|办年货|囤年货|买年货", _lunar("spring_festival", -35, 33), 0),
    ("christmas", r"\b(?:christmas|x-?mas)\b|圣诞|平安夜", _on(12, 25), 45),
    ("spring_festival", rf"{_EN_SPRING_FESTIVAL}|(?<!完)过年|春节|除夕|年夜饭|年三十|大年初|新年",
     _lunar("spring_festival"), 40),
    ("new_year", r"(?<!in the )\bnew year(?:'?s)?(?: eve| day)?\b|\bnye\b|元旦|跨年", _on(1, 1), 21),
    ("valentine", r"\bvalentine(?:'?s)?(?: day)?\b|情人节", _on(2, 14), 21),
    ("520", rf"{_PRICE}5\.?20{_NO_UNIT}", _on(5, 20), 14),
    ("qixi", r"七夕|\bqi ?xi\b", _lunar("qixi"), 14),
    ("mid_autumn", r"中秋|\bmid-?autumn\b|\bmoon festival\b", _lunar("mid_autumn"), 30),
    ("dragon_boat", r"端午|\bdragon boat\b", _lunar("dragon_boat"), 21),
    ("lantern", r"元宵|\blantern festival\b", _lunar("spring_festival", 14), 14),
    ("qingming", r"清明|\bqing ?ming\b|\btomb[- ]sweeping\b", _qingming, 14),
    ("labour_day", r"五一(?![\d二三四五六七八九十])|劳动节|\bmay day\b", _on(5, 1, 5), 21),
    ("childrens_day", r"六一(?!八)|儿童节|\bchildren'?s day\b", _on(6, 1), 21),
    ("national_day", r"国庆|十一(?:长假|假期)|(?:十一)?黄金周|\bgolden week\b|\bnational day\b", _on(10, 1, 7), 21),
    ("womens_day", r"三八(?:节|妇女|女王|女神)|38节|妇女节|女王节|女神节|\bwomen'?s day\b", _on(3, 8), 14),
    ("mothers_day", r"母亲节|\bmother(?:'?s|s') ?day\b|\bmothering sunday\b", _mothers_day, 28),
    ("fathers_day", r"父亲节|\bfather(?:'?s|s') ?day\b", _fathers_day, 28),
    ("thanksgiving", r"感恩节|\bthanksgiving\b", _thanksgiving, 28),
    ("halloween", r"万圣|\bhalloween\b", _on(10, 31), 30),
    ("easter", r"复活节|\beaster\b", _easter, 28),
    ("eid_al_adha", r"\beid[- ](?:al|ul)[- ]?adha\b|\bbakr[ai]?[- ]?(?:eid|id)\b|宰牲节|古尔邦",
     _lunar("eid_al_adha"), 28),
    ("eid_al_fitr", r"\beid[- ](?:al|ul)[- ]?fitr\b|\bchoti eid\b|开斋节", _lunar("eid_al_fitr"), 28),
    ("eid", r"\beid\b", _eid, 28),
    ("ramadan", r"\bram(?:adh?|az|z)an\b|斋月", _lunar("eid_al_fitr", -30), 21),
    ("diwali", r"\bdiwali\b|\bdeepavali\b|排灯节|屠妖节", _lunar("diwali"), 30),
    ("back_to_school", r"\bback[- ]to[- ]school\b|\bschool (?:starts|year|term)\b", _on(9, 1), 40),
    ("term", r"开学", _term, 30),
)  # fmt: skip

FESTIVALS: tuple[Festival, ...] = tuple(Festival(*row) for row in _ROWS)
_compiled = cache(re.compile)  # when first looked for: a process that answers one text seldom needs them


_HINT = re.compile(
    r"[0-9双节年夕夜秋午宵清五六十元国妇母父感万斋灯光圣黑学三网古黄]"
    r"|\b(?:bla?c?k|bfcm|cyb|sing|doub|prime|octo|box|jan|new y|chri|x-?mas|chin|lunar|spring f|cny|nye|val|qi|mid|moon"
    r"|drag|lant|tomb|may d|chil|gold|nati|wom|moth|fath|than|hall|east|eid|bak|cho|ram|diw|deep|back|scho)"
)
"""A piece of every name: most texts hold none and are done."""


def find(folded: str) -> Iterator[tuple[int, int, Festival]]:
    """Start, end and festival of every name in folded text; a part of a longer name is not told again."""
    if not _HINT.search(folded):
        return
    taken: list[tuple[int, int]] = []
    for festival in FESTIVALS:
        for match in _compiled(festival.names).finditer(folded):
            if not any(match.start() < end and match.end() > start for start, end in taken):
                taken.append(match.span())
                yield match.start(), match.end(), festival
