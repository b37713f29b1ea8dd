"""Event files as histories: joined, in order, each event once, nothing later than as_of."""

import json
from datetime import UTC, datetime

import pytest

from purchase_agent.errors import InputError
from purchase_agent.event_files import read_steps
from purchase_agent.readers.rejects import Rejected
from tests.histories import shop, write


@pytest.fixture
def rows(tmp_path):
    def make(name, *given):
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in given))
        return path

    return make


def row(shopper, at, kind="view_item", **more):
    return {"shopper_id": shopper, "type": kind, "at": at, **more}


def test_files_are_joined_and_sorted_whatever_their_order(rows):
    late = row("b", "2026-01-05T00:00:00Z", "purchase", price=3.5)
    first = rows("1.jsonl", late, row("a", "2026-01-03T00:00:00Z", item_id="x"))
    second = rows("2.jsonl", row("b", "2026-01-02T00:00:00Z"), late)
    found = read_steps([first, second])
    assert list(found.steps) == ["a", "b"]
    assert [step.action for step in found.steps["b"]] == ["view_item", "purchase"]
    assert found.steps["b"][1].price == 3.5
    assert (found.counts.rows_in, found.counts.rejected) == (4, 1)
    assert found.since == datetime(2026, 1, 2, tzinfo=UTC).timestamp()
    assert found.until == datetime(2026, 1, 5, tzinfo=UTC).timestamp()
    assert found.days == 3
    assert read_steps([second, first]).steps == found.steps


def test_nothing_later_than_as_of_is_read_and_refused_rows_are_told(rows):
    path = rows("1.jsonl", row("a", "2026-01-03T00:00:00Z"), row("a", "2026-01-09T00:00:00Z"), {"type": "x"})
    told: list[Rejected] = []
    found = read_steps([path], as_of=datetime(2026, 1, 4, tzinfo=UTC), rejected=told.append)
    assert len(found.steps["a"]) == 1
    assert [one.line for one in told] == [2, 3]


def test_the_zone_is_the_one_asked_for_or_the_maps(tmp_path, rows):
    lines = "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID\n1,a,2,2011-05-01 10:00:00,3.0,17850\n"
    (tmp_path / "r.csv").write_text(lines)
    assert read_steps([tmp_path / "r.csv"]).zone == "Europe/London"
    assert read_steps([tmp_path / "r.csv"], zone="Asia/Shanghai").zone == "Asia/Shanghai"
    assert read_steps([rows("1.jsonl", row("a", "2026-01-03T00:00:00Z"))]).zone == "UTC"
    with pytest.raises(InputError, match="no IANA time zone"):
        read_steps([tmp_path / "r.csv"], zone="Mars/Olympus")


def test_ids_join_two_systems(tmp_path, rows):
    (tmp_path / "ids.csv").write_text("from,to\nga.1,c1\n")
    path = rows("1.jsonl", row("ga.1", "2026-01-03T00:00:00Z"), row("c1", "2026-01-04T00:00:00Z"))
    assert {name: len(steps) for name, steps in read_steps([path], ids_file=tmp_path / "ids.csv").steps.items()} == {
        "c1": 2
    }


def test_files_without_an_event_are_an_error_with_the_counts(rows):
    with pytest.raises(InputError, match=r"no event in 1.jsonl: 1 rows, 1 of them rejected"):
        read_steps([rows("1.jsonl", row("a", "yesterday"))])


def test_what_is_written_is_read_back(tmp_path):
    shoppers = shop(20, 60)
    found = read_steps([write(tmp_path / "h.jsonl", shoppers)])
    assert {name: len(steps) for name, steps in found.steps.items()} == {n: len(s) for n, s in shoppers.steps.items()}
