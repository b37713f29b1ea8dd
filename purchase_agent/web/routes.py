"""The addresses of the service, each with what its description in the OpenAPI document says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from purchase_agent.prediction import Prediction
from purchase_agent.ranking import Ranking
from purchase_agent.web.docs import POLICY
from purchase_agent.web.metrics import MEDIA_TYPE as FIGURES
from purchase_agent.web.problems import MEDIA_TYPE, ProblemError
from purchase_agent.web.ready import Readiness
from purchase_agent.web.schemas import REQUEST_BODIES, Predictions, Ready, ToolList, tool_list
from purchase_agent.web.service import Service, written

Handler = TypeVar("Handler", bound=Callable[..., Any])
_PROBLEM = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_IDEMPOTENT = {
    "name": "Idempotency-Key", "in": "header", "required": False,
    "description": "A request sent again with its key and body gets the first answer; another body gets a 409.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}  # fmt: skip


def asked(service: Service) -> APIRouter:
    """What predicts."""
    routes = APIRouter(default_response_class=Response)
    limits = service.gate.limits

    @_post(routes, "/v1/predict", "Predict one shopper", Prediction, "shopper")
    async def predict(request: Request) -> Response:
        """What one shopper intends, why, what comes next and when he buys. A sentence will do for a shopper."""
        return await service.answer(request, limits.body, service.predict)

    @_post(routes, "/v1/predict/batch", "Predict many shoppers", Predictions, "shoppers")
    async def predict_batch(request: Request) -> Response:
        """Predictions in the order of the shoppers; one that cannot be used is answered by its error, in its place."""
        return await service.answer(request, limits.batch_body, service.predict_batch)

    @_post(routes, "/v1/rank", "Put products in order for a shopper", Ranking, "ranking")
    async def rank(request: Request) -> Response:
        """Orders your candidates by what the shopper said he needs, what he did and why he buys; invents none."""
        return await service.answer(request, limits.batch_body, service.rank)

    @_get(routes, "/v1/tools", "List the tools", ToolList)
    async def tools() -> Response:
        """Each tool with a description for a model to choose by, and the schemas of what goes in and comes out."""
        return _json(written(tool_list()))

    @_post(routes, "/v1/tools/{name}", "Call a tool", None, "arguments")
    async def call(request: Request, name: str) -> Response:
        """The result of the tool, in the form of its output schema."""
        if name not in {one.name for one in tool_list().tools}:
            raise ProblemError("not-found", "there is no such tool", hint="GET /v1/tools lists them", field="name")
        return await service.answer(request, limits.body, lambda _request, body: service.call(name, body))

    return routes


def state(service: Service, readiness: Readiness, documents: Callable[[], tuple[bytes, bytes]]) -> APIRouter:
    """What tells of the server itself.

    Args:
        documents: the OpenAPI document and the page that shows it.
    """
    routes = APIRouter(default_response_class=Response)

    @_get(routes, "/healthz", "Whether the process lives", Ready)
    async def healthz() -> Response:
        """Answers as long as there is anybody to answer."""
        return _json(written(Ready(status="ok")))

    @_get(routes, "/readyz", "Whether it can predict", Ready)
    async def readyz(request: Request) -> Response:
        """Makes a prediction, at most one a second; 503 where none comes, or the server is about to end."""
        fault = "the server is about to end" if request.app.state.draining else await readiness.fault()
        if fault:
            raise ProblemError("unavailable", fault, hint="ask again later", headers={"retry-after": "1"})
        return _json(written(Ready(status="ok")))

    @routes.get(
        "/metrics", summary="Figures for Prometheus", responses={200: {"content": {"text/plain": {}}}, **_problems()}
    )
    async def metrics() -> Response:
        """Requests, times, batches, predictions by engine and reason, tokens."""
        return Response(service.metrics.text(), media_type=FIGURES)

    @routes.get("/openapi.json", include_in_schema=False)
    async def openapi() -> Response:
        return _json(documents()[0])

    @routes.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return Response(
            documents()[1], headers={"content-security-policy": POLICY}, media_type="text/html; charset=utf-8"
        )

    return routes


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def _problems() -> dict[int | str, dict[str, Any]]:
    return {"4XX": {"description": "Refused", **_PROBLEM}, "5XX": {"description": "Failed", **_PROBLEM}}


def _get(routes: APIRouter, path: str, summary: str, result: type[BaseModel]) -> Callable[[Handler], Handler]:
    return routes.get(path, summary=summary, responses={200: {"model": result}, **_problems()})


def _post(
    routes: APIRouter, path: str, summary: str, result: type[BaseModel] | None, body: str
) -> Callable[[Handler], Handler]:
    """A route whose body is read by the service itself, within its limits."""
    told: dict[str, Any] = {"model": result} if result is not None else {"content": {"application/json": {}}}
    content = {"application/json": {"schema": REQUEST_BODIES[body]}}
    extra = {"requestBody": {"required": True, "content": content}, "parameters": [_IDEMPOTENT]}
    return routes.post(path, summary=summary, responses={200: told, **_problems()}, openapi_extra=extra)
