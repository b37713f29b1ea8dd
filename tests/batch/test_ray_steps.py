"""Runs over many machines without them: every step in this process, the output in memory or in a folder."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from purchase_agent.batch import ray_run, ray_steps
from purchase_agent.batch.plan import Job, make_plan
from purchase_agent.batch.ray_output import part_marker
from purchase_agent.batch.ray_place import Place
from purchase_agent.batch.ray_worker import Worker
from purchase_agent.batch.run import Summary, score
from purchase_agent.errors import InputError, PurchaseAgentError
from purchase_agent.settings import load_settings
from tests.batch.killing import Silent
from tests.batch.made import rejects_of, rows_of, shopper, shoppers, write_jsonl
from tests.fakes import FakePredictor

fsspec = pytest.importorskip("fsspec")
AS_OF = datetime(2026, 9, 1, tzinfo=UTC)
Run = Callable[..., Summary]


class Pool:
    """Does steps in this process, after ``most`` of them fails as Ray does."""

    def __init__(self) -> None:
        self.most = 10**6
        self.done: list[tuple[str, int]] = []

    def __call__(self, steps: Sequence[tuple[str, int]], order: dict[str, Any], size: int) -> Iterator[tuple[int, Any]]:  # noqa: ARG002
        worker = Worker(order)
        for step, number in steps[::-1]:
            if len(self.done) >= self.most:
                raise PurchaseAgentError("Ray gave up")
            self.done.append((step, number))
            (raw,) = worker({"step": [step], "number": [number]})["told"]
            told = json.loads(raw)
            if "error" in told:
                kind = InputError if told["input"] else PurchaseAgentError
                raise kind(told["error"], hint=told["hint"])
            yield number, told


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch, fake_model: FakePredictor) -> Pool:  # noqa: ARG001 -- answers
    @contextmanager
    def connected(*_: Any) -> Iterator[int]:
        yield 2

    made = Pool()
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setattr(ray_run, "connected", connected)
    monkeypatch.setattr(ray_run, "done_by_pool", made)
    monkeypatch.setattr(ray_run, "sweep_everywhere", lambda _: None)
    return made


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """Shoppers, later texts of some, rows that are rejected, in files of three kinds."""
    bad = ['{"shopper_id": "x"', shopper(5), {"shopper_id": "y", "texts": [{"text": "a", "rating": "b"}]}]
    write_jsonl(tmp_path / "in" / "a.jsonl", [*shoppers(60), *bad])
    lines = [f"s{number},later words {number},2026-08-30" for number in range(50, 70)]
    (tmp_path / "in" / "b.csv").write_text("shopper_id,text,at\n" + "\n".join(lines) + "\n")
    return tmp_path / "in"


@pytest.fixture
def memory(given: Path) -> str:
    """The same files in memory."""
    system = fsspec.filesystem("memory")
    system.store.clear()
    for path in given.iterdir():
        system.pipe_file(f"/box/in/{path.name}", path.read_bytes())
    return "memory://box"


@pytest.fixture
def run(pool: Pool) -> Run:  # noqa: ARG001 -- who does the steps
    def call(given: Path | str, out: Path | str, **more: Any) -> Summary:
        about: dict[str, Any] = {"engine": "local", "as_of": AS_OF}
        about |= {name: more.pop(name) for name in ("engine", "store", "per_text") if name in more}
        given_job = Job(inputs=(str(given),), out=Path("unused"), **about)
        return ray_run.score_on_ray(given_job, str(out), load_settings(), Silent(), partitions=4, **more)

    return call


def test_the_parts_in_order_are_what_a_run_here_writes(run: Run, given: Path, tmp_path: Path) -> None:
    here = score(
        Job(inputs=(str(given),), out=tmp_path / "here.parquet", engine="local", as_of=AS_OF), load_settings(), Silent()
    )
    there = run(given, tmp_path / "out")
    assert there.tally == here.tally
    assert (there.tally.rows_in, there.tally.rows_kept, there.tally.rows_rejected, there.tally.rows_out) == (
        83,
        80,
        3,
        70,
    )
    assert _rows(tmp_path / "out") == rows_of(tmp_path / "here.parquet")
    found = [
        json.loads(line) for path in sorted(tmp_path.glob("out/_rejected/*")) for line in path.read_text().splitlines()
    ]
    assert sorted(found, key=str) == sorted(rejects_of(tmp_path / "here.parquet"), key=str)
    told = json.loads((tmp_path / "out" / "_committed.json").read_text())
    assert sum(one["rows"] for one in told["parts"]) == 70
    assert not (tmp_path / "out" / "_work").exists()
    assert pq.ParquetDataset(tmp_path / "out").read(columns=["shopper_id"]).num_rows == 70, "as any reader sees it"


def test_from_memory_to_memory(run: Run, given: Path, memory: str, tmp_path: Path) -> None:
    run(given, tmp_path / "out")
    there = run(f"{memory}/in", f"{memory}/out")
    system = fsspec.filesystem("memory")
    names = sorted(system.find("/box/out"))
    assert not [name for name in names if "_work" in name]
    tables = [pq.read_table(io.BytesIO(system.cat_file(name))) for name in names if name.endswith(".parquet")]
    ids = [one for table in tables for one in table.column("shopper_id").to_pylist()]
    assert ids == [row["shopper_id"] for row in _rows(tmp_path / "out")]
    assert there.tally.rows_rejected == 3
    (name,) = [name for name in names if "_rejected/read-00000" in name]
    assert json.loads(system.cat_file(name).splitlines()[0])["file"] == "memory:///box/in/a.jsonl"


def test_a_run_that_ended_goes_on_where_it_was(run: Run, pool: Pool, given: Path, tmp_path: Path) -> None:
    run(given, tmp_path / "whole")
    for most in range(1, 7):
        pool.most, pool.done = most, []
        if most == 1:
            with pytest.raises(PurchaseAgentError, match="Ray gave up"):
                run(given, tmp_path / "out")
            before = list(pool.done)
        else:
            pool.most = 1 if most < 6 else 100
            try:
                run(given, tmp_path / "out")
            except PurchaseAgentError:
                assert not (tmp_path / "out" / "_committed.json").exists()
            assert not set(pool.done) & set(before), "what was committed is not done again"
            before += pool.done
    assert sorted(before) == [("read", 0), ("read", 1), *(("score", number) for number in range(4))]
    assert _rows(tmp_path / "out") == _rows(tmp_path / "whole")
    pool.done = []
    assert run(given, tmp_path / "out").was_finished
    assert pool.done == []


def test_a_step_that_was_cut_off_is_written_over(
    run: Run, given: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(given, tmp_path / "whole")
    put_json = Place.put_json

    def cut(place: Place, name: str, value: Any) -> None:
        if name == part_marker(2):
            raise PurchaseAgentError("cut off before the marker was there")
        put_json(place, name, value)

    with monkeypatch.context() as patched:
        patched.setattr(Place, "put_json", cut)
        with pytest.raises(PurchaseAgentError, match="cut off"):
            run(given, tmp_path / "out")
    assert (tmp_path / "out" / "part-00002.parquet").exists()
    summary = run(given, tmp_path / "out")
    assert summary.resumed
    assert summary.tally.rows_out == 70
    assert _rows(tmp_path / "out") == _rows(tmp_path / "whole")


def test_a_part_that_is_not_the_committed_one_is_found(run: Run, pool: Pool, given: Path, tmp_path: Path) -> None:
    pool.most = 5
    with pytest.raises(PurchaseAgentError, match="gave up"):
        run(given, tmp_path / "out")
    (tmp_path / "out" / "part-00003.parquet").write_bytes(b"somebody else's")
    pool.most = 100
    with pytest.raises(PurchaseAgentError, match="not the file that was committed"):
        run(given, tmp_path / "out")
    assert run(given, tmp_path / "out").tally.rows_out == 70
    assert len(_rows(tmp_path / "out")) == 70


def test_a_step_that_ends_its_worker_again_and_again_ends_the_run(given: Path, tmp_path: Path) -> None:
    place = Place(str(tmp_path / "out"))
    place.make()
    tries = ray_steps.TRIES
    steps = ray_steps.Steps(place, _plan(given), tmp_path, "call", None)
    for _ in range(tries):
        steps._count_try("score", 1)
    with pytest.raises(PurchaseAgentError, match="a worker ended 5 times while it was at partition 1"):
        steps.do("score", 1)
    other = ray_steps.Steps(place, _plan(given), tmp_path, "another call", None)
    assert other._count_try("score", 1) == 1


def test_another_plan_or_another_machine_is_refused(
    run: Run, given: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(given, tmp_path / "out")
    with pytest.raises(InputError, match="is an output with other per text"):
        run(given, tmp_path / "out", per_text=True)
    assert run(given, tmp_path / "out", per_text=True, overwrite=True).tally.rows_out == 140
    monkeypatch.setattr("purchase_agent.batch.ray_worker.__version__", "0.0.1")
    with pytest.raises(PurchaseAgentError, match=r"has version 0\.0\.1 of this package"):
        run(given, tmp_path / "new")


def test_an_input_that_cannot_be_used_is_named(run: Run, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in" / "a.jsonl", [{"colour": "red"}])
    with pytest.raises(InputError, match="it has the columns colour"):
        run(tmp_path / "in", tmp_path / "out")


def test_the_store_gets_every_part(run: Run, pool: Pool, given: Path, tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    from purchase_agent.store import asked

    pool.most = 4
    with pytest.raises(PurchaseAgentError, match="gave up"):
        run(given, tmp_path / "out", store=tmp_path / "s.duckdb")
    pool.most = 100
    run(given, tmp_path / "out", store=tmp_path / "s.duckdb")
    query = "SELECT count(*), count(DISTINCT shopper_id), count(DISTINCT run_id) FROM predictions"
    (found,) = asked(tmp_path / "s.duckdb", query, [])
    assert tuple(found) == (70, 70, 1)


def test_settings_reach_workers_elsewhere() -> None:
    settings = load_settings(llm_base_url="http://10.0.0.7:8000/v1", llm_api_key="k" * 20, llm_headers={"a": "b"})
    told = ray_run.environment(settings)
    assert told["PURCHASE_AGENT_LLM_BASE_URL"] == "http://10.0.0.7:8000/v1"
    assert told["PURCHASE_AGENT_LLM_API_KEY"] == "k" * 20
    assert told["PURCHASE_AGENT_LLM_HEADERS"] == '{"a": "b"}'
    assert "PURCHASE_AGENT_MODELS_DIR" not in told, "each machine has its own home"


@pytest.mark.real
@pytest.mark.usefixtures("needs_model")
def test_a_served_model_is_asked_over_http_by_each_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from purchase_agent.faults.server import FaultServer

    write_jsonl(tmp_path / "in.jsonl", shoppers(8))
    with FaultServer("ok") as server:
        for name, value in (("LLM_BASE_URL", server.url), ("ENGINE", "auto")):
            monkeypatch.setenv(f"PURCHASE_AGENT_{name}", value)
        monkeypatch.setenv("OMP_NUM_THREADS", "1")
        place = Place(str(tmp_path / "out"))
        place.make()
        job = Job(inputs=(str(tmp_path / "in.jsonl"),), out=tmp_path / "unused", engine="auto", as_of=AS_OF)
        place.put_json("_work/plan.json", make_plan(job, load_settings(), 2).model_dump(mode="json"))
        order = {
            "out": place.url, "settings": ray_run.environment(load_settings()), "call": "c", "cache": None,
        }  # fmt: skip
        worker = Worker(order)
        for step, number in (("read", 0), ("score", 0), ("score", 1)):
            (raw,) = worker({"step": [step], "number": [number]})["told"]
            assert "error" not in json.loads(raw), raw
        worker._kept.close()
    assert {row["engine"] for row in _rows(tmp_path / "out")} == {"llm"}
    assert len(_rows(tmp_path / "out")) == 8


def _rows(out: Path) -> list[dict[str, Any]]:
    return [row for path in sorted(out.glob("part-*.parquet")) for row in rows_of(path)]


def _plan(given: Path) -> Any:
    return make_plan(Job(inputs=(str(given),), out=given.parent / "x.parquet", as_of=AS_OF), load_settings(), 4)
