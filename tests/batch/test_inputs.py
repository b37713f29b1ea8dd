"""Which files a run reads, and what each of them holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from purchase_agent.batch.inputs import find_inputs, look_at
from purchase_agent.errors import InputError
from purchase_agent.readers.mapping import parse_map
from tests.batch.made import shopper, write_jsonl

MAP = parse_map(b"format: m\ncolumns: {shopper_id: who}\nevents:\n  - {type: purchase, time: {column: day}}\n", "map")


def test_of_a_folder_what_can_be_read_and_was_not_written_by_a_run(tmp_path: Path) -> None:
    names = (
        "b.jsonl", "a.csv.gz", "deep/c.parquet", "d.TSV", "_SUCCESS.csv", ".hidden.csv", "notes.txt", "out.parquet",
        "x.parquet.rejected.jsonl", "x.parquet.work/read/1.jsonl",
    )  # fmt: skip
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = find_inputs([str(tmp_path), str(tmp_path / "b.jsonl"), str(tmp_path / "*.csv*")], tmp_path / "out.parquet")
    assert [str(path.relative_to(tmp_path)) for path in found] == [
        "a.csv.gz", "b.jsonl", "d.TSV", "deep/c.parquet", "_SUCCESS.csv",
    ]  # fmt: skip


@pytest.mark.parametrize("given", ["nothing-*.csv", "empty"])
def test_what_stands_for_no_file_is_told(tmp_path: Path, given: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no file to read"):
        find_inputs([str(tmp_path / given)], tmp_path / "out.parquet")


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.csv", "shopper_id,text\nc1,hm\n", "texts"),
        ("a.csv", "shopper_id,type,at\nc1,view_item,2026-08-01\n", "events"),
        ("a.csv", "", "empty"),
        ("a.jsonl", '{"shopper_id": "c1", "text": "hm"}\n', "texts"),
        ("a.jsonl", '{\n{"shopper_id": "c1", "texts": []}\n', "shoppers"),
        ("a.jsonl", '{"shopper_id": "c1", "type": "view_item", "at": "2026-08-01"}\n', "events"),
    ],
)
def test_a_file_is_told_by_its_rows(tmp_path: Path, name: str, content: str, kind: str) -> None:
    (tmp_path / name).write_text(content)
    assert look_at(tmp_path / name, None).kind == kind


def test_a_map_is_for_files_that_make_events_by_it(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("who,day\na,2026-08-01\n")
    (tmp_path / "texts.csv").write_text("shopper_id,text\na,hm\n")
    (tmp_path / "other.csv").write_text("x,y\n1,2\n")
    assert (look_at(tmp_path / "orders.csv", MAP).kind, look_at(tmp_path / "orders.csv", MAP).map) == ("events", None)
    assert look_at(tmp_path / "texts.csv", MAP).kind == "texts"
    assert look_at(write_jsonl(tmp_path / "s.jsonl", [shopper(1)]), MAP).kind == "shoppers"
    with pytest.raises(InputError, match="the map finds no event"):
        look_at(tmp_path / "other.csv", MAP)


@pytest.mark.parametrize("content", ['{"a": 1}\n', "nonsense\n", '"a sentence"\n'])
def test_what_was_seen_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.jsonl").write_text(content)
    with pytest.raises(InputError) as told:
        look_at(tmp_path / "a.jsonl", None)
    assert told.value.field == "file"
