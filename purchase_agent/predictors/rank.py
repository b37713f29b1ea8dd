"""Candidates in order, by a rule that can be told: what was excluded, what was asked for, what was done, and why.

1. Hard misses go below everything else, the fewer the higher: another kind of product than asked for, what the shopper
   avoids, a tenth above the budget, a size it does not come in, a device it is not made for.
2. Then points: ``MET`` for each need that is met (one of several alternatives is enough), ``MISSED`` for one that the
   candidate contradicts. What a candidate does not tell counts neither way.
3. Behaviour adds to them (``liked``).
4. Why the shopper buys, where a prediction is given, adds less than any need: a low price for who looks for value, a
   gift box for a gift, what is bought again for who runs out.
5. Ties stay in the caller's order.

The score shows both: hard misses halve its room, points place it inside (see ``ranking.Ranked``). Nothing is random,
and a candidate's words can do nothing but match.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from purchase_agent.events import Step, step_of
from purchase_agent.evidence import Shopper, in_utc
from purchase_agent.prediction import Prediction
from purchase_agent.predictors.base import Case
from purchase_agent.predictors.liked import Liking, Likings
from purchase_agent.predictors.money import Bound
from purchase_agent.predictors.needs import Want, wants_of
from purchase_agent.predictors.offers import Offer, Shelf, shelf_of
from purchase_agent.predictors.prepare import prepare
from purchase_agent.predictors.shelf_words import CONSUMABLE, PROPERTY
from purchase_agent.predictors.verdicts import Verdict, comparable, reason, verdict
from purchase_agent.ranking import Candidate, Need, Ranked, Ranking, RankingProvenance, read_candidates

VERSION = "rules-1"
MET = {
    "product": 3.0, "label": 3.0, "brand": 2.5, "budget": 1.5, "device": 2.5, "property": 1.5, "recipient": 1.0,
    "measure": 1.5, "size": 1.5, "again": 3.0, "word": 0.8,
}  # fmt: skip
MISSED = {"brand": -1.0, "budget": -1.0, "property": -1.5, "recipient": -1.5, "measure": -2.0, "device": -1.0}
AVOIDED = 0.5
"""Points for a candidate that is known not to be what is avoided."""
PRICE_LEVEL = 0.8
"""Points between the cheapest and the dearest for who said "cheap"; the other way round for "premium"."""
MOTIVE = 0.3
_SPREAD = 3.0
_MOST_HARD = 9
_MOST_REASONS = 6
_GIFT_BOX = next(one.number for one in PROPERTY if one.name == "gift box")


@dataclass(slots=True, eq=False)
class _Place:
    """A candidate on its way into the order."""

    offer: Offer
    hard: int = 0
    points: float = 0.0
    reasons: list[str] = field(default_factory=list)
    meets: list[int] = field(default_factory=list)
    misses: list[int] = field(default_factory=list)


def rank(
    given: Case | Shopper, candidates: Iterable[Candidate | Mapping[str, Any]], prediction: Prediction | None = None
) -> Ranking:
    """The candidates in order for one shopper.

    Args:
        given: a case, or a shopper as of now where he has no ``as_of``.
        candidates: 1 to 1,000 products.
        prediction: of the same case; its motivations break ties.

    Raises:
        InputError: candidates that cannot be used; the message names them.
    """
    begun = time.perf_counter()
    case = given if isinstance(given, Case) else prepare(given, datetime.now(UTC))
    read = read_candidates(candidates)
    models = {"ranking": VERSION} | (prediction.provenance.models if prediction is not None else {})
    warnings = list(case.warnings)
    ranked: list[Ranked] = []
    needs: list[Need] = []
    if case.refusal is None:
        ranked, needs, found = _ranked(case, read, prediction)
        warnings += found
    elif case.refusal != "refused_consent":
        ranked = [Ranked(id=one.id, rank=place, score=_score(0, 0.0)) for place, one in enumerate(read, 1)]
    took = round((time.perf_counter() - begun) * 1000, 2)
    return Ranking.model_validate(
        {
            "shopper_id": case.shopper.shopper_id,
            "as_of": case.as_of,
            "status": case.refusal or "ok",
            "ranked": ranked,
            "needs": needs,
            "warnings": warnings,
            "provenance": RankingProvenance(models=models, latency_ms=took),
        }
    )


def _ranked(
    case: Case, candidates: Sequence[Candidate], prediction: Prediction | None
) -> tuple[list[Ranked], list[Need], list[str]]:
    shelf = shelf_of(candidates)
    wants = wants_of(case.texts, case.languages, shelf, case.as_of)
    needs = [want.need for want in wants]
    steps = _steps(case)
    places = [_Place(offer) for offer in shelf.offers]
    for place in places:
        _judge(place, wants, shelf, steps)
    _price_level(places, wants)
    likings = Likings(steps, case.as_of.timestamp(), shelf) if steps else None
    if likings is not None:
        liked = [likings.of(place.offer) for place in places]
        _behave(places, liked, needs)
    if prediction is not None and prediction.motivation is not None:
        _motivate(places, prediction.motivation.probabilities, steps)
    places.sort(key=lambda one: (one.hard, -round(one.points, 9)))  # stable: ties stay in the caller's order
    warnings = _warnings(wants, shelf, needs)
    ranked = [
        Ranked(
            id=one.offer.candidate.id, rank=number, score=_score(one.hard, one.points),
            reasons=one.reasons[:_MOST_REASONS], meets=sorted(one.meets), misses=sorted(one.misses),
        )
        for number, one in enumerate(places, 1)
    ]  # fmt: skip
    return ranked, needs, warnings


def _score(hard: int, points: float) -> float:
    inside = 1 / (1 + math.exp(-max(-40.0, min(40.0, points / _SPREAD))))
    return float(round(0.5 ** (min(hard, _MOST_HARD) + 1) * (1 + inside), 6))


def _steps(case: Case) -> list[Step]:
    """What was done up to ``as_of``, each line of an order for itself."""
    known = [step_of(event) for event in case.shopper.events if in_utc(event.at) <= case.as_of]
    return sorted(dict.fromkeys(known), key=lambda step: step.at)


def _warnings(wants: Sequence[Want], shelf: Shelf, needs: Sequence[Need]) -> list[str]:
    out = [] if needs else ["no_need_found"]
    for want in wants:
        bound = want.what.value
        if isinstance(bound, Bound) and any(
            offer.candidate.price is not None and not comparable(bound.currency, offer.candidate.currency)
            for offer in shelf.offers
        ):
            out.append("budget_in_another_currency")
    return out


# ------------------------------------------------------------------------------------------------- needs
def _judge(place: _Place, wants: Sequence[Want], shelf: Shelf, steps: Sequence[Step]) -> None:
    families: dict[str, list[tuple[int, Verdict]]] = {}
    for number, want in enumerate(wants):
        if want.what.kind in {"cheap", "premium"}:
            continue
        found = verdict(want, place.offer, steps)
        families.setdefault(want.family, []).append((number, found))
    for answers in families.values():
        best = max(found for _, found in answers)
        told = [(number, found) for number, found in answers if found == best]
        if best == Verdict.MET:
            place.meets += [number for number, _ in told]
        elif best < Verdict.UNKNOWN:
            place.misses += [number for number, _ in told]
        want = wants[told[0][0]]
        place.hard += best == Verdict.EXCLUDED
        place.points += _points(want, best, shelf)
        if best != Verdict.UNKNOWN:
            place.reasons.append(reason(want, best, place.offer.candidate))


def _points(want: Want, found: Verdict, shelf: Shelf) -> float:
    kind = want.what.kind
    if want.need.polarity == "avoids":
        return AVOIDED if found == Verdict.MET else 0.0
    if found == Verdict.MET:
        if kind == "word":  # a word that few candidates have tells more
            return MET[kind] * (1 - (shelf.counts[str(want.what.value)] - 1) / len(shelf.offers))
        return MET[kind]
    return MISSED.get(kind, 0.0) if found < Verdict.UNKNOWN else 0.0


# ----------------------------------------------------------------------------------- prices, behaviour, motives
def _price_level(places: Sequence[_Place], wants: Sequence[Want]) -> None:
    """Points by price among the candidates with fewest hard misses, for who spoke of cheap or premium."""
    level = next((number for number, want in enumerate(wants) if want.what.kind in {"cheap", "premium"}), None)
    if level is None:
        return
    cheap = wants[level].what.kind == "cheap"
    for place, share in _dearness(places).items():
        fits = 1 - share if cheap else share
        place.points += PRICE_LEVEL * fits
        if fits >= 0.5:
            place.meets.append(level)
            place.reasons.append(f"Is one of the {'cheaper' if cheap else 'dearer'} of those that fit.")


def _dearness(places: Sequence[_Place]) -> dict[_Place, float]:
    least = min(place.hard for place in places)
    priced = [place for place in places if place.hard == least and place.offer.candidate.price is not None]
    prices = sorted({float(place.offer.candidate.price or 0.0) for place in priced})
    if len(prices) < 2:
        return {}
    return {place: prices.index(float(place.offer.candidate.price or 0.0)) / (len(prices) - 1) for place in priced}


def _behave(places: Sequence[_Place], liked: Sequence[Liking], needs: list[Need]) -> None:
    numbers: dict[tuple[str, str], int] = {}

    def shown(kind: str, value: str, step: Step, *, avoids: bool = False) -> int:
        """The place of the need that an event shows."""
        if (kind, value) not in numbers:
            numbers[kind, value] = len(needs)
            polarity = "avoids" if avoids else "wants"
            needs.append(Need.model_validate({"kind": kind, "value": value, "polarity": polarity, "source": step.id}))
        return numbers[kind, value]

    for place, liking in zip(places, liked, strict=True):
        place.points += liking.points
        name = place.offer.candidate.id
        if liking.bought is not None and liking.due:
            place.meets.append(shown("constraint", f"item {name} again", liking.bought))
            place.reasons.append("Was bought before and may be due again.")
        elif liking.bought is not None and liking.points < 0:
            place.misses.append(shown("constraint", f"item {name} again", liking.bought, avoids=True))
            place.reasons.append("Was bought already.")
        elif liking.seen is not None:
            place.meets.append(shown("constraint", f"item {name}", liking.seen))
            place.reasons.append("Was looked at or put aside before.")
        if liking.alike is not None and place.offer.candidate.category is not None:
            place.meets.append(shown("category", place.offer.candidate.category, liking.alike))
            if liking.seen is None:
                place.reasons.append("Is of a category that was looked at before.")


def _motivate(places: Sequence[_Place], why: Mapping[Any, float], steps: Sequence[Step]) -> None:
    """Weak points by motives: none outweighs a need."""
    value, gift, runs_out = (why.get(name, 0.0) for name in ("price_value", "gift", "replenishment"))
    dearness = _dearness(places)
    bought = {step.item for step in steps if step.action == "purchase"}
    for place in places:
        if place in dearness:
            place.points += MOTIVE * value * (1 - dearness[place])
        if _GIFT_BOX in place.offer.has:
            place.points += MOTIVE * gift
        if place.offer.candidate.id in bought and place.offer.kinds & CONSUMABLE:
            place.points += MOTIVE * runs_out
