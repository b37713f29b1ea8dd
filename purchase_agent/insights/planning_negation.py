"""Questions on those who do *not* meet a condition. A filter names who does, so most of these are not answered.

``Slots`` hold the value that is named and not that it is denied: without this, who is not held back by the price would
be told as who is. The one denial a filter can express is that of new and returning customers: each is the other's rest.
"""

from __future__ import annotations

import re
from dataclasses import replace

from purchase_agent.insights.planning_cues import NEGATED
from purchase_agent.insights.planning_lists import pattern
from purchase_agent.insights.planning_slots import Mention, Slots

_OTHER = {"new": "returning", "returning": "new"}
_NO_DENIAL, _WORRY = pattern("no_denial"), pattern("worry_noun")
_LEFT_OUT = pattern("left_out:before"), pattern("left_out:after")
_BEFORE = {
    slot: pattern(f"denied:{name}")
    for slot, name in (
        ("barrier", "barrier"), ("motivation", "motivation"), ("intent", "intent"), ("action", "action"),
        ("language", "language"), ("customers", "customers"), ("category", "product"), ("item", "product"),
    )
}  # fmt: skip
_AFTER, _AROUND = pattern("denied_after:barrier"), pattern("denied_around:barrier")
_FEELS, _FELT_NOT = pattern("feels"), pattern("felt_not")
_READY, _WHO_NOT = pattern("denied:ready"), pattern("who_not")
_CAME_BACK = re.compile(r"\b(?:c[ao]me|coming) back\b|\breturned\b")
"""Who did not come back is not without an order."""
_SHOWN = frozenset({"barriers", "evidence", "compare", "profile", "overview"})
"""Kinds that stay right where a purchase is denied: why people do not buy is what the barriers tell, and a comparison
shows the shares of both."""


def turned(text: str, found: Slots) -> Slots | None:
    """The slots with what is denied put as what is meant; None where no filter can express it.

    Args:
        text: the folded question.
        found: what it names.
    """
    plain = _without_false_signs(text)
    bare = plain  # "who never ordered want a gift": what says that they are new denies nothing else
    for one in found.mentions:
        if one.slot == "customers" and not _denied(plain, one, why_not=False):
            bare = bare[: one.start] + "." * (one.end - one.start) + bare[one.end :]
    mentions: list[Mention] = []
    for one in found.mentions:
        if not _denied(plain if one.slot == "customers" else bare, one, why_not=_why_not(found.masked)):
            mentions.append(one)
        elif one.slot == "customers" and not _CAME_BACK.search(text[one.start : one.end]):
            mentions.append(replace(one, value=_OTHER[one.value]))
        else:
            return None
    return replace(found, mentions=tuple(mentions))


def denies_purchase(masked: str, kind: str) -> bool:
    """Whether a folded, masked question of a kind is on those who will not buy, whom the kind does not tell apart."""
    return kind not in _SHOWN and not _why_not(masked) and _READY.search(_without_false_signs(masked)) is not None


def _denied(text: str, one: Mention, *, why_not: bool) -> bool:
    before, after = text[: one.start], text[one.end :]
    if any(asked.search(said) for asked, said in zip(_LEFT_OUT, (before, after), strict=True)):
        return True
    if why_not:  # what is denied is the purchase
        return False
    if _BEFORE[one.slot].search(before):
        return True
    if one.slot == "barrier" and _FEELS.match(text, one.start) and _FELT_NOT.search(before):
        return True
    return one.slot == "barrier" and (
        _AFTER.search(after) is not None or (_AROUND.search(before) is not None and _WORRY.search(after) is not None)
    )


def _why_not(masked: str) -> bool:
    """Whether it is asked why people do not buy; ``why do those who do not buy`` is about other people."""
    return NEGATED.search(masked) is not None and _WHO_NOT.search(masked) is None


def _without_false_signs(text: str) -> str:
    """The text with signs in the place of what looks like a denial and is none, each character in its place."""
    return _NO_DENIAL.sub(lambda match: "." * len(match[0]), text)
