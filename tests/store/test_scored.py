from datetime import UTC, datetime, timedelta
from typing import Any

from purchase_agent.evidence import Shopper, read_shopper
from purchase_agent.prediction import Prediction
from purchase_agent.store.schema import names
from purchase_agent.store.scored import Scored, rows_of
from tests.store_samples import predicted

AS_OF = datetime(2026, 11, 9, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def shopper(**fields: Any) -> Shopper:
    return read_shopper({"shopper_id": "c1", "texts": [], **fields})


def row(person: Shopper, prediction: Prediction | None = None) -> dict[str, Any]:
    rows = rows_of(Scored(person, prediction or predicted("c1", AS_OF)))
    return dict(zip(names("predictions")[1:], rows.prediction, strict=True))


def event(kind: str, days_ago: float, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "at": (AS_OF - days_ago * DAY).isoformat(), **fields}


def test_a_prediction_fills_its_columns() -> None:
    found = row(shopper(language="zh"), predicted("c1", AS_OF, "ready", ["gift"], {"price": 0.5, "delivery": 0.49}))
    assert found["intent"] == "ready"
    assert found["intent_level"] == 4
    assert (found["p_buy_1"], found["p_buy_7"], found["p_buy_30"]) == (0.15, 0.45, 0.75)
    assert found["motivation"] == ["gift"]
    assert found["barriers"] == ["price"]
    assert found["as_of"] == AS_OF.replace(tzinfo=None)
    assert found["language"] == "zh"
    assert Prediction.model_validate_json(found["prediction"]).shopper_id == "c1"


def test_without_consent_nothing_of_what_he_wrote_or_did_is_kept() -> None:
    person = shopper(
        consent={"analytics": False, "marketing": True},
        texts=[{"text": "secret words"}], events=[event("purchase", 1, item_id="pills", price=3)],
    )  # fmt: skip
    rows = rows_of(Scored(person, predicted("c1", AS_OF, status="refused_consent")))
    found = dict(zip(names("predictions")[1:], rows.prediction, strict=True))
    assert (rows.texts, rows.events) == ([], [])
    assert found["status"] == "refused_consent"
    assert found["items"] == []
    assert found["first_seen"] is None
    assert "secret" not in str(rows)


def test_what_lies_after_as_of_is_not_stored() -> None:
    person = shopper(
        texts=[{"id": "t1", "text": "before", "at": AS_OF - DAY}, {"id": "t2", "text": "after", "at": AS_OF + DAY}],
        events=[event("view_item", 1), event("purchase", -1)],
    )
    rows = rows_of(Scored(person, predicted("c1", AS_OF)))
    assert [one[1] for one in rows.texts] == ["t1"]
    assert [one[2] for one in rows.events] == ["view_item"]


def test_an_event_told_twice_is_one_and_types_are_our_actions() -> None:
    twice = event("Product Viewed", 2, item_id="a")
    person = shopper(events=[{**twice, "id": "e1"}, {**twice, "id": "e2"}, event("page_view", 3)])
    rows = rows_of(Scored(person, predicted("c1", AS_OF)))
    assert [one[2] for one in rows.events] == ["other:page_view", "view_item"]


def test_lines_of_one_order_are_one_order() -> None:
    person = shopper(
        events=[
            event("purchase", 9, item_id="a", price=10.0, currency="EUR", quantity=2.0),
            event("purchase", 9, item_id="b", price=5.0, currency="EUR"),
            event("purchase", 3, item_id="a", price=10.0, currency="EUR"),
            event("purchase", 2, item_id="c", price=100.0, currency="JPY"),
            event("purchase", 1, item_id="d"),
        ]
    )
    found = row(person)
    assert (found["orders"], found["units"], found["spent"], found["currency"]) == (4, 6.0, 35.0, "EUR")


def test_impossible_prices_and_quantities_add_nothing() -> None:
    found = row(shopper(events=[event("purchase", 1, price=-5.0, quantity=-3.0)]))
    assert (found["orders"], found["units"], found["spent"]) == (1, 1.0, None)


def test_recent_items_are_newest_first_and_older_ones_left_out() -> None:
    person = shopper(
        texts=[{"text": "nice", "at": AS_OF - DAY, "item_id": "t"}],
        events=[event("view_item", days, item_id=item) for days, item in ((95, "old"), (5, "a"), (4, "b"), (3, "a"))],
    )
    found = row(person)
    assert found["items"] == ["t", "a", "b"]
    assert found["first_seen"] == (AS_OF - 95 * DAY).replace(tzinfo=None)
    assert found["last_seen"] == (AS_OF - DAY).replace(tzinfo=None)


def test_quotes_are_verbatim_and_of_the_shoppers_own_words() -> None:
    person = shopper(texts=[{"id": "t1", "text": "far too dear"}, {"id": "t2", "text": "answer", "role": "agent"}])
    evidence = [
        {"supports": "barrier.price", "source": source, "quote": quote, "weight": 1.0}
        for source, quote in (("t1", "too dear"), ("t1", "too dear"), ("t1", "made up"), ("t2", "answer"))
    ]
    rows = rows_of(Scored(person, predicted("c1", AS_OF, evidence=evidence)))
    quotes = {one[1]: one[15] for one in rows.texts}
    assert quotes == {"t1": '[{"supports": "barrier.price", "quote": "too dear"}]', "t2": "[]"}


def test_a_text_carries_the_labels_of_its_own_prediction_and_a_text_without_a_time_is_of_now() -> None:
    person = shopper(texts=[{"id": "t1", "text": "鞋子太贵了"}, {"id": "t2", "text": "no labels"}])
    alone = predicted("c1", AS_OF, "exploration", ["price_value"], {"price": 0.9}, sentiment="negative")
    first, second = rows_of(Scored(person, predicted("c1", AS_OF), {"t1": alone})).texts
    assert first[2] == AS_OF.replace(tzinfo=None)
    assert first[9] == "zh"
    assert first[11:15] == ("exploration", ["price_value"], ["price"], "negative")
    assert second[11:15] == (None, None, None, None)


def test_a_search_event_that_was_predicted_is_a_text() -> None:
    person = shopper(events=[event("search", 1, id="e9", query="red shoes", category="shoes")])
    (text,) = rows_of(Scored(person, predicted("c1", AS_OF), {"e9": predicted("c1", AS_OF, "exploration")})).texts
    assert text[1] == "e9"
    assert text[3:7] == ("search_query", "shopper", None, "shoes")
    assert text[10:12] == ("red shoes", "exploration")


def test_times_without_a_zone_are_utc_and_others_are_moved_there() -> None:
    person = shopper(
        events=[{"type": "view_item", "at": "2026-11-01T08:00:00+08:00"}, {"type": "x", "at": "2026-11-01T01:00:00"}]
    )
    rows = rows_of(Scored(person, predicted("c1", AS_OF)))
    assert [one[3] for one in rows.events] == [datetime(2026, 11, 1, 0, 0), datetime(2026, 11, 1, 1, 0)]  # noqa: DTZ001
