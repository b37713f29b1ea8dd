"""The planner of questions: words in, a typed query out, or a question back, or a polite no. Needs no model.

First it looks for what can never be answered; then for what the question names; then, with those names masked, it
compares the question with examples of each kind. It calls nothing and reads no store: the caller gives the names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from purchase_agent.insights.answers import Choice
from purchase_agent.insights.planning_asides import without_asides
from purchase_agent.insights.planning_build import build
from purchase_agent.insights.planning_conditions import not_here
from purchase_agent.insights.planning_cues import DOMAIN, POINTS, READY, REFUSED_FOR
from purchase_agent.insights.planning_evidence import ITSELF, evidence_of
from purchase_agent.insights.planning_examples import REFUSED
from purchase_agent.insights.planning_follow import follow_up, only_slots
from purchase_agent.insights.planning_negation import denies_purchase, turned
from purchase_agent.insights.planning_refusals import refusal, refused_before, where_of
from purchase_agent.insights.planning_slots import Slots, slots
from purchase_agent.insights.planning_spelling import respelled
from purchase_agent.insights.planning_strange import strange_word, strange_words
from purchase_agent.insights.planning_values import Names
from purchase_agent.insights.planning_wanted import Wanted
from purchase_agent.insights.planning_when import in_time
from purchase_agent.insights.queries import KINDS, AnyQuery, Language
from purchase_agent.insights.source import Values
from purchase_agent.planner_matching import folded, shares

SURE = 0.55
"""Share of the belief that a kind needs, or it is asked back."""
CLEAR, CLEARER = 7.0, 14.5
"""Evidence that a question is one of these at all, in the matcher's units; the second where it has words that no
question of ours has."""
_NEAR = 2.0
_ONE = re.compile(
    r"\b(?:which|this|that|an?|one|single|the|his|her) (?:shopper|customer|buyer|client|user|person)\b|\bs?he\b"
    r"|[这那某哪一]一?[个位](?:顾客|客户|用户|买家|客人|人)|该(?:顾客|客户|用户)|[他她](?!们)"
)
"""Somebody is meant, and not everybody."""
_WHAT_OF_IT = Wanted(
    said=(
        "What would you like to know of it: who is ready to buy, what holds shoppers back, why they want it, or units?",
        "想了解它的哪方面：谁准备购买、顾虑、购买动机，还是需求件数？",
    )
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with a question: run ``query``, or ask back with ``choices``, or say no; ``said`` is what is said.

    ``sure``: share of the belief that the kind has, 0 to 1; ``reason`` names a refusal.
    """

    query: AnyQuery | None = None
    said: str | None = None
    choices: tuple[Choice, ...] = ()
    reason: str | None = None
    sure: float = 1.0
    notes: tuple[str, ...] = field(default=())


class QuestionPlanner:
    """Plans questions on one store.

    Args:
        values: its categories, items and runs.
        knows: whether it has a shopper of an id.
        without: examples not to compare with, where the planner is judged on questions like them.
    """

    def __init__(
        self, values: Values, knows: Callable[[str], bool] = lambda _: False, *, without: frozenset[str] = frozenset()
    ) -> None:
        self._values, self._without = values, without
        self._names = _names(values)
        self._knows = knows

    def plan(self, question: str, *, language: Language = "en", before: AnyQuery | None = None) -> Plan:
        """The plan for a question.

        Args:
            language: of what is said.
            before: the query that was answered last; ``and for shoes?`` changes it.
        """
        raw = folded(question)
        text = without_asides(respelled(raw, self._names), self._names)
        found = slots(text, self._names, self._knows)
        reason = refused_before(raw, found) or refused_before(text, found)
        if reason is not None:
            return _no(reason, language, where_of(raw, found, reason) or where_of(text, found, reason))
        meant = turned(text, found)
        if meant is None:
            return _no("negated", language)
        found = meant
        evidence = evidence_of(text, found, self._without)
        again = follow_up(text, found, before, evidence) if before is not None else None
        if again is not None:
            return _planned(not_here(found) or in_time(again, text, found, self._values), language, 1.0)
        if POINTS.search(text) or (only_slots(found) and (found.mentions or found.days)):
            return _planned(_WHAT_OF_IT, language, 0.0)
        reason = _refused(text, found, evidence)
        if reason == "unclear" and found.shopper_id is None and denies_purchase(found.masked, ""):
            reason = "negated"
        return _no(reason, language) if reason is not None else self._chosen(text, found, evidence, before, language)

    def _chosen(
        self, text: str, found: Slots, evidence: Mapping[str, float], before: AnyQuery | None, language: Language
    ) -> Plan:
        """The query of the likeliest kind, or the two likeliest asked back."""
        nobody = found.shopper_id is None and READY.search(text) is not None and _ONE.search(text) is None
        belief = shares({kind: evidence[kind] for kind in KINDS if kind != "profile" or not nobody})
        first, second = list(belief)[:2]
        if found.shopper_id is not None:
            return _planned(build("profile", text, found, self._values, before), language, belief[first])
        if denies_purchase(found.masked, first):
            return _no("negated", language)
        found = self._with_unknown(found)
        if found.other is None and (unknown := not_here(found)) is not None:
            return _planned(unknown, language, belief[first])
        wanted = build(first, text, found, self._values, before)
        if wanted.query is None and not found.mentions and strange_words(found.masked) and found.other is None:
            return _no("unclear", language)  # likeness alone, in words that are none of ours
        if belief[first] >= SURE:
            return _planned(wanted, language, belief[first])
        return _between(wanted, build(second, text, found, self._values, before), found, language, belief[first])

    def _with_unknown(self, found: Slots) -> Slots:
        """The slots with a word that stands where a category or item would, and is none of ours."""
        if found.other is not None or found.of("category") or found.of("item"):
            return found
        return replace(found, other=strange_word(found.masked))


def _between(first: Wanted, second: Wanted, found: Slots, language: Language, sure: float) -> Plan:
    """The two likeliest readings, asked back; words that are none of ours make it no question of ours."""
    if first == second or first.query is None:
        return _planned(first, language, sure)
    if strange_words(found.masked):
        return _no("unclear", language)
    choices = tuple(choice for one in (first, second) if (choice := one.choice(language)) is not None)
    if len(choices) < 2:
        return _planned(first, language, sure)
    return Plan(said=refusal("which", language, choices), choices=choices, sure=sure)


def _no(reason: str, language: Language, where: str | None = None) -> Plan:
    return Plan(said=refusal(reason, language, where=where), reason=reason)


def _refused(text: str, found: Slots, evidence: Mapping[str, float]) -> str | None:
    """Why a question is none of ours, as far as its words tell; None where it is one."""
    most, kind = max(evidence.values()), max(evidence[one] for one in KINDS)
    strange = strange_words(found.masked)
    if most < (CLEARER if strange else CLEAR) or not DOMAIN.search(found.masked):
        return "unclear"
    if evidence[ITSELF] == most:
        return ITSELF
    worst = max(REFUSED, key=lambda reason: evidence[reason])
    if evidence[worst] > kind + (-_NEAR if REFUSED_FOR.search(text) else _NEAR):
        return worst
    return "unclear" if strange and found.shopper_id is not None else None  # something of a person that is not known


def _planned(wanted: Wanted, language: Language, sure: float) -> Plan:
    if wanted.query is not None:
        return Plan(query=wanted.query, sure=sure, notes=tuple(note[language == "zh"] for note in wanted.notes))
    if wanted.reason is not None:
        return Plan(said=wanted.said[language == "zh"] if wanted.said else refusal(wanted.reason, language),
                    reason=wanted.reason, sure=sure)  # fmt: skip
    choices = tuple(one.choice(language) for one in wanted.choices)
    some = tuple(one for one in choices if one is not None)
    said = wanted.said[language == "zh"] if wanted.said else refusal("which", language, some)
    return Plan(said=said, choices=some, sure=sure)


@lru_cache(maxsize=8)
def _names(values: Values) -> Names:
    return Names(values)
