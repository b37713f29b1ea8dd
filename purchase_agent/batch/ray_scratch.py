"""Where a process lays what it is at: a folder of its own on its machine, gone when it ends, however it does.

One that was killed leaves its folder behind. Whoever comes next on that machine, and the end of the run, removes it:
that nobody is at it is told by its lock, which the system gave back.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch(prefix: str) -> Iterator[Path]:
    """A folder for this process, only its owner may look into it."""
    sweep(prefix)
    folder, number = _made(prefix)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(number)


def sweep(prefix: str, patience_s: float = 0.0) -> None:
    """Removes what processes that were killed have left of such folders on this machine.

    Args:
        patience_s: how long those that are about to end are waited for.
    """
    until = time.monotonic() + patience_s
    while not _swept(prefix) and time.monotonic() < until:
        time.sleep(0.1)


def _swept(prefix: str) -> bool:
    """Whether nobody is at work in any of them."""
    free = True
    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}-*"):
        try:
            number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:  # somebody is at work there
            free = False
        finally:
            os.close(number)
    return free


def _made(prefix: str) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f"{prefix}-"))
        try:
            number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        fcntl.flock(number, fcntl.LOCK_SH)
        if folder.exists():  # nobody swept it before it was locked
            return folder, number
        os.close(number)


def of_run(run_id: str) -> str:
    """The prefix of the folders of a run's workers."""
    return f"purchase-agent-{run_id}"
