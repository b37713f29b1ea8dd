"""The assistant over a real vLLM: the model is forced to call tools, and its calls are held to the strict schemas."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("langchain_openai")

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from purchase_agent import PurchaseAgent
from purchase_agent.agent import Assistant, Endpoint, Limits, assistant, memory
from purchase_agent.prediction import Prediction
from purchase_agent.tools.langchain import langchain_tools
from tests.vllm.serving import serving, vllm_python

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("needs_model")]

HERE = Path(__file__).parent
NAME = "tiny"
FLAGS = ("--enable-auto-tool-choice", "--tool-call-parser", "hermes")
SAID = "My kettle broke, I need a quiet one before Friday."
MOST_TOKENS = 256  # a random model talks until it is stopped, and writes a short call in many tokens


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    folder = tmp_path_factory.mktemp("tiny")
    code = (
        "import sys, pathlib, runpy; runpy.run_path(sys.argv[1])['build_tiny_llm'](pathlib.Path(sys.argv[2]), seed=7)"
    )
    made = [vllm_python(), "-c", code, str(HERE / "tiny_llm.py"), str(folder)]
    subprocess.run(made, check=True, capture_output=True)
    with serving(folder, NAME, max_model_len=8192, extra=FLAGS) as running:
        # A grammar is made at the first request that needs it, which takes a while on a processor.
        yield Endpoint(running.base_url, NAME, timeout_s=240.0, settings={"max_tokens": MOST_TOKENS})


def _assistant(endpoint: Endpoint, **more: Any) -> Assistant:
    return assistant(
        endpoint, PurchaseAgent("local"), begin_with="predict_purchase", limits=Limits(model_calls=3), **more
    )


def test_the_model_calls_the_tool_it_is_forced_to_and_the_prediction_is_of_the_words_said(endpoint: Endpoint) -> None:
    messages = _assistant(endpoint).answer(SAID)
    call = next(one for one in messages if isinstance(one, AIMessage))
    assert [(one["name"], one["args"]) for one in call.tool_calls] == [("predict_purchase", {})]
    told = next(one for one in messages if isinstance(one, ToolMessage))
    assert told.status == "success"
    assert isinstance(told.artifact, Prediction)
    assert all(SAID[one.start : one.end] == one.quote for one in told.artifact.evidence if one.quote is not None)


def test_every_turn_of_a_remembered_conversation_begins_with_the_tool(endpoint: Endpoint) -> None:
    helper, thread = _assistant(endpoint, checkpointer=memory()), {"configurable": {"thread_id": "1"}}
    helper.answer(SAID, thread)
    messages = helper.answer("Up to 60 euros.", thread)
    newest = max(place for place, one in enumerate(messages) if isinstance(one, HumanMessage))
    assert [one["name"] for one in messages[newest + 1].tool_calls] == ["predict_purchase"]  # type: ignore[attr-defined]
    assert sum(isinstance(one, ToolMessage) for one in messages) >= 2


def test_a_required_call_is_one_of_a_tool_that_is_there_with_arguments_of_its_schema(endpoint: Endpoint) -> None:
    (tool,) = (one for one in langchain_tools(strict=True, load=lambda _: None) if one.name == "predict_timing")
    model: Any = endpoint.chat_model()
    found = model.bind_tools([tool], tool_choice="required", strict=True).invoke([HumanMessage(SAID)])
    assert found.tool_calls
    assert all((one["name"], one["args"]) == ("predict_timing", {}) for one in found.tool_calls)


def test_the_words_after_the_call_are_streamed(endpoint: Endpoint) -> None:
    pieces = list(_assistant(endpoint).stream(SAID))
    assert pieces
    assert "".join(pieces).strip()
