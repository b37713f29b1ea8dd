import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from purchase_agent.errors import StoreError
from purchase_agent.store import Limits, Reader, Store, asked
from tests.store_samples import AS_OF, sample_store

HEAVY = (
    "SELECT sum(length(a.item_id || b.item_id || c.item_id || d.item_id)) FROM events a, events b, events c, events d"
    " WHERE a.at < b.at OR c.at < d.at"
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_store(tmp_path_factory.mktemp("store") / "s.duckdb", shoppers=80, runs=1)


@pytest.fixture
def reader(store: Path) -> Iterator[Reader]:
    with Reader(store) as made:
        yield made


def test_values_come_back_as_what_they_are(reader: Reader) -> None:
    (row,) = reader.rows(
        "SELECT ? AS text, 1 AS number, 1.5 AS decimal, sum(2) AS big, NULL AS nothing, ['a', NULL] AS list,"
        " TIMESTAMP '2026-11-09 08:00:00.25' AS moment, DATE '2026-11-09' AS day, true AS yes, 'NaN'::DOUBLE AS nan",
        ["naïve '; DROP TABLE runs; -- 手机\n\x00"],
    )
    assert row.pop("nan") != 0
    assert row == {
        "text": "naïve '; DROP TABLE runs; -- 手机\n\x00", "number": 1, "decimal": 1.5, "big": 2, "nothing": None,
        "list": ["a", None], "moment": datetime(2026, 11, 9, 8, 0, 0, 250_000, UTC), "day": date(2026, 11, 9),
        "yes": True,
    }  # fmt: skip


def test_times_dates_and_lists_go_as_parameters(reader: Reader) -> None:
    (row,) = reader.rows(
        "SELECT count(*) AS n, ? - INTERVAL 1 DAY AS before, ?::DATE + 1 AS next FROM predictions"
        " WHERE as_of = ? AND language IN (SELECT unnest(?))",
        [AS_OF, date(2026, 11, 9), AS_OF, ("zh", "en")],
    )
    assert row["n"] > 50
    assert row["before"] == datetime(2026, 11, 8, 8, 0, tzinfo=UTC)
    assert row["next"] == datetime(2026, 11, 10, tzinfo=UTC) or row["next"] == date(2026, 11, 10)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM glob('/*')",
        "COPY texts TO '/tmp/texts.csv'",
        "EXPORT DATABASE '/tmp/all'",
        "ATTACH '/tmp/other.duckdb' AS other",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
        "DELETE FROM texts",
        "WITH gone AS (DELETE FROM texts RETURNING *) SELECT * FROM gone",
        "UPDATE meta SET value = '2'",
        "CREATE TABLE x (a INTEGER)",
    ],
)
def test_neither_another_file_nor_a_write_is_possible(store: Path, reader: Reader, sql: str) -> None:
    before, names = store.read_bytes(), sorted(store.parent.iterdir())
    with pytest.raises(StoreError, match=r"refuses|damaged"):
        reader.rows(sql)
    assert store.read_bytes() == before
    assert sorted(store.parent.iterdir()) == names
    assert reader.rows("SELECT count(*) AS n FROM meta") == [{"n": 1}]


@pytest.mark.parametrize("name", ["a.parquet", "a.csv", "a.json", "a.sqlite", "empty"])
def test_a_file_of_another_kind_is_no_store(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes({"a.parquet": b"PAR1", "a.sqlite": b"SQLite format 3\0" + bytes(4080)}.get(name, b""))
    with pytest.raises(StoreError, match=f"{name} is not a store"), Reader(path) as reader:
        reader.rows("SELECT 1")
    with pytest.raises(StoreError, match=f"{name} is not a store"), Store(path, write=True):
        pass


def test_a_runaway_query_ends_by_its_time_and_the_next_one_is_answered(store: Path) -> None:
    with Reader(store, limits=Limits(seconds=1)) as reader:
        begun = time.monotonic()
        with pytest.raises(StoreError, match="more than 1 seconds"):
            reader.rows(HEAVY)
        assert time.monotonic() - begun < 15
        assert reader.rows("SELECT 1 AS one") == [{"one": 1}]


def test_a_runaway_query_ends_by_its_memory_and_the_next_one_is_answered(store: Path) -> None:
    limits = Limits(memory=64 * 1024 * 1024, seconds=20)
    for sql in (
        "SELECT list(a.event_id || b.event_id || c.item_id) FROM events a, events b, events c",
        "SELECT a.event_id FROM events a, events b, events c ORDER BY c.price || b.event_id || a.event_id",
        "SELECT length(string_agg(repeat(a.event_id, 100000), ',')) FROM events a, events b",
    ):
        with Reader(store, limits=limits) as reader:
            with pytest.raises(StoreError, match="memory"):
                reader.rows(sql)
            assert reader.rows("SELECT 1 AS one") == [{"one": 1}]


def test_an_answer_that_is_too_long_is_refused_and_the_next_one_is_right(store: Path) -> None:
    with Reader(store, limits=Limits(rows=1_000)) as reader:
        with pytest.raises(StoreError, match="more than 1000 rows"):
            reader.rows("SELECT a.event_id FROM events a, events b")
        assert reader.rows("SELECT 1 AS one") == [{"one": 1}]


def test_a_long_answer_comes_in_parts_and_leaving_it_early_spoils_nothing(reader: Reader) -> None:
    (all_,) = reader.rows("SELECT count(*) AS n FROM events")
    assert sum(len(part) for part in reader.parts("SELECT * FROM events")) == all_["n"]
    parts = reader.parts("SELECT a.event_id FROM events a, events b")
    assert len(next(parts)) == 500
    parts.close()
    assert reader.rows("SELECT 1 AS one") == [{"one": 1}]


def test_the_process_ends_with_the_block(store: Path) -> None:
    with Reader(store) as reader:
        reader.rows("SELECT 1")
        child = reader._child
        assert child is not None
        assert child.poll() is None
    assert child.poll() is not None


def test_no_key_reaches_the_process(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PURCHASE_AGENT_INSIGHT_KEY", "sesame-sesame-sesame")
    with Reader(store) as reader:
        reader.rows("SELECT 1")
        assert reader._child is not None
        assert b"sesame" not in Path(f"/proc/{reader._child.pid}/environ").read_bytes()


def test_one_that_died_is_started_again(reader: Reader) -> None:
    reader.rows("SELECT 1")
    assert reader._child is not None
    reader._child.kill()
    reader._child.wait()
    assert reader.rows("SELECT 1 AS one") == [{"one": 1}]


def test_threads_take_turns(reader: Reader) -> None:
    found: list[int] = []

    def ask(number: int) -> None:
        found.extend(reader.rows("SELECT ?::INTEGER AS n", [number])[0]["n"] for _ in range(20))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted([0, 1, 2, 3] * 20)


def test_an_error_of_a_query_does_not_end_the_process(reader: Reader) -> None:
    reader.rows("SELECT 1")
    child = reader._child
    with pytest.raises(StoreError, match="refuses"):
        reader.rows("SELECT nothing FROM nowhere")
    assert reader.rows("SELECT 1 AS one") == [{"one": 1}]
    assert reader._child is child


def test_asked_gives_tuples(store: Path) -> None:
    assert asked(store, "SELECT 1 AS a, ? AS b", ["x"]) == [(1, "x")]
