"""The server: HTTP/1.1 on loopback with a thread of its own, in the mode that it is set to."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

from purchase_agent.faults.call import Call, Memory, Received, read_request
from purchase_agent.faults.modes import MODES, find_mode

MODEL = "fault-model"
"""The model that it lists; it answers to any name."""


class FaultServer:
    """A language model's server with faults, as a context manager.

    Args:
        mode: a name on ``python -m purchase_agent.faults --list``; may be set anew at any time.
        latency_s: before any answer to a completion.
        port: 0 takes a free one.
        answer: says what the model answers to a request's body, in place of a valid answer to its schema.

    ``calls`` holds every completion that was asked for, in order.
    """

    def __init__(
        self,
        mode: str = "ok",
        *,
        latency_s: float = 0.0,
        port: int = 0,
        answer: Callable[[Mapping[str, Any]], str] | None = None,
    ) -> None:
        self.latency_s = latency_s
        self.calls: list[Received] = []
        self.elsewhere: list[str] = []
        self._answer = answer
        self._port = port
        self._memory = Memory()
        self._script: deque[str] = deque()
        self._ready = threading.Event()
        self._failure: OSError | None = None
        self._stop: asyncio.Event | None = None
        self.mode = mode

    @property
    def mode(self) -> str:
        """The mode that answers now."""
        return self._mode

    @mode.setter
    def mode(self, name: str) -> None:
        self._mode = find_mode(name).name
        self._script.clear()

    @property
    def url(self) -> str:
        """The base URL for a client."""
        return f"http://127.0.0.1:{self._port}/v1"

    def script(self, modes: Iterable[str]) -> None:
        """Answers one completion in each of these modes, and then in the last; a client's probes count, too."""
        names = [find_mode(name).name for name in modes]
        if names:
            self.mode = names[-1]
            self._script.extend(names)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="fault-server", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(self, *_: object) -> None:
        if self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(5.0)

    def wait(self) -> None:
        """Serves until the thread ends, for the command line."""
        self._thread.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        try:
            server = await asyncio.start_server(self._connection, "127.0.0.1", self._port, backlog=1024)
        except OSError as error:
            self._failure = error
            self._ready.set()
            return
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._open: set[asyncio.Task[None]] = set()
        await self._stop.wait()
        server.close()
        for task in self._open:
            task.cancel()
        if self._open:
            await asyncio.wait(self._open, timeout=1.0)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._open.add(task)
        try:
            early: bytes | None = b""
            while early is not None and (request := await read_request(reader, early)) is not None:
                early = await self._request(request, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client has gone, or the server is going
        finally:
            if task is not None:
                self._open.discard(task)
            writer.close()

    async def _request(
        self, request: tuple[str, dict[str, str], bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes | None:
        """Answers one request; what has come of the next one, None where the connection ends."""
        path, headers, body = request
        completes = path in {"/v1/chat/completions", "/v1/completions"}
        parsed = json.loads(body) if completes else {}
        received = Received(time.monotonic(), path, headers, parsed)
        content = self._answer(parsed) if completes and self._answer is not None else ""
        call = Call(received, writer, self._memory, self.url, content)
        if completes:
            self.calls.append(received)
        mode = MODES[self._script.popleft() if completes and self._script else self._mode]
        if not completes and not mode.everywhere:
            await self._beside(call, path)
            return b""
        return await _played(self._after_latency(call, mode.play), call, reader)

    async def _after_latency(self, call: Call, play: Callable[[Call], Any]) -> None:
        if self.latency_s:
            await asyncio.sleep(self.latency_s)
        await play(call)

    async def _beside(self, call: Call, path: str) -> None:
        """The paths that answer in any mode, as those of a server whose engine hangs."""
        if path == "/v1/models":
            models = {"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": "faults"}]}
            await call.sends(200, json.dumps(models).encode())
        elif path == "/health":
            await call.sends(200, b"")
        else:
            self.elsewhere.append(path)
            await call.refuses(404, "Not Found")


async def _played(play: Any, call: Call, reader: asyncio.StreamReader) -> bytes | None:
    """Runs a mode until it has answered or the client has gone."""
    playing = asyncio.ensure_future(play)
    gone = asyncio.ensure_future(reader.read(1))
    try:
        await asyncio.wait({playing, gone}, return_when=asyncio.FIRST_COMPLETED)
        if gone.done() and not gone.cancelled() and not gone.result():
            return None
        await playing
        early = gone.result() if gone.done() else b""
    finally:
        playing.cancel()
        gone.cancel()
        with contextlib.suppress(asyncio.CancelledError, ConnectionError):
            await gone
        with contextlib.suppress(asyncio.CancelledError, ConnectionError):
            await playing
    return None if call.ends else early
