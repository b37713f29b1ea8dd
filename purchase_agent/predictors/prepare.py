"""From what came in to what may be read: consent, time, roles, languages, copies, cap, target. All of it is stated."""

from __future__ import annotations

from datetime import datetime

from purchase_agent.clean import clean
from purchase_agent.event_types import action_of
from purchase_agent.events import History, history
from purchase_agent.evidence import Event, Shopper, Target, Text, in_utc
from purchase_agent.language import detect
from purchase_agent.predictors.base import MAX_TEXTS_READ, Case


def prepare(shopper: Shopper, now: datetime) -> Case:
    """The case of a shopper as of ``shopper.as_of`` or, without one, ``now`` (with a zone)."""
    warnings: list[str] = []
    if shopper.as_of is not None and shopper.as_of.tzinfo is None:
        warnings.append("timezone_assumed_utc:as_of")
    as_of = in_utc(shopper.as_of) if shopper.as_of is not None else in_utc(now)

    if not shopper.consent.analytics:
        return Case(shopper, as_of, (), (), tuple(warnings), "refused_consent")
    past = _history(shopper, as_of, warnings)
    texts, languages, refusal = _readable(_known(shopper, as_of, warnings), shopper.language, warnings)
    if past is not None and past.steps:
        searches = _searched(shopper, texts, as_of)
        return Case(shopper, as_of, tuple(texts), tuple(languages), tuple(warnings), None, past, searches)
    return Case(shopper, as_of, tuple(texts), tuple(languages), tuple(warnings), refusal)


def _readable(known: list[Text], stated: str | None, warnings: list[str]) -> tuple[list[Text], list[str], str | None]:
    """Texts that can be read, each once, with their languages; or why there are none."""
    cleaned = [(text, clean(text.text)) for text in known]
    warnings += [f"no_content:{text.id}" for text, copy in cleaned if not copy.has_content]
    found = [(text, detect(copy.text, text.language or stated)) for text, copy in cleaned if copy.has_content]
    if not found:
        return [], [], "insufficient_data"
    supported = [(text, language.code) for text, language in found if language.supported]
    warnings += [
        f"unsupported_language:{text.id}:{language.code}" for text, language in found if not language.supported
    ]
    if not supported:
        return [], [], "unsupported_language"
    kept = _each_once([text for text, _ in supported])
    if len(kept) < len(supported):
        warnings.append(f"duplicates_once:{len(supported) - len(kept)}")
    if len(kept) > MAX_TEXTS_READ:
        warnings.append(f"newest_read:{MAX_TEXTS_READ}_of_{len(kept)}")
        kept = kept[-MAX_TEXTS_READ:]
    return [supported[place][0] for place in kept], [supported[place][1] for place in kept], None


def _history(shopper: Shopper, as_of: datetime, warnings: list[str]) -> History | None:
    """The events of the target up to ``as_of``; None without any event."""
    if not shopper.events:
        return None
    events = [event for event in shopper.events if _of_target(event, shopper.target)]
    currencies = {event.currency for event in events if event.price is not None and event.currency is not None}
    if len(currencies) > 1:  # no sum and no ratio across them
        warnings.append("mixed_currencies")
        events = [event.model_copy(update={"price": None}) for event in events]
    odd = sum((event.price or 0) < 0 or (event.quantity is not None and event.quantity <= 0) for event in events)
    if odd:
        warnings.append(f"odd_price_or_quantity:{odd}")
    past = history(events, as_of, shopper.timezone)
    if any(event.at.tzinfo is None for event in events):
        warnings.append("timezone_assumed_utc:events")
    if past.left_out["later"]:
        warnings.append(f"events_after_as_of:{past.left_out['later']}")
    if past.left_out["duplicate"]:
        warnings.append(f"duplicate_events_once:{past.left_out['duplicate']}")
    if past.left_out["older"]:
        warnings.append(f"newest_events_read:{len(past.steps)}_of_{len(past.steps) + past.left_out['older']}")
    if not past.steps and shopper.target is not None:
        warnings.append("no_event_of_target")
    return past


def _of_target(event: Event, target: Target | None) -> bool:
    if target is None or target.scope == "shop":
        return True
    return (event.category if target.scope == "category" else event.item_id) == target.id


def _of_another(record: Text | Event, target: Target | None) -> bool:
    """Whether it names another category or item than the target; words that name none may be about it."""
    if target is None or target.scope == "shop":
        return False
    named = record.category if target.scope == "category" else record.item_id
    return named is not None and named != target.id


def _known(shopper: Shopper, as_of: datetime, warnings: list[str]) -> list[Text]:
    """The shopper's own words up to ``as_of``, oldest first; a text without a time counts as just written."""
    own = [text for text in shopper.texts if text.role == "shopper" and not _of_another(text, shopper.target)]
    warnings += [f"other_target:{text.id}" for text in shopper.texts if _of_another(text, shopper.target)]
    own += _searches(shopper, own)
    known = []
    for place, text in enumerate(own):
        if text.at is not None and text.at.tzinfo is None:
            warnings.append(f"timezone_assumed_utc:{text.id}")
        at = in_utc(text.at) if text.at is not None else as_of
        if at > as_of:
            warnings.append(f"after_as_of:{text.id}")
        else:
            known.append((at, place, text))
    return [text for _, _, text in sorted(known, key=lambda item: item[:2])]


def _searches(shopper: Shopper, own: list[Text]) -> list[Text]:
    """Search events as texts, unless the same search is there as a text already."""
    written = {_folded(text.text) for text in own}
    return [
        Text(id=event.id, channel="search_query", text=event.query, at=event.at, category=event.category)
        for event in shopper.events
        if action_of(event.type) == "search"
        and event.query
        and _folded(event.query) not in written
        and not _of_another(event, shopper.target)
    ]


def _searched(shopper: Shopper, texts: list[Text], as_of: datetime) -> frozenset[str]:
    """Ids of texts that are searches among the events that are read, or say the same words."""
    read = [event for event in shopper.events if _of_target(event, shopper.target) and in_utc(event.at) <= as_of]
    asked = {_folded(event.query) for event in read if action_of(event.type) == "search" and event.query}
    ids = {event.id for event in shopper.events}
    return frozenset(text.id for text in texts if text.id in ids or _folded(text.text) in asked)


def _folded(words: str) -> str:
    return " ".join(words.split()).casefold()


def _each_once(texts: list[Text]) -> list[int]:
    if len(texts) == 1:
        return [0]
    # Imported here: its word tables cost a tenth of a cold start, and one text needs none of them.
    from purchase_agent.predictors.subjects import deduplicate

    return deduplicate(texts)
