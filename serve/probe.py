"""Whether an engine answers: one token asked for and received. A health route says 200 while the engine hangs.

An engine that is only busy lets a probe wait as well. It counts as alive while the counter of its tokens moves.
https://github.com/vllm-project/vllm/issues/39863 and https://github.com/gonka-ai/gonka/pull/1421 tell both sides.
"""

from __future__ import annotations

import http.client
import json
import re
from typing import Any, Literal

from purchase_agent.serve.launch import Launch, reached_at

State = Literal["answered", "busy", "silent"]
TIMEOUT_S = 10.0
MAX_BYTES = 4 * 1024 * 1024
_TOKENS = re.compile(r"^vllm:(?:prompt|generation)_tokens_total(?:\{[^}]*\})? ([0-9.e+]+)$", re.MULTILINE)


class CompletionProbe:
    """Asks the server of a launch for one token. Not for several threads at once.

    Args:
        started: tells address, model name and key.
        timeout_s: how long a single answer may take before the counter is looked at.
    """

    def __init__(self, started: Launch, timeout_s: float = TIMEOUT_S) -> None:
        self._host = reached_at(started.host)
        self._port = started.port
        self._timeout_s = timeout_s
        self._headers = {"Content-Type": "application/json"}
        if started.key:
            self._headers["Authorization"] = f"Bearer {started.key}"
        asked = {"model": started.served_name, "prompt": "1", "max_tokens": 1, "temperature": 0}
        self._body = json.dumps(asked).encode()
        self._tokens: float | None = None

    def __call__(self) -> State:
        """What the engine does now; takes at most twice the timeout."""
        status, body = self._ask("POST", "/v1/completions", self._body)
        if status == 200 and _has_token(body):
            return "answered"
        return "busy" if self._moved() else "silent"

    def _moved(self) -> bool:
        status, body = self._ask("GET", "/metrics", None)
        found = _TOKENS.findall(body.decode(errors="replace")) if status == 200 else []
        if not found:
            return False
        before, self._tokens = self._tokens, sum(map(float, found))
        return before is not None and self._tokens > before

    def _ask(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_s)
        try:
            connection.request(method, path, body, self._headers)
            answer = connection.getresponse()
            return answer.status, answer.read(MAX_BYTES)
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()


def _has_token(body: bytes) -> bool:
    try:
        told: Any = json.loads(body)
        return bool(told["choices"][0]["finish_reason"])
    except (ValueError, LookupError, TypeError):
        return False
