"""The addresses: what comes in, what goes out, and every refusal as a problem document."""

import asyncio
import json
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from purchase_agent import PurchaseAgent
from purchase_agent.cli_demo import examples
from purchase_agent.errors import ModelFileError
from purchase_agent.web.app import create_app, plan_for
from purchase_agent.web.limits import Limits
from purchase_agent.web.ready import Readiness
from tests.web.conftest import WARM, connected

AS_OF = "2026-11-22T10:00:00Z"
JSON = {"content-type": "application/json"}


def shopper(text="which one is quieter?", **more):
    return {"shopper_id": "c1", "as_of": AS_OF, "texts": [{"text": text}], **more}


def problem(answer, status, kind):
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (answer.status_code, told["status"], told["type"]) == (status, status, f"/docs#{kind}")
    assert told["instance"] == answer.headers["x-request-id"]
    assert told["title"]
    assert told["detail"]
    assert "Traceback" not in answer.text
    return told


async def test_a_shopper_is_predicted(connect):
    async with connect() as client:
        answer = await client.post("/v1/predict", json=shopper())
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["intent"]["label"] == "consideration"
    assert answer.json()["shopper_id"] == "c1"


async def test_a_sentence_will_do(connect):
    async with connect() as client:
        answer = await client.post("/v1/predict", json="手机卡得不行了，等双十一换一台!")
    assert answer.json()["intent"]["label"] == "ready"


@pytest.mark.usefixtures("needs_model")
async def test_examples_get_the_same_json_as_in_python():
    agent = PurchaseAgent(engine="local")
    given = [one.model_dump(mode="json", exclude_unset=True) for one in examples()]
    assert len(given) == 21
    expected = [agent.predict(one).model_dump(mode="json", by_alias=True) for one in given]
    async with connected(create_app(agent)) as client:
        answers = await asyncio.gather(*(client.post("/v1/predict", json=one) for one in given))
        batch = (await client.post("/v1/predict/batch", json={"shoppers": given})).json()["predictions"]
    alone = [answer.json() for answer in answers]
    for one in (*expected, *alone, *batch):
        one["provenance"].pop("latency_ms")
    assert alone == expected
    assert batch == expected


async def test_concurrent_requests_share_a_run(connect, fake_model):
    async with connect() as client:
        await asyncio.gather(*(client.post("/v1/predict", json=shopper(f"number {one}")) for one in range(40)))
    assert max(fake_model.batches) > 1
    assert sum(fake_model.batches) == 40


async def test_a_batch_answers_bad_items_in_their_place(connect):
    given = [shopper(shopper_id="a"), {"shopper_id": "b"}, "a sentence", 7, shopper(shopper_id="d", colour="red")]
    async with connect() as client:
        answer = await client.post("/v1/predict/batch", json={"shoppers": given})
    first, second, third, fourth, fifth = answer.json()["predictions"]
    assert (first["shopper_id"], third["shopper_id"]) == ("a", "text")
    assert "texts or events" in second["error"]["message"]
    assert "int" in fourth["error"]["message"]
    assert fifth["error"]["field"] == "colour"


async def test_an_empty_batch_has_no_predictions(connect):
    async with connect() as client:
        assert (await client.post("/v1/predict/batch", json={"shoppers": []})).json() == {"predictions": []}


async def test_one_that_breaks_the_model_does_not_stop_the_others(connect, fake_model):
    fake_model.fails_on = "poison"
    given = [shopper("good"), shopper("poison 4111"), shopper("good too")]
    async with connect() as client:
        told = (await client.post("/v1/predict/batch", json={"shoppers": given})).json()["predictions"]
        alone = await client.post("/v1/predict", json=given[1])
    assert [("error" in one) for one in told] == [False, True, False]
    problem(alone, 500, "internal")
    assert "4111" not in alone.text


async def test_a_damaged_model_is_told_without_its_path(connect, monkeypatch):
    def broken(*_given, **_more):
        raise ModelFileError("/srv/models/text is damaged")

    async with connect() as client:
        monkeypatch.setattr(PurchaseAgent, "predict_many", broken)
        alone = await client.post("/v1/predict", json=shopper())
        batch = await client.post("/v1/predict/batch", json={"shoppers": [shopper()]})
        ready = await client.get("/readyz")
        alive = await client.get("/healthz")
    for answer in (alone, batch, ready):
        problem(answer, 503, "unavailable")
        assert "/srv" not in answer.text
    assert alive.status_code == 200


async def test_consent_is_kept(connect):
    async with connect() as client:
        answer = await client.post("/v1/predict", json=shopper(consent={"analytics": False}))
    assert answer.json()["status"] == "refused_consent"
    assert answer.json()["intent"] is None


@pytest.mark.parametrize(
    ("body", "status", "kind", "field"),
    [
        (b"", 400, "not-json", None),
        (b"{", 400, "not-json", None),
        (b'{"a": NaN}', 400, "not-json", None),
        (b'{"shopper_id": "a", "shopper_id": "b"}', 400, "not-json", "shopper_id"),
        (b"[" * 40 + b"]" * 40, 400, "not-json", None),
        (b"[" * 200_000, 400, "not-json", None),
        ('"é"'.encode("latin-1"), 400, "not-json", None),
        ('"a"'.encode("utf-16"), 400, "not-json", None),
        (b"[]", 422, "invalid-input", None),
        (b"null", 422, "invalid-input", None),
        (b"{}", 422, "invalid-input", "shopper_id"),
        (b'{"shopper_id": "a", "texts": [{"text": 1}]}', 422, "invalid-input", "texts.0.text"),
    ],
)
async def test_bodies_that_cannot_be_used(connect, body, status, kind, field):
    async with connect() as client:
        told = problem(await client.post("/v1/predict", content=body, headers=JSON), status, kind)
    assert told.get("field") == field


async def test_lone_surrogates_are_mended(connect):
    body = b'{"shopper_id": "\\ud800", "texts": [{"text": "h\\udfffi there, which one?"}]}'
    async with connect() as client:
        answer = await client.post("/v1/predict", content=body, headers=JSON)
    assert answer.status_code == 200
    assert answer.json()["shopper_id"] == "\ufffd"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ([], None),
        ({}, "shoppers"),
        ({"shoppers": {}}, "shoppers"),
        ({"shoppers": [], "more": 1}, "more"),
        ({"shoppers": ["a"] * 257}, "shoppers"),
    ],
)
async def test_batches_that_cannot_be_used(connect, given, field):
    async with connect() as client:
        told = problem(await client.post("/v1/predict/batch", json=given), 422, "invalid-input")
    assert told.get("field") == field


@pytest.mark.parametrize(
    "sent", ["text/plain", "", "application/json; charset=gbk", "application/x-www-form-urlencoded"]
)
async def test_other_content_types_are_refused(connect, sent):
    async with connect() as client:
        answer = await client.post("/v1/predict", content=b'"a"', headers={"content-type": sent} if sent else {})
    problem(answer, 415, "unsupported-media-type")


async def test_a_compressed_body_is_refused(connect):
    async with connect() as client:
        answer = await client.post("/v1/predict", content=b"x", headers={**JSON, "content-encoding": "gzip"})
    problem(answer, 415, "unsupported-media-type")


async def test_a_body_too_large_is_refused_by_its_announcement_and_by_its_bytes(connect):
    async def pieces():
        for _ in range(100):
            yield b" " * 1000

    async with connect(limits=Limits(body=10_000)) as client:
        problem(await client.post("/v1/predict", content=b" " * 10_001, headers=JSON), 413, "too-large")
        problem(await client.post("/v1/predict", content=pieces(), headers=JSON), 413, "too-large")


async def test_a_body_too_slow_is_refused(connect):
    async def pieces():
        yield b'"a'
        await asyncio.sleep(0.2)
        yield b'"'

    async with connect(limits=Limits(body_s=0.05)) as client:
        problem(await client.post("/v1/predict", content=pieces(), headers=JSON), 408, "too-slow")


async def test_unknown_addresses_and_methods(connect):
    async with connect() as client:
        problem(await client.get("/v2/predict"), 404, "not-found")
        refused = await client.get("/v1/predict")
        told = problem(refused, 405, "method-not-allowed")
        head = await client.head("/healthz")
    assert refused.headers["allow"] == "POST"
    assert "instance" in told
    assert head.status_code == 200


async def test_ranking_asks_the_agent(connect, monkeypatch):
    asked = []

    def rank(self, given, candidates):
        asked.append((given.shopper_id, candidates))
        return self.predict(given)  # any model will do

    monkeypatch.setattr(PurchaseAgent, "rank", rank, raising=False)
    body = {"shopper": shopper(), "candidates": [{"id": "a", "name": "kettle"}]}
    async with connect() as client:
        answer = await client.post("/v1/rank", json=body)
        problem(await client.post("/v1/rank", json={"shopper": shopper()}), 422, "invalid-input")
        problem(await client.post("/v1/rank", json={**body, "candidates": {}}), 422, "invalid-input")
    assert answer.status_code == 200
    assert asked == [("c1", [{"id": "a", "name": "kettle"}])]


@pytest.mark.usefixtures("needs_model")
async def test_ranking_by_the_shipped_models():
    offers: list[dict[str, Any]] = [
        {"id": "a", "name": "Blue rain coat"},
        {"id": "b", "name": "Quiet electric kettle", "price": 30.0},
    ]
    agent, given = PurchaseAgent(engine="local"), shopper("my kettle died, I need a quiet one under 40")
    async with connected(create_app(agent)) as client:
        answer = await client.post("/v1/rank", json={"shopper": given, "candidates": offers})
        problem(await client.post("/v1/rank", json={"shopper": given, "candidates": []}), 422, "invalid-input")
        told = problem(
            await client.post("/v1/rank", json={"shopper": given, "candidates": [{"id": 1}]}), 422, "invalid-input"
        )
    expected, found = agent.rank(given, offers).model_dump(mode="json", by_alias=True), answer.json()
    for one in (expected, found):
        one["provenance"].pop("latency_ms")
    assert found == expected
    assert told["field"]


async def test_tools_are_listed_and_called(connect):
    async with connect() as client:
        listed = (await client.get("/v1/tools")).json()["tools"]
        answer = await client.post("/v1/tools/predict_purchase", json={"text": "which one is quieter?"})
        problem(await client.post("/v1/tools/nothing", json={}), 404, "not-found")
        problem(await client.post("/v1/tools/predict_purchase", json=[]), 422, "invalid-input")
        problem(await client.post("/v1/tools/predict_purchase", json={}), 422, "invalid-input")
    assert "predict_purchase" in {one["name"] for one in listed}
    assert all(one["input_schema"]["type"] == "object" and one["output_schema"] for one in listed)
    assert answer.json()["intent"]["label"] == "consideration"


async def test_ready_asks_for_a_prediction_at_most_each_second(connect, fake_model):
    async with connect() as client:
        await asyncio.gather(*(client.get("/readyz") for _ in range(5)))
        assert (await client.get("/readyz")).json() == {"status": "ok"}
    assert len(fake_model.batches) == 1


async def test_a_server_predicts_once_before_anybody_asks(connect, fake_model, monkeypatch):
    monkeypatch.setattr(Readiness, "warm", WARM)
    async with connect():
        for _ in range(1000):
            await asyncio.sleep(0.01)
            if fake_model.batches:
                break
    assert len(fake_model.batches) == 1


@pytest.mark.usefixtures("fake_model")
async def test_a_server_about_to_end_is_not_ready():
    app = create_app(PurchaseAgent(engine="local"))
    async with connected(app) as client:
        app.state.draining = True
        told = problem(await client.get("/readyz"), 503, "unavailable")
        answer = await client.post("/v1/predict", json=shopper())
    assert "about to end" in told["detail"]
    assert answer.status_code == 200
    assert answer.headers["connection"] == "close"


async def test_request_ids(connect):
    async with connect() as client:
        kept = await client.get("/healthz", headers={"x-request-id": "order-7.b_1"})
        others = [
            await client.get("/healthz", headers={"x-request-id": bad}) for bad in ("", "a b", "x" * 65, "<script>")
        ]
    assert kept.headers["x-request-id"] == "order-7.b_1"
    assert len({one.headers["x-request-id"] for one in others}) == 4
    assert all(one.headers["x-request-id"].isalnum() for one in others)


async def test_every_answer_is_neither_sniffed_nor_stored(connect):
    async with connect() as client:
        for path in ("/healthz", "/v1/predict", "/nothing"):
            headers = (await client.get(path)).headers
            assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")


async def test_unforeseen_faults_are_logged_by_place_and_told_without_words(connect, monkeypatch, caplog):
    def broken(*_given, **_more):
        raise RuntimeError("the shopper's secret words")

    monkeypatch.setattr(PurchaseAgent, "rank", broken, raising=False)
    async with connect() as client:
        answer = await client.post("/v1/rank", json={"shopper": "a", "candidates": [{}]})
    told = problem(answer, 500, "internal")
    assert "secret" not in answer.text + caplog.text
    assert told["instance"] in caplog.text
    assert "RuntimeError at" in caplog.text


def test_an_endpoint_is_asked_side_by_side():
    plan = plan_for(PurchaseAgent(engine="auto", llm_base_url="http://127.0.0.1:9/v1"))
    assert (plan.size, plan.workers) == (1, 16)
    assert plan_for(PurchaseAgent(engine="local", llm_base_url="http://127.0.0.1:9/v1")).size == 64


async def test_json_is_as_the_command_line_writes_it(command, connect):
    line = json.loads(command("predict", "--json", stdin=(json.dumps(shopper()) + "\n").encode()).out)
    async with connect() as client:
        answer = (await client.post("/v1/predict", json=shopper())).json()
    assert answer == line
    assert list(answer) == list(line)


async def test_a_mounted_application_keeps_its_open_paths_and_its_limits(fake_model):
    shop = create_app(PurchaseAgent(engine="local"), key="a-long-enough-key", limits=Limits(requests=0))
    transport = httpx2.ASGITransport(app=Starlette(routes=[Mount("/shop", shop)]))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost/shop") as client:
        assert (await client.get("/healthz")).status_code == 200
        problem(await client.post("/v1/predict", json=shopper()), 401, "unauthorized")
        client.headers["authorization"] = "Bearer a-long-enough-key"
        problem(await client.post("/v1/predict", json=shopper()), 429, "too-many-requests")
    assert not fake_model.batches


async def test_a_ranking_may_be_as_large_as_a_tool_as_at_its_own_address(connect):
    words = "x" * 500
    products = [{"id": f"k{number}", "name": f"{number} {words}", "attributes": {"a": words, "b": words}}
                for number in range(900)]  # fmt: skip
    shopper = {"shopper_id": "c1", "texts": [{"text": "a steel kettle"}]}
    async with connect(limits=Limits(batch_body=2 << 20)) as client:
        as_tool = await client.post("/v1/tools/rank_products", json={"shopper": shopper, "candidates": products})
        itself = await client.post("/v1/rank", json={"shopper": shopper, "candidates": products})
        more = json.dumps({"text": "a" * (2 << 20)})
        problem(await client.post("/v1/tools/rank_products", content=more, headers=JSON), 413, "too-large")
        other = json.dumps({"text": "a" * (1 << 20)})
        problem(await client.post("/v1/tools/predict_intent", content=other, headers=JSON), 413, "too-large")
    assert (as_tool.status_code, itself.status_code) == (200, 200)
    assert len(as_tool.json()["ranked"]) == 900
