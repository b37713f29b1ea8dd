"""Concurrent predictions run as one: what is asked while others are predicted goes together into the next batch.

An idle server answers at once. On a busy one, whoever was answered is likely to ask again soon: a free worker waits
a few milliseconds (``gather_s``) for its share of those who asked lately. Without that, the first to come back would be
predicted alone, and the next batches would fall to pieces.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic
from typing import Generic, TypeVar

from purchase_agent.web.limits import too_many

_AT_ONCE = 4  # answers handed out before others are heard
_STEP = 10  # of niceness
_FADING = 0.9  # of how many asked lately, with each batch
Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Batching:
    """How predictions are gathered.

    Attributes:
        size: of a batch at most; 1: every one alone.
        gather_s: seconds that one waits for others at most, while the server is busy.
        workers: batches that run at once, each in a thread.
        waiting: that may wait; with so many, more are refused.
    """

    size: int = 64
    gather_s: float = 0.008
    workers: int = 2
    waiting: int = 256


@dataclass(slots=True)
class _Item(Generic[Asked, Answer]):
    asked: Asked
    answer: asyncio.Future[Answer]
    since: float


class Batcher(Generic[Asked, Answer]):
    """Gathers what is asked on one event loop and has it answered in threads.

    Args:
        run: answers a batch, as many as asked and in their order; an exception among them is that one's.
        on_batch: is told the size of each batch and the seconds it took.
    """

    def __init__(
        self, run: Callable[[Sequence[Asked]], Sequence[Answer | Exception]], plan: Batching | None = None,
        on_batch: Callable[[int, float], object] = lambda _size, _seconds: None,
    ) -> None:  # fmt: skip
        self._run, self.plan, self._on_batch = run, plan or Batching(), on_batch
        self._queue: deque[_Item[Asked, Answer]] = deque()
        self._crowd, self._asked, self._last_end = (
            1.0,
            0,
            -math.inf,
        )  # asked lately, asked of the model now, last answer
        self._threads = ThreadPoolExecutor(self.plan.workers, thread_name_prefix="predict", initializer=_step_back)
        self._under_way: set[asyncio.Task[None]] = set()
        self._running = 0
        self._timer: asyncio.TimerHandle | None = None
        self._each_s = 0.01

    @property
    def waiting(self) -> int:
        """How many wait for a batch."""
        return len(self._queue)

    @property
    def running(self) -> int:
        """How many batches run."""
        return self._running

    def busy(self) -> int | None:
        """Seconds until there is room again, as far as can be told; None while there is."""
        if self.waiting < self.plan.waiting:
            return None
        return min(60, math.ceil(self.waiting * self._each_s / self.plan.workers))

    def ask(self, asked: Asked, *, urgent: bool = False) -> asyncio.Future[Answer]:
        """The answer to come; cancelling it takes it out of the queue. ``urgent`` goes first and is never refused.

        Raises:
            ProblemError: 429, too many wait already.
        """
        wait = None if urgent else self.busy()
        if wait is not None:
            raise too_many(wait)
        return self._put(asked, urgent=urgent)

    def ask_all(self, asked: Sequence[Asked]) -> list[asyncio.Future[Answer]]:
        """As ``ask`` for each; all are taken or none is."""
        wait = self.busy()
        if wait is not None:
            raise too_many(wait)
        return [self._put(one) for one in asked]

    async def stop(self, within_s: float) -> bool:
        """Waits until all is answered; whether it was in time. What is left then is cancelled."""
        end = monotonic() + within_s
        while (self._queue or self._under_way) and monotonic() < end:
            if self._under_way:
                await asyncio.wait(self._under_way, timeout=end - monotonic())
            await asyncio.sleep(self.plan.gather_s)  # what waited is started by now
        done = not (self._queue or self._under_way)
        for item in self._queue:
            item.answer.cancel()
        self._queue.clear()
        self._threads.shutdown(wait=False, cancel_futures=True)
        return done

    def _put(self, asked: Asked, *, urgent: bool = False) -> asyncio.Future[Answer]:
        item = _Item(asked, asyncio.get_running_loop().create_future(), monotonic())
        item.answer.add_done_callback(self._left)
        if urgent:
            self._queue.appendleft(item)
        else:
            self._queue.append(item)
        self._start()
        return item.answer

    def _left(self, answer: asyncio.Future[Answer]) -> None:
        if answer.cancelled():  # the client has gone; a place is free again
            self._queue = deque(item for item in self._queue if item.answer is not answer)

    def _start(self) -> None:
        """Starts the batches that are due, and comes again when the next one is."""
        while self._queue and self.running < self.plan.workers:
            left = self._gathering()
            if left > 0:
                if self._timer is None:
                    self._timer = asyncio.get_running_loop().call_later(left, self._due)
                return
            batch = [self._queue.popleft() for _ in range(min(len(self._queue), self.plan.size))]
            batch = [item for item in batch if not item.answer.done()]  # a client has gone just now
            if not batch:
                continue
            self._asked += len(batch)
            self._running += 1
            task = asyncio.get_running_loop().create_task(self._answer(batch))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    def _gathering(self) -> float:
        """Seconds for which the next batch still waits for more."""
        self._crowd = max(self._crowd, self._asked + len(self._queue))
        if len(self._queue) >= min(max(1, self._crowd // self.plan.workers), self.plan.size):
            return 0.0
        now = monotonic()
        if not self.running and now - self._last_end > self.plan.gather_s:
            return 0.0
        return self._queue[0].since + self.plan.gather_s - now

    def _due(self) -> None:
        self._timer = None
        self._start()

    async def _answer(self, batch: Sequence[_Item[Asked, Answer]]) -> None:
        begun = monotonic()
        self._crowd *= _FADING
        asked = [item.asked for item in batch]
        answers: Sequence[Answer | Exception]
        try:
            answers = await asyncio.get_running_loop().run_in_executor(self._threads, self._run, asked)
        except Exception as error:
            answers = [error] * len(batch)
        seconds = monotonic() - begun
        self._each_s += 0.1 * (seconds / len(batch) - self._each_s)
        self._on_batch(len(batch), seconds)
        self._asked -= len(batch)
        self._running -= 1
        self._last_end = monotonic()
        self._start()
        await _hand_out(batch, answers)


async def _hand_out(batch: Sequence[_Item[Asked, Answer]], answers: Sequence[Answer | Exception]) -> None:
    """Gives each his answer, a few at a time: the loop has others to hear, and to refuse, meanwhile."""
    for place, (item, answer) in enumerate(zip(batch, answers, strict=True)):
        if place % _AT_ONCE == _AT_ONCE - 1:
            await asyncio.sleep(0)
        if item.answer.done():
            continue
        if isinstance(answer, Exception):
            item.answer.set_exception(answer)
        else:
            item.answer.set_result(answer)


def _step_back() -> None:
    """Lets the loop's thread go before this one wherever both want a core, so that it stays quick to answer."""
    with contextlib.suppress(OSError):  # where threads have no priority of their own
        own = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, own, min(19, os.getpriority(os.PRIO_PROCESS, own) + _STEP))
