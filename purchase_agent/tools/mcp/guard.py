"""Who may ask over HTTP: checked before anything of a request but its head is read.

A page that a browser shows on this machine can send requests to a loopback address, also under a name of its own that
resolves there (DNS rebinding). So without a key only loopback names are answered, and an Origin, which browsers send,
has to be that of the same host or one that was allowed by name.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from purchase_agent.addresses import is_loopback
from purchase_agent.errors import SettingsError
from purchase_agent.settings import PREFIX

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

PATH = "/mcp"
_PORTS = {"http": 80, "https": 443}
_INVALID_REQUEST = -32600


class Guard:
    """An ASGI application before another.

    Args:
        app: what is guarded.
        key: that each request has to bring as ``Authorization: Bearer KEY``; None: none, from this machine only.
        origins: allowed beside those of the same host, such as ``https://shop.example``.

    Raises:
        SettingsError: the key has characters that no header can carry.
    """

    def __init__(self, app: App, key: str | None = None, origins: Sequence[str] = ()) -> None:
        if key is not None and not (key and key.isascii() and key.isprintable() and " " not in key):
            raise SettingsError(f"{PREFIX}API_KEY cannot be sent in a header", hint="use visible ASCII characters")
        self._app = app
        self._key = None if key is None else key.encode()
        self._origins = frozenset(origin.rstrip("/").lower() for origin in origins)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        refused = self._refused(scope) if scope["type"] == "http" else None
        if refused is not None:
            await _refuse(send, *refused)
        elif scope["type"] in ("http", "lifespan"):
            await self._app(scope, receive, send)

    def _refused(self, scope: Message) -> tuple[int, str] | None:
        """Status and reason of a request that is not answered."""
        heads: dict[bytes, list[str]] = {}
        for name, value in scope["headers"]:
            heads.setdefault(name, []).append(value.decode("latin-1"))
        host = _only(heads.get(b"host"))
        if host is None or (self._key is None and not is_loopback(_name(host))):
            return 421, f"without a key only localhost, 127.0.0.1 and [::1] are answered; set {PREFIX}API_KEY"
        if b"origin" in heads and not self._may_come_from(_only(heads[b"origin"]), host):
            return 403, "this origin may not ask"
        if self._key is not None and not self._opens(_only(heads.get(b"authorization"))):
            return 401, "send the header Authorization: Bearer KEY"
        # Without sessions there is nothing that a GET could listen to or a DELETE could end.
        return (405, "send a POST") if scope["path"] == PATH and scope["method"] != "POST" else None

    def _may_come_from(self, origin: str | None, host: str) -> bool:
        if origin is None:
            return False
        if origin.lower() in self._origins:
            return True
        scheme, _, place = origin.partition("://")
        port = _PORTS.get(scheme)
        return port is not None and _at(place, port) is not None and _at(place, port) == _at(host, port)

    def _opens(self, sent: str | None) -> bool:
        scheme, _, key = (sent or "").partition(" ")
        # Compared whatever the scheme is, so that no answer comes sooner than another.
        same = hmac.compare_digest(key.strip().encode("latin-1"), self._key or b"")
        return same and scheme.lower() == "bearer"


def _only(values: list[str] | None) -> str | None:
    return values[0] if values is not None and len(values) == 1 else None


def _at(place: str, default_port: int) -> tuple[str, int] | None:
    """Host and port of ``host[:port]``; None where it is no such thing."""
    try:
        parts = urlsplit(f"//{place}")
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname or parts.username is not None or parts.path or parts.query or parts.fragment:
        return None
    return parts.hostname, port if port is not None else default_port


def _name(host: str) -> str:
    found = _at(host, 0)
    return found[0] if found is not None else ""


async def _refuse(send: Send, status: int, reason: str) -> None:
    body = {"jsonrpc": "2.0", "id": None, "error": {"code": _INVALID_REQUEST, "message": reason}}
    headers = [(b"content-type", b"application/json")]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if status == 405:
        headers.append((b"allow", b"POST"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})
