"""Runs a command until it ends or until whoever started this is gone; then nothing of it is left.

The supervisor runs this file by its path, with the other end of its standard input in hand: when the supervisor dies,
by whatever signal, that end closes, and the command and all it started, which share this process group, are ended.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

GRACE_S = 10.0


def main(argv: list[str]) -> int:
    """Exit status of the command, as a shell reports it."""
    alone = threading.Event()
    running = subprocess.Popen(argv, stdin=subprocess.DEVNULL)  # noqa: S603 -- the supervisor's own command
    signal.signal(signal.SIGTERM, lambda *_: running.terminate())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_when_alone, args=[running, alone], daemon=True).start()
    status = running.wait()
    if alone.is_set():
        _end_all()
    return status if status >= 0 else 128 - status


def _end_when_alone(running: subprocess.Popen[bytes], alone: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    alone.set()
    running.terminate()
    time.sleep(GRACE_S)
    _end_all()


def _end_all() -> None:
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
