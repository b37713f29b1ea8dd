"""An event loop on a daemon thread of its own, for callers that know nothing of loops."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any

_END_S = 0.5

Last = Callable[[], Coroutine[Any, Any, None]]


class Background:
    """Runs until ``stop``.

    ``first`` is called on the thread before anything else, such as for a slow import; ``last`` runs on the loop when
    all that was under way has been cancelled.
    """

    def __init__(self, first: Callable[[], object], last: Last) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=_run, args=(self._loop, first, last), name="purchase-agent-chat", daemon=True
        )
        self._thread.start()

    def submit(self, work: Coroutine[Any, Any, None]) -> Future[None]:
        """Starts ``work`` on the loop; cancelling the future cancels it there."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def stop(self) -> None:
        """Ends the loop; what is under way there is cancelled."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._loop.stop)
        if threading.current_thread() is not self._thread:  # where the garbage collector calls
            self._thread.join(3 * _END_S)


def _run(loop: asyncio.AbstractEventLoop, first: Callable[[], object], last: Last) -> None:
    asyncio.set_event_loop(loop)
    first()
    try:
        loop.run_forever()
        loop.run_until_complete(_ending(last))
    finally:
        loop.close()


async def _ending(last: Last) -> None:
    under_way = asyncio.all_tasks() - {asyncio.current_task()}
    for task in under_way:
        task.cancel()
    if under_way:
        await asyncio.wait(under_way, timeout=_END_S)
    await asyncio.wait([asyncio.create_task(last())], timeout=_END_S)
