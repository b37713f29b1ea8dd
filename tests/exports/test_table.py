import csv
import json
import stat
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from purchase_agent.errors import InputError
from purchase_agent.exports.table import plain, write_table

COLUMNS = {
    "id": "text",
    "n": "count",
    "p": "number",
    "on": "yes",
    "at": "time",
    "day": "date",
    "tags": "list",
    "all": "json",
}
ROWS: list[dict[str, Any]] = [
    {
        "id": "=1+1", "n": -3, "p": -0.5, "on": True, "at": datetime(2026, 11, 9, 8, tzinfo=UTC),
        "day": date(2026, 11, 9),
        "tags": ["a", "贵"], "all": {"deep": [1, "贵"]},
    },
    {"id": "c2"},
]  # fmt: skip


def test_csv(tmp_path: Path) -> None:
    out = tmp_path / "a.csv"
    assert write_table(out, COLUMNS, ROWS) == 2
    raw = out.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == 3
    first, second = csv.DictReader(out.read_text("utf-8-sig").splitlines())
    assert first == {
        "id": "'=1+1", "n": "-3", "p": "-0.5", "on": "true", "at": "2026-11-09T08:00:00+00:00", "day": "2026-11-09",
        "tags": "a | 贵", "all": '{"deep": [1, "贵"]}',
    }  # fmt: skip
    assert second == {
        "id": "c2",
        **dict.fromkeys([name for name in COLUMNS if name not in ("id", "all")], ""),
        "all": "null",
    }
    write_table(out, COLUMNS, ROWS, for_people=False)
    assert out.read_bytes().startswith(b'"id"')


def test_json_lines_and_json(tmp_path: Path) -> None:
    write_table(tmp_path / "a.jsonl", COLUMNS, ROWS)
    write_table(tmp_path / "a.json", COLUMNS, ROWS)
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text("utf-8").splitlines()]
    assert lines == json.loads((tmp_path / "a.json").read_text("utf-8")) == [plain(COLUMNS, row) for row in ROWS]
    assert lines[0]["id"] == "=1+1"
    assert lines[0]["tags"] == ["a", "贵"]
    assert lines[1]["n"] is None


def test_parquet(tmp_path: Path) -> None:
    out = tmp_path / "a.parquet"
    assert write_table(out, COLUMNS, iter(ROWS)) == 2
    first, second = parquet.read_table(out).to_pylist()
    assert first == ROWS[0] | {"all": '{"deep": [1, "贵"]}'}
    assert second["id"] == "c2"
    assert second["p"] is None


def test_no_rows_are_a_file_with_columns(tmp_path: Path) -> None:
    for form in ("csv", "jsonl", "json", "parquet"):
        assert write_table(tmp_path / f"a.{form}", COLUMNS, []) == 0
    assert (tmp_path / "a.json").read_text().split() == ["[", "]"]
    assert parquet.read_table(tmp_path / "a.parquet").column_names == list(COLUMNS)


def test_what_fails_midway_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "a.csv"
    out.write_text("old")

    def rows() -> Any:
        yield ROWS[1]
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        write_table(out, COLUMNS, rows())
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def test_it_is_for_its_owner_only(tmp_path: Path) -> None:
    write_table(tmp_path / "a.csv", COLUMNS, ROWS)
    assert stat.S_IMODE((tmp_path / "a.csv").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "words"), [("a.xlsx", "what form"), ("none/a.csv", "cannot write"), ("folder.csv", "cannot write")]
)
def test_a_file_that_cannot_be_made_is_named(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match=words) as refused:
        write_table(tmp_path / name, COLUMNS, ROWS)
    assert Path(name).name in refused.value.message
