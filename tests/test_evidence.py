from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from purchase_agent.errors import InputError
from purchase_agent.evidence import MAX_TEXT_BYTES, Shopper, Text, in_utc, parse_time, read_shopper, repair


def given(**fields: Any) -> dict[str, Any]:
    return {"shopper_id": "c1", "texts": [{"text": "hello"}], **fields}


def test_a_sentence_is_a_shopper_with_one_text() -> None:
    shopper = read_shopper("which one?")
    assert [(text.id, text.text, text.channel, text.role) for text in shopper.texts] == [
        ("t1", "which one?", "chat", "shopper")
    ]


def test_a_shopper_is_given_back_as_he_is() -> None:
    shopper = Shopper(shopper_id="c1", texts=(Text(text="x"),))
    assert read_shopper(shopper) is shopper


def test_the_whole_form_of_the_contract_is_read() -> None:
    shopper = read_shopper(
        {
            "shopper_id": "c1", "as_of": "2026-11-22T10:00:00Z", "timezone": "Asia/Shanghai", "language": "zh",
            "consent": {"analytics": True, "marketing": False}, "target": {"scope": "category", "id": "shoes"},
            "texts": [
                {
                    "id": "a", "channel": "review", "text": "好", "at": "2026-11-01T10:00:00+08:00", "role": "shopper",
                    "item_id": "sku9", "category": "shoes", "rating": 4, "thread_id": "h1", "language": "zh",
                }
            ],
            "events": [
                {
                    "id": "e", "type": "view_item", "at": "2026-11-01T10:00:00Z", "item_id": "sku9", "category": "s",
                    "query": "q", "price": 9.9, "currency": "EUR", "quantity": 1,
                }
            ],
        }
    )  # fmt: skip
    assert shopper.texts[0].rating == 4
    assert in_utc(shopper.texts[0].at or datetime.now(UTC)).hour == 2
    assert shopper.events[0].price == 9.9


def test_records_without_an_id_get_one_that_nobody_has() -> None:
    texts = [{"text": "a"}, {"text": "b", "id": "t1"}, {"text": "c"}, {"text": "d", "id": "t3"}]
    assert [text.id for text in read_shopper(given(texts=texts)).texts] == ["t2", "t1", "t4", "t3"]


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"texts": [{"text": "x", "rating": float("nan")}]}, "texts.0.rating"),
        ({"texts": [{"text": "x", "rating": "1_0"}]}, "texts.0.rating"),
        ({"texts": [{"text": "x", "rating": 11}]}, "texts.0.rating"),
        ({"events": [{"type": "purchase", "at": "2026-01-01", "price": float("inf")}]}, "events.0.price"),
        ({"events": [{"type": "purchase", "at": "2026-01-01", "quantity": True}]}, "events.0.quantity"),
        ({"events": [{"type": "purchase"}]}, "events.0.at"),
        ({"consent": {"analytics": "no"}}, "consent.analytics"),
        ({"shopper_id": "x" * 257}, "shopper_id"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"as_of": "1970-01-01"}, "as_of"),
        ({"as_of": "9999-01-01T00:00:00Z"}, "as_of"),
        ({"as_of": "２０２６-01-01"}, "as_of"),
        ({"extra": 1}, "extra"),
    ],
)
def test_what_cannot_be_used_is_named(fields: dict[str, Any], place: str) -> None:
    with pytest.raises(InputError) as refused:
        read_shopper(given(**fields))
    assert refused.value.field == place
    assert place in refused.value.message
    assert refused.value.hint


def test_several_faults_are_told_together_and_the_list_is_bounded() -> None:
    with pytest.raises(InputError, match="and 3 more"):
        read_shopper(given(**{f"field{number}": 1 for number in range(8)}))


@pytest.mark.parametrize("value", [None, 5, 1.5, ["hello"], b"hello", True])
def test_only_a_sentence_or_an_object_is_a_shopper(value: Any) -> None:
    with pytest.raises(InputError):
        read_shopper(value)


def test_a_shopper_needs_texts_or_events() -> None:
    with pytest.raises(InputError, match="needs texts or events"):
        read_shopper({"shopper_id": "c1"})
    assert read_shopper({"shopper_id": "c1", "events": []}).texts == ()


def test_the_limit_of_a_text_counts_bytes() -> None:
    assert read_shopper("手" * (MAX_TEXT_BYTES // 3)).texts
    with pytest.raises(InputError, match=f"at most {MAX_TEXT_BYTES}"):
        read_shopper("手" * (MAX_TEXT_BYTES // 3 + 1))


def test_lone_surrogates_are_repaired_one_for_one_and_all_else_is_kept() -> None:
    assert repair({"a\ud800": ["x\udfffy", 1, None, True, 2.5]}) == {"a\ufffd": ["x\ufffdy", 1, None, True, 2.5]}
    assert read_shopper("\ud83d is half a face").texts[0].text == "\ufffd is half a face"


@pytest.mark.parametrize(
    "value", ["2026-11-22", "2026-11-22T10:00", "2026-11-22 10:00:00.123", " 2026-11-22T10:00:00Z "]
)
def test_times_in_iso_8601(value: str) -> None:
    assert (parse_time(value).year, parse_time(value).day) == (2026, 22)


@pytest.mark.parametrize("value", ["22/11/2026", "2026-13-01", "20261122", "now", "", 0, 1.5, None, True])
def test_other_times_are_refused(value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        parse_time(value)


def test_a_time_without_a_zone_is_utc() -> None:
    naive = datetime(2026, 1, 1, 10)  # noqa: DTZ001
    assert in_utc(naive) == datetime(2026, 1, 1, 10, tzinfo=UTC)
    assert in_utc(naive.replace(tzinfo=timezone(timedelta(hours=8)))).hour == 2
