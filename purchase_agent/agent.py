"""A shopping assistant on LangChain's own agent: the tools, limits, retries, redaction, streaming (extra ``agent``).

    from purchase_agent.agent import Endpoint, assistant

    helper = assistant(Endpoint("http://127.0.0.1:8000/v1", "my-model"))
    for piece in helper.stream("My kettle broke, I need a quiet one."):
        print(piece, end="")

What the shopper writes, what products and reviews say and what tools return is data for the model, never an order. The
model is sent none of the personal data that ``purchase_agent.redact`` finds; the predictions read the words as written.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from purchase_agent.agent_prompts import ENDED, SHOPPER_PROMPT, STAFF_PROMPT
from purchase_agent.errors import InputError, MissingExtraError, PurchaseAgentError
from purchase_agent.evidence import Shopper, read_shopper
from purchase_agent.planner_matching import is_chinese
from purchase_agent.service import PurchaseAgent
from purchase_agent.tools.arguments import Scope
from purchase_agent.tools.langchain import ContextLoader, langchain_tools, shopper_from_messages

try:
    from langchain.agents import create_agent
    from langchain.agents.middleware import (
        AgentMiddleware,
        ModelCallLimitMiddleware,
        ModelRetryMiddleware,
        ToolCallLimitMiddleware,
        ToolRetryMiddleware,
    )
    from langchain.chat_models import init_chat_model
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, convert_to_messages
    from langchain_core.tools import BaseTool
    from langgraph.checkpoint.memory import InMemorySaver

    from purchase_agent.agent_middleware import Asking, Redaction
except ModuleNotFoundError as error:
    raise MissingExtraError("the assistant", "agent") from error

Messages = str | Sequence[BaseMessage | Mapping[str, Any] | tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one turn of a conversation.

    ``model_calls`` and ``tool_calls`` are at most made; where one is reached the turn ends with what is known. A call
    of the model or of a tool that failed in a way that may pass is made again up to ``retries`` times, the first time
    after ``retry_after_s`` seconds, then after twice as long each time.
    """

    model_calls: int = 8
    tool_calls: int = 6
    retries: int = 2
    retry_after_s: float = 0.5


class AssistantError(PurchaseAgentError):
    """The model could not be asked, retries included."""

    retryable = True


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An OpenAI-compatible endpoint, such as a vLLM started with a tool parser.

    ``base_url`` ends in ``/v1`` as a rule; ``model`` is the name it serves; ``settings`` are further ones of
    LangChain's ``ChatOpenAI``, such as ``max_tokens`` or ``extra_body``.
    """

    base_url: str
    model: str
    api_key: str | None = None
    headers: Mapping[str, str] | None = None
    timeout_s: float = 60.0
    settings: Mapping[str, Any] | None = None

    def __repr__(self) -> str:
        return f"Endpoint({self.base_url!r}, {self.model!r})"  # not the key

    def chat_model(self) -> BaseChatModel:
        """LangChain's model of it.

        Raises:
            MissingExtraError: ``langchain-openai`` is not installed.
        """
        given: dict[str, Any] = {
            "base_url": self.base_url,
            "api_key": self.api_key or "none",  # left out, the one of OpenAI in the environment would be sent
            "timeout": self.timeout_s,
            "max_retries": 0,  # the assistant's own middleware retries
            "use_responses_api": False,
            "temperature": 0.0,
        }
        if self.headers:
            given["default_headers"] = dict(self.headers)
        try:
            found: BaseChatModel = init_chat_model(
                self.model, model_provider="openai", **{**given, **(self.settings or {})}
            )
        except ImportError as error:
            raise MissingExtraError("the assistant with an endpoint", "agent") from error
        return found


@dataclass(frozen=True, slots=True)
class Assistant:
    """``graph`` is LangChain's agent: give it a thread (``config``) and it remembers, where it has a checkpointer."""

    graph: Any

    def stream(self, messages: Messages, config: Mapping[str, Any] | None = None, **more: Any) -> Iterator[str]:
        """The answer to the newest message, in pieces as the model writes them.

        Args:
            messages: the conversation, or the newest message alone where a thread remembers the rest.
            config: of LangGraph, such as ``{"configurable": {"thread_id": ...}}``.
            more: passed on, such as ``context``.

        Raises:
            AssistantError: the model could not be asked, retries included.
        """
        given = _given(messages)
        told = _Told(given)
        try:
            for event in self.graph.stream(given, config, stream_mode=_MODES, **more):
                yield from told.pieces(*event)
        except PurchaseAgentError:
            raise
        except Exception as error:  # every model has errors of its own
            raise _failed(error) from error

    async def astream(
        self, messages: Messages, config: Mapping[str, Any] | None = None, **more: Any
    ) -> AsyncIterator[str]:
        """``stream`` beside a running event loop."""
        given = _given(messages)
        told = _Told(given)
        try:
            async for event in self.graph.astream(given, config, stream_mode=_MODES, **more):
                for piece in told.pieces(*event):
                    yield piece
        except PurchaseAgentError:
            raise
        except Exception as error:
            raise _failed(error) from error

    def answer(self, messages: Messages, config: Mapping[str, Any] | None = None, **more: Any) -> list[BaseMessage]:
        """The whole conversation with the answer as its last message; tool messages carry their typed results
        (as plain data where a checkpointer kept them).

        Raises:
            AssistantError: the model could not be asked, retries included.
        """
        try:
            found: list[BaseMessage] = self.graph.invoke(_given(messages), config, **more)["messages"]
        except PurchaseAgentError:
            raise
        except Exception as error:
            raise _failed(error) from error
        return found


def assistant(
    model: BaseChatModel | Endpoint | str,
    agent: PurchaseAgent | None = None,
    *,
    scope: Scope = "shopper",
    load: ContextLoader | None = None,
    shopper: Shopper | Mapping[str, Any] | None = None,
    tools: Sequence[BaseTool | Callable[..., Any]] = (),
    begin_with: str | None = None,
    limits: Limits = Limits(),
    **more: Any,
) -> Assistant:
    """The assistant of shoppers (scope ``shopper``), or of staff who ask about one shopper or all (scope ``all``).

    Args:
        model: a chat model of LangChain, a name its ``init_chat_model`` knows, or an ``Endpoint``.
        agent: predicts; the default one if None.
        load: finds the shopper in the runtime, as for ``langchain_tools``. By default the shopper of scope ``shopper``
            is who writes the messages; that of scope ``all`` is ``shopper``, or whose words staff give.
        shopper: what is known before the conversation begins: id, consent, events, earlier texts.
        tools: the shop's own, such as a search for products; one that is called as one of ours takes its place.
        begin_with: name of a tool that the model must call first in each turn, or ``any``; for small models that
            would rather talk.
        limits: of one turn.
        more: further arguments of ``create_agent``, such as ``checkpointer``, ``context_schema`` or another
            ``system_prompt``; ``middleware`` is put before ours.

    Raises:
        InputError: no such scope, or ``load`` and ``shopper`` are both given.
        MissingExtraError: the model's library is not installed.
    """
    if load is not None and shopper is not None:
        raise InputError("load and shopper were both given", hint="let load return what is known", field="shopper")
    known = read_shopper(shopper) if shopper is not None else None
    named = {getattr(one, "name", getattr(one, "__name__", "")) for one in tools}
    ours = [
        one
        for one in langchain_tools(agent, scope=scope, load=load or _loader(scope, known), strict=True)
        if one.name not in named
    ]
    before: list[AgentMiddleware[Any, Any, Any]] = list(more.pop("middleware", ()))
    prompt = more.pop("system_prompt", SHOPPER_PROMPT if scope == "shopper" else STAFF_PROMPT)
    again: Any = {"max_retries": limits.retries, "initial_delay": limits.retry_after_s}
    return Assistant(
        create_agent(
            _chat_model(model),
            [*tools, *ours],
            system_prompt=prompt,
            middleware=[
                *before,
                ModelCallLimitMiddleware(run_limit=limits.model_calls, exit_behavior="end"),
                ToolCallLimitMiddleware(run_limit=limits.tool_calls, exit_behavior="continue"),
                # LangChain's strict form of a shop's own tools may not be what they are: strict where all are ours.
                Asking(begin_with, strict=isinstance(model, Endpoint) and not tools),
                ModelRetryMiddleware(**again, on_failure="error"),
                ToolRetryMiddleware(**again, on_failure=_tool_failed),
                Redaction(),  # the last: nothing after it changes what is sent
            ],
            **more,
        )
    )


def memory() -> InMemorySaver:
    """A ``checkpointer`` that remembers conversations as long as the process lives."""
    return InMemorySaver()


class _Told:
    """Picks the words for the person out of a stream: of the model as it writes, and of a limit that ends the turn.

    A call that breaks off is made again, and its second answer goes on where the first one ended as far as both agree.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        words = str(convert_to_messages(given["messages"])[-1].text) if given["messages"] else ""
        self._ended = ENDED[is_chinese(words)]
        self._call: str | None = None
        self._written = self._broken_off = ""

    def pieces(self, mode: str, event: Any) -> Iterator[str]:
        if mode == "messages":
            message, metadata = event
            if metadata.get("langgraph_node") == "model" and isinstance(message, AIMessage) and message.text:
                yield from self._new_of(message)
        elif "model" in event:  # the answer is whole
            self._written = self._broken_off = ""
        elif any(
            node.startswith("ModelCallLimitMiddleware") and "jump_to" in (told or ()) for node, told in event.items()
        ):
            yield self._ended  # the middleware's own words are for programmers

    def _new_of(self, message: AIMessage) -> Iterator[str]:
        if message.id != self._call:
            self._call, self._broken_off, self._written = message.id, self._written, ""
        words = str(message.text)
        self._written += words
        if self._broken_off:
            if self._broken_off.startswith(self._written):
                return  # said before the call broke off
            same = self._written.startswith(self._broken_off)
            words = self._written[len(self._broken_off) :] if same else f"\n{self._written}"
            self._broken_off = ""
        yield words


_MODES = ["messages", "updates"]


def _given(messages: Messages) -> dict[str, Any]:
    return {"messages": [HumanMessage(messages)] if isinstance(messages, str) else list(messages)}


def _chat_model(model: BaseChatModel | Endpoint | str) -> BaseChatModel:
    if isinstance(model, Endpoint):
        return model.chat_model()
    if not isinstance(model, str):
        return model
    try:
        found: BaseChatModel = init_chat_model(model)
    except ImportError as error:
        raise MissingExtraError(f"the model {model[:60]}", "agent") from error
    return found


def _loader(scope: Scope, known: Shopper | None) -> ContextLoader | None:
    """Who the conversation is about: who writes it, or for staff the one they were given."""
    if scope != "shopper":
        return None if known is None else lambda _: known
    before = {} if known is None else known.model_dump(mode="json", exclude_none=True)
    texts, name = before.pop("texts", []), before.pop("shopper_id", "shopper")
    of_messages = shopper_from_messages(name, **before)

    def load(runtime: Any) -> Mapping[str, Any]:
        found = dict(of_messages(runtime) or {})
        taken = {one.get("id") for one in texts}
        said = [{**one, "id": f"chat-{one['id']}"} if one["id"] in taken else one for one in found.get("texts", ())]
        return {**found, "texts": [*texts, *said]}

    return load


def _tool_failed(_: Exception) -> str:
    return "This tool does not work at the moment. Go on without it."


def _failed(error: Exception) -> AssistantError:
    """Tells the kind of failure only: an error's own words may hold what was sent."""
    kind = type(error).__name__
    return AssistantError(f"the model could not be asked: {kind}", hint="is the endpoint up, and the model served?")
