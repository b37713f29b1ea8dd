"""Event files that the page sends."""

import gzip
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from purchase_agent.errors import InputError
from purchase_agent.web import event_upload
from purchase_agent.web.event_upload import MOST_EVENTS, read_upload
from tests.web.test_routes import problem

CSV = (
    "shopper_id,type,at,item_id,category,price\n"
    "a,view_item,2026-11-01T10:00:00Z,i1,shoes,9.5\n"
    "a,purchase,2026-11-02T10:00:00Z,i1,shoes,9.5\n"
    "b,view_item,2026-11-02T10:00:00Z,i2,,\n"
    "b,view_item,yesterday,i2,,\n"
)
BYTES = {"content-type": "application/octet-stream"}


def test_a_file_becomes_shoppers_the_most_active_first():
    told = read_upload("events.csv", CSV.encode())
    assert (told.map, told.rows_in, told.kept, told.rejected_rows) == ("ours", 4, 3, 1)
    assert [(one.shopper_id, len(one.events)) for one in told.shoppers] == [("a", 2), ("b", 1)]
    assert [one.type for one in told.shoppers[0].events] == ["view_item", "purchase"]
    assert (told.rejected[0].line, told.rejected[0].field) == (5, "at")
    assert read_upload("events.csv.gz", gzip.compress(CSV.encode())).kept == 3


def test_of_many_events_the_newest_are_kept():
    start = datetime(2026, 1, 1, tzinfo=UTC)
    lines = [f"a,view_item,{(start + timedelta(hours=n)).isoformat()},{n}" for n in range(MOST_EVENTS + 7)]
    (one,) = read_upload("e.csv", "\n".join(["shopper_id,type,at,item_id", *lines]).encode()).shoppers
    assert one.events[0].item_id == "7"
    assert (len(one.events), one.left_out) == (MOST_EVENTS, 7)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("e.csv", b""), ("e.csv", b"a,b\n1,2\n"), ("e.xlsx", b"PK\x03\x04"), ("e.parquet", b"PAR1 nothing"),
        ("../../etc/passwd", b"root"), ("e.csv.gz", b"\x1f\x8b\x08 broken"), ("e.jsonl", b"\x00\x01"), ("...", b"x"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_without_the_servers_paths(name, content):
    with pytest.raises(InputError) as error:
        read_upload(name, content)
    assert tempfile.gettempdir() not in str(error.value)


def test_nothing_is_left_on_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    read_upload("events.csv", CSV.encode())
    with pytest.raises(InputError):
        read_upload("events.csv", b"a,b\n")
    assert list(Path(tmp_path).iterdir()) == []


async def test_what_was_read_can_be_predicted(connect):
    async with connect() as client:
        answer = await client.post("/v1/events?name=events.csv", content=CSV.encode(), headers=BYTES)
        found = answer.json()["shoppers"][0]
        given = {"shopper_id": found["shopper_id"], "events": found["events"], "as_of": "2026-11-03T00:00:00Z"}
        predicted = await client.post("/v1/predict", json=given)
    assert predicted.status_code == 200
    assert predicted.json()["shopper_id"] == "a"


async def test_uploads_are_bounded_and_named(connect):
    async with connect() as client:
        send = client.post
        problem(await send("/v1/events", content=b"x", headers=BYTES), 422, "invalid-input")
        problem(await send("/v1/events?name=", content=b"x", headers=BYTES), 422, "invalid-input")
        problem(await send("/v1/events?name=a&name=b", content=b"x", headers=BYTES), 422, "invalid-input")
        problem(await send("/v1/events?name=e.csv", content=b"x" * (4 << 20 | 1), headers=BYTES), 413, "too-large")
        problem(await send("/v1/events?name=e.csv", json={}), 415, "unsupported-media-type")


async def test_a_name_of_many_bytes_and_a_file_of_many_events(connect, monkeypatch):
    monkeypatch.setattr(event_upload, "MOST_READ", 2)
    async with connect() as client:
        long = await client.post("/v1/events", params={"name": "事" * 96 + ".csv"}, content=CSV, headers=BYTES)
        problem(long, 422, "invalid-input")
    assert "more than 2 events" in long.json()["detail"]
