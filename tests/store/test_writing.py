import os
import resource
import signal
import subprocess
import sys
import textwrap
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from purchase_agent.errors import StoreError
from purchase_agent.evidence import Shopper
from purchase_agent.prediction import Prediction
from purchase_agent.store import Limits, Reader, Scored, Store, asked
from tests.store_samples import AS_OF, MODELS, predicted, sample_shoppers, sample_store, scored_at

ROOT = Path(__file__).parents[2]
ABOUT: dict[str, Any] = {"engine": "local", "evidence": "fast", "models": MODELS, "source": "a.jsonl"}


def scored(name: str, words: str = "hello", intent: str = "ready") -> Scored:
    person = Shopper.model_validate({"shopper_id": name, "texts": [{"text": words, "at": AS_OF}]})
    return Scored(person, predicted(name, AS_OF, intent))  # type: ignore[arg-type]


def child(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Another process that has this checkout; its output is a pipe."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_a_run_is_counted_when_it_is_finished(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    with Store(path, write=True) as store:
        run = store.begin(**ABOUT)
        run.add([scored("a"), scored("b")])
        before = asked(path, "SELECT number, finished_at, shoppers FROM runs")
        run.finish(rejected=3)
        second = store.begin(**ABOUT)
    assert before == [(1, None, 0)]
    assert second.number == 2
    found = asked(
        path, "SELECT number, as_of, engine, evidence, models, source, shoppers, rejected FROM runs ORDER BY 1"
    )
    assert found[0] == (
        1,
        AS_OF,
        "local",
        "fast",
        '{"behaviour": "sample-1", "text": "sample-1", "timing": "sample-1"}',
        "a.jsonl",
        2,
        3,
    )
    assert found[1][0] == 2


def test_the_moment_of_a_run_is_its_own_or_that_of_the_latest_shopper_before_it(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    day = timedelta(days=1)
    with Store(path, write=True) as store:
        for as_of in (AS_OF - day, AS_OF + day, None):
            run = store.begin(**ABOUT, as_of=as_of)
            run.add([scored("a")])
            run.finish()
        store.begin(**ABOUT, as_of=AS_OF).finish()
    found = asked(path, "SELECT as_of FROM runs ORDER BY number")
    assert found == [(AS_OF - day,), (AS_OF,), (AS_OF,), (None,)]


def test_a_shopper_who_is_in_the_run_already_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    with Store(path, write=True) as store:
        run = store.begin(**ABOUT)
        run.add([scored("a", "old words"), scored("b")])
        run.add([scored("a", "twice", "none"), scored("a", "new words", "none")])
        run.add([])
        later = store.begin(**ABOUT)
        later.add([scored("b", "later words")])
    found = asked(
        path, "SELECT run_id, shopper_id, intent FROM predictions ORDER BY run_id = ?, shopper_id", [later.run_id]
    )
    assert found == [(run.run_id, "a", "none"), (run.run_id, "b", "ready"), (later.run_id, "b", "ready")]
    assert asked(path, "SELECT shopper_id, text FROM texts ORDER BY 1") == [("a", "new words"), ("b", "later words")]


def test_a_run_goes_on_by_its_id(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    with Store(path, write=True) as store:
        store.begin(**ABOUT, run_id="nightly").add([scored("a")])
    with Store(path, write=True) as store:
        run = store.begin(**ABOUT, run_id="nightly")
        run.add([scored("b")])
        run.finish()
        store.begin(**ABOUT, run_id="nightly").finish()
    assert asked(path, "SELECT run_id, number, shoppers FROM runs") == [("nightly", 1, 2)]


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    path = sample_store(tmp_path / "s.duckdb", shoppers=30, runs=1)
    people = sample_shoppers(30, 1)
    with Store(path) as store:
        for person in people:
            wanted = scored_at(person, AS_OF)
            (row,) = store.rows("SELECT prediction FROM predictions WHERE shopper_id = ?", [wanted.shopper.shopper_id])
            assert Prediction.model_validate_json(row["prediction"]) == wanted.prediction
            texts = store.rows("SELECT text_id, text FROM texts WHERE shopper_id = ?", [wanted.shopper.shopper_id])
            kept = wanted.shopper.texts if wanted.shopper.consent.analytics else ()
            assert {row["text_id"]: row["text"] for row in texts} == {text.id: text.text for text in kept}


def test_a_second_writer_is_refused_by_name_and_the_first_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    with Store(path, write=True) as store:
        run = store.begin(**ABOUT)
        with pytest.raises(StoreError, match=f"being written by process {os.getpid()}"), Store(path, write=True):
            pass
        code = """
            import sys
            from purchase_agent.store import Store
            from purchase_agent.errors import StoreError
            try:
                with Store(sys.argv[1], write=True): pass
            except StoreError as error:
                print(error)
        """
        out, _ = child(code, path).communicate(timeout=60)
        assert f"is being written by process {os.getpid()}" in out
        assert "wait for it" in out
        run.add([scored("a")])
    with Store(path, write=True):
        pass


def test_questions_are_answered_between_two_transactions(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    with Store(path, write=True) as store, Reader(path) as reader:
        run = store.begin(**ABOUT)
        seen = []
        for number in range(4):
            run.add([scored(f"c{number}")])  # waits for the reader to leave the file, which takes it a moment
            seen.append(reader.rows("SELECT count(*) AS n FROM predictions")[0]["n"])
    assert seen == [1, 2, 3, 4]


def test_who_reads_during_a_long_transaction_waits_and_then_is_told_who_writes(tmp_path: Path) -> None:
    path = sample_store(tmp_path / "s.duckdb", shoppers=5, runs=1)
    code = """
        import sys, time, duckdb
        held = duckdb.connect(sys.argv[1])
        print("held", flush=True)
        time.sleep(float(sys.argv[2]))
        held.close()
        print("free", flush=True)
        time.sleep(60)
    """
    other = child(code, path, 1.0)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with (
            pytest.raises(StoreError, match=f"being written by process {other.pid}"),
            Reader(path, limits=Limits(patience=0.2)) as reader,
        ):
            reader.rows("SELECT 1")
        with Reader(path) as reader:
            assert reader.rows("SELECT count(*) AS n FROM runs") == [{"n": 1}]
    finally:
        other.kill()
        other.communicate()


def test_a_reader_who_stays_is_named_to_the_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = sample_store(tmp_path / "s.duckdb", shoppers=5, runs=1)
    code = """
        import sys, time, duckdb
        held = duckdb.connect(sys.argv[1], read_only=True)
        print("held", flush=True)
        time.sleep(60)
    """
    other = child(code, path)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        monkeypatch.setattr("purchase_agent.store.connecting.PATIENCE_S", 0.2)
        with pytest.raises(StoreError, match=f"being read by process {other.pid}"), Store(path, write=True):
            pass
    finally:
        other.kill()
        other.communicate()


def test_killed_amid_add_it_opens_with_whole_transactions(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    code = """
        import sys
        from tests.store_samples import AS_OF, MODELS, sample_shoppers, scored_at
        from purchase_agent.store import Store
        people = sample_shoppers(60, 1)
        with Store(sys.argv[1], write=True) as store:
            run = store.begin(engine="local", evidence="none", models=MODELS, source="x", run_id="r")
            print("begun", flush=True)
            for turn in range(1000):
                rows = [scored_at(person._replace(shopper=person.shopper.model_copy(
                    update={"shopper_id": f"{turn}-{person.shopper.shopper_id}"})), AS_OF) for person in people]
                run.add(rows)
                print(turn, flush=True)
    """
    for wait in (0.0, 0.05, 0.11, 0.19):
        other = child(code, path)
        assert other.stdout is not None
        other.stdout.readline()
        time.sleep(wait)
        other.send_signal(signal.SIGKILL)
        told = [int(line) for line in other.communicate()[0].split()]
        found = asked(path, "SELECT split_part(shopper_id, '-', 1) AS turn, count(*) FROM predictions GROUP BY 1")
        assert all(count == 60 for _, count in found)
        assert {int(turn) for turn, _ in found} >= set(told)
    with Store(path, write=True) as store:
        store.begin(**ABOUT, run_id="r").add([scored("after")])
    assert asked(path, "SELECT count(*) FROM predictions WHERE shopper_id = 'after'") == [(1,)]
    assert {one.name for one in tmp_path.iterdir()} == {"s.duckdb"}


def test_a_full_disk_is_told_and_leaves_what_was_there(tmp_path: Path) -> None:
    path = sample_store(tmp_path / "s.duckdb", shoppers=40, runs=1)
    before = asked(path, "SELECT shopper_id, text_id, text FROM texts ORDER BY ALL")
    code = """
        import resource, sys
        from purchase_agent.errors import StoreError
        from purchase_agent.store import Store
        from tests.store_samples import AS_OF, MODELS, sample_shoppers, scored_at
        rows = [scored_at(person, AS_OF) for person in sample_shoppers(400, 1, seed=5)]
        with Store(sys.argv[1], write=True) as store:
            run = store.begin(engine="local", evidence="none", models=MODELS, source="x")
            most = int(sys.argv[2])
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
            try:
                run.add(rows)
            except StoreError as error:
                print(error)
    """
    other = child(code, path, path.stat().st_size + 20_000)
    out, err = other.communicate(timeout=120)
    assert "no space left" in out, err
    assert asked(path, "SELECT shopper_id, text_id, text FROM texts ORDER BY ALL") == before


def test_what_is_no_store_is_refused_and_left_alone(tmp_path: Path) -> None:
    text, empty, other, version = (tmp_path / name for name in ("a.txt", "empty", "other.duckdb", "old.duckdb"))
    text.write_text("words, no store")
    empty.write_bytes(b"")
    with duckdb.connect(str(other)) as connection:
        connection.execute("CREATE TABLE x (a INTEGER)")
    sample_store(version, shoppers=1, runs=1)
    with duckdb.connect(str(version)) as connection:
        connection.execute("UPDATE meta SET value = '99'")
    for path, words in (
        (text, "is not a store"),
        (empty, "is not a store"),
        (other, "is not a store"),
        (version, "has version 99"),
    ):
        held = path.read_bytes()
        with pytest.raises(StoreError, match=words), Store(path, write=True):
            pass
        with pytest.raises(StoreError, match=words):
            asked(path, "SELECT 1")
        assert path.read_bytes() == held


def test_a_damaged_store_is_told_as_one(tmp_path: Path) -> None:
    path = sample_store(tmp_path / "s.duckdb", shoppers=100, runs=1)
    whole = path.read_bytes()
    changed = bytearray(whole)
    for place in range(20_000, len(changed), 509):
        changed[place] ^= 0xFF
    for content in (whole[: len(whole) // 3], bytes(changed)):
        path.write_bytes(content)
        with pytest.raises(StoreError, match="damaged"):
            asked(path, "SELECT count(DISTINCT text) FROM texts")
        with pytest.raises(StoreError, match="damaged"), Store(path, write=True) as store:
            store.begin(**ABOUT).add([scored("c00001")])


def test_a_path_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none" / "s.duckdb", tmp_path):
        with pytest.raises(StoreError, match=str(path)), Store(path, write=True):
            pass
        with pytest.raises(StoreError, match="there is no store"), Store(path):
            pass


def test_a_store_is_used_in_its_block(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.duckdb", write=True)
    with pytest.raises(ValueError, match="with"):
        store.begin(**ABOUT)
    with store:
        run = store.begin(**ABOUT)
        with pytest.raises(ValueError, match="Reader"):
            store.rows("SELECT 1")
    with pytest.raises(ValueError, match="with"):
        run.add([scored("a")])


def test_thousands_of_shoppers_are_written_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    events = [
        {"type": "view_item", "at": AS_OF - timedelta(hours=n), "item_id": f"i{n % 9}", "price": 9.9} for n in range(50)
    ]
    texts = [{"text": f"a text {n}", "at": AS_OF - timedelta(days=n)} for n in range(2)]
    model = Shopper.model_validate({"shopper_id": "x", "texts": texts, "events": events})
    answer = predicted("x", AS_OF)

    def some(first: int) -> list[Scored]:
        return [
            Scored(
                model.model_copy(update={"shopper_id": f"c{number}"}),
                answer.model_copy(update={"shopper_id": f"c{number}"}),
            )
            for number in range(first, first + 500)
        ]

    with Store(path, write=True) as store:
        run = store.begin(**ABOUT)
        run.add(some(0))
        held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for first in range(500, 5_000, 500):
            run.add(some(first))
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held
    assert asked(path, "SELECT count(*), count(DISTINCT shopper_id) FROM events") == [(250_000, 5_000)]
    assert grown < 150_000  # kilobytes


def test_times_of_a_run_are_utc(tmp_path: Path) -> None:
    path = sample_store(tmp_path / "s.duckdb", shoppers=3, runs=1)
    ((started, finished),) = asked(path, "SELECT started_at, finished_at FROM runs")
    assert timedelta(0) <= finished - started < timedelta(minutes=5)
    assert abs(datetime.now(UTC) - started) < timedelta(minutes=5)
