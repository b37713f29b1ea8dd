"""Who may ask: the key, and without one only this machine.

A page that a browser on this machine shows could ask a server on a loopback address too, also under a name of its own
that resolves there (DNS rebinding). Without a key the Host header therefore has to be a loopback name, and so has the
Origin header where a browser sends one.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit

from purchase_agent.addresses import is_loopback
from purchase_agent.errors import SettingsError
from purchase_agent.settings import PREFIX
from purchase_agent.web.problems import ProblemError

Headers = Iterable[tuple[bytes, bytes]]
OPEN = frozenset({"/healthz", "/readyz", "/docs", "/openapi.json"})
"""Paths that need no key: they tell nothing of shoppers."""


class Guard:
    """Checks the headers of each request.

    Args:
        key: that requests have to bring; None: none, from this machine only.

    Raises:
        SettingsError: the key is empty or has characters that no header can carry.
    """

    def __init__(self, key: str | None) -> None:
        if key is not None and not (key and key.isascii() and key.isprintable() and key == key.strip()):
            raise SettingsError(f"{PREFIX}API_KEY cannot be sent in a header", hint="use visible ASCII characters")
        self._key = None if key is None else key.encode()

    @property
    def has_key(self) -> bool:
        """Whether a key is asked for."""
        return self._key is not None

    def check(self, path: str, headers: Headers) -> None:
        """Passes a request that may be answered.

        Raises:
            ProblemError: 401, 403 or 421.
        """
        given = list(headers)
        if self._key is None:
            _check_local(given)
        elif path not in OPEN:
            self._check_key([value for name, value in given if name == b"authorization"])

    def _check_key(self, found: list[bytes]) -> None:
        scheme, _, key = found[0].partition(b" ") if len(found) == 1 else (b"", b"", b"")
        # Compared also where the scheme is wrong, so that no answer is quicker than another.
        same = hmac.compare_digest(key.strip(), self._key or b"")
        if not same or scheme.lower() != b"bearer":
            raise ProblemError(
                "unauthorized", "the key is wrong" if found else "no key was sent",
                hint="send the header Authorization: Bearer KEY", headers={"www-authenticate": "Bearer"},
            )  # fmt: skip


def _check_local(headers: list[tuple[bytes, bytes]]) -> None:
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) != 1 or not is_loopback(_name(f"//{hosts[0].decode('latin-1')}")):
        raise ProblemError(
            "wrong-host", "without a key only requests to localhost, 127.0.0.1 or [::1] are answered",
            hint=f"ask under one of these names, or set {PREFIX}API_KEY",
        )  # fmt: skip
    for name, value in headers:
        if name == b"origin" and not is_loopback(_name(value.decode("latin-1"))):
            hint = f"set {PREFIX}API_KEY and ask from your own server"
            raise ProblemError("forbidden", "a page of another site asked", hint=hint)


def _name(url: str) -> str:
    """The host of an address; empty where it has none or is none."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port  # raises where it is none
    except ValueError:
        return ""
    return "" if parts.username is not None or parts.path or parts.query or parts.fragment else host


def check_address(host: str, *, has_key: bool) -> None:
    """Passes an address that may be listened at.

    Raises:
        SettingsError: others than this machine could ask, and no key is set.
    """
    if not has_key and not is_loopback(host):
        raise SettingsError(
            f"listening at {host or 'every address'} needs a key: everybody there could ask",
            hint=f"set {PREFIX}API_KEY or give --api-key-file; or listen at 127.0.0.1",
        )
