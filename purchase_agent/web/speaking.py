"""Who speaks in the chat: the assistant where a language model is set, else the local dialogue over the same tools.

Each request brings its whole conversation; nothing of it is kept here. Staff's questions about all shoppers go to the
store first, and what is none goes to the tools that read one shopper.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from purchase_agent.agent_products import offering
from purchase_agent.dialogue import Dialogue, Turn
from purchase_agent.errors import InputError, PurchaseAgentError
from purchase_agent.insights.answers import Answer
from purchase_agent.insights.asked import AskedQuery
from purchase_agent.insights.queries import Language
from purchase_agent.tools.arguments import InsightArguments, Scope
from purchase_agent.tools.catalogue import INSIGHT, tool
from purchase_agent.web.completions import STAFF_MODEL, ChatRequest, Message
from purchase_agent.web.insight import Tools
from purchase_agent.web.problems import ProblemError
from purchase_agent.web.service import Service

if TYPE_CHECKING:
    from purchase_agent.agent import Assistant

_HEARD = 50  # newest messages of the person that are read


@dataclass(slots=True)
class Beside:
    """What an answer holds beside its words, filled while it is made."""

    told: dict[str, Any] = field(default_factory=dict)

    def put(self, kind: str, result: BaseModel) -> None:
        """A prediction, a ranking or an answer, as the page shows it."""
        self.told |= {"kind": kind, "result": result.model_dump(mode="json", by_alias=True)}


class Speaker:
    """Answers conversations with the tools of a service."""

    def __init__(self, service: Service) -> None:
        self._service = service

    @cached_property
    def model_speaks(self) -> bool:
        """Whether a language model is asked: one is set, the engine is not local, and the extra is installed."""
        agent = self._service.agent
        there = all(find_spec(name) is not None for name in ("langchain", "langchain_openai"))
        return agent.settings.llm_base_url is not None and agent.engine != "local" and there

    async def answer(self, request: ChatRequest, beside: Beside) -> AsyncIterator[str]:
        """The answer to the newest message, in pieces.

        Where the language model fails before its first word the local dialogue answers; ``beside`` tells who did.

        Raises:
            InputError: the conversation cannot be read.
            PurchaseAgentError: the model failed in the midst of its answer.
        """
        scope: Scope = "all" if request.model == STAFF_MODEL else "shopper"
        begun, reason = False, "asked"
        if self.model_speaks:
            try:
                async for piece in self._by_model(request, scope, beside):
                    begun = True
                    yield piece
            except PurchaseAgentError as error:
                if begun:
                    raise
                reason = f"fallback:{type(error).__name__}"
        if not begun:
            beside.told |= {"speaker": "local", "reason": reason}
            async for piece in self._locally(request, scope, beside):
                yield piece
        else:
            beside.told |= {"speaker": "model", "reason": reason}

    async def _by_model(self, request: ChatRequest, scope: Scope, beside: Beside) -> AsyncIterator[str]:
        of_all = [self._insight_tool(request, beside)] if scope == "all" else []
        assistant = await asyncio.to_thread(self._assistant, request, scope, of_all)
        said = [{"role": one.role, "content": one.words} for one in _turns(request.messages)]
        async for piece in assistant.astream(said):
            yield piece

    def _assistant(self, request: ChatRequest, scope: Scope, tools: Sequence[Callable[..., Any]]) -> Assistant:
        from purchase_agent.agent import assistant
        from purchase_agent.agent_endpoint import endpoint_of

        agent, known = self._service.agent, request.purchase_agent
        tools = [*tools, *offering(known.products)]
        return assistant(endpoint_of(agent), agent, scope=scope, shopper=known.shopper, tools=tools)

    def _insight_tool(self, request: ChatRequest, beside: Beside) -> Callable[[str], Awaitable[str]]:
        *before, _ = _words(request)

        async def customer_insight(
            question: str | None = None, query: AskedQuery | None = None, language: Language | None = None
        ) -> str:
            given = InsightArguments(question=question, query=query, language=language)
            try:
                found = await self._service.aside.run(lambda: self._service.insights.ask_now(given, before))
            except (InputError, ProblemError) as error:
                return f"That cannot be answered: {error}"
            beside.put("answer", found)
            return found.spoken()

        customer_insight.__doc__ = tool(INSIGHT).description
        return customer_insight

    async def _locally(self, request: ChatRequest, scope: Scope, beside: Beside) -> AsyncIterator[str]:
        turn = await self._service.aside.run(lambda: _say(self._service, request, scope))
        if turn.result is not None and scope == "all":
            beside.put("answer" if isinstance(turn.result, Answer) else type(turn.result).__name__, turn.result)
        if not isinstance(turn.result, Answer):
            yield turn.answer
            return
        between = "" if turn.result.language == "zh" else " "
        for number, sentence in enumerate(turn.result.sentences):
            yield f"{between if number else ''}{sentence}"


def _say(service: Service, request: ChatRequest, scope: Scope) -> Turn:
    """The dialogue's answer to the last message, after it has heard the others."""
    known = request.purchase_agent
    *before, last = _words(request)
    tools = Tools(service.agent, service.insights, before)
    talk = Dialogue(tools, scope=scope, shopper=known.shopper, products=known.products)
    for words in before:
        talk.recall(words)
    return talk.say(last)


def _words(request: ChatRequest) -> list[str]:
    """What the person said, the newest last."""
    return [one.words for one in request.messages if one.role == "user"][-_HEARD:]


def _turns(messages: Sequence[Message]) -> list[Message]:
    return [one for one in messages if one.role in ("user", "assistant") and one.words]
