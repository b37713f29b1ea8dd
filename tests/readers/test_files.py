import gzip
import os
import random
import tracemalloc
import zipfile
from collections import deque
from collections.abc import Callable
from pathlib import Path

import pytest

from purchase_agent.errors import InputError
from purchase_agent.readers.files import LIMITS, Limits, open_source

ROWS = b'{"a": 1}\n' * 1000


def _packed(data: bytes) -> bytes:
    """Always the same bytes: they are part of a test's name, and processes that share the tests must agree on it."""
    return gzip.compress(data, mtime=0)


def content(path: Path, limits: Limits = LIMITS, *, partial: bool = False) -> bytes:
    with open_source(path, limits, partial=partial) as source:
        data = source.stream.read()
        source.check_unchanged()
    return data


def refusal(path: Path, limits: Limits = LIMITS) -> InputError:
    with pytest.raises(InputError) as refused:
        content(path, limits)
    return refused.value


@pytest.mark.parametrize(
    ("name", "data", "form"),
    [
        ("a.jsonl", b"{}\n", "jsonl"),
        ("a.NDJSON", b"{}\n", "jsonl"),
        ("a.csv", b"a,b\n", "csv"),
        ("a.tsv", b"a\tb\n", "tsv"),
        ("a.csv.gz", _packed(b"a,b\n"), "csv"),
        ("a.jsonl.GZ", _packed(b"{}\n"), "jsonl"),
        ("events", b'\xef\xbb\xbf\n {"a": 1}\n', "jsonl"),
        ("events.gz", _packed(b'{"a": 1}\n'), "jsonl"),
        ("events.log", b"a,b\n", "csv"),
        ("events", b"PAR1\x15\x04", "parquet"),
        ("a.csv", b"", "csv"),
        ("a.csv", "订单编号,买家\n".encode("gb18030"), "csv"),
        ("a.csv", b"id,t\n1,a\0b\n", "csv"),
    ],
)
def test_the_name_tells_the_form_and_else_the_content(tmp_path: Path, name: str, data: bytes, form: str) -> None:
    (tmp_path / name).write_bytes(data)
    with open_source(tmp_path / name) as source:
        assert source.form == form
        assert source.file == str(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.jsonl.gz", b'{"a": 1}\n', "named .gz but is text"),
        ("a.csv.gz", b"", "named .gz but is empty"),
        ("a.csv", _packed(b"a,b\n"), "gzip but not named .gz"),
        ("a.csv", b"PK\x03\x04rest", "named .csv but is zip or Excel"),
        ("a.jsonl", b"PAR1\x15\x04", "named .jsonl but is Parquet"),
        ("a.parquet", b"a,b\n1,2\n", "named .parquet but is text"),
        ("a.parquet", b"", "named .parquet but is empty"),
        ("a.parquet.gz", _packed(b"PAR1"), "Parquet inside gzip"),
        ("a.csv.gz", _packed(b"PK\x03\x04rest"), "binary data .zip"),
        ("a.gz.gz", _packed(_packed(b"{}")), "binary data .gzip"),
        ("a.csv", b'{"a": 1}\n', "named .csv but holds JSON"),
        ("a.json", b'[\n  {"a": 1}\n]\n', "a JSON array"),
        ("a.json", b'[{"a": 1}, {"a": 2}]', "a JSON array"),
        ("a.csv", "id,text\n1,a\n".encode("utf-16"), "UTF-16, not UTF-8"),
        ("a.csv", "id,text\n1,a\n".encode("utf-16-le"), "looks like UTF-16LE"),
        ("a.jsonl", bytes(range(32)) * 8, "binary data"),
    ],
)
def test_a_name_and_a_content_that_disagree_are_refused(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(data)
    error = refusal(tmp_path / name)
    assert name in error.message
    assert reason.replace("data .", "data (") in error.message
    assert error.hint


def test_a_real_zip_named_csv_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.csv", "w") as archive:
        archive.writestr("a.csv", "id,text\n1,a\n")
    assert "zip" in refusal(tmp_path / "a.csv").message


def test_gzip_of_several_members_and_zeros_behind_them_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(ROWS) + gzip.compress(b"") + gzip.compress(ROWS) + b"\0" * 70_000)
    assert content(path) == ROWS * 2


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda packed: packed[: len(packed) // 2], "cut off"),
        (lambda packed: packed[:-1], "cut off"),
        (lambda packed: packed[:5], "cut off"),
        (lambda packed: packed[:-8] + b"\0\0\0\0" + packed[-4:], "damaged"),  # the CRC
        (lambda packed: packed + b"more", "not gzip stands behind"),
        (lambda packed: packed + b"\x1f\x8bmore", "damaged"),
    ],
)
def test_damaged_gzip_is_refused(tmp_path: Path, damage: Callable[[bytes], bytes], reason: str) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(damage(gzip.compress(random.Random(1).randbytes(50_000).hex().encode())))
    assert reason in refusal(path).message


def test_gzip_that_is_cut_off_is_read_up_to_the_cut_where_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    whole = random.Random(1).randbytes(500_000).hex().encode()
    path.write_bytes(gzip.compress(whole)[:300_000])
    with open_source(path, partial=True) as source:
        read = source.stream.read()
        assert source.cut
    assert whole.startswith(read)
    assert len(read) > 500_000


def test_a_bomb_is_refused_early_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b"0" * 50_000_000, 1))
    tracemalloc.start()
    try:
        with open_source(path) as source, pytest.raises(InputError, match="more than 100 times its size"):
            deque(iter(lambda: source.stream.read(1 << 16), b""), maxlen=0)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def test_a_few_megabytes_may_be_packed_as_small_as_they_like(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b"0" * 8_000_000, 1))
    assert len(content(path)) == 8_000_000


def test_sizes_have_a_limit_packed_or_not(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(ROWS)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(ROWS))
    assert len(content(tmp_path / "a.jsonl", Limits(max_bytes=9000))) == 9000
    assert "has 9000 bytes, at most 8999" in refusal(tmp_path / "a.jsonl", Limits(max_bytes=8999)).message
    assert "more than 8999 bytes" in refusal(tmp_path / "a.jsonl.gz", Limits(max_bytes=8999)).message


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda path: os.truncate(path, 10_000), "grew"),
        (lambda path: path.write_bytes(b"{}\n"), "was written to"),
        (lambda path: os.utime(path, (1, 1)), "was written to"),
        (lambda path: path.unlink(), "was deleted"),
        (lambda path: (path.parent / "new").rename(path), "was replaced"),
    ],
)
def test_a_file_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, change: Callable[[Path], object], reason: str
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(ROWS)
    (tmp_path / "new").write_bytes(ROWS)
    with open_source(path) as source:
        source.stream.read()
        source.check_unchanged()
        change(path)
        with pytest.raises(InputError, match=f"{reason}.*while it was read"):
            source.check_unchanged()


def test_what_is_appended_meanwhile_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"{}\n" * 200_000)
    with open_source(path) as source:
        read = source.stream.read(10)
        with path.open("ab") as other:
            other.write(b"{}\n" * 10)
        assert len(read + source.stream.read()) == 600_000


def test_names_that_are_no_regular_file_are_refused_and_never_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.jsonl")
    for path, reason in {
        tmp_path: "is a folder",
        tmp_path / "fifo.jsonl": "a pipe or a device",
        Path("/dev/zero"): "a pipe or a device",
        tmp_path / "none.csv": "no such file",
        tmp_path / "nul\0.csv": "cannot open",
    }.items():
        error = refusal(path)
        assert reason in error.message
        assert error.field == "file"


def test_under_a_root_nothing_outside_it_is_opened(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    for path in (root / "a.jsonl", root / "sub" / "b.jsonl", tmp_path / "secret.jsonl"):
        path.write_bytes(ROWS)
    (root / "link.jsonl").symlink_to(tmp_path / "secret.jsonl")
    (root / "inner.jsonl").symlink_to(root / "a.jsonl")
    (root / "folder").symlink_to(tmp_path)
    limits = Limits(root=root)
    for name in ("a.jsonl", "sub/b.jsonl", str(root / "a.jsonl")):
        assert content(Path(name), limits) == ROWS
    for name, reason in {
        "../secret.jsonl": "not below the folder",
        "sub/../../secret.jsonl": "not below the folder",
        str(tmp_path / "secret.jsonl"): "not below the folder",
        "/dev/zero": "not below the folder",
        ".": "not below the folder",
        "link.jsonl": "cannot open",
        "inner.jsonl": "cannot open",
        "folder/secret.jsonl": "cannot open",
        "sub": "is a folder",
    }.items():
        error = refusal(Path(name), limits)
        assert reason in error.message, name
        assert error.field == "file"
    assert content(root / "link.jsonl") == ROWS  # a user's own links are his affair
