"""One attempt of a request: what is sent, whose answer came, what the breaker and the totals learn of it."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from purchase_agent.chat.breaker import Breaker
from purchase_agent.chat.failures import AttemptError, Raw, by_status
from purchase_agent.chat.habits import Habits
from purchase_agent.chat.reading import Reply, completion, id_of, listed_models, read_reply
from purchase_agent.chat.request import Endpoint, Failure, Kind, Request
from purchase_agent.chat.thinking import answer_part
from purchase_agent.chat.usage import Usage

FORMS = 8
"""In how many forms one request is tried, at most."""

_log = logging.getLogger("purchase_agent.chat")
_LISTING_S = 2.0
_REMEMBERED_IDS = 4096

Messages = Sequence[Mapping[str, str]]


class Wire(Protocol):
    """Sends over HTTP. Raises ``AttemptError`` where no response came; whatever status came is returned."""

    async def post(self, body: Mapping[str, Any], request_id: str) -> Raw:
        """Asks for a chat completion."""

    async def models(self) -> Raw:
        """Asks for the list of models."""


@dataclass(slots=True)
class Run:
    """A request on its way; times in seconds of the loop's clock, ``sent_at`` while an attempt is under way."""

    request: Request
    began: float
    deadline: float
    request_id: str = ""
    attempts: int = 0
    read: int = 0
    cached: int = 0
    written: int = 0
    sent_at: float | None = None

    def failure(self, kind: Kind, message: str) -> Failure:
        """The request's end without an answer."""
        return Failure(kind, message, self.request_id, self.attempts, self.read, self.cached, self.written)


class Attempts:
    """Sends to one endpoint and remembers how it wants to be asked."""

    def __init__(self, endpoint: Endpoint, wire: Wire, breaker: Breaker, usage: Usage) -> None:
        self.habits = Habits()
        self._endpoint = endpoint
        self._wire = wire
        self._breaker = breaker
        self._usage = usage
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._model = endpoint.model
        self._listing: asyncio.Task[str] | None = None

    async def send(self, run: Run, habits: Habits, more: Messages) -> Reply:
        """One reply, with an answer in it or without.

        Raises:
            AttemptError: no reply came, or none that can be read.
        """
        if self._breaker.state == "open":
            raise AttemptError("breaker_open", "not sent: the endpoint has just failed too often")
        self._begin(run)
        self._usage.attempts += 1
        try:
            model = await self._named()
            raw = await self._sent(run, habits.body(self._endpoint, model, run.request, more))
            reply = read_reply(raw, model, wants_json=run.request.schema is not None)
        except AttemptError as failed:
            run.sent_at = None
            self._judge(failed)
            raise
        run.sent_at = None
        self._judge(reply.failed)
        for total in (run, self._usage):
            total.read += reply.read
            total.cached += reply.cached
            total.written += reply.written
        return reply

    async def first_word(self, run: Run) -> tuple[str, str]:
        """The model's name and what it says within the few tokens of a probe; past the breaker.

        Raises:
            AttemptError: the model does not answer.
        """
        self._usage.probes += 1
        for _ in range(FORMS):
            habits = self.habits
            self._begin(run)
            model = await self._named()
            try:
                raw = await self._sent(run, habits.body(self._endpoint, model, run.request))
                content, thinks = answer_part(completion(raw)["choices"][0]["message"])
            except AttemptError as failed:
                if not self.learned(habits, habits.after_refusal(failed.complaint, run.request)):
                    raise
                continue
            if content is None and not thinks:
                raise AttemptError("no_answer", "the endpoint's answer is empty")
            return model, content or ""
        raise AttemptError("bad_request", "the endpoint refused every form of the request")

    def learned(self, sent: Habits, new: Habits | None) -> bool:
        """Whether the next attempt goes out in another form than ``sent``; another request may have learned first."""
        if self.habits == sent and new is not None:
            self.habits = new
            _log.info("the endpoint needs other requests: %s", new)
        return self.habits != sent

    def _begin(self, run: Run) -> None:
        run.attempts += 1
        run.sent_at = asyncio.get_running_loop().time()
        run.request_id = str(uuid.uuid4())
        self._ids[run.request_id] = None
        if len(self._ids) > _REMEMBERED_IDS:
            self._ids.popitem(last=False)

    async def _sent(self, run: Run, body: Mapping[str, Any]) -> Raw:
        raw = await self._wire.post(body, run.request_id)
        if not 200 <= raw.status < 300:
            raise by_status(raw)
        # vLLM makes the answer's id of ours, and gateways echo the header: another of our ids is another's answer.
        for echoed in (raw.headers.get("x-request-id", ""), id_of(raw)):
            if echoed != run.request_id and echoed in self._ids:
                raise AttemptError("no_answer", "the endpoint sent the answer to another request")
        return raw

    async def _named(self) -> str:
        """The model's name: as set, else the only one that the endpoint lists, which all requests wait for together."""
        if self._model is None:
            if self._listing is None or self._listing.done():
                self._listing = asyncio.create_task(self._listed())
                self._listing.add_done_callback(lambda task: task.cancelled() or task.exception())
            self._model = await asyncio.shield(self._listing)
        return self._model

    async def _listed(self) -> str:
        try:
            async with asyncio.timeout(_LISTING_S):
                raw = await self._wire.models()
        except TimeoutError:
            raise AttemptError("timeout", "the endpoint did not list its models in time", again=True) from None
        if not 200 <= raw.status < 300:
            raise by_status(raw)
        names = listed_models(raw)
        if len(names) != 1:
            several = f"several models, name one of them: {', '.join(names[:20])}" if names else "no model"
            raise AttemptError("wrong_model", f"the endpoint lists {several}")
        return names[0]

    def _judge(self, failed: AttemptError | None) -> None:
        """Tells the breaker. A request that was at fault itself says nothing about the endpoint."""
        if failed is not None and failed.ill:
            self._breaker.failed()
        elif failed is None or failed.kind in {"refused", "truncated"}:
            self._breaker.succeeded()
