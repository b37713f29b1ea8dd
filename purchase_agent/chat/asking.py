"""The one loop around a request: its turn, its retries, the forms a server takes, one re-ask, one deadline.

Runs on one event loop and knows no HTTP library: a ``Wire`` sends.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence
from dataclasses import replace

from purchase_agent.chat.attempts import FORMS, Attempts, Messages, Run, Wire
from purchase_agent.chat.breaker import Breaker
from purchase_agent.chat.budget import RETRIES, RetryBudget, pause_s
from purchase_agent.chat.failures import AttemptError
from purchase_agent.chat.reading import Reply
from purchase_agent.chat.request import Answer, Endpoint, Failure, Request, Token
from purchase_agent.chat.usage import Usage

PROBE = Request(({"role": "user", "content": "Hi"},), max_tokens=1, top_logprobs=0)
"""One token: ``/health`` and ``/models`` also answer while the engine hangs."""

_log = logging.getLogger("purchase_agent.chat")
_PROBE_EVERY_S = 1.0
_PROBE_TIMEOUT_S = 2.0
_PROBES_END_S = 600.0  # without a request
_QUOTED = 500  # characters of an invalid answer that go back to the model


class Asker:
    """Asks one endpoint; every method belongs to the loop that it runs on."""

    def __init__(self, endpoint: Endpoint, wire: Wire) -> None:
        self.breaker = Breaker()
        self.usage = Usage()
        self.attempts = Attempts(endpoint, wire, self.breaker, self.usage)
        self._endpoint = endpoint
        self._budget = RetryBudget()
        self._turns = asyncio.Semaphore(endpoint.concurrency)
        self._held = 0
        self._watch: asyncio.Task[None] | None = None
        self._asked_at = 0.0

    async def ask(self, requests: Sequence[Request], deadline: float, results: list[Answer | Failure | None]) -> None:
        """Puts each outcome in its place of ``results`` as it comes; ``deadline`` is on the loop's clock."""
        self._asked_at = _now()
        if self.breaker.state == "open":
            self._keep_watch()

        async def into(place: int, request: Request) -> None:
            results[place] = await self._settle(request, deadline)

        tasks = [asyncio.create_task(into(place, request)) for place, request in enumerate(requests)]
        try:
            if tasks:
                await asyncio.wait(tasks)
        finally:
            for task in tasks:
                task.cancel()
        for task in tasks:
            if not task.cancelled():
                task.result()  # what a check raised

    async def probe(self, deadline: float) -> Answer | Failure:
        """Whether the model answers at all: one token, past queue and breaker; closes the breaker if so."""
        run = Run(PROBE, _now(), deadline)
        try:
            async with asyncio.timeout_at(deadline):
                model, content = await self.attempts.first_word(run)
        except TimeoutError:
            return run.failure("timeout", "the probe was not answered in time")
        except AttemptError as failed:
            return run.failure(failed.kind, failed.message)
        self.breaker.close()
        return _answer(run, content, None, model)

    async def _settle(self, request: Request, deadline: float) -> Answer | Failure:
        """How a request ends, whatever happens."""
        run = Run(request, _now(), deadline)
        self.usage.calls += 1
        if self._held >= self._endpoint.concurrency + self._endpoint.queue:
            return self._ended(run, run.failure("overloaded", "too many requests wait for the endpoint"))
        self._held += 1
        try:
            async with asyncio.timeout_at(deadline), self._turns:
                return self._ended(run, await self._answered(run))
        except TimeoutError:
            if run.sent_at is not None:
                self.breaker.timed_out(run.sent_at)
            waited = "its answer" if run.attempts else "its turn"
            return self._ended(run, run.failure("timeout", f"the deadline came before {waited}"))
        except AttemptError as failed:
            return self._ended(run, run.failure(failed.kind, failed.message))
        except asyncio.CancelledError:
            return self._ended(run, run.failure("cancelled", "the client was closed"))
        finally:
            self._held -= 1
            if self.breaker.state == "open":
                self._keep_watch()

    async def _answered(self, run: Run) -> Answer:
        """The answer, after one re-ask where the first cannot be used."""
        reply = await self._replied(run, ())
        good, complaint = _judged(run.request, reply)
        if not good:
            self.usage.reasks += 1
            more = (
                {"role": "assistant", "content": reply.contents[0][:_QUOTED]},
                {"role": "user", "content": complaint},
            )
            reply = await self._replied(run, more)
            good, _ = _judged(run.request, reply)
        if not good:
            raise AttemptError("bad_answer", "the answer cannot be used, also after it was asked for again")
        if run.request.samples > 1:
            return replace(_answer(run, good[0], None, reply.model), samples=tuple(good))
        return _answer(run, good[0], reply.tokens, reply.model)

    async def _replied(self, run: Run, more: Messages) -> Reply:
        """A reply with at least one answer in it, usable or not: adapts to the server and retries."""
        retries = forms = 0
        while True:
            habits = self.attempts.habits
            if not run.attempts:
                self._budget.earn()
            try:
                reply = await self.attempts.send(run, habits, more)
                new = habits.after_thinking(self._endpoint) if reply.thinks else None
                if reply.failed is None:
                    self.attempts.learned(habits, new)
                    return reply
                failed = reply.failed
            except AttemptError as error:
                failed, new = error, habits.after_refusal(error.complaint, run.request)
            forms += 1
            if new is not None and forms < FORMS and self.attempts.learned(habits, new):
                continue
            pause = self._pause(run, failed, retries)
            if pause is None:
                raise failed
            retries += 1
            self.usage.retries += 1
            await asyncio.sleep(pause)
            if self.breaker.state == "open":
                raise failed

    def _pause(self, run: Run, failed: AttemptError, retries: int) -> float | None:
        """Seconds until the next attempt; None: there is none."""
        if not failed.again or retries >= RETRIES or self.breaker.state == "open":
            return None
        pause = max(failed.wait_s or 0.0, pause_s(retries, random.random()))
        if _now() + pause >= run.deadline or not self._budget.take():
            return None
        return pause

    def _keep_watch(self) -> None:
        if self._watch is None or self._watch.done():
            _log.warning("the endpoint failed too often: nothing is sent until it answers a probe")
            self._watch = asyncio.create_task(self._watched())

    async def _watched(self) -> None:
        """Probes until the breaker closes, or until nobody has asked for a long time."""
        while self.breaker.state == "open" and _now() - self._asked_at < _PROBES_END_S:
            await asyncio.sleep(_PROBE_EVERY_S)
            if isinstance(await self.probe(_now() + _PROBE_TIMEOUT_S), Answer):
                _log.warning("the endpoint answers again")

    def _ended(self, run: Run, result: Answer | Failure) -> Answer | Failure:
        if isinstance(result, Failure):
            self.usage.failures[result.kind] += 1
        kind = "answered" if isinstance(result, Answer) else result.kind
        _log.debug("%s %s after %d attempts, %.0f ms", run.request_id, kind, run.attempts, (_now() - run.began) * 1000)
        return result


def _judged(request: Request, reply: Reply) -> tuple[list[str], str]:
    """The answers that pass the check, and what is wrong with the first that does not."""
    good: list[str] = []
    complaint = ""
    for content in reply.contents:
        wrong = request.check(content) if request.check else None
        if wrong is None:
            good.append(content)
        else:
            complaint = complaint or wrong
    return good, complaint


def _answer(run: Run, content: str, tokens: tuple[Token, ...] | None, model: str) -> Answer:
    return Answer(
        content=content,
        tokens=tokens,
        read=run.read,
        cached=run.cached,
        written=run.written,
        model=model,
        request_id=run.request_id,
        attempts=run.attempts,
        latency_ms=(_now() - run.began) * 1000,
    )


def _now() -> float:
    return asyncio.get_running_loop().time()
