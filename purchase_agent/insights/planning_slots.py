"""What a question names: windows, runs, a shopper, values of the shop, labels; and what is left of it without them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

from purchase_agent.insights import planning_time
from purchase_agent.insights.planning_calendar import Way, dated
from purchase_agent.insights.planning_cues import SPLIT, TAILS
from purchase_agent.insights.planning_lists import labelled, pattern, words
from purchase_agent.insights.planning_values import Named, Names, other_product

_SHOPPER, _TOKEN = pattern("shopper_id"), pattern("id_token")
_THOSE, _OF = pattern("those"), pattern("of_people")
# People described by what they look at: no question about looking.
_OF_CHINESE = re.compile(r"(?:看|浏览|关注|想买|要买|对)( q(?:category|item) )(?:感兴趣)?的(?:人|顾客|客户|用户)")
_MEASURES, _NEW = pattern("measure_of"), pattern("new_customers")
_FEELING = re.compile(r"(?:担心|嫌|怕|想要?|觉得|因为|为了|被|在意|看重|要|买来)$")
_PEOPLE = re.compile(
    r"(?:困住|太高|问题|敏感)?的?(?:[这那](?:批|些|群|帮|拨|伙|类|种|部分))?(?:人群|人(?!数)|顾客|客户|用户|群体|买家)"
)
_WAYS: tuple[Way, ...] = ("since", "until", "within")
"""Of several times of the calendar the one that says most."""
_PAIRS = {
    "customers": (re.compile(r"新老(?:顾客|客户|用户|客)|\bnew and old (?:customers|shoppers)\b"), "new", "returning"),
    "language": (re.compile(r"中英文?|中英双语"), "zh", "en"),
}
MASKS = {
    "category": "qcategory", "item": "qitem", "window": "qwindow", "run": "qrun", "shopper": "qshopper",
    "motivation": "qmotive", "barrier": "qbarrier", "intent": "qstage", "action": "qaction", "language": "qlanguage",
    "customers": "qcustomers", "other": "qother", "group": "qgroup", "measure": "units of",
    "within": "", **{f"by {name}": f"qby{name.replace('_', '')}" for name, _ in TAILS},
}  # fmt: skip
"""What stands in the place of a value when a question is compared with examples."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A slot's value at characters ``start`` to ``end`` of the folded question."""

    slot: str
    value: str
    start: int
    end: int
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Slots:
    """What a question names. ``masked``: the question with a mask for each value; ``days``: its window, None for none;
    ``past``: a window that is over; ``dated``: how a time of the calendar is meant, None without one; ``ago``: how many
    runs back, where more than one; ``other``: a product that the shop does not have."""

    mentions: tuple[Mention, ...]
    masked: str
    days: float | None = None
    past: bool = False
    dated: Way | None = None
    ago: int = 0
    runs: tuple[int, ...] = ()
    before: bool = False
    shopper_id: str | None = None
    other: str | None = None
    unsure: Mention | None = None

    def of(self, slot: str) -> list[str]:
        """Values of a slot, in order, each once."""
        return list(dict.fromkeys(one.value for one in self.mentions if one.slot == slot))


@dataclass
class _Taken:
    """Characters that belong to something already."""

    text: str
    spans: list[tuple[int, int, str]] = field(default_factory=list)

    def free(self, start: int, end: int) -> bool:
        return all(end <= one[0] or start >= one[1] for one in self.spans)

    def take(self, start: int, end: int, mask: str) -> bool:
        if not self.free(start, end):
            return False
        self.spans.append((start, end, mask))
        return True

    def names_in(self, start: int, end: int) -> bool:
        """Whether all that is taken of these characters is a product, and not the whole: ``their phone broke``."""
        inside = [one for one in self.spans if one[0] < end and one[1] > start]
        return all(one[2] in ("category", "item") and one[1] - one[0] < end - start for one in inside)

    def take_around(self, start: int, end: int, mask: str) -> None:
        """Takes what is still free of these characters, so that no part of a phrase is read for itself."""
        for one, two in [(max(one, start), min(two, end)) for one, two in self.gaps()]:
            if one < two and self.take(one, two, mask):
                mask = "within"

    def gaps(self) -> list[tuple[int, int]]:
        edges = [(0, 0, ""), *sorted(self.spans), (len(self.text), len(self.text), "")]
        return [(one[1], two[0]) for one, two in pairwise(edges) if two[0] > one[1]]

    def masked(self) -> str:
        pieces, at = [], 0
        for start, end, mask in sorted(self.spans):
            pieces += [self.text[at:start], f" {MASKS[mask]} "]
            at = end
        whole = "".join([*pieces, self.text[at:]])
        told = _OF_CHINESE.sub(r"\1 顾客", _OF.sub(r"\1", whole))
        return re.sub(" {2,}", " ", told)  # so that words on both sides of a mask are still near each other

    def rest(self) -> str:
        """The text with blanks in the place of what is taken."""
        return "".join(self.text[start:end] if start == at else " " * (end - start) for at, start, end in self._parts())

    def _parts(self) -> Iterable[tuple[int, int, int]]:
        at = 0
        for start, end, _ in sorted(self.spans):
            yield at, at, start
            yield -1, start, end
            at = end
        yield at, at, len(self.text)


def slots(text: str, names: Names, knows: Callable[[str], bool]) -> Slots:
    """What a folded question names.

    Args:
        names: what the shop's values are called.
        knows: whether there is a shopper of this id, in the question's own spelling or as it is stored.
    """
    taken = _Taken(text)
    shopper = _shopper(taken, names, knows)
    for start, end, by in split_tails(text):
        taken.take(start, end, f"by {by}")
    numbers = [number for start, end, number in planning_time.runs(text) if taken.take(start, end, "run")]
    for one in _MEASURES.finditer(text):
        taken.take(one.start(), one.end(), "measure")
    mentions = [_mention(one) for one in names.find(text) if taken.take(one.start, one.end, one.slot)]
    ago = planning_time.runs_ago(text)
    if ago is not None:
        taken.take(ago[0], ago[1], "run")
    before = planning_time.before(text)
    if before is not None:
        taken.take(before.start(), before.end(), "run")
    calendar = [one.way for one in dated(text) if taken.take(one.start, one.end, "window")]
    customers = _labels(taken, "customers") + _newcomers(taken)
    found = [one for one in planning_time.windows(text) if taken.take(one.start, one.end, "window")]
    mentions += customers
    for task in ("language", "barrier", "motivation", "intent", "action"):
        mentions += _labels(taken, task)
    other = other_product(taken.rest())
    near = None
    if not any(one.slot in ("category", "item") for one in mentions):
        near = names.near(text, taken.gaps())
        if near is not None and taken.take(near.start, near.end, near.slot):
            mentions.append(_mention(near))
            other = None
    if other is not None and (meant := names.like(other)) is not None:
        at = taken.rest().find(other)
        taken.take(at, at + len(other), meant[0])
        mentions.append(Mention(*meant, at, at + len(other)))
        other = None
    if other is not None:
        at = taken.rest().find(other)
        taken.take(at, at + len(other), "other")
    ahead = [one.days for one in found if one.days is not None]
    return Slots(
        mentions=tuple(sorted(mentions, key=lambda one: one.start)), masked=taken.masked(),
        days=ahead[-1] if ahead else None, past=any(one.days is None for one in found),
        dated=next((one for one in _WAYS if one in calendar), None), ago=ago[2] if ago is not None else 0,
        runs=tuple(numbers), before=before is not None or ago is not None, shopper_id=shopper, other=other,
        unsure=_mention(near) if near is not None else None,
    )  # fmt: skip


def split_tails(text: str) -> list[tuple[int, int, str]]:
    """Where a folded question says what its answer is to be split by: start, end and the grouping."""
    found: list[tuple[int, int, str]] = []
    for one in SPLIT.finditer(text):
        place = one.lastindex or 0
        said = ((name, asked.search(one[place])) for name, asked in TAILS)
        meant = next(((name, match) for name, match in said if match is not None), None)
        if meant is not None:  # what stands behind it may be a window
            found.append((one.start(place), one.start(place) + meant[1].end(), meant[0]))
    return found


def _mention(one: Named) -> Mention:
    return Mention(one.slot, one.value, one.start, one.end, one.sure)


def _shopper(taken: _Taken, names: Names, knows: Callable[[str], bool]) -> str | None:
    for match in _SHOPPER.finditer(taken.text):
        told = match["id"].rstrip(".-_")
        if taken.take(match.start("id"), match.start("id") + len(told), "shopper"):
            return told
    items = [(one.start, one.end) for one in names.find(taken.text)]
    for match in _TOKEN.finditer(taken.text):
        inside = any(start < match.end() and end > match.start() for start, end in items)
        if not inside and knows(match[0]) and taken.take(match.start(), match.end(), "shopper"):
            return match[0]
    return None


def _labels(taken: _Taken, task: str) -> list[Mention]:
    found = []
    if task in _PAIRS:
        both, first, second = _PAIRS[task]
        for match in both.finditer(taken.text):
            if taken.take(match.start(), match.end(), task):
                found += [Mention(task, one, match.start(), match.end()) for one in (first, second)]
    said = ((label, match) for label, asked in labelled(task) for match in asked.finditer(taken.text))
    for label, match in sorted(said, key=lambda one: one[1].start() - one[1].end()):  # the longest first
        start, end = match.span()
        if start < end and (taken.free(start, end) or taken.names_in(start, end)):
            taken.take_around(start, end, task)
            found.append(Mention(task, label, start, end))
    for match in _pattern(task).finditer(taken.text):
        label = _label_of(task)[match[0]]
        start, end = _group(taken.text, match.start(), match.end())
        if taken.take(start, end, "group" if end - start > len(match[0]) else task) or taken.take(
            match.start(), match.end(), task
        ):
            found.append(Mention(task, label, match.start(), match.end()))
    return found


def _newcomers(taken: _Taken) -> list[Mention]:
    """``new`` beside ``returning``, where nothing else could be meant."""
    return [
        Mention("customers", "new", one.start(), one.end())
        for one in _NEW.finditer(taken.text)
        if taken.take(one.start(), one.end(), "customers")
    ]


def _group(text: str, start: int, end: int) -> tuple[int, int]:
    """A label with the words that make it a description of people: ``those who doubt`` the quality."""
    before, after = _THOSE.search(text[:start]), _PEOPLE.match(text, end)
    if before is not None:
        return before.start(), end
    if after is not None:
        feeling = _FEELING.search(text[:start])
        return (feeling.start() if feeling is not None else start), after.end()
    return start, end


@cache
def _label_of(task: str) -> dict[str, str]:
    told: dict[str, str] = {}
    for label, names in words(task).items():
        for name in (
            *names,
            *((label.replace("_", " "),) if task not in ("action", "intent", "customers", "language") else ()),
        ):
            told.setdefault(name, label)
    return told


@cache
def _pattern(task: str) -> re.Pattern[str]:
    names = _label_of(task)
    latin = sorted((re.escape(one) for one in names if one.isascii()), key=len, reverse=True)
    chinese = sorted((re.escape(one) for one in names if not one.isascii()), key=len, reverse=True)
    return re.compile("|".join([rf"(?<![a-z0-9-])(?:{'|'.join(latin)})(?![a-z0-9])", *chinese]))
