"""Serving: over the standard streams of this process, or over HTTP until it is told to end."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from types import FrameType

import uvicorn
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings
from sse_starlette.sse import AppStatus

from purchase_agent.addresses import is_loopback
from purchase_agent.errors import SettingsError
from purchase_agent.settings import PREFIX
from purchase_agent.tools.mcp.guard import PATH, App, Guard

MAX_BODY = 4 * 1024 * 1024
"""Bytes of one request."""
MAX_CONNECTIONS = 256
"""Open at once; one more is answered 503."""


def serve_stdio(server: Server[ThreadPoolExecutor]) -> None:
    """Serves the client at the other end of the standard streams until it closes them.

    Standard output is for the protocol alone: whatever else is written while it is served goes to standard error.
    """
    # A thread waits in a read that nothing can interrupt; there is nothing to save either.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    asyncio.run(_over_stdio(server))


async def _over_stdio(server: Server[ThreadPoolExecutor]) -> None:
    # The SDK diverts the descriptor; what Python still holds back of a print would be written after that has ended.
    async with stdio_server() as (read, write):
        with redirect_stdout(sys.stderr):
            await server.run(read, write, server.create_initialization_options())


def http_app(server: Server[ThreadPoolExecutor], *, key: str | None = None, origins: Sequence[str] = ()) -> App:
    """The streamable HTTP endpoint at ``/mcp`` as an ASGI application; each request stands alone (no sessions)."""
    inner = server.streamable_http_app(
        streamable_http_path=PATH,
        stateless_http=True,
        max_request_body_size=MAX_BODY,
        # The guard checks Host and Origin, by rules the SDK has no words for (the same host, whatever it is called).
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    return Guard(inner, key, origins)


def serve_http(
    server: Server[ThreadPoolExecutor],
    host: str,
    port: int,
    *,
    key: str | None = None,
    origins: Sequence[str] = (),
    patience_s: float = 25.0,
) -> None:
    """Serves until SIGTERM or SIGINT; then takes no more and ends what it has begun within ``patience_s``.

    Raises:
        SettingsError: the address is open to others and no key is set, or it cannot be listened at.
    """
    if key is None and not is_loopback(host):
        raise SettingsError(
            f"listening at {host or 'every address'} needs a key: everybody there could ask",
            hint=f"set {PREFIX}API_KEY, or listen at 127.0.0.1",
        )
    config = uvicorn.Config(
        http_app(server, key=key, origins=origins), log_config=None, access_log=False, ws="none", lifespan="on",
        limit_concurrency=MAX_CONNECTIONS, timeout_graceful_shutdown=max(1, round(patience_s)), server_header=False,
        proxy_headers=False,
    )  # fmt: skip
    with _listening(host, port) as listener:
        place = f"[{host}]" if ":" in host else host
        sys.stderr.write(f"MCP at http://{place}:{listener.getsockname()[1]}{PATH}, {_who(key)}\n")
        sys.stderr.flush()
        # What uvicorn raises anew when all is done: an end that was asked for is no failure.
        signal.signal(signal.SIGTERM, _end)
        # A call under way is answered as a stream, and the SDK's streams would break off at the signal. There are none
        # that go on for ever: the guard lets no GET pass.
        AppStatus.enable_automatic_graceful_drain = False
        uvicorn.Server(config).run(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingsError(f"cannot listen at {host}:{port}: {reason}", hint="choose another --port") from error


def _who(key: str | None) -> str:
    return "with the key" if key is not None else "from this machine only"


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
