import csv
import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from purchase_agent.errors import InputError
from purchase_agent.exports.erasing import clean_file
from purchase_agent.exports.table import write_table
from purchase_agent.exports.trace import Trace

WORDS = "my very own words, far too dear"
HIS = Trace(["c00017", "a" * 64], [WORDS, "far too dear"])
COLUMNS = {"shopper_id": "text", "note": "text", "quotes": "list", "deep": "json"}
ROWS: list[dict[str, Any]] = [
    {"shopper_id": "c00016", "note": "=1+1", "quotes": ["nice"], "deep": {"a": [1]}},
    {"shopper_id": "c00017", "note": "his", "quotes": [], "deep": {}},
    {"shopper_id": "a" * 64, "note": "his by his pseudonym", "quotes": [], "deep": {}},
    {"shopper_id": "c000171", "note": "another id that begins alike", "quotes": ["far too dear", "nice"], "deep": {}},
    {"shopper_id": "c3", "note": f"who said {WORDS}?", "quotes": [], "deep": {}},
    {"shopper_id": "c4", "note": "asks c00017, twice", "quotes": [], "deep": {}},
    {"shopper_id": "c5", "note": "换行\nand more", "quotes": ["-5"], "deep": {"messages": [{"text": "x"}]}},
]


@pytest.mark.parametrize("form", ["csv", "jsonl", "json", "parquet"])
def test_he_goes_and_all_others_stay(tmp_path: Path, form: str) -> None:
    path, wanted = tmp_path / f"a.{form}", tmp_path / f"b.{form}"
    write_table(path, COLUMNS, ROWS)
    write_table(wanted, COLUMNS, [ROWS[0], ROWS[3] | {"quotes": ["nice"]}, ROWS[6]])
    path.chmod(0o640)
    done = clean_file(path, HIS)
    assert (done.rows, done.values) == (4, 1)
    assert done.before != done.after
    assert path.stat().st_mode & 0o777 == 0o640
    if form == "parquet":
        assert parquet.read_table(path).to_pylist() == parquet.read_table(wanted).to_pylist()
    elif form == "json":
        assert json.loads(path.read_bytes()) == json.loads(wanted.read_bytes())
    elif form == "csv":
        with path.open(encoding="utf-8-sig", newline="") as one, wanted.open(encoding="utf-8-sig", newline="") as other:
            assert list(csv.reader(one)) == list(csv.reader(other))
    else:
        assert path.read_bytes() == wanted.read_bytes()
    assert b"c00017," not in path.read_bytes()
    again = clean_file(path, HIS)
    assert (again.rows, again.values, again.before) == (0, 0, again.after)
    assert {one.name for one in tmp_path.iterdir()} == {path.name, wanted.name}


@pytest.mark.parametrize("form", ["csv", "jsonl", "json", "parquet"])
def test_a_file_without_him_keeps_its_bytes(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"a.{form}"
    write_table(path, COLUMNS, [ROWS[0], ROWS[6]])
    before = path.read_bytes()
    done = clean_file(path, HIS)
    assert (done.rows, done.values) == (0, 0)
    assert done.before == done.after
    assert path.read_bytes() == before


def test_a_log_loses_its_lines_about_him(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    path.write_bytes(
        f"scored c00017.\nscored c000170\n用户c00017说\nraw: {WORDS}\nnot utf-8: \xff\nc00017-b\n".encode(
            "latin-1", "ignore"
        )
    )
    path.write_bytes(
        b"scored c00017.\nscored c000170\n"
        + "用户c00017说\n".encode()
        + f"raw: {WORDS}\n".encode()
        + b"not utf-8: \xff\nc00017-b\n"
    )
    assert clean_file(path, HIS).rows == 3
    assert path.read_bytes() == b"scored c000170\nnot utf-8: \xff\nc00017-b\n"


def test_metadata_of_parquet_stays(tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"
    schema = pa.schema([("shopper_id", pa.string()), ("prediction", pa.string())], metadata={"run": "r1"})
    parquet.write_table(pa.table([["c00017", "c1"], ["{}", "{}"]], schema=schema), path)
    assert clean_file(path, HIS).rows == 1
    assert parquet.read_schema(path).metadata[b"run"] == b"r1"
    assert parquet.read_table(path).column("shopper_id").to_pylist() == ["c1"]


def test_a_short_id_is_looked_for_as_a_whole_cell() -> None:
    short = Trace(["12"])
    assert short.is_his(["12"])
    assert short.is_his({"id": "12"})
    assert not short.is_his("12 pairs")
    assert not short.in_bytes(b"12")


@pytest.mark.parametrize("text", ["c00017", "id=c00017;", "c00017's", "told c00017.", "“c00017”", "用户c00017"])
def test_an_id_is_found_as_a_word(text: str) -> None:
    assert HIS.is_his(text)
    assert HIS.in_bytes(text.encode())


@pytest.mark.parametrize("text", ["c000170", "xc00017", "c00017-2", "c00017@example.org", "ann.c00017", "C00017"])
def test_and_not_as_a_part_of_another(text: str) -> None:
    assert not HIS.is_his(text)


def test_words_are_found_redacted_too() -> None:
    trace = Trace(["c1"], ["mail me at ann@example.org please"])
    assert trace.without_words(["mail me at [EMAIL_1] please", "x"]) == (["x"], 1)


@pytest.mark.parametrize("name", ["张三丰先生的账号", "anaïs@example.org", 'o\'neil "x"', "😀smiling"])
def test_an_id_is_found_as_json_writes_it(tmp_path: Path, name: str) -> None:
    words = "这双鞋太贵了，我再想想吧。\nReally!"
    trace = Trace([name], [words])
    record = json.dumps({"id": name})
    lines = [record, json.dumps({"message": record}), json.dumps({"said": f"he wrote {words}"})]
    (tmp_path / "a.log").write_text("\n".join([*lines, "C:\\new \\u00 left alone", ""]))
    assert trace.in_bytes((tmp_path / "a.log").read_bytes())
    assert clean_file(tmp_path / "a.log", trace).rows == 3
    assert (tmp_path / "a.log").read_text() == "C:\\new \\u00 left alone\n"
    assert not trace.in_bytes((tmp_path / "a.log").read_bytes())
    other = re.sub(r"(?<=\\u)[0-9a-f]{4}", lambda digits: digits[0].upper(), record)
    assert trace.in_bytes(other.encode())
    assert trace.in_line(other)


@pytest.mark.parametrize(("ending", "like"), [("pq", "parquet"), ("ndjson", "jsonl"), ("tab", "tsv")])
def test_forms_under_their_other_endings(tmp_path: Path, ending: str, like: str) -> None:
    path = tmp_path / f"a.{like}"
    if like == "tsv":
        path.write_text("shopper_id\tnote\nc00017\this, really\nc1\tx\n")
    else:
        write_table(path, {"shopper_id": "text"}, [{"shopper_id": "c00017"}, {"shopper_id": "c1"}])
    path = path.rename(tmp_path / f"a.{ending}")
    assert clean_file(path, HIS).rows == 1
    assert not HIS.in_bytes(path.read_bytes())


def test_what_cannot_be_searched_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"PK")
    (tmp_path / "a.parquet").write_bytes(b"not parquet")
    (tmp_path / "a.json").write_text("{")
    for name in ("a.xlsx", "a.parquet", "a.json", "none.csv"):
        with pytest.raises(InputError, match=name):
            clean_file(tmp_path / name, HIS)
    assert (tmp_path / "a.json").read_text() == "{"
    assert len(list(tmp_path.iterdir())) == 3
