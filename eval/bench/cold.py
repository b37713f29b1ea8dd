"""What a fresh process costs until its first prediction: processor time and peak memory, ours and a pipeline's.

Run ``python -m purchase_agent.eval.bench.cold [--runs N] [--json] [--out FILE]``; needs the extra ``[train]``. Figures
are the kernel's for each child (``wait4``): seconds of all its cores and the largest resident set. Each child has run
once before, so files are in memory and modules compiled; runs take turns.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from purchase_agent.errors import PurchaseAgentError
from purchase_agent.eval.bench.rounds import Spread
from purchase_agent.eval.bench.table import Table, Target, add_output, judged, say, tell, verdict
from purchase_agent.settings import load_settings, model_folder

_TEXT = "My laptop died, which one should I get before Friday?"
_OURS = f"from purchase_agent import PurchaseAgent; PurchaseAgent(evidence='none').predict({_TEXT!r})"
_PIPELINE = (
    "import sys; from transformers import pipeline; "
    f"pipeline('text-classification', model=sys.argv[1], device='cpu')({_TEXT!r})"
)
_SAVE = (
    "import sys; from pathlib import Path; from purchase_agent.eval.bench.rivals import save; "
    "save(Path(sys.argv[1]), Path(sys.argv[2]))"
)
OURS, PIPELINE, HELP = "first prediction, ours", "first prediction, transformers pipeline", "purchase-agent --help"
SECONDS, SHARE = Target(0.5, at_least=False, unit=" s"), Target(1 / 8, at_least=False)
MEMORY = Target(260, at_least=False, unit=" MB")


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one process: seconds of the processor and of the clock, and peak memory in MB (10^6 bytes)."""

    cpu: float
    wall: float
    memory: float


def cost(command: Sequence[str]) -> Cost:
    """Runs a command to its end.

    Raises:
        PurchaseAgentError: it failed; the message holds the last line it wrote.
    """
    with tempfile.TemporaryFile() as errors:
        begun = time.perf_counter()
        child = subprocess.Popen(  # noqa: S603 - commands of this file
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
            env=os.environ | {"HF_HUB_OFFLINE": "1"},
        )  # fmt: skip
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            errors.seek(0)
            last = (errors.read().decode("utf-8", "replace").strip().splitlines() or ["no word"])[-1]
            raise PurchaseAgentError(f"{Path(command[0]).name} ended with status {child.returncode}: {last}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024 / 1e6)


def measure(runs: int) -> dict[str, list[Cost]]:
    """Costs of each process, in turns."""
    script = Path(sys.executable).parent / "purchase-agent"
    with tempfile.TemporaryDirectory() as folder:
        # In a child, because a child's peak is never told as lower than what its parent held when it was made.
        tokenizer = model_folder(load_settings().models_dir, "text") / "tokenizer.json"
        cost([sys.executable, "-c", _SAVE, str(tokenizer), folder])
        commands = {
            OURS: [sys.executable, "-c", _OURS],
            PIPELINE: [sys.executable, "-c", _PIPELINE, folder],
            HELP: [str(script), "--help"],
        }
        costs: dict[str, list[Cost]] = {name: [] for name in commands}
        for turn in range(runs + 1):
            say(f"run {turn} of {runs}")
            for name, command in commands.items():
                once = cost(command)
                if turn:
                    costs[name].append(once)
    return costs


def figures(costs: dict[str, list[Cost]]) -> list[dict[str, Any]]:
    """One record for each figure that has a target, and for what it stands beside."""
    cpu = {name: [one.cpu for one in own] for name, own in costs.items()}
    share = [ours / theirs for ours, theirs in zip(cpu[OURS], cpu[PIPELINE], strict=True)]
    told: list[tuple[str, str, list[float], Target | None]] = [
        (OURS, "CPU s", cpu[OURS], SECONDS),
        (PIPELINE, "CPU s", cpu[PIPELINE], None),
        ("ours / pipeline", "CPU time", share, SHARE),
        (HELP, "CPU s", cpu[HELP], SECONDS),
        *((name, "clock s", [one.wall for one in own], None) for name, own in costs.items()),
        (OURS, "peak MB", [one.memory for one in costs[OURS]], MEMORY),
        (PIPELINE, "peak MB", [one.memory for one in costs[PIPELINE]], None),
    ]
    return [
        {
            "name": name, "unit": unit, **asdict(Spread.of(values)), "runs": len(values),
            **judged(target, Spread.of(values).median),
        }
        for name, unit, values, target in told
    ]  # fmt: skip


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="cold", description="What a fresh process costs until its first prediction.")
    parser.add_argument("--runs", type=int, default=9, metavar="N")
    add_output(parser)
    arguments = parser.parse_args(argv)
    records = figures(measure(max(1, arguments.runs)))
    rows = [
        [
            one["name"], one["unit"], f"{one['median']:.3f}", f"{one['low']:.3f}-{one['high']:.3f}",
            verdict(one),
        ]
        for one in records
    ]  # fmt: skip
    floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    note = f"median of {records[0]['runs']} runs; no child's peak can be told below the parent's {floor:.0f} MB"
    tell(
        arguments,
        [Table("Cold start", ("", "unit", "median", "min-max", "target reached"), rows, (note,))],
        {"cold": records, "parent_mb": floor},
    )


if __name__ == "__main__":
    main()
