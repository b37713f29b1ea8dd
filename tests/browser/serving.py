"""Servers as processes of their own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

SCRIPT = Path(__file__).with_name("served_page.py")


class Served:
    """``served_page.py`` with these settings, or the command itself with ``command``."""

    def __init__(self, *, command: list[str] | None = None, env: dict[str, str] | None = None, **given: Any) -> None:
        self._call = command or [sys.executable, str(SCRIPT), json.dumps(given)]
        self._env = {**os.environ, "OMP_NUM_THREADS": "1", **(env or {})}
        self.address = ""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._call, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self._env
        )
        assert self._process.stdout is not None
        told = []
        for line in self._process.stdout:
            told.append(line)
            if found := re.search(r"listening at (\S+)", line):
                self.address = found[1]
                return self
        raise AssertionError(f"the server did not start: {''.join(told)[-2000:]}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end(signal.SIGTERM)

    def end(self, how: int = signal.SIGKILL) -> None:
        """Ends the process."""
        self._process.send_signal(how)
        self._process.wait(20)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def pause(self) -> None:
        """Lets it listen and answer nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """After ``pause``."""
        self._process.send_signal(signal.SIGCONT)

    @property
    def port(self) -> int:
        return int(self.address.rsplit(":", 1)[1])
