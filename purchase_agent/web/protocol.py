"""One connection: as uvicorn reads it, but a head has to come whole within a time and a size, every refusal is a
problem document, and a client that still sends its body can read why it is not wanted."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from purchase_agent.web.problems import MEDIA_TYPE, ProblemError

if TYPE_CHECKING:
    from fastapi import FastAPI
    from uvicorn._types import ASGI3Application

HEAD_S: Final = 10.0
HEAD_BYTES: Final = 32 << 10
_PASSED_OVER: Final = 4 << 20  # bytes of a body that nobody reads any more
_PASSED_OVER_S: Final = 5.0
_UPGRADE = re.compile(rb"(?i)(?<=\r\n)upgrade(?=:)")


class _Parting:
    """A transport that is closed in two steps while a body still comes.

    The system would answer bytes that nobody takes with a reset, and the client would lose the answer it has not read
    yet (RFC 9112, 9.6).
    """

    def __init__(
        self, transport: asyncio.Transport, still_sends: Callable[[], bool], linger: Callable[[], None]
    ) -> None:
        self._transport, self._still_sends, self._linger = transport, still_sends, linger
        self.parted = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        return self.parted or self._transport.is_closing()

    def close(self) -> None:
        if self.is_closing():
            return
        if self._still_sends() and self._transport.can_write_eof():
            self.parted = True
            self._transport.write_eof()
            self._linger()
        else:
            self._transport.close()

    def end(self) -> None:
        self._transport.close()


class Connection(HttpToolsProtocol):
    """Ends connections that send no head, send it drop by drop, or without end."""

    _late: asyncio.TimerHandle | None = None
    _head = _passed = 0
    _in_body = _ended = False
    _parting: _Parting

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as its base has it
        """Starts the clock of the first head."""
        self._parting = _Parting(transport, lambda: self._in_body, self._pass_over)
        super().connection_made(cast("asyncio.Transport", self._parting))
        self._late = self.loop.call_later(HEAD_S, self._end)

    def on_headers_complete(self) -> None:
        """From here on what comes is the body."""
        self._stop_clock()
        self._in_body, self._passed, self._head = True, 0, 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Up to here."""
        self._in_body, self._ended = False, True
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        """Counts what comes while no request is under way: the rest of a body that nobody wants, or a head."""
        if self._parting.parted:
            self._count_passed(data)
            return
        if not self._under_way() and not self._in_body:
            data = _without_upgrade(data)
        self._ended = False
        super().data_received(data)
        if self._under_way() or self._ended:
            self._stop_clock()
        elif self._in_body:
            self._count_passed(data)
            if self._late is None:
                self._pass_over()
        elif not self.transport.is_closing():
            self._head += len(data)
            if self._head > HEAD_BYTES:
                self.send_400_response("the head of the request is too long")
            elif self._late is None:
                self._late = self.loop.call_later(HEAD_S, self._end)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """Answers a request that is turned away without making a task of it."""
        turn_away = cast("FastAPI", self.config.app).state.turn_away
        answer: bytes | None = turn_away(cycle.scope) if cycle.keep_alive else None
        if answer is None:
            super()._start_asgi_task(cycle, app)
            return
        self.transport.write(answer)
        cycle.response_started = cycle.response_complete = True
        cycle.on_response()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stops the clock."""
        self._stop_clock()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Tells that what came is no HTTP, and ends the connection."""
        problem = ProblemError("bad-header", msg)
        body = problem.body(secrets.token_hex(16))
        head = (
            f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}\r\ncontent-type: {MEDIA_TYPE}\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()

    def _under_way(self) -> bool:
        cycle: object = self.cycle  # None before the first request, whatever its type says
        return cycle is not None and not self.cycle.response_complete

    def _count_passed(self, data: bytes) -> None:
        self._passed += len(data)
        if self._passed > _PASSED_OVER:
            self._end()

    def _pass_over(self) -> None:
        self._stop_clock()
        self._late = self.loop.call_later(_PASSED_OVER_S, self._end)
        self.flow.resume_reading()

    def _stop_clock(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _end(self) -> None:
        self._stop_clock()
        self._parting.end()


def _without_upgrade(data: bytes) -> bytes:
    """Takes away the offer to speak another protocol, which Java's client makes with each first request.

    It may be passed over (RFC 9110, 7.8), but the parser would then pass over the body as well.
    """
    if b"pgrade" not in data and b"PGRADE" not in data:
        return data
    head, end, rest = data.partition(b"\r\n\r\n")
    return _UPGRADE.sub(b"x-offer", head) + end + rest
