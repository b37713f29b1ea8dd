"""What speaks for each kind of question: likeness to the examples, and what the slots that were found tell."""

from __future__ import annotations

from functools import lru_cache

from purchase_agent.insights.planning_cues import (
    ABOUT,
    APART,
    BESIDE,
    COUNTED,
    NEGATED,
    QUOTED,
    READY,
    READY_GROUP,
    SEARCH_WORDS,
    SYNONYMS,
    THINGS,
    WHY,
)
from purchase_agent.insights.planning_examples import ABOUT_ITSELF, EXAMPLES, REFUSED
from purchase_agent.insights.planning_lists import pattern
from purchase_agent.insights.planning_slots import Slots, slots
from purchase_agent.insights.planning_values import Names
from purchase_agent.insights.planning_wanted import SLOTS
from purchase_agent.insights.queries import KINDS
from purchase_agent.insights.source import Values
from purchase_agent.planner_matching import Matcher, folded, is_chinese

ITSELF = "what may be asked"
"""Group of the questions on what may be asked."""
_SAMPLE = Values(
    ("shoes", "phones", "coffee", "kitchen", "skincare", "baby", "outdoor"), ("kettle", "pan", "tent", "bottle")
)
_OWN_KIND = (("barrier", "barriers"), ("motivation", "motivations"), ("intent", "funnel"), ("action", "next_steps"))
_DOUBTS = dict(ABOUT)["barrier"]
_OF_GROUP = pattern("asked_of_group:before"), pattern("asked_of_group:after")
_DECIDES, _SPEAKS, _HINTS = 12.0, 8.0, 4.0  # in the matcher's units, set on the build part of the questions


def evidence_of(text: str, found: Slots, without: frozenset[str] = frozenset()) -> dict[str, float]:
    """Kind of query, reason of a refusal or ``ITSELF`` -> what speaks for it.

    Args:
        text: the folded question.
        found: what it names: a comparison has two sides, a run before is one of two runs, and a label that is counted
            is asked about in its own kind.
        without: examples not to compare with, where the planner is judged on questions like them.
    """
    told = _matcher(without).evidence(_asked_of_those_ready(found.masked), [*KINDS, *REFUSED, ITSELF])
    sides, beside = max(len(found.of(slot)) for slot in SLOTS), BESIDE.search(text) is not None
    if sides < 2 and not beside:
        told["compare"] -= _DECIDES
    elif sides > 1 and (beside or APART.search(text)):
        told["compare"] += _SPEAKS
    if found.before or len(found.runs) > 1 or (found.runs and beside):
        told["compare"] -= _DECIDES
        told["movement"] += _DECIDES
    if NEGATED.search(found.masked):
        told["barriers"] += _DECIDES
        told["motivations"] -= _HINTS
        told["ready"] -= _HINTS
    elif WHY.search(text):
        told["motivations"] += _HINTS
    if QUOTED.search(text):
        told["evidence"] += _DECIDES
    elif COUNTED.search(text):  # how many say so
        told["evidence"] -= _SPEAKS
    if SEARCH_WORDS.search(text):
        told["top"] += _DECIDES
    if THINGS.search(text):
        told["demand"] += _DECIDES + _HINTS
    for slot, kind in _OWN_KIND:
        if found.of(slot) and COUNTED.search(text):
            told[kind] += _SPEAKS if found.days is not None or READY.search(text) else _DECIDES
    return told


def _asked_of_those_ready(masked: str) -> str:
    """The question without who is asked about, where those are ready to buy and something else is asked of them."""
    group = READY_GROUP.search(masked)
    if group is None or COUNTED.search(masked):
        return masked
    before, after = masked[: group.start()], masked[group.end() :]
    rest = f"{before}{'大家' if is_chinese(masked) else 'people'}{after}"
    asked = _DOUBTS.search(rest) or _OF_GROUP[0].search(before) or _OF_GROUP[1].search(after)
    return rest if asked else masked


@lru_cache(maxsize=2)
def _matcher(without: frozenset[str]) -> Matcher:
    names = Names(_SAMPLE)
    groups = {**EXAMPLES, **REFUSED, ITSELF: ABOUT_ITSELF}
    masked = {name: [_masked(one, names) for one in some if one not in without] for name, some in groups.items()}
    return Matcher(masked, SYNONYMS, uneven=True)


def _masked(example: str, names: Names) -> str:
    return slots(folded(example), names, lambda told: told.startswith("c0")).masked
