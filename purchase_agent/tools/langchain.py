"""The tools for agents of LangChain and LangGraph (extra ``agent``).

LangChain can send all that an agent and its tools are given, a shopper's words too, to LangSmith. It does so where
``LANGSMITH_TRACING`` is set in the environment; nothing here sets it, and a shop that has no such agreement with its
shoppers leaves it unset.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError, create_model, model_validator
from pydantic.json_schema import SkipJsonSchema

from purchase_agent.errors import InputError, MissingExtraError, PurchaseAgentError
from purchase_agent.evidence import Shopper, repair
from purchase_agent.service import PurchaseAgent
from purchase_agent.tools.arguments import Scope, ShopperArguments
from purchase_agent.tools.catalogue import Tool, Toolbox, tools
from purchase_agent.tools.sentences import sentences
from purchase_agent.tools.strict import plain_arguments, strict_arguments

try:
    from langchain.tools import InjectedToolArg, ToolException, ToolRuntime
    from langchain_core.messages import (
        AIMessage,
        BaseMessage,
        HumanMessage,
        convert_to_messages,
        get_notification_metadata,
    )
    from langchain_core.tools import StructuredTool
except ModuleNotFoundError as error:
    raise MissingExtraError("the tools for LangChain", "agent") from error

ContextLoader = Callable[[ToolRuntime[Any, Any]], Shopper | Mapping[str, Any] | None]
"""The runtime of a tool call (``state``, ``context``, ``config``, ``store``) -> the shopper of this conversation."""
_Injected = Annotated[Any, InjectedToolArg, SkipJsonSchema()]  # by its name LangGraph knows it for the runtime
_KNOWN = frozenset(ShopperArguments.model_fields)


def langchain_tools(
    agent: PurchaseAgent | None = None,
    *,
    scope: Scope = "all",
    load: ContextLoader | None = None,
    strict: bool = False,
    store: Path | str | None = None,
) -> list[StructuredTool]:
    """The tools, sync and async. A message's ``content`` is two or three sentences, its ``artifact`` the typed result.

    An error reaches the model as a sentence it can act on. An async call that is cancelled ends at once; the thread it
    waited for ends by itself.

    Args:
        agent: predicts; the default one, made when it is first needed, if None.
        scope: ``shopper`` for an assistant that talks to shoppers, ``all`` for staff.
        load: finds the shopper of this conversation in the runtime, so that a model neither retypes his words nor
            chooses whose are read: it is asked only for what it alone knows, such as ``label`` and ``candidates``.
            Called in the tool's thread, once a call.
        strict: show models the schemas of strict tool calls (``bind_tools(strict=True)``, or a server that holds
            arguments to their schema). LangChain's own strict form of the others is refused by OpenAI.
        store: that ``customer_insight`` asks; the one of the agent's settings if None.

    Raises:
        InputError: there is no such scope.

    Example:
        >>> from langchain.agents import create_agent
        >>> from purchase_agent.tools.langchain import langchain_tools, shopper_from_messages
        >>> load = shopper_from_messages(lambda runtime: runtime.context["shopper_id"])
        >>> agent = create_agent(model, langchain_tools(scope="shopper", load=load))
    """
    toolbox = Toolbox(agent, store=store)
    return [_rendered(one, toolbox, load, strict=strict) for one in tools(scope)]


def shopper_from_messages(shopper_id: str | Callable[[ToolRuntime[Any, Any]], str], **more: Any) -> ContextLoader:
    """A context loader that takes the state's messages as the shopper's texts, verbatim.

    Human messages are the shopper's own words; an agent's are context; results of tools and system messages, and human
    messages that LangChain itself wrote, such as summaries, are left out. A text's id tells its message: ``m3`` is the
    third of the state. (In a sub-agent the human message is what the calling agent wrote: give a loader of your own.)

    Args:
        shopper_id: the id, or a function that finds it in the runtime.
        more: other fields of a shopper, such as ``consent``, ``as_of``, ``timezone``, ``target`` or ``events``, each
            a value or a function of the runtime; None leaves it out.

    Raises:
        InputError: a shopper has no such field.
    """
    if unknown := sorted(more.keys() - (Shopper.model_fields.keys() - {"texts"})):
        raise InputError(
            f"a shopper has no field {unknown[0][:80]!r} to set", hint="see docs/schema/shopper.json", field=unknown[0]
        )

    def load(runtime: ToolRuntime[Any, Any]) -> Mapping[str, Any]:
        fields = {"shopper_id": shopper_id, **more}
        found = {name: given(runtime) if callable(given) else given for name, given in fields.items()}
        known = {name: value for name, value in found.items() if value is not None}
        return {**known, "texts": list(_texts(_messages(runtime.state)))}

    return load


def _messages(state: Any) -> list[BaseMessage]:
    found = state.get("messages") if isinstance(state, Mapping) else getattr(state, "messages", state)
    return convert_to_messages(found or [])


def _texts(messages: list[BaseMessage]) -> Iterator[dict[str, Any]]:
    for number, message in enumerate(messages, start=1):
        words = str(message.text)
        if not words.strip():  # a call of tools, a picture
            continue
        if isinstance(message, HumanMessage) and get_notification_metadata(message) is None:
            yield {"id": f"m{number}", "text": words, "role": "shopper"}
        elif isinstance(message, AIMessage):
            yield {"id": f"m{number}", "text": words, "role": "agent"}


def _rendered(one: Tool, toolbox: Toolbox, load: ContextLoader | None, *, strict: bool) -> StructuredTool:
    known = load is not None

    def call(runtime: _Injected = None, **given: Any) -> tuple[str, BaseModel]:
        try:
            context = None if one.of_all else _context(load, runtime)
            result = toolbox.call(one.name, _read(one, given, known=known), context)
        except PurchaseAgentError as error:
            raise ToolException(str(error)) from error
        return sentences(result), result

    async def acall(runtime: _Injected = None, **given: Any) -> tuple[str, BaseModel]:
        return await asyncio.to_thread(call, runtime, **given)

    return StructuredTool.from_function(
        call,
        acall,
        one.name,
        one.description,
        args_schema=strict_arguments(one.arguments, known=known) if strict else _arguments(one, known=known),
        response_format="content_and_artifact",
        handle_tool_error=True,
        handle_validation_error=lambda error: _sentence(one.name, error),
    )


def _context(load: ContextLoader | None, runtime: Any) -> Shopper | Mapping[str, Any] | None:
    if load is None:
        return None
    if not isinstance(runtime, ToolRuntime):  # nor taken from a model that makes one up
        raise InputError("called outside an agent", hint="let an agent call the tool, or leave out the context loader")
    found = load(runtime)
    if found is None:
        raise InputError("nothing is known of the shopper of this conversation yet", hint="ask what he is looking for")
    return found


def _read(one: Tool, given: Mapping[str, Any], *, known: bool) -> Any:
    if known:  # words that a model retypes are no evidence, and are left aside
        given = {name: value for name, value in given.items() if name not in _KNOWN or (value and name != "text")}
        if _KNOWN & given.keys():
            raise InputError(
                "the shopper of this conversation is known and no other can be asked for", hint="call without an id"
            )
    return plain_arguments(repair(given), one.arguments)


def _arguments(one: Tool, *, known: bool) -> type[BaseModel]:
    """The tool's arguments, and the runtime that is injected; without those that the context tells where it does."""

    def read(given: Any) -> Any:
        try:
            return _read(one, given, known=known) if isinstance(given, Mapping) else given
        except InputError as error:  # pydantic passes on no other errors than its own
            raise ValueError(str(error)) from error

    # Left out of what is dumped: the runtime holds the whole state.
    runtime: Any = (_Injected, Field(default=None, exclude=True))
    checks: Any = {"read": model_validator(mode="before")(read)}
    if not known:
        return create_model(one.name, __base__=one.arguments, __validators__=checks, runtime=runtime)
    fields = one.arguments.model_fields.items()
    rest: dict[str, Any] = {name: (field.rebuild_annotation(), field) for name, field in fields if name not in _KNOWN}
    config = one.arguments.model_config
    return create_model(one.name, __config__=config, __validators__=checks, **rest, runtime=runtime)


def _sentence(name: str, error: Any) -> str:
    if not isinstance(error, ValidationError):
        return f"{name}: the arguments cannot be used"
    found = error.errors(include_url=False, include_input=False, include_context=False)[:3]
    told = [": ".join([*_place(one["loc"]), one["msg"].removeprefix("Value error, ")]) for one in found]
    return f"{name}: {'; '.join(told)[:500]} (mend the arguments and call again)"


def _place(steps: tuple[int | str, ...]) -> list[str]:
    return [".".join(map(str, steps))] if steps else []
