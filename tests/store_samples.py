"""A store of made-up shoppers, Chinese and English, for the tests of all that is asked of one. No model is needed.

A shop of nine categories over 43 weeks: more is bought at weekends and more every week, one shoe runs small, one phone
is dear, one kettle breaks. Shoppers search, look, fill carts, buy, return, review and discuss. Predictions are made by
hand and fit what the shopper did.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from purchase_agent.evidence import Consent, Event, Shopper, Text
from purchase_agent.labels import ACTIONS, BARRIERS, INTENTS, MOTIVATIONS, Intent, Motivation, level_of
from purchase_agent.prediction import Prediction
from purchase_agent.store import Scored, Store
from tests.store_sample_words import ITEMS, NOT_FOUND, SAID, Item, Said

AS_OF = datetime(2026, 11, 9, 8, 0, tzinfo=UTC)
"""Of the first run, a Monday; each later run is a week on."""
WEEKS = 43
MODELS = {"text": "sample-1", "behaviour": "sample-1", "timing": "sample-1"}
_CHANCE: dict[Intent, float] = {
    "none": 0.03, "awareness": 0.1, "exploration": 0.2, "consideration": 0.4, "ready": 0.75, "post_purchase": 0.15,
}  # fmt: skip


def sample_store(path: Path, shoppers: int = 400, runs: int = 2, seed: int = 0) -> Path:
    """Makes the store; the same arguments give the same shoppers, texts and predictions.

    Three shoppers in a hundred allow no analytics, fifteen no marketing; every tenth has an e-mail address as his id.
    """
    people = sample_shoppers(shoppers, runs, seed)
    with Store(path, write=True) as store:
        for number in range(runs):
            run = store.begin(
                engine="local", evidence="fast", models=MODELS, source="sample.jsonl", run_id=f"sample-{number + 1}"
            )
            rows = [scored_at(person, AS_OF + timedelta(weeks=number)) for person in people]
            for first in range(0, len(rows), 1000):
                run.add(rows[first : first + 1000])
            run.finish()
    return path


class Person(NamedTuple):
    """A made-up shopper, with all he ever does."""

    shopper: Shopper
    said: dict[str, Said]
    intents: Sequence[Intent]
    item: Item


def sample_shoppers(shoppers: int = 400, runs: int = 2, seed: int = 0) -> list[Person]:
    """The shoppers of the sample store with everything up to the last run."""
    return [_person(number, runs, Random(seed * 1_000_003 + number)) for number in range(shoppers)]


def scored_at(person: Person, as_of: datetime) -> Scored:
    """The shopper as of a run, with a prediction for him and for each of his texts."""
    whole = person.shopper
    shopper = whole.model_copy(
        update={
            "as_of": as_of,
            "texts": tuple(text for text in whole.texts if text.at is not None and text.at <= as_of),
            "events": tuple(event for event in whole.events if event.at <= as_of),
        }
    )
    name = shopper.shopper_id
    if not shopper.consent.analytics:
        return Scored(shopper, predicted(name, as_of, status="refused_consent"))
    own = [text for text in shopper.texts if text.role == "shopper"]
    texts = {text.id: _of_text(name, as_of, text, person.said[text.id]) for text in own if text.id in person.said}
    if not own and not shopper.events:
        return Scored(shopper, predicted(name, as_of, status="insufficient_data"))
    newest = [(text, person.said[text.id]) for text in own if text.id in person.said][-2:]
    motives = list(dict.fromkeys(said.motivation for _, said in newest if said.motivation != "unknown"))
    held = {said.barrier: 0.8 for _, said in newest if said.barrier is not None}
    week = max(0, round((as_of - AS_OF) / timedelta(weeks=1)))
    whole_answer = predicted(
        name, as_of, person.intents[min(week, len(person.intents) - 1)], motives or ["unknown"], held,
        sentiment=newest[-1][1].sentiment if newest else "neutral", evidence=[
            one for text, said in newest for one in _evidence(text, said)
        ], target=("item", person.item.item_id), jitter=(sum(map(ord, name)) % 11 - 5) / 100,
    )  # fmt: skip
    return Scored(shopper, whole_answer, texts)


def predicted(
    shopper_id: str, as_of: datetime, intent: Intent = "consideration", motivation: Sequence[Motivation] = ("unknown",),
    barriers: dict[Any, float] | None = None, *, sentiment: str = "neutral", evidence: Sequence[dict[str, Any]] = (),
    target: tuple[str, str | None] = ("shop", None), jitter: float = 0.0, status: str = "ok", engine: str = "local",
) -> Prediction:  # fmt: skip
    """A prediction made by hand whose parts agree; ``jitter`` is added to the chance of its intent."""
    head: dict[str, Any] = {
        "shopper_id": shopper_id, "as_of": as_of, "status": status, "target": {"scope": target[0], "id": target[1]},
        "provenance": {
            "engine": engine, "reason": "asked", "models": MODELS, "calibrated_on": "shipped", "latency_ms": 1.0,
        },
    }  # fmt: skip
    if status != "ok":
        return Prediction.model_validate(head)
    month = round(min(max(_CHANCE[intent] + jitter, 0.01), 0.95), 4)
    cdf = [round(month * part, 4) for part in (0.2, 0.6, 1.0)] + [round(month + (1 - month) * 0.3, 4)]
    rest = round((1 - cdf[3]) / 2, 6)
    bins = {
        "now": cdf[0], "within_7d": cdf[1] - cdf[0], "within_30d": cdf[2] - cdf[1], "within_90d": cdf[3] - cdf[2],
        "later": rest, "not_expected": rest, "unknown": 0.0,
    }  # fmt: skip
    action = {"ready": "begin_checkout", "consideration": "compare", "post_purchase": "write_review"}.get(
        intent, "search"
    )
    days = round(30 * (1 - month)) + 1
    return Prediction.model_validate(
        head
        | {
            "intent": {
                "label": intent, "level": level_of(intent),
                "probabilities": {name: 0.75 if name == intent else 0.05 for name in INTENTS},
                "set": [intent], "abstained": False, "purchase_probability": {"value": cdf[2]},
                "declined": False, "repurchase": False, "sentiment": sentiment,
            },
            "motivation": {
                "labels": list(motivation),
                "probabilities": {name: 0.9 if name in motivation else 0.02 for name in MOTIVATIONS},
                "barriers": {name: (barriers or {}).get(name, 0.03) for name in BARRIERS},
            },
            "next_action": {
                "label": action,
                "probabilities": {name: 0.72 if name == action else 0.02 for name in ACTIONS},
            },
            "timing": {
                "label": "within_7d" if cdf[1] >= 0.5 else "within_30d" if month >= 0.5 else "within_90d",
                "probabilities": bins, "cdf": dict(zip(("1", "7", "30", "90"), cdf, strict=True)),
                "expected_date": (as_of + timedelta(days=days)).date(), "median_days": float(days),
                "interval_days": (1.0, days * 4.0), "p_active": 0.8, "reasons": ["prior_only"],
            },
            "advice": {"action": "answer" if intent == "consideration" else "wait", "reason": "sample"},
            "evidence": list(evidence),
        }
    )  # fmt: skip


def _of_text(name: str, as_of: datetime, text: Text, said: Said) -> Prediction:
    held = {said.barrier: 0.8} if said.barrier is not None else {}
    return predicted(
        name, as_of, said.intent, [said.motivation], held, sentiment=said.sentiment, evidence=_evidence(text, said)
    )


def _evidence(text: Text, said: Said) -> list[dict[str, Any]]:
    start = text.text.index(said.quote)
    supports = f"barrier.{said.barrier}" if said.barrier else f"motivation.{said.motivation}"
    place = {"quote": said.quote, "start": start, "end": start + len(said.quote), "weight": 0.7}
    return [{"supports": supports, "source": text.id, **place}]


def _person(number: int, runs: int, random: Random) -> Person:
    language = "zh" if random.random() < 0.5 else "en"
    name = f"shopper{number:05d}@example.com" if number % 10 == 0 else f"c{number:05d}"
    until = AS_OF + timedelta(weeks=runs - 1)
    liked = random.choices(ITEMS, [item.weight for item in ITEMS], k=2)
    if random.random() < 0.03:  # nothing known of him
        shopper = Shopper(shopper_id=name, language=language, texts=())
        return Person(shopper, {}, ["none"], liked[0])
    began = until - timedelta(days=random.uniform(5, WEEKS * 7))
    events: list[Event] = []
    texts: list[Text] = []
    said: dict[str, Said] = {}
    bought: list[tuple[datetime, Item]] = []
    for at in _visits(began, until, random):
        _visit(at, random.choice(liked), language, random, events, texts, said, bought)
    _returns(until, random, events, bought)
    texts.sort(key=lambda text: text.at or until)
    intents = _moving(random, runs)
    shopper = Shopper(
        shopper_id=name, language=language, timezone="Asia/Shanghai" if language == "zh" else "Europe/London",
        consent=Consent(analytics=random.random() >= 0.03, marketing=random.random() >= 0.15),
        texts=tuple(texts), events=tuple(sorted(events, key=lambda event: event.at)),
    )  # fmt: skip
    return Person(shopper, said, intents, liked[0])


def _visits(began: datetime, until: datetime, random: Random) -> list[datetime]:
    """Times of visits: one or two in three weeks, more at weekends."""
    times, at = [], began
    while (at := at + timedelta(days=random.expovariate(1 / 14))) < until - timedelta(hours=2):
        if at.weekday() >= 5 or random.random() < 0.6:
            times.append(at.replace(microsecond=0))
    return times


def _visit(
    at: datetime, item: Item, language: str, random: Random, events: list[Event], texts: list[Text],
    said: dict[str, Said], bought: list[tuple[datetime, Item]],
) -> None:  # fmt: skip
    """One visit: a search, views, perhaps a cart, perhaps a purchase and what is written afterwards."""

    def happens(kind: str, minutes: float, **more: Any) -> None:
        events.append(Event(id=f"e{len(events) + 1}", type=kind, at=at + timedelta(minutes=minutes), **more))

    of_item = {"item_id": item.item_id, "category": item.category}
    if random.random() < 0.04:
        _, query = random.choice([one for one in NOT_FOUND if one[0] == language])
        happens("search", 0, query=query)
        return
    if random.random() < 0.5:
        about = random.choice([one for one in SAID if one.channel == "search_query" and one.language == language])
        query = about.text.format(item=item.zh if language == "zh" else item.en)
        happens("search", 0, query=query, category=item.category)
        _write(at, about, item, random, texts, said)
    for minute in range(random.randint(1, 3)):
        happens("view_item", 1 + minute, price=item.price, currency="EUR", **of_item)
    if random.random() < 0.3:
        about = random.choice(
            [one for one in SAID if one.channel in ("chat", "social_post", "discussion") and one.language == language]
        )
        _write(at + timedelta(minutes=5), about, item, random, texts, said)
    if random.random() < 0.6:
        happens("add_to_cart", 6, price=item.price, currency="EUR", **of_item)
        if random.random() < 0.8:
            happens("begin_checkout", 8)
            if random.random() < 0.85:
                number = random.choice((1, 1, 1, 2)) if item.price < 50 else 1
                happens("purchase", 10, price=item.price, currency="EUR", quantity=float(number), **of_item)
                bought.append((at + timedelta(minutes=10), item))
                if random.random() < 0.35:
                    _review(at, item, language, random, texts, said)


def _review(at: datetime, item: Item, language: str, random: Random, texts: list[Text], said: dict[str, Said]) -> None:
    """What is written of a thing some days after it was bought: shoes run small, phones are dear."""
    some = [one for one in SAID if one.channel == "review" and one.language == language]
    weight = {"shoe-run": "fit_or_compatibility", "phone-pro": "price", "kettle": "quality_doubt"}.get(item.item_id)
    about = random.choices(some, [6.0 if weight and one.barrier == weight else 1.0 for one in some])[0]
    _write(at + timedelta(days=random.uniform(3, 9)), about, item, random, texts, said)


def _write(at: datetime, about: Said, item: Item, random: Random, texts: list[Text], said: dict[str, Said]) -> None:
    name = f"t{len(texts) + 1}"
    thread = f"thread-{item.item_id}" if about.channel == "discussion" else None
    texts.append(
        Text(
            id=name, channel=about.channel, text=about.text.format(item=item.zh if about.language == "zh" else item.en),
            at=at, item_id=None if about.channel == "search_query" else item.item_id, category=item.category,
            rating=about.rating, thread_id=thread, language=about.language,
        )
    )  # fmt: skip
    said[name] = about
    if thread is not None and random.random() < 0.5:
        answer = "You can send it back within 30 days." if about.language == "en" else "三十天内可以退货。"
        texts.append(
            Text(
                id=f"t{len(texts) + 1}", channel="discussion", role="agent", text=answer, at=at + timedelta(hours=1),
                item_id=item.item_id, category=item.category, thread_id=thread,
            )
        )  # fmt: skip


def _returns(until: datetime, random: Random, events: list[Event], bought: list[tuple[datetime, Item]]) -> None:
    """One purchase in twelve comes back within a fortnight; of the running shoes one in five."""
    for at, item in bought:
        back = at + timedelta(days=random.uniform(3, 14))
        if back < until and random.random() < (0.2 if item.item_id == "shoe-run" else 0.08):
            events.append(
                Event(
                    id=f"e{len(events) + 1}", type="return_refund", at=back.replace(microsecond=0), quantity=1.0,
                    item_id=item.item_id, category=item.category, price=item.price, currency="EUR",
                )
            )  # fmt: skip


def _moving(random: Random, runs: int) -> list[Intent]:
    """An intent for each run; most stay, some move a stage on or fall back."""
    stages = list(INTENTS)
    place = random.choices(range(len(stages)), (2, 3, 4, 5, 3, 3))[0]
    moving = []
    for _ in range(runs):
        moving.append(stages[place])
        if random.random() < 0.3:
            place = min(max(place + random.choice((-1, 1, 1)), 0), len(stages) - 1)
    return moving
