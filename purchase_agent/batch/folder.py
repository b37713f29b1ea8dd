"""The work folder of a run: where its files are, that only one run uses it, and how a file comes to be there whole."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from purchase_agent.clean import printable
from purchase_agent.errors import InputError, PurchaseAgentError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class WorkFolder:
    """``OUT.parquet.work``, beside the output and readable by its owner only: it holds shoppers' words."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.path = out.with_name(f"{out.name}.work")
        self.plan = self.path / "plan.json"

    @property
    def rejected(self) -> Path:
        """Where the rejected rows of the whole run go."""
        return self.out.with_name(f"{self.out.name}.rejected.jsonl")

    def spill(self, task: int) -> Path:
        """The rows of an input file, laid apart by partition."""
        return self.path / "read" / f"{task:05d}.spill"

    def read_marker(self, task: int) -> Path:
        """Is there once the file has been read; holds what was counted and where each partition's rows are."""
        return self.path / "read" / f"{task:05d}.json"

    def read_rejects(self, task: int) -> Path:
        """Rows that could not be read."""
        return self.path / "read" / f"{task:05d}.rejected.jsonl"

    def part(self, partition: int) -> Path:
        """The scored shoppers of a partition."""
        return self.path / "parts" / f"{partition:05d}.parquet"

    def part_marker(self, partition: int) -> Path:
        """Is there once the partition has been scored; holds what was counted."""
        return self.path / "parts" / f"{partition:05d}.json"

    def part_rejects(self, partition: int) -> Path:
        """Rows that belonged to no shopper who could be scored."""
        return self.path / "parts" / f"{partition:05d}.rejected.jsonl"

    def part_for_store(self, partition: int) -> Path:
        """What the store gets of a partition."""
        return self.path / "parts" / f"{partition:05d}.store.jsonl"

    def stored(self, partition: int) -> Path:
        """Is there once the store has it."""
        return self.path / "parts" / f"{partition:05d}.stored"

    def answers(self, partition: int) -> Path:
        """Answers of a language model as they came, one a line."""
        return self.path / "answers" / f"{partition:05d}.jsonl"

    @property
    def recorded(self) -> Path:
        """Answers that came as files, by their ids."""
        return self.path / "recorded.sqlite"

    @property
    def requests(self) -> Path:
        """Is there once requests were begun to be written to files; says how many there are when all are."""
        return self.path / "requests.json"

    def make(self) -> None:
        """Makes the folders.

        Raises:
            PurchaseAgentError: the place cannot be written.
        """
        try:
            self.out.parent.mkdir(parents=True, exist_ok=True)
            self.path.mkdir(mode=0o700, exist_ok=True)
            for name in ("read", "parts", "answers"):
                (self.path / name).mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise failed(self.path, error) from error

    def clear(self) -> None:
        """Removes what an earlier run left, but for the lock."""
        try:
            for entry in self.path.iterdir():
                if entry.is_dir():
                    shutil.rmtree(entry)
                elif entry.name != "lock":
                    entry.unlink()
        except OSError as error:
            raise failed(self.path, error) from error

    def remove(self) -> None:
        """Removes the folder; the lock last."""
        self.clear()
        shutil.rmtree(self.path, ignore_errors=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the folder for this process, which makes it.

        Raises:
            InputError: another run holds it.
            PurchaseAgentError: the place cannot be written.
        """
        while True:
            self.make()
            try:
                number = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except FileNotFoundError:  # a run that ended has just removed the folder
                continue
            except OSError as error:
                raise failed(self.path, error) from error
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                os.close(number)
                message = f"another run is writing {printable(str(self.out))}"
                raise InputError(message, hint="wait for it, or name another output", field="file") from error
            if _same_file(number, self.path / "lock"):
                break
            os.close(number)
        try:
            self.make()
            yield
        finally:
            if not self.plan.exists():  # nothing was begun
                shutil.rmtree(self.path, ignore_errors=True)
            os.close(number)


@contextmanager
def committed(path: Path) -> Iterator[Path]:
    """A place beside ``path`` to write to; when the block is left it is on the disk at ``path``, whole, or not at all.

    Raises:
        PurchaseAgentError: it cannot be written; what was begun is removed.
    """
    begun = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        begun.unlink(missing_ok=True)
        yield begun
        _flush(begun)
        begun.replace(path)
        _flush(path.parent)
    except OSError as error:
        raise failed(path, error) from error
    except InputError as error:
        if isinstance(error.__cause__, OSError) and error.field == "file":  # of a writer of rejected rows
            raise failed(path, error.__cause__) from error
        raise
    finally:
        with suppress(OSError):
            begun.unlink(missing_ok=True)


def commit_json(path: Path, value: Any) -> None:
    """Puts a value there as JSON."""
    with committed(path) as begun:
        _write(begun, json.dumps(value, ensure_ascii=False))


def read_json(path: Path) -> Any:
    """What ``commit_json`` wrote; None where there is no such file.

    Raises:
        PurchaseAgentError: the file is damaged.
    """
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        message = f"{printable(str(path))} cannot be read: {type(error).__name__}"
        raise PurchaseAgentError(message, hint="begin anew with --overwrite") from error


def failed(path: Path, error: OSError) -> PurchaseAgentError:
    """The error of a place that cannot be written."""
    hint = "make room on the disk" if error.errno in _FULL else "check the folder, its owner and mode"
    reason = error.strerror or type(error).__name__
    return PurchaseAgentError(
        f"cannot write {printable(str(path))}: {reason}", hint=f"{hint}, then run the same command: it goes on"
    )


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _flush(path: Path) -> None:
    number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _same_file(number: int, path: Path) -> bool:
    try:
        there = path.stat()
    except OSError:
        return False
    own = os.fstat(number)
    return (own.st_dev, own.st_ino) == (there.st_dev, there.st_ino)
