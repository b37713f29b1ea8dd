"""One run at a time on an output: a lock where the output is on this disk, elsewhere a note that is renewed.

A note is a courtesy, no lock: two runs that begin within the same second can pass each other. They would do each
other no harm, since both write the same parts.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from purchase_agent.batch import ray_output
from purchase_agent.batch.folder import failed
from purchase_agent.batch.ray_place import Place
from purchase_agent.errors import InputError, PurchaseAgentError

_NOTE = f"{ray_output.WORK}/held.json"
_RENEWED_S = 20.0
_STALE_S = 90.0


@contextmanager
def held(place: Place) -> Iterator[None]:
    """Holds an output for this process.

    Raises:
        InputError: another run holds it.
        PurchaseAgentError: the place cannot be written.
    """
    with _locked(place.folder, place.shown) if place.folder is not None else _noted(place):
        yield


@contextmanager
def _locked(folder: Path, shown: str) -> Iterator[None]:
    path = folder / ray_output.WORK / "lock"
    try:
        number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise failed(path, error) from error
    try:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _busy(shown) from error
        yield
    finally:
        os.close(number)


@contextmanager
def _noted(place: Place) -> Iterator[None]:
    own = secrets.token_hex(8)
    note = place.read_json(_NOTE) or {}
    if time.time() - float(note.get("at", 0)) < _STALE_S:
        raise _busy(place.shown)
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(_RENEWED_S):
            try:
                place.put_json(_NOTE, {"by": own, "at": time.time()})
            except PurchaseAgentError:  # the run itself will meet what is wrong
                continue

    place.put_json(_NOTE, {"by": own, "at": time.time()})
    renewing = threading.Thread(target=renew, daemon=True)
    renewing.start()
    try:
        yield
    finally:
        ended.set()
        renewing.join()
        place.remove(_NOTE)


def _busy(shown: str) -> InputError:
    message = f"another run is writing {shown}"
    hint = f"wait for it, or name another output; one that was killed lets go within {_STALE_S:.0f} s"
    return InputError(message, hint=hint, field="file")
