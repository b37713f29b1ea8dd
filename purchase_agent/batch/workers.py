"""Commands done side by side by worker processes, or one after the other in this one."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any, Self, cast

from purchase_agent.batch.commands import Commands
from purchase_agent.batch.folder import WorkFolder
from purchase_agent.batch.plan import Plan
from purchase_agent.errors import InputError, PurchaseAgentError

_TRIES = 3
"""How often a command is given whose worker ends while it is at it, as one does that takes too much memory."""
Told = Callable[[dict[str, Any], int], None]
Done = Callable[[dict[str, Any]], None]
_Event = tuple[str, dict[str, Any], Any]


class Workers:
    """Does the commands of a plan, to be used in a ``with`` block.

    Args:
        count: of processes; 1 is this process.
        cache: folder of what is remembered; None is none.
    """

    def __init__(self, folder: WorkFolder, plan: Plan, count: int, cache: Path | None) -> None:
        self._here = Commands(folder, plan, cache, 1) if count == 1 else None
        order = {"out": str(folder.out), "cache": str(cache) if cache is not None else None, "processes": count}
        self._order = json.dumps(order) + "\n"
        self._count = count
        self._lock = threading.Lock()
        self._processes: dict[int, subprocess.Popen[str]] = {}
        self._ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        with self._lock:
            self._ended = True
            for process in self._processes.values():
                process.kill()
        for process in self._processes.values():
            process.communicate()

    def do(self, commands: Iterable[dict[str, Any]], told: Told, done: Done) -> None:
        """Does all commands; ``told`` and ``done`` are called in this thread.

        Raises:
            PurchaseAgentError: what the first command that failed raised.
        """
        if self._here is not None:
            for command in commands:
                self._here.do(command, lambda number, command=command: told(command, number))  # type: ignore[misc]
                done(command)
            return
        waiting = deque(commands)
        events: queue.SimpleQueue[_Event] = queue.SimpleQueue()
        left = len(waiting)
        for place in range(min(self._count, left)):
            threading.Thread(target=self._serve, args=(place, waiting, events), daemon=True).start()
        while left:
            kind, command, value = events.get()
            if kind == "told":
                told(command, value)
            elif kind == "done":
                left -= 1
                done(command)
            else:
                raise value

    def _serve(self, place: int, waiting: deque[dict[str, Any]], events: queue.SimpleQueue[_Event]) -> None:
        """Feeds one process."""
        while True:
            try:
                command = waiting.popleft()
            except IndexError:
                return
            for attempt in range(_TRIES):
                process = self._process(place)
                if process is None:
                    return
                ended = self._asked(process, command, events)
                if not ended:
                    break
                if attempt == _TRIES - 1:
                    status = process.wait()
                    what = f"signal {-status}" if status < 0 else f"status {status}"
                    message = f"a worker ended again and again with {what}"
                    hint = "run the same command with fewer --workers: it goes on"
                    events.put(("error", command, PurchaseAgentError(message, hint=hint)))
                    return

    def _process(self, place: int) -> subprocess.Popen[str] | None:
        with self._lock:
            if self._ended:
                return None
            process = self._processes.get(place)
            if process is None or process.poll() is not None:
                process = self._processes[place] = subprocess.Popen(
                    [sys.executable, "-m", "purchase_agent.batch.worker"],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8",
                    env=os.environ | {"OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"},
                )  # fmt: skip
                _write(process, self._order)
            return process

    def _asked(
        self, process: subprocess.Popen[str], command: dict[str, Any], events: queue.SimpleQueue[_Event]
    ) -> bool:
        """Has a process do a command; returns whether it ended instead."""
        if not _write(process, json.dumps(command) + "\n"):
            return True
        for line in cast("IO[str]", process.stdout):
            said = json.loads(line)
            if "told" in said:
                events.put(("told", command, said["told"]))
            elif "done" in said:
                events.put(("done", command, None))
                return False
            else:
                events.put(("error", command, _error(said)))
                return False
        process.wait()
        return True


def _write(process: subprocess.Popen[str], words: str) -> bool:
    try:
        stream = cast("IO[str]", process.stdin)
        stream.write(words)
        stream.flush()
    except OSError:
        return False
    return True


def _error(said: dict[str, Any]) -> PurchaseAgentError:
    if said["input"]:
        return InputError(said["error"], hint=said["hint"], field=said["field"])
    return PurchaseAgentError(said["error"], hint=said["hint"])
