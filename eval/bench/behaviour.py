"""How fast events are read and predicted on one core, and whether time grows linearly and memory stays flat.

Run ``python -m purchase_agent.eval.bench.behaviour [--quick] [--json] [--out FILE]``. Shoppers are drawn here: views,
carts and purchases at random times, ``EACH`` events a shopper. Predictions are those of the behaviour model (words,
trees and their pool), counted alone and in batches, by the number of events that a shopper has. Growth is that of whole
processes, one for each size: a JSON Lines file sorted by shopper is read with all checks, and every shopper predicted.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import groupby, islice
from pathlib import Path
from statistics import median
from typing import Any

from purchase_agent.eval.bench.rounds import Runner, race
from purchase_agent.eval.bench.table import Table, Target, add_output, judged, say, tell, verdict
from purchase_agent.events import History, Step, from_steps, step_of
from purchase_agent.predictors.behaviour import BehaviourModel
from purchase_agent.readers.events import EventReader
from purchase_agent.settings import load_settings, model_folder

EACH = 50
LENGTHS = (5, 50, 500)
BATCH = 64
LINEAR = Target(1.2, at_least=False, unit="x")
FLAT = Target(1.2, at_least=False, unit="x")
_KINDS = ("view_item",) * 12 + ("search", "add_to_cart", "purchase")
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


def steps(rng: random.Random, count: int) -> list[Step]:
    """Events of one shopper over half a year, oldest first."""
    at, out = _NOW.timestamp() - 180 * 86_400.0, []
    for _ in range(count):
        at += rng.expovariate(1 / 60.0) if rng.random() < 0.7 else rng.expovariate(count / (150 * 86_400.0))
        item, category = f"i{rng.randrange(40)}", f"c{rng.randrange(6)}"
        out.append(Step(at, rng.choice(_KINDS), item, category, 5.0 + rng.random() * 40))
    return out


def predicting(rounds: int) -> list[dict[str, Any]]:
    """Predictions a second of processor time, alone and in batches."""
    model, rng, out = BehaviourModel(model_folder(load_settings().models_dir, "behaviour")), random.Random(1), []
    for length in LENGTHS:
        say(f"predicting, {length} events each")
        pasts = [from_steps(steps(rng, length), _NOW.timestamp()) for _ in range(BATCH)]
        for name, calls in (("alone", [[past] for past in pasts[:16]]), (f"in batches of {BATCH}", [pasts])):
            count = sum(map(len, calls))
            laps = race([Runner(name, partial(_read, model, calls), count)], rounds)[name]
            seconds = median(lap.cpu for lap in laps if lap is not None)
            out.append({"events": length, "how": name, "a_second": 1 / seconds})
    return out


def _read(model: BehaviourModel, calls: Sequence[Sequence[History]]) -> None:
    for pasts in calls:
        model.read(pasts)


def growth(sizes: Sequence[int]) -> list[dict[str, Any]]:
    """Processor time an event and peak memory, of one process for each size."""
    out: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            say(f"reading and predicting {size} events")
            file = Path(folder) / f"{size}.jsonl"
            _write(file, size)
            told = subprocess.run(  # noqa: S603 - this very module
                [sys.executable, "-m", __spec__.name, "--child", str(file)], check=True, capture_output=True, text=True
            )
            one = {"size": size, **json.loads(told.stdout.splitlines()[-1])}
            first = out[0] if out else one
            slower, larger = one["microseconds"] / first["microseconds"], one["peak_mb"] / first["peak_mb"]
            out.append(
                {
                    **one,
                    "slower": {"value": slower, **judged(LINEAR if out else None, slower)},
                    "larger": {"value": larger, **judged(FLAT if out else None, larger)},
                }
            )
            file.unlink()
    return out


def _write(file: Path, events: int) -> None:
    rng = random.Random(2)
    with file.open("w", encoding="utf-8") as lines:
        for shopper in range(events // EACH):
            for step in steps(rng, EACH):
                at = datetime.fromtimestamp(step.at, UTC).isoformat()
                row = {"shopper_id": f"s{shopper}", "type": step.action, "at": at, "item_id": step.item}
                lines.write(json.dumps({**row, "category": step.category, "price": round(step.price or 0, 2)}) + "\n")


def _child(file: Path) -> None:
    """Reads and predicts one file, and tells what that cost."""
    model = BehaviourModel(model_folder(load_settings().models_dir, "behaviour"))
    begun, shoppers = time.process_time(), 0
    reader = EventReader([file], as_of=_NOW, rejects=lambda _: None)
    pasts = _histories(reader)
    while some := list(islice(pasts, BATCH)):
        model.read(some)
        shoppers += len(some)
    spent = time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    events = reader.counts.kept
    told = {"shoppers": shoppers, "peak_mb": peak, "events_a_second": events / spent}
    told["microseconds"] = 1e6 * spent / events
    sys.stdout.write(json.dumps(told) + "\n")


def _histories(reader: EventReader) -> Iterator[History]:
    for _, rows in groupby(reader, key=lambda row: row.shopper_id):
        yield from_steps([step_of(row.event) for row in rows], _NOW.timestamp())


def _tables(results: dict[str, list[dict[str, Any]]]) -> list[Table]:
    first = Table(
        "Predictions of the behaviour model, a second of one core's time",
        ("events a shopper", "how", "shoppers/s"),
        [[str(one["events"]), one["how"], f"{one['a_second']:,.0f}"] for one in results["predicting"]],
    )
    rows = [
        [
            f"{one['size']:,}", f"{one['events_a_second']:,.0f}", f"{one['slower']['value']:.2f}x",
            verdict(one["slower"]), f"{one['peak_mb']:.0f} MB", f"{one['larger']['value']:.2f}x",
            verdict(one["larger"]),
        ]
        for one in results["growth"]
    ]  # fmt: skip
    heads = ("events", "events/s", "time an event", "target reached", "peak memory", "of the first", "target reached")
    return [first, Table(f"Read, checked and predicted, {EACH} events a shopper", heads, rows)]


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="behaviour", description="How fast events are read and predicted.")
    parser.add_argument("--quick", action="store_true", help="few rounds: shows that it runs, says little")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    add_output(parser)
    arguments = parser.parse_args(argv)
    if arguments.child is not None:
        _child(arguments.child)
        return
    sizes = (1_000, 10_000) if arguments.quick else (10_000, 100_000, 1_000_000)
    results = {"predicting": predicting(2 if arguments.quick else 7), "growth": growth(sizes)}
    tell(arguments, _tables(results), results)


if __name__ == "__main__":
    main()
