"""The chat in the form of OpenAI's chat completions: what is read of a request, and what is written.

Settings of a model (temperature, tools ...) and messages of the role ``system`` are passed over: the assistant has its
own. What staff are told beyond words (a table, a chart, a prediction) stands in the field ``purchase_agent``.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from purchase_agent.errors import InputError
from purchase_agent.evidence import Shopper, repair
from purchase_agent.ranking import Candidate
from purchase_agent.web.problems import ProblemError

SHOPPER_MODEL, STAFF_MODEL = "purchase-agent", "purchase-agent-staff"
"""Names of the assistants: of one who writes about himself, and of staff who ask about shoppers."""
MOST_MESSAGES = 200
_LAST = b"data: [DONE]\n\n"


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Part(_Read):
    """A piece of a message; only text is read."""

    type: str
    text: str = ""


class Message(_Read):
    """One turn of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None

    @property
    def words(self) -> str:
        """The text of it."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content or () if part.type == "text")


class Known(BaseModel):
    """What the caller knows beforehand: the shopper (without one whoever writes), and products that may be ranked."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    shopper: Shopper | None = None
    products: Annotated[list[Candidate], Field(max_length=1000)] = []


class StreamOptions(_Read):
    include_usage: bool = False


class ChatRequest(_Read):
    """A request. ``model``: ``purchase-agent``, or ``purchase-agent-staff`` with the insight key."""

    model: str = SHOPPER_MODEL
    messages: Annotated[list[Message], Field(min_length=1, max_length=MOST_MESSAGES)]
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    purchase_agent: Known = Known()


def read_request(value: Any) -> ChatRequest:
    """A request from a body.

    Raises:
        InputError: it is none, or its last message is not the user's.
        ProblemError: 404, there is no such model.
    """
    try:
        found = ChatRequest.model_validate(repair(value))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join(str(part)[:40] for part in first["loc"])[:80]
        raise InputError(
            f"{field or 'body'}: {first['msg'].removeprefix('Value error, ')}",
            hint='such as {"model": "purchase-agent", "messages": [{"role": "user", "content": "..."}]}', field=field,
        ) from error  # fmt: skip
    if found.model not in (SHOPPER_MODEL, STAFF_MODEL):
        raise ProblemError("not-found", "there is no such model", hint="GET /v1/models lists them", field="model")
    if found.messages[-1].role != "user" or not found.messages[-1].words.strip():
        raise InputError("the last message is not words of the user", hint="add what he says", field="messages")
    return found


class Writer:
    """Writes one answer: whole, or as pieces of a stream."""

    def __init__(self, model: str) -> None:
        self._head = {"id": f"chatcmpl-{secrets.token_hex(12)}", "created": int(time.time()), "model": model}

    def whole(self, words: str, more: Mapping[str, Any]) -> bytes:
        """A completion."""
        message = {"role": "assistant", "content": words, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return _json({**self._head, "object": "chat.completion", "choices": [choice], "usage": _USAGE, **_extra(more)})

    def begin(self) -> bytes:
        """Tells that somebody speaks."""
        return self._chunk({"role": "assistant", "content": ""})

    def piece(self, words: str) -> bytes:
        """Some words."""
        return self._chunk({"content": words})

    def end(self, more: Mapping[str, Any], *, usage: bool = False) -> bytes:
        """What comes beside the words, and the end."""
        last = self._chunk({}, "stop", more)
        told = {**self._head, "object": "chat.completion.chunk", "choices": [], "usage": _USAGE}
        return last + (_event(told) if usage else b"") + _LAST

    def failed(self, problem: ProblemError, request_id: str) -> bytes:
        """A fault in the midst of an answer, as OpenAI's clients read it, and the end."""
        told = {
            "message": problem.detail, "type": problem.kind, "code": problem.status, "param": None,
            "hint": problem.hint, "instance": request_id,
        }  # fmt: skip
        return _event({"error": told}) + _LAST

    def _chunk(self, delta: Mapping[str, Any], ends: str | None = None, more: Mapping[str, Any] | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": ends}
        return _event({**self._head, "object": "chat.completion.chunk", "choices": [choice], **_extra(more or {})})


_USAGE = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}  # nobody is billed by them


def _extra(more: Mapping[str, Any]) -> dict[str, Any]:
    return {"purchase_agent": dict(more)} if more else {}


def _event(value: Any) -> bytes:
    return b"data: " + _json(value) + b"\n\n"


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
