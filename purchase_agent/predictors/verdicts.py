"""What one candidate is to one need: it meets it, contradicts it, is excluded by it, or does not tell."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from purchase_agent.events import Step
from purchase_agent.predictors.measures import Measure
from purchase_agent.predictors.money import DOLLARS, YUANS, Bound
from purchase_agent.predictors.need_words import EXCLUSIVE
from purchase_agent.predictors.needs import Want, heads
from purchase_agent.predictors.offers import Offer, names_device
from purchase_agent.predictors.shelf_words import PROPERTY, fold
from purchase_agent.ranking import Candidate

OVER = 0.10
"""Share of the budget by which a price may be over it before the candidate is excluded."""
_AT_LEAST = frozenset({"hours", "mah", "hz"})
"""Units of which more than asked for is no miss."""


class Verdict(IntEnum):
    """What a candidate is to a need."""

    EXCLUDED = -2
    MISSED = -1
    UNKNOWN = 0
    MET = 1


def verdict(want: Want, offer: Offer, steps: Sequence[Step]) -> Verdict:  # noqa: PLR0911 - one kind of need, one return
    """The verdict; ``steps`` is what the shopper did."""
    if want.need.polarity == "avoids":
        return _avoided(want, offer)
    value, kind = want.what.value, want.what.kind
    if isinstance(value, Bound):
        return _within(value, offer.candidate)
    if isinstance(value, Measure):
        return _measured(value, offer)
    if kind in {"product", "label"}:
        return _of_kind(want, offer)
    if kind == "brand":
        return Verdict.UNKNOWN if offer.brand is None else Verdict.MET if offer.brand == value else Verdict.MISSED
    if kind in {"property", "recipient"}:
        return _has(int(str(value)), offer)
    if kind == "size":
        known = offer.sizes
        return Verdict.UNKNOWN if not known else Verdict.MET if value in known else Verdict.EXCLUDED
    if kind == "device":
        found = names_device(offer, str(value))
        return Verdict.MET if found > 0 else Verdict.EXCLUDED if found < 0 else Verdict.UNKNOWN
    if kind == "again":
        bought = any(step.item == offer.candidate.id and step.action == "purchase" for step in steps)
        return Verdict.MET if bought else Verdict.UNKNOWN
    return Verdict.MET if value in offer.tokens else Verdict.UNKNOWN


def _of_kind(want: Want, offer: Offer) -> Verdict:
    value = want.what.value
    if value in offer.kinds or value in offer.labels:
        return Verdict.MET
    if heads(want.what, fold(want.need.quote or "")) & offer.heads:
        return Verdict.MET
    return Verdict.EXCLUDED if offer.kinds or offer.labels else Verdict.UNKNOWN


def _avoided(want: Want, offer: Offer) -> Verdict:
    value, kind = want.what.value, want.what.kind
    if kind in {"property", "recipient"}:
        found = _has(int(str(value)), offer)
        return Verdict.EXCLUDED if found == Verdict.MET else Verdict.MET if found == Verdict.MISSED else Verdict.UNKNOWN
    there = {
        "product": value in offer.kinds, "label": value in offer.labels, "brand": value == offer.brand,
        "word": value in offer.tokens, "size": False, "device": names_device(offer, str(value)) > 0,
        "measure": isinstance(value, Measure) and any(
            one.unit == value.unit and one.fits(value) for one in offer.measures
        ),
    }[kind]  # fmt: skip
    if there:
        return Verdict.EXCLUDED
    known = offer.brand is not None if kind == "brand" else bool(offer.kinds) if kind == "product" else False
    return Verdict.MET if known else Verdict.UNKNOWN


def _has(number: int, offer: Offer) -> Verdict:
    if number in offer.has:
        return Verdict.MET
    if number in offer.lacks:
        return Verdict.MISSED
    family = PROPERTY[number].family
    other = family in EXCLUSIVE and any(PROPERTY[one].family == family for one in offer.has)
    return Verdict.MISSED if other else Verdict.UNKNOWN


def _measured(asked: Measure, offer: Offer) -> Verdict:
    if asked.unit in _AT_LEAST and asked.least == asked.most:
        asked = Measure(asked.start, asked.end, asked.unit, asked.least, None)
    alike = [one for one in offer.measures if one.unit == asked.unit]
    if not alike:
        return Verdict.UNKNOWN
    return Verdict.MET if any(one.fits(asked) for one in alike) else Verdict.MISSED


def comparable(asked: str | None, told: str | None) -> bool:
    """Whether two prices can be compared; a sign that several currencies share is read as the caller's."""
    if asked is None or told is None:
        return True
    told = told.upper()
    return asked == told or (asked == "USD" and told in DOLLARS) or (asked == "CNY" and told in YUANS)


def _within(bound: Bound, candidate: Candidate) -> Verdict:
    price = candidate.price
    if price is None or not comparable(bound.currency, candidate.currency):
        return Verdict.UNKNOWN
    if bound.maximum is not None and price > bound.maximum:
        return Verdict.EXCLUDED if price > bound.maximum * (1 + OVER) else Verdict.MISSED
    return Verdict.MISSED if bound.minimum is not None and price < bound.minimum else Verdict.MET


def reason(want: Want, found: Verdict, candidate: Candidate) -> str:
    """A short sentence; it holds no word of a candidate beside its price."""
    kind, value, met = want.what.kind, want.need.value, found == Verdict.MET
    if want.need.polarity == "avoids":
        return f"Is not {value}, which is to be avoided." if met else f"Is {value}, which is to be avoided."
    if isinstance(want.what.value, Bound):
        price = f"{candidate.price:g}"
        if met:
            return f"Costs {price}, within the budget ({value})."
        over = want.what.value.maximum is not None and (candidate.price or 0) > want.what.value.maximum
        return f"Costs {price}, {'over' if over else 'below'} the budget ({value})."
    sentences = {
        "product": ("Is the kind of product asked for: {}.", "Is another kind of product than asked for: {}."),
        "label": ("Is of the category asked for: {}.", "Is of another category than asked for: {}."),
        "brand": ("Is of the brand asked for: {}.", "Is of another brand than asked for: {}."),
        "size": ("Comes in {}.", "Does not come in {}."),
        "device": ("Is made {}.", "Is not made {}."),
        "recipient": ("Is for {}.", "Is not for {}."),
        "again": ("Is {}: it was bought before.", ""),
    }
    told = sentences.get(kind, ("Has what was asked for: {}.", "Does not have what was asked for: {}."))
    return told[0 if met else 1].format(value)
