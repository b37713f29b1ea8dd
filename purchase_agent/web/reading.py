"""A request's body: bounded in bytes, time and depth, JSON in UTF-8, each key once."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import Request
from starlette.requests import ClientDisconnect

from purchase_agent.errors import InputError
from purchase_agent.readers.strict_json import parse_json
from purchase_agent.web.door import announced
from purchase_agent.web.limits import Gate
from purchase_agent.web.problems import ProblemError

_APART = 64 << 10  # bytes from which a body is parsed in a thread, so that others are answered meanwhile
_HINT = "write the body with a JSON library"
JSON, BYTES = "application/json", "application/octet-stream"


async def read_body(request: Request, gate: Gate, most: int, media_type: str = JSON) -> bytes:
    """The body, of at most ``most`` bytes and sent as ``media_type``.

    Raises:
        ProblemError: 408, 413, 415 or 429.
        ClientDisconnect: nobody is there any more.
    """
    _check_type(request, media_type)
    if not _chunked(request) and announced(request.headers.raw) > most:
        raise _too_large(most)
    body = bytearray()
    with gate.holding() as hold:
        try:
            async with asyncio.timeout(gate.limits.body_s):
                while True:
                    message = await request.receive()
                    if message["type"] == "http.disconnect":
                        raise ClientDisconnect
                    piece = message.get("body", b"")
                    if len(body) + len(piece) > most:
                        raise _too_large(most)
                    hold(len(piece))
                    body += piece
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError as error:
            raise ProblemError(
                "too-slow", f"the body had not come after {gate.limits.body_s:g} seconds",
                hint="send it again on another connection", headers={"connection": "close"},
            ) from error  # fmt: skip


async def read_json(body: bytes) -> Any:
    """What a body holds.

    Raises:
        ProblemError: 400.
    """
    if len(body) > _APART:
        return await asyncio.to_thread(_parsed, body)
    return _parsed(body)


def _parsed(body: bytes) -> Any:
    try:
        return parse_json(body.decode(), hint=_HINT)
    except UnicodeDecodeError as error:
        raise ProblemError("not-json", f"not UTF-8 at byte {error.start}", hint="encode the body in UTF-8") from error
    except InputError as error:
        raise ProblemError("not-json", error.message, hint=error.hint, field=error.field) from error


def _check_type(request: Request, wanted: str) -> None:
    media_type, _, rest = request.headers.get("content-type", "").partition(";")
    charset = rest.lower().replace(" ", "").replace('"', "")
    if media_type.strip().lower() != wanted or charset not in ("", "charset=utf-8"):
        raise ProblemError(
            "unsupported-media-type", f"the Content-Type is not {wanted}",
            hint=f"send Content-Type: {wanted}", headers={"accept-post": wanted},
        )  # fmt: skip
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise ProblemError("unsupported-media-type", "a compressed body is not read", hint="send it as it is")


def _chunked(request: Request) -> bool:
    return "transfer-encoding" in request.headers


def _too_large(most: int) -> ProblemError:
    return ProblemError("too-large", f"more than {most} bytes", hint="send fewer or shorter texts, or several requests")
