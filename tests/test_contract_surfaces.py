"""One contract: the same input gives the same JSON from every surface, ``latency_ms`` aside."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from mcp import Client

from purchase_agent.errors import InputError
from purchase_agent.evidence import repair
from purchase_agent.service import PurchaseAgent
from purchase_agent.tools import mcp_server
from purchase_agent.tools.catalogue import Toolbox
from purchase_agent.tools.openai import dispatch
from purchase_agent.tools.results import as_json
from purchase_agent.web.app import create_app
from tests.contract_inputs import contract_inputs

Given = dict[str, Any]
Surface = Callable[[list[Given], PurchaseAgent, Path], list[Given]]
SURFACES: dict[str, Surface] = {}


def surface(name: str) -> Callable[[Surface], Surface]:
    """Registers a way to ask: shoppers, the agent of this process and an empty folder -> answers in their order."""

    def register(ask: Surface) -> Surface:
        SURFACES[name] = ask
        return ask

    return register


@surface("catalogue")
def _catalogue(shoppers: list[Given], agent: PurchaseAgent, _folder: Path) -> list[Given]:
    toolbox = Toolbox(agent)
    return [as_json(toolbox.call("predict_purchase", {"shopper": one})) for one in shoppers]


@surface("langchain")
def _langchain(shoppers: list[Given], agent: PurchaseAgent, _folder: Path) -> list[Given]:
    pytest.importorskip("langchain")
    from purchase_agent.tools.langchain import langchain_tools

    tool = langchain_tools(agent)[0]
    calls = [{"name": tool.name, "args": {"shopper": one}, "id": "1", "type": "tool_call"} for one in shoppers]
    return [as_json(tool.invoke(call).artifact) for call in calls]


@surface("openai")
def _openai(shoppers: list[Given], agent: PurchaseAgent, _folder: Path) -> list[Given]:
    calls = [
        {
            "id": f"call_{number}", "type": "function",
            "function": {"name": "predict_purchase", "arguments": json.dumps({"shopper": one})},
        }
        for number, one in enumerate(shoppers)
    ]  # fmt: skip
    return [json.loads(message["content"])["result"] for message in dispatch(calls, Toolbox(agent))]


@surface("mcp")
def _mcp(shoppers: list[Given], agent: PurchaseAgent, _folder: Path) -> list[Given]:
    async def ask() -> list[Given]:
        async with Client(mcp_server(agent)) as client:
            # One by one: a lone surrogate in a text is no JSON for the wire, so it is repaired as every reader does.
            calls = [await client.call_tool("predict_purchase", {"shopper": repair(one)}) for one in shoppers]
        return [call.structured_content or {} for call in calls]

    return asyncio.run(ask())


@surface("http")
def _http(shoppers: list[Given], agent: PurchaseAgent, _folder: Path) -> list[Given]:
    headers = {"content-type": "application/json"}
    with TestClient(create_app(agent), base_url="http://localhost") as client:
        return [client.post("/v1/predict", content=json.dumps(one), headers=headers).json() for one in shoppers]


@pytest.fixture(scope="module")
def agent() -> PurchaseAgent:
    return PurchaseAgent("local")


@pytest.fixture(scope="module")
def expected(agent: PurchaseAgent) -> list[Given]:
    """What Python answers."""
    found = [agent.predict(one) for one in contract_inputs()]
    return [_timeless(one.model_dump(mode="json", by_alias=True)) for one in found]


def _timeless(answer: Given) -> Given:
    answer["provenance"].pop("latency_ms")
    return answer


@pytest.mark.usefixtures("needs_model")
def test_the_inputs_are_60_of_all_kinds(expected: list[Given]) -> None:
    given = contract_inputs()
    assert len({one["shopper_id"] for one in given}) == len(given) == 60
    assert all(one["as_of"] for one in given)
    kinds = Counter(("texts" in one, "events" in one) for one in given)
    assert min(kinds[True, False], kinds[False, True], kinds[True, True]) >= 5
    told = Counter(one["status"] for one in expected)
    assert told["ok"] >= 50
    assert {"refused_consent", "insufficient_data", "unsupported_language"} < told.keys()


@pytest.mark.usefixtures("needs_model")
@pytest.mark.parametrize("name", SURFACES)
def test_every_surface_tells_the_same(agent: PurchaseAgent, expected: list[Given], tmp_path: Path, name: str) -> None:
    answers = [_timeless(one) for one in SURFACES[name](contract_inputs(), agent, tmp_path)]
    assert answers == expected


@pytest.mark.usefixtures("needs_model")
def test_the_command_line_tells_the_same(command, expected: list[Given], tmp_path: Path) -> None:
    lines = tmp_path / "shoppers.jsonl"
    lines.write_text("".join(json.dumps(one) + "\n" for one in contract_inputs()), "utf-8")
    ended = command("predict", "--file", lines, "--engine", "local", "--json")
    assert ended.status == 0, ended.err
    assert [_timeless(json.loads(line)) for line in ended.out.splitlines()] == expected


@pytest.mark.parametrize(
    ("shopper", "field"),
    [
        ({"shopper_id": "a"}, "texts or events"),
        ({"shopper_id": "a", "texts": [{"txt": "b"}]}, "txt"),
        ({"shopper_id": "a", "texts": [], "as_of": "yesterday"}, "as_of"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence_everywhere(shopper: Given, field: str) -> None:
    arguments = {"shopper": shopper}
    with pytest.raises(InputError, match=field):
        Toolbox().call("predict_purchase", arguments)
    call = {"id": "1", "function": {"name": "predict_purchase", "arguments": json.dumps(arguments)}}
    assert field in json.loads(dispatch([call], Toolbox())[0]["content"])["error"]
