"""What a run over many shoppers takes: cores, machines, storage, requests, GPUs and money, from measured rates.

Run ``python -m purchase_agent.eval.bench.sizing [--shoppers 1e6 1e9] [--score FILE | --rate R] [--gpu-shoppers R]``.
``--score`` takes what ``purchase_agent.eval.bench.score --out FILE`` measured on a machine of yours, ``--rate`` is in
shoppers a second of one core. Without either, the rates are ours (``MEASURED``). The formulas:

    core hours    = shoppers * core seconds a shopper / 3600 / busy
    machines      = core hours / (cores * hours), rounded up
    partitions    = bytes of rows / 64 MB, rounded up to a power of two, at most 16,384
    reads         = 2 * files * partitions (an index and a range each), of storage by the score step
    GPU hours     = shoppers * asked / (shoppers a second of one GPU) / 3600 / busy
    money         = core hours, GPU hours, GB-months of input and output, reads, each by its price
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import ceil
from pathlib import Path
from typing import Any

from purchase_agent.batch.ray_run import PARTITION_BYTES, partitions_of
from purchase_agent.eval.bench.table import Table, add_output, tell

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rate:
    """``core_ms``: of one core for a shopper, all steps, the start of the program with them."""

    name: str
    core_ms: float


MEASURED = (
    Rate("none, first night", 12.5), Rate("none, next night", 6.1), Rate("fast, first night", 31.3),
    Rate("fast, next night", 12.4),
)  # fmt: skip
"""1,000 shoppers with 50 events and two texts, one worker on a shared 2-core AMD EPYC: CPU seconds, which others on the
machine do not change much."""


@dataclass(frozen=True, slots=True)
class Given:
    """What is known of the shoppers, the machines and the prices.

    Attributes:
        input_bytes, spill_bytes, output_bytes: a shopper; ours measured, on JSON Lines that are not packed.
        cores, hours: of a machine; in which the run shall be done.
        busy: share of the time that cores and GPUs are at work; the rest is starts, tails, steps done again.
        file_bytes: of an input file.
        asked: share of shoppers about whom a language model is asked; a cascade asks about some.
        gpu_shoppers: a second, of one GPU; 0: none is asked.
        core_hour, gpu_hour, gb_month, million_reads: prices, in any currency; ours are round numbers, no offer.
    """

    input_bytes: float = 6_480.0
    spill_bytes: float = 6_540.0
    output_bytes: float = 320.0
    cores: int = 16
    hours: float = 8.0
    busy: float = 0.8
    file_bytes: float = float(1 << 30)
    asked: float = 1.0
    gpu_shoppers: float = 0.0
    core_hour: float = 0.04
    gpu_hour: float = 4.0
    gb_month: float = 0.023
    million_reads: float = 0.4


def sized(shoppers: int, rate: Rate, given: Given) -> Record:
    """What a run takes, by the formulas above."""
    core_hours = shoppers * rate.core_ms / 1000 / 3600 / given.busy
    files = ceil(shoppers * given.input_bytes / given.file_bytes)
    partitions = partitions_of(int(shoppers * given.spill_bytes), PARTITION_BYTES)
    gpu_hours = shoppers * given.asked / given.gpu_shoppers / 3600 / given.busy if given.gpu_shoppers else 0.0
    reads = 2 * files * partitions
    kept_gb = shoppers * (given.input_bytes + given.output_bytes) / 1e9
    money = {
        "cores": core_hours * given.core_hour, "gpus": gpu_hours * given.gpu_hour,
        "storage": kept_gb * given.gb_month, "reads": reads / 1e6 * given.million_reads,
    }  # fmt: skip
    return {
        "shoppers": shoppers, "rate": rate.name, "core_ms": rate.core_ms, "core_hours": core_hours,
        "machines": max(ceil(core_hours / (given.cores * given.hours)), 1),
        "hours_on_one_machine": core_hours / given.cores,
        "input_gb": shoppers * given.input_bytes / 1e9, "spill_gb": shoppers * given.spill_bytes / 1e9,
        "output_gb": shoppers * given.output_bytes / 1e9, "files": files, "partitions": partitions, "reads": reads,
        "gpu_hours": gpu_hours, "gpus": ceil(gpu_hours / given.hours), "money": money, "total": sum(money.values()),
    }  # fmt: skip


def gpu_rate(uncached: float, written: float, reading: float, writing: float) -> float:
    """Shoppers a second of one GPU: tokens to compute and to write for one, and how many of each it does a second."""
    return 1 / (uncached / reading + written / writing)


def rates_of(document: Mapping[str, Any]) -> tuple[Rate, ...]:
    """Of each kind of run that the score bench has measured, at the largest size.

    Raises:
        ValueError: it is no such document.
    """
    try:
        runs = sorted(document["runs"], key=lambda one: int(one["shoppers"]))
        largest = {f"{one['evidence']}, {one['run']}": one["cpu_s"] / one["shoppers"] * 1000 for one in runs}
    except (KeyError, TypeError) as error:
        raise ValueError("no document of purchase_agent.eval.bench.score") from error
    return tuple(Rate(name, core_ms) for name, core_ms in largest.items())


def tables(records: Sequence[Record], given: Given) -> list[Table]:
    """For people."""
    compute = [
        [
            f"{one['shoppers']:,}", one["rate"], f"{one['core_ms']:.1f}", f"{one['core_hours']:,.1f}",
            f"{one['hours_on_one_machine']:,.1f}", f"{one['machines']:,}", f"{one['money']['cores']:,.2f}",
        ]
        for one in records
    ]  # fmt: skip
    by_size = {one["shoppers"]: one for one in records}.values()
    storage = [
        [
            f"{one['shoppers']:,}", f"{one['input_gb']:,.1f}", f"{one['spill_gb']:,.1f}", f"{one['output_gb']:,.1f}",
            f"{one['files']:,}", f"{one['partitions']:,}", f"{one['reads']:,}",
            f"{one['money']['storage'] + one['money']['reads']:,.2f}",
        ]
        for one in by_size
    ]  # fmt: skip
    shown = [
        Table(
            "Local models",
            (
                "shoppers", "evidence, run", "core ms each", "core hours", f"hours on {given.cores} cores",
                f"machines for {given.hours:g} h", "price",
            ),
            compute, (f"busy {given.busy:.0%}; {given.core_hour:g} a core hour",),
        ),
        Table(
            "Storage, GB", ("shoppers", "input", "spilled", "output", "files", "partitions", "reads", "price"), storage,
            (
                f"{given.gb_month:g} a GB and month of input and output, {given.million_reads:g} a million reads",
                "what is spilled is gone when the run is done",
            ),
        ),
    ]  # fmt: skip
    if given.gpu_shoppers:
        asked = [
            [f"{one['shoppers']:,}", f"{one['gpu_hours']:,.1f}", f"{one['gpus']:,}", f"{one['money']['gpus']:,.2f}"]
            for one in by_size
        ]
        told = f"{given.gpu_shoppers:.3g} shoppers a second of one GPU, {given.asked:.0%} asked about"
        head = ("shoppers", "GPU hours", f"GPUs for {given.hours:g} h", "price")
        shown.append(Table("A served language model", head, asked, (f"{told}; {given.gpu_hour:g} a GPU hour",)))
    return shown


def main() -> None:
    """Computes and tells."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--shoppers", type=float, nargs="+", default=[1e6, 1e7, 1e8, 1e9])
    rate = parser.add_mutually_exclusive_group()
    rate.add_argument("--score", type=Path, metavar="FILE", help="measurements of the score bench")
    rate.add_argument("--rate", type=float, metavar="R", help="shoppers a second of one core")
    tokens = ("tokens to compute a shopper", "tokens to write", "tokens computed a second of one GPU", "written")
    parser.add_argument(
        "--gpu-tokens", type=float, nargs=4, metavar=("IN", "OUT", "IN/S", "OUT/S"), help=", ".join(tokens)
    )
    for name, value in asdict(Given()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    add_output(parser)
    asked = parser.parse_args()
    given = Given(**{name: getattr(asked, name) for name in asdict(Given())})
    if asked.gpu_tokens:
        given = replace(given, gpu_shoppers=gpu_rate(*asked.gpu_tokens))
    rates: tuple[Rate, ...] = MEASURED
    if asked.rate:
        rates = (Rate("as given", 1000 / asked.rate),)
    elif asked.score:
        try:
            rates = rates_of(json.loads(asked.score.read_text("utf-8")))
        except (OSError, ValueError) as error:
            parser.error(f"{asked.score}: {error}")
    records = [sized(int(number), one, given) for number in asked.shoppers for one in rates]
    tell(asked, tables(records, given), {"given": asdict(given), "runs": records})


if __name__ == "__main__":
    main()
