"""How much the HTTP service answers: throughput, times, overload, batching, memory; servers and client on one machine.

Run ``python -m purchase_agent.eval.bench.load [--quick] [--requests N] [--texts searches|mixed] [--json]``; needs the
extra ``[web]``. Every server is ``purchase-agent web`` with the local engine in a process of its own; the
client is a process too and takes its part of the cores, as it does from everyone it measures. Batched and unbatched
servers are asked in turns, round by round, and a ratio is of two rates of one round; the unbatched server is the better
one of those with one and with two workers. Requests are single texts, all different, with the default evidence. Where
others use the machine, look at the processor time of a prediction: it is the server's own, and bounds its rate.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from purchase_agent.errors import PurchaseAgentError
from purchase_agent.eval.bench.load_client import Taken, closed_loop, open_loop, request
from purchase_agent.eval.bench.load_texts import KINDS, shoppers
from purchase_agent.eval.bench.rounds import Spread
from purchase_agent.eval.bench.table import Table, Target, add_output, judged, say, tell, verdict

GAIN = Target(1.5, at_least=True, unit="x")
KEPT = Target(0.95, at_least=True, unit="x")
REFUSED = Target(20, at_least=False, unit=" ms")
GROWTH = Target(1.02, at_least=False, unit="x")
CALLERS = (1, 32, 200)
OVERLOAD = 3.0
_SERVER = "from purchase_agent.web.command import app; app()"
BATCHED = "batched"
SERVERS: dict[str, tuple[str, ...]] = {
    BATCHED: (), "one by one, 1 worker": ("--max-batch", "1", "--workers", "1"),
    "one by one, 2 workers": ("--max-batch", "1", "--workers", "2"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: rounds, requests of a round, seconds of overload, requests of the memory test."""

    rounds: int
    requests: int
    seconds: float
    memory: int


NORMAL, QUICK = Plan(5, 2000, 20.0, 50_000), Plan(1, 300, 8.0, 600)


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs."""

    process: subprocess.Popen[str]
    port: int

    @property
    def memory(self) -> float:
        """MiB of memory it holds."""
        told = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        return int(re.findall(r"VmRSS:\s+(\d+)", told)[0]) / 1024

    @property
    def cpu(self) -> float:
        """Seconds of processor time it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(options: Sequence[str]) -> Iterator[Server]:
    """A server while it is needed.

    Raises:
        PurchaseAgentError: it does not start.
    """
    environment = os.environ | {"PURCHASE_AGENT_ENGINE": "local", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", _SERVER, "--port", "0", *options]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)  # noqa: S603 - this package
    assert process.stderr is not None  # noqa: S101 - for the type
    try:
        told = process.stderr.readline()
        found = re.search(r":(\d+) ", told)
        if found is None:
            raise PurchaseAgentError(f"the server does not start: {told}{process.stderr.read()}")
        yield Server(process, int(found[1]))
    finally:
        process.terminate()
        process.wait(30)
        process.stderr.close()


def throughput(servers: dict[str, Server], asked: Sequence[bytes], plan: Plan) -> list[dict[str, Any]]:
    """Rates and times of every server for each number of callers, in turns."""
    out = []
    for callers in CALLERS:
        runs: dict[str, list[Taken]] = {name: [] for name in servers}
        used: dict[str, list[float]] = {name: [] for name in servers}
        total = plan.requests if callers > 1 else max(plan.requests // 4, 50)
        for turn in range(plan.rounds):
            names = list(servers)
            first = turn % len(names)
            for name in (*names[first:], *names[:first]):
                say(f"{callers} callers, round {turn + 1}: {name}")
                before = servers[name].cpu
                runs[name].append(asyncio.run(closed_loop(servers[name].port, asked, callers, total)))
                used[name].append((servers[name].cpu - before) * 1000 / total)
        best = max((name for name in runs if name != BATCHED), key=lambda name: _rate(runs[name]).median)
        for name, own in runs.items():
            ratios = [mine.rate / other.rate for mine, other in zip(own, runs[best], strict=True)]
            out.append(
                {
                    "callers": callers, "name": name, "requests": total, "rounds": plan.rounds,
                    "a_second": asdict(_rate(own)), "cpu_ms": asdict(Spread.of(used[name])),
                    "times_best_unbatched": asdict(Spread.of(ratios)),
                    "p50_p95_p99_ms": [_middle(own, part) * 1000 for part in (0.5, 0.95, 0.99)],
                    "others": {str(status): sum(len(one.times[status]) for one in own) for one in own
                               for status in one.times if status != 200},
                    **judged(GAIN if name == BATCHED and callers > 1 else None, Spread.of(ratios).median),
                }
            )  # fmt: skip
    return out


def _rate(runs: Sequence[Taken]) -> Spread:
    return Spread.of([one.rate for one in runs])


def _middle(runs: Sequence[Taken], part: float) -> float:
    return Spread.of([one.share(200, part) for one in runs]).median


def overload(server: Server, asked: Sequence[bytes], plan: Plan) -> list[dict[str, Any]]:
    """What is left of the capacity at three times of it, and how soon the others are refused."""
    out = []
    for turn in range(max(1, plan.rounds // 2)):
        say(f"overload, round {turn + 1}")
        capacity = asyncio.run(closed_loop(server.port, asked, CALLERS[-1], plan.requests)).rate
        run = asyncio.run(open_loop(server.port, asked, OVERLOAD * capacity, plan.seconds))
        kept, refused = run.rate / capacity, [run.share(429, part) * 1000 for part in (0.5, 0.95, 0.99)]
        answered = {str(status): len(times) for status, times in sorted(run.times.items())}
        out.append(
            {
                "round": turn + 1, "capacity": capacity, "asked_a_second": OVERLOAD * capacity, "answers": answered,
                "goodput": run.rate, "kept": kept, "answered_p95_ms": run.share(200, 0.95) * 1000,
                "refused_p50_p95_p99_ms": refused, "goodput_judged": judged(KEPT, kept),
                "refusals_judged": judged(REFUSED, refused[1]),
            }
        )  # fmt: skip
    return out


def memory(server: Server, asked: Sequence[bytes], plan: Plan) -> dict[str, Any]:
    """MiB held after each tenth of many requests; growth is of the last figure over that after the first two tenths."""
    held = []
    for tenth in range(10):
        say(f"memory, {tenth + 1} of 10")
        asyncio.run(closed_loop(server.port, asked, 32, plan.memory // 10))
        held.append(server.memory)
    growth = held[-1] / held[1]
    return {"requests": plan.memory, "mib": held, "growth": growth, **judged(GROWTH, growth)}


def _tables(results: dict[str, Any]) -> list[Table]:
    rows = [
        [
            f"{one['callers']} callers, {one['name']}", f"{one['a_second']['median']:.0f}",
            f"{one['a_second']['low']:.0f}-{one['a_second']['high']:.0f}",
            f"{one['cpu_ms']['median']:.2f}", *(f"{time:.1f}" for time in one["p50_p95_p99_ms"]),
            f"{one['times_best_unbatched']['median']:.2f}x",
            f"{one['times_best_unbatched']['low']:.2f}-{one['times_best_unbatched']['high']:.2f}", verdict(one),
        ]
        for one in results["throughput"]
    ]  # fmt: skip
    columns = (
        "",
        "a second",
        "min-max",
        "CPU ms",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "/ best unbatched",
        "min-max",
        "target reached",
    )
    tables = [Table(f"Predictions, {results['texts']}", columns, rows)]
    rows = [
        [
            f"round {one['round']}", f"{one['capacity']:.0f}", f"{one['asked_a_second']:.0f}", f"{one['goodput']:.0f}",
            f"{one['kept']:.2f}x", verdict(one["goodput_judged"]), *(f"{t:.1f}" for t in one["refused_p50_p95_p99_ms"]),
            verdict(one["refusals_judged"]), json.dumps(one["answers"]),
        ]
        for one in results["overload"]
    ]  # fmt: skip
    more = (
        "", "capacity", "asked", "goodput", "kept", "target reached", "refused p50 ms", "p95 ms", "p99 ms",
        "target reached", "answers",
    )  # fmt: skip
    tables.append(Table(f"Overload, {OVERLOAD:g} times the capacity, a second", more, rows))
    found = results["memory"]
    rows = [[f"{found['requests']} requests", *(f"{mib:.0f}" for mib in found["mib"]), verdict(found)]]
    tenths = ("", *(f"{tenth}0 %" for tenth in range(1, 11)), "target reached")
    return [*tables, Table("Memory held, MiB", tenths, rows)]


def measure(plan: Plan, texts: str) -> dict[str, Any]:
    """All figures."""
    asked = [request(body) for body in shoppers(texts)]
    with ExitStack() as stack:
        servers = {name: stack.enter_context(serving(options)) for name, options in SERVERS.items()}
        for server in servers.values():
            asyncio.run(closed_loop(server.port, asked, 8, 100))
        results: dict[str, Any] = {"texts": texts, "throughput": throughput(servers, asked, plan)}
        for name in list(servers)[1:]:  # they have been measured; the last tests are of one server alone
            servers[name].process.terminate()
        results["overload"] = overload(servers[BATCHED], asked, plan)
        results["memory"] = memory(servers[BATCHED], asked, plan)
    return results


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="load", description="How much the HTTP service answers.")
    parser.add_argument("--quick", action="store_true", help="few requests: shows that it runs, says little")
    parser.add_argument("--requests", type=int, metavar="N", help="requests of each round; 2000 unless given")
    parser.add_argument("--texts", choices=KINDS, default=KINDS[0], help="length of what is predicted")
    add_output(parser)
    arguments = parser.parse_args(argv)
    plan = QUICK if arguments.quick else NORMAL
    if arguments.requests:
        plan = Plan(plan.rounds, arguments.requests, plan.seconds, plan.memory)
    results = measure(plan, arguments.texts)
    tell(arguments, _tables(results), results)


if __name__ == "__main__":
    main()
