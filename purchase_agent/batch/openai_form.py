"""The OpenAI Batch form: one request a line with an id of its own, and one answer a line with the same id.

The id is made of the request's body, so that equal questions are asked once, and an answer is found again by what is
asked, whoever asks it and in whatever order the answers come.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from purchase_agent.chat.habits import Habits
from purchase_agent.chat.request import Endpoint, Request

URL = "/v1/chat/completions"
_PREFIX = "purchase-agent-"


class Asked(NamedTuple):
    """A request with its id. ``line`` has its end."""

    custom_id: str
    line: bytes


def asked(endpoint: Endpoint, model: str, request: Request) -> Asked:
    """A request as the client would send it first, as a line of a batch file."""
    body = Habits().body(endpoint, model, request)
    raw = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    custom_id = _PREFIX + hashlib.sha256(raw.encode()).hexdigest()[:40]
    told = {"custom_id": custom_id, "method": "POST", "url": URL, "body": body}
    return Asked(custom_id, json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")


def answer_in(told: Mapping[str, Any]) -> tuple[str, int, bytes] | None:
    """Id, HTTP status and body of an answer; None of a line that is no answer to a request of ours.

    A request that failed as a whole has status 0.
    """
    custom_id, response = told.get("custom_id"), told.get("response")
    if not isinstance(custom_id, str) or not custom_id.startswith(_PREFIX):
        return None
    if not isinstance(response, Mapping):
        return (custom_id, 0, b"") if told.get("error") else None
    status, body = response.get("status_code"), response.get("body")
    raw = json.dumps(body, ensure_ascii=False).encode() if body is not None else b""
    # vLLM's own runner leaves the status out in some versions where there is an answer.
    known = status if isinstance(status, int) and not isinstance(status, bool) else 200 if raw else 0
    return custom_id, known, raw
