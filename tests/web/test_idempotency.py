"""A request sent again is answered as the first time, and as nothing else."""

import asyncio

import pytest

from purchase_agent.web.idempotency import Answers, Reply, read_key
from purchase_agent.web.problems import ProblemError

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
