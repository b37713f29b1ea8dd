"""The application in this process, over a predictor without a model; nothing here opens a socket."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx2
import pytest

from purchase_agent.service import PurchaseAgent
from purchase_agent.web.app import create_app
from purchase_agent.web.ready import Readiness
from tests.fakes import FakePredictor

WARM = Readiness.warm
Connect = Callable[..., AbstractAsyncContextManager[httpx2.AsyncClient]]


@pytest.fixture(autouse=True)
def cold(monkeypatch: pytest.MonkeyPatch) -> None:
    """No server asks itself for a prediction as it starts: its thread would come between those counted."""

    async def warm(readiness: Readiness) -> None: ...

    monkeypatch.setattr(Readiness, "warm", warm)


@asynccontextmanager
async def connected(app: Any, **headers: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of an application that is started and ended around it."""
    transport = httpx2.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client,
    ):
        yield client


@pytest.fixture
def connect(fake_model: FakePredictor) -> Connect:  # noqa: ARG001 - every agent asks it
    """``async with connect(key=..., limits=...) as client``."""

    def make(headers: dict[str, str] | None = None, **given: Any) -> AbstractAsyncContextManager[httpx2.AsyncClient]:
        return connected(create_app(PurchaseAgent(engine="local"), **given), **(headers or {}))

    return make
