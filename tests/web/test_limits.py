"""What is too much at once is refused, and its place is free again afterwards."""

import asyncio
import threading

import pytest

from purchase_agent.service import PurchaseAgent
from purchase_agent.web.batching import Batching
from purchase_agent.web.limits import Gate, Limits
from purchase_agent.web.problems import ProblemError


def test_requests_under_way_are_counted():
    gate = Gate(Limits(requests=2))
    with gate.passing(predicts=True), gate.passing(predicts=False):
        with pytest.raises(ProblemError) as refused, gate.passing(predicts=False):
            pass
        assert refused.value.status == 429
    with gate.passing(predicts=True):
        assert gate.requests == 1


def test_a_busy_predictor_refuses_predictions_only():
    gate = Gate(Limits(), lambda: 7)
    with pytest.raises(ProblemError) as refused, gate.passing(predicts=True):
        pass
    assert refused.value.headers["retry-after"] == "7"
    with gate.passing(predicts=False):
        pass


def test_bytes_held_are_counted():
    gate = Gate(Limits(held=100))
    with gate.holding() as first:
        first(60)
        with gate.holding() as second:
            second(40)
            with pytest.raises(ProblemError):
                second(1)
        assert gate.bytes == 60
    assert gate.bytes == 0


async def test_an_overloaded_server_refuses_at_once_and_recovers(connect, monkeypatch):
    go, predict = threading.Event(), PurchaseAgent.predict_many

    def slow(self, shoppers, **more):
        go.wait(30)
        return predict(self, shoppers, **more)

    async with connect(batching=Batching(size=2, workers=1, waiting=4)) as client:
        monkeypatch.setattr(PurchaseAgent, "predict_many", slow)
        first = [asyncio.create_task(client.post("/v1/predict", json=f"text {one}")) for one in range(5)]
        await asyncio.sleep(0.3)
        refused = await client.post("/v1/predict", json="one more")
        batch = await client.post("/v1/predict/batch", json={"shoppers": ["one more"]})
        alive = await client.get("/healthz")
        go.set()
        answers = await asyncio.gather(*first)
        after = await client.post("/v1/predict", json="one more")
    assert [answer.status_code for answer in answers] == [200] * 5
    assert (refused.status_code, batch.status_code, alive.status_code, after.status_code) == (429, 429, 200, 200)
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.json()["type"] == "/docs#too-many-requests"


async def test_too_many_calls_of_tools_are_refused(connect, monkeypatch):
    go = threading.Event()
    predict = PurchaseAgent.predict

    def slow(self, shopper, **more):
        go.wait(30)
        return predict(self, shopper, **more)

    async with connect() as client:
        monkeypatch.setattr(PurchaseAgent, "predict", slow)
        calls = [
            asyncio.create_task(client.post("/v1/tools/predict_purchase", json={"text": f"text {one}"}))
            for one in range(80)
        ]
        await asyncio.sleep(1)
        go.set()
        found = [answer.status_code for answer in await asyncio.gather(*calls)]
    assert (found.count(200), found.count(429)) == (66, 14)


async def test_a_client_that_leaves_is_no_longer_asked_for(connect, monkeypatch):
    seen: list[str] = []
    go, predict = threading.Event(), PurchaseAgent.predict_many

    def slow(self, shoppers, **more):
        seen.extend(one.texts[0].text for one in shoppers)
        go.wait(30)
        return predict(self, shoppers, **more)

    async with connect(batching=Batching(size=1, workers=1)) as client:
        monkeypatch.setattr(PurchaseAgent, "predict_many", slow)
        calls = [asyncio.create_task(client.post("/v1/predict", json=f"text {one}")) for one in range(3)]
        await asyncio.sleep(0.3)
        calls[1].cancel()
        await asyncio.sleep(0.1)
        go.set()
        await asyncio.gather(*calls, return_exceptions=True)
    assert seen == ["text 0", "text 2"]
