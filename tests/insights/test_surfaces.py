"""The tool over MCP and HTTP, where it has a key of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from purchase_agent.service import PurchaseAgent
from tests.fakes import FakePredictor

QUESTION = {"question": "What holds people back on shoes?"}


@pytest.fixture
def agent(store: Path, fake_model: FakePredictor) -> PurchaseAgent:  # noqa: ARG001 - it puts itself in place
    made = PurchaseAgent("local")
    made.settings = made.settings.model_copy(update={"store": store})
    return made


async def test_mcp_answers_from_the_store_and_leaves_the_tool_out_where_told(agent: PurchaseAgent) -> None:
    mcp = pytest.importorskip("mcp")
    from purchase_agent.tools.mcp import mcp_server

    async with mcp.Client(mcp_server(agent)) as client:
        found = await client.call_tool("customer_insight", QUESTION)
        assert not found.is_error
        assert found.structured_content["kind"] == "barriers"
        assert "no instruction" in found.content[0].text
    async with mcp.Client(mcp_server(agent, insight=False)) as client:
        assert "customer_insight" not in [one.name for one in (await client.list_tools()).tools]
    async with mcp.Client(mcp_server(agent, scope="shopper")) as client:
        assert "customer_insight" not in [one.name for one in (await client.list_tools()).tools]


@pytest.mark.parametrize(
    ("keys", "sent", "status"),
    [
        ({}, None, 200), ({"key": "k" * 16}, "k" * 16, 403),
        ({"key": "k" * 16, "insight_key": "i" * 16}, "k" * 16, 401),
        ({"key": "k" * 16, "insight_key": "i" * 16}, "i" * 16, 200),
    ],
)  # fmt: skip
def test_over_http_the_tool_needs_the_insight_key(
    agent: PurchaseAgent, keys: dict[str, str], sent: str | None, status: int
) -> None:
    testing = pytest.importorskip("fastapi.testclient")
    from purchase_agent.web.app import create_app

    headers = {"authorization": f"Bearer {sent}"} if sent else {}
    application: Callable[..., Any] = create_app(agent, store=agent.settings.store, **keys)  # type: ignore[arg-type]
    with testing.TestClient(application, base_url="http://localhost", headers=headers) as client:
        answer = client.post("/v1/tools/customer_insight", json=QUESTION)
    assert answer.status_code == status
    if status == 200:
        assert answer.json()["kind"] == "barriers"
