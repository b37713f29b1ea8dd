"""The process: listens, answers, and on SIGTERM ends without dropping anything that was asked.

The end has three steps: who has connected is taken in and nobody after him; for a moment answers go out with
``Connection: close``, so that clients who keep a connection leave it themselves; then idle connections are ended and
whatever is under way gets ``grace_s`` seconds. A second signal ends at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn

from purchase_agent.errors import SettingsError
from purchase_agent.web.auth import check_address
from purchase_agent.web.protocol import Connection

if TYPE_CHECKING:
    from fastapi import FastAPI

GRACE_S = 30
_FAREWELL_S = 0.5
_BACKLOG = 2048
_SWITCH_S = 0.0005
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Server(uvicorn.Server):
    """uvicorn's server with an end of our own. ``app`` is told in ``app.state.draining``."""

    def __init__(self, app: FastAPI, *, grace_s: int = GRACE_S) -> None:
        config = uvicorn.Config(
            app, http=Connection, ws="none", lifespan="on", log_level="error", access_log=False, server_header=False,
            timeout_keep_alive=30, timeout_graceful_shutdown=grace_s, backlog=_BACKLOG, proxy_headers=False,
        )  # fmt: skip
        super().__init__(config)
        self._app = app
        app.state.on_warm = _keep_for_good

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends in steps, see above."""
        self._app.state.draining = True
        await self._close(sockets or [])
        if not self.force_exit:
            await asyncio.sleep(_FAREWELL_S)
        await super().shutdown(sockets)

    async def _close(self, sockets: list[socket.socket]) -> None:
        """Stops listening. The system resets whoever it has let in but nobody took: these are taken to the last."""
        taken: list[socket.socket] = []
        doubles = [one.dup() for one in sockets]
        for server in self.servers:
            server.close()
        for double in doubles:
            double.setblocking(False)  # noqa: FBT003 - the name of the method says what is
            with double, contextlib.suppress(OSError):  # until nobody waits any more
                while True:
                    taken.append(double.accept()[0])
        loop = asyncio.get_running_loop()
        for one in taken:
            one.setblocking(False)  # noqa: FBT003
            await loop.connect_accepted_socket(self._connection, one)

    def _connection(self) -> Connection:
        return Connection(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals end the server, and the process in good order: it is no failure to be asked to end."""
        before = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the form of a signal handler
        """The first signal asks for the end, the second takes it."""
        self.force_exit = self.should_exit
        self.should_exit = True


def _keep_for_good() -> None:
    """Takes what is loaded out of garbage collection, which would stop everything for 50 ms to walk through it."""
    gc.collect()
    gc.freeze()


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens at the address; port 0 takes a free one.

    Raises:
        SettingsError: the address is none of this machine's, or taken.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        found = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        # An answer is written in two pieces; the second would wait 40 ms for the acknowledgement of the first. asyncio
        # switches this on only for sockets that name their protocol.
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SettingsError(f"cannot listen at {host}:{port}: {reason}", hint="choose another port or host") from error
    return found


def serve(
    app: FastAPI, host: str, port: int, *, has_key: bool, grace_s: int = GRACE_S, tell: Callable[[str], object]
) -> None:
    """Answers until the process is asked to end.

    Args:
        has_key: whether the application asks for a key.
        tell: is told where the server listens, and that it ends.

    Raises:
        SettingsError: nobody may or can listen at the address.
    """
    check_address(host, has_key=has_key)
    listening = listen(host, port)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    # The loop that reads and writes waits for the threads that predict at most so long; by default ten times this.
    sys.setswitchinterval(_SWITCH_S)
    name = f"[{host}]" if ":" in host else host
    tell(f"listening at http://{name}:{listening.getsockname()[1]} (docs at /docs; Ctrl-C ends)")
    Server(app, grace_s=grace_s).run([listening])
    tell("ended")
    sys.stderr.flush()
    if app.state.stuck:  # a thread that still predicts would keep the process
        os._exit(1)
