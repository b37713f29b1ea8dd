"""The chat as other chat programs speak: ``/v1/models`` and ``/v1/chat/completions`` in OpenAI's form."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from purchase_agent.web.auth import Guard
from purchase_agent.web.completions import SHOPPER_MODEL, STAFF_MODEL, ChatRequest, Writer, read_request
from purchase_agent.web.describing import get, json_answer, post
from purchase_agent.web.problems import problem_of
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

    @post(routes, "/v1/chat/completions", "Talk to an assistant", _ANSWERS, "chat", once=False)
    async def completions(request: Request) -> Response:
        """A conversation's next turn in OpenAI's form, streamed where asked. The assistant for staff needs the insight
        key; it also tells tables, charts and predictions, in the field `purchase_agent`."""
        asked = read_request(await read_json(await read_body(request, service.gate, service.gate.limits.body)))
        if asked.model == STAFF_MODEL:
            guard.check_insight(request.scope["headers"])
        writer, beside = Writer(asked.model), Beside()
        pieces = speaker.answer(asked, beside)
        if not asked.stream:
            words = "".join([piece async for piece in pieces])
            return json_answer(writer.whole(words, beside.told))
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
