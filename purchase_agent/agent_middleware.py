"""The assistant's middleware: personal data stays here, and how the model is asked (extra ``agent``)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse, PIIMiddleware
from langchain_core.messages import AIMessage, HumanMessage

from purchase_agent.redact import Redactor

Handler = Callable[[ModelRequest], ModelResponse]
AsyncHandler = Callable[[ModelRequest], Awaitable[ModelResponse]]
_OF_A_CALL = ("id", "name", "type")
"""What an endpoint calls a tool call and its function by; their arguments stand there as one string."""


class Redaction(PIIMiddleware):
    """LangChain's redaction with the detector of ``purchase_agent.redact``, for every message that is sent.

    As it comes, ``PIIMiddleware`` changes the newest human message of the state, and no earlier one: a history that is
    handed over whole would be sent as it is, and the shopper's own words would be lost to the predictions. This one
    leaves the state alone and redacts copies on their way to the model.
    """

    def __init__(self) -> None:
        super().__init__("personal_data", detector=_found, strategy="redact")

    def before_model(self, state: Any, runtime: Any) -> dict[str, Any] | None:  # noqa: ARG002
        """Leaves the state alone."""
        return None

    async def abefore_model(self, state: Any, runtime: Any) -> dict[str, Any] | None:  # noqa: ARG002
        """Leaves the state alone."""
        return None

    def wrap_model_call(self, request: ModelRequest, handler: Handler) -> ModelResponse:
        """Sends redacted copies."""
        return handler(request.override(messages=[self._copy(one) for one in request.messages]))

    async def awrap_model_call(self, request: ModelRequest, handler: AsyncHandler) -> ModelResponse:
        """``wrap_model_call`` beside a running event loop."""
        return await handler(request.override(messages=[self._copy(one) for one in request.messages]))

    def _copy(self, message: Any) -> Any:
        changed = {"content": self._without(message.content)}
        if isinstance(message, AIMessage):  # a model that saw no personal data wrote none, but another one may have
            changed["tool_calls"] = [{**one, "args": self._leaves(one["args"])} for one in message.tool_calls]
            changed["additional_kwargs"] = self._leaves(message.additional_kwargs, kept=_OF_A_CALL)
        return message.model_copy(update=changed)

    def _without(self, content: Any) -> Any:
        """``content`` as LangChain's own hook redacts a human message of it."""
        if not content:
            return content
        changed = super().before_model({"messages": [HumanMessage(content)]}, None)  # type: ignore[arg-type]
        return changed["messages"][0].content if changed else content

    def _leaves(self, value: Any, *, kept: Collection[str] = ()) -> Any:
        if isinstance(value, str):
            return self._without(value)
        if isinstance(value, Mapping):
            return {name: one if name in kept else self._leaves(one, kept=kept) for name, one in value.items()}
        return [self._leaves(one, kept=kept) for one in value] if isinstance(value, list) else value


class Asking(AgentMiddleware[Any, Any, Any]):
    """How the model is asked.

    Args:
        begin_with: name of a tool that it must call before it says anything in a turn, ``any`` of them, or None.
        strict: ask the endpoint to hold calls to the schemas of the tools.
    """

    def __init__(self, begin_with: str | None, *, strict: bool) -> None:
        super().__init__()
        self._begin_with, self._settings = begin_with, {"strict": True} if strict else {}

    def wrap_model_call(self, request: ModelRequest, handler: Handler) -> ModelResponse:
        """Forces the tool where the newest message is the person's."""
        return handler(self._asked(request))

    async def awrap_model_call(self, request: ModelRequest, handler: AsyncHandler) -> ModelResponse:
        """``wrap_model_call`` beside a running event loop."""
        return await handler(self._asked(request))

    def _asked(self, request: ModelRequest) -> ModelRequest:
        newest = request.messages[-1] if request.messages else None
        changed = request.override(model_settings={**request.model_settings, **self._settings})
        if self._begin_with is None or not isinstance(newest, HumanMessage):
            return changed
        return changed.override(tool_choice=self._begin_with)


def _found(content: str) -> list[Any]:
    return [
        {"type": one.kind.lower(), "value": content[one.start : one.end], "start": one.start, "end": one.end}
        for one in Redactor().redact(content).found
    ]
