"""``purchase-agent score`` as a user meets it, with a stub in the models' place."""

from __future__ import annotations

import csv
import fcntl
import gzip
import json
import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from purchase_agent.batch.folder import WorkFolder
from purchase_agent.batch.plan import load_plan
from purchase_agent.store import Store, asked
from tests.batch.made import AS_OF, rejects_of, rows_of, shopper, shoppers, write_jsonl
from tests.conftest import Ended
from tests.fakes import FakePredictor

Command = Callable[..., Ended]
COLUMNS = [
    "shopper_id", "as_of", "status", "intent", "intent_level", "p_buy_1", "p_buy_7", "p_buy_30", "p_buy_90",
    "motivation", "next_action", "timing", "expected_date", "engine", "prediction",
]  # fmt: skip
pytestmark = pytest.mark.usefixtures("fake_model")


@pytest.fixture
def score(command: Command, tmp_path: Path) -> Command:
    """The command, in this process and without a memory; ``OUT`` stands for ``out.parquet``."""
    pytest.importorskip("pyarrow")

    def call(*arguments: Any) -> Ended:
        return command(
            "score", *arguments, "--out", tmp_path / "out.parquet", "--workers", 1, "--cache", "none", "--json"
        )

    return call


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.parquet"


def test_a_row_a_shopper_with_the_columns_of_the_contract(score: Command, out: Path, tmp_path: Path) -> None:
    refused = shopper(9, consent={"analytics": False})
    ended = score(write_jsonl(tmp_path / "in.jsonl", [*shoppers(5), refused, {"shopper_id": "e", "texts": []}]))
    assert ended.status == 0
    table = pq.read_table(out)
    assert table.schema.names == COLUMNS
    rows = {row["shopper_id"]: row for row in rows_of(out)}
    assert {row["status"] for row in rows.values()} == {"ok", "refused_consent", "insufficient_data"}
    good = rows["s1"]
    assert (good["intent"], good["intent_level"], good["p_buy_7"], good["p_buy_30"]) == ("consideration", 3, 0.5, 0.62)
    assert good["motivation"] == ["replacement"]
    assert isinstance(good["as_of"], datetime)
    assert good["as_of"].tzinfo is not None
    assert good["expected_date"] == good["as_of"].date()
    assert good["prediction"]["shopper_id"] == "s1"
    assert rows["s9"]["intent"] is None
    assert rows["s9"]["motivation"] is None
    told = json.loads(ended.out)
    assert (told["rows_in"], told["rows_kept"], told["rows_rejected"], told["rows_out"]) == (7, 7, 0, 7)
    assert told["statuses"] == {"ok": 5, "refused_consent": 1, "insufficient_data": 1}
    assert rejects_of(out) == []
    assert not out.with_name("out.parquet.work").exists()


def test_rows_in_are_rows_out_and_rows_rejected(score: Command, out: Path, tmp_path: Path) -> None:
    bad = [
        '{"shopper_id": "x"', shopper(1), {"shopper_id": "y", "texts": [{"text": "a", "rating": "b"}]},
        {"texts": [{"text": "whose?"}]}, '"a sentence"', {"shopper_id": 7, "texts": []},
        {"shopper_id": "z", "ttexts": []},
    ]  # fmt: skip
    source = write_jsonl(tmp_path / "in.jsonl", [*shoppers(3), *bad])
    ended = score(source)
    assert ended.status == 3
    told = json.loads(ended.out)
    assert told["rows_in"] == 10 == told["rows_out"] + told["rows_rejected"]
    rejects = rejects_of(out)
    assert len(rejects) == told["rows_rejected"] == 7
    assert {tuple(row) for row in rejects} == {("file", "line", "byte_offset", "field", "reason", "row_sha256")}
    assert sorted(row["line"] for row in rejects) == [4, 5, 6, 7, 8, 9, 10]
    (second,) = [row for row in rejects if row["line"] == 5]
    assert second["reason"] == "a second row of this shopper: the first one counts"
    raw = source.read_bytes()
    assert raw[second["byte_offset"] :].startswith(b'{"shopper_id": "s1"')
    assert "7 rejected" in ended.err


def test_shoppers_texts_and_events_of_one_shopper_join(score: Command, out: Path, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in" / "a.jsonl", [shopper(1), shopper(2)])
    with (tmp_path / "in" / "texts.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["shopper_id", "text", "at", "text_id", "rating", "channel", "note"])
        writer.writerow(["s1", "mine at last!", "2026-08-30T10:00:00Z", "r1", "4.5", "review", "kept apart"])
        writer.writerow(["s1", "again", "2026-08-30T10:00:00Z", "r1", "", "", ""])
        writer.writerow(["new", "still looking", "", "", "", "", ""])
        writer.writerow(["new", "", "", "", "", "", ""])
        writer.writerow(["new", "x", "", "", "five", "", ""])
    table = pa.table(
        {
            "shopper_id": ["s2", "s2", "e1"], "type": ["view_item", "view_item", "purchase"],
            "at": pa.array([datetime(2026, 8, 31, tzinfo=UTC)] * 3, pa.timestamp("us", "UTC")),
            "item_id": ["k", "k", "k"], "price": [9.5, 9.5, 20.0], "currency": ["EUR"] * 3,
        }
    )  # fmt: skip
    pq.write_table(table, tmp_path / "in" / "events.parquet")
    ended = score(tmp_path / "in", "--as-of", AS_OF)
    assert ended.status == 3
    told = json.loads(ended.out)
    assert told["rows_in"] == 10 == told["rows_kept"] + told["rows_rejected"]
    assert told["rows_out"] == told["shoppers"] == 4
    rows = {row["shopper_id"]: row for row in rows_of(out)}
    assert set(rows) == {"s1", "s2", "new", "e1"}
    assert rows["s1"]["intent"] == "ready", "the newest text is that of the CSV"
    reasons = sorted(row["reason"] for row in rejects_of(out))
    assert reasons[0] == "Field required"
    assert reasons[1:3] == [
        "a duplicate: a text of this id was read before",
        "a duplicate: the same event was read before",
    ]


def test_shoppers_in_parquet_and_packed_files(score: Command, out: Path, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{**shopper(1), "shopper_id": "p1"}, {"shopper_id": "p2", "texts": [{"text": "hm"}]}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    with gzip.open(tmp_path / "b.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps(shopper(3)) + "\n")
    (tmp_path / "empty.jsonl").touch()
    ended = score(tmp_path / "a.parquet", str(tmp_path / "*.gz"), tmp_path / "empty.jsonl", tmp_path / "a.parquet")
    assert ended.status == 0, ended.err
    assert {row["shopper_id"] for row in rows_of(out)} == {"p1", "p2", "s3"}


def test_ids_join_shoppers_of_several_systems(score: Command, out: Path, tmp_path: Path) -> None:
    (tmp_path / "ids.csv").write_text("from,to\ncookie9,s1\n")
    write_jsonl(tmp_path / "a.jsonl", [shopper(1)])
    (tmp_path / "t.csv").write_text("shopper_id,text\ncookie9,on the phone!\n")
    ended = score(tmp_path / "a.jsonl", tmp_path / "t.csv", "--ids", tmp_path / "ids.csv")
    assert ended.status == 0
    (row,) = rows_of(out)
    assert (row["shopper_id"], row["intent"]) == ("s1", "ready")


def test_events_by_a_map_of_ones_own(score: Command, out: Path, tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(
        "format: mine\ncolumns: {shopper_id: who, item_id: sku}\nevents:\n"
        "  - {type: purchase, time: {column: day, unit: iso}}\n"
    )
    (tmp_path / "orders.csv").write_text("who,sku,day\na,k1,2026-08-01\na,k2,2026-08-20\nb,k1,soon\n")
    ended = score(tmp_path / "orders.csv", "--map", tmp_path / "map.yaml")
    assert ended.status == 3
    assert [row["shopper_id"] for row in rows_of(out)] == ["a"]
    assert [row["line"] for row in rejects_of(out)] == [4]


def test_a_file_that_is_none_of_the_three_is_told_with_what_was_seen(score: Command, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("name,colour\nkettle,red\n")
    ended = score(tmp_path / "x.csv")
    assert ended.status == 2
    assert "name, colour" in ended.err
    assert "inspect" in ended.err
    assert score(tmp_path / "nothing.jsonl").status == 2
    assert score(tmp_path / "*.nothing").status == 2


def test_the_moment_is_each_shoppers_own_else_one_for_all(score: Command, out: Path, tmp_path: Path) -> None:
    rows = [shopper(1, as_of="2026-08-05T00:00:00Z"), shopper(2), shopper(3)]
    score(write_jsonl(tmp_path / "in.jsonl", rows))
    found = {row["shopper_id"]: row["as_of"] for row in rows_of(out)}
    assert found["s1"].date() == date(2026, 8, 5)
    assert found["s2"] == found["s3"]


def test_a_row_a_text(score: Command, out: Path, tmp_path: Path) -> None:
    ended = score(write_jsonl(tmp_path / "in.jsonl", shoppers(2)), "--per-text")
    assert ended.status == 0
    rows = rows_of(out)
    assert sorted((row["shopper_id"], row["text_id"]) for row in rows) == [
        ("s0", "t1"), ("s0", "t2"), ("s1", "t1"), ("s1", "t2"),
    ]  # fmt: skip
    assert score(tmp_path / "in.jsonl", "--per-text", "--store", tmp_path / "s").status == 2


def test_pseudonyms_are_all_that_is_kept(
    command: Command, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("duckdb")
    store = tmp_path / "store.duckdb"
    source = write_jsonl(tmp_path / "in.jsonl", [{**shopper(1), "shopper_id": "anna@example.com"}, "{"])
    options = ("--out", out, "--workers", 1, "--cache", tmp_path / "cache", "--hash-ids", "--store", store)
    assert command("score", source, *options).status == 1
    monkeypatch.setattr(os, "environ", {**os.environ, "PURCHASE_AGENT_HASH_KEY": "0123456789abcdef"})
    assert command("score", source, *options).status == 3
    (row,) = rows_of(out)
    assert len(row["shopper_id"]) == 64
    for path in tmp_path.rglob("*"):
        if path.is_file() and path != source:
            assert b"anna" not in path.read_bytes(), path


def test_a_finished_output_is_left_alone_and_another_plan_is_refused(
    score: Command, out: Path, tmp_path: Path, fake_model: FakePredictor
) -> None:
    source = write_jsonl(tmp_path / "in.jsonl", shoppers(3))
    score(source)
    asked = len(fake_model.batches)
    again = score(source)
    assert again.status == 0
    assert "is finished" in again.err
    assert json.loads(again.out)["was_finished"] is True
    assert len(fake_model.batches) == asked
    other = score(source, "--evidence", "fast")
    assert other.status == 2
    assert "with other evidence" in other.err
    write_jsonl(source, shoppers(4))
    assert "with other inputs" in score(source).err
    assert len(rows_of(out)) == 3
    assert score(source, "--overwrite").status == 0
    assert len(rows_of(out)) == 4
    out.write_bytes(b"somebody's own")
    refused = score(source)
    assert refused.status == 2
    assert "no run of this kind wrote" in refused.err
    assert out.read_bytes() == b"somebody's own"


def test_a_no_in_any_row_of_a_shopper_counts_also_against_what_is_remembered(
    command: Command, out: Path, tmp_path: Path
) -> None:
    first = write_jsonl(tmp_path / "a.jsonl", [shopper(1), shopper(2), shopper(3), {**shopper(4), "shopper_id": "7"}])
    options = ("--out", out, "--workers", 1, "--cache", tmp_path / "cache", "--as-of", AS_OF)
    assert command("score", first, *options).status == 0
    assert {row["status"] for row in rows_of(out)} == {"ok"}
    refusing = [
        shopper(1, consent={"analytics": False}, timezone="Mars/X"),
        shopper(2, consent={"analytics": False}),
        {**shopper(4), "shopper_id": 7, "consent": {"analytics": False}},
    ]
    second = write_jsonl(tmp_path / "b.jsonl", refusing)
    ended = command("score", first, second, *options, "--overwrite", "--json")
    assert ended.status == 3
    statuses = {row["shopper_id"]: row["status"] for row in rows_of(out)}
    refused = "refused_consent"
    assert statuses == {"s1": refused, "s2": refused, "s3": "ok", "7": refused}
    assert [row["line"] for row in sorted(rejects_of(out), key=lambda row: row["line"])] == [1, 2, 3]
    told = json.loads(ended.out)
    assert told["rows_in"] == 7 == told["rows_kept"] + told["rows_rejected"]


def test_a_run_begun_anew_over_its_own_output_is_gone_on_with(
    score: Command, tmp_path: Path, fake_model: FakePredictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: Any) -> Any:
        raise KeyboardInterrupt

    source = write_jsonl(tmp_path / "in.jsonl", shoppers(3))
    finished = json.loads(score(source).out)["run_id"]
    with monkeypatch.context() as patch:
        patch.setattr(fake_model, "predict", interrupt)
        assert score(source, "--overwrite").status == 130
    begun = load_plan(tmp_path / "out.parquet.work" / "plan.json")
    assert begun is not None
    again = json.loads(score(source).out)
    assert (again["run_id"], again["was_finished"], again["resumed"]) == (begun.run_id, False, True)
    assert begun.run_id != finished
    assert json.loads(score(source).out)["was_finished"] is True


def test_what_a_finished_run_could_not_tidy_up_is_no_unfinished_run(
    score: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_jsonl(tmp_path / "in.jsonl", shoppers(3))
    with monkeypatch.context() as patch:
        patch.setattr(WorkFolder, "remove", lambda _: None)
        finished = json.loads(score(source).out)["run_id"]
    work = tmp_path / "out.parquet.work"
    assert (work / "plan.json").exists()
    again = json.loads(score(source).out)
    assert (again["run_id"], again["was_finished"]) == (finished, True)
    assert not work.exists()
    with monkeypatch.context() as patch:
        patch.setattr(WorkFolder, "remove", lambda _: None)
        finished = json.loads(score(source, "--overwrite").out)["run_id"]
    anew = json.loads(score(source, "--overwrite").out)
    assert anew["run_id"] != finished
    assert anew["resumed"] is False


def test_a_store_that_cannot_be_opened_leaves_no_plan(score: Command, out: Path, tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    source = write_jsonl(tmp_path / "in.jsonl", shoppers(3))
    (tmp_path / "notes.txt").write_text("mine")
    ended = score(source, "--store", tmp_path / "notes.txt")
    assert ended.status == 1
    assert "notes.txt is not a store" in ended.err
    assert not out.with_name("out.parquet.work").exists()
    assert score(source, "--store", tmp_path / "s.duckdb").status == 0
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_store_that_cannot_be_opened_later_keeps_what_was_done(
    score: Command, tmp_path: Path, fake_model: FakePredictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("duckdb")

    def interrupt(*_: Any) -> Any:
        raise KeyboardInterrupt

    source, store = write_jsonl(tmp_path / "in.jsonl", shoppers(3)), tmp_path / "s.duckdb"
    with monkeypatch.context() as patch:
        patch.setattr(fake_model, "predict", interrupt)
        assert score(source, "--store", store).status == 130
    with Store(store, write=True):
        ended = score(source, "--store", store)
    assert ended.status == 1
    assert "being written" in ended.err
    assert json.loads(score(source, "--store", store).out)["resumed"] is True


def test_the_store_is_never_the_output(score: Command, out: Path, tmp_path: Path) -> None:
    source = write_jsonl(tmp_path / "in.jsonl", shoppers(1))
    ended = score(source, "--store", tmp_path / "." / "out.parquet")
    assert ended.status == 2
    assert "take the store's place" in ended.err
    assert not out.exists()


def test_a_store_is_given_quotes_unless_told_otherwise(score: Command, tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    source, store = write_jsonl(tmp_path / "in.jsonl", shoppers(1)), tmp_path / "s.duckdb"
    assert score(source).status == 0
    assert score(source, "--evidence", "none").err.startswith(str(tmp_path / "out.parquet") + " is finished")
    assert score(source, "--store", store, "--overwrite").status == 0
    assert score(source, "--store", store, "--evidence", "fast").err.startswith(
        str(tmp_path / "out.parquet") + " is finished"
    )
    assert score(source, "--store", store, "--evidence", "none", "--overwrite").status == 0
    assert asked(store, "SELECT evidence FROM runs ORDER BY number") == [("fast",), ("none",)]


def test_one_shoppers_own_later_moment_is_not_the_runs(score: Command, tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    rows = [shopper(1), shopper(2, as_of="2035-01-01T00:00:00Z"), shopper(3, as_of="2026-08-20")]
    source, store = write_jsonl(tmp_path / "in.jsonl", rows), tmp_path / "s.duckdb"
    ended = score(source, "--store", store, "--as-of", AS_OF)
    assert "1 shoppers tell an as_of of their own later than the run's, 2026-09-01" in ended.err
    assert json.loads(ended.out)["ahead"] == 1
    moment = datetime(2026, 9, 1, tzinfo=UTC)
    assert asked(store, "SELECT as_of FROM runs") == [(moment,)]
    assert "as_of" not in score(write_jsonl(source, rows[::2]), "--as-of", AS_OF, "--overwrite").err
    assert score(source, "--store", store, "--overwrite").status == 0
    assert asked(store, "SELECT as_of <= started_at FROM runs ORDER BY number DESC LIMIT 1") == [(True,)]


def test_a_damaged_plan_is_told_and_overwritten_on_demand(score: Command, tmp_path: Path) -> None:
    source = write_jsonl(tmp_path / "in.jsonl", shoppers(3))
    (tmp_path / "out.parquet.work").mkdir()
    (tmp_path / "out.parquet.work" / "plan.json").write_text("{")
    ended = score(source)
    assert ended.status == 1
    assert "no plan of this version" in ended.err
    assert score(source, "--overwrite").status == 0
    (tmp_path / "out.parquet").unlink()
    assert "nothing to go on with" in score(source, "--resume").err


def test_one_that_cannot_be_predicted_is_rejected_alone(
    score: Command, out: Path, tmp_path: Path, fake_model: FakePredictor
) -> None:
    fake_model.fails_on = "poison"
    rows = [*shoppers(3), {"shopper_id": "p", "texts": [{"text": "poison"}]}, shopper(4)]
    ended = score(write_jsonl(tmp_path / "in.jsonl", rows))
    assert ended.status == 3
    assert len(rows_of(out)) == 4
    (reject,) = rejects_of(out)
    assert (reject["line"], reject["reason"]) == (4, "could not be predicted: ArithmeticError")


def test_two_runs_on_one_output_do_not_meet(score: Command, tmp_path: Path) -> None:
    source = write_jsonl(tmp_path / "in.jsonl", shoppers(1))
    work = tmp_path / "out.parquet.work"
    work.mkdir()
    with (work / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ended = score(source)
    assert ended.status == 2
    assert "another run is writing" in ended.err
    assert score(source).status == 0


def test_the_work_folder_is_the_owners_only(
    score: Command, tmp_path: Path, fake_model: FakePredictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, int]] = []

    def look(*arguments: Any) -> Any:
        there = (tmp_path / "out.parquet.work").rglob("*")
        seen.extend((path.name, path.stat().st_mode & 0o077) for path in there)
        return FakePredictor.predict(fake_model, *arguments)

    monkeypatch.setattr(fake_model, "predict", look)
    score(write_jsonl(tmp_path / "in.jsonl", shoppers(1)))
    words = {mode for name, mode in seen if name.endswith((".spill", ".store.jsonl"))}
    assert words == {0}
    assert ("read", 0) in seen
    assert ("parts", 0) in seen


def test_an_interrupt_says_how_to_go_on(
    score: Command, out: Path, tmp_path: Path, fake_model: FakePredictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: Any) -> Any:
        raise KeyboardInterrupt

    source = write_jsonl(tmp_path / "in.jsonl", shoppers(3))
    with monkeypatch.context() as patch:
        patch.setattr(fake_model, "predict", interrupt)
        ended = score(source)
    assert ended.status == 130
    assert "goes on" in ended.err
    assert not out.exists()
    again = score(source)
    assert again.status == 0
    assert json.loads(again.out)["resumed"] is True
