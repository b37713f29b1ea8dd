"""The addresses of the service, each with what its description in the OpenAPI document says."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from purchase_agent.prediction import Prediction
from purchase_agent.ranking import Ranking
from purchase_agent.tools.arguments import RankArguments
from purchase_agent.tools.catalogue import INSIGHT, TOOLS
from purchase_agent.web.auth import Guard
from purchase_agent.web.describing import get, json_answer, post, problems
from purchase_agent.web.docs import POLICY
from purchase_agent.web.metrics import MEDIA_TYPE as FIGURES
from purchase_agent.web.problems import ProblemError
from purchase_agent.web.ready import Readiness
from purchase_agent.web.schemas import Predictions, Ready, ToolList, tool_list
from purchase_agent.web.service import Service, written

RANKS = next(one.name for one in TOOLS if one.arguments is RankArguments)
"""Name of the tool whose arguments are as large as a ranking's."""


def asked(service: Service, guard: Guard) -> APIRouter:
    """What predicts, and the tools; the one about all shoppers needs the insight key."""
    routes = APIRouter(default_response_class=Response)
    limits = service.gate.limits

    @post(routes, "/v1/predict", "Predict one shopper", Prediction, "shopper")
    async def predict(request: Request) -> Response:
        """What one shopper intends, why, what comes next and when he buys. A sentence will do for a shopper."""
        return await service.answer(request, limits.body, service.predict)

    @post(routes, "/v1/predict/batch", "Predict many shoppers", Predictions, "shoppers")
    async def predict_batch(request: Request) -> Response:
        """Predictions in the order of the shoppers; one that cannot be used is answered by its error, in its place."""
        return await service.answer(request, limits.batch_body, service.predict_batch)

    @post(routes, "/v1/rank", "Put products in order for a shopper", Ranking, "ranking")
    async def rank(request: Request) -> Response:
        """Orders your candidates by what the shopper said he needs, what he did and why he buys; invents none."""
        return await service.answer(request, limits.batch_body, service.rank)

    @get(routes, "/v1/tools", "List the tools", ToolList)
    async def tools() -> Response:
        """Each tool with a description for a model to choose by, and the schemas of what goes in and comes out."""
        return json_answer(written(tool_list()))

    @post(routes, "/v1/tools/{name}", "Call a tool", None, "arguments")
    async def call(request: Request, name: str) -> Response:
        """The result of the tool, in the form of its output schema."""
        if name not in {one.name for one in tool_list().tools}:
            raise ProblemError("not-found", "there is no such tool", hint="GET /v1/tools lists them", field="name")
        if name == INSIGHT:
            guard.check_insight(request.scope["headers"])
        most = limits.batch_body if name == RANKS else limits.body
        return await service.answer(request, most, lambda _request, body: service.call(name, body))

    return routes


def state(service: Service, readiness: Readiness, documents: Callable[[], tuple[bytes, bytes]]) -> APIRouter:
    """What tells of the server itself.

    Args:
        documents: the OpenAPI document and the page that shows it.
    """
    routes = APIRouter(default_response_class=Response)

    @get(routes, "/healthz", "Whether the process lives", Ready)
    async def healthz() -> Response:
        """Answers as long as there is anybody to answer."""
        return json_answer(written(Ready(status="ok")))

    @get(routes, "/readyz", "Whether it can predict", Ready)
    async def readyz(request: Request) -> Response:
        """Makes a prediction, at most one a second; 503 where none comes, or the server is about to end."""
        fault = "the server is about to end" if request.app.state.draining else await readiness.fault()
        if fault:
            raise ProblemError("unavailable", fault, hint="ask again later", headers={"retry-after": "1"})
        return json_answer(written(Ready(status="ok")))

    @routes.get(
        "/metrics", summary="Figures for Prometheus", responses={200: {"content": {"text/plain": {}}}, **problems()}
    )
    async def metrics() -> Response:
        """Requests, times, batches, predictions by engine and reason, tokens of predictions."""
        return Response(service.metrics.text(), media_type=FIGURES)

    @routes.get("/openapi.json", include_in_schema=False)
    async def openapi() -> Response:
        return json_answer(documents()[0])

    @routes.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return Response(
            documents()[1], headers={"content-security-policy": POLICY}, media_type="text/html; charset=utf-8"
        )

    return routes
