"""How fast the local predictor is beside what people use instead, all in one process and in turns.

Run ``python -m purchase_agent.eval.bench.speed [--quick] [--json] [--out FILE]``; needs the extra ``[train]``. Each
number of threads has a child process of its own, because thread pools keep the size they were made with. Inside it
ours (with evidence none, fast and full, and the bare model) and its rivals run in turns on the same texts; a ratio is
of two times of one round. Texts have exactly 32 or 128 tokens, special tokens not counted (three of ours, two of
theirs), are tokenized in the measured time and differ from each other.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from purchase_agent.errors import MissingExtraError
from purchase_agent.eval.bench import rivals, samples
from purchase_agent.eval.bench.rounds import Laps, Runner, Spread, cpu_ratio, race, ratio, walls
from purchase_agent.eval.bench.table import Table, Target, add_output, judged, say, tell, verdict
from purchase_agent.prediction import EvidenceMode
from purchase_agent.predictors.text import TextModel
from purchase_agent.service import PurchaseAgent
from purchase_agent.settings import load_settings, model_folder

OURS, BARE = "ours, evidence none", "ours, bare model"
FAST, FULL = "ours, evidence fast", "ours, evidence full"
TARGETS = {"transformers pipeline": Target(4, at_least=True, unit="x"), FAST: Target(4, at_least=False, unit="x")}
LINEAR = Target(0.9, at_least=True, unit="x")
SIZES = (64, 256, 1024)
_MODES: dict[str, EvidenceMode] = {OURS: "none", FAST: "fast", FULL: "full"}


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured.

    ``singles`` texts are asked one by one in a lap; evidence full gets ``full_texts`` of a batch, every
    ``full_every``-th round.
    """

    rounds: int
    singles: int
    full_texts: int
    full_every: int
    linear_rounds: int


NORMAL, QUICK = Plan(15, 8, 32, 5, 5), Plan(2, 2, 2, 2, 1)

_COLUMNS = ("", "ms a text", "min-max", "texts/s", "time / ours none", "min-max", "CPU time", "target reached")


def measure(threads: int, plan: Plan) -> dict[str, Any]:
    """All figures for one number of threads; the process's pools must not have been made before."""
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("the benchmark", "train") from error
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    model = TextModel(model_folder(load_settings().models_dir, "text"), threads=threads)
    agent = PurchaseAgent(engine="local")
    with tempfile.TemporaryDirectory() as name:
        rivals.save(model.folder / "tokenizer.json", Path(name))
        others = [rivals.pipeline(Path(name)), rivals.vectors(Path(name))]
    speed = []
    for tokens in (32, 128):
        texts = samples.of_length(model, tokens, rivals.PER_BATCH)
        for mode in ("single", "batch of 32"):
            say(f"{threads} threads, {tokens} tokens, {mode}")
            runners = _runners(agent, model, others, texts, mode, plan)
            speed += records(race(runners, plan.rounds), {"threads": threads, "tokens": tokens, "mode": mode})
    return {"speed": speed, "linear": _linear(agent, threads, plan)}


def _runners(
    agent: PurchaseAgent, model: TextModel, others: Sequence[rivals.Rival], texts: Sequence[str], mode: str, plan: Plan
) -> list[Runner]:
    pieces = {text: model.piece(text, "chat", samples.LANGUAGES[place % 2]) for place, text in enumerate(texts)}
    ways = [
        rivals.Rival(name, partial(agent.predict, evidence=how), partial(_all, agent, evidence=how))
        for name, how in _MODES.items()
    ]
    ways.append(
        rivals.Rival(
            BARE, lambda text: model.read([pieces[text]]), lambda many: model.read([pieces[text] for text in many])
        )
    )
    runners = []
    for way in (*ways, *others):
        batch = texts[: plan.full_texts] if way.name == FULL else texts
        chosen = texts[: plan.singles] if mode == "single" else batch
        work: Callable[[], object] = partial(_each, way.one, chosen) if mode == "single" else partial(way.many, chosen)
        runners.append(Runner(way.name, work, len(chosen), plan.full_every if way.name == FULL else 1))
    return runners


def _all(agent: PurchaseAgent, texts: Sequence[str], evidence: EvidenceMode) -> object:
    return list(agent.predict_many(texts, evidence=evidence))


def _each(ask: Callable[[str], object], texts: Sequence[str]) -> None:
    for text in texts:
        ask(text)


def records(laps: dict[str, Laps], about: dict[str, Any]) -> list[dict[str, Any]]:
    """A record for each competitor: what ``about`` says, its time a text and its ratios to ours without evidence."""
    out = []
    for name, own in laps.items():
        times = ratio(own, laps[OURS])
        out.append(
            {
                **about, "name": name, "seconds_a_text": asdict(walls(own)), "texts_a_second": 1 / walls(own).median,
                "times_ours": asdict(times), "cpu_times_ours": asdict(cpu_ratio(own, laps[OURS])),
                **judged(TARGETS.get(name), times.median),
            }
        )  # fmt: skip
    return out


def _linear(agent: PurchaseAgent, threads: int, plan: Plan) -> list[dict[str, Any]]:
    texts = samples.mixed(max(SIZES))
    say(f"{threads} threads, {', '.join(map(str, SIZES))} texts")
    runners = [Runner(str(size), partial(_all, agent, texts[:size], "none"), size) for size in SIZES]
    laps = race(runners, plan.linear_rounds)
    out = []
    for size in SIZES:
        held = ratio(laps[str(SIZES[0])], laps[str(size)])
        out.append(
            {
                "threads": threads, "texts": size, "texts_a_second": 1 / walls(laps[str(size)]).median,
                "speed_kept": asdict(held), **judged(LINEAR, held.median),
            }
        )  # fmt: skip
    return out


def _child(threads: int, *, quick: bool) -> dict[str, Any]:
    """``measure`` in a process whose pools all have ``threads`` threads."""
    limits = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"), threads)
    environment = os.environ | {name: str(number) for name, number in limits.items()}
    environment |= {"PURCHASE_AGENT_THREADS": str(threads), "TOKENIZERS_PARALLELISM": "true", "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "purchase_agent.eval.bench.speed", "--here", str(threads)]
    done = subprocess.run(  # noqa: S603 - this file again
        [*command, "--quick"] if quick else command, env=environment, stdout=subprocess.PIPE, check=True, text=True
    )
    out: dict[str, Any] = json.loads(done.stdout)
    return out


def _tables(results: dict[str, list[dict[str, Any]]]) -> list[Table]:
    tables: list[Table] = []
    races = dict.fromkeys((one["threads"], one["tokens"], one["mode"]) for one in results["speed"])
    for threads, tokens, mode in races:
        rows = []
        for one in results["speed"]:
            if (one["threads"], one["tokens"], one["mode"]) != (threads, tokens, mode):
                continue
            seconds, times, cpu = (Spread(**one[key]) for key in ("seconds_a_text", "times_ours", "cpu_times_ours"))
            rows.append(
                [
                    one["name"], f"{seconds.median * 1000:.2f}", f"{seconds.low * 1000:.2f}-{seconds.high * 1000:.2f}",
                    f"{one['texts_a_second']:.0f}", f"{times.median:.2f}x", f"{times.low:.2f}-{times.high:.2f}",
                    f"{cpu.median:.2f}x", verdict(one),
                ]
            )  # fmt: skip
        tables.append(Table(f"{tokens} tokens, {mode}, threads: {threads}", _COLUMNS, rows))
    rows = [
        [
            f"{one['texts']} texts, threads: {one['threads']}", f"{one['texts_a_second']:.0f}",
            f"{one['speed_kept']['median']:.2f}x", f"{one['speed_kept']['low']:.2f}-{one['speed_kept']['high']:.2f}",
            verdict(one),
        ]
        for one in results["linear"]
    ]  # fmt: skip
    columns = ("", "texts/s", f"speed / that of {SIZES[0]}", "min-max", "target reached")
    tables.append(Table("Cost linear in texts (mixed lengths, evidence none)", columns, rows))
    return tables


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="speed", description="How fast the local predictor is beside its rivals.")
    parser.add_argument("--quick", action="store_true", help="few rounds: shows that it runs, says little")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], metavar="N")
    parser.add_argument("--here", type=int, metavar="N", help=argparse.SUPPRESS)
    add_output(parser)
    arguments = parser.parse_args(argv)
    if arguments.here:
        sys.stdout.write(json.dumps(measure(arguments.here, QUICK if arguments.quick else NORMAL)))
        return
    parts = [_child(threads, quick=arguments.quick) for threads in arguments.threads]
    results = {key: [one for part in parts for one in part[key]] for key in ("speed", "linear")}
    tell(arguments, _tables(results), results)


if __name__ == "__main__":
    main()
