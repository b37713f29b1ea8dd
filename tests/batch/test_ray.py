"""Runs on a real Ray: two nodes of which one is taken away, workers that are killed, and the command itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from purchase_agent.batch.plan import Job
from purchase_agent.batch.run import score
from purchase_agent.settings import load_settings
from tests.batch.killing import Silent
from tests.batch.made import rejects_of, rows_of, shopper, write_jsonl

pytest.importorskip("ray")
pytestmark = [pytest.mark.real, pytest.mark.usefixtures("needs_model")]
ROOT = Path(__file__).parents[2]
SHOPPERS = 400
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("PURCHASE_AGENT_", "RAY_"))}


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """Shoppers whose texts all differ, in two files, and rows that are rejected."""
    words = "My kettle number {} leaks, which one should I get before Friday?"
    some = [
        shopper(number, texts=[{"text": words.format(number), "at": "2026-08-20T10:00:00Z"}])
        for number in range(SHOPPERS)
    ]
    write_jsonl(tmp_path / "in" / "a.jsonl", [*some[:300], '{"shopper_id": "x"', shopper(5)])
    write_jsonl(tmp_path / "in" / "b.jsonl", some[300:])
    return tmp_path / "in"


def test_workers_killed_and_a_node_taken_away_lose_and_double_nothing(given: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "tests.batch.ray_nodes", str(tmp_path)],
        cwd=ROOT, check=True, env=ENVIRONMENT, timeout=240, capture_output=True,
    )  # fmt: skip
    log = json.loads((tmp_path / "log.json").read_text())
    assert [done for _, _, done in log["killed"]] == [False, False], "both were in the midst of a partition"
    assert 4 <= log["node_removed_after"] < 8
    assert "begun again" in log["summary"]["notes"][0]
    _equals_a_run_here(given, tmp_path)


def test_the_command_says_nothing_but_json_and_goes_on_after_kill_9(given: Path, tmp_path: Path) -> None:
    environment = {**ENVIRONMENT, "HOME": str(tmp_path / "home")}
    (tmp_path / "home").mkdir()
    (tmp_path / "away").mkdir()
    command = [
        sys.executable, "-c", "from purchase_agent.cli import main; main()", "score", str(given), "--out",
        str(tmp_path / "out"), "--on", "ray", "--as-of", "2026-09-01T00:00:00Z", "--cache", "none", "--workers", "2",
        "--engine", "local", "--json",
    ]  # fmt: skip
    first = subprocess.Popen(
        command, cwd=tmp_path / "away", env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait((tmp_path / "out" / "_work" / "read" / "00000.json").exists)
    finally:
        first.kill()
        first.wait()
    ended = subprocess.run(
        command, cwd=tmp_path / "away", env=environment, capture_output=True, timeout=120, check=False
    )
    assert ended.returncode == 3, ended.stderr
    told = json.loads(ended.stdout)
    assert told["resumed"]
    assert (told["rows_in"], told["rows_kept"], told["rows_rejected"]) == (402, 400, 2)
    lines = ended.stderr.decode().splitlines()
    assert [line for line in lines if "ray" in line.lower() and "starting Ray" not in line] == []
    assert not (tmp_path / "home" / ".ray").exists(), "Ray keeps no key"
    _equals_a_run_here(given, tmp_path)


def _equals_a_run_here(given: Path, folder: Path) -> None:
    as_of = datetime(2026, 9, 1, tzinfo=UTC)
    job = Job(inputs=(str(given),), out=folder / "here.parquet", engine="local", as_of=as_of)
    score(job, load_settings(), Silent())
    found = [row for path in sorted((folder / "out").glob("part-*.parquet")) for row in rows_of(path)]
    assert len(found) == len({row["shopper_id"] for row in found}) == SHOPPERS
    assert found == rows_of(folder / "here.parquet")
    rejected: list[Any] = []
    for path in sorted((folder / "out" / "_rejected").iterdir()):
        rejected += map(json.loads, path.read_text().splitlines())
    assert sorted(rejected, key=str) == sorted(rejects_of(folder / "here.parquet"), key=str)
    assert not (folder / "out" / "_work").exists()


def _wait(until: Any) -> None:
    end = time.monotonic() + 90
    while not until():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.01)
