"""A shopper's events as words of a small language that a causal language model reads.

Each event is three or four words: what was done, when (how long after the event before it, or, for the first event of
a session, at which hour), how the item relates to what came before, and the price band where a price is known:

    <s> view_item h2 new p2  view_item g4 same_category p1  add_to_cart g3 same_item p1  end a5  search h4 none ...

``end`` closes a session; the word after it tells how long the shopper stayed away. Two kinds of words are asked at the
end of a prompt: ``idle3`` says how long it has been since the last event, and ``?7d`` asks whether a purchase comes
within seven days, to which the next word is ``yes`` or ``no``. So every answer is a next-word probability, here and
from any server that serves the model.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from purchase_agent.events import OTHER, SESSION_GAP_S, History, Step
from purchase_agent.labels import ACTIONS

PAD, UNKNOWN, START, END, YES, NO = "<pad>", "<unk>", "<s>", "end", "yes", "no"
DOINGS: tuple[str, ...] = (*(name for name in ACTIONS if name != "leave"), OTHER)
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0
GAPS_S = (3.0, 10.0, 30.0, _MINUTE, 3 * _MINUTE, 10 * _MINUTE)
"""Bounds of the words g0 to g6: seconds between two events of a session."""
AWAY_S = (
    2 * _HOUR, 6 * _HOUR, 12 * _HOUR, _DAY, 2 * _DAY, 4 * _DAY, 7 * _DAY, 14 * _DAY, 21 * _DAY, 30 * _DAY, 45 * _DAY,
    60 * _DAY, 90 * _DAY, 180 * _DAY,
)  # fmt: skip
"""Bounds of the words a0 to a14: seconds between two sessions."""
IDLE_S = (*GAPS_S, SESSION_GAP_S, *AWAY_S)
"""Bounds of the words idle0 to idle21: seconds from the last event to the moment asked about."""
HOURS = 6
RELATIONS = ("none", "new", "same_item", "seen_item", "bought_item", "same_category", "seen_category", "new_category")
PRICES = 4
ASKED: tuple[str, ...] = ("?session", "?1d", "?7d", "?30d", "?90d", "?return")
"""Purchase before the session ends, within 1, 7, 30 and 90 days; any event within 30 days."""
ASKED_S = (0.0, _DAY, 7 * _DAY, 30 * _DAY, 90 * _DAY, 30 * _DAY)

WORDS: tuple[str, ...] = (
    PAD, UNKNOWN, START, END, *DOINGS,
    *(f"g{i}" for i in range(len(GAPS_S) + 1)),
    *(f"a{i}" for i in range(len(AWAY_S) + 1)),
    *(f"h{i}" for i in range(HOURS)),
    *RELATIONS,
    *(f"p{i}" for i in range(PRICES)),
    *(f"idle{i}" for i in range(len(IDLE_S) + 1)),
    *ASKED, YES, NO,
)  # fmt: skip
ID = {word: place for place, word in enumerate(WORDS)}
CONTEXT = 192
"""Words of a history that are read; the newest."""
LONGEST_EVENT = 6
"""``end``, the time away and the four words of an event."""


@dataclass(frozen=True, slots=True)
class Words:
    """A history in words. ``ends[k]`` is the place after the last word of event ``steps[first + k]``."""

    ids: list[int]
    ends: list[int]
    first: int


def encode(steps: Sequence[Step], limit: int = CONTEXT) -> Words:
    """The newest events that fit into ``limit`` words, oldest first, after ``<s>``.

    What an item relates to is found among all ``steps``, so a cut changes no word that stays.
    """
    parts = [[ID[word] for word in words] for words in spell(steps)]
    room, first = limit - 1, len(parts)
    while first > 0 and len(parts[first - 1]) <= room:
        first -= 1
        room -= len(parts[first])
    ids, ends = [ID[START]], []
    for place in range(first, len(parts)):
        words = parts[place]
        # The first event that is read stands at the start: how long the shopper had been away before is not told.
        ids += words[2:] if place == first and words[0] == ID[END] else words
        ends.append(len(ids))
    return Words(ids, ends, first)


def spell(steps: Sequence[Step]) -> list[list[str]]:
    """The words of each event; those of a session's first begin with ``end`` and the time away."""
    out: list[list[str]] = []
    items: dict[str, bool] = {}  # item -> bought
    categories: set[str] = set()
    last: Step | None = None
    paid, priced = 0.0, 0
    for step in steps:
        gap = step.at - last.at if last is not None else None
        words: list[str] = []
        if gap is not None and gap > SESSION_GAP_S:
            words += [END, f"a{bisect_right(AWAY_S, gap)}"]
        words.append(step.action if step.action in ID else OTHER)
        inside = gap is not None and gap <= SESSION_GAP_S
        words.append(f"g{bisect_right(GAPS_S, gap)}" if inside and gap is not None else f"h{_hour(step.at)}")
        words.append(_relation(step, last, items, categories))
        if step.price is not None and step.price > 0:
            mean = paid / priced if priced else step.price
            words.append(f"p{bisect_right((0.5, 0.9, 1.5), step.price / mean)}")
            paid, priced = paid + step.price, priced + 1
        if step.item is not None:
            items[step.item] = items.get(step.item, False) or step.action == "purchase"
        if step.category is not None:
            categories.add(step.category)
        out.append(words)
        last = step
    return out


def question(idle_s: float) -> int:
    """The word that says how long ago the last event was."""
    return ID[f"idle{bisect_right(IDLE_S, idle_s)}"]


def prompt(past: History, limit: int = CONTEXT) -> list[int]:
    """Word ids of a history and how long it has been idle: what the model is asked after.

    The next word after it is the next action, or ``end`` where the session may still go on; a word of ``ASKED`` put
    behind it is answered by ``yes`` or ``no``.
    """
    ids = encode(past.steps, limit - 2).ids
    if past.steps and not past.in_session:
        ids.append(ID[END])
    return [*ids, question(past.idle_s)]


def _hour(at: float) -> int:
    return int(at % _DAY // (_DAY / HOURS))


def _relation(step: Step, last: Step | None, items: dict[str, bool], categories: set[str]) -> str:
    if step.item is None and step.category is None:
        return "none"
    if last is not None and step.item is not None and step.item == last.item:
        return "same_item"
    if step.item is not None and step.item in items:
        return "bought_item" if items[step.item] else "seen_item"
    if step.category is None:
        return "new"
    if last is not None and step.category == last.category:
        return "same_category"
    return "seen_category" if step.category in categories else "new_category"
