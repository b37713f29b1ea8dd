"""What a status that is no success means, and whether sending again can help."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from purchase_agent.chat.budget import retry_after_s
from purchase_agent.chat.request import Kind

_ILL: frozenset[Kind] = frozenset({"timeout", "connection", "server_error", "no_answer"})
_USEFUL_WAIT_S = 30.0
_CONTEXT = re.compile(
    r"maximum context length|context_length_exceeded|context (?:length|window|size)|maximum model length"
    r"|prompt is too long|input is too long"
)
_NO_MODEL = re.compile(r"model[^.]{0,200}(?:does not exist|not found|not exist|unknown)|model_not_found|unknown model")
_FILTER = re.compile(r"content_filter|content management policy|content policy")
# The address is not told: it may hold a secret, and whoever reads this knows which one he set.
_NO_PATH = "nothing answers at the path asked for: does the endpoint's address end in /v1?"
_READ_OF_COMPLAINT = 400  # what comes later may be the prompt, which some servers repeat


class Raw(NamedTuple):
    """A response as it came; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class AttemptError(Exception):
    """An attempt without an answer.

    ``again``: sending the same once more may help, after ``wait_s`` where the server said so. ``complaint``: what a 400
    complained of, for ``Habits`` and for nobody else's eyes.
    """

    def __init__(
        self, kind: Kind, message: str, *, again: bool = False, wait_s: float | None = None, complaint: str = ""
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.again = again
        self.wait_s = wait_s
        self.complaint = complaint

    @property
    def ill(self) -> bool:
        """Whether this speaks against the health of the endpoint."""
        busy = self.kind == "rate_limited" and (self.wait_s is None or self.wait_s > _USEFUL_WAIT_S)
        return busy or self.kind in _ILL


def by_status(raw: Raw) -> AttemptError:
    """The failure that a response with a status other than 2xx stands for."""
    status = raw.status
    said = _complaint(raw.body) if status in {400, 404, 413, 422, 403} else ""
    wait_s = retry_after_s(raw.headers.get("retry-after"))
    if status == 429:
        return AttemptError("rate_limited", "the endpoint limits the rate (429)", again=True, wait_s=wait_s)
    if status in {408, 409} or status >= 500:
        return AttemptError("server_error", f"the endpoint answered {status}", again=True, wait_s=wait_s)
    if status < 400:
        return AttemptError("no_answer", f"the endpoint redirects ({status}), which is not followed")
    kind, what = _fault(status, said)
    return AttemptError(kind, f"{what} ({status})", complaint=said if kind == "bad_request" else "")


def _fault(status: int, said: str) -> tuple[Kind, str]:
    """What is at fault in a request that was refused."""
    faults: tuple[tuple[bool, Kind, str], ...] = (
        (bool(_FILTER.search(said)), "refused", "the endpoint's content filter declined"),
        (status in {401, 403}, "unauthorized", "the endpoint does not accept the key"),
        (status == 413 or bool(_CONTEXT.search(said)), "context_overflow", "the prompt is longer than the model reads"),
        (status == 404 and bool(_NO_MODEL.search(said)), "wrong_model", "the endpoint does not have the model"),
        (status in {404, 405}, "bad_request", _NO_PATH),
    )
    found = ((kind, what) for holds, kind, what in faults if holds)
    return next(found, ("bad_request", "the endpoint refused the request"))


def _complaint(body: bytes) -> str:
    """Names and words of an error body, lower case: ``param`` and ``code`` first, they say it best."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return body[:_READ_OF_COMPLAINT].decode(errors="replace").lower()
    error = parsed.get("error", parsed) if isinstance(parsed, dict) else parsed
    if not isinstance(error, dict):
        return str(error)[:_READ_OF_COMPLAINT].lower()
    parts = [error.get(name) for name in ("param", "code", "message", "detail")]
    return " ".join(str(part)[:_READ_OF_COMPLAINT] for part in parts if part is not None).lower()
