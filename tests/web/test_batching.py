"""Gathering: an idle server answers at once, a busy one gathers; each gets his own answer, his own error, or leaves."""

import asyncio
import threading
import time

import pytest

from purchase_agent.web.batching import Batcher, Batching
from purchase_agent.web.problems import ProblemError


class Model:
    """Answers with the double, after ``seconds`` or when it is let go."""

    def __init__(self, seconds=0.0, held=False):
        self.batches, self.seconds = [], seconds
        self.free = threading.Event()
        if not held:
            self.free.set()

    def __call__(self, asked):
        self.batches.append(list(asked))
        self.free.wait(5)
        time.sleep(self.seconds)
        return [ValueError(f"no {one}") if one < 0 else 2 * one for one in asked]


async def test_an_idle_server_answers_at_once():
    model = Model()
    batcher = Batcher(model, Batching(gather_s=5.0))
    assert await asyncio.wait_for(batcher.ask(4), 1) == 8
    assert await asyncio.wait_for(batcher.ask(5), 1) == 10  # also right behind another
    assert model.batches == [[4], [5]]


async def test_what_waits_goes_together():
    model = Model(held=True)
    batcher = Batcher(model, Batching(workers=1, size=8))
    answers = [batcher.ask(one) for one in range(20)]
    await asyncio.sleep(0.02)
    model.free.set()
    assert await asyncio.gather(*answers) == [2 * one for one in range(20)]
    assert [len(one) for one in model.batches] == [1, 8, 8, 3]


async def test_a_busy_server_gathers_a_share_of_those_who_asked_lately():
    model = Model()
    batcher = Batcher(model, Batching(workers=1, size=8, gather_s=3))
    await asyncio.gather(*(batcher.ask(one) for one in range(8)))  # 1, then 7
    begun = time.monotonic()
    first = [batcher.ask(one) for one in range(3)]
    await asyncio.sleep(0.02)
    assert batcher.running == 0
    await asyncio.gather(*first, *(batcher.ask(one) for one in range(3)))
    assert time.monotonic() - begun < 2  # nobody waits longer than until the share is there
    assert [len(one) for one in model.batches][:2] == [1, 7]
    assert len(model.batches[2]) == 6


async def test_a_share_that_does_not_come_is_waited_for_a_moment_only():
    model = Model()
    batcher = Batcher(model, Batching(workers=1, size=8, gather_s=0.6))
    await asyncio.gather(*(batcher.ask(one) for one in range(8)))
    begun = time.monotonic()
    await batcher.ask(1)
    assert 0.3 < time.monotonic() - begun < 5
    await asyncio.sleep(0.7)  # idle for longer than that: the next one is answered at once
    begun = time.monotonic()
    await batcher.ask(2)
    assert time.monotonic() - begun < 0.55


async def test_errors_are_of_one_alone():
    batcher = Batcher(Model(0.01), Batching(workers=1))
    answers = await asyncio.gather(*(batcher.ask(one) for one in (1, 2, -3, 4)), return_exceptions=True)
    assert [str(one) for one in answers] == ["2", "4", "no -3", "8"]


async def test_a_fault_of_the_run_is_everybodys():
    def broken(asked):
        raise RuntimeError(str(len(asked)))

    answers = [Batcher(broken).ask(1)]
    with pytest.raises(RuntimeError):
        await answers[0]


async def test_who_leaves_is_not_predicted():
    model = Model(held=True)
    batcher = Batcher(model, Batching(workers=1))
    answers = [batcher.ask(one) for one in range(4)]
    await asyncio.sleep(0.01)
    answers[2].cancel()
    await asyncio.sleep(0)
    assert batcher.waiting == 2
    model.free.set()
    await asyncio.gather(*answers, return_exceptions=True)
    assert model.batches == [[0], [1, 3]]


async def test_a_full_queue_refuses_and_lets_the_urgent_pass():
    model = Model(held=True)
    batcher = Batcher(model, Batching(workers=1, waiting=3, size=2))
    answers = [batcher.ask(one) for one in range(4)]
    with pytest.raises(ProblemError) as refused:
        batcher.ask(9)
    assert refused.value.status == 429
    assert int(refused.value.headers["retry-after"]) >= 1
    with pytest.raises(ProblemError):
        batcher.ask_all([1, 2])
    urgent = batcher.ask(50, urgent=True)
    model.free.set()
    assert await urgent == 100
    await asyncio.gather(*answers)
    assert model.batches[1][0] == 50
    assert batcher.busy() is None


async def test_batches_run_side_by_side():
    model = Model(held=True)
    batcher = Batcher(model, Batching(workers=2, gather_s=0.01))
    answers = [batcher.ask(one) for one in range(2)]
    await asyncio.sleep(0.05)
    assert batcher.running == 2
    model.free.set()
    await asyncio.gather(*answers)


async def test_the_end_waits_for_what_was_asked():
    model = Model(0.02)
    batcher = Batcher(model, Batching(workers=1, size=1))
    answers = [batcher.ask(one) for one in range(3)]
    assert await batcher.stop(5)
    assert [answer.result() for answer in answers] == [0, 2, 4]


async def test_the_end_does_not_wait_for_ever():
    model = Model(held=True)
    batcher = Batcher(model, Batching(workers=1, size=1))
    answers = [batcher.ask(one) for one in range(2)]
    assert not await batcher.stop(0.05)
    assert answers[1].cancelled()
    model.free.set()
    assert await answers[0] == 0


async def test_sizes_and_seconds_are_told():
    told = []
    batcher = Batcher(Model(0.01), Batching(workers=1), lambda size, seconds: told.append((size, seconds >= 0.01)))
    await asyncio.gather(*(batcher.ask(one) for one in range(5)))
    assert told == [(1, True), (4, True)]
