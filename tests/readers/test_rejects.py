import json
import os
from pathlib import Path

import pytest

from purchase_agent.errors import InputError
from purchase_agent.readers.rejects import Rejected, RejectWriter

ONE = Rejected("a.csv", 3, 12, "price", "not a number", "ab" * 32)


def test_a_row_has_the_fields_of_the_contract(tmp_path: Path) -> None:
    path = tmp_path / "out.parquet.rejected.jsonl"
    with RejectWriter(path) as writer:
        writer.write(ONE)
        writer.write(ONE)
        assert writer.written == 2
    first, second = path.read_text("ascii").splitlines()
    assert first == second
    assert json.loads(first) == {
        "file": "a.csv",
        "line": 3,
        "byte_offset": 12,
        "field": "price",
        "reason": "not a number",
        "row_sha256": "ab" * 32,
    }


def test_nothing_in_it_acts_on_a_terminal_or_is_endless(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    with RejectWriter(path) as writer:
        writer.write(Rejected("\x1b[31m\udcff手.csv", 1, 0, "\u202ex\x7f", "y" * 10_000, ""))
    row = json.loads(path.read_text("ascii"))
    assert "\x1b" not in row["file"]
    assert "\x7f" not in path.read_text("ascii")
    assert row["field"] != "\u202ex"
    assert len(row["reason"]) < 1000


def test_what_a_former_run_left_is_gone_also_where_nothing_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text("old\n" * 100)
    with RejectWriter(path) as writer:
        assert writer.written == 0
    assert path.read_bytes() == b""


def test_a_second_run_on_the_same_file_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:  # F17
    path = tmp_path / "r.jsonl"
    with RejectWriter(path) as writer:
        writer.write(ONE)
        with pytest.raises(InputError, match="another run is writing"), RejectWriter(path):
            pass
        writer.write(ONE)
    assert len(path.read_text().splitlines()) == 2
    with RejectWriter(path) as writer:
        writer.write(ONE)
    assert len(path.read_text().splitlines()) == 1


def test_a_file_that_cannot_be_made_is_an_error_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for path in (tmp_path, tmp_path / "none" / "r.jsonl", tmp_path / "link"):
        with pytest.raises(InputError, match="cannot write") as refused, RejectWriter(path):
            pass
        assert str(path) in refused.value.message
        assert refused.value.field == "file"
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a device that is always full")
def test_a_full_disk_is_an_error_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # F15
    monkeypatch.setattr(os, "ftruncate", lambda number, _: os.dup2(os.open("/dev/full", os.O_WRONLY), number))
    with pytest.raises(InputError, match="No space left") as refused, RejectWriter(tmp_path / "r.jsonl") as writer:
        writer.write(ONE)  # kept back, and written at the end of the block
    assert "make room" in refused.value.hint


def test_it_is_used_in_its_block_only(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="with"):
        RejectWriter(tmp_path / "r.jsonl").write(ONE)
