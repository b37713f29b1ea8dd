"""The addresses about all shoppers of the store, behind the insight key."""

from __future__ import annotations

from typing import Any, cast

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask
from starlette.types import Receive, Scope, Send

from purchase_agent.errors import InputError
from purchase_agent.insights.answers import Answer
from purchase_agent.insights.queries import Language
from purchase_agent.web.audience import Asked, read_asked
from purchase_agent.web.auth import Guard
from purchase_agent.web.describing import post, problems
from purchase_agent.web.insight import MOST_QUERIES
from purchase_agent.web.problems import error_item
from purchase_agent.web.reading import read_json
from purchase_agent.web.schemas import Answers
from purchase_agent.web.service import Service, fields_of, json_of, listed, written

ZIP = "application/zip"
_WANTED = [
    {"name": name, "in": "query", "required": False, "schema": schema}
    for name, schema in Asked.model_json_schema()["properties"].items()
]


def insight(service: Service, guard: Guard) -> APIRouter:
    """What asks the store."""
    routes = APIRouter(default_response_class=Response)
    limits, insights = service.gate.limits, service.insights

    async def ask_one(_request: Request, body: bytes) -> bytes:
        fields = fields_of(await read_json(body), "question", optional=("language",))
        question, language = fields["question"], fields.get("language")
        if not isinstance(question, str):
            raise InputError("the question is a text", hint="see /docs", field="question")
        return written(await insights.ask(question, _language(language)))

    async def ask_many(_request: Request, body: bytes) -> bytes:
        fields = fields_of(await read_json(body), "queries", optional=("language",))
        language = _language(fields.get("language")) or "en"
        found = await insights.run(listed(fields, "queries", MOST_QUERIES), language)
        return json_of({"answers": [_plain(one) for one in found]})

    @post(routes, "/v1/ask", "Ask about all shoppers", Answer, "question")
    async def ask(request: Request) -> Response:
        """A question in words, answered from the store with numbers, intervals, quotes and a chart; groups under ten
        shoppers are not told. Needs the insight key."""
        guard.check_insight(request.scope["headers"])
        return await service.answer(request, limits.body, ask_one)

    @post(routes, "/v1/insights", "Ask typed questions about all shoppers", Answers, "queries")
    async def queries(request: Request) -> Response:
        """Typed questions, answered in their order; one that cannot be used is answered by its error, in its place.
        Needs the insight key."""
        guard.check_insight(request.scope["headers"])
        return await service.answer(request, limits.body, ask_many)

    @routes.get(
        "/v1/export/audience", summary="Download an audience", openapi_extra={"parameters": _WANTED},
        responses={200: {"content": {ZIP: {"schema": {"type": "string", "format": "binary"}}}}, **problems()},
    )  # fmt: skip
    async def audience(request: Request) -> Response:
        """Whom to address, who is held out and how both were made, as a ZIP file of CSV files; only shoppers who allow
        marketing. The header `X-Audience` counts them. Needs the insight key."""
        guard.check_insight(request.scope["headers"])
        given = request.query_params.multi_items()
        if len(dict(given)) < len(given):
            raise InputError("a parameter stands twice", hint="give each once")
        secret = service.agent.settings.hash_key
        hash_key = secret.get_secret_value() if secret is not None else None
        made = await insights.audience(read_asked(dict(given)), hash_key)
        return _Whole(
            made.file, media_type=ZIP, filename="audience.zip", headers={"x-audience": made.counts},
            background=BackgroundTask(made.remove),
        )  # fmt: skip

    return routes


class _Whole(FileResponse):
    """Sent from its first to its last byte: a part would be refused without removing the file, and is of no use."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [one for one in scope["headers"] if one[0] not in (b"range", b"if-range")]
        await super().__call__({**scope, "headers": headers}, receive, send)


def _language(given: Any) -> Language | None:
    if given not in (None, "en", "zh"):
        raise InputError("no such language", hint="en or zh", field="language")
    return cast("Language | None", given)


def _plain(one: Answer | InputError) -> Any:
    return one.model_dump(mode="json", by_alias=True) if isinstance(one, Answer) else error_item(one)
