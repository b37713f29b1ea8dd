"""``purchase-agent train``: the models made anew, with a progress bar on standard error. Needs the extra [train]."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from rich.console import Console

from purchase_agent.cli_files import Stages
from purchase_agent.cli_predict import DONE, PARTIAL
from purchase_agent.errors import InputError, MissingExtraError
from purchase_agent.llm_engine import keep_marks, prompt_folders
from purchase_agent.readers.rejects import RejectWriter
from purchase_agent.settings import SHIPPED_MODELS, load_settings, model_folder


def train_text(data: Path, out: Path, base: str | None, seed: int, work: Path) -> None:
    """Trains the text model from the texts in ``data`` and writes it to ``out``; ``work`` holds what a resume needs.

    Raises:
        InputError: ``data`` is no folder.
        MissingExtraError: the libraries of training are not installed.
    """
    if not data.is_dir():
        raise InputError(f"no such folder: {data}", hint="give the folder that holds the texts", field="data")
    training = _training("text")
    with Stages(keep=True) as stages:
        training.train_text(data, out, base, seed, work, stages.told)
    _say(f"written to {out}")


def train_behaviour(given: Given, out: Path, work: Path, seed: int, *, simulated: int, scratch: bool) -> int:
    """Trains the model of sessions and next steps on event files; returns the exit status.

    Args:
        simulated: so many simulated shoppers are trained on beside them; such a model is told as ``shipped``.
        scratch: begin anew instead of with the words of the shipped model.

    Raises:
        InputError: a file cannot be used, or there are too few shoppers or events to learn from.
    """
    shops, training = _training("shops"), _training("behaviour")
    history = _training("behaviour_history")
    with Stages(keep=True) as stages:
        streams, rejected = given.streams(shops, out)
        fitted = shops.fitted_on(streams, own=not simulated)
        streams += shops.simulated(simulated, seed)
        training.train_behaviour(
            streams, out, work, seed, stages.told,
            name=f"behaviour-{seed}-{fitted.removeprefix('own:')}", calibrated_on=fitted,
            start=None if scratch else SHIPPED_MODELS / "behaviour",
        )  # fmt: skip
        held_out = training.split(streams)["pool"]
        history.complete(out, model_folder(out.parent, "timing", to_fill=True), held_out, seed)
    return _ended(out, given.rejects(out), rejected)


def train_timing(given: Given, out: Path, seed: int) -> int:
    """Trains the model of purchase histories on event files; returns the exit status.

    Raises:
        InputError: a file cannot be used, or the history is too short, with the reason and the counts.
    """
    shops, training = _training("shops"), _training("timing")
    with Stages(keep=True) as stages:
        streams, rejected = given.streams(shops, out)
        fitted = shops.fitted_on(streams, own=True)
        purchases, spent, end_day = shops.purchases_of(streams, given.zone)
        name = f"timing-{seed}-{fitted.removeprefix('own:')}"
        training.train_timing(
            purchases, spent, out, seed, stages.told, name=name, calibrated_on=fitted, end_day=end_day
        )
    return _ended(out, given.rejects(out), rejected)


def train_shipped_timing(data: Path, out: Path, seed: int, simulated: int) -> None:
    """Trains the shipped model of purchase histories anew on the public sets in ``data`` and on simulated shops."""
    shops, training, sets = _training("shops"), _training("timing"), _training("timing_sets")
    licences = _training("licences").LICENCES
    with Stages(keep=True) as stages:
        found = sets.shipped_shops(data, shops.simulated(simulated, seed))
        training.train_shipped(found, out, seed, stages.told, name=f"timing-{seed}", licences=licences)
    _say(f"written to {out}")


def train_llm(
    data: Path, out: Path, work: Path, *, base: str | None, lora: bool, prompt: str, seed: int, name: str | None
) -> None:
    """Teaches a language model to answer the serving prompt and writes it to ``out``, with its calibration where
    predictions look for it.

    Args:
        data: folder of the texts, or a file of labelled texts.
        base: folder or name of a causal language model; None makes a small one from nothing.
        lora: train adapters beside the base's weights.
        name: that it will be served under; the name of the folder if None.

    Raises:
        InputError: there are no such texts, or the base cannot be loaded.
        MissingExtraError: the libraries of training are not installed.
    """
    if not data.exists():
        raise InputError(f"no such file or folder: {data}", hint="give the texts", field="data")
    training, settings = _training("llm"), load_settings()
    plan = training.Plan(base=base, lora=lora, prompt=prompt, seed=seed, folders=tuple(prompt_folders(settings)))
    with Stages(keep=True) as stages:
        training.train_llm(data, out, work, plan, model_folder(settings.models_dir, "text"), stages.told)
    _say(f"written to {out}")
    marks = keep_marks(out / training.CALIBRATION, name or out.name, settings.models_dir)
    _say(f"its calibration for the name {name or out.name} to {marks}")


@dataclass(frozen=True, slots=True)
class Given:
    """Event files to learn from, and how they are read. ``apart``: each file is a shop of its own."""

    files: tuple[Path, ...]
    map_file: Path | None = None
    ids_file: Path | None = None
    as_of: datetime | None = None
    zone: str | None = None
    apart: bool = False
    rejected: Path | None = None

    def rejects(self, out: Path) -> Path:
        """Where refused rows are listed."""
        return self.rejected or out.with_name(f"{out.name}.rejected.jsonl")

    def streams(self, shops: ModuleType, out: Path) -> tuple[list[Any], int]:
        """All streams, and how many rows were refused."""
        groups = [(file,) for file in self.files] if self.apart else [self.files]
        found: list[Any] = []
        out.parent.mkdir(parents=True, exist_ok=True)
        with RejectWriter(self.rejects(out)) as writer:
            for files in groups:
                source = shops.Source(files[0].parent.name or "shop", files, self.map_file, self.ids_file, self.zone)
                found += shops.streams_of(source, as_of=self.as_of, rejected=writer.write)
        return found, writer.written


def _ended(out: Path, rejects: Path, rejected: int) -> int:
    _say(f"written to {out}")
    if not rejected:
        rejects.unlink(missing_ok=True)
        return DONE
    sys.stderr.write(f"{rejected} rows rejected, listed in {rejects}\n")
    return PARTIAL


def _training(name: str) -> ModuleType:
    try:
        return import_module(f"purchase_agent.training.{name}")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("purchase_agent"):
            raise
        raise MissingExtraError("training", "train") from error


def _say(words: str) -> None:
    Console(stderr=True, highlight=False).print(words, style="bold")
