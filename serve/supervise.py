"""Starts an engine, waits until it truly answers, starts it again when it dies or hangs, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from purchase_agent.clean import printable
from purchase_agent.errors import PurchaseAgentError
from purchase_agent.serve.probe import State
from purchase_agent.serve.progress import plain, reason

CHILD = Path(__file__).with_name("child.py")
LAST_LINES = 20
TICK_S = 0.1
GONE_WITHIN_S = 3.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How long the supervisor waits, in seconds, and how often it starts an engine again.

    ``start_s``: from start to first answer, a download included. ``hang_s``: without an answer while the process lives.
    ``grace_s``: from the polite signal to the hard one. ``restarts`` within ``window_s`` are borne, one more ends it;
    before the n-th of them it waits ``first_wait_s * 2 ** (n - 1)``, at most ``most_wait_s``.
    """

    start_s: float = 3600.0
    hang_s: float = 60.0
    probe_every_s: float = 5.0
    grace_s: float = 20.0
    restarts: int = 5
    window_s: float = 600.0
    first_wait_s: float = 1.0
    most_wait_s: float = 60.0


class _Run:
    """One life of the engine: its processes, its last lines and when it answered last."""

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str], heard: Callable[[str], None]) -> None:
        self.started = time.monotonic()
        self.answered: float | None = None
        self.alive: float = self.started
        self.over = threading.Event()
        self.lines: deque[str] = deque(maxlen=LAST_LINES)
        self._heard = heard
        # The pipe to its standard input is never written to: its end tells the child that this process is gone.
        self._process = subprocess.Popen(  # noqa: S603 -- a command made here, no shell
            [sys.executable, "-I", str(CHILD), *argv],
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.pid = self._process.pid
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def watch(self, probe: Callable[[], State], every_s: float) -> None:
        """Asks again and again, in a thread of its own, so that a slow answer holds up nothing."""
        threading.Thread(target=self._ask, args=[probe, every_s], daemon=True).start()

    def has_ended(self) -> bool:
        """Whether the engine's first process is gone. It is not reaped yet, so that its group keeps its number."""
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def end(self, grace_s: float, hurry: threading.Event) -> int:
        """Ends all its processes, politely first; the exit status of the first one."""
        self.over.set()
        if not self.has_ended():
            os.kill(self.pid, signal.SIGTERM)
            until = time.monotonic() + grace_s
            while not self.has_ended() and time.monotonic() < until and not hurry.wait(TICK_S):
                pass
        os.killpg(self.pid, signal.SIGKILL)
        status = self._process.wait()
        # What it leaves behind - memory of a GPU, the port - is free when the last of them is gone.
        until = time.monotonic() + GONE_WITHIN_S
        while self._is_left() and time.monotonic() < until:
            time.sleep(TICK_S / 2)
        self._reader.join(1.0)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None and not self._reader.is_alive():
                pipe.close()
        return status

    def _is_left(self) -> bool:
        try:
            os.killpg(self.pid, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def _ask(self, probe: Callable[[], State], every_s: float) -> None:
        while not self.over.is_set():
            state = probe()
            if state != "silent" and not self.over.is_set():
                self.alive = time.monotonic()
                if state == "answered" and self.answered is None:
                    self.answered = self.alive
            self.over.wait(every_s)

    def _read(self) -> None:
        stream: IO[bytes] | None = self._process.stdout
        if stream is None:
            return
        while raw := stream.readline(64 * 1024):
            line = printable(raw.decode(errors="replace").rstrip())
            if line:
                self.lines.append(line)
                self._heard(line)


class Supervisor:
    """Keeps one engine running until it is told to stop or the engine cannot be kept running.

    Args:
        argv: the command of the engine.
        environment: all of its environment.
        make_probe: a fresh probe for each life of the engine.
        tell: takes a plain sentence about what happens.
        limits: how long it waits.
        log: takes each line that the engine writes.
    """

    def __init__(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str],
        make_probe: Callable[[], Callable[[], State]],
        tell: Callable[[str], None],
        limits: Limits | None = None,
        log: Callable[[str], None] | None = None,
    ) -> None:
        self._argv = tuple(argv)
        self._environment = dict(environment)
        self._make_probe = make_probe
        self._tell = tell
        self._limits = limits or Limits()
        self._log = log
        self._stop = threading.Event()
        self._hurry = threading.Event()
        self._said = ""
        self.pid: int | None = None
        """Of the engine's process group, while there is one."""

    def stop(self) -> None:
        """Asks it to end, from a signal handler or another thread; asked again, it does not wait for the engine."""
        if self._stop.is_set():
            self._hurry.set()
        self._stop.set()

    def run(self) -> None:
        """Returns when it was stopped.

        Raises:
            PurchaseAgentError: the engine did not start, or ended or hung too often; holds its last lines.
        """
        limits = self._limits
        restarts: deque[float] = deque(maxlen=limits.restarts + 1)
        while not self._stop.is_set():
            fault, answered, lines = self._live()
            if fault is None:
                return
            now = time.monotonic()
            recent = [at for at in restarts if now - at < limits.window_s]
            if not answered and not recent:
                raise _failed(f"the engine {fault} before it answered", lines)
            if len(recent) >= limits.restarts:
                raise _failed(f"the engine {fault}, after {len(recent)} restarts in {limits.window_s:.0f} s", lines)
            restarts.append(now)
            wait = min(limits.first_wait_s * 2 ** len(recent), limits.most_wait_s)
            self._tell(f"the engine {fault}; starting it again in {wait:.0f} s ({len(recent) + 1}/{limits.restarts})")
            self._stop.wait(wait)

    def _live(self) -> tuple[str | None, bool, list[str]]:
        """One life of the engine: how it failed (None: it was stopped), whether it ever answered, its last lines."""
        run = _Run(self._argv, self._environment, self._heard)
        self.pid = run.pid
        run.watch(self._make_probe(), self._limits.probe_every_s)
        fault: str | None = None
        try:
            fault = self._fault_of(run)
        finally:
            if fault is None:
                self._tell("stopping the engine")
            status = run.end(self._limits.grace_s, self._hurry)
            self.pid = None
        if fault == "":
            fault = f"ended with status {status}"
        return fault, run.answered is not None, list(run.lines)

    def _fault_of(self, run: _Run) -> str | None:
        """Waits for a fault; empty where the engine ended by itself."""
        limits, ready = self._limits, False
        while not self._stop.wait(TICK_S):
            if run.has_ended():
                return ""
            now = time.monotonic()
            if run.answered is None:
                if now - run.started > limits.start_s:
                    return f"gave no answer within {limits.start_s:.0f} s"
                continue
            if not ready:
                ready = True
                self._tell(f"ready after {run.answered - run.started:.0f} s: a completion was answered")
            if now - run.alive > limits.hang_s:
                return f"hung: no answer for {limits.hang_s:.0f} s"
        return None

    def _heard(self, line: str) -> None:
        if self._log is not None:
            self._log(line)
        said = plain(line)
        if said is not None and said != self._said:
            self._said = said
            self._tell(said)


def _failed(message: str, lines: list[str]) -> PurchaseAgentError:
    shown = "".join(f"\n    {line}" for line in lines) or "\n    (it wrote nothing)"
    return PurchaseAgentError(f"{message}. Its last lines:{shown}\n", hint=reason(lines) or "see its last lines")
