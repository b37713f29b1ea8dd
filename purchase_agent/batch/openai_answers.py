"""Answers that came as files, read in the place of a client that would ask."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from purchase_agent.batch.folder import committed
from purchase_agent.batch.openai_form import answer_in, asked
from purchase_agent.chat.failures import AttemptError, Raw, by_status
from purchase_agent.chat.reading import read_reply
from purchase_agent.chat.request import Answer, Endpoint, Failure, Request

_LONGEST_LINE = 16 << 20
_TOGETHER = 500


def gather(files: Sequence[Path], into: Path) -> tuple[int, int]:
    """Puts all answers where they can be found by their ids; returns how many there are, and lines that are none.

    Of two answers to one question the one that succeeded counts, then the first.
    """
    answers = other = 0
    with committed(into) as place:
        table = sqlite3.connect(place, isolation_level=None)
        table.execute("PRAGMA journal_mode = OFF")
        table.execute("CREATE TABLE answers (custom_id TEXT PRIMARY KEY, status INTEGER, body BLOB) WITHOUT ROWID")
        table.execute("BEGIN")
        for path in files:
            with path.open("rb") as lines:
                while line := lines.readline(_LONGEST_LINE):
                    found = _answer(line)
                    if found is None:
                        other += bool(line.strip())
                        continue
                    done = table.execute(
                        "INSERT INTO answers VALUES (?, ?, ?) ON CONFLICT (custom_id) DO UPDATE SET "
                        "status = excluded.status, body = excluded.body "
                        "WHERE answers.status <> 200 AND excluded.status = 200",
                        found,
                    )
                    answers += done.rowcount
        table.execute("COMMIT")
        (answers,) = table.execute("SELECT count(*) FROM answers").fetchone()
        table.close()
    return answers, other


class RecordedAnswers:
    """Stands where a client does: answers a question from what ``gather`` has put together."""

    def __init__(self, path: Path, endpoint: Endpoint, model: str) -> None:
        self._table = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self._endpoint, self._model = endpoint, model

    def ask(self, requests: Sequence[Request], deadline_s: float) -> list[Answer | Failure]:  # noqa: ARG002 -- as a client
        """The outcome of each request, in order; ``no_answer`` where no file has one."""
        return [self._one(request) for request in requests]

    def close(self) -> None:
        """Ends it."""
        self._table.close()

    def _one(self, request: Request) -> Answer | Failure:
        if request.samples > 1:
            return Failure("no_answer", "one answer a question was asked for", "", 0)
        custom_id = asked(self._endpoint, self._model, request).custom_id
        found = self._table.execute("SELECT status, body FROM answers WHERE custom_id = ?", (custom_id,)).fetchone()
        if found is None:
            return Failure("no_answer", "no file holds an answer", custom_id, 0)
        raw = Raw(found[0], {}, found[1])
        try:
            if not 200 <= raw.status < 300:
                raise by_status(raw._replace(status=raw.status or 500))
            reply = read_reply(raw, self._model, wants_json=request.schema is not None)
            if reply.failed is not None:
                raise reply.failed
        except AttemptError as failed:
            return Failure(failed.kind, failed.message, custom_id, 1)
        content = reply.contents[0]
        if request.check is not None and request.check(content) is not None:
            return Failure("bad_answer", "the answer cannot be used", custom_id, 1)
        return Answer(
            content=content, tokens=reply.tokens, read=reply.read, cached=reply.cached, written=reply.written,
            model=reply.model, request_id=custom_id, attempts=1, latency_ms=0.0,
        )  # fmt: skip


def _answer(line: bytes) -> tuple[str, int, bytes] | None:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return answer_in(told) if isinstance(told, dict) else None
