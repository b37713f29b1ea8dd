"""Shoppers with events through ``PurchaseAgent``: what each source adds, and what is never used."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from purchase_agent.errors import InputError
from purchase_agent.prediction import Prediction
from purchase_agent.service import PurchaseAgent

NOW = datetime(2026, 10, 9, 19, 20, tzinfo=UTC)


def event(minutes_ago, kind, item=None, **more):
    at = (NOW - timedelta(minutes=minutes_ago)).isoformat()
    return {"type": kind, "at": at, **({"item_id": item, "category": "boots"} if item else {}), **more}


CART = [
    event(4000, "view_item", "ridge"), event(3990, "view_item", "fell"), event(16, "view_item", "fell"),
    event(9, "read_reviews", "fell"), event(6, "add_to_cart", "fell"), event(5, "view_cart"),
]  # fmt: skip


def shopper(events, **more):
    return {"shopper_id": "c1", "as_of": NOW.isoformat(), "events": events, **more}


@pytest.fixture(scope="module")
def agent():
    return PurchaseAgent()


def same(answer):
    return answer.model_dump(mode="json", exclude={"provenance": {"latency_ms"}})


def test_events_alone_are_answered(agent):
    answer = agent.predict(shopper(CART))
    assert answer.status == "ok"
    assert answer.target.scope == "shop"
    assert answer.intent.label == "ready"
    assert answer.motivation.labels == ["unknown"]
    assert "cart_state" in answer.timing.reasons
    assert set(answer.provenance.models) == {"behaviour", "timing"}
    assert answer.provenance.calibrated_on == "shipped"
    assert "unfitted_shop" in answer.warnings


def test_a_cart_makes_a_purchase_more_likely_than_looking(agent):
    looking = [one for one in CART if one["type"] == "view_item"]
    assert agent.predict(shopper(CART)).timing.cdf["1"] > agent.predict(shopper(looking)).timing.cdf["1"]


def test_nothing_that_happened_later_changes_the_answer(agent):
    later = [event(-5, "purchase", "fell"), event(-9000, "purchase", "fell")]
    plain, planted = agent.predict(shopper(CART)), agent.predict(shopper([*CART, *later]))
    assert planted.warnings == ["events_after_as_of:2", *plain.warnings]
    assert same(planted.model_copy(update={"warnings": plain.warnings})) == same(plain)


def test_words_and_events_say_what_each_added(agent):
    texts = [{"text": "Which of the two is warmer? I'll order tonight.", "at": NOW.isoformat()}]
    answer = agent.predict(shopper(CART, texts=texts))
    assert {one.source for one in answer.contributions} == {"prior", "behaviour", "text"}
    told = [one for one in answer.contributions if one.task == "timing"]
    chance = answer.timing.probabilities[answer.timing.label]
    assert sum(one.log_odds for one in told) == pytest.approx(_logit(chance), abs=0.02)
    quotes = [one for one in answer.evidence if one.quote is not None]
    seen = [one for one in answer.evidence if one.quote is None]
    assert all(texts[0]["text"][one.start : one.end] == one.quote for one in quotes)
    assert quotes
    assert seen
    assert {one.source for one in seen} <= {f"e{k}" for k in range(1, 7)}


def _logit(p):
    from math import log

    return log(p / (1 - p))


def test_a_purchase_history_is_a_source_of_its_own(agent):
    orders = [event(60 * 24 * (30 * k + 25), "purchase", "tea", price=9.0) for k in range(8)]
    answer = agent.predict(shopper(orders))
    assert {one.source for one in answer.contributions} >= {"prior", "history"}
    assert answer.timing.p_active > 0.5
    assert "replenishment" in answer.motivation.labels
    assert "replenishment_cycle" in answer.timing.reasons
    assert answer.intent.purchase_probability.value > 0.3


def test_searches_among_events_count_once(agent):
    search = event(3, "search", query="warm hiking boots for my wide feet")
    answer = agent.predict(shopper([*CART, search]))
    assert answer.intent.label == "ready"  # the words of a search are no second witness
    assert {one.source for one in answer.contributions} == {"prior", "behaviour"}


def test_a_search_that_is_a_text_too_counts_once(agent):
    words = "waterproof hiking boots size 43"
    search = event(30, "search", query=words)
    written = {"text": words.upper(), "channel": "search_query", "at": search["at"]}
    assert (
        same(agent.predict(shopper([search], texts=[written])))["intent"]
        == same(agent.predict(shopper([search])))["intent"]
    )


def test_a_search_beside_other_words_moves_no_stage(agent):
    chat = {"text": "My old boots fell apart last week", "channel": "chat", "at": event(2000, "search")["at"]}
    silent = agent.predict(shopper([event(30, "search")], texts=[chat]))
    told = agent.predict(
        shopper([event(30, "search", query="buy waterproof hiking boots size 43 in stock")], texts=[chat])
    )
    assert told.intent.probabilities == silent.intent.probabilities
    assert told.timing.cdf == silent.timing.cdf
    assert told.motivation.probabilities != silent.motivation.probabilities  # of these no event tells


def test_words_about_another_target_are_not_read(agent):
    kettle = {"text": "My kettle broke, I buy the Bosch kettle tomorrow", "category": "kettles", "item_id": "k1"}
    for target in ({"scope": "category", "id": "boots"}, {"scope": "item", "id": "fell"}):
        alone = agent.predict({"shopper_id": "c1", "as_of": NOW.isoformat(), "target": target, "texts": [kettle]})
        assert alone.status == "insufficient_data"
        assert alone.warnings == ["other_target:t1"]
        both = agent.predict(shopper(CART, target=target, texts=[kettle]))
        assert same(both)["timing"] == same(agent.predict(shopper(CART, target=target)))["timing"]
    tv = event(3, "search", query="55 inch oled tv deal", category="tv")
    assert agent.predict(shopper([tv], target={"scope": "category", "id": "boots"})).status == "insufficient_data"
    nameless = {"text": "My old boots fell apart, I need new ones this week"}
    kept = agent.predict(shopper(CART, target={"scope": "category", "id": "boots"}, texts=[nameless]))
    assert "text" in {one.source for one in kept.contributions}


def test_a_target_is_named(agent):
    with pytest.raises(InputError, match="the scope item needs the id of one"):
        agent.predict(shopper(CART, target={"scope": "item"}))


def test_only_events_of_the_target_are_read(agent):
    both = [*CART, event(3, "view_item", "pan", category="kitchen")]
    target = {"scope": "category", "id": "boots"}
    asked = agent.predict(shopper(both, target=target))
    # The look at the cart names no category, so it is of no category.
    alone = agent.predict(shopper([one for one in CART if "item_id" in one], target=target))
    assert asked.target.model_dump() == target
    assert asked.timing == alone.timing
    nothing = agent.predict(shopper(CART, target={"scope": "item", "id": "other"}))
    assert nothing.status == "insufficient_data"
    assert "no_event_of_target" in nothing.warnings


def test_the_answer_is_the_same_in_any_batch_and_order(agent):
    some = [shopper(CART[: k + 1]) | {"shopper_id": f"c{k}"} for k in range(len(CART))]
    alone = [same(agent.predict(one)) for one in some]
    mixed = list(range(len(some)))
    random.Random(2).shuffle(mixed)
    together = list(agent.predict_many([some[place] for place in mixed]))
    assert [same(one) for one in together if isinstance(one, Prediction)] == [alone[place] for place in mixed]
    turned = agent.predict({**some[-1], "events": [{**one, "id": f"x{k}"} for k, one in enumerate(CART[::-1])]})
    assert turned.timing == agent.predict(some[-1]).timing


def test_ten_thousand_events_are_read_in_a_window_that_is_told(agent):
    many = [event(k * 3, "view_item", str(k % 50)) for k in range(10_000)]
    answer = agent.predict(shopper(many), evidence="none")
    assert "newest_events_read:1000_of_10000" in answer.warnings


@pytest.mark.parametrize(
    ("more", "status"), [({"events": []}, "insufficient_data"), ({"consent": {"analytics": False}}, "refused_consent")]
)
def test_without_events_or_consent_there_is_no_answer(agent, more, status):
    answer = agent.predict(shopper(CART) | more)
    assert answer.status == status
    assert answer.timing is None


def test_odd_numbers_and_mixed_currencies_are_told_and_not_read(agent):
    odd = [*CART, event(2, "view_item", "fell", price=-3.0, quantity=0.0)]
    assert "odd_price_or_quantity:1" in agent.predict(shopper(odd)).warnings
    mixed = [event(9, "view_item", "a", price=5, currency="EUR"), event(8, "purchase", "a", price=1, currency="USD")]
    answer = agent.predict(shopper(mixed))
    assert "mixed_currencies" in answer.warnings
    assert "price_value" not in answer.motivation.labels
