"""A request sent again is answered as the first time, and as nothing else."""

import asyncio
import json

import pytest

from purchase_agent.service import PurchaseAgent
from purchase_agent.web.app import create_app
from purchase_agent.web.idempotency import Answers, Reply, read_key
from purchase_agent.web.problems import ProblemError
from purchase_agent.web.schemas import document

BODY = {"shopper_id": "c1", "texts": [{"text": "which one is quieter?"}]}  # no as_of: each answer has its own time


async def send(client, key, body, path="/v1/predict", **headers):
    return await client.post(path, json=body, headers={"idempotency-key": key, **headers})


async def test_the_same_request_gets_the_same_answer(connect, fake_model):
    async with connect() as client:
        first, again, other = [await send(client, key, BODY) for key in ("k1", '"k1"', "k2")]
    assert first.content == again.content != other.content
    assert (first.headers.get("idempotent-replayed"), again.headers["idempotent-replayed"]) == (None, "true")
    assert len(fake_model.batches) == 2


async def test_another_body_or_path_is_a_conflict(connect):
    async with connect() as client:
        await send(client, "k", BODY)
        other = await send(client, "k", "another sentence")
        elsewhere = await send(client, "k", BODY, "/v1/predict/batch")
    assert (other.status_code, elsewhere.status_code) == (409, 409)
    assert other.json()["type"] == "/docs#conflict"


async def test_a_refusal_of_the_content_is_kept_too(connect):
    async with connect() as client:
        first, again = [await send(client, "k", {"shopper_id": "a"}) for _ in range(2)]
    assert (first.status_code, first.content) == (422, again.content)
    assert first.headers["content-type"] == again.headers["content-type"] == "application/problem+json"


async def test_a_failure_is_not_kept(connect, fake_model):
    fake_model.fails_on = "quieter"
    async with connect() as client:
        assert (await send(client, "k", BODY)).status_code == 500
        fake_model.fails_on = None
        assert (await send(client, "k", BODY)).status_code == 200


@pytest.mark.parametrize("key", ["", '""', "x" * 256, "a b", "schlüssel"])
async def test_keys_that_cannot_be_used(connect, key):
    async with connect() as client:
        answer = await client.post("/v1/predict", json=BODY, headers=[(b"idempotency-key", key.encode())])
    assert answer.status_code == 400


def test_two_keys_cannot_be_used():
    with pytest.raises(ProblemError):
        read_key([b"a", b"b"])


def replying(reply, calls, wait=None):
    async def work():
        calls.append(reply)
        if wait is not None:
            await wait.wait()
        return reply

    return work


async def test_owners_do_not_share_answers():
    calls: list[Reply] = []
    answers = Answers()
    for owner in (b"one", b"two"):
        reply, again = await answers.once(owner, "k", [b"/", b"x"], replying(Reply(200, owner), calls))
        assert (reply.body, again) == (owner, False)


async def test_while_the_first_is_under_way_the_second_is_told_to_wait():
    calls: list[Reply] = []
    answers, go = Answers(), asyncio.Event()
    first = asyncio.create_task(answers.once(b"", "k", [b"x"], replying(Reply(200, b"a"), calls, go)))
    await asyncio.sleep(0)
    with pytest.raises(ProblemError) as refused:
        await answers.once(b"", "k", [b"x"], replying(Reply(200, b"b"), calls))
    assert (refused.value.status, refused.value.headers["retry-after"]) == (409, "1")
    go.set()
    await first
    assert await answers.once(b"", "k", [b"x"], replying(Reply(200, b"b"), calls)) == (Reply(200, b"a"), True)
    assert len(calls) == 1


async def test_a_first_that_left_makes_way():
    calls: list[Reply] = []
    answers, go = Answers(), asyncio.Event()
    first = asyncio.create_task(answers.once(b"", "k", [b"x"], replying(Reply(200, b"a"), calls, go)))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    reply, again = await answers.once(b"", "k", [b"x"], replying(Reply(200, b"b"), calls))
    assert (reply.body, again) == (b"b", False)


async def test_answers_are_bounded_in_number_bytes_and_time():
    async def keep(answers, key, body=b"12345"):
        return (await answers.once(b"", key, [b"x"], replying(Reply(200, body), [])))[1]

    few, small, short = Answers(most=2), Answers(most_bytes=12), Answers(seconds=0.02)
    for answers in (few, small):
        for key in "abc":
            await keep(answers, key)
        assert [await keep(answers, key) for key in "cb"] == [True, True]
        assert not await keep(answers, "a")
    await keep(short, "a")
    await asyncio.sleep(0.03)
    assert not await keep(short, "a")
    await keep(small, "large", b"x" * 13)
    assert not await keep(small, "large")


async def test_a_turn_of_a_chat_is_answered_once(connect, monkeypatch):
    from purchase_agent.web.speaking import Speaker

    spoken: list[str] = []
    answer = Speaker.answer

    async def counted(self, request, beside):
        spoken.append(request.model)
        async for piece in answer(self, request, beside):
            yield piece

    monkeypatch.setattr(Speaker, "answer", counted)
    asked = {"messages": [{"role": "user", "content": "I want a kettle!"}]}
    path = "/v1/chat/completions"
    async with connect() as client:
        first, again = [await send(client, "k", asked, path) for _ in range(2)]
        other = await send(client, "k", {"messages": [{"role": "user", "content": "a lamp"}]}, path)
        refused = [await send(client, "k2", {"messages": []}, path) for _ in range(2)]
        await client.post(path, json=asked)
    assert (first.status_code, first.content) == (200, again.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert (other.status_code, len(spoken)) == (409, 2)
    assert [one.status_code for one in refused] == [422, 422]
    assert refused[0].content == refused[1].content


async def test_a_streamed_answer_takes_no_key(connect):
    asked = {"messages": [{"role": "user", "content": "I want a kettle!"}], "stream": True}
    async with connect() as client:
        refused = await send(client, "k", asked, "/v1/chat/completions")
        streamed = await client.post("/v1/chat/completions", json=asked)
    assert (refused.status_code, refused.headers["content-type"]) == (400, "application/problem+json")
    assert refused.json()["type"] == "/docs#bad-header"
    assert "streamed" in refused.json()["detail"]
    assert streamed.headers["content-type"].startswith("text/event-stream")


async def test_a_file_is_read_once_and_its_name_is_compared(connect, monkeypatch):
    from purchase_agent.web.event_upload import read_upload

    names: list[str] = []

    def counted(name, content):
        names.append(name)
        return read_upload(name, content)

    monkeypatch.setattr("purchase_agent.web.page_routes.read_upload", counted)
    row = {"shopper_id": "c1", "type": "view_item", "at": "2026-08-01T10:00:00Z", "item_id": "k"}
    headers = {"content-type": "application/octet-stream", "idempotency-key": "k"}
    async with connect() as client:
        first, again, other = [
            await client.post(f"/v1/events?name={name}.jsonl", content=json.dumps(row).encode(), headers=headers)
            for name in "aab"
        ]
    assert (first.status_code, first.content) == (200, again.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert other.status_code == 409
    assert names == ["a.jsonl"]


def test_every_post_says_that_it_takes_a_key():
    paths = document(create_app(PurchaseAgent(engine="local")))["paths"]
    for path, operations in paths.items():
        for operation in (one for method, one in operations.items() if method == "post"):
            assert "Idempotency-Key" in [one["name"] for one in operation["parameters"]], path
