"""What commerce protocols carry of a shopper, read into a ``Shopper``; and one short sentence on intent, to carry on.

Two protocols carry something of the kind:

Universal Commerce Protocol (UCP), versions 2026-01-11 to 2026-08-25: ``context`` (https://ucp.dev/2026-04-08/schemas/
shopping/types/context.json: ``intent``, ``language`` and hints of place, currency and eligibility; "should be
non-identifying"), a catalogue search's ``query``, and consent in ``buyer.consent`` (the extension
``dev.ucp.shopping.buyer_consent``): four booleans until 2026-04-08
(https://ucp.dev/2026-04-08/schemas/shopping/buyer_consent.json), since 2026-08-25 purposes such as
``dev.ucp.consent.analytics`` with ``granted`` and ``segments``
(https://ucp.dev/2026-08-25/schemas/shopping/buyer_consent.json).

Agentic Commerce Protocol (ACP), version 2026-04-17 (spec/2026-04-17/json-schema/schema.agentic_checkout.json in
https://github.com/agentic-commerce-protocol/agentic-commerce-protocol): no intent on the way in, and no consent to
analysis; a request to cancel has ``intent_trace`` with a reason and a summary of why the buyer did not buy.

What identifies a buyer (name, address, e-mail, telephone) is never read, nor is where he is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from purchase_agent.errors import InputError
from purchase_agent.evidence import Shopper, read_shopper
from purchase_agent.labels import Barrier, Intent, Motivation, Timing
from purchase_agent.prediction import Prediction

BUYER = "buyer"
"""Id of a shopper whom nobody names: the protocols carry none that is not personal."""

_WRAPPERS = ("checkout", "cart", "catalog", "booking")
"""Under which the MCP binding of UCP puts what is the whole body over REST."""
_ENVELOPES = ("params", "arguments")
"""In which a tool's call puts its arguments."""
_DEEPEST = 4
"""How deep such may stand in each other."""
_READ = frozenset({"query", "context", "buyer", "consent"})
_KNOWN = frozenset({
    "meta", "ucp", "id", "ids", "filters", "pagination", "signals", "attribution", "line_items", "products", "currency",
    "totals", "payment", "payment_data", "risk_signals", "fulfillment", "discounts", "messages", "links", "status",
    "expires_at", "continue_url", "order", "jsonrpc", "method", "name",
})  # fmt: skip
"""Fields of the protocol that say nothing on intent or consent."""
_CONTEXT_FIELDS = frozenset({
    "intent", "language", "currency", "eligibility", "payment", "location", "address_country", "address_region",
    "address_locality", "postal_code",
})  # fmt: skip
_PURPOSES = {
    "analytics": "analytics", "dev.ucp.consent.analytics": "analytics",
    "marketing": "marketing", "dev.ucp.consent.marketing": "marketing",
}  # fmt: skip
"""In small letters: they are compared without case, since a no must not be lost to a capital."""
_OTHER_PURPOSES = frozenset({
    "preferences", "sale_of_data", "dev.ucp.consent.preferences", "dev.ucp.consent.sale_or_sharing"
})  # fmt: skip
_LANGUAGE_TAG = re.compile(r"([A-Za-z]{2,3})(?:-[A-Za-z0-9]{1,8})*")
_ODD = re.compile(r"[^A-Za-z0-9_.-]")
_LONGEST_NAME = 80
_MOST_WARNINGS = 20


@dataclass(frozen=True, slots=True)
class CommerceShopper:
    """A shopper as a protocol told of him. ``warnings``: ``what:place`` of each thing that was passed over or doubted.

    ``written_by_platform:...`` marks words that an assistant wrote about the shopper: read as his, for want of better.
    """

    shopper: Shopper
    warnings: tuple[str, ...] = ()


def read_ucp(request: Mapping[str, Any], *, shopper_id: str = BUYER, as_of: datetime | None = None) -> CommerceShopper:
    """The shopper of a UCP request: catalogue search, cart or checkout, over REST or as arguments of an MCP tool.

    Args:
        request: the body, or the arguments or call of an MCP tool that holds it. A purpose that is missing counts as
            allowed; a decision that cannot be read, as refused. A no counts wherever it stands: beside the body that is
            read, in another one, or outside the buyer.
        shopper_id: how you call him; never taken from the request.
        as_of: when it was said; now if None.

    Raises:
        InputError: it is no object, or its words are longer than any that are read.
    """
    bodies = _bodies(request)
    read = _body(bodies)
    body = bodies[read]
    warnings: list[str] = []
    context = _object(body, "context", "context", warnings)
    warnings += [f"unknown:context.{_shown(name)}" for name in context if name not in _CONTEXT_FIELDS | {"consent"}]
    texts = []
    for place, holder, name, channel in (
        ("query", body, "query", "search_query"), ("context.intent", context, "intent", "chat")
    ):  # fmt: skip
        if words := _words(holder, name, place, warnings):
            texts.append({"id": place, "channel": channel, "text": words})
    if any(text["id"] == "context.intent" for text in texts):
        warnings.append("written_by_platform:context.intent")
    consent = _all_consent(bodies, read, warnings)
    given: dict[str, Any] = {"shopper_id": shopper_id, "texts": texts, "consent": consent}
    if (language := _language(context, warnings)) is not None:
        given["language"] = language
    warnings += [f"unknown:{_shown(name)}" for name in _not_read(bodies, read)]
    return _shopper(given, as_of, warnings)


def read_acp(request: Mapping[str, Any], *, shopper_id: str = BUYER, as_of: datetime | None = None) -> CommerceShopper:
    """The shopper of an ACP request to cancel a checkout: why he did not buy, as his assistant sums it up.

    ACP carries no consent to analysis: give it to the result's ``shopper`` where you have it from elsewhere.

    Raises:
        InputError: as ``read_ucp``.
    """
    if not isinstance(request, Mapping):
        raise InputError("a request is an object", hint="give the body of the ACP request")
    warnings: list[str] = []
    trace = _object(request, "intent_trace", "intent_trace", warnings)
    known = ("reason_code", "trace_summary", "metadata")
    warnings += [f"unknown:intent_trace.{_shown(name)}" for name in trace if name not in known]
    texts = []
    if words := _words(trace, "trace_summary", "intent_trace.trace_summary", warnings):
        texts.append({"id": "intent_trace.trace_summary", "channel": "chat", "text": words})
        warnings.append("written_by_platform:intent_trace.trace_summary")
    return _shopper({"shopper_id": shopper_id, "texts": texts}, as_of, warnings)


def _bodies(request: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """What may be a body: the request, and whatever is wrapped in it; place, such as ``checkout.``, -> body."""
    if not isinstance(request, Mapping):
        raise InputError("a request is an object", hint="give the body of the UCP request")
    found: dict[str, Mapping[str, Any]] = {"": request}
    layer = found
    for _ in range(_DEEPEST):
        layer = {
            f"{place}{name}.": holder[name]
            for place, holder in layer.items() for name in (*_ENVELOPES, *_WRAPPERS)
            if isinstance(holder.get(name), Mapping)
        }  # fmt: skip
        found = found | layer
    return found


def _body(bodies: Mapping[str, Mapping[str, Any]]) -> str:
    """Place of the body that is read: the outermost with context or buyer, or that wraps several bodies or none."""
    place = ""
    while not {"context", "buyer"} & bodies[place].keys():
        inner = [f"{place}{name}." for name in (*_ENVELOPES, *_WRAPPERS) if f"{place}{name}." in bodies]
        if len(inner) != 1:
            break
        place = inner[0]
    return place


def _not_read(bodies: Mapping[str, Mapping[str, Any]], read: str) -> list[str]:
    """Fields at the top, and in the body that is read, of which nothing is known, or that hold words nobody reads."""
    names: dict[str, None] = {}
    for place in dict.fromkeys(("", read)):
        known = _KNOWN | (_READ if place == read else {"consent"})
        for name in bodies[place]:
            if name not in known and not (place != read and read.startswith(f"{place}{name}.")):
                names[str(name)] = None
    return list(names)


def _shopper(given: dict[str, Any], as_of: datetime | None, warnings: list[str]) -> CommerceShopper:
    moment = {"as_of": as_of} if as_of is not None else {}
    more = len(warnings) - _MOST_WARNINGS
    told = (*warnings[:_MOST_WARNINGS], f"and_more:{more}") if more > 0 else tuple(warnings)
    return CommerceShopper(read_shopper({**given, **moment}), told)


def _object(holder: Mapping[str, Any], name: str, place: str, warnings: list[str]) -> Mapping[str, Any]:
    found = holder.get(name)
    if found is None:
        return {}
    if isinstance(found, Mapping):
        return found
    warnings.append(f"unusable:{place}")
    return {}


def _words(holder: Mapping[str, Any], name: str, place: str, warnings: list[str]) -> str:
    found = holder.get(name)
    if found is not None and not isinstance(found, str):
        warnings.append(f"unusable:{place}")
    return found if isinstance(found, str) and found.strip() else ""


def _language(context: Mapping[str, Any], warnings: list[str]) -> str | None:
    """The main part of a BCP 47 tag: ``zh`` of ``zh-Hans``."""
    found = context.get("language")
    if found is None:
        return None
    tag = _LANGUAGE_TAG.fullmatch(found) if isinstance(found, str) else None
    if tag is None:
        warnings.append("unusable:context.language")
        return None
    return tag.group(1).lower()


def _all_consent(bodies: Mapping[str, Mapping[str, Any]], read: str, warnings: list[str]) -> dict[str, bool]:
    """What was decided wherever in a request: a no anywhere wins."""
    decided: dict[str, bool] = {}
    for place, body in bodies.items():
        shown = "" if place == read else place
        holders: dict[str, Any] = {shown: body, f"{shown}context.": body.get("context")}
        buyer = body.get("buyer")
        if buyer is None or isinstance(buyer, Mapping):
            holders[f"{shown}buyer."] = buyer
        else:  # as with an unreadable consent
            warnings.append(f"unusable:{shown}buyer")
            holders[f"{shown}buyer."] = {"consent": "unreadable"}
        for where, holder in holders.items():
            found = holder.get("consent") if isinstance(holder, Mapping) else None
            for purpose, granted in _consent(found, f"{where}consent", warnings).items():
                decided[purpose] = decided.get(purpose, True) and granted
    return decided


def _consent(found: Any, where: str, warnings: list[str]) -> dict[str, bool]:
    """What was decided on analysis and marketing; several decisions on one purpose: all have to allow it."""
    decided: dict[str, bool] = {}
    if found is not None and not isinstance(found, Mapping):
        # Somebody decided something, and we cannot tell what: the safe reading of that is no.
        warnings.append(f"unreadable_taken_as_refused:{where}")
        return {"analytics": False, "marketing": False}
    for name, decision in (found or {}).items():
        place, plain = f"{where}.{_shown(name)}", str(name).strip().casefold()
        if plain not in _PURPOSES:
            warnings += [] if plain in _OTHER_PURPOSES else [f"unknown:{place}"]
            continue
        granted = decision.get("granted") if isinstance(decision, Mapping) else decision
        if not isinstance(granted, bool):
            warnings.append(f"unreadable_taken_as_refused:{place}")
        purpose = _PURPOSES[plain]
        decided[purpose] = decided.get(purpose, True) and granted is True
        if isinstance(decision, Mapping) and decision.get("segments"):
            warnings.append(f"segments_not_read:{place}")
    return decided


def _shown(name: object) -> str:
    """A name from outside, fit for a warning."""
    return _ODD.sub("?", str(name))[:_LONGEST_NAME]


_STAGES: dict[Intent, str] = {
    "none": "Not looking for a product at present",
    "awareness": "Has noticed a need but is not looking yet",
    "exploration": "Looking around without a fixed product",
    "consideration": "Comparing products of one kind",
    "ready": "Ready to buy a chosen product",
    "post_purchase": "Has bought already and may need help with it",
}
_WHY: dict[Motivation, str] = {
    "replacement": "to replace an old one",
    "performance": "for better performance",
    "price_value": "for good value",
    "convenience": "to save time",
    "replenishment": "to restock",
    "compatibility": "to fit with other things",
    "gift": "as a gift",
    "social_influence": "on a recommendation",
    "enjoyment": "for enjoyment",
    "novelty": "to try something new",
}
"""Not told on: health and safety, values and identity, and occasions (a birth, a move, a new job) are nobody's business
but the shopper's."""
_WHEN: dict[Timing, str] = {
    "now": "likely within a day",
    "within_7d": "likely within a week",
    "within_30d": "likely within a month",
    "within_90d": "likely within three months",
    "later": "later than in three months",
}
_HELD: dict[Barrier, str] = {
    "price": "price",
    "quality_doubt": "quality",
    "fit_or_compatibility": "fit",
    "delivery": "delivery",
    "trust_or_privacy": "trust",
    "choice_overload": "choice",
    "out_of_stock": "availability",
}
_TOLD_FROM = 0.5
"""A guess that is no more likely than not is not told on to others."""


def intent_sentence(prediction: Prediction) -> str:
    """One short sentence on intent for such a context, such as "Comparing products of one kind to replace an old one."

    It is made of fixed words alone: no id, quote, product, place or number, and nothing on health, birth, beliefs or
    money. Empty where there is no prediction, as after a refusal: send no intent then.
    """
    if prediction.intent is None or prediction.motivation is None or prediction.timing is None:
        return ""
    intent = prediction.intent
    parts = ["Does not want the product" if intent.declined else _STAGES[intent.label]]
    if intent.label not in ("none", "post_purchase") and not intent.declined:
        why = [name for name in prediction.motivation.labels if name in _WHY]
        best = max(why, key=lambda name: prediction.motivation.probabilities[name], default=None)  # type: ignore[union-attr]
        if best is not None and prediction.motivation.probabilities[best] >= _TOLD_FROM:
            parts[0] += f" {_WHY[best]}"
        timing = prediction.timing
        if timing.label in _WHEN and timing.probabilities[timing.label] >= _TOLD_FROM:
            parts.append(_WHEN[timing.label])
    held = {name: p for name, p in prediction.motivation.barriers.items() if name in _HELD and p >= _TOLD_FROM}
    if held:
        parts.append(f"{_HELD[max(held, key=lambda name: held[name])]} matters")
    return f"{', '.join(parts)}."
