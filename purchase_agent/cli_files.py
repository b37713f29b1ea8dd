"""What commands on event files share: progress, where tables go, and how refused rows are told."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from purchase_agent.clean import printable
from purchase_agent.cli_predict import DONE, PARTIAL
from purchase_agent.event_files import Shoppers
from purchase_agent.readers.counts import Counts

_WIDEST, _NARROWEST = 120, 110
_MOST_REASONS = 5
_NONE: Mapping[str, float] = MappingProxyType({})


def status(counts: Counts, rejected: Path | None) -> int:
    """The exit status, after saying how many rows were refused and why."""
    if not counts.rejected:
        return DONE
    reasons = ", ".join(f"{name} {number}" for name, number in counts.reasons.most_common(_MOST_REASONS))
    where = f"listed in {rejected}" if rejected is not None else "--rejected FILE lists them"
    sys.stderr.write(printable(f"{counts.rejected} of {counts.rows_in} rows rejected ({reasons}); {where}") + "\n")
    return PARTIAL


def console() -> Console:
    """Where tables go: plain words, no wider than is easily read."""
    made = Console(markup=False, emoji=False, highlight=False)
    made.width = min(max(made.width, _NARROWEST), _WIDEST)
    return made


def rows_of(shoppers: Shoppers) -> dict[str, int]:
    """What was read, for JSON."""
    counts = shoppers.counts
    return {"rows_in": counts.rows_in, "kept": counts.kept, "rejected": counts.rejected, "events": counts.events}


class Stages(Progress):
    """A bar for each stage of the work with its newest figures, on standard error; ``keep`` leaves the bars there."""

    def __init__(self, *, keep: bool = False) -> None:
        super().__init__(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            TextColumn("{task.fields[figures]}"), console=Console(stderr=True), transient=not keep,
        )  # fmt: skip
        self._bars: dict[str, TaskID] = {}

    def told(self, stage: str, done: int, total: int, figures: Mapping[str, float] = _NONE) -> None:
        """``done`` of ``total`` parts of ``stage``."""
        if stage not in self._bars:
            self._bars[stage] = self.add_task(stage, total=total, figures="")
        words = " ".join(f"{name} {value:.4g}" for name, value in figures.items())
        self.update(self._bars[stage], completed=done, total=total, figures=words)
