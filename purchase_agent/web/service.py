"""What the routes do, whatever they are called: a body in, a reply out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fastapi import Request, Response
from pydantic import BaseModel
from starlette.requests import ClientDisconnect

from purchase_agent.errors import InputError, ModelFileError
from purchase_agent.evidence import Shopper, read_shopper, repair
from purchase_agent.ranking import MAX_CANDIDATES
from purchase_agent.web.answering import Told
from purchase_agent.web.aside import Aside
from purchase_agent.web.batching import Batcher
from purchase_agent.web.idempotency import HEADER, Answers, Reply, read_key
from purchase_agent.web.insight import Insights, Tools
from purchase_agent.web.limits import Gate
from purchase_agent.web.metrics import Metrics
from purchase_agent.web.problems import MEDIA_TYPE, ProblemError, error_item, problem_of
from purchase_agent.web.reading import JSON, read_body, read_json

if TYPE_CHECKING:
    from purchase_agent.service import PurchaseAgent

_READ_APART = 64 << 10  # bytes of a body from which its shoppers are checked in a thread
Work = Callable[[Request, bytes], Awaitable[bytes]]


class Service:
    """Answers the bodies of requests.

    Args:
        agent: predicts.
        batcher: through which it is asked.
        insights: what is known of all shoppers.

    ``aside`` runs tools, rankings and talk; ``reading``, the files that are sent, which take long.
    """

    def __init__(
        self, agent: PurchaseAgent, batcher: Batcher[Shopper, Told], gate: Gate, metrics: Metrics, insights: Insights
    ) -> None:
        self.agent, self.batcher, self.gate, self.metrics, self.insights = agent, batcher, gate, metrics, insights
        self.aside, self.reading, self._answers = Aside(), Aside(threads=1, waiting=4), Answers()

    @cached_property
    def toolbox(self) -> Tools:
        """The tools, over the same agent."""
        return Tools(self.agent, self.insights)

    async def answer(self, request: Request, most: int, work: Work, media_type: str = JSON) -> Response:
        """Reads the body of at most ``most`` bytes and has ``work`` answer it, once for each idempotency key."""
        return await self.once(request, await read_body(request, self.gate, most, media_type), work)

    async def once(self, request: Request, body: bytes, work: Work) -> Response:
        """As ``answer``, of a body that has been read."""
        headers = request.headers
        key = read_key([value for name, value in headers.raw if name == HEADER])

        async def replied() -> Reply:
            try:
                return Reply(200, await work(request, body))
            except (ProblemError, InputError) as error:
                problem = problem_of(error)
                if problem.status not in (400, 422):
                    raise
                return Reply(problem.status, problem.body(request.state.request_id), MEDIA_TYPE)

        content = (request.scope["path"].encode(), request.scope["query_string"], body)
        reply, again = await self._answers.once(headers.get("authorization", "").encode(), key, content, replied)
        told = {"idempotent-replayed": "true"} if again else None
        return Response(reply.body, reply.status, told, reply.media_type)

    async def predict(self, request: Request, body: bytes) -> bytes:
        """A shopper -> his prediction."""
        value = await read_json(body)
        shopper = await _apart(len(body), lambda: read_shopper(value))
        answer = self.batcher.ask(shopper)
        if self.batcher.waiting:
            await _while_there(request, [answer])
        return (await answer).body

    async def predict_batch(self, request: Request, body: bytes) -> bytes:
        """Shoppers -> their predictions in the same order, errors in their place."""
        given = listed(fields_of(await read_json(body), "shoppers"), "shoppers", self.gate.limits.items)
        read = await _apart(len(body), lambda: [_read(one) for one in given])
        answers = self.batcher.ask_all([one for one in read if isinstance(one, Shopper)])
        await _while_there(request, answers)
        found = iter(answers)
        parts = [self._part(next(found)) if isinstance(one, Shopper) else json_of(error_item(one)) for one in read]
        return b'{"predictions":[' + b",".join(parts) + b"]}"

    def _part(self, answer: asyncio.Future[Told]) -> bytes:
        error = answer.exception()
        if isinstance(error, ModelFileError):
            raise error  # no item is at fault
        if isinstance(error, Exception):
            return json_of(error_item(error))
        return answer.result().body

    async def rank(self, request: Request, body: bytes) -> bytes:  # noqa: ARG002 - one form for all
        """A shopper and candidates -> the candidates in order."""
        fields = fields_of(await read_json(body), "shopper", "candidates")
        shopper = read_shopper(fields["shopper"])
        candidates = repair(listed(fields, "candidates", MAX_CANDIDATES))
        return written(await self.aside.run(lambda: self.agent.rank(shopper, candidates)))

    async def call(self, name: str, body: bytes) -> bytes:
        """A tool's arguments -> its result."""
        arguments = await read_json(body)
        if not isinstance(arguments, dict):
            raise InputError("the arguments of a tool are an object", hint='such as {"text": "..."}')
        return written(await self.aside.run(lambda: self.toolbox.call(name, arguments)))


def written(result: BaseModel) -> bytes:
    """A result as it is sent."""
    return result.model_dump_json(by_alias=True).encode()


async def _apart(size: int, call: Callable[[], Any]) -> Any:
    return await asyncio.to_thread(call) if size > _READ_APART else call()


def _read(given: Any) -> Shopper | InputError:
    try:
        return read_shopper(given)
    except InputError as error:
        return error


def fields_of(value: Any, *names: str, optional: Sequence[str] = ()) -> Mapping[str, Any]:
    """The fields of an object that has these, perhaps the ``optional`` ones, and no others.

    Raises:
        InputError: it is none.
    """
    if not isinstance(value, dict):
        raise InputError(f"the body is an object with {' and '.join(names)}", hint="see /docs")
    for name in names:
        if name not in value:
            raise InputError(f"{name} is missing", hint="see /docs", field=name)
    for name in value:
        if name not in names and name not in optional:
            raise InputError("unknown field", hint=f"known: {', '.join((*names, *optional))}", field=name[:80])
    return value


def listed(fields: Mapping[str, Any], name: str, most: int) -> Sequence[Any]:
    """The list that a field holds.

    Raises:
        InputError: it is none, or longer than ``most``.
    """
    found = fields[name]
    if not isinstance(found, list):
        raise InputError(f"{name} is a list", hint="see /docs", field=name)
    if len(found) > most:
        raise InputError(f"{len(found)} {name}, at most {most} are taken", hint="send several requests", field=name)
    return found


async def _while_there(request: Request, answers: Sequence[asyncio.Future[Told]]) -> None:
    """Waits for the answers; when the client leaves, they are no longer asked for.

    Raises:
        ClientDisconnect: he has left.
    """
    if not answers:
        return
    leaving = asyncio.ensure_future(_left(request))
    answered = asyncio.ensure_future(asyncio.wait(answers))
    try:
        await asyncio.wait({leaving, answered}, return_when=asyncio.FIRST_COMPLETED)
        if not answered.done():
            raise ClientDisconnect
    finally:
        leaving.cancel()
        answered.cancel()
        for answer in answers:
            answer.cancel()  # nothing to one that is there


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def json_of(value: Any) -> bytes:
    """Plain data as it is sent."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
