"""The examples of docs/examples run, offline."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from purchase_agent.service import PurchaseAgent
from purchase_agent.tools.catalogue import Toolbox

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"


@pytest.fixture
def local(fake_model: Any) -> PurchaseAgent:  # noqa: ARG001 - it puts itself in place
    return PurchaseAgent("local")


def _loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"examples_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_shopping_assistant_asks_before_it_recommends(
    monkeypatch: pytest.MonkeyPatch, local: PurchaseAgent
) -> None:
    pytest.importorskip("langchain")
    monkeypatch.delenv("SHOP_MODEL", raising=False)
    example = _loaded("shopping_assistant")
    said: list[str] = []
    example.talk(example.assistant(purchase_agent=local), example.TURNS, said.append)
    places = {
        words: next(number for number, line in enumerate(said) if line.strip().startswith(words))
        for words in ("predict_purchase", "assistant", "shopper    For", "search_products", "rank_products")
    }
    assert list(places.values()) == sorted(places.values())
    assert said[places["assistant"]].endswith("?")
    assert said[-1].startswith("assistant  Take the quiet glass kettle")
    assert "1. k2" in said[places["rank_products"]]


def test_openai_tools_answers_two_calls_at_once(local: PurchaseAgent) -> None:
    example = _loaded("openai_tools")
    said: list[str] = []
    assert example.answer(example.scripted(), Toolbox(local), said.append).endswith("?")
    assert [line.split(":")[0].strip() for line in said] == ["call_predict_purchase", "call_explain_prediction"]
    assert "Intent: " in said[0]
    assert "price" in said[1]


async def test_the_agents_sdk_calls_a_tool(local: PurchaseAgent) -> None:
    agents: Any = pytest.importorskip("agents")
    from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

    told: list[str] = []
    call = ResponseFunctionToolCall(type="function_call", call_id="call_1", name="predict_purchase", arguments="{}")
    text = ResponseOutputText(type="output_text", text="How deep must it drill?", annotations=[])
    asks = ResponseOutputMessage(id="m", type="message", role="assistant", status="completed", content=[text])

    async def get_response(_model: Any, *_: Any, **asked: Any) -> Any:
        told.extend(one["output"] for one in asked["input"] if isinstance(one, dict) and "output" in one)
        return agents.ModelResponse(output=[asks if told else call], usage=agents.Usage(), response_id=None)

    parts = {"get_response": get_response, "stream_response": get_response}
    model = type("Scripted", (agents.Model,), parts)()
    assert await _loaded("agents_sdk").answer(model, Toolbox(local)) == text.text
    assert len(told) == 1
    assert "Intent: ready" in told[0]
