import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from purchase_agent.cli_inspect import inspect
from purchase_agent.errors import InputError
from purchase_agent.readers.draft import draft
from purchase_agent.readers.events import EventReader
from purchase_agent.readers.mapping import dump_map, parse_map

VIEWS = "Customer ID;Time;Action;Product ID;Price\n" + "".join(
    f"{n % 5};2024-05-0{1 + n % 9} 10:00;{('click', 'cart', 'buy', 'gaze')[n % 4]};p{n};{n},50\n" for n in range(40)
)


def options(**given: Any) -> dict[str, Any]:
    return {"map_file": None, "ids_file": None, "as_of": None, "rejected": False, "as_json": False} | given


class TestDraft:
    def test_a_table_that_nobody_described(self, tmp_path: Path) -> None:
        path = tmp_path / "views.csv"
        path.write_text(VIEWS)
        made = draft(path)
        assert made.mapping is not None
        assert not made.shipped
        assert made.mapping.columns["shopper_id"] == ("Customer ID",)
        assert made.mapping.numbers.decimal == ","
        assert any("guess from their names" in doubt for doubt in made.doubts)
        assert any("no zone" in doubt for doubt in made.doubts)
        saved = parse_map(dump_map(made.mapping).encode(), "saved")
        reader = EventReader([path], mapping=saved)
        types = {row.event.type for row in reader}
        assert types == {"view_item", "add_to_cart", "purchase", "other:gaze"}
        assert reader.counts.kept == 40

    @pytest.mark.parametrize(
        ("cells", "unit", "doubt"),
        [
            (["1714557600", "1714557601"], "s", "guess from their size"),
            (["1714557600000", "1714557601000"], "ms", "guess from their size"),
            (["2024-05-01", "2024-05-02"], "iso", ""),
            (["20240501", "20240502"], "%Y%m%d", ""),
            (["05/13/2024", "05/02/2024"], "%m/%d/%Y", ""),
            (["13/05/2024", "02/05/2024"], "%d/%m/%Y", ""),
            (["03/05/2024", "02/05/2024"], "%m/%d/%Y", "day and month"),
            (["2024年5月1日", "2024年5月2日"], "%Y年%m月%d日", ""),
        ],
    )
    def test_times(self, tmp_path: Path, cells: list[str], unit: str, doubt: str) -> None:
        path = tmp_path / "t.csv"
        path.write_text(
            "user,when,ts,order_no,amount\n" + "".join(f"u,x,{cell},1,2\n" for cell in cells), encoding="utf-8"
        )
        made = draft(path)
        assert made.mapping is not None
        assert made.mapping.events[0].time.unit == (unit,)
        assert made.mapping.events[0].type == "purchase"
        assert any(doubt in one for one in made.doubts)

    def test_what_cannot_be_found_is_named(self, tmp_path: Path) -> None:
        path = tmp_path / "t.jsonl"
        path.write_text('{"colour": "red", "who": {"id": 1}}\n')
        made = draft(path)
        assert made.mapping is None
        assert made.missing == ("at", "type", "shopper_id")
        assert made.columns == ("colour", "who")

    def test_bad_rows_do_not_spoil_it(self, tmp_path: Path) -> None:
        path = tmp_path / "t.csv"
        path.write_text(VIEWS + "1;never;click;p;1,00\n1;2024-05-01\n")
        assert draft(path).mapping is not None


class TestInspect:
    def test_the_map_can_be_saved(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = tmp_path / "views.csv"
        path.write_text(VIEWS)
        assert inspect([path], **options()) == 0
        out, err = capsys.readouterr()
        assert yaml.safe_load(out)["columns"]["item_id"] == "Product ID"
        assert "# check: " in out
        assert "40 in = 40 kept + 0 rejected" in err
        assert err.count("2024-05-") == 10
        (tmp_path / "map.yaml").write_text(out)
        assert inspect([path], **options(map_file=tmp_path / "map.yaml")) == 0
        assert capsys.readouterr().out == ""

    def test_partial(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = tmp_path / "views.csv"
        path.write_text(VIEWS + "1;never;click;p;1,00\n1;2\n")
        assert inspect([path], **options(rejected=True, as_json=True)) == 3
        told = json.loads(capsys.readouterr().out)
        assert (told["rows_in"], told["kept"], told["rejected"]) == (42, 40, 2)
        assert len(told["files"][0]["rows"]) == 10
        assert told["files"][0]["coverage"]["price"] == 1.0
        assert told["files"][0]["counts"]["unknown_types"] == {"other:gaze": 10}
        lines = (tmp_path / "views.csv.rejected.jsonl").read_text().splitlines()
        assert [json.loads(line)["line"] for line in lines] == [42, 43]

    def test_one_file_for_all_rejected_rows(self, tmp_path: Path) -> None:
        names = ("a.csv", "b.csv")
        for name in names:
            (tmp_path / name).write_text(VIEWS.replace("p1;", f"{name};") + "1;2\n")
        out = tmp_path / "r.jsonl"
        assert inspect([tmp_path / name for name in names], **options(rejected=out)) == 3
        assert len({json.loads(line)["file"] for line in out.read_text().splitlines()}) == 2

    def test_nothing_that_can_be_read(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = tmp_path / "t.csv"
        path.write_text("id,text\n1,a\n2,b,c\n")
        assert inspect([path], **options(rejected=True)) == 1
        assert "no column found for: at, type" in capsys.readouterr().err
        rows = [json.loads(line) for line in (tmp_path / "t.csv.rejected.jsonl").read_text().splitlines()]
        assert [(row["line"], row["field"]) for row in rows] == [(2, "at"), (3, "")]

    def test_no_rows(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = tmp_path / "t.csv"
        path.write_text("id,text\n")
        assert inspect([path], **options()) == 0
        assert "0 records" in capsys.readouterr().err

    def test_a_file_that_cannot_be_read(self, tmp_path: Path) -> None:
        path = tmp_path / "views.csv"
        path.write_text(VIEWS)
        with pytest.raises(InputError):
            inspect([tmp_path / "none.csv"], **options())
        assert inspect([tmp_path / "none.csv", path], **options()) == 3

    def test_a_terminal_is_not_steered(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = tmp_path / "t.jsonl"
        row = {"shopper_id": "a\u202eb", "type": "x\u202e", "at": "2024-05-01T10:00:00Z"}
        path.write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")
        inspect([path], **options())
        inspect([path], **options(as_json=True))
        out, err = capsys.readouterr()
        assert "\u202e" not in out + err
