"""Engines that ask an endpoint, as a user chooses them; the endpoint answers inside this process."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from purchase_agent import PurchaseAgent, llm_engine
from purchase_agent.chat.request import Answer, Endpoint, Failure, Kind, Request
from purchase_agent.errors import PromptError, SettingsError
from purchase_agent.prediction import Prediction
from purchase_agent.prompts import shipped_prompts
from purchase_agent.settings import load_settings
from tests.predictors.llm.model import FakeModel

URL = "http://127.0.0.1:8000/v1"
pytestmark = pytest.mark.usefixtures("needs_model")


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> FakeModel:
    """Whatever endpoint is set, this model answers; ``endpoints`` tells which were opened."""
    fake = FakeModel()
    opened: list[Endpoint] = []

    def client(endpoint: Endpoint) -> FakeModel:
        opened.append(endpoint)
        return fake

    monkeypatch.setattr(llm_engine, "ChatClient", client)
    monkeypatch.setattr(fake, "endpoints", opened, raising=False)
    return fake


class FailsAtFirst(FakeModel):
    """Fails in these ways, one request each, and answers the rest."""

    def __init__(self, kinds: list[Kind]) -> None:
        super().__init__()
        self.kinds = list(kinds)

    def _one(self, request: Request) -> Answer | Failure:
        self.fails = self.kinds.pop(0) if self.kinds else None
        return super()._one(request)


def engines(*answers: Any) -> list[str]:
    return [one.provenance.engine for one in answers]


def test_auto_asks_the_endpoint_only_where_one_is_set(model: FakeModel) -> None:
    assert engines(PurchaseAgent().predict("My kettle broke")) == ["local"]
    assert engines(PurchaseAgent(llm_base_url=URL).predict("My kettle broke")) == ["llm"]
    assert engines(PurchaseAgent("local", llm_base_url=URL).predict("My kettle broke")) == ["local"]
    assert len(model.asked) == 1


def test_settings_reach_the_endpoint(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PURCHASE_AGENT_LLM_BASE_URL", URL)
    monkeypatch.setenv("PURCHASE_AGENT_LLM_EXTRA_BODY", '{"chat_template_kwargs": {"enable_thinking": false}}')
    monkeypatch.setenv("PURCHASE_AGENT_LLM_HEADERS", '{"x-team": "shop"}')
    monkeypatch.setenv("PURCHASE_AGENT_LLM_API_KEY", "sesame")
    monkeypatch.setenv("PURCHASE_AGENT_LLM_MODEL", "qwen")
    monkeypatch.setenv("PURCHASE_AGENT_LLM_CONCURRENCY", "3")
    agent = PurchaseAgent("llm")
    agent.predict("My kettle broke")
    (opened,) = model.endpoints
    assert opened == Endpoint(
        URL, "qwen", "sesame", {"chat_template_kwargs": {"enable_thinking": False}}, {"x-team": "shop"}, 3
    )
    assert "sesame" not in repr(opened) + repr(agent.settings)


def test_groups_are_no_larger_than_what_runs_side_by_side(model: FakeModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PURCHASE_AGENT_LLM_CONCURRENCY", "4")
    answers = list(PurchaseAgent("llm", llm_base_url=URL, evidence="none").predict_many(["a kettle"] * 10))
    assert engines(*answers) == ["llm"] * 10
    assert len(model.deadlines) == 3
    assert all(0 < seconds <= 20 for seconds in model.deadlines)


def test_what_the_endpoint_cannot_answer_is_answered_here(model: FakeModel) -> None:
    model.fails = "breaker_open"
    answer = PurchaseAgent("llm", llm_base_url=URL).predict("My kettle broke")
    assert (answer.provenance.engine, answer.provenance.reason) == ("local", "fallback:breaker_open")
    assert answer.status == "ok"


async def test_beside_an_event_loop(model: FakeModel) -> None:
    answer = await PurchaseAgent("llm", llm_base_url=URL).apredict("My kettle broke")
    assert isinstance(answer, Prediction)
    assert len(model.asked) == 1


@pytest.mark.parametrize("engine", ["llm", "cascade"])
def test_an_engine_without_its_endpoint_says_what_to_set(engine: Any) -> None:
    with pytest.raises(SettingsError, match="PURCHASE_AGENT_LLM_BASE_URL"):
        PurchaseAgent(engine)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LLM_BASE_URL", "localhost:8000"), ("LLM_BASE_URL", "http://user:pass@host/v1"), ("LLM_EXTRA_BODY", "[1]"),
        ("LLM_EXTRA_BODY", "{"), ("LLM_CONCURRENCY", "0"), ("DEADLINE_S", "-1"), ("DEADLINE_S", "nan"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"PURCHASE_AGENT_{name}", value)
    with pytest.raises(SettingsError, match=name):
        PurchaseAgent()


@pytest.mark.usefixtures("model")
def test_an_own_prompt_folder_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = (shipped_prompts() / "purchase/zero.prompt.md").read_text("utf-8")
    own = tmp_path / "purchase" / "zero.prompt.md"
    own.parent.mkdir()
    own.write_text(shipped.replace('version: "1"', 'version: "mine"'), encoding="utf-8")
    monkeypatch.setenv("PURCHASE_AGENT_PROMPTS_DIR", str(tmp_path))
    answer = PurchaseAgent("llm", llm_base_url=URL).predict("My kettle broke")
    assert answer.provenance.prompt is not None
    assert answer.provenance.prompt.version == "mine"
    with pytest.raises(PromptError, match="did you mean purchase/zero"):
        PurchaseAgent("llm", llm_base_url=URL, prompt="purchase/zer").predict("My kettle broke")


@pytest.mark.parametrize("within", ["purchase", "nowhere", ""])
def test_a_prompt_folder_without_prompts_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, within: str) -> None:
    own = tmp_path / "mine" / "purchase" / "zero.prompt.md"
    own.parent.mkdir(parents=True)
    own.write_text("one level too deep for mine/purchase, one too high for the folder above mine", encoding="utf-8")
    folder = tmp_path / "mine" / within if within else tmp_path
    monkeypatch.setenv("PURCHASE_AGENT_PROMPTS_DIR", str(folder))
    said = f"there is no folder {folder}" if within == "nowhere" else f"{folder} holds no prompts"
    with pytest.raises(SettingsError, match=f"PURCHASE_AGENT_PROMPTS_DIR: {said}") as raised:
        PurchaseAgent("llm", llm_base_url=URL).predict("My kettle broke")
    assert f"{folder}/purchase/zero.prompt.md" in raised.value.hint


def test_a_prompt_folder_may_hold_examples_alone(tmp_path: Path) -> None:
    (tmp_path / "examples").mkdir()
    folders = llm_engine.prompt_folders(load_settings(prompts_dir=tmp_path))
    assert folders == [tmp_path, shipped_prompts()]


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        ([], "1 of 4 answered locally, 3 by the language model"),
        (["timeout"], "1 of 4 answered locally, 2 by the language model, 1 locally in its place (timeout 1)"),
        (
            ["truncated", "timeout", "truncated"],
            "1 of 4 answered locally, 0 by the language model, 3 locally in its place (truncated 2, timeout 1)",
        ),
    ],
)
def test_a_cascade_tells_what_it_saved_and_what_was_asked_in_vain(
    command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kinds: list[Kind], said: str
) -> None:
    fake = FailsAtFirst(kinds)
    monkeypatch.setattr(llm_engine, "ChatClient", lambda _: fake)
    monkeypatch.setenv("PURCHASE_AGENT_LLM_BASE_URL", URL)
    file = tmp_path / "said.txt"
    file.write_text("Arrived broken, I want my money back.\nhm\nhmm\nmaybe\n", encoding="utf-8")
    ended = command("predict", "--file", file, "--engine", "cascade", "--json")
    assert ended.status == 0
    assert f"{said}\n" in ended.err
    assert len(fake.asked) == 3


@pytest.mark.usefixtures("model")
def test_the_command_line_chooses_the_engine(command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    ended = command("predict", "My kettle broke", "--engine", "llm")
    assert ended.status == 1
    assert "PURCHASE_AGENT_LLM_BASE_URL" in ended.err
    monkeypatch.setenv("PURCHASE_AGENT_LLM_BASE_URL", URL)
    ended = command("predict", "My kettle broke", "--engine", "llm")
    assert ended.status == 0
    assert "purchase/zero" in ended.out
