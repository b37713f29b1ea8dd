"""LangChain's own tests of tools, of each of ours: with the words as arguments, and with a context loader."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("langchain_tests")

from langchain.tools import ToolRuntime
from langchain_core.messages import HumanMessage
from langchain_core.tools import BaseTool
from langchain_tests.integration_tests import ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests

from purchase_agent.tools.catalogue import TOOLS
from purchase_agent.tools.langchain import langchain_tools, shopper_from_messages
from tests.fakes import FakePredictor
from tests.store_samples import sample_store

WORDS = "My kettle died, which one should I get before Friday?"
STORE: list[Path] = []
MORE: dict[str, dict[str, Any]] = {
    "customer_insight": {"question": "Who is ready to buy this week?"},
    "explain_prediction": {"label": "price"},
    "rank_products": {
        "candidates": [{"id": "k1", "name": "Kettle 1.7 l", "price": 39.0, "attributes": {"litres": 1.7}}]
    },
}


@pytest.fixture(autouse=True, scope="module")
def _store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    STORE.append(sample_store(tmp_path_factory.mktemp("store") / "shop.duckdb", shoppers=60, runs=1))
    yield
    STORE.clear()


@pytest.fixture(autouse=True)
def _no_model(fake_model: FakePredictor) -> None:
    """No test here needs what a model knows."""


def _runtime() -> ToolRuntime[Any, Any]:
    state = {"messages": [HumanMessage(WORDS)]}
    return ToolRuntime(
        state=state, context=None, config={}, stream_writer=lambda _: None, tool_call_id="123", store=None
    )


def _suite(standard: type, name: str, *, known: bool) -> type:
    load = shopper_from_messages("c1") if known else None

    class Suite(standard):  # type: ignore[misc]
        @property
        def tool_constructor(self) -> BaseTool:
            store = STORE[0] if STORE else None
            return next(one for one in langchain_tools(load=load, store=store) if one.name == name)

        @property
        def tool_invoke_params_example(self) -> dict[str, Any]:
            words = {} if name == "customer_insight" else {"text": WORDS}
            who: dict[str, Any] = {"runtime": _runtime()} if known else words
            return who | MORE.get(name, {})

    return Suite


for _standard in (ToolsUnitTests, ToolsIntegrationTests):
    for _tool in TOOLS:
        for _known in (False, True):
            _name = f"Test_{_standard.__name__}_{_tool.name}_{'loaded' if _known else 'given'}"
            globals()[_name] = _suite(_standard, _tool.name, known=_known)
