"""The questions of a run written to files, for whoever answers them offline, instead of sent."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Self

from purchase_agent.batch.folder import committed
from purchase_agent.batch.openai_form import asked
from purchase_agent.chat.request import Answer, Endpoint, Failure, Request

MOST_REQUESTS, MOST_BYTES = 50_000, 190 << 20
"""Of one file, as the service that made the form up takes them."""

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC


class RequestFiles:
    """Stands where a client does: takes questions, each once, and answers none. To be used in a ``with`` block.

    The files ``requests-00001.jsonl`` ... are there once the block is left.
    """

    def __init__(self, folder: Path, endpoint: Endpoint, model: str, work: Path) -> None:
        self.files: list[Path] = []
        self.written = 0
        self._folder, self._endpoint, self._model = folder, endpoint, model
        self._seen_file = work
        self._begun: list[tuple[Path, Path]] = []
        self._file: BinaryIO | None = None
        self._lines = self._bytes = 0

    def __enter__(self) -> Self:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._seen_file.unlink(missing_ok=True)
        self._seen = sqlite3.connect(self._seen_file, isolation_level=None)
        self._seen.execute("PRAGMA journal_mode = OFF")
        self._seen.execute("CREATE TABLE seen (custom_id TEXT PRIMARY KEY) WITHOUT ROWID")
        self._seen.execute("BEGIN")
        return self

    def ask(self, requests: Sequence[Request], deadline_s: float) -> list[Answer | Failure]:  # noqa: ARG002 -- as a client
        """Writes the questions down."""
        for request in requests:
            one = asked(self._endpoint, self._model, request)
            if self._seen.execute("INSERT OR IGNORE INTO seen VALUES (?)", (one.custom_id,)).rowcount == 1:
                self._write(one.line)
        return [Failure("cancelled", "written to a file", "", 0) for _ in requests]

    def __exit__(self, *failure: object) -> None:
        self._seen.close()
        self._seen_file.unlink(missing_ok=True)
        if self._file is not None:
            self._file.close()
        if failure[0] is None:
            for begun, path in self._begun:
                with committed(path) as place:
                    begun.replace(place)
                self.files.append(path)
        for begun, _ in self._begun:
            begun.unlink(missing_ok=True)

    def _write(self, line: bytes) -> None:
        if self._file is None or self._lines >= MOST_REQUESTS or self._bytes + len(line) > MOST_BYTES:
            if self._file is not None:
                self._file.close()
            path = self._folder / f"requests-{len(self._begun) + 1:05d}.jsonl"
            begun = path.with_name(f".{path.name}.begun")
            self._begun.append((begun, path))
            self._file = os.fdopen(os.open(begun, _FLAGS, 0o600), "wb")
            self._lines = self._bytes = 0
        self._file.write(line)
        self._lines += 1
        self._bytes += len(line)
        self.written += 1


def request_files(folder: Path) -> list[Path]:
    """Those that have been written."""
    return sorted(folder.glob("requests-*.jsonl"))


def answer_files(folder: Path) -> list[Path]:
    """Files in which answers may be: all that end in .jsonl but the requests."""
    return sorted(path for path in folder.glob("*.jsonl") if not path.name.startswith(("requests-", ".")))
