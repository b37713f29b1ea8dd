"""Ends runs with SIGKILL at random moments, in a process of its own.

``python -m tests.batch.killing FOLDER KILLS SEED [store]``

Everything is imported once; each run is then a fork that scores with a stub in the models' place. What lies in FOLDER
afterwards: ``whole.parquet`` of a run that was left alone, ``killed.parquet`` of one that was ended KILLS times, and
``log.json``, a row a kill: how many parts were committed, and whether the output was there.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from purchase_agent.batch.plan import Job
from purchase_agent.batch.run import score
from purchase_agent.service import PurchaseAgent
from purchase_agent.settings import load_settings
from tests.fakes import FakePredictor


class Silent:
    """Nobody watches."""

    def stage(self, name: str, total: int) -> None: ...
    def done(self, number: int, units: int) -> None: ...
    def say(self, words: str) -> None: ...


def run(folder: Path, out: str, *, store: bool) -> None:
    """One run, in this process."""
    job = Job(
        inputs=(str(folder / "in"),), out=folder / out, engine="local", as_of="2026-09-01T00:00:00Z",  # type: ignore[arg-type]
        store=folder / f"{out}.duckdb" if store else None,
    )  # fmt: skip
    score(job, load_settings(), Silent(), partitions=16)


def forked(folder: Path, out: str, *, store: bool) -> int:
    """A run in a process of its own; returns its id."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            run(folder, out, store=store)
            status = 0
        finally:
            os._exit(status)
    return child


def main(folder: Path, kills: int, seed: int, *, store: bool) -> None:
    """Runs once in peace, then until ``kills`` runs were killed, and once more to the end."""
    rng = random.Random(seed)
    begun = time.monotonic()
    assert os.waitpid(forked(folder, "whole.parquet", store=store), 0)[1] == 0
    whole = time.monotonic() - begun
    log: list[list[object]] = []
    out = folder / "killed.parquet"
    while len(log) < kills:
        child = forked(folder, out.name, store=store)
        until = time.monotonic() + rng.uniform(0, whole * 0.7)
        ended = 0
        while not ended and time.monotonic() < until:
            time.sleep(0.001)
            ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            assert status == 0
            out.unlink()  # done before it could be killed: from the beginning again, over the same store
            continue
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        work = folder / f"{out.name}.work"
        log.append([len(list(work.glob("parts/*.json"))), (work / "read/00000.json").exists(), out.exists()])
    assert os.waitpid(forked(folder, out.name, store=store), 0)[1] == 0
    (folder / "log.json").write_text(json.dumps(log))


if __name__ == "__main__":
    PurchaseAgent._predictor = FakePredictor()  # type: ignore[assignment]
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), store="store" in sys.argv[4:])
