"""The days on which, or by which, a text says that its author will buy.

Certainty, from 0 to 1, is a product of stated factors; what comes below ``LEAST`` is not told. 0.9 where the clause
holds a word of buying or intending, 0.75 where the sentence does, else 0.6; times 0.6 where the clause hedges (maybe,
if, 可能); times 0.3 where another person buys; times the worth of the form (a bare month 0.7, 近期 0.6). Nothing is
told where the words are negated or tell of the past, and where the days are past. Durations, ages, prices and names of
models are no dates because no form reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from purchase_agent.labels import TimingReason
from purchase_agent.predictors import calendar_spans, date_forms, dates_en, festivals
from purchase_agent.predictors import date_signs as signs
from purchase_agent.predictors.date_forms import Form, Mention
from purchase_agent.predictors.festivals import Festival, Span

LEAST = 0.2
READ_AT_MOST = 2_000
"""Characters of a text that are read: a plan of buying stands near its beginning, and a long text is a review."""
_CHINESE = re.compile("[\u4e00-\u9fff]")
_LEAD = timedelta(days=45)  # before an occasion, in which what it needs is bought
_AFTERWARDS = 21  # days in which is bought what was put off until after a festival or month
_DAY = timedelta(days=1)
_SPENDING = timedelta(days=2)  # after payday


@dataclass(frozen=True, slots=True)
class Stated:
    """Days a text tells for the purchase.

    Args:
        start, end: code points of the words in the text.
        kind: the reason it gives a timing.
        form: what it looks like, such as ``weekday``, ``ahead``, ``festival:christmas``.
        earliest, latest: the days in or, for a deadline, until which the purchase is told; both within.
        is_deadline: the purchase comes before, not on, the days named.
        certainty: 0 to 1, see the rule above.
    """

    start: int
    end: int
    kind: TimingReason
    form: str
    earliest: date
    latest: date
    is_deadline: bool
    certainty: float


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around a mention: its sentence, its clause, the words just before and just after it."""

    sentence: str
    clause: str
    before: str
    after: str

    @property
    def awaits(self) -> bool:
        return bool(signs.AWAITS.search(self.before))

    @property
    def before_then(self) -> bool:
        return bool(signs.BEFORE.search(self.before) or signs.BEFORE_ZH.search(self.after))

    @property
    def by_then(self) -> bool:
        return self.before_then or bool(signs.BY.search(self.before))


def stated(text: str, as_of: datetime, zone: str) -> list[Stated]:
    """The days that ``text``, written at ``as_of``, tells for its author's purchase, in the order of the text.

    Args:
        as_of: when it was written, with a time zone: relative words count from its day in ``zone``.
        zone: IANA name of the shopper's time zone; it also tells the season's hemisphere and whose Mother's Day.
    """
    folded = date_forms.fold(text[:READ_AT_MOST])
    today = as_of.astimezone(ZoneInfo(zone)).date()
    found: list[Stated] = []
    for mention, festival in _mentions(folded, today, zone):
        one = _judge(mention, festival, _surroundings(folded, mention), today)
        if one is not None:
            found.append(one)
    return _with_paydays(folded, found, today)


def _mentions(folded: str, today: date, zone: str) -> Iterator[tuple[Mention, Festival | None]]:
    """Mentions that do not overlap: a festival before a date, the first form before the others."""
    taken: list[tuple[int, int]] = []
    for start, end, festival in festivals.find(folded):
        taken.append((start, end))
        yield Mention(start, end, f"festival:{festival.name}", festival.coming(today, zone)), festival
    for mention in date_forms.find(_forms(folded), folded, today, zone):
        if not any(mention.start < end and mention.end > start for start, end in taken):
            taken.append((mention.start, mention.end))
            yield mention, None


def _forms(folded: str) -> Iterable[Form]:
    if not _CHINESE.search(folded):
        return dates_en.FORMS
    from purchase_agent.predictors import dates_zh  # takes a while to compile, and only Chinese needs it

    return *dates_en.FORMS, *dates_zh.FORMS


def _surroundings(folded: str, mention: Mention) -> _Around:
    first, last = _between(folded, mention.start, mention.end, signs.SENTENCE)
    left, right = _between(folded[first:last], mention.start - first, mention.end - first, signs.CLAUSE)
    return _Around(
        sentence=folded[first:last],
        clause=folded[first + left : first + right],
        before=folded[max(first, mention.start - 48) : mention.start],
        after=folded[mention.end : last][:16],
    )


def _between(folded: str, start: int, end: int, border: re.Pattern[str]) -> tuple[int, int]:
    """The piece of text between borders that holds the words."""
    first, last = 0, len(folded)
    for match in border.finditer(folded):
        if match.end() <= start:
            first = match.end()
        elif match.start() >= end:
            last = match.start()
            break
    return first, last


def _judge(mention: Mention, festival: Festival | None, around: _Around, today: date) -> Stated | None:
    if mention.days is None or _is_negated(around) or _is_past(mention, around):
        return None
    intends = signs.INTENDS.search
    certainty = (0.9 if intends(around.clause) else 0.75 if intends(around.sentence) else 0.6) * mention.worth
    certainty *= 0.6 if signs.HEDGES.search(around.clause) else 1.0
    certainty *= 0.3 if signs.OTHER.search(around.clause) else 1.0
    earliest, latest, deadline = _days(mention, mention.days, festival, around, today)
    if latest < today or certainty < LEAST:
        return None
    return Stated(
        start=mention.start, end=mention.end, kind=_kind(mention, festival, around, is_deadline=deadline),
        form=mention.form, earliest=max(earliest, today), latest=latest, is_deadline=deadline,
        certainty=round(certainty, 3),
    )  # fmt: skip


def _is_negated(around: _Around) -> bool:
    negated = signs.NEGATED.search(around.before) or signs.NEGATED_AFTER.search(around.after)
    return bool(negated) and not around.awaits  # "not until Friday" is a date


def _is_past(mention: Mention, around: _Around) -> bool:
    clause = around.clause
    if mention.form == "today":  # what happened today is no plan
        planned = signs.BUYS.search(clause) or signs.NEEDED_BY_THEN.search(clause)
        return bool(signs.HAPPENED.search(clause)) or not planned
    if mention.form in {"ahead", "within"}:
        return bool(signs.HAPPENED.search(clause)) and not signs.INTENDS.search(clause)
    if mention.forward or around.by_then or around.awaits:
        return False
    return bool(signs.PAST.search(clause)) and not signs.FUTURE.search(clause)


def _days(
    mention: Mention, days: Span, festival: Festival | None, around: _Around, today: date
) -> tuple[date, date, bool]:
    """Earliest and latest day of the purchase, and whether the latter is a deadline."""
    first, last = days
    over = signs.AFTER.search(around.before) or signs.AFTER_ZH.search(around.after)
    if over or (festival is not None and signs.OVER_ZH.search(around.before)):
        start = first if mention.form == "ahead" else last + _DAY
        length = (last - first).days
        return start, start + timedelta(max(_AFTERWARDS if length else 10, length)), False
    if around.by_then:
        end = max(first - _DAY if around.before_then else last, today)
        return end - timedelta(festival.lead) if festival is not None and festival.lead else today, end, True
    if festival is not None:
        on = not festival.lead or around.awaits or signs.SALE.search(around.clause)
        return (first, last, False) if on else (first - timedelta(festival.lead), first - _DAY, True)
    if around.awaits:
        return first, last if mention.whole_unit else max(last, first + timedelta(6)), False
    return _plain_days(mention, days, around, today)


def _plain_days(mention: Mention, days: Span, around: _Around, today: date) -> tuple[date, date, bool]:
    """Days told without a word that relates the purchase to them."""
    first, last = days
    if signs.UNTIL.search(around.before) or mention.form == "within":
        return today, last, True
    clause = around.clause
    event = signs.EVENT.search(clause) or signs.NEEDED_BY_THEN.search(clause) or signs.CONSUMED.search(clause)
    buys = bool(signs.BUYS.search(clause))
    if (event or signs.FOR.search(around.before)) and not buys and mention.form != "year":
        return last - _LEAD, last, True
    # A far single day without a word of buying is more often one to be ready for.
    on = mention.whole_unit or buys or last <= today + _DAY
    return (first, last, False) if on else (last - _LEAD, last, True)


def _kind(mention: Mention, festival: Festival | None, around: _Around, *, is_deadline: bool) -> TimingReason:
    if festival is not None:
        return "price_drop_wait" if not festival.lead or signs.SALE.search(around.clause) else "occasion"
    if signs.CONSUMED.search(around.clause) and mention.form == "ahead":
        return "replenishment_cycle"
    return "occasion" if is_deadline and signs.EVENT.search(around.clause) else "stated_date"


def _with_paydays(folded: str, found: list[Stated], today: date) -> list[Stated]:
    """Paydays: on the day told in the same clause; else on the 15th or the last of a month, whichever it may be.

    So a payday without a date lies between the next and the second next of the two.
    """
    out = list(found)
    for match in signs.PAYDAY.finditer(folded):
        start, end = _between(folded, match.start(), match.end(), signs.SENTENCE)
        left, right = _between(folded[start:end], match.start() - start, match.end() - start, signs.CLAUSE)
        clause = range(start + left, start + right)
        dated = [one for one in out if one.start in clause and not one.form.startswith("festival")]
        if dated:
            out[out.index(dated[0])] = _on_payday(dated[0], match.span())
        elif signs.FUTURE.search(folded, clause.start, clause.stop) or not signs.PAST.search(
            folded, clause.start, clause.stop
        ):
            first, second = _paydays(today)
            out.append(
                Stated(
                    start=match.start(), end=match.end(), kind="payday", form="payday", earliest=first,
                    latest=second + _SPENDING, is_deadline=False,
                    certainty=0.7 if signs.INTENDS.search(folded, start, end) else 0.5,
                )
            )  # fmt: skip
    return sorted(out, key=lambda one: one.start)


def _on_payday(one: Stated, words: tuple[int, int]) -> Stated:
    """A day told beside the word payday: bought on it or soon after."""
    return replace(
        one, start=min(one.start, words[0]), end=max(one.end, words[1]), kind="payday",
        earliest=one.latest if one.is_deadline else one.earliest, latest=one.latest + _SPENDING, is_deadline=False,
    )  # fmt: skip


def _paydays(today: date) -> Span:
    """The next two of the 15th and the last day of each month, today counted."""
    days: list[date] = []
    for ahead in range(3):
        year, month = calendar_spans.month_ahead(today, ahead)
        days += [date(year, month, 15), calendar_spans.month(year, month)[1]]
    first, second = [day for day in days if day >= today][:2]
    return first, second
