"""How fast ``purchase-agent score`` is, and how much memory it holds, for more and more shoppers.

Run ``python -m purchase_agent.eval.bench.score [--sizes 1000 10000] [--evidence none fast] [--repeated 0.5] [--json]``.
Each shopper has 50 events and two texts. Each size is scored with an empty memory of readings, then the next night: two
in a hundred shoppers have done and written more, and all are asked about a day later, into another output; and once
more at the same moment, as after a correction of the input. Beside it, on the first shoppers of the same file: a loop
over ``predict``, and pandas with a transformers pipeline (where they are installed). These have one process; ours has
as many as are given.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from purchase_agent.eval.bench import score_rivals
from purchase_agent.eval.bench.score_process import Ran, run_score
from purchase_agent.eval.bench.score_shoppers import AS_OF, Kind, write_shoppers
from purchase_agent.eval.bench.table import Table, Target, add_output, judged, say, tell, verdict

CHANGED = 0.02
DAY = timedelta(days=1)
MEMORY = Target(1024, at_least=False, unit=" MB")
_FIRST, _NEXT, _SAME = "first night", "next night, 2 % changed", "same moment, 2 % changed"
_COLUMNS = (
    "shoppers",
    "evidence",
    "run",
    "seconds",
    "shoppers/s",
    "CPU ms each",
    "peak MB",
    "target",
    "read",
    "remembered",
)


def measure(size: int, evidence: str, kind: Kind, workers: int, folder: Path) -> list[dict[str, Any]]:
    """Records of the three runs over ``size`` shoppers."""
    before, after = folder / f"{size}.jsonl", folder / f"{size}-changed.jsonl"
    if not before.exists():
        say(f"writing {size} shoppers")
        write_shoppers(before, size, kind)
        write_shoppers(after, size, kind, changed=CHANGED, later=DAY / 2)
    cache = folder / f"cache-{size}-{evidence}"
    runs = ((_FIRST, before, AS_OF), (_NEXT, after, AS_OF + DAY), (_SAME, after, AS_OF))
    out = []
    for number, (name, source, as_of) in enumerate(runs):
        say(f"{size} shoppers, evidence {evidence}: {name}")
        place = folder / f"{size}-{evidence}-{number}.parquet"
        ran = run_score(
            [
                source, "--out", place, "--as-of", as_of.isoformat(), "--evidence", evidence, "--engine", "local",
                "--workers", str(workers), "--cache", cache,
            ]
        )  # fmt: skip
        place.unlink()
        out.append(_record(size, evidence, name, ran))
    return out


def rival(name: str, source: Path, count: int) -> dict[str, Any]:
    """A record of one of the other ways, in a process of its own."""
    reason = score_rivals.missing(name)
    if reason:
        return {"way": name, "shoppers": count, "per_second": None, "cpu_ms": None, "skipped": reason}
    say(f"{count} shoppers: {name}")
    asked = [sys.executable, "-m", "purchase_agent.eval.bench.score_rivals", name, str(source), str(count)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    ended = subprocess.run(asked, stdout=subprocess.PIPE, check=True, env=environment)  # noqa: S603 -- this Python
    wall, cpu = json.loads(ended.stdout)
    return {
        "way": name, "shoppers": count, "per_second": count / wall, "cpu_ms": cpu * 1000 / count, "skipped": None,
    }  # fmt: skip


def _record(size: int, evidence: str, name: str, ran: Ran) -> dict[str, Any]:
    told = ran.told["remembered"]
    record = {**asdict(ran), **judged(MEMORY, ran.peak_mb)}
    del record["told"]
    return {
        "shoppers": size, "evidence": evidence, "run": name, "per_second": size / ran.seconds, **record,
        "read": {key: number for key, number in told.items() if key.endswith(" read")},
        "remembered": {key: number for key, number in told.items() if key.endswith(" remembered")},
    }  # fmt: skip


def _tables(records: Sequence[dict[str, Any]], others: Sequence[dict[str, Any]], kind: Kind) -> list[Table]:
    rows = [
        [
            f"{one['shoppers']}", one["evidence"], one["run"], f"{one['seconds']:.1f}", f"{one['per_second']:.0f}",
            f"{one['cpu_s'] * 1000 / one['shoppers']:.1f}", f"{one['peak_mb']:.0f}", verdict(one),
            f"{sum(one['read'].values())}",
            f"{sum(one['remembered'].values())}",
        ]
        for one in records
    ]  # fmt: skip
    ways = [
        [one["way"], f"{one['shoppers']}", f"{one['per_second']:.0f}", f"{one['cpu_ms']:.1f}"]
        if one["skipped"] is None
        else [one["way"], f"{one['shoppers']}", one["skipped"], ""]
        for one in others
    ]
    note = f"{kind.repeated:.0%} of the texts come from a pool of common ones; the start of the program is in the time"
    return [
        Table("Batch scoring", _COLUMNS, rows, (note,)),
        Table("Growth", ("evidence", "run", "from", "to", "time a shopper"), _growth(records)),
        Table("Other ways, one process, models loaded before", ("", "shoppers", "shoppers/s", "CPU ms each"), ways),
    ]


def _growth(records: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Time a shopper at each size over that at the size before."""
    out = []
    by_run: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in records:
        by_run.setdefault((one["evidence"], one["run"]), []).append(one)
    for (evidence, run), some in by_run.items():
        for small, large in pairwise(some):
            ratio = small["per_second"] / large["per_second"]
            out.append([evidence, run, f"{small['shoppers']}", f"{large['shoppers']}", f"x {ratio:.2f}"])
    return out


def main() -> None:
    """Measures and tells."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--evidence", nargs="+", default=["none", "fast"], choices=["none", "fast"])
    parser.add_argument("--repeated", type=float, default=0.5, help="share of texts from the pool; 0: all different")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--beside", type=int, default=300, help="shoppers that the other ways are given; 0: none")
    parser.add_argument("--folder", type=Path, help="for the files, which are large; a temporary one unless given")
    add_output(parser)
    arguments = parser.parse_args()
    kind = Kind(arguments.repeated)
    records: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        for size in sorted(arguments.sizes):
            for evidence in arguments.evidence:
                records += measure(size, evidence, kind, arguments.workers, folder)
        if arguments.beside:
            source = folder / f"{min(arguments.sizes)}.jsonl"
            count = min(arguments.beside, *arguments.sizes)
            others = [rival(way, source, count) for way in (score_rivals.NAIVE, score_rivals.PANDAS)]
    results = {"repeated": kind.repeated, "workers": arguments.workers, "runs": records, "beside": others}
    tell(arguments, _tables(records, others, kind), results)


if __name__ == "__main__":
    main()
