"""Calls that are no plain prediction (a tool, a ranking), in a few threads of their own beside the batches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from purchase_agent.web.limits import too_many

Result = TypeVar("Result")


class Aside:
    """Runs blocking calls.

    Args:
        threads: calls that run at once.
        waiting: calls that may wait; more are refused.
    """

    def __init__(self, threads: int = 2, waiting: int = 64) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="aside")
        self._most, self._jobs = threads + waiting, set[Future[Any]]()

    @property
    def calls(self) -> int:
        """How many wait or run, also for clients that have left."""
        return len(self._jobs)

    async def run(self, call: Callable[[], Result]) -> Result:
        """What ``call`` returns.

        Raises:
            ProblemError: 429, too many wait already.
        """
        if self.calls >= self._most:
            raise too_many(1)
        job = self._threads.submit(call)
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)
        return await asyncio.wrap_future(job)

    def stop(self) -> None:
        """What waits is dropped, what runs may end by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)
