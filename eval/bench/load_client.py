"""A client for load tests: requests written ahead, raw sockets, little work an answer, so that it measures the server.

Closed loop: so many callers, each asking again when he is answered. Open loop: requests at a fixed rate whatever
becomes of them, their time taken from when they were due and not from when they could be sent.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

_MOST_CONNECTIONS = 4000


@dataclass(slots=True)
class Taken:
    """Seconds of each answer by its status (0: the connection ended instead), and of the whole."""

    seconds: float = 0.0
    times: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))

    @property
    def answered(self) -> int:
        """How many got what they asked for."""
        return len(self.times.get(200, ()))

    @property
    def rate(self) -> float:
        """Of these, in a second."""
        return self.answered / self.seconds

    def share(self, status: int, part: float) -> float:
        """The time within which ``part`` of the answers with ``status`` came; nan without any."""
        found = sorted(self.times.get(status, ()))
        return found[min(len(found) - 1, int(part * len(found)))] if found else float("nan")


def request(body: bytes) -> bytes:
    """A prediction asked for over a connection that stays."""
    head = "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


class Connection(asyncio.Protocol):
    """One connection with at most one request under way."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._answer: asyncio.Future[int] | None = None
        self._transport: asyncio.Transport | None = None
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type
        self._transport = transport

    def ask(self, data: bytes) -> asyncio.Future[int]:
        """The status to come; 0 where the connection ends before."""
        self._answer = asyncio.get_running_loop().create_future()
        if self.closed or self._transport is None:
            self._answer.set_result(0)
        else:
            self._transport.write(data)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._held += data
        end = self._held.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._held[:end]).lower()
        place = head.find(b"content-length: ")
        length = int(head[place + 16 :].split(b"\r\n", 1)[0])
        if len(self._held) < end + 4 + length:
            return
        del self._held[: end + 4 + length]
        if b"connection: close" in head:
            self.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(int(head[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self.closed = True
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(0)

    def close(self) -> None:
        """Ends the connection."""
        self.closed = True
        if self._transport is not None:
            self._transport.close()


async def connect(port: int) -> Connection:
    """A new connection to this machine."""
    _, protocol = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
    return protocol


async def closed_loop(port: int, requests: Sequence[bytes], callers: int, total: int) -> Taken:
    """``total`` requests by ``callers`` at once."""
    taken, turn = Taken(), iter(range(total))
    connections = [await connect(port) for _ in range(callers)]

    async def calls(connection: Connection) -> None:
        for number in turn:
            begun = perf_counter()
            status = await connection.ask(requests[number % len(requests)])
            taken.times[status].append(perf_counter() - begun)
            if connection.closed:
                connection = await connect(port)
        connection.close()

    begun = perf_counter()
    await asyncio.gather(*map(calls, connections))
    taken.seconds = perf_counter() - begun
    return taken


async def open_loop(port: int, requests: Sequence[bytes], rate: float, seconds: float) -> Taken:
    """``rate`` requests a second; answers count in ``seconds``, after a fifth of these for the queues to fill."""
    taken, idle, under_way = Taken(seconds=seconds), list[Connection](), set[asyncio.Task[None]]()
    begun = perf_counter()
    counts_from, counts_to = begun + 0.2 * seconds, begun + 1.2 * seconds

    async def call(due: float, data: bytes) -> None:
        connection = idle.pop() if idle else await connect(port)
        status = await connection.ask(data)
        now = perf_counter()
        if counts_from <= now <= counts_to:
            taken.times[status].append(now - due)
        if not connection.closed:
            idle.append(connection)

    for number in itertools.count():
        due = begun + number / rate
        if due > counts_to:
            break
        await asyncio.sleep(max(0.0, due - perf_counter()))
        if len(under_way) < _MOST_CONNECTIONS:
            task = asyncio.create_task(call(due, requests[number % len(requests)]))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
    await asyncio.wait(under_way, timeout=60) if under_way else None
    for connection in idle:
        connection.close()
    return taken
