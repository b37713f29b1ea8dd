"""The chat as other chat programs speak: ``/v1/models`` and ``/v1/chat/completions`` in OpenAI's form."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from purchase_agent.web.auth import Guard
from purchase_agent.web.completions import SHOPPER_MODEL, STAFF_MODEL, ChatRequest, Writer, read_request
from purchase_agent.web.describing import get, json_answer, post
from purchase_agent.web.idempotency import HEADER
from purchase_agent.web.problems import ProblemError, problem_of
from purchase_agent.web.reading import read_body, read_json
from purchase_agent.web.schemas import ChatModel, ChatModels
from purchase_agent.web.service import Service, written
from purchase_agent.web.speaking import Beside, Speaker

_STREAM = "text/event-stream"
_ANSWERS: dict[str, Any] = {"application/json": {}, _STREAM: {}}


def chat(service: Service, speaker: Speaker, guard: Guard) -> APIRouter:
    """What talks."""
    routes = APIRouter(default_response_class=Response)

    @get(routes, "/v1/models", "List the assistants", ChatModels)
    async def models(request: Request) -> Response:
        """Who may be talked to: the shopper's assistant, and the staff's for whoever may ask about all shoppers."""
        staff = guard.insight(request.scope["headers"]) == "allowed"
        names = (SHOPPER_MODEL, STAFF_MODEL) if staff else (SHOPPER_MODEL,)
        return json_answer(written(ChatModels(data=[ChatModel(id=name) for name in names])))

    async def heard(request: Request, body: bytes) -> ChatRequest:
        asked = read_request(await read_json(body))
        if asked.model == STAFF_MODEL:
            guard.check_insight(request.scope["headers"])
        return asked

    async def whole(asked: ChatRequest) -> bytes:
        beside = Beside()
        words = "".join([piece async for piece in speaker.answer(asked, beside)])
        return Writer(asked.model).whole(words, beside.told)

    async def once(request: Request, body: bytes) -> bytes:
        asked = await heard(request, body)
        if asked.stream:
            raise ProblemError(
                "bad-header", "an answer that is streamed is not kept, so an Idempotency-Key cannot hold for it",
                hint="leave the header out, or ask with stream: false",
            )  # fmt: skip
        return await whole(asked)

    @post(routes, "/v1/chat/completions", "Talk to an assistant", _ANSWERS, "chat")
    async def completions(request: Request) -> Response:
        """A conversation's next turn in OpenAI's form, streamed where asked; a streamed one takes no `Idempotency-Key`.
        The assistant for staff needs the insight key; it also tells tables, charts and predictions, in the field
        `purchase_agent`."""
        body = await read_body(request, service.gate, service.gate.limits.body)
        if HEADER.decode() in request.headers:
            return await service.once(request, body, once)
        asked = await heard(request, body)
        if not asked.stream:
            return json_answer(await whole(asked))
        writer, beside = Writer(asked.model), Beside()
        pieces = speaker.answer(asked, beside)
        first = await anext(pieces, "")  # what is refused, is refused before anything is sent
        return StreamingResponse(_streamed(writer, asked, first, pieces, beside, request), media_type=_STREAM)

    return routes


async def _streamed(
    writer: Writer, asked: ChatRequest, first: str, rest: AsyncIterator[str], beside: Beside, request: Request
) -> AsyncIterator[bytes]:
    yield writer.begin()
    if first:
        yield writer.piece(first)
    try:
        async for piece in rest:
            yield writer.piece(piece)
    except Exception as error:
        yield writer.failed(problem_of(error), request.state.request_id)
        return
    usage = asked.stream_options is not None and asked.stream_options.include_usage
    yield writer.end(beside.told, usage=usage)
