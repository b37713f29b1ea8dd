"""Everything that is refused or goes wrong, told as RFC 9457 has it; never a traceback, a path or a shopper's words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from purchase_agent.errors import InputError, MissingExtraError, PurchaseAgentError

MEDIA_TYPE: Final = "application/problem+json"
KINDS: Final[Mapping[str, tuple[int, str]]] = MappingProxyType(
    {
        "not-json": (400, "The body cannot be read as JSON"),
        "bad-header": (400, "A header cannot be used"),
        "unauthorized": (401, "The key is missing or wrong"),
        "forbidden": (403, "Not allowed from here"),
        "not-found": (404, "There is nothing at this address"),
        "no-store": (404, "There is no store"),
        "method-not-allowed": (405, "This address is asked with another method"),
        "too-slow": (408, "The body did not come in time"),
        "conflict": (409, "The idempotency key is taken"),
        "too-large": (413, "The body is too large"),
        "unsupported-media-type": (415, "The body has to be JSON in UTF-8"),
        "wrong-host": (421, "The Host header names another server"),
        "invalid-input": (422, "The content cannot be used"),
        "too-many-requests": (429, "The server is busy"),
        "internal": (500, "Unforeseen"),
        "unavailable": (503, "Not able to predict now"),
    }
)
"""Kind -> (status, title). The kind is the fragment of the problem's ``type``, which the page /docs explains."""


class ProblemError(Exception):
    """A request that ends without what it asked for.

    Args:
        kind: one of ``KINDS``.
        detail: what happened to this request; for people.
        hint: what to do about it.
        field: the place inside the body.
        headers: further headers of the answer.
    """

    def __init__(
        self, kind: str, detail: str, *, hint: str = "", field: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.hint, self.field = kind, detail, hint, field
        self.status, self.title = KINDS[kind]
        self.headers = dict(headers or {})

    def body(self, request_id: str) -> bytes:
        """The problem document."""
        document = {
            "type": f"/docs#{self.kind}", "title": self.title, "status": self.status, "detail": self.detail,
            "instance": request_id,
        }  # fmt: skip
        document |= {"field": self.field} if self.field else {}
        document |= {"hint": self.hint} if self.hint else {}
        return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")


def problem_of(error: Exception) -> ProblemError:
    """The problem that an error of this package, or an unforeseen one, is told as."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, InputError):
        return ProblemError("invalid-input", error.message, hint=error.hint, field=error.field)
    if isinstance(error, MissingExtraError):
        return ProblemError("unavailable", error.message, hint=f"whoever runs the server: {error.hint}")
    if isinstance(error, PurchaseAgentError):  # its words may name files of the server
        hint = "whoever runs the server: purchase-agent doctor tells what is wrong"
        return ProblemError("unavailable", f"the server cannot predict ({type(error).__name__})", hint=hint)
    return ProblemError("internal", "a fault of this program", hint="report it with the instance, which its log names")


def error_item(error: Exception) -> dict[str, dict[str, str]]:
    """What stands in a batch in the place of one that could not be answered, as the command line tells it."""
    told = problem_of(error)
    return {"error": {"message": told.detail, "field": told.field, "hint": told.hint}}
