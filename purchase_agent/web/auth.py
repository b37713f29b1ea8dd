"""Who may ask: the key, and without one only this machine; and who may ask about all shoppers, with a key of its own.

A page that a browser on this machine shows could ask a server on a loopback address too, also under a name of its own
that resolves there (DNS rebinding). Without a key the Host header therefore has to be a loopback name, and so has the
Origin header where a browser sends one.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import Literal
from urllib.parse import urlsplit

from purchase_agent.addresses import is_loopback
from purchase_agent.errors import SettingsError
from purchase_agent.settings import PREFIX
from purchase_agent.web.problems import ProblemError

Headers = Iterable[tuple[bytes, bytes]]
Insight = Literal["allowed", "key", "closed"]
"""``key``: with the insight key only; ``closed``: nobody, since none is set."""
OPEN = frozenset({"/", "/healthz", "/readyz", "/docs", "/openapi.json", "/favicon.ico"})
"""Paths that need no key: they tell nothing of shoppers."""
OPEN_BELOW = "/page/"
"""The files of the page, which hold no data and ask for the key themselves."""


class Guard:
    """Checks the headers of each request.

    Args:
        key: that requests have to bring; None: none, from this machine only.
        insight_key: that questions about all shoppers have to bring; it opens everything else too. None: none where
            there is no ``key`` either, else nobody may ask them.

    Raises:
        SettingsError: a key is empty or has characters that no header can carry, or both are the same.
    """

    def __init__(self, key: str | None, insight_key: str | None = None) -> None:
        for name, one in (("API_KEY", key), ("INSIGHT_KEY", insight_key)):
            if one is not None and not (one and one.isascii() and one.isprintable() and one == one.strip()):
                raise SettingsError(f"{PREFIX}{name} cannot be sent in a header", hint="use visible ASCII characters")
        if key is not None and key == insight_key:
            raise SettingsError(
                f"{PREFIX}API_KEY and {PREFIX}INSIGHT_KEY are the same",
                hint="choose another insight key: it opens what is known of all shoppers",
            )
        self._key = None if key is None else key.encode()
        self._insight_key = None if insight_key is None else insight_key.encode()

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
        elif (
            path not in OPEN
            and not path.startswith(OPEN_BELOW)
            and not self._brings(given, self._key, self._insight_key)
        ):
            raise _unauthorized(given, "key")

    def insight(self, headers: Headers) -> Insight:
        """How far a request that passed ``check`` may ask about all shoppers."""
        if self._insight_key is None:
            return "allowed" if self._key is None else "closed"
        return "allowed" if self._brings(list(headers), self._insight_key) else "key"

    def check_insight(self, headers: Headers) -> None:
        """Passes a request that may ask about all shoppers.

        Raises:
            ProblemError: 401 or 403.
        """
        given = list(headers)
        found = self.insight(given)
        if found == "closed":
            raise ProblemError(
                "forbidden", "questions about all shoppers need a key of their own, and none is set",
                hint=f"whoever runs the server: set {PREFIX}INSIGHT_KEY",
            )  # fmt: skip
        if found == "key":
            raise _unauthorized(given, "insight key")

    def _brings(self, headers: list[tuple[bytes, bytes]], *keys: bytes | None) -> bool:
        found = _sent(headers)
        scheme, _, key = found[0].partition(b" ") if len(found) == 1 else (b"", b"", b"")
        # All are compared, also where the scheme is wrong, so that no answer is quicker than another.
        same = [hmac.compare_digest(key.strip(), one) for one in keys if one is not None]
        return any(same) and scheme.lower() == b"bearer"


def _sent(headers: list[tuple[bytes, bytes]]) -> list[bytes]:
    return [value for name, value in headers if name == b"authorization"]


def _unauthorized(headers: list[tuple[bytes, bytes]], which: str) -> ProblemError:
    return ProblemError(
        "unauthorized", f"the {which} is wrong" if _sent(headers) else f"no {which} was sent",
        hint=f"send the header Authorization: Bearer {which.upper().replace(' ', '_')}",
        headers={"www-authenticate": "Bearer"},
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
