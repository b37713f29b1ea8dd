"""The application: everything put together, for ``purchase-agent web`` or to be mounted and run by you."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from purchase_agent import __version__
from purchase_agent.prediction import Prediction
from purchase_agent.predictors.base import Case
from purchase_agent.web.answering import predicting, telling
from purchase_agent.web.auth import Guard
from purchase_agent.web.batching import Batcher, Batching
from purchase_agent.web.chat_routes import chat
from purchase_agent.web.docs import page
from purchase_agent.web.door import Door, turning_away
from purchase_agent.web.insight import Insights
from purchase_agent.web.insight_routes import insight
from purchase_agent.web.limits import Gate, Limits
from purchase_agent.web.metrics import Metrics
from purchase_agent.web.page_routes import page as page_of
from purchase_agent.web.problems import ProblemError
from purchase_agent.web.ready import PROBE, Readiness
from purchase_agent.web.routes import asked, state
from purchase_agent.web.schemas import document, tool_list, written
from purchase_agent.web.service import Service
from purchase_agent.web.speaking import Speaker

if TYPE_CHECKING:
    from purchase_agent.service import PurchaseAgent

STOP_WITHIN_S = 5.0


def create_app(
    agent: PurchaseAgent, *, key: str | None = None, insight_key: str | None = None, store: Path | None = None,
    limits: Limits | None = None, batching: Batching | None = None,
) -> FastAPI:  # fmt: skip
    """The application that answers with ``agent``.

    Args:
        key: that requests have to bring; None: none, and only requests to a loopback name are answered.
        insight_key: that questions about all shoppers have to bring; None: none where there is no ``key`` either, else
            they are refused.
        store: the file that these questions are answered from.
        batching: without one as suits the agent's engine.

    Raises:
        SettingsError: a key cannot be sent in a header, or both are the same.
    """
    metrics, plan = Metrics(), batching or plan_for(agent)

    def count(case: Case, made: Prediction) -> None:
        if case.shopper is not PROBE:  # asked for as often as somebody watches, and for nobody
            metrics.predicted(made)

    told_of = telling(agent, count)
    batcher = Batcher(predicting(told_of), plan, metrics.ran)
    gate = Gate(limits or Limits(), batcher.busy)
    guard, insights = Guard(key, insight_key), Insights(store)
    service, readiness = Service(told_of, batcher, gate, metrics, insights), Readiness(agent, batcher)
    speaker = Speaker(service)

    @cache
    def documents() -> tuple[bytes, bytes]:
        found = document(app)
        return written(found).encode(), page(found).encode()

    async def warm() -> None:
        """Makes what the first to ask would wait for."""
        await readiness.warm()
        await asyncio.to_thread(documents)
        await asyncio.to_thread(tool_list)
        await insights.warm()
        app.state.on_warm()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        warming = asyncio.create_task(warm())
        yield
        app.state.draining = True
        stopped = await batcher.stop(STOP_WITHIN_S)
        service.aside.stop()
        service.reading.stop()
        insights.stop()
        app.state.stuck = not stopped or service.aside.calls + service.reading.calls > 0
        warming.cancel()
        await asyncio.wait([warming])

    app = FastAPI(
        title="purchase-agent", version=__version__, lifespan=lifespan, redirect_slashes=False,
        openapi_url=None, docs_url=None, redoc_url=None,
    )  # fmt: skip
    app.state.draining = app.state.stuck = False
    app.state.on_warm = lambda: None

    app.include_router(asked(service, guard))
    app.include_router(chat(service, speaker, guard))
    app.include_router(insight(service, guard))
    app.include_router(page_of(service, speaker, guard))
    app.include_router(state(service, readiness, documents))
    app.add_exception_handler(HTTPException, _unmatched)
    app.state.turn_away = turning_away(guard, gate, metrics)
    app.add_middleware(Door, guard=guard, gate=gate, metrics=metrics, draining=lambda: app.state.draining)
    metrics.gauge("queue_shoppers", "Shoppers that wait for a batch.", lambda: batcher.waiting)
    metrics.gauge("batches_running", "Batches that run.", lambda: batcher.running)
    metrics.gauge("requests_under_way", "Requests under way.", lambda: gate.requests)
    metrics.gauge("body_bytes_held", "Bytes of bodies being read.", lambda: gate.bytes)
    return app


def plan_for(agent: PurchaseAgent) -> Batching:
    """How an agent is best asked: the local models many at once, an endpoint side by side."""
    settings = agent.settings
    if agent.engine == "local" or settings.llm_base_url is None:
        return Batching()
    # All of a batch share one deadline and end together; alone, each ends when its own answer is there.
    return Batching(size=1, workers=min(settings.llm_concurrency, 64))


async def _unmatched(_request: Request, error: Exception) -> Response:
    """No such address, or another method: told as every other problem is."""
    if isinstance(error, HTTPException) and error.status_code == 405:
        allowed = dict(error.headers or {})
        raise ProblemError("method-not-allowed", "this address does not know the method", headers=allowed) from None
    raise ProblemError("not-found", "there is nothing at this address", hint="/docs lists the addresses") from None
