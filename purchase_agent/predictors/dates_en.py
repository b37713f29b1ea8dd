"""English words of time in folded text, as mentions with the days they mean."""

from __future__ import annotations

import re
from datetime import date, timedelta

from purchase_agent.predictors import calendar_spans as spans
from purchase_agent.predictors.date_forms import Form, Reader, Reading, form
from purchase_agent.predictors.festivals import Span

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b"
)
_LONG_MONTH = r"(?:january|february|april|june|july|august|september|october|november|december)\b"
_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|tues|weds|thurs?|fri"
_NUMBERS = {
    "a": 1.0, "an": 1.0, "one": 1.0, "a couple of": 2.0, "a couple": 2.0, "couple of": 2.0, "a few": 3.0, "few": 3.0,
    "half a": 0.5, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0, "eight": 8.0,
    "nine": 9.0, "ten": 10.0, "eleven": 11.0, "twelve": 12.0,
}  # fmt: skip
_COUNT = r"(?:" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + r"|\d{1,3})"
_UNIT = r"(?P<unit>days?|weeks?|wks?|fortnights?|months?|mths?|years?|yrs?)\b"
_PREP = r"(?:on|by|before|until|till|til|for|from|after|the|is|'s)"
_AFTER_ORDINAL = (
    r"(?=\s*(?:$|[.,;:!?)\n-]|(?:and|so|but|to|at|in|is|when|which|for|i|we|if|because|or|then|morning|evening|please"
    r"|pls|that|comes|of the month|of next|of this)\b))"
)


def _month_number(name: str) -> int:
    return _MONTHS.index(name[:3]) + 1


def _part(word: str | None) -> str:
    if not word:
        return ""
    return "start" if word.startswith(("beg", "start", "earl")) else "middle" if word.startswith("mid") else "end"


def _iso(m: re.Match[str], _: date, __: str) -> Reading:
    return "date", spans.day_of(int(m[1]), int(m[2]), int(m[3]))


def _month_day(m: re.Match[str], today: date, _: str) -> Reading:
    number, day, year = _month_number(m["month"]), int(m["day"]), m["year"]
    return "date", spans.day_of(int(year), number, day) if year else spans.named_day(today, number, day)


def _month(m: re.Match[str], today: date, _: str) -> Reading:
    found = spans.named_month(today, _month_number(m["month"]), _part(m.groupdict().get("part")))
    return "month", found


def _part_of(m: re.Match[str], today: date, _: str) -> Reading:
    part, ahead = _part(m["part"]), 1 if m["which"] == "next" else 0
    if m["unit"] == "week":
        monday, sunday = spans.week(today, ahead)
        return "week_part", (monday, monday + timedelta(1)) if part == "start" else (sunday - timedelta(2), sunday)
    if m["unit"] == "year":
        number = {"start": 1, "middle": 6, "end": 12}[part]
        year = today.year + ahead
        days = spans.month(year, number)
        return "year_part", days if days[1] >= today else spans.month(year + 1, number)
    days = spans.month(*spans.month_ahead(today, ahead), part)
    return "month_part", days if days[1] >= today else spans.month(*spans.month_ahead(today, 1), part)


def _unit_ahead(m: re.Match[str], today: date, _: str) -> Reading:
    ahead, unit = 0 if m["which"] in {"this", None} else 1, m["unit"]
    if unit == "week":
        return "week", spans.week(today, ahead)
    if unit == "weekend":
        return "weekend", spans.weekend(today, 1 if m["which"] == "next" else 0)
    if unit == "month":
        return "month", spans.month(*spans.month_ahead(today, ahead))
    if unit == "quarter":
        year, number = spans.month_ahead(today, 3 * ahead)
        return "quarter", spans.quarter(year, (number + 2) // 3)
    return "year", (date(today.year + ahead, 1, 1), date(today.year + ahead, 12, 31))


def _weekday(m: re.Match[str], today: date, _: str) -> Reading:
    which = m["which"]
    if which in {"last", "every", "each", "past", "most", "casual", "good", "black", "cyber"}:
        return None
    weeks = {"this": 0, "next": 1}.get(which or "")
    return "next_weekday" if weeks else "weekday", spans.weekday(today, _WEEKDAYS.index(m["day"][:3]), weeks)


def _season(m: re.Match[str], today: date, zone: str) -> Reading:
    name = "autumn" if m["season"] == "fall" else m["season"]
    found = spans.season(today, name, zone)
    if m["which"] == "next" and found[0] <= today:
        found = spans.season(found[1] + timedelta(1), name, zone)
    return "season", found


def _in_future(m: re.Match[str], today: date) -> Span:
    count = _NUMBERS.get(m["count"]) or float(m["count"].split(maxsplit=1)[0])
    unit = m["unit"]
    if unit.startswith("fortnight"):
        count, unit = 2 * count, "week"
    name = {"d": "day", "w": "week", "m": "month", "y": "year"}[unit[0]]
    return spans.ahead(today, count, name)


def _ahead(m: re.Match[str], today: date, _: str) -> Reading:
    return "ahead", _in_future(m, today)


def _within(m: re.Match[str], today: date, _: str) -> Reading:
    return "within", (today, _in_future(m, today)[1])


def _number(m: re.Match[str], today: date, _: str) -> Reading:
    if m["of"]:
        year, number = spans.month_ahead(today, 1 if m["of"].endswith("next month") else 0)
        return "numbered_day", spans.day_of(year, number, int(m["day"]))
    return "numbered_day", spans.numbered_day(today, int(m["day"]))


def _quarter(m: re.Match[str], today: date, _: str) -> Reading:
    found = spans.quarter(int(m["year"]) if m["year"] else today.year, int(m["quarter"]))
    return "quarter", found if found[1] >= today or m["year"] else spans.quarter(today.year + 1, int(m["quarter"]))


def _year(m: re.Match[str], _: date, __: str) -> Reading:
    return "year", (date(int(m["says"]), 1, 1), date(int(m["says"]), 12, 31))


def _days(form: str, count: int) -> Reader:
    return lambda _, today, __: (form, spans.single(today, count))


def _new_year(_: re.Match[str], today: date, __: str) -> Reading:
    return "month", spans.month(today.year + 1, 1)


_ONE_OF = r"\b(?P<part>beginning|start|early|mid(?:dle)?|late|end)[- ](?:of )?"
_FOLLOWS = r"(?:from (?:now|today)|away|to go|time|(?:of \w+ )?left|until|till)"


# What holds another stands before it.
FORMS: tuple[Form, ...] = (
    form(_iso, r"\b(20\d\d)-(\d\d)-(\d\d)\b"),
    form(
        _month_day,
        rf"\b(?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH})(?:,? (?P<year>20\d\d)\b)?",
    ),
    form(
        _month_day,
        rf"\b(?P<month>{_MONTH})\.? (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?![:%])(?:,? (?P<year>20\d\d)\b)?",
    ),
    form(
        _part_of, _ONE_OF, r"(?:the |this )?(?P<which>next )?(?P<unit>month|year|week)\b", forward=True, whole_unit=True
    ),
    form(_part_of, r"\b(?P<which>)(?P<unit>month|year)[- ](?P<part>end)\b", forward=True, whole_unit=True),
    form(_month, _ONE_OF, rf"(?P<month>{_MONTH})", whole_unit=True),
    form(_new_year, r"\bin the new year\b", forward=True, whole_unit=True),
    form(
        _unit_ahead, r"\b(?P<which>this|next|coming|following) (?P<unit>weekend|week|month|year|quarter)\b(?! only)",
        forward=True, whole_unit=True,
    ),
    form(
        _unit_ahead, r"(?<!every )(?<!last )(?<!each )\bthe (?P<which>this )?(?P<unit>weekend)\b", whole_unit=True,
        worth=0.8,
    ),
    form(_days("tomorrow", 2), r"\bday after tomorrow\b", forward=True),
    form(_days("tomorrow", 1), r"\b(?:tomorrow|tmrw|tmr|tomoz|tomo|2moro|2morrow)\b", forward=True),
    form(_days("today", 0), r"\b(?:today|tonight|tonite|2nite|this (?:morning|afternoon|evening))\b(?!'s)"),
    form(
        _weekday, r"\b(?:(?P<which>this|next|last|every|each|past|most|casual|good|black|cyber) )?",
        rf"(?P<day>{_WEEKDAY})\b(?!\.com)",
    ),
    form(
        _weekday, r"\b(?:on|by|till|until|before|next|this|come|for) (?P<says>(?P<which>)(?P<day>sat|sun|mon|wed))\b"
    ),
    form(
        _season, r"\b(?P<which>this|next|by|before|until|till|til|come|after|in) (?:the )?",
        r"(?P<says>(?P<season>spring|summer|autumn|fall|winter))\b", whole_unit=True, worth=0.8,
    ),
    form(
        _month, r"\b(?:in|by|before|until|till|til|this|next|come|around|during|after|for) ",
        rf"(?P<says>(?P<month>{_MONTH}))(?! \d)", whole_unit=True,
    ),
    form(
        _month, rf"(?<!last )(?<!since )(?<!of )(?<!\w-)\b(?P<month>{_LONG_MONTH})", whole_unit=True, worth=0.7
    ),
    form(
        _within, r"\b(?:within|over the next|in the next|(?<!for the )(?<!the )next) (?:the next )?",
        rf"(?P<count>{_COUNT}) {_UNIT}", forward=True,
    ),
    form(
        _ahead, r"\b(?:in|after|another) (?:about |around |under |maybe |like )?",
        rf"(?P<count>{_COUNT}) (?:more )?{_UNIT}(?! of| old| ago)", forward=True, worth=0.9,
    ),
    form(_ahead, rf"\b(?P<count>{_COUNT}) (?:more )?{_UNIT}(?:'s?)? {_FOLLOWS}\b", forward=True),
    form(
        _number, rf"\b{_PREP} (?:the )?(?P<says>(?P<day>[12]?\d|3[01])(?:st|nd|rd|th){_AFTER_ORDINAL}",
        r"(?P<of> of (?:next|this|the) month)?)",
    ),
    form(_quarter, r"\bq(?P<quarter>[1-4])(?: (?P<year>20\d\d))?\b", whole_unit=True, worth=0.7),
    form(_year, r"\b(?:in|by|until|till|before) (?P<says>20[2-9]\d)\b", whole_unit=True),
)  # fmt: skip
