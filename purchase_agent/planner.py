"""The local planner: which tool answers a message, with what arguments, or what to ask back. Needs no model.

It knows tools by name and by the questions that people ask of them, and calls none: the caller does. A person who talks
to the shop's assistant mostly says what he needs instead of asking for an analysis, so in his voice whatever is no
question for another tool is read as his own words (``predict_purchase``). Of staff, what is not understood is asked
back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from purchase_agent.labels import ACTIONS, BARRIERS, INTENTS, MOTIVATIONS, TIMINGS
from purchase_agent.planner_examples import ABOUT_THE_ASSISTANT, EXAMPLES, SMALL_TALK
from purchase_agent.planner_matching import Matcher, folded, is_chinese, shares
from purchase_agent.planner_quotes import quotes, without_quotes
from purchase_agent.planner_words import ABILITIES, LABEL_NAMES, SYNONYMS

Voice = Literal["shopper", "staff"]

SURE = 0.6
"""Share of the belief that a tool needs, or it is asked back. Set on the examples, each left out in turn: of the
choices above it 96 % were right."""
CLEAR = 5.0
"""Evidence that a message of staff is about a tool at all, in the matcher's units. Below it the planner says what it
can."""
ASKED = 11.0
"""The same of a shopper's message: below it he tells what he needs."""
LONGEST_QUESTION = 50
"""Columns of a shopper's message, a Chinese character taking two; a longer one tells what he needs. Both set on written
chat messages, of which 96 % are read so, and on the examples."""

_LONGEST_NAME = 24  # columns; what is quoted and longer are a shopper's words, and no label or product
_DEFAULT = "predict_purchase"
_NO_TOOL = ("the assistant", "small talk")
_LABELS = tuple(dict.fromkeys((*INTENTS, *MOTIVATIONS, *BARRIERS, *ACTIONS, *TIMINGS)))
# Read as labels only where they are marked as such.
_EVERYDAY = frozenset({"none", "now", "later", "unknown", "purchase", "search", "awareness"})
_MARKED = re.compile(r"[`'\"“「]([\w ]{2,30})[`'\"”」]|\blabel:?\s+(\w+)|标签[:： ]*(\w+)")


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with a message: call ``tool`` with ``arguments``, or say ``ask`` where ``tool`` is None.

    ``sure``: share of the belief that the tool named, or the first that was in question, has; 0 to 1.
    """

    tool: str | None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    ask: str | None = None
    sure: float = 0.0


def plan(
    message: str,
    tools: Iterable[str] = tuple(EXAMPLES),
    *,
    voice: Voice = "staff",
    candidates: Sequence[Mapping[str, Any]] = (),
    known: bool = True,
) -> Plan:
    """The call that answers ``message``. Looks at its first 400 characters; the same message gives the same plan.

    Args:
        tools: names of the tools that may be called; others are never chosen, and unknown names never either.
        voice: who speaks.
        candidates: products that the caller has, with ``id`` and perhaps ``name``. Products named in the message are
            picked from these; none is made up.
        known: whether the caller knows the shopper. If not, words in quotation marks are taken for the shopper's; if he
            does, only those that are too long for a name.
    """
    may = [name for name in EXAMPLES if name in set(tools)]
    chinese = is_chinese(_own_words(message))
    if not may:
        return Plan(None, ask=_put(chinese, "There is nothing I can do here.", "这里我什么也做不了。"))
    evidence = _matcher().evidence(_own_words(message), [*may, *_NO_TOOL])
    belief = shares(evidence)
    first, second = list(belief)[:2]
    sure = belief[first]
    if (
        voice == "shopper"
        and _DEFAULT in may
        and (evidence[first] < ASKED or first == "small talk" or _columns(message) > LONGEST_QUESTION)
    ):
        return Plan(_DEFAULT, sure=belief[_DEFAULT])
    if evidence[first] < CLEAR or first in _NO_TOOL:
        return Plan(None, ask=what_it_can(may, chinese=chinese), sure=sure)
    if sure < SURE:
        choice = [name for name in (first, second) if name not in _NO_TOOL]
        return Plan(None, ask=_which(choice, chinese=chinese), sure=sure)
    return _with_slots(first, message, candidates, sure=sure, known=known)


def what_it_can(tools: Iterable[str], *, chinese: bool = False) -> str:
    """One sentence that names what may be asked."""
    told = [ABILITIES[name][chinese] for name in tools if name in ABILITIES]
    if chinese:
        return f"我可以告诉您：{'；'.join(told)}。您想知道哪一项？"
    return f"I can tell you: {'; '.join(told)}. Which would you like to know?"


def label_in(message: str) -> str | None:
    """The label that a message names, in its own form or as people call it; the first one named of several."""
    text = folded(message)
    for found in _MARKED.finditer(text):
        name = re.sub(r"[\s-]+", "_", next(part for part in found.groups() if part).strip())
        if name in _LABELS:
            return name
    places = [(met.start(), -len(met[0]), name) for name, names in _label_patterns() if (met := names.search(text))]
    return min(places)[2] if places else None


def _own_words(message: str) -> str:
    """A message without what it quotes: that is what somebody else said, and chooses no tool."""
    rest = without_quotes(message)
    return rest if sum(sign.isalnum() for sign in rest) >= 2 else message


def _with_slots(tool: str, message: str, candidates: Sequence[Mapping[str, Any]], *, sure: float, known: bool) -> Plan:
    arguments: dict[str, Any] = {}
    if tool == "rank_products":
        named = _named(message, candidates)
        if not candidates:
            none = _put(
                is_chinese(message),
                "I only put products in order that I am given, and I was given none. Which are there to choose from?",
                "我只能给您提供的商品排序，现在还没有商品。有哪些商品可选？",
            )
            return Plan(None, ask=none, sure=sure)
        arguments["candidates"] = [dict(one) for one in (named if len(named) > 1 else candidates)]
    if tool == "explain_prediction" and (label := label_in(message)) is not None:
        arguments["label"] = label
    quoted = next(quotes(message), None)
    if quoted and (not known or _columns(message[quoted.start : quoted.end]) > _LONGEST_NAME):
        arguments["text"] = quoted.words
    return Plan(tool, arguments, sure=sure)


def _named(message: str, candidates: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    text = folded(message)
    return [
        one
        for one in candidates
        if any(_stands_in(text, str(one[key])) for key in ("id", "name") if one.get(key) not in (None, ""))
    ]


def _stands_in(text: str, name: str) -> bool:
    wanted = unicodedata.normalize("NFKC", name).casefold().strip()
    return bool(wanted) and re.search(rf"(?<![a-z0-9]){re.escape(wanted)}(?![a-z0-9])", text) is not None


def _which(tools: Sequence[str], *, chinese: bool) -> str:
    told = [ABILITIES[name][chinese] for name in tools]
    if len(told) == 1:
        return _put(chinese, f"Do you want to know {told[0]}?", f"您是想知道{told[0]}吗？")
    return _put(chinese, f"Do you want to know {told[0]}, or {told[1]}?", f"您是想知道{told[0]}，还是{told[1]}？")


def _columns(message: str) -> int:
    return sum(2 if is_chinese(sign) else 1 for sign in message[: LONGEST_QUESTION + 1])


def _put(chinese: bool, english: str, chinese_words: str) -> str:  # noqa: FBT001 - one of two forms
    return chinese_words if chinese else english


@cache
def _matcher() -> Matcher:
    groups = {**EXAMPLES, _NO_TOOL[0]: ABOUT_THE_ASSISTANT, _NO_TOOL[1]: SMALL_TALK}
    return Matcher(groups, SYNONYMS)


@cache
def _label_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    told = []
    for name in _LABELS:
        names = [*LABEL_NAMES.get(name, ()), *([] if name in _EVERYDAY else [name, name.replace("_", " ")])]
        if names:
            latin = [rf"(?<![a-z0-9_]){re.escape(one)}(?![a-z0-9_])" for one in names if one.isascii()]
            told.append((name, re.compile("|".join([*latin, *(re.escape(one) for one in names if not one.isascii())]))))
    return tuple(told)
