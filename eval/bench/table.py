"""How measurements are told: aligned text for people, JSON for machines, and the machine they were made on."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_LIBRARIES = (
    "purchase-agent", "onnxruntime", "tokenizers", "numpy", "torch", "transformers", "sentence-transformers",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under ``columns``; the first column stands left, the others right."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [self.columns, *self.rows]
        widths = [max(len(line[place]) for line in lines) for place in range(len(self.columns))]
        told = [
            "  ".join(
                cell.rjust(width) if place else cell.ljust(width)
                for place, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        ]
        return "\n".join([self.title, told[0], "-" * max(map(len, told)), *told[1:], *self.notes])


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure should be at least or at most."""

    bound: float
    at_least: bool
    unit: str = ""

    def reached(self, value: float) -> bool:
        return value >= self.bound if self.at_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.bound:g}{self.unit}"


def judged(target: Target | None, value: float) -> dict[str, Any]:
    """The part of a record that says what was aimed at and whether ``value`` is there; both None without a target."""
    if target is None:
        return {"target": None, "reached": None}
    return {"target": str(target), "reached": target.reached(value)}


def verdict(record: Mapping[str, Any]) -> str:
    """The cell of a record that ``judged`` is a part of."""
    return "" if record["target"] is None else f"{record['target']} {'yes' if record['reached'] else 'NO'}"


def machine() -> dict[str, Any]:
    """Processor, cores and the versions that were measured."""
    versions = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "not installed"
    return {"processor": _processor(), "cores": os.cpu_count(), "versions": versions}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="JSON on standard output instead of tables")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the JSON to this file too")


def tell(arguments: argparse.Namespace, tables: Sequence[Table], results: Mapping[str, Any]) -> None:
    """Writes the tables or, with ``--json``, the results; these also to ``--out``."""
    facts = machine()
    document = json.dumps({"machine": facts, **results}, ensure_ascii=False, indent=1) + "\n"
    if arguments.out is not None:
        arguments.out.write_text(document, "utf-8")
    if arguments.json:
        sys.stdout.write(document)
        return
    versions = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
    head = f"{facts['processor']}, {facts['cores']} cores; {versions}"
    sys.stdout.write("\n\n".join([head, *map(str, tables)]) + "\n")


def say(words: str) -> None:
    """A word of progress on standard error."""
    sys.stderr.write(words + "\n")
