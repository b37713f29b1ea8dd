import datetime as dt
import hashlib
import os
import sys
import uuid
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from purchase_agent.errors import InputError
from purchase_agent.readers import parquets
from purchase_agent.readers.files import LIMITS, Limits
from purchase_agent.readers.records import Record, read_records

pa = pytest.importorskip("pyarrow", reason="needs pyarrow, to write files to be read")
pq = pytest.importorskip("pyarrow.parquet")


def written(path: Path, columns: dict[str, Any], **options: Any) -> Path:
    pq.write_table(pa.table(columns), path, **options)
    return path


def read(path: Path, limits: Limits = LIMITS) -> list[Record]:
    return list(read_records(path, limits=limits))


def refusal(path: Path, limits: Limits = LIMITS) -> str:
    with pytest.raises(InputError) as refused:
        read(path, limits)
    assert str(path) in refused.value.message
    return str(refused.value)


def test_values_are_those_of_json_with_times_as_text(tmp_path: Path) -> None:
    at = dt.datetime(2026, 11, 1, 9, 30, 5, 250_000, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    columns = {
        "text": ["手", None],
        "word": pa.array(["pv", "buy"]).dictionary_encode(),
        "whole": [1, 2**62],
        "tiny": pa.array([0, 255], pa.uint8()),
        "part": [0.5, None],
        "flag": [True, False],
        "nothing": pa.nulls(2),
        "naive": pa.array([at.replace(tzinfo=None), None], pa.timestamp("us")),
        "zoned": pa.array([at, None], pa.timestamp("ms", "Asia/Shanghai")),
        "nano": pa.array([1, None], pa.int64()).cast(pa.timestamp("ns")),
        "far": pa.array([300_000_000_000_000, 0], pa.int64()).cast(pa.timestamp("ms")),
        "day": pa.array([dt.date(2026, 11, 1), None]),
        "clock": pa.array([dt.time(9, 30), None]),
        "took": pa.array([dt.timedelta(seconds=1.5), None]),
        "money": pa.array([Decimal("9.90"), Decimal("10.00")]),
        "bytes": pa.array([b"abc", None]),
        "uuid": pa.array([uuid.UUID(int=7).bytes, None], pa.uuid()),
    }
    path = written(tmp_path / "a.parquet", columns)
    first, second = read(path)
    assert first.value == {
        "text": "手",
        "word": "pv",
        "whole": 1,
        "tiny": 0,
        "part": 0.5,
        "flag": True,
        "nothing": None,
        "naive": "2026-11-01T09:30:05.250000",
        "zoned": "2026-11-01T01:30:05.250Z",
        "nano": "1970-01-01T00:00:00.000000001",
        "far": "11476-08-15T05:20:00.000",
        "day": "2026-11-01",
        "clock": "09:30:00.000000",
        "took": 1.5,
        "money": 9.9,
        "bytes": "abc",
        "uuid": "00000000-0000-0000-0000-000000000007",
    }
    assert isinstance(second.value, dict)
    assert (second.value["whole"], second.value["tiny"], second.value["money"]) == (2**62, 255, 10)
    assert [second.value[name] for name in ("text", "naive", "day", "clock", "took", "bytes", "uuid")] == [None] * 7


def test_rows_are_numbered_and_placed_by_their_group(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", {"n": list(range(2500))}, row_group_size=1000)
    records = read(path)
    assert [one.line for one in records] == list(range(1, 2501))
    assert [one.value for one in records] == [{"n": n} for n in range(2500)]
    groups = [records[at].byte_offset for at in (0, 999, 1000, 1999, 2000)]
    assert groups[0] == groups[1] == 4  # right behind the mark
    assert groups[1] < groups[2] == groups[3] < groups[4] < path.stat().st_size
    assert records[7].sha256 == hashlib.sha256(b'{"n": 7}').hexdigest()
    assert records[7].file == str(path)


def test_no_rows_are_none(tmp_path: Path) -> None:  # F07
    assert read(written(tmp_path / "a.parquet", {"n": pa.array([], pa.int64())})) == []


def test_bad_rows_name_their_field_and_the_others_are_read(tmp_path: Path) -> None:
    raw = pa.array([b"ok", b"\xff\xfe", b"ok", b"ok"])
    columns = {
        "price": [1.0, 2.0, float("nan"), float("-inf")],
        "text": pa.Array.from_buffers(pa.string(), 4, raw.buffers()),
        "raw": pa.array([b"x", b"x", b"\xff", b"x"]),
    }
    records = read(written(tmp_path / "a.parquet", columns))
    assert records[0].value == {"price": 1.0, "text": "ok", "raw": "x"}
    told = [(one.value.field, one.value.message) for one in records[1:] if isinstance(one.value, InputError)]
    assert told == [
        ("text", "text that is not UTF-8"),
        ("price", "nan is not a number"),
        ("price", "-inf is not a number"),
    ]
    assert len({one.sha256 for one in records}) == 4


def test_our_own_and_ga4s_structures_are_read_and_no_others(tmp_path: Path) -> None:  # F07
    parameters = [{"key": "page", "value": {"string_value": "x", "int_value": None, "double_value": None}}]
    columns = {
        "event_params": [parameters],
        "items": [[{"item_id": "sku1", "price": 2.5, "at": dt.datetime(2026, 11, 1)}]],  # noqa: DTZ001
        "texts": [[{"text": "hello"}]],
    }
    (record,) = read(written(tmp_path / "a.parquet", columns))
    assert record.value == {
        "event_params": parameters,
        "items": [{"item_id": "sku1", "price": 2.5, "at": "2026-11-01T00:00:00"}],
        "texts": [{"text": "hello"}],
    }
    path = written(tmp_path / "b.parquet", {**columns, "basket": [[1, 2]], "who": [{"a": 1}]})
    assert "columns of lists, maps or structures: basket, who" in refusal(path)
    mapped = {"items": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64()))}
    assert "structures: items" in refusal(written(tmp_path / "c.parquet", mapped))


def test_ten_thousand_columns_are_refused_with_names(tmp_path: Path) -> None:  # F07
    path = written(tmp_path / "a.parquet", {f"c{n}": [n] for n in range(10_000)})
    assert "10000 columns (c0, c1, c2, c3, c4, c5, c6, c7, c8, c9 ...), at most 1000 are read" in refusal(path)


def test_columns_of_the_same_name_are_refused(tmp_path: Path) -> None:  # F12
    path = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["price", "price"]), path)
    assert "columns of the same name: price" in refusal(path)


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw[: len(raw) // 2],
        lambda _: b"PAR1garbagePAR1",
        lambda _: b"PAR1",
        lambda raw: raw[:500] + bytes(byte ^ 0xFF for byte in raw[500:900]) + raw[900:],
        lambda raw: raw[:-600] + b"\xff" * 500 + raw[-100:],
        lambda raw: raw[:-8] + (2**31 - 1).to_bytes(4, "little") + b"PAR1",
    ],
)
def test_damaged_files_are_errors_and_this_process_lives(tmp_path: Path, damage: Any) -> None:  # F06
    path = written(tmp_path / "a.parquet", {"n": [f"row {n}" for n in range(5000)]})
    path.write_bytes(damage(path.read_bytes()))
    assert "damaged" in refusal(path)


@pytest.mark.parametrize("name", ["trunc.parquet", "flip.parquet", "fake.parquet"])
def test_the_broken_files(shared_data: Path, name: str) -> None:
    assert "damaged" in refusal(shared_data / "badfiles" / name)


def test_the_file_that_is_not_broken(shared_data: Path) -> None:
    records = read(shared_data / "badfiles" / "ok.parquet")
    assert len(records) == 20_000
    assert not any(isinstance(one.value, InputError) for one in records)


def test_memory_of_the_child_has_a_limit(tmp_path: Path) -> None:
    """A few kilobytes that hold a gigabyte: one long text, said once and referred to ten thousand times."""
    long = pa.array(["x" * 100_000]).dictionary_encode()
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 10_000, pa.int32()), long.dictionary)
    path = written(tmp_path / "a.parquet", {"t": column})
    assert path.stat().st_size < 100_000
    assert "it needs more than 67108864 bytes of memory" in refusal(path, Limits(max_child_bytes=64 << 20))


def test_rows_and_files_have_limits(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", {"t": ["x", "y" * 2000, "z"]})
    _, long, _ = read(path, Limits(max_line_bytes=1000))
    assert "a row of 2009 bytes, at most 1000 are read" in str(long.value)
    assert "unpacks to more than 1500 bytes" in refusal(path, Limits(max_bytes=1500))


def test_a_child_that_dies_or_hangs_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a.parquet", {"n": [1, 2]})
    child = tmp_path / "child.py"
    monkeypatch.setattr(parquets, "_CHILD", child)
    child.write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    assert "its reader ended with signal 11" in refusal(path)
    child.write_text("import signal, time; signal.setitimer(signal.ITIMER_REAL, 0.05); time.sleep(30)")
    assert "took longer than 120 seconds" in refusal(path)
    child.write_text("print('r{\"n\": 1}')")
    assert "its reader ended with status 0" in refusal(path)


def children() -> set[str]:
    """Ids of the processes that this one has started and not yet heard the end of."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            told = stat.read_text("utf-8").rpartition(")")[2].split()
            if told[1] == str(os.getpid()):
                found.add(stat.parent.name)
    return found


def test_a_reading_that_is_left_early_leaves_no_process(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", {"n": list(range(200_000))})
    before = children()
    records = read_records(path)
    assert next(records).value == {"n": 0}
    assert len(children() - before) == 1
    records.close()  # type: ignore[attr-defined]
    assert children() <= before


def test_secrets_of_the_environment_do_not_reach_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PURCHASE_AGENT_API_KEY", "secret")
    child = tmp_path / "child.py"
    child.write_text("import json, os; print('r' + json.dumps(dict(os.environ))); print('z')")
    monkeypatch.setattr(parquets, "_CHILD", child)
    (record,) = read(written(tmp_path / "a.parquet", {"n": [1]}))
    assert "secret" not in str(record.value)


def test_this_process_does_not_import_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a.parquet", {"n": [1]})
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert [one.value for one in read(path)] == [{"n": 1}]
