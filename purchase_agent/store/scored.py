"""A scored shopper as rows of the store: what was predicted, what he wrote, what he did."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from purchase_agent.event_types import action_of
from purchase_agent.evidence import Event, Shopper, Text, in_utc
from purchase_agent.language import detect
from purchase_agent.prediction import Prediction

RECENT = timedelta(days=90)
"""How far back items and categories of a shopper are looked for."""
HELD_BACK = 0.5
"""A barrier of at least this probability is one."""
Row = tuple[Any, ...]
_REFUSED = "refused_consent"


@dataclass(frozen=True, slots=True)
class Scored:
    """A shopper with his prediction.

    ``texts``: id of one of his texts (or of a search event) -> the prediction of that text alone; those that are not
    there are stored without labels.
    """

    shopper: Shopper
    prediction: Prediction
    texts: Mapping[str, Prediction] = field(default_factory=dict)


class Rows(NamedTuple):
    """Rows of the tables of a shopper, in the order of their columns; `prediction` lacks ``run_id``."""

    prediction: Row
    texts: list[Row]
    events: list[Row]


def rows_of(scored: Scored) -> Rows:
    """What is stored of a shopper. Nothing after ``as_of``; without consent no texts, no events, no dates."""
    as_of = _stored(scored.prediction.as_of)
    if not scored.shopper.consent.analytics or scored.prediction.status == _REFUSED:
        return Rows(_prediction(scored, as_of, [], []), [], [])
    events = _events(scored.shopper.events, as_of)
    texts = [text for text in scored.shopper.texts if text.at is None or _stored(text.at) <= as_of]
    texts += _searches(scored, as_of)
    rows = [_text(scored, text, as_of) for text in texts]
    return Rows(_prediction(scored, as_of, rows, events), rows, [(scored.shopper.shopper_id, *row) for row in events])


def _stored(time: datetime) -> datetime:
    """UTC without a zone, as the tables have it."""
    if time.tzinfo is UTC or time.tzinfo is None:
        return time.replace(tzinfo=None)
    return in_utc(time).replace(tzinfo=None)


def _events(events: Sequence[Event], as_of: datetime) -> list[Row]:
    """Events up to ``as_of``, each once, oldest first, without the shopper's id."""
    seen: set[Row] = set()
    rows: list[Row] = []
    for one in events:
        at = _stored(one.at)
        if at > as_of:
            continue
        told = (action_of(one.type), at, one.item_id, one.category, one.query, one.price, one.currency, one.quantity)
        if told not in seen:
            seen.add(told)
            rows.append((one.id, *told))
    rows.sort(key=_when)
    return rows


def _when(row: Row) -> tuple[datetime, str]:
    return row[2], row[0]


def _searches(scored: Scored, as_of: datetime) -> Iterator[Text]:
    """Search events that were predicted as texts."""
    held = {text.id for text in scored.shopper.texts}
    for event in scored.shopper.events:
        if event.query and event.id in scored.texts and event.id not in held and _stored(event.at) <= as_of:
            yield Text(id=event.id, channel="search_query", text=event.query, at=event.at, category=event.category)


def _text(scored: Scored, text: Text, as_of: datetime) -> Row:
    own = text.role == "shopper"
    labels = scored.texts.get(text.id) if own else None
    intent = labels.intent if labels is not None else None
    language = text.language or detect(text.text).code
    return (
        scored.shopper.shopper_id, text.id, as_of if text.at is None else _stored(text.at), text.channel, text.role,
        text.item_id, text.category, text.rating, text.thread_id, None if language == "und" else language, text.text,
        intent and intent.label, _motivation(labels), _barriers(labels), intent and intent.sentiment,
        _quotes(labels or scored.prediction, text) if own else "[]",
    )  # fmt: skip


def _quotes(prediction: Prediction, text: Text) -> str:
    """Verbatim pieces of the text only, each once for what it supports."""
    found = {
        (one.supports, one.quote): None
        for one in prediction.evidence
        if one.source == text.id and one.quote and one.quote in text.text
    }
    return json.dumps([{"supports": supports, "quote": quote} for supports, quote in found], ensure_ascii=False)


def _prediction(scored: Scored, as_of: datetime, texts: Sequence[Row], events: Sequence[Row]) -> Row:
    shopper, told = scored.shopper, scored.prediction
    intent, timing = told.intent, told.timing
    cdf = timing.cdf if timing is not None else {}
    own = [row for row in texts if row[4] == "shopper"]
    seen = [row[2] for row in own] + [row[2] for row in events]
    languages = Counter(row[9] for row in own if row[9] is not None)
    orders, units, spent, currency = _bought(events)
    return (
        shopper.shopper_id, as_of, told.status,
        intent and intent.label, intent and intent.level, *(cdf.get(days) for days in ("1", "7", "30", "90")),
        _motivation(told), _barriers(told), intent and intent.sentiment, intent and intent.declined,
        intent and intent.repurchase, told.next_action and told.next_action.label, timing and timing.label,
        timing and timing.expected_date, told.advice and told.advice.action, told.provenance.engine,
        shopper.consent.marketing, shopper.language or (languages.most_common(1)[0][0] if languages else None),
        told.target.scope, told.target.id, _recent(own, events, as_of, 5, 3), _recent(own, events, as_of, 6, 4),
        min(seen, default=None), max(seen, default=None), orders, units, spent, currency,
        told.model_dump_json(by_alias=True),
    )  # fmt: skip


def _motivation(told: Prediction | None) -> list[str] | None:
    return list(told.motivation.labels) if told is not None and told.motivation is not None else None


def _barriers(told: Prediction | None) -> list[str] | None:
    if told is None or told.motivation is None:
        return None
    return [name for name, share in told.motivation.barriers.items() if share >= HELD_BACK]


def _recent(texts: Sequence[Row], events: Sequence[Row], as_of: datetime, of_text: int, of_event: int) -> list[str]:
    """What lately was written about or acted on, newest first, each once."""
    since = as_of - RECENT
    found = [(row[2], row[of_text]) for row in texts if row[of_text] is not None and row[2] >= since]
    found += [(row[2], row[of_event]) for row in events if row[of_event] is not None and row[2] >= since]
    found.sort(reverse=True)
    return list(dict.fromkeys(name for _, name in found))


def _bought(events: Sequence[Row]) -> tuple[int, float, float | None, str | None]:
    """Orders, units, what was spent, in which currency: the one most lines are in, others are not added up.

    The lines of one order carry one time. A line without a price or with an impossible one adds nothing.
    """
    lines = [row for row in events if row[1] == "purchase"]
    if not lines:
        return 0, 0.0, None, None
    units = sum(row[8] if row[8] is not None and row[8] > 0 else 1.0 for row in lines)
    priced = [row for row in lines if row[6] is not None and row[6] > 0 and (row[8] is None or row[8] > 0)]
    if not priced:
        return len({row[2] for row in lines}), units, None, None
    currency = Counter(row[7] for row in priced).most_common(1)[0][0]
    spent = sum(row[6] * (row[8] or 1.0) for row in priced if row[7] == currency)
    return len({row[2] for row in lines}), units, spent, currency
