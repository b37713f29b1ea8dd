"""The tools for OpenAI's function calls, in both of its forms, and whatever else speaks them. No client is needed."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from purchase_agent.errors import InputError, PurchaseAgentError
from purchase_agent.evidence import Shopper, read_shopper
from purchase_agent.readers.strict_json import parse_json
from purchase_agent.tools.arguments import Scope
from purchase_agent.tools.catalogue import Toolbox, tool, tools
from purchase_agent.tools.results import as_json
from purchase_agent.tools.sentences import sentences
from purchase_agent.tools.strict import plain_arguments, strict_arguments

Form = Literal["chat", "responses"]
_AT_ONCE = 8
_HINT = "give the arguments as one JSON object"
_KINDS: dict[object, Form] = {"function": "chat", "function_call": "responses"}
_log = logging.getLogger("purchase_agent.tools")


def openai_tools(scope: Scope = "all", form: Form = "chat", *, context: bool = False) -> list[dict[str, Any]]:
    """Strict function schemas.

    Args:
        scope: ``shopper`` for an assistant that talks to shoppers, ``all`` for staff.
        form: ``chat`` for Chat Completions, ``responses`` for the Responses API.
        context: the shopper is given to ``dispatch``, so a model is asked neither for his words nor for his id.

    Raises:
        InputError: there is no such scope or form.
    """
    if form not in ("chat", "responses"):
        raise InputError(f"no form {form!r}", hint="chat or responses", field="form")
    rendered = []
    for one in tools(scope):
        function = {
            "name": one.name, "description": one.description,
            "parameters": strict_arguments(one.arguments, known=context), "strict": True,
        }  # fmt: skip
        rendered.append({"type": "function", **({"function": function} if form == "chat" else function)})
    return rendered


def dispatch(
    tool_calls: Iterable[Any] | None,
    toolbox: Toolbox,
    context: Shopper | Mapping[str, Any] | None = None,
    *,
    scope: Scope = "all",
) -> list[dict[str, Any]]:
    """Answers a model's calls side by side: the messages to send back, in the order of the calls.

    Each message holds JSON: ``{"summary": sentences, "result": {...}}``, or ``{"error": a sentence}`` which a model can
    act on. Every call is answered, whatever goes wrong with it. A call that comes twice under one id is answered
    once; the same question under two ids is computed once.

    Args:
        tool_calls: ``message.tool_calls`` of Chat Completions or ``response.output`` of the Responses API, as objects
            or plain mappings; items of other kinds are passed over. None: no calls. Calls of functions of your own
            are answered as unknown: take them out first.
        context: the shopper of this conversation, as ``Toolbox.call`` has it.
        scope: no tool outside it is called, asked for or not.

    Raises:
        InputError: there is no such scope, or ``context`` is no shopper.
    """
    allowed = [one.name for one in tools(scope)]
    shopper = read_shopper(context) if context is not None else None
    calls = list(dict.fromkeys(call for one in tool_calls or () if (call := _read(one)) is not None))
    questions = list(dict.fromkeys(call.question for call in calls))

    def answer(question: _Question) -> str:
        return _answer(question, toolbox, shopper, allowed)

    if len(questions) > 1:
        with ThreadPoolExecutor(min(len(questions), _AT_ONCE), "purchase-agent-tool") as pool:
            answers = dict(zip(questions, pool.map(answer, questions), strict=True))
    else:
        answers = {question: answer(question) for question in questions}
    return [call.message(answers[call.question]) for call in calls]


@dataclass(frozen=True, slots=True)
class _Question:
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class _Call:
    form: Form
    id: str
    question: _Question

    def message(self, content: str) -> dict[str, Any]:
        if self.form == "chat":
            return {"role": "tool", "tool_call_id": self.id, "content": content}
        return {"type": "function_call_output", "call_id": self.id, "output": content}


def _read(given: Any) -> _Call | None:
    """A call of a function, from an object or a mapping in either form; None for an item of another kind."""
    function = _part(given, "function")
    form: Form | None = "chat" if function is not None else _KINDS.get(_part(given, "type"))
    if form is None:
        return None
    asked = function if form == "chat" else given
    arguments = _part(asked, "arguments")
    if not isinstance(arguments, str):  # some servers send the object itself
        arguments = "" if arguments is None else json.dumps(arguments, default=str)
    call_id = _part(given, "id" if form == "chat" else "call_id")
    return _Call(form, str(call_id or ""), _Question(str(_part(asked, "name") or ""), arguments))


def _part(given: Any, name: str) -> Any:
    return given.get(name) if isinstance(given, Mapping) else getattr(given, name, None)


def _answer(question: _Question, toolbox: Toolbox, context: Shopper | None, allowed: list[str]) -> str:
    told: dict[str, Any]
    try:
        result = _result(question, toolbox, context, allowed)
        told = {"summary": sentences(result), "result": as_json(result)}
    except PurchaseAgentError as error:
        told = {"error": str(error)}
    except Exception:  # noqa: BLE001 - an API refuses the whole conversation where one call stays without an answer
        _log.exception("the tool %s failed", question.name)
        told = {"error": "the tool failed and its operator was told (go on without it)"}
    return json.dumps(told, ensure_ascii=False)


def _result(question: _Question, toolbox: Toolbox, context: Shopper | None, allowed: list[str]) -> BaseModel:
    if question.name not in allowed:
        raise InputError(f"no tool {question.name[:80]!r}", hint=f"one of {', '.join(allowed)}", field="name")
    given = parse_json(question.arguments, hint=_HINT) if question.arguments.strip() else {}
    return toolbox.call(question.name, plain_arguments(given, tool(question.name).arguments), context)
