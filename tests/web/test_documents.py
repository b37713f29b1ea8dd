"""The OpenAPI document, the page that shows it, and the figures."""

import json
import re
from pathlib import Path

from purchase_agent.service import PurchaseAgent
from purchase_agent.web.app import create_app
from purchase_agent.web.problems import KINDS
from purchase_agent.web.schemas import document, written
from purchase_agent.web.write_openapi import DOCUMENT

ROOT = Path(__file__).parent.parent.parent


async def test_the_committed_document_is_the_one_served(connect):
    async with connect() as client:
        served = await client.get("/openapi.json")
    committed = (ROOT / DOCUMENT).read_text("utf-8")
    assert served.text == committed, "run python -m purchase_agent.web.write_openapi"


def test_every_reference_has_its_schema():
    found = written(document(create_app(PurchaseAgent(engine="local"))))
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', found))
    assert named <= set(json.loads(found)["components"]["schemas"])
    assert {"Shopper", "Prediction", "Problem"} <= named


def test_the_document_has_every_address():
    found = document(create_app(PurchaseAgent(engine="local")))["paths"]
    assert set(found) == {
        "/v1/predict", "/v1/predict/batch", "/v1/rank", "/v1/tools", "/v1/tools/{name}", "/v1/ask", "/v1/insights",
        "/v1/export/audience", "/v1/chat/completions", "/v1/models", "/v1/events", "/v1/about", "/healthz", "/readyz",
        "/metrics",
    }  # fmt: skip


async def test_the_page_loads_nothing_from_anywhere(connect):
    async with connect() as client:
        answer = await client.get("/docs")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert not re.search(r"<script|<img|<link|src=|@import|url\(", answer.text)
    assert "/v1/predict/batch" in answer.text
    assert all(f'id="{kind}"' in answer.text for kind in KINDS)


async def test_figures_count_requests_predictions_and_batches_and_name_nobody(connect):
    async with connect() as client:
        await client.post("/v1/predict", json={"shopper_id": "secret-id", "texts": [{"text": "which one?"}]})
        await client.post("/v1/predict/batch", json={"shoppers": ["a sentence", 7]})
        await client.get("/secret-path")
        await client.request("BREW", "/healthz")
        answer = await client.get("/metrics")
    figures = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert figures['purchase_agent_predictions_total{engine="local",reason="asked",status="ok"}'] == "2.0"
    assert figures['purchase_agent_http_requests_total{method="POST",route="/v1/predict",status="200"}'] == "1.0"
    assert figures['purchase_agent_http_requests_total{method="GET",route="none",status="404"}'] == "1.0"
    assert figures['purchase_agent_http_requests_total{method="other",route="/healthz",status="405"}'] == "1.0"
    assert float(figures["purchase_agent_batch_shoppers_count"]) >= 2
    assert figures["purchase_agent_queue_shoppers"] == "0.0"
    assert "secret" not in answer.text


async def test_every_prediction_is_counted_with_its_tokens_but_for_the_probe(connect, monkeypatch):
    from purchase_agent.prediction import Prediction, Tokens
    from tests.fakes import FakePredictor

    predict = FakePredictor.predict

    def with_tokens(self, cases, evidence="fast"):
        return [
            Prediction.model_validate(one.model_copy(update={"provenance": one.provenance.model_copy(
                update={"tokens": Tokens.model_validate({"in": 10, "out": 3})}
            )}))
            for one in predict(self, cases, evidence)
        ]  # fmt: skip

    monkeypatch.setattr(FakePredictor, "predict", with_tokens)
    shopper = {"shopper_id": "c1", "texts": [{"text": "which one?"}]}
    products = [{"id": "k1", "name": "Steel kettle"}]

    async def counted(client):
        lines = (await client.get("/metrics")).text.splitlines()
        figures = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        names = (
            'purchase_agent_predictions_total{engine="local",reason="asked",status="ok"}',
            'purchase_agent_llm_tokens_total{direction="in"}', 'purchase_agent_llm_tokens_total{direction="out"}',
        )  # fmt: skip
        return [float(figures.get(name, 0)) for name in names]

    chat = {"messages": [{"role": "user", "content": "I want a kettle!"}], "purchase_agent": {"products": products}}
    async with connect() as client:
        for number, (path, body) in enumerate(
            (
                ("/v1/predict", shopper), ("/v1/predict/batch", {"shoppers": ["a sentence"]}),
                ("/v1/tools/predict_intent", {"text": "which one?"}),
                ("/v1/tools/explain_prediction", {"text": "which one?"}),
                ("/v1/tools/rank_products", {"text": "a kettle", "candidates": products}),
                ("/v1/rank", {"shopper": shopper, "candidates": products}), ("/v1/chat/completions", chat),
            ),
            start=1,
        ):  # fmt: skip
            assert (await client.post(path, json=body)).status_code == 200
            assert await counted(client) == [number, 10 * number, 3 * number], path
        assert (await client.get("/readyz")).status_code == 200
        assert await counted(client) == [7, 70, 21]


async def test_the_agent_that_is_given_stays_as_it_was(fake_model):
    agent = PurchaseAgent(engine="local")
    create_app(agent)
    create_app(agent)
    assert agent.__dict__.get("_predictor") is None
    assert agent._predictor is fake_model
