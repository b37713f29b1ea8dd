"""Runs that are ended with SIGKILL at random moments."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from purchase_agent.store import asked
from tests.batch.made import rejects_of, rows_of, shopper, shoppers, write_jsonl

KILLS = 50
ROOT = Path(__file__).parents[2]


def test_a_run_killed_fifty_times_scores_every_shopper_exactly_once(tmp_path: Path) -> None:
    log = _killed(tmp_path, KILLS)
    assert len(log) == KILLS
    assert any(not read for _, read, _ in log), "one was ended while it read"
    assert any(0 < parts < 16 for parts, _, _ in log), "one was ended while it scored"


@pytest.mark.real  # for its time only
def test_a_killed_run_leaves_every_shopper_in_the_store_exactly_once(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    _killed(tmp_path, 4, "store")
    query = "SELECT count(*), count(DISTINCT shopper_id) FROM predictions WHERE run_id = (SELECT max(run_id) FROM runs)"
    for store in ("whole.parquet.duckdb", "killed.parquet.duckdb"):
        (found,) = asked(tmp_path / store, query, [])
        assert tuple(found) == (430, 430)


def _killed(folder: Path, kills: int, *more: str) -> list[list[Any]]:
    """Has runs killed and compares the outputs; returns at which points they were."""
    bad = ['{"shopper_id": "x"', shopper(5), {"shopper_id": "y", "texts": [{"text": "a", "rating": "b"}]}]
    write_jsonl(folder / "in" / "a.jsonl", [*shoppers(400), *bad])
    lines = [f"s{number},later words {number},2026-08-30" for number in range(380, 430)]
    (folder / "in" / "b.csv").write_text("shopper_id,text,at\n" + "\n".join(lines) + "\n")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PURCHASE_AGENT_")}
    subprocess.run(
        [sys.executable, "-m", "tests.batch.killing", str(folder), str(kills), "1", *more],
        cwd=ROOT, check=True, env=environment | {"OMP_NUM_THREADS": "1"}, timeout=300,
    )  # fmt: skip
    whole, killed = folder / "whole.parquet", folder / "killed.parquet"
    ids = [row["shopper_id"] for row in rows_of(killed)]
    assert len(ids) == len(set(ids)) == 430
    assert rows_of(killed) == rows_of(whole)
    assert rejects_of(killed) == rejects_of(whole)
    assert len(rejects_of(whole)) == 3
    assert not (folder / "killed.parquet.work").exists()
    log: list[list[Any]] = json.loads((folder / "log.json").read_text())
    return log
