"""The ways to ask a language model that are timed beside each other, and the model that another process plays."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import openai

from purchase_agent.chat.client import ChatClient
from purchase_agent.chat.request import Failure, Request
from purchase_agent.errors import PurchaseAgentError
from purchase_agent.service import PurchaseAgent

BARE, OURS, WHOLE = "bare openai client", "our client", "whole agent"
LATENCY_MS = 50
"""What the played model takes for an answer."""
DEADLINE_S = 30.0

Latencies = list[float] | None
"""Seconds of each call of a turn; None where only the whole turn can be timed."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way to ask: all questions one after another, or all at once; each returns its latencies."""

    name: str
    one_by_one: Callable[[int], Latencies]
    at_once: Callable[[], Latencies]


class Timed:
    """Work whose latencies are kept, but for the first turn, which does not count."""

    def __init__(self, work: Callable[[], Latencies]) -> None:
        self._work = work
        self._turns: list[Latencies] = []

    def __call__(self) -> None:
        self._turns.append(self._work())

    @property
    def turns(self) -> list[list[float]]:
        """The latencies of each turn that counts."""
        return [turn for turn in self._turns[1:] if turn is not None]


@contextmanager
def played_model() -> Iterator[str]:
    """The base URL of a model that is played by another process until the block ends.

    Raises:
        PurchaseAgentError: it did not start.
    """
    command = [sys.executable, "-m", "purchase_agent.faults", "--port", "0", "--latency-ms", str(LATENCY_MS)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own module
        try:
            said = process.stderr.readline() if process.stderr is not None else ""
            address = next((word.rstrip(",") for word in said.split() if word.startswith("http://")), None)
            if address is None:
                raise PurchaseAgentError(f"the played model did not start: {said.strip()}")
            yield address
        finally:
            process.terminate()


class BareClient:
    """The openai library as it comes, its own retries off, on one event loop."""

    def __init__(self, url: str, bodies: Sequence[Mapping[str, Any]]) -> None:
        self._runner = asyncio.Runner()
        self._client = openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0)
        self._bodies = bodies

    def one_by_one(self, most: int) -> Latencies:
        return self._runner.run(self._in_turn(self._bodies[:most]))

    def at_once(self) -> Latencies:
        return self._runner.run(self._together())

    def first(self) -> str:
        """What is answered to the first question."""
        return self._runner.run(self._ask(self._bodies[0]))[1]

    def close(self) -> None:
        self._runner.run(self._client.close())
        self._runner.close()

    async def _in_turn(self, bodies: Sequence[Mapping[str, Any]]) -> list[float]:
        return [(await self._ask(body))[0] for body in bodies]

    async def _together(self) -> list[float]:
        return [seconds for seconds, _ in await asyncio.gather(*map(self._ask, self._bodies))]

    async def _ask(self, body: Mapping[str, Any]) -> tuple[float, str]:
        begun = time.perf_counter()
        completion = await self._client.chat.completions.create(**body)
        return time.perf_counter() - begun, completion.choices[0].message.content


def our_client(client: ChatClient, requests: Sequence[Request]) -> Way:
    """The client of this package, asked as the package asks it."""

    def one_by_one(most: int) -> Latencies:
        out = []
        for request in requests[:most]:
            begun = time.perf_counter()
            _answered(client, [request])
            out.append(time.perf_counter() - begun)
        return out

    return Way(OURS, one_by_one, lambda: _answered(client, requests))


def whole_agent(agent: PurchaseAgent, texts: Sequence[str]) -> Way:
    """A prediction from text to quotes, the local models' part included."""

    def one_by_one(most: int) -> Latencies:
        out = []
        for text in texts[:most]:
            begun = time.perf_counter()
            agent.predict(text)
            out.append(time.perf_counter() - begun)
        return out

    def at_once() -> Latencies:
        list(agent.predict_many(texts))
        return None

    return Way(WHOLE, one_by_one, at_once)


def _answered(client: ChatClient, requests: Sequence[Request]) -> list[float]:
    out = []
    for one in client.ask(requests, DEADLINE_S):
        if isinstance(one, Failure):
            raise PurchaseAgentError(f"no answer from the played model: {one.kind}")
        out.append(one.latency_ms / 1000)
    return out
