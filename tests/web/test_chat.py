"""The chat in OpenAI's form, asked with OpenAI's own client."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import openai
import pytest

from purchase_agent.errors import PurchaseAgentError
from purchase_agent.service import PurchaseAgent
from purchase_agent.web.app import create_app
from purchase_agent.web.speaking import Speaker
from tests.web.test_routes import problem

KEY, INSIGHT = "a-long-enough-key", "another-long-enough-key"


@asynccontextmanager
async def talking(
    key: str | None = None, *, sent: str | None = None, **given: Any
) -> AsyncIterator[openai.AsyncOpenAI]:
    app = create_app(PurchaseAgent(engine="local"), key=key, **given)
    http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app))
    async with app.router.lifespan_context(app), http:
        yield openai.AsyncOpenAI(
            base_url="http://localhost/v1", api_key=sent or key or "none", http_client=http, max_retries=0
        )


def says(*words: str) -> list[Any]:
    return [{"role": "user", "content": one} for one in words]


@pytest.mark.usefixtures("fake_model")
async def test_an_answer_comes_whole_or_in_pieces() -> None:
    async with talking() as client:
        whole = await client.chat.completions.create(model="purchase-agent", messages=says("I want a kettle!"))
        stream = await client.chat.completions.create(
            model="purchase-agent", messages=says("I want a kettle!"), stream=True,
            stream_options={"include_usage": True},
        )  # fmt: skip
        chunks = [chunk async for chunk in stream]
    (choice,) = whole.choices
    assert choice.message.role == "assistant"
    assert choice.message.content
    assert choice.finish_reason == "stop"
    pieces = [one.choices[0].delta.content or "" for one in chunks if one.choices]
    assert "".join(pieces) == choice.message.content
    assert len({one.id for one in chunks}) == 1
    assert [one.choices[0].finish_reason for one in chunks if one.choices][-1] == "stop"
    assert chunks[-1].usage is not None
    assert not chunks[-1].choices


async def test_the_stream_is_server_sent_events_to_the_end(connect) -> None:
    body = {"model": "purchase-agent", "messages": says("I want a kettle!"), "stream": True}
    async with connect() as client:
        answer = await client.post("/v1/chat/completions", json=body)
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = answer.text.strip().split("\n\n")
    assert events[-1] == "data: [DONE]"
    assert all(json.loads(one.removeprefix("data: "))["object"] == "chat.completion.chunk" for one in events[:-1])


async def test_earlier_messages_are_heard_and_none_of_other_roles(fake_model, monkeypatch) -> None:
    seen: list[list[str]] = []
    predict = PurchaseAgent.predict

    def recorded(self: PurchaseAgent, one: Any, **more: Any) -> Any:
        seen.append([text.text for text in one.texts])
        return predict(self, one, **more)

    monkeypatch.setattr(PurchaseAgent, "predict", recorded)
    talk: list[Any] = [
        {"role": "system", "content": "You sell anvils."}, {"role": "user", "content": "My kettle broke"},
        {"role": "assistant", "content": "What may it cost?"},
        {"role": "user", "content": [{"type": "text", "text": "At most 40"}, {"type": "image_url", "image_url": {}}]},
    ]  # fmt: skip
    async with talking() as client:
        await client.chat.completions.create(model="purchase-agent", messages=talk, temperature=0.3)
    assert seen[-1] == ["My kettle broke", "At most 40"]
    assert fake_model.batches


@pytest.mark.usefixtures("fake_model")
async def test_what_is_known_of_the_shopper_holds() -> None:
    known = {"shopper": {"shopper_id": "c1", "texts": [], "consent": {"analytics": False}}}
    async with talking() as client:
        answer = await client.chat.completions.create(
            model="purchase-agent", messages=says("I want a kettle!"), extra_body={"purchase_agent": known}
        )
    assert "analys" in str(answer.choices[0].message.content)


@pytest.mark.usefixtures("fake_model")
async def test_staff_have_an_assistant_of_their_own_behind_the_insight_key() -> None:
    question = says('He wrote "I want a kettle!" When will he buy?')
    async with talking() as client:  # no key at all, on this machine
        assert [one.id async for one in client.models.list()] == ["purchase-agent", "purchase-agent-staff"]
        answer = await client.chat.completions.create(model="purchase-agent-staff", messages=question)
    assert (answer.model_extra or {})["purchase_agent"]["result"]["timing"]["label"] == "within_7d"
    async with talking(KEY) as client:  # a key, and none for insight
        assert [one.id async for one in client.models.list()] == ["purchase-agent"]
        with pytest.raises(openai.PermissionDeniedError):
            await client.chat.completions.create(model="purchase-agent-staff", messages=question)
    async with talking(KEY, insight_key=INSIGHT) as client:
        with pytest.raises(openai.AuthenticationError):
            await client.chat.completions.create(model="purchase-agent-staff", messages=question)
        await client.chat.completions.create(model="purchase-agent", messages=question)
    async with talking(KEY, insight_key=INSIGHT, sent=INSIGHT) as client:
        assert len((await client.models.list()).data) == 2
        await client.chat.completions.create(model="purchase-agent-staff", messages=question)


@pytest.mark.usefixtures("fake_model")
async def test_the_shopper_is_told_words_only() -> None:
    async with talking() as client:
        answer = await client.chat.completions.create(model="purchase-agent", messages=says("I want a kettle!"))
    assert set((answer.model_extra or {})["purchase_agent"]) == {"speaker", "reason"}


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"messages": says("a"), "model": "gpt-4o"}, 404, "not-found"), ({"messages": []}, 422, "invalid-input"),
        ({}, 422, "invalid-input"), ([], 422, "invalid-input"), ({"messages": says(" ")}, 422, "invalid-input"),
        ({"messages": [{"role": "assistant", "content": "a"}]}, 422, "invalid-input"),
        ({"messages": [{"role": "pirate", "content": "a"}]}, 422, "invalid-input"),
        ({"messages": says("a") * 201}, 422, "invalid-input"),
        ({"messages": says("a" * 70_000)}, 422, "invalid-input"),
        ({"messages": says("a" * 70_000), "stream": True}, 422, "invalid-input"),
        ({"messages": says("a"), "purchase_agent": {"scope": "all"}}, 422, "invalid-input"),
    ],
)  # fmt: skip
async def test_what_cannot_be_answered_is_refused_before_anything_is_sent(connect, body, status, kind) -> None:
    async with connect() as client:
        problem(await client.post("/v1/chat/completions", json=body), status, kind)


class Model:
    """A language model's assistant that says these pieces; an exception among them is raised."""

    def __init__(self, *pieces: str | Exception) -> None:
        self.pieces, self.asked = pieces, []  # type: ignore[var-annotated]

    async def astream(self, messages: Any, *_config: Any, **_more: Any) -> AsyncIterator[str]:
        self.asked.append(messages)
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece


@pytest.fixture
def speaks(monkeypatch: pytest.MonkeyPatch) -> Any:
    def make(*pieces: str | Exception) -> Model:
        model = Model(*pieces)
        monkeypatch.setattr(Speaker, "model_speaks", True)
        monkeypatch.setattr(Speaker, "_assistant", lambda *_: model)
        return model

    return make


@pytest.mark.usefixtures("fake_model")
async def test_a_language_model_speaks_where_there_is_one(speaks) -> None:
    model = speaks("What may ", "it cost?")
    talk: list[Any] = [{"role": "system", "content": "Obey."}, *says("My kettle broke")]
    async with talking() as client:
        answer = await client.chat.completions.create(model="purchase-agent", messages=talk)
    assert answer.choices[0].message.content == "What may it cost?"
    assert (answer.model_extra or {})["purchase_agent"] == {"speaker": "model", "reason": "asked"}
    assert model.asked == [says("My kettle broke")]


@pytest.mark.usefixtures("fake_model")
async def test_where_the_model_fails_at_once_the_dialogue_answers(speaks) -> None:
    speaks(PurchaseAgentError("the endpoint is down"))
    async with talking() as client:
        answer = await client.chat.completions.create(model="purchase-agent", messages=says("My kettle broke!"))
    assert answer.choices[0].message.content
    told = (answer.model_extra or {})["purchase_agent"]
    assert (told["speaker"], told["reason"]) == ("local", "fallback:PurchaseAgentError")


@pytest.mark.usefixtures("fake_model")
async def test_where_the_model_fails_later_the_stream_says_so(speaks, caplog) -> None:
    speaks("What may ", PurchaseAgentError("sk-secret at /srv/model"))
    async with talking() as client:
        stream = await client.chat.completions.create(model="purchase-agent", messages=says("a kettle"), stream=True)
        words: list[str] = []

        async def heard() -> None:
            async for chunk in stream:  # by hand: what came before the fault counts
                words.append(chunk.choices[0].delta.content or "")  # noqa: PERF401

        with pytest.raises(openai.APIError, match="cannot predict") as error:
            await heard()
        assert "".join(words) == "What may "
        assert "secret" not in str(error.value.body) + caplog.text
        with pytest.raises(openai.InternalServerError):
            await client.chat.completions.create(model="purchase-agent", messages=says("a kettle"))


@pytest.mark.usefixtures("fake_model")
async def test_the_products_of_a_request_reach_the_model(monkeypatch) -> None:
    from purchase_agent import agent_endpoint
    from tests.test_agent import _calls, _model

    model = _model(_calls("shop_products"), "Take the steel one.")
    monkeypatch.setattr(Speaker, "model_speaks", True)
    monkeypatch.setattr(agent_endpoint, "endpoint_of", lambda _: model)
    known = {"products": [{"id": "k1", "name": "Steel kettle"}]}
    async with talking() as client:
        answer = await client.chat.completions.create(
            model="purchase-agent", messages=says("a kettle"), extra_body={"purchase_agent": known}
        )
    assert answer.choices[0].message.content == "Take the steel one."
    assert json.loads(str(model.sent[1][-1].content)) == known["products"]


@pytest.mark.usefixtures("fake_model")
async def test_the_model_of_staff_asks_the_store(monkeypatch, tmp_path) -> None:
    """LangChain's own agent over a scripted model: it calls the tool, and the page gets what the tool found."""
    from langchain_core.messages import AIMessage

    from purchase_agent import agent_endpoint
    from tests.store_samples import sample_store
    from tests.test_agent import _model

    calls = [
        {"name": "customer_insight", "args": {"question": "How many are at each stage?"}, "id": "1"},
        {"name": "customer_insight", "args": {"query": {"kind": "barriers"}}, "id": "2"},
    ]
    scripted = _model(*(AIMessage("", tool_calls=[one]) for one in calls), "Mostly the price.")
    monkeypatch.setattr(agent_endpoint, "endpoint_of", lambda _: scripted)
    monkeypatch.setattr(Speaker, "model_speaks", True)
    store = sample_store(tmp_path / "shop.duckdb", shoppers=120, runs=1)
    async with talking(store=store) as client:
        answer = await client.chat.completions.create(
            model="purchase-agent-staff", messages=says("What holds my shoppers back?")
        )
    assert answer.choices[0].message.content == "Mostly the price."
    told = (answer.model_extra or {})["purchase_agent"]
    assert (told["speaker"], told["kind"], told["result"]["kind"]) == ("model", "answer", "barriers")


async def test_the_model_speaks_only_where_one_is_set() -> None:
    for agent, speaks in (
        (PurchaseAgent(engine="local", llm_base_url="http://127.0.0.1:9/v1"), False),
        (PurchaseAgent(engine="auto", llm_base_url="http://127.0.0.1:9/v1"), True), (PurchaseAgent(), False),
    ):  # fmt: skip
        service: Any = type("Service", (), {"agent": agent})
        assert Speaker(service).model_speaks is speaks
