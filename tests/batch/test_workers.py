"""The command as it runs, with worker processes and the shipped models: killed, interrupted, and side by side."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.batch.made import AS_OF, rows_of, shoppers, write_jsonl

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("needs_model")]
KILLS = 6


def started(folder: Path, out: str, *more: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PURCHASE_AGENT_")}
    return subprocess.Popen(
        [
            sys.executable, "-c", "from purchase_agent.cli import main; main()", "score", str(folder / "in.jsonl"),
            "--out", str(folder / out), "--workers", "2", "--as-of", AS_OF, "--json", *more,
        ],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def ended(process: subprocess.Popen[str]) -> tuple[int, Any, str]:
    out, err = process.communicate(timeout=300)
    return process.returncode, json.loads(out) if out else None, err


def family(pid: int) -> set[int]:
    try:
        told = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    except OSError:  # it has just ended
        return set()
    return {int(one) for one in told}


def test_killed_and_interrupted_it_goes_on_and_leaves_no_process(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in.jsonl", shoppers(600))
    begun = time.monotonic()
    status, told, err = ended(started(tmp_path, "whole.parquet", "--cache", "none"))
    took = time.monotonic() - begun
    assert (status, told["rows_out"]) == (0, 600), err
    rng = random.Random(3)
    workers: set[int] = set()
    for number in range(KILLS):
        process = started(tmp_path, "killed.parquet", "--cache", "none")
        with_workers = time.monotonic() + 60
        while process.poll() is None and not family(process.pid) and time.monotonic() < with_workers:
            time.sleep(0.02)
        time.sleep(took * rng.uniform(0.0, 0.3))
        if process.poll() is None:
            workers |= family(process.pid)
            process.send_signal(signal.SIGKILL if number else signal.SIGINT)
        code, _, words = ended(process)
        assert code in (0, -signal.SIGKILL, 130)
        assert "Traceback" not in words
    status, told, err = ended(started(tmp_path, "killed.parquet", "--cache", "none"))
    assert (status, told["rows_out"]) == (0, 600), err
    assert rows_of(tmp_path / "killed.parquet") == rows_of(tmp_path / "whole.parquet")
    time.sleep(0.5)
    assert workers, "some were ended while workers were at it"
    assert not [pid for pid in workers if Path(f"/proc/{pid}/cmdline").exists()]


def test_a_worker_that_is_killed_is_replaced_and_nothing_is_lost(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in.jsonl", shoppers(600))
    process = started(tmp_path, "out.parquet", "--cache", "none")
    until = time.monotonic() + 60
    while time.monotonic() < until and not list((tmp_path / "out.parquet.work" / "parts").glob(".*.parquet.*")):
        time.sleep(0.02)
    os.kill(min(family(process.pid)), signal.SIGKILL)
    status, told, err = ended(process)
    assert (status, told["rows_out"]) == (0, 600), err


def test_two_commands_at_once_do_not_meet_and_a_memory_changes_no_answer(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in.jsonl", shoppers(300))
    cache = ("--cache", str(tmp_path / "cache"))
    first = started(tmp_path, "out.parquet", *cache)
    while not (tmp_path / "out.parquet.work" / "plan.json").exists():
        time.sleep(0.02)
    status, _, err = ended(started(tmp_path, "out.parquet", *cache))
    assert status == 2
    assert "another run is writing" in err
    assert ended(first)[0] == 0
    status, told, _ = ended(started(tmp_path, "again.parquet", *cache))
    assert told["remembered"] == {"shoppers read": 0, "shoppers remembered": 300}
    assert rows_of(tmp_path / "again.parquet") == rows_of(tmp_path / "out.parquet")
