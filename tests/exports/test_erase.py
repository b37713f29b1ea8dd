import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from purchase_agent.batch.folder import WorkFolder
from purchase_agent.errors import StoreError
from purchase_agent.evidence import Shopper
from purchase_agent.store import Reader, Scored, Store, asked, pseudonym
from purchase_agent.store.erasing import Erasure
from purchase_agent.store.schema import OF_A_SHOPPER
from tests.conftest import Ended
from tests.store_samples import AS_OF, MODELS, predicted, sample_store

ROOT = Path(__file__).parents[2]
NAME = "customer-4711"
WORDS = "The zebra-striped slippers squeak like a rusty gate"
QUOTE = "squeak like a rusty gate"
ABOUT: dict[str, Any] = {"engine": "local", "evidence": "fast", "models": MODELS, "source": "x"}
KEY = "0123456789abcdef-key"


@pytest.fixture(autouse=True)
def _no_cache_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def with_him(path: Path, name: str = NAME, runs: int = 2) -> Path:
    """A store of sixty others and him: a review, a discussion, events; his words stand in another's thread, too."""
    sample_store(path, shoppers=60, runs=1)
    him = Shopper.model_validate(
        {
            "shopper_id": name,
            "texts": [
                {"id": "t1", "channel": "review", "text": WORDS, "at": AS_OF, "item_id": "slippers", "rating": 2},
                {"id": "t2", "channel": "search_query", "text": "quiet slippers for a museum guard", "at": AS_OF},
            ],
            "events": [{"type": "search", "at": AS_OF, "query": "quiet slippers for a museum guard"}],
        }
    )
    other = Shopper.model_validate(
        {
            "shopper_id": "neighbour-1",
            "texts": [
                {"text": WORDS, "role": "other", "channel": "discussion", "at": AS_OF, "item_id": "slippers"},
                {"text": "Mine do not squeak at all", "channel": "discussion", "at": AS_OF, "item_id": "slippers"},
            ],
        }
    )
    start = WORDS.index(QUOTE)
    evidence = [
        {
            "supports": "barrier.quality_doubt", "source": "t1", "quote": QUOTE, "start": start,
            "end": start + len(QUOTE), "weight": 1.0,
        }
    ]  # fmt: skip
    told = predicted(name, AS_OF, "ready", barriers={"quality_doubt": 0.9}, evidence=evidence)
    for _ in range(runs):
        with Store(path, write=True) as store:
            run = store.begin(**ABOUT)
            run.add([Scored(him, told, {"t1": told}), Scored(other, predicted("neighbour-1", AS_OF))])
            run.finish()
    return path


def everything(folder: Path) -> bytes:
    return b"\n".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


TRACES = (NAME, WORDS, QUOTE, "quiet slippers for a museum guard")


def traces_in(folder: Path) -> list[str]:
    """Bytes of him in any file of a folder, whatever its name; Parquet is unpacked."""
    held = everything(folder)
    for file in folder.rglob("*.parquet"):
        held += json.dumps(parquet.read_table(file).to_pylist(), default=str, ensure_ascii=False).encode()
    return [trace for trace in TRACES if trace.encode() in held]


def test_no_byte_of_him_is_left_and_all_others_are(command: Callable[..., Ended], tmp_path: Path) -> None:
    path = with_him(tmp_path / "s.duckdb")
    for name in ("profile", "reviews", "searches"):
        for form in ("csv", "jsonl", "json", "parquet"):
            assert command("export", name, "--store", path, "--out", f"{name}.{form}").status == 0
    assert command("export", "searches", "--store", path, "--out", "all.csv", "--least", 1).status == 0
    assert (
        command("export", "audience", "--store", path, "--out", "aud.csv", "--days", 30, "--holdout", 0.5).status == 0
    )
    (tmp_path / "score.log").write_text(f"scored {NAME}\nscored c00001\n")
    (tmp_path / "out.parquet").write_bytes((tmp_path / "profile.parquet").read_bytes())
    (tmp_path / "out.parquet.rejected.jsonl").write_text('{"file": "a.jsonl", "line": 3, "reason": "no text"}\n')
    assert set(traces_in(tmp_path)) == set(TRACES)
    others = "SELECT * FROM {} WHERE shopper_id <> ? {}ORDER BY ALL"
    context = "AND NOT (shopper_id = 'neighbour-1' AND role = 'other') "
    tables = {name: others.format(name, context if name == "texts" else "") for name in OF_A_SHOPPER}
    before = {name: asked(path, sql, [NAME]) for name, sql in tables.items()}

    files = [file for file in sorted(tmp_path.iterdir()) if file.is_file() and file.suffix != ".duckdb"]
    told = command("erase", NAME, "--store", path, *(word for file in files for word in ("--out", file)))

    assert told.status == 0
    assert traces_in(tmp_path) == []
    assert {name: asked(path, sql, [NAME]) for name, sql in tables.items()} == before
    assert asked(path, "SELECT shoppers FROM runs ORDER BY number") == [(60,), (1,), (1,)]
    receipt = json.loads(told.out)
    assert NAME not in told.out + told.err
    assert receipt["store"]["rows_removed"] == {"predictions": 2, "texts": 2, "events": 1, "context": 1}
    assert receipt["store"]["sha256_before"] != receipt["store"]["sha256_after"]
    assert receipt["still_found_in"] == []
    by_file = {Path(one["file"]).name: one for one in receipt["files"]}
    assert by_file["profile.csv"]["rows_removed"] == 1
    assert by_file["reviews.parquet"]["values_removed"] >= 1
    assert by_file["score.log"]["rows_removed"] == 1
    assert by_file["searches.csv"]["sha256_before"] == by_file["searches.csv"]["sha256_after"]
    assert by_file["all.csv"]["values_removed"] == 1


def test_a_second_time_finds_nothing_and_says_so(command: Callable[..., Ended], tmp_path: Path) -> None:
    path = with_him(tmp_path / "s.duckdb")
    assert command("erase", NAME, "--store", path).status == 0
    held = path.read_bytes()
    told = command("erase", NAME, "--store", path)
    assert told.status == 0
    assert set(json.loads(told.out)["store"]["rows_removed"].values()) == {0}
    assert "0 rows removed" in told.err
    assert path.read_bytes() == held


def test_words_left_in_the_log_of_a_killed_writer_go_too(tmp_path: Path) -> None:
    path = with_him(tmp_path / "s.duckdb", runs=1)
    code = """
        import os, sys, duckdb
        held = duckdb.connect(sys.argv[1])
        held.execute("PRAGMA disable_checkpoint_on_shutdown")
        held.execute("INSERT INTO texts SELECT * FROM texts WHERE shopper_id = ?", [sys.argv[2]])
        os.kill(os.getpid(), 9)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code), str(path), NAME], check=False)
    log = Path(f"{path}.wal")
    assert NAME.encode() in log.read_bytes()
    with Erasure(path, [NAME]) as erasure:
        erasure.carry_out()
    assert traces_in(tmp_path) == []
    assert [one.name for one in tmp_path.iterdir()] == ["s.duckdb"]


def test_a_pseudonym_is_found_by_the_key_and_the_receipt_names_it(
    command: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = pseudonym("ann@example.com", KEY)
    path = with_him(tmp_path / "s.duckdb", hidden)
    without = command("erase", "ann@example.com", "--store", path)
    assert set(json.loads(without.out)["store"]["rows_removed"].values()) == {0}
    monkeypatch.setenv("PURCHASE_AGENT_HASH_KEY", KEY)
    told = command("erase", "ann@example.com", "--store", path)
    receipt = json.loads(told.out)
    assert receipt["store"]["rows_removed"]["predictions"] == 2
    assert receipt["shopper"] == {"pseudonym": hidden}
    assert hidden.encode() not in everything(tmp_path)


def test_hashes_for_ad_platforms_are_found(command: Callable[..., Ended], tmp_path: Path) -> None:
    name = "shopper00000@example.com"
    path = sample_store(tmp_path / "s.duckdb", shoppers=60, runs=1)
    arguments = ("--days", 30, "--at-least", 0, "--holdout", 0, "--hash", "sha256", "--include-sensitive")
    assert command("export", "audience", "--store", path, "--out", "a.csv", *arguments).status == 0
    rows = len((tmp_path / "a.csv").read_text().splitlines())
    assert command("erase", name, "--store", path, "--out", "a.csv").status == 0
    left = len((tmp_path / "a.csv").read_text().splitlines())
    (marketing,) = asked(
        sample_store(tmp_path / "t.duckdb", 60, 1), "SELECT marketing FROM predictions WHERE shopper_id = ?", [name]
    )
    assert left == rows - int(marketing[0])


def test_from_standard_input_and_a_folder(command: Callable[..., Ended], tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    (folder / "deep").mkdir(parents=True)
    for name in ("a.log", "deep/b.txt"):
        (folder / name).write_text(f"x {NAME}\n")
    (folder / "c.bin").write_text("left alone")
    told = command("erase", "-", "--out", folder, stdin=f"{NAME}\n".encode())
    assert told.status == 0
    assert everything(folder).strip() == b"left alone"
    assert NAME not in told.out + told.err
    receipt = json.loads(told.out)
    assert "not named with --out" in receipt["not_searched"][0]
    assert receipt["not_searched"][-1] == str(folder / "c.bin")
    assert f"not searched: {folder / 'c.bin'}" in told.err


def test_all_of_a_folder_is_searched_or_told(command: Callable[..., Ended], tmp_path: Path) -> None:
    folder = tmp_path / "outputs"
    folder.mkdir()
    path = with_him(folder / "s.duckdb")
    assert command("export", "profile", "--store", path, "--out", folder / "p.parquet").status == 0
    (folder / "p.parquet").rename(folder / "p.pq")
    (folder / "a.ndjson").write_text(json.dumps({"shopper_id": NAME}) + "\n")
    for name in ("old.csv.gz", "noending"):
        (folder / name).write_bytes(b"x")
    told = command("erase", NAME, "--store", path, "--out", folder)
    assert told.status == 0
    receipt = json.loads(told.out)
    assert {Path(one["file"]).name: one["rows_removed"] for one in receipt["files"]} == {"p.pq": 1, "a.ndjson": 1}
    named = [one for one in receipt["not_searched"] if str(folder) in one]
    assert named == [str(folder / "noending"), str(folder / "old.csv.gz")]
    assert traces_in(folder) == []


@pytest.mark.parametrize("name", ["old.csv.gz", "damaged.parquet"])
def test_a_file_that_cannot_be_searched_does_not_keep_him_elsewhere(
    command: Callable[..., Ended], tmp_path: Path, name: str
) -> None:
    path = with_him(tmp_path / "s.duckdb")
    (tmp_path / name).write_bytes(b"not what it says")
    (tmp_path / "a.log").write_text(f"{NAME}\nothers\n")
    told = command("erase", NAME, "--store", path, "--out", name, "--out", "a.log")
    assert told.status == 3
    receipt = json.loads(told.out)
    assert any(name in one for one in receipt["not_searched"])
    assert receipt["store"]["rows_removed"]["predictions"] == 2
    assert (tmp_path / "a.log").read_text() == "others\n"
    assert name in told.err


def test_a_file_that_cannot_be_written_is_mended_while_the_store_knows_his_words(
    command: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = with_him(tmp_path / "s.duckdb")
    (tmp_path / "a.log").write_text(f"{WORDS}\n")

    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("purchase_agent.exports.erasing.os.open", full)
        told = command("erase", NAME, "--out", "a.log", "--cache", "none")
    assert told.status == 2
    assert "No space left" in told.err
    assert command("erase", NAME, "--store", path, "--out", "a.log").status == 0
    assert traces_in(tmp_path) == []


def test_what_is_still_there_fails(command: Callable[..., Ended], tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"note": "ok"}) + "\n")
    table = {"prediction": [f'"{NAME}"'], "shopper_id": ["other"]}
    import pyarrow as pa

    parquet.write_table(pa.table(table), tmp_path / "odd.parquet", compression="none", use_dictionary=False)
    told = command("erase", NAME, "--out", tmp_path / "odd.parquet")
    assert told.status == 1
    assert "still found" in told.err


def test_of_the_folder_of_the_cache_only_its_own_files_go(command: Callable[..., Ended], tmp_path: Path) -> None:
    ours = ["readings.sqlite", "readings.sqlite-wal", "predictions.sqlite", "predictions.sqlite-shm"]
    others = ["shop.sqlite", "my-predictions.sqlite", "readings.sqlite.bak", "readings.sqlite3"]
    for name in (*ours, *others):
        (tmp_path / name).touch()
    (tmp_path / "a.log").touch()
    told = command("erase", NAME, "--out", "a.log", "--cache", tmp_path)
    assert told.status == 0
    assert json.loads(told.out)["cache_removed"] == sorted(str(tmp_path / name) for name in ours)
    assert {one.name for one in tmp_path.iterdir()} == {*others, "a.log"}


def test_an_unfinished_run_and_the_cache_go(command: Callable[..., Ended], tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    folder = WorkFolder(out)
    folder.make()
    folder.part_for_store(0).write_text(f'{{"shopper_id": "{NAME}"}}')
    cache = tmp_path / "cache" / "purchase-agent"
    cache.mkdir(parents=True)
    (cache / "predictions.sqlite").write_text(WORDS)
    told = command("erase", NAME, "--out", out)
    assert told.status == 0
    receipt = json.loads(told.out)
    assert receipt["unfinished_runs_removed"] == [str(folder.path)]
    assert receipt["cache_removed"] == [str(cache / "predictions.sqlite")]
    assert traces_in(tmp_path) == []
    with folder.locked():
        busy = command("erase", NAME, "--out", out)
        assert busy.status == 2
        assert "another run is writing" in busy.err


def test_a_store_that_is_being_written_is_left_alone(command: Callable[..., Ended], tmp_path: Path) -> None:
    path = with_him(tmp_path / "s.duckdb")
    (tmp_path / "a.log").write_text(NAME)
    with Store(path, write=True):
        told = command("erase", NAME, "--store", path, "--out", "a.log")
    assert told.status == 1
    assert f"being written by process {os.getpid()}" in told.err
    assert (tmp_path / "a.log").read_text() == NAME


def test_killed_at_any_moment_it_can_be_done_again(tmp_path: Path) -> None:
    path = with_him(tmp_path / "s.duckdb")
    (tmp_path / "reviews.jsonl").write_text(json.dumps({"item": "slippers", "quotes": [QUOTE, "fine"]}) + "\n")
    count = asked(path, "SELECT count(*) FROM predictions")[0][0]
    whole = path.read_bytes()
    command = [sys.executable, "-c", "from purchase_agent.cli import main; main()", "erase", NAME]
    command += ["--store", str(path), "--out", str(tmp_path / "reviews.jsonl"), "--cache", "none"]
    begun = time.monotonic()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    longest = time.monotonic() - begun
    for turn in range(4):
        path.write_bytes(whole)
        (tmp_path / "reviews.jsonl").write_text(json.dumps({"item": "slippers", "quotes": [QUOTE, "fine"]}) + "\n")
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(longest * (0.5 + 0.12 * turn))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert asked(path, "SELECT count(*) FROM predictions")[0][0] in (count, count - 2)
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        assert traces_in(tmp_path) == []
        assert {one.name for one in tmp_path.iterdir()} == {"s.duckdb", "reviews.jsonl"}


def test_a_full_disk_leaves_the_old_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = with_him(tmp_path / "s.duckdb")

    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("purchase_agent.store.erasing._flush", full)
    with pytest.raises(StoreError, match="No space left"), Erasure(path, [NAME]) as erasure:
        erasure.carry_out()
    assert [one.name for one in tmp_path.iterdir()] == ["s.duckdb"]
    with Reader(path) as reader:
        assert reader.rows("SELECT count(*) AS n FROM predictions WHERE shopper_id = ?", [NAME]) == [{"n": 2}]


def test_words_that_others_wrote_too_are_no_trace(tmp_path: Path) -> None:
    path = sample_store(tmp_path / "s.duckdb", shoppers=60, runs=1)
    (name,) = asked(path, "SELECT shopper_id FROM texts WHERE contains(text, '价格太贵了') LIMIT 1")
    with Erasure(path, [name[0]]) as erasure:
        assert "价格太贵了" not in erasure.words
        with pytest.raises(StoreError, match="being written"), Erasure(path, [name[0]]):
            pass
    with pytest.raises(ValueError, match="with"):
        erasure.carry_out()


def test_what_is_missing_is_told(command: Callable[..., Ended], tmp_path: Path) -> None:
    assert command("erase", NAME).status == 2
    assert "there is no file" in command("erase", NAME, "--out", "none.csv").err
    assert "cannot open the store" in command("erase", NAME, "--store", tmp_path / "none.duckdb").err
    assert command("erase", "-", "--out", "none.csv", stdin=b"\n").status == 2
