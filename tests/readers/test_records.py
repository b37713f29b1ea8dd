import gzip
import hashlib
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import pytest

from purchase_agent.errors import InputError
from purchase_agent.readers.files import Limits
from purchase_agent.readers.records import Record, read_records


def read(path: Path, data: bytes, **options: Any) -> list[Record]:
    path.write_bytes(data)
    return list(read_records(path, **options))


def reason(record: Record) -> str:
    assert isinstance(record.value, InputError)
    return str(record.value)


def test_rows_of_json_have_their_places_and_digests(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    records = read(path, b'\xef\xbb\xbf{"a": 1}\r\n\n  \n{"b": [2, {"c": null}]}\n{"d":"\xe6\x89\x8b"}')
    assert [(one.line, one.byte_offset, one.value) for one in records] == [
        (1, 3, {"a": 1}),
        (4, 17, {"b": [2, {"c": None}]}),
        (5, 41, {"d": "手"}),
    ]
    assert records[0].sha256 == hashlib.sha256(b'{"a": 1}').hexdigest()
    assert {one.file for one in records} == {str(path)}


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b'{"a": ', "not JSON: Expecting value at column 7"),
        (b"# a comment is none below the first row", "not JSON"),
        (b'{"a": 1, "a": 2}', "the key 'a' stands twice"),  # F12
        (b'{"a": NaN}', "NaN is not a number"),  # E09
        (b'{"a": -Infinity}', "-Infinity is not a number"),
        (b'{"a": 1e309}', "a number too large"),
        (b'{"a": ' + b"9" * 5000 + b"}", "thousands of digits"),  # E13
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested more than"),
        (b'{"a": "\\ud83d"}', "half a character"),
        (b'{"\\ud83d": 1}', "half a character"),
        (b"[1, 2]", "a row is an object, not list"),
        (b'"text"', "not str"),
        (b'{"a": "caf\xe9"}', "not UTF-8 at byte 23; it looks like Latin-1"),
        (b'{"a": "' + b"x" * (1 << 20) + b'"}', "at most 1048576 are read"),
        (b'{"a": "\0"}', "Invalid control character"),
    ],
)
def test_a_bad_row_is_answered_in_its_place_and_the_others_are_read(tmp_path: Path, bad: bytes, why: str) -> None:
    records = read(tmp_path / "a.jsonl", b'{"good": 1}\n\n' + bad + b"\n" + b'{"good": "\\ud83d\\ude00"}\n' * 50)
    assert [one.line for one in records] == [1, *range(3, 54)]
    assert why in reason(records[1])
    assert records[1].byte_offset == 13
    assert records[1].sha256 == hashlib.sha256(bad).hexdigest()
    assert records[0].value == {"good": 1}
    assert all(one.value == {"good": "😀"} for one in records[2:])


def test_a_last_line_without_its_end_counts_where_it_is_whole(tmp_path: Path) -> None:  # F02
    assert [one.value for one in read(tmp_path / "a.jsonl", b'{"a": 1}\n{"a": 2}')] == [{"a": 1}, {"a": 2}]
    _, tail = read(tmp_path / "a.jsonl", b'{"a": 1}\n{"a": "cu')
    assert reason(tail).startswith("the file ends in this line: not JSON")
    assert (tail.line, tail.byte_offset) == (2, 9)


@pytest.mark.parametrize("data", [b"", b"\n\n \n", b"\xef\xbb\xbf", b"# only\n# comments\n"])  # F13
@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.tsv", "a"])
def test_a_file_without_rows_has_none(tmp_path: Path, name: str, data: bytes) -> None:
    assert read(tmp_path / name, data) == []
    assert read(tmp_path / f"{name}.gz", gzip.compress(data)) == []


def test_gzip_that_is_cut_off_gives_its_rows_only_where_that_is_asked_for(tmp_path: Path) -> None:  # F03
    rows = b"".join(b'{"n": %d, "x": "%x"}\n' % (n, n * n * 7919) for n in range(5000))
    cut = gzip.compress(rows)[:30_000]
    with pytest.raises(InputError, match="cut off"):
        read(tmp_path / "a.jsonl.gz", cut)
    notes: list[str] = []
    *whole, tail = read(tmp_path / "a.jsonl.gz", cut, partial=True, note=notes.append)
    assert [one.value["n"] for one in whole] == list(range(len(whole)))  # type: ignore[index]
    assert len(whole) > 1000
    assert "the file ends in this line" in reason(tail)
    assert notes == ["cut off: read up to the cut"]


def test_the_last_cell_before_a_cut_is_not_trusted(tmp_path: Path) -> None:
    packer = zlib.compressobj(wbits=31)
    packed = packer.compress(b"id,price\n1,129\n2,12") + packer.flush(zlib.Z_SYNC_FLUSH)
    first, tail = read(tmp_path / "a.csv.gz", packed, partial=True)
    assert first.value == {"id": "1", "price": "129"}
    assert "the file is cut off in this row" in reason(tail)


def test_a_file_that_changes_while_it_is_read_is_refused_at_its_end(tmp_path: Path) -> None:  # F14
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a": 1}\n' * 3)
    records = read_records(path)
    assert [next(records).value for _ in range(2)] == [{"a": 1}] * 2
    with path.open("ab") as file:
        file.write(b'{"a": 2}\n')
    assert next(records).value == {"a": 1}
    with pytest.raises(InputError, match="grew while it was read"):
        next(records)


@pytest.mark.parametrize(
    ("name", "row"), [("a.jsonl.gz", b'{"id": "c%d", "query": "%s"}\n'), ("a.csv.gz", b"c%d;%s\n")]
)
def test_memory_does_not_depend_on_the_size_of_a_file(tmp_path: Path, name: str, row: bytes) -> None:
    """Fifty megabytes, stored so that the packed file is as large; the memory is what a buffer and a row need."""
    path = tmp_path / name
    with gzip.open(path, "wb", compresslevel=0) as file:
        file.write(b"id;query\n" if name.startswith("a.csv") else b"")
        for number in range(6250):
            file.write(row % (number, b"x" * 8000))
    assert path.stat().st_size > 50_000_000
    tracemalloc.start()
    try:
        count = sum(not isinstance(one.value, InputError) for one in read_records(path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 6250
    assert peak < 4 << 20


def test_one_line_of_many_megabytes_is_passed_over_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.write(b'id,text\n1,"')
        for _ in range(30):
            file.write(b"x" * (1 << 20))
        file.write(b'"\n2,b\n')
    tracemalloc.start()
    try:
        long, after = read_records(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert f"a line of {(30 << 20) + 5} bytes" in reason(long)
    assert long.sha256 == hashlib.sha256(b'1,"' + b"x" * (30 << 20) + b'"').hexdigest()
    assert after.value == {"id": "2", "text": "b"}
    assert after.byte_offset == (30 << 20) + 13
    assert peak < 8 << 20


# Of each broken file: how many rows it has, and of those that are bad the line, the byte and a word of the reason.
BROKEN: dict[str, tuple[int, list[tuple[int, int, str]]]] = {
    "bom.jsonl": (2, []),
    "deep.jsonl": (1, [(1, 0, "nested more than 32 levels")]),
    "dup.jsonl": (1, [(1, 0, "the key 'price' stands twice")]),
    "empty.csv": (0, []),
    "headeronly.csv": (0, []),
    "inj.csv": (1, []),
    "late.csv": (30_001, []),
    "mid.jsonl": (20_000, [(10_001, 858_890, "not JSON")]),
    "mixenc.csv": (3, [(3, 16, "looks like Latin-1"), (4, 23, "looks like GB18030")]),
    "nan.jsonl": (2, [(1, 0, "NaN is not a number"), (2, 32, "Infinity is not a number")]),
    "nul.csv": (2, [(2, 8, "a NUL at byte 11")]),
    "quote.csv": (3, [(2, 8, "a quote is opened and never closed")]),
    "ragged.csv": (4, [(3, 12, "3 cells, where the header has 2"), (4, 18, "1 cell, where the header has 2")]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_rows_of_the_broken_files(shared_data: Path, name: str) -> None:
    count, bad = BROKEN[name]
    path = shared_data / "badfiles" / name
    records = list(read_records(path))
    found = [one for one in records if isinstance(one.value, InputError)]
    assert len(records) == count
    assert [(one.line, one.byte_offset) for one in found] == [(line, offset) for line, offset, _ in bad]
    for one, (_, _, why) in zip(found, bad, strict=True):
        assert why in reason(one)


def test_cells_of_the_broken_files_stay_text(shared_data: Path) -> None:
    (injected,) = read_records(shared_data / "badfiles" / "inj.csv")  # F11
    assert injected.value == {"id": "=cmd|' /C calc'!A0", "text": "@SUM(1+1)"}
    *_, late = read_records(shared_data / "badfiles" / "late.csv")  # F10: the type is the map's affair
    assert late.value == {"id": "30001", "amount": "twelve"}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("notgz.jsonl.gz", "named .gz but is text"),
        ("trunc.jsonl.gz", "cut off"),
        ("bomb.jsonl.gz", "a gzip bomb"),
    ],
)
def test_broken_files_that_are_refused(shared_data: Path, name: str, why: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=why):
            list(read_records(shared_data / "badfiles" / name))
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


def test_the_cut_file_in_part(shared_data: Path) -> None:
    *whole, tail = read_records(shared_data / "badfiles" / "trunc.jsonl.gz", partial=True)
    assert not any(isinstance(one.value, InputError) for one in whole)
    assert len(whole) == 9967
    assert "the file ends in this line" in reason(tail)


def test_limits_are_told_by_their_names(tmp_path: Path) -> None:
    (long,) = read(tmp_path / "a.jsonl", b'{"a": "0123456789"}\n', limits=Limits(max_line_bytes=10))
    assert "at most 10 are read" in reason(long)
