"""The folder of a run: ``run.json`` says what was run and what came of it, ``samples.jsonl`` holds every answer.

``samples.jsonl`` is only ever added to, and what was added is on the disk before more is asked. So a run that was
killed goes on where it ended: a line that was cut off is dropped, what stands in the others is not asked again.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from purchase_agent.errors import InputError

Record = dict[str, Any]

RUN, SAMPLES = "run.json", "samples.jsonl"
SHOWN_EVENTS = 20
"""Events of an input that are written, the newest; a history of hundreds is named by its data and not repeated."""
_PACKAGES = ("purchase-agent", "numpy", "onnxruntime", "openai", "pydantic", "scipy", "tokenizers")


class RunFolder:
    """A run on the disk."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def run(self) -> Record:
        """``run.json``.

        Raises:
            InputError: there is none, or it cannot be read.
        """
        try:
            found = json.loads((self.path / RUN).read_text("utf-8"))
        except FileNotFoundError as error:
            raise InputError(f"{self.path} is no folder of a run", hint=f"it has no {RUN}", field="run") from error
        except (OSError, ValueError) as error:
            raise InputError(f"{self.path / RUN} cannot be read: {error}", field="run") from error
        if not isinstance(found, dict):
            raise InputError(f"{self.path / RUN} is no JSON object", field="run")
        return found

    def write_run(self, run: Mapping[str, Any]) -> None:
        """Writes ``run.json`` whole or not at all.

        Raises:
            InputError: the folder cannot be made.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{self.path} cannot be made: {error}", hint="name a folder", field="out") from error
        begun = self.path / f".{RUN}.begun"
        with begun.open("w", encoding="utf-8") as file:
            json.dump(run, file, ensure_ascii=False, indent=1, allow_nan=False)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        begun.replace(self.path / RUN)

    def samples(self) -> list[Record]:
        """What is finished, in the order of the file.

        Raises:
            InputError: a line that is not the last cannot be read.
        """
        return _lines(self.path / SAMPLES)[0]

    def mend(self) -> list[Record]:
        """As ``samples``; a last line that was cut off is taken away, so that more can be added."""
        found, whole = _lines(self.path / SAMPLES)
        if (self.path / SAMPLES).exists():
            os.truncate(self.path / SAMPLES, whole)
        return found

    def add(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Adds samples and waits until they are on the disk."""
        raw = "".join(json.dumps(one, ensure_ascii=False, allow_nan=False) + "\n" for one in records).encode()
        number = os.open(self.path / SAMPLES, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            while raw:
                raw = raw[os.write(number, raw) :]
            os.fsync(number)
        finally:
            os.close(number)


def shown(asked: Mapping[str, Any]) -> Record:
    """An input as it is written: a long history by its newest events and how many there are."""
    events = asked.get("events")
    if events is None or len(events) <= SHOWN_EVENTS:
        return dict(asked)
    return {**asked, "events": list(events[-SHOWN_EVENTS:]), "events_in_all": len(events)}


def digest(value: Any) -> str:
    """SHA-256 of JSON, keys sorted."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def versions() -> Record:
    """What the run was made with."""
    packages = {}
    for name in _PACKAGES:
        with suppress(PackageNotFoundError):
            packages[name] = version(name)
    return {"python": platform.python_version(), "packages": packages}


def git_hash() -> str | None:
    """The commit of the tree that this file lies in, with ``+`` where the tree was changed; None where it is installed,
    for what is installed may lie in a tree of somebody else."""
    git, root = shutil.which("git"), Path(__file__).resolve().parents[1]
    if git is None:
        return None
    told = []
    for arguments in (["rev-parse", "--show-toplevel", "HEAD"], ["status", "--porcelain", "--untracked-files=no"]):
        try:
            done = subprocess.run(  # noqa: S603 -- fixed arguments
                [git, "-C", str(root), *arguments], capture_output=True, text=True, timeout=10, check=False
            )
        except (OSError, subprocess.SubprocessError):
            return None
        if done.returncode:
            return None
        told.append(done.stdout.strip())
    top, _, commit = told[0].partition("\n")
    return commit + ("+" if told[1] else "") if Path(top).resolve() == root else None


def now() -> str:
    """This second, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _lines(path: Path) -> tuple[list[Record], int]:
    """Records, and how many bytes they take."""
    if not path.exists():
        return [], 0
    found: list[Record] = []
    whole = 0
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.endswith(b"\n"):
                break  # cut off
            try:
                found.append(json.loads(line))
            except ValueError as error:
                raise InputError(f"{path}:{number} is no JSON: {error}", hint="the file was changed") from error
            whole += len(line)
    return found, whole
