"""The page at ``/``, and what it asks beside predictions: what this server can do, and what an event file holds."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from purchase_agent import __version__
from purchase_agent.errors import InputError
from purchase_agent.web.auth import Guard
from purchase_agent.web.describing import get, json_answer, post
from purchase_agent.web.event_upload import LONGEST_NAME, ReadEvents, read_upload
from purchase_agent.web.page_files import PageFile, page_files
from purchase_agent.web.problems import ProblemError
from purchase_agent.web.reading import BYTES
from purchase_agent.web.schemas import About
from purchase_agent.web.service import Service, written
from purchase_agent.web.speaking import Speaker

_FILE_NAME: dict[str, Any] = {
    "name": "name", "in": "query", "required": True,
    "description": "What the file is called; its ending tells its form.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME},
}  # fmt: skip


def page(service: Service, speaker: Speaker, guard: Guard) -> APIRouter:
    """What the page is made of and made for."""
    routes = APIRouter(default_response_class=Response)

    @get(routes, "/v1/about", "What this server can do", About)
    async def about(request: Request) -> Response:
        """Its version, who predicts, who talks, whether there is a store and whether you may ask it."""
        told = About(
            version=__version__, engine=service.agent.engine, endpoint=service.agent.settings.llm_base_url is not None,
            speaker="model" if speaker.model_speaks else "local", store=service.insights.there,
            insight=guard.insight(request.scope["headers"]),
        )  # fmt: skip
        return json_answer(written(told))

    @post(
        routes, "/v1/events", "Read an event file", ReadEvents, "file", media_type=BYTES, parameters=(_FILE_NAME,),
    )  # fmt: skip
    async def events(request: Request) -> Response:
        """The shoppers of an event file (CSV, JSON Lines, Parquet) with their events, ready for `POST /v1/predict`.
        Nothing of it is kept, but for the answer to a request with an `Idempotency-Key`."""
        names = request.query_params.getlist("name")
        if len(names) != 1 or not 0 < len(names[0]) <= LONGEST_NAME:
            raise InputError(
                f"a name of 1 to {LONGEST_NAME} characters is needed", hint="?name=events.csv", field="name"
            )

        async def read(_request: Request, body: bytes) -> bytes:
            found = await service.reading.run(lambda: read_upload(names[0], body))
            return found.model_dump_json(exclude_none=True).encode()

        return await service.answer(request, service.gate.limits.batch_body, read, BYTES)

    @routes.get("/", include_in_schema=False)
    async def index(request: Request) -> Response:
        return _sent(request, page_files()["index.html"])

    @routes.get("/favicon.ico", include_in_schema=False)
    async def icon(request: Request) -> Response:
        return _sent(request, page_files()["icon.svg"])

    @routes.get("/page/{name}", include_in_schema=False)
    async def part(request: Request, name: str) -> Response:
        found = page_files().get(name)
        if found is None:
            raise ProblemError("not-found", "the page has no such file")
        return _sent(request, found)

    return routes


def _sent(request: Request, found: PageFile) -> Response:
    if found.known(request.headers.get("if-none-match")):
        return Response(status_code=304, headers=found.headers)
    return Response(found.content, headers=found.headers, media_type=found.media_type)
