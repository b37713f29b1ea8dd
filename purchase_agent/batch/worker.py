"""A worker process of a run: commands come on standard input, a JSON object a line, and what is told goes out likewise.

It ends at once when its input does, which is when the run itself has ended, however that happened.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from purchase_agent.batch.commands import Commands
from purchase_agent.batch.folder import WorkFolder
from purchase_agent.batch.plan import load_plan
from purchase_agent.errors import InputError, PurchaseAgentError

_TELL_EVERY_S = 0.2


def main() -> None:
    """Works until there are no more commands."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the run decides what an interrupt means
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    order = json.loads(sys.stdin.readline())
    threading.Thread(target=_listen, args=(waiting,), daemon=True).start()
    folder = WorkFolder(Path(order["out"]))
    commands: Commands | None = None
    while True:
        command = json.loads(waiting.get())
        try:
            if commands is None:
                plan = load_plan(folder.plan)
                if plan is None:
                    raise PurchaseAgentError(f"{folder.plan} is gone")  # noqa: TRY301 -- told like all others
                commands = Commands(folder, plan, Path(order["cache"]) if order["cache"] else None, order["processes"])
            progress = _Progress()
            commands.do(command, progress)
            progress.tell()
            _say({"done": True})
        except PurchaseAgentError as error:
            field = error.field if isinstance(error, InputError) else ""
            _say({"error": error.message, "hint": error.hint, "field": field, "input": isinstance(error, InputError)})
        except Exception as error:
            message = f"unforeseen: {type(error).__name__}: {error}"
            _say({"error": message, "hint": "please report it", "field": "", "input": False})


class _Progress:
    """Passes on how much was done, not more than a few times a second."""

    def __init__(self) -> None:
        self._sum = 0
        self._told_at = time.monotonic()

    def __call__(self, number: int) -> None:
        self._sum += number
        if time.monotonic() - self._told_at > _TELL_EVERY_S:
            self.tell()

    def tell(self) -> None:
        if self._sum:
            _say({"told": self._sum})
        self._sum, self._told_at = 0, time.monotonic()


def _listen(waiting: queue.SimpleQueue[str]) -> None:
    for line in sys.stdin:
        waiting.put(line)
    os._exit(0)  # in whatever it is doing: all that it leaves is a file that was begun


def _say(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
