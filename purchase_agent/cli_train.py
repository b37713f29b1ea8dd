"""``purchase-agent train``: the models made anew, with a progress bar on standard error. Needs the extra [train]."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from purchase_agent.errors import InputError, MissingExtraError


def train_text(data: Path, out: Path, base: str | None, seed: int, work: Path) -> None:
    """Trains the text model from the texts in ``data`` and writes it to ``out``; ``work`` holds what a resume needs.

    Raises:
        InputError: ``data`` is no folder.
        MissingExtraError: the libraries of training are not installed.
    """
    if not data.is_dir():
        raise InputError(f"no such folder: {data}", hint="give the folder that holds the texts", field="data")
    try:
        training = import_module("purchase_agent.training.text")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("purchase_agent"):
            raise
        raise MissingExtraError("train text", "train") from error
    with _Stages() as stages:
        training.train_text(data, out, base, seed, work, stages.told)
    Console(stderr=True, highlight=False).print(f"written to {out}", style="bold")


class _Stages(Progress):
    """A bar for each stage of the training, with its newest figures."""

    def __init__(self) -> None:
        super().__init__(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            TextColumn("{task.fields[figures]}"), console=Console(stderr=True),
        )  # fmt: skip
        self._bars: dict[str, TaskID] = {}

    def told(self, stage: str, done: int, total: int, figures: dict[str, float]) -> None:
        """``done`` of ``total`` steps of ``stage``."""
        if stage not in self._bars:
            self._bars[stage] = self.add_task(stage, total=total, figures="")
        words = " ".join(f"{name} {value:.4g}" for name, value in figures.items())
        self.update(self._bars[stage], completed=done, total=total, figures=words)
