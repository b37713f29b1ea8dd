"""Rows of shoppers put together, in bounded memory and in one order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from purchase_agent.batch import group as module
from purchase_agent.batch.group import group
from purchase_agent.batch.spill import (
    EVENTS,
    MORE_EVENTS,
    SHOPPER,
    TEXT,
    Row,
    SpillWriter,
    key_of,
    partition_of,
    read_spill,
)
from purchase_agent.evidence import Consent


def row(kind: int, shopper: str, payload: Any, line: int = 1) -> Row:
    return Row(kind, shopper, 0, line, 0, bytes(32), json.dumps(payload).encode())


def event(item: str = "k", **more: Any) -> dict[str, Any]:
    return {"type": "view_item", "at": "2026-08-01T00:00:00Z", "item_id": item, **more}


def test_rows_come_back_by_partition_as_they_were(tmp_path: Path) -> None:
    rows = [row(TEXT, f"顾客{number % 50}", {"text": f"w{number}"}, number) for number in range(1000)]
    with SpillWriter(tmp_path / "spill", 8, held_bytes=5000) as spill:
        for one in rows:
            spill.write(one)
    assert sum(spill.rows.values()) == 1000
    assert any(len(segments) > 1 for segments in spill.segments.values())
    found = [one for part in range(8) for one in read_spill(tmp_path / "spill", spill.segments.get(part, ()), 0)]
    assert sorted(found, key=lambda one: one.line) == rows
    for part, segments in spill.segments.items():
        for one in read_spill(tmp_path / "spill", segments, 0):
            assert partition_of(key_of(one.shopper_id), 8) == part


def test_the_order_does_not_depend_on_the_number_of_partitions() -> None:
    keys = sorted(key_of(f"s{number}") for number in range(500))
    for partitions in (1, 4, 64):
        assert [partition_of(key, partitions) for key in keys] == sorted(partition_of(key, partitions) for key in keys)
        assert partition_of(2**64 - 1, partitions) == partitions - 1


def test_shoppers_come_by_their_hash_with_what_all_rows_say() -> None:
    rows = [
        row(TEXT, "b", {"text": "one"}),
        row(EVENTS, "a", [[None, event()]], 2),
        row(SHOPPER, "a", {"shopper_id": "a", "language": "en", "texts": [{"id": "t", "text": "own"}]}, 3),
        row(TEXT, "a", {"id": "t", "text": "again"}, 4),
        row(TEXT, "a", {"text": "more"}, 5),
    ]
    found = list(group(rows))
    assert [one.shopper.shopper_id for one in found if one.shopper] == sorted("ab", key=key_of)
    (a,) = [one for one in found if one.shopper and one.shopper.shopper_id == "a"]
    assert a.shopper is not None
    assert [text.text for text in a.shopper.texts] == ["own", "more"]
    assert (a.shopper.language, len(a.shopper.events)) == ("en", 1)
    assert [(one.row.line, one.reason) for one in a.refused] == [(4, "a duplicate: a text of this id was read before")]


def test_an_event_counts_once_but_two_equal_items_of_an_order_are_two() -> None:
    rows = [
        row(EVENTS, "a", [["o1", event()], ["o1", event()]], 1),
        row(EVENTS, "a", [["o1", event()]], 2),
        row(EVENTS, "a", [["o2", event()]], 3),
        row(EVENTS, "a", [[None, event(id="e")]], 4),
        row(MORE_EVENTS, "a", [[None, event(id="e")]], 5),
        row(EVENTS, "a", [[None, event("other", id="e")]], 6),
    ]
    (one,) = group(rows)
    assert one.shopper is not None
    assert len(one.shopper.events) == 4
    assert [refusal.row.line for refusal in one.refused] == [2, 6]


def test_of_several_rows_of_a_shopper_the_first_usable_one_counts() -> None:
    rows = [
        row(SHOPPER, "a", {"shopper_id": "a", "texts": [{"text": "x", "rating": "b"}]}, 1),
        row(SHOPPER, "a", {"shopper_id": "a", "texts": [{"text": "y"}]}, 2),
        row(SHOPPER, "a", {"shopper_id": "a", "texts": [{"text": "z"}]}, 3),
    ]
    (one,) = group(rows)
    assert one.shopper is not None
    assert [text.text for text in one.shopper.texts] == ["y"]
    assert [(refusal.row.line, refusal.field) for refusal in one.refused] == [(1, "texts.0.rating"), (3, "shopper_id")]


@pytest.mark.parametrize(
    ("consent", "wanted"),
    [
        ({"analytics": False}, (False, True)),
        ({"marketing": False}, (True, False)),
        ({"marketing": "no"}, (True, False)),
        ({"analytics": None}, (True, True)),
        ({"analitics": False}, (False, False)),
        ("no", (False, False)),
        (None, (True, True)),
        ({}, (True, True)),
        ({"analytics": True}, (True, True)),
    ],
)
def test_a_no_in_a_row_that_is_refused_counts(consent: Any, wanted: tuple[bool, bool]) -> None:
    said = {"shopper_id": "a", "consent": consent, "texts": [{"text": "x"}]}
    refused = row(SHOPPER, "a", {**said, "timezone": "Mars/X"}, 1)
    whole = row(SHOPPER, "a", {"shopper_id": "a", "consent": {"analytics": True}, "texts": [{"text": "y"}]}, 2)
    for rows in (
        [refused, row(TEXT, "a", {"text": "z"}, 2)],
        [refused, whole],
        [whole, row(SHOPPER, "a", said, 3)],
        [row(EVENTS, "a", [[None, event()]]), refused],
    ):
        (one,) = group(rows)
        assert one.shopper is not None
        assert (one.shopper.consent.analytics, one.shopper.consent.marketing) == wanted


def test_a_no_beyond_the_rows_that_count_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 2)
    rows = [row(TEXT, "a", {"text": f"w{number}"}, number) for number in range(3)]
    said = {"shopper_id": "a", "consent": {"marketing": False}, "texts": []}
    (one,) = group([*rows, row(SHOPPER, "a", said, 4)])
    assert one.shopper is not None
    assert one.shopper.consent == Consent(marketing=False)
    assert len(one.refused) == 2


def test_whoever_has_too_many_rows_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 10)
    (one,) = group(row(TEXT, "a", {"text": f"w{number}"}, number) for number in range(25))
    assert one.shopper is not None
    assert len(one.shopper.texts) == 10
    assert [refusal.row.line for refusal in one.refused] == list(range(10, 25))
    assert all(not refusal.row.payload for refusal in one.refused)
