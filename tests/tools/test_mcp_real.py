"""The command itself, asked by the SDK's own client over real pipes and real HTTP."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from purchase_agent.settings import PREFIX
from purchase_agent.tools.catalogue import TOOLS
from purchase_agent.tools.mcp import mcp_tools
from tests.store_samples import sample_store

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("needs_model")]

EXAMPLES = Path(__file__).parent.parent.parent / "purchase_agent" / "examples"
ERAS = ["legacy", "2026-07-28"]
KEY = "correct-horse-battery"
WORDS = "My kettle broke, I need a new one before Friday, under 40 dollars"
CANDIDATES = [
    {"id": "k1", "name": "Steel kettle 1.7 l", "category": "kettle", "price": 29.0},
    {"id": "t1", "name": "Toaster", "category": "toaster", "price": 35.0},
]
SHOPPERS = [json.loads(line) for line in (EXAMPLES / "shoppers.jsonl").read_text("utf-8").splitlines()]
COMMAND = "from purchase_agent.cli_mcp import app; app()"
# An agent that answers words which begin with "slow" after a minute; everything else as ever.
SLOW = """
import time
from purchase_agent.service import PurchaseAgent
predict = PurchaseAgent.predict
def slow(self, shopper, **options):
    if shopper.texts and shopper.texts[0].text.startswith("slow"):
        time.sleep(60)
    return predict(self, shopper, **options)
PurchaseAgent.predict = slow
"""
# One that talks on standard output while it predicts.
NOISY = """
import os
from purchase_agent.service import PurchaseAgent
predict = PurchaseAgent.predict
def noisy(self, shopper, **options):
    print("noise of Python")
    os.write(1, b"noise of a library\\n")
    return predict(self, shopper, **options)
PurchaseAgent.predict = noisy
"""


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return {**kept, "OMP_NUM_THREADS": "1", **more}


def over_pipes(folder: Path, *options: str, code: str = COMMAND) -> StdioServerParameters:
    return StdioServerParameters(command=sys.executable, args=["-c", code, *options], env=environment(), cwd=folder)


@dataclass(frozen=True)
class Served:
    """A command that serves over HTTP."""

    url: str
    process: subprocess.Popen[str]

    @asynccontextmanager
    async def client(self, mode: str = "legacy", **heads: str) -> AsyncIterator[Client]:
        async with (
            httpx2.AsyncClient(headers=heads, timeout=60) as http,
            Client(streamable_http_client(self.url, http_client=http), mode=mode) as client,
        ):
            yield client


@contextmanager
def serving(folder: Path, *options: str, code: str = COMMAND, **settings: str) -> Iterator[Served]:
    """The command over HTTP at a free port, ended by SIGTERM."""
    with subprocess.Popen(
        [sys.executable, "-c", code, "--http", "--port", "0", *options],
        cwd=folder, env=environment(**settings), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            assert line.startswith("MCP at "), line + process.stderr.read()
            yield Served(line.split()[2].rstrip(","), process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(40)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A shop's store of made-up shoppers."""
    return str(sample_store(tmp_path_factory.mktemp("store") / "shop.duckdb", shoppers=120, runs=1))


async def check_everything(client: Client) -> None:
    """Every tool, resource and prompt, and what is wrong with a call."""
    listed = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in listed.values()] == mcp_tools()
    for name, tool in listed.items():
        if name == "customer_insight":
            continue
        given = {"text": WORDS, **({"candidates": CANDIDATES} if name == "rank_products" else {})}
        result = await client.call_tool(name, given)
        assert not result.is_error, result.content
        assert tool.output_schema is not None
        Draft202012Validator(tool.output_schema, format_checker=FormatChecker()).validate(result.structured_content)
        assert result.structured_content.get("prediction", result.structured_content)["status"] == "ok"
        refused = {"shopper_id": "c1", "consent": {"analytics": False}, "texts": [{"text": WORDS}]}
        result = await client.call_tool(name, {**given, "text": None, "shopper": refused})
        assert result.structured_content.get("prediction", result.structured_content)["status"] == "refused_consent"
        assert (await client.call_tool(name, {**given, "words": "?"})).is_error
    insight = await client.call_tool("customer_insight", {"question": "这周谁可能会买？为什么？"})
    assert not insight.is_error, insight.content
    schema = listed["customer_insight"].output_schema
    assert schema is not None
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(insight.structured_content)
    assert insight.structured_content["kind"] == "ready"
    with pytest.raises(MCPError, match="no tool 'nothing' here"):
        await client.call_tool("nothing", {})
    resources = (await client.list_resources()).resources
    assert len(resources) == 8
    for resource in resources:
        assert (await client.read_resource(resource.uri)).contents
    for prompt in (await client.list_prompts()).prompts:
        filled = await client.get_prompt(prompt.name, {one.name: WORDS for one in prompt.arguments or []})
        assert WORDS in filled.messages[0].content.text  # type: ignore[union-attr]
    answers = await asyncio.gather(*(client.call_tool("predict_purchase", {"text": f"{WORDS} {n}"}) for n in range(20)))
    assert [answer.structured_content["status"] for answer in answers] == ["ok"] * 20


async def cancel_and_go_on(client: Client) -> None:
    for _ in range(3):
        call = asyncio.create_task(client.call_tool("predict_purchase", {"text": "slow, please"}))
        await asyncio.sleep(0.5)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    result = await asyncio.wait_for(client.call_tool("predict_purchase", {"text": WORDS}), 20)
    assert not result.is_error


# --------------------------------------------------------------------------------------------------------------- pipes


@pytest.mark.parametrize("era", [*ERAS, "auto"])
async def test_over_pipes_everything_answers(tmp_path: Path, store: str, era: str) -> None:
    async with Client(over_pipes(tmp_path, "--store", store), mode=era) as client:
        assert client.protocol_version == ("2025-11-25" if era == "legacy" else "2026-07-28")
        await check_everything(client)
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - the loop has nothing else to do


async def test_every_example_answers_as_the_output_schemas_say(tmp_path: Path) -> None:
    schemas = {tool["name"]: Draft202012Validator(tool["outputSchema"]) for tool in mcp_tools()}
    async with Client(over_pipes(tmp_path)) as client:
        for shopper in SHOPPERS:
            for name in ("predict_purchase", "predict_timing", "explain_prediction", "rank_products"):
                given = {"shopper": shopper, **({"candidates": CANDIDATES} if name == "rank_products" else {})}
                result = await client.call_tool(name, given)
                assert not result.is_error, result.content
                schemas[name].validate(result.structured_content)


async def test_over_pipes_a_call_can_be_cancelled(tmp_path: Path) -> None:
    async with Client(over_pipes(tmp_path, code=SLOW + COMMAND), mode="legacy") as client:
        await cancel_and_go_on(client)


async def test_over_pipes_the_scope_holds(tmp_path: Path) -> None:
    async with Client(over_pipes(tmp_path, "--scope", "shopper")) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == [
            tool.name for tool in TOOLS if tool.scope == "shopper"
        ]
        with pytest.raises(MCPError, match="no tool 'predict_timing' here"):
            await client.call_tool("predict_timing", {"text": WORDS})


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
def test_nothing_but_the_protocol_is_on_standard_output(tmp_path: Path, version: str) -> None:
    """Written by hand, for every version of the handshake that the SDK speaks, with lines that are no JSON between."""
    hello = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "hand", "version": "0"}}
    call = {"name": "predict_purchase", "arguments": {"text": WORDS}}
    asked: list[dict[str, Any]] = [
        {"id": 1, "method": "initialize", "params": hello}, {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/list"}, {"id": 3, "method": "tools/call", "params": call},
    ]  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-c", NOISY + COMMAND], cwd=tmp_path, env=environment(), text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        answers: dict[int, Any] = {}
        for message in asked:
            process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\nthis is no message\n")
            process.stdin.flush()
            while "id" in message and message["id"] not in answers:
                told = json.loads(process.stdout.readline())
                assert told["jsonrpc"] == "2.0"
                answers[told.get("id")] = told
        process.stdin.close()
        assert process.stdout.read() == ""
        assert process.wait(20) == 0
        assert process.stderr is not None
        noise = process.stderr.read()
        assert all(f"noise of {one}" in noise for one in ("Python", "a library"))
        assert WORDS not in noise
    assert answers[1]["result"]["protocolVersion"] == version
    assert len(answers[2]["result"]["tools"]) == len(TOOLS)
    assert answers[3]["result"]["content"][0]["text"].startswith("Intent: ")
    assert answers[3]["result"]["structuredContent"]["status"] == "ok"


def test_a_setting_that_cannot_be_used_is_told_before_anything_is_served(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; from purchase_agent.cli import main; sys.argv[1:] = ['mcp']; main()"]
    given = environment(PURCHASE_AGENT_ENGINE="fast")
    ended = subprocess.run(command, cwd=tmp_path, env=given, capture_output=True, check=False)
    if b"No such command" in ended.stderr:
        pytest.skip("the command is not declared in this installation")
    assert (ended.returncode, ended.stdout) == (1, b"")
    assert b"PURCHASE_AGENT_ENGINE" in ended.stderr
    assert b"Traceback" not in ended.stderr


# ---------------------------------------------------------------------------------------------------------------- HTTP


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[Served]:
    """With a key that opens everything, and an origin that may ask."""
    folder = tmp_path_factory.mktemp("served")
    options = ("--origin", "https://shop.example", "--store", store)
    with serving(folder, *options, PURCHASE_AGENT_INSIGHT_KEY=KEY) as one:
        yield one


@pytest.mark.parametrize("era", [*ERAS, "auto"])
async def test_over_http_everything_answers(served: Served, era: str) -> None:
    async with served.client(era, Authorization=f"Bearer {KEY}") as client:
        assert client.protocol_version == ("2025-11-25" if era == "legacy" else "2026-07-28")
        await check_everything(client)


async def test_the_key_of_predictions_opens_no_question_about_all(tmp_path: Path, store: str) -> None:
    with serving(tmp_path, "--store", store, PURCHASE_AGENT_API_KEY=KEY) as one:
        async with one.client(Authorization=f"Bearer {KEY}") as client:
            names = {tool.name for tool in (await client.list_tools()).tools}
    assert "customer_insight" not in names
    assert "predict_purchase" in names


@pytest.mark.parametrize("heads", [{}, {"Authorization": "Bearer correct-horse-batterz"}])
async def test_without_the_key_a_client_gets_nothing(served: Served, heads: dict[str, str]) -> None:
    with pytest.RaisesGroup(
        pytest.RaisesExc(MCPError, match="send the header Authorization: Bearer KEY"), flatten_subgroups=True
    ):
        async with served.client(**heads) as client:
            await client.list_tools()


def post(served: Served, body: bytes = b"{}", **heads: str) -> httpx2.Response:
    given = {"content-type": "application/json", "accept": "application/json, text/event-stream", **heads}
    return httpx2.post(served.url, content=body, headers=given, timeout=30)


def test_heads_decide_before_anything_is_read(served: Served) -> None:
    ping = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"}).encode()
    key = {"authorization": f"Bearer {KEY}"}
    assert post(served, ping, **key).status_code == 200
    assert post(served, ping).status_code == 401
    assert post(served, ping, **key, origin="https://shop.example").status_code == 200
    assert post(served, ping, **key, origin="https://evil.example").status_code == 403
    assert post(served, ping, **key, host="mcp.shop.example").status_code == 200
    assert httpx2.get(served.url, headers=key).status_code == 405
    assert httpx2.post(served.url + "/other", headers=key).status_code == 404
    assert post(served, b"x" * (4 * 1024 * 1024 + 1), **key).status_code == 413
    assert post(served, b"{", **key).status_code == 400
    assert "server" not in post(served, ping, **key).headers


def test_without_a_key_another_name_is_refused(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        ping = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"}).encode()
        assert post(served, ping).status_code == 200
        assert post(served, ping, host="rebound.example").status_code == 421
        assert post(served, ping, origin="http://rebound.example").status_code == 403


@pytest.mark.parametrize("era", ERAS)
async def test_over_http_a_call_can_be_cancelled_and_what_has_begun_is_ended(tmp_path: Path, era: str) -> None:
    code = SLOW.replace("sleep(60)", "sleep(3)") + COMMAND
    with serving(tmp_path, code=code) as served:
        async with served.client(era) as client:
            await cancel_and_go_on(client)
            last = asyncio.create_task(client.call_tool("predict_purchase", {"text": "slow, please"}))
            await asyncio.sleep(0.5)
            served.process.send_signal(signal.SIGTERM)
            assert not (await last).is_error
        assert await asyncio.to_thread(served.process.wait, 20) == 0
        assert served.process.stdout is not None
        assert served.process.stdout.read() == ""


def test_an_address_in_use_is_one_sentence(served: Served, tmp_path: Path) -> None:
    port = served.url.rpartition(":")[2].partition("/")[0]
    code = (
        "from purchase_agent.tools.mcp import mcp_server, needs_extra\n"
        f"needs_extra('serve').serve_http(mcp_server(), '127.0.0.1', {port})"
    )
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    assert "cannot listen at 127.0.0.1" in ended.stderr
    assert "choose another --port" in ended.stderr
