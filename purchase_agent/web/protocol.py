"""One connection: as uvicorn reads it, but a head has to come whole within a time and a size, and every refusal is a
problem document."""

from __future__ import annotations

import asyncio
import re
import secrets
from http import HTTPStatus
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from purchase_agent.web.problems import MEDIA_TYPE, ProblemError

HEAD_S: Final = 10.0
HEAD_BYTES: Final = 32 << 10
_UPGRADE = re.compile(rb"(?i)(?<=\r\n)upgrade(?=:)")


class Connection(HttpToolsProtocol):
    """Ends connections that send no head, send it drop by drop, or without end."""

    _late: asyncio.TimerHandle | None = None
    _head = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as its base has it
        """Starts the clock of the first head."""
        super().connection_made(transport)
        self._late = self.loop.call_later(HEAD_S, self._end)

    def data_received(self, data: bytes) -> None:
        """Counts what comes while no request is under way: it belongs to a head."""
        if not self._under_way():
            data = _without_upgrade(data)
        super().data_received(data)
        if self._under_way():
            self._head = 0
            self._stop_clock()
        elif not self.transport.is_closing():
            self._head += len(data)
            if self._head > HEAD_BYTES:
                self.send_400_response("the head of the request is too long")
            elif self._late is None:
                self._late = self.loop.call_later(HEAD_S, self._end)

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

    def _stop_clock(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _end(self) -> None:
        self._late = None
        if not self.transport.is_closing():
            self.transport.close()


def _without_upgrade(data: bytes) -> bytes:
    """Takes away the offer to speak another protocol, which Java's client makes with each first request.

    It may be passed over (RFC 9110, 7.8), but the parser would then pass over the body as well.
    """
    if b"pgrade" not in data and b"PGRADE" not in data:
        return data
    head, end, rest = data.partition(b"\r\n\r\n")
    return _UPGRADE.sub(b"x-offer", head) + end + rest
