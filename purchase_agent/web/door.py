"""What every request passes: its id, the checks before its body is read, the headers of its answer, its count.

Plain ASGI, around the application: a refusal costs a fraction of a millisecond, so that a flood of them leaves the
processor to those that are answered.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from time import perf_counter
from typing import Any

from starlette.requests import ClientDisconnect

from purchase_agent.web.auth import Guard
from purchase_agent.web.limits import Gate
from purchase_agent.web.metrics import Metrics
from purchase_agent.web.problems import MEDIA_TYPE, ProblemError, problem_of

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_ID = re.compile(rb"[A-Za-z0-9._:-]{1,64}")
_LEFT_UNREAD = 256 << 10  # bytes of a refused body that are passed over; behind a longer one the connection ends
_LEFT = 499  # as proxies count a client that did not wait
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
)
_LOG = logging.getLogger(__name__)


class Door:
    """Wraps the application.

    Args:
        draining: whether the server is about to end; each answer then ends its connection.
    """

    def __init__(self, app: App, guard: Guard, gate: Gate, metrics: Metrics, draining: Callable[[], bool]) -> None:
        self._app, self._guard, self._gate, self._metrics, self._draining = app, guard, gate, metrics, draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, or hands on what is none."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, path = perf_counter(), path_of(scope)
        exchange = _Exchange(request_id(scope["headers"]), send, ends=self._draining())
        inner = {**scope, "method": "GET" if scope["method"] == "HEAD" else scope["method"]}
        inner["state"] = {**scope.get("state", {}), "request_id": exchange.id}
        try:
            self._guard.check(path, scope["headers"])
            if path.startswith("/v1/"):
                with self._gate.passing(predicts=scope["method"] == "POST"):
                    await self._app(inner, receive, exchange.send)
            else:
                await self._app(inner, receive, exchange.send)
        except ClientDisconnect:
            exchange.status = _LEFT  # and nobody is there to be told
        except Exception as error:
            if exchange.status:
                raise  # half an answer: the server ends the connection
            problem = problem_of(error)
            if problem.status == 500:
                _log(exchange.id, error)
            await exchange.refuse(problem, unread=announced(scope["headers"]) > _LEFT_UNREAD)
        finally:
            route = getattr(inner.get("route"), "path", "none")
            self._metrics.answered(str(scope["method"]), route, exchange.status, perf_counter() - begun)


def turning_away(guard: Guard, gate: Gate, metrics: Metrics) -> Callable[[Scope], bytes | None]:
    """Refuses what a busy server would refuse anyway, before any task is made for it.

    Returns:
        A function of a request's scope that gives the whole answer as it is sent, or None where ``Door`` decides.
    """

    def refusal(scope: Scope) -> bytes | None:
        headers, path = scope["headers"], path_of(scope)
        if scope["method"] != "POST" or not path.startswith("/v1/") or announced(headers) > _LEFT_UNREAD:
            return None
        problem = gate.refusal(predicts=True)
        if problem is None:
            return None
        try:
            guard.check(path, headers)
        except ProblemError:
            return None
        own_id = request_id(headers)
        metrics.answered("POST", "none", problem.status, 0.0)
        return _as_sent(problem, own_id)

    return refusal


def path_of(scope: Scope) -> str:
    """The path below where the application is mounted."""
    return str(scope["path"]).removeprefix(scope.get("root_path", ""))


def _headers_of(problem: ProblemError, body: bytes) -> list[tuple[bytes, bytes]]:
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    return headers + [(name.encode(), value.encode()) for name, value in problem.headers.items()]


def _as_sent(problem: ProblemError, own_id: bytes) -> bytes:
    body = problem.body(own_id.decode())
    told = [*_headers_of(problem, body), (b"x-request-id", own_id), *_ALWAYS]
    lines = [name + b": " + value for name, value in told]
    status = f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}".encode()
    return b"\r\n".join((status, *lines, b"", body))


class _Exchange:
    """The answer to one request."""

    def __init__(self, own_id: bytes, send: Send, *, ends: bool) -> None:
        self.id, self.status = own_id.decode(), 0
        self._send, self._ends = send, ends

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
            told = list(message.get("headers", ()))
            names = {name for name, _ in told}  # a file of the page says itself how long it may be kept
            headers = [*told, (b"x-request-id", self.id.encode()), *(one for one in _ALWAYS if one[0] not in names)]
            if self._ends:
                headers.append((b"connection", b"close"))
            message = {**message, "headers": headers}
        await self._send(message)

    async def refuse(self, problem: ProblemError, *, unread: bool) -> None:
        body = problem.body(self.id)
        headers = _headers_of(problem, body)
        if unread and not self._ends:
            headers.append((b"connection", b"close"))
        await self.send({"type": "http.response.start", "status": problem.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})


def request_id(headers: list[tuple[bytes, bytes]]) -> bytes:
    """The client's id of this request where it is usable, else one of our own."""
    for name, value in headers:
        if name == b"x-request-id" and _ID.fullmatch(value):
            return value
    return secrets.token_hex(16).encode()


def announced(headers: list[tuple[bytes, bytes]]) -> int:
    """Bytes of the body as the client announces them; one that does not tell may send any number."""
    size = 0
    for name, value in headers:
        if name == b"content-length" and value.isdigit():
            size = int(value[:18])
        elif name == b"transfer-encoding":
            return 1 << 60
    return size


def _log(own_id: str, error: Exception) -> None:
    """The place of a fault, without its words: these may be a shopper's."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place is not None else "an unknown place"
    _LOG.error("request %s: unforeseen %s at %s", own_id, type(error).__name__, where)
