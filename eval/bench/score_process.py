"""A run of ``purchase-agent score`` in processes of its own, and how much memory they all held at most."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LOOK_EVERY_S = 0.25
_MAIN = "from purchase_agent.cli import main; main()"


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run went. ``peak_mb``: resident memory of all its processes together, at most; what they share counts once
    (proportional set size)."""

    seconds: float
    cpu_s: float
    peak_mb: float
    told: dict[str, Any]


def run_score(arguments: Sequence[str | Path]) -> Ran:
    """Runs the command to its end.

    Raises:
        RuntimeError: it failed.
    """
    begun, before = time.monotonic(), _children_cpu()
    process = subprocess.Popen(  # noqa: S603 -- this Python
        [sys.executable, "-c", _MAIN, "score", *map(str, arguments), "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(_held, _family(process.pid))))
        time.sleep(_LOOK_EVERY_S)
    out = process.communicate()[0]
    if process.returncode not in (0, 3):
        raise RuntimeError(f"score ended with {process.returncode}")
    return Ran(time.monotonic() - begun, _children_cpu() - before, peak / 1024, json.loads(out))


def _family(pid: int) -> list[int]:
    """A process and those it has started."""
    found = [pid]
    for one in found:
        try:
            told = Path(f"/proc/{one}/task/{one}/children").read_text("ascii")
        except OSError:
            continue
        found += map(int, told.split())
    return found


def _held(pid: int) -> int:
    """KiB."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _children_cpu() -> float:
    times = os.times()
    return times.children_user + times.children_system
