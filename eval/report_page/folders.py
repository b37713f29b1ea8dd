"""Reads run folders: ``run.json`` as it stands, ``samples.jsonl`` line by line."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from purchase_agent.errors import InputError

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """One run: what ``run.json`` says, and where its samples lie."""

    about: Record
    folder: Path

    @property
    def suite(self) -> str:
        return str(self.of_suite("name") or "unnamed")

    def of_suite(self, name: str) -> Any:
        """What the run says of its suite."""
        suite = self.about.get("suite")
        return suite.get(name) if isinstance(suite, dict) else None

    @property
    def seen_in_training(self) -> bool:
        """Whether the model has learnt from these texts, so that its figures are no claim."""
        return bool(self.of_suite("seen_in_training") or self.about.get("seen_in_training"))

    def samples(self) -> Iterator[Record]:
        """The samples, the last record of each id and epoch; a line torn by a crash is passed over."""
        path = self.folder / "samples.jsonl"
        last: dict[tuple[str, int], Record] = {}
        try:
            with path.open(encoding="utf-8", errors="replace") as lines:
                for line in lines:
                    record = _record(line)
                    if record is not None and "id" in record:
                        last[str(record["id"]), int(record.get("epoch") or 1)] = record
        except FileNotFoundError:
            return
        except OSError as error:
            raise InputError(f"cannot read {path}: {error}", field="runs") from error
        yield from last.values()


def read(folder: Path) -> Run:
    """The run in a folder.

    Raises:
        InputError: there is none, or its ``run.json`` is not a JSON object.
    """
    path = folder / "run.json" if folder.is_dir() else folder
    try:
        about = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(
            f"no run in {folder}: {error}", hint="name folders that `purchase-agent eval run` wrote", field="runs"
        ) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON: {error}", field="runs") from error
    if not isinstance(about, dict):
        raise InputError(f"{path} is not a JSON object", field="runs")
    return Run(about, path.parent)


def number(given: object) -> float | None:
    """A finite number, or None: a figure that rows do not define is NaN, or absent."""
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        return None
    return float(given)


def _record(line: str) -> Record | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
