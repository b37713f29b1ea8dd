"""The file of a suite: what data it reads, which tasks and figures it tells, beside which baselines and slices."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from purchase_agent.errors import InputError
from purchase_agent.labels import Action, Intent, Motivation, Timing
from purchase_agent.prediction import EvidenceMode

SUITES = Path(__file__).parent.parent / "suites"
SHIPPED = Path(__file__).parent.parent / "data"
SHIPPED_MARK = "shipped:"
"""Begins a path inside this package's ``eval/data``; every other path is relative to ``--data``."""

Kind = Literal["labelled", "pairs", "perturbed", "injections", "choice"]
Baseline = Literal["majority", "tfidf", "lexical_overlap", "shuffled_evidence", "shuffled_labels", "annotators"]


class Suite(BaseModel):
    """One suite.

    Attributes:
        name, version: of the suite; runs of two versions are not compared.
        kind: what samples are. ``labelled``: a shopper and his labels. ``pairs``: two shoppers who differ in one thing
            that must not matter. ``perturbed``: a shopper, and the same with typos, other case and the like.
            ``injections``: a shopper, the same with a planted instruction, and with harmless words instead.
            ``choice``: a question with options.
        data: files, folders or patterns; relative to ``--data``, or inside this package where they begin with
            ``shipped:``. A suite whose files are absent is skipped.
        replaceable: whether a user's own files may take the place of ``data``; they are then of the same form.
        reader: of ``purchase_agent.eval.cases.readers``; ``options`` are its arguments.
        tasks: of ``purchase_agent.eval.scoring.tasks``.
        labels: task -> the labels that the data knows; a prediction is read as if there were no others.
        metrics: names to tell; empty tells all that the tasks have.
        slices: metadata by which figures are told apart.
        baselines: rows beside every score.
        evidence: what is asked for; the figures of quotes need ``fast`` or ``full``.
        limit: samples at most, drawn with the run's seed where there are more.
        seen_in_training: whether the shipped models have learnt from these texts; such figures are no claim.
        notes: what the figures must not be read without.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    version: Annotated[str, Field(pattern=r"^\d+(\.\d+)*$")]
    description: str
    kind: Kind = "labelled"
    data: list[str] = []
    replaceable: bool = False
    reader: str
    options: dict[str, Any] = {}
    tasks: Annotated[list[str], Field(min_length=1)]
    labels: dict[str, list[Intent | Motivation | Action | Timing]] = {}
    metrics: list[str] = []
    slices: list[str] = ["language", "channel", "source", "length", "category"]
    baselines: list[Baseline] = []
    evidence: EvidenceMode = "none"
    deletion: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1)] | None = None
    seen_in_training: bool = False
    notes: list[str] = []

    @property
    def takes_labels(self) -> bool:
        """Whether it can be asked on a user's own files."""
        return self.replaceable or not self.data


@dataclass(frozen=True, slots=True)
class Loaded:
    """A suite, its file's hash, and the data files that it found."""

    suite: Suite
    sha256: str
    files: tuple[Path, ...]


def names() -> list[str]:
    """The suites that ship."""
    return sorted(path.stem for path in SUITES.glob("*.yaml"))


def is_file(given: str) -> bool:
    """Whether a suite is told by its file and not by its name."""
    return given.endswith((".yaml", ".yml"))


def load(given: str) -> tuple[Suite, str]:
    """A suite by the name of one that ships, or from a YAML file; and the SHA-256 of its file.

    Raises:
        InputError: there is none of that name, or the file cannot be used; the message names the field.
    """
    path = Path(given) if is_file(given) else SUITES / f"{given}.yaml"
    try:
        raw = path.read_bytes()
        return Suite.model_validate(yaml.safe_load(raw)), hashlib.sha256(raw).hexdigest()
    except FileNotFoundError as error:
        raise InputError(f"no suite {given!r}", hint=f"one of {', '.join(names())}, or a YAML file") from error
    except (OSError, yaml.YAMLError) as error:
        raise InputError(f"{path} cannot be read: {error}", field="suite") from error
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, problem["loc"])) or "the file"
        raise InputError(f"{path}: {place}: {problem['msg']}", field="suite") from error


def find(suite: Suite, data: Path | None, labels: Sequence[Path] = ()) -> tuple[list[Path], str | None]:
    """The suite's files, or why it has to be skipped.

    Args:
        data: folder that paths are relative to.
        labels: the user's own files, in place of those that the suite names, where it allows that.
    """
    if labels and not suite.takes_labels:  # read as its data they would be told under its name, labels and notes
        return [], f"{suite.name} reads its own data and no --labels: the suite own reads those"
    if labels:
        return list(labels), None
    if not suite.data:
        return [], f"{suite.name} brings no data of its own: name files with --labels"
    found: list[Path] = []
    for one in suite.data:
        if one.startswith(SHIPPED_MARK):
            base, pattern = SHIPPED, one.removeprefix(SHIPPED_MARK)
        elif data is None:
            return [], f"{suite.name} needs {one}: name the folder that holds it with --data"
        else:
            base, pattern = data, one
        files = sorted(base.glob(pattern))
        if not files:
            return [], f"{suite.name}: {pattern} is not in {base}"
        found += files
    return found, None
