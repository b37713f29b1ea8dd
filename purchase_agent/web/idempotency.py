"""``Idempotency-Key``: a request that is sent again is answered as it was the first time.

Kept for each owner of a key, in this process, for a bounded time and number. What a repetition may change (a busy or
failing server) is not kept. A second request while the first is under way, or one with another body, is refused.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic

from purchase_agent.web.problems import ProblemError

HEADER = b"idempotency-key"
_LONGEST = 255
_NOT_KEPT = frozenset({408, 413, 429})


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it is sent."""

    status: int
    body: bytes
    media_type: str = "application/json"


@dataclass(slots=True)
class _Kept:
    content: bytes
    reply: Reply | None
    until: float


class Answers:
    """Replies by owner and key.

    Args:
        seconds: for which a reply is kept.
        most: replies kept; the oldest leave first.
        most_bytes: of all replies kept together.
    """

    def __init__(self, seconds: float = 600.0, most: int = 10_000, most_bytes: int = 64 << 20) -> None:
        self._seconds, self._most, self._most_bytes = seconds, most, most_bytes
        self._kept: OrderedDict[tuple[bytes, str], _Kept] = OrderedDict()
        self._bytes = 0

    async def once(
        self, owner: bytes, key: str | None, content: Sequence[bytes], work: Callable[[], Awaitable[Reply]]
    ) -> tuple[Reply, bool]:
        """The reply to a request, and whether it was kept from before.

        Args:
            owner: whoever the key belongs to; nobody gets a reply of another's.
            key: None: the request may be answered anew each time.
            content: what has to be the same: the path, the query and the body.

        Raises:
            ProblemError: 409.
        """
        if key is None:
            return await work(), False
        digest = hashlib.sha256(b"\0".join(content)).digest()
        name = (hashlib.sha256(owner).digest(), key)
        self._forget()
        kept = self._kept.get(name)
        if kept is not None:
            return _again(kept, digest), True
        kept = self._kept[name] = _Kept(digest, None, monotonic() + self._seconds)
        try:
            reply = await work()
        except BaseException:
            self._drop(name)
            raise
        if reply.status >= 500 or reply.status in _NOT_KEPT or len(reply.body) > self._most_bytes:
            self._drop(name)
        elif self._kept.get(name) is kept:
            kept.reply = reply
            self._bytes += len(reply.body)
            self._forget()
        return reply, False

    def _forget(self) -> None:
        """Drops what is too old or too much, oldest first; one under way stays as long as it is."""
        now, left, size, doomed = monotonic(), len(self._kept), self._bytes, []
        for name, kept in self._kept.items():
            if kept.until > now and left <= self._most and size <= self._most_bytes:
                break
            if kept.reply is not None:
                doomed.append(name)
                left -= 1
                size -= len(kept.reply.body)
        for name in doomed:
            self._drop(name)

    def _drop(self, name: tuple[bytes, str]) -> None:
        kept = self._kept.pop(name, None)
        if kept is not None and kept.reply is not None:
            self._bytes -= len(kept.reply.body)


def _again(kept: _Kept, digest: bytes) -> Reply:
    if kept.content != digest:
        raise ProblemError(
            "conflict", "this key came with another request before", hint="use a new key for a new request"
        )
    if kept.reply is None:
        raise ProblemError(
            "conflict", "the first request with this key is still under way",
            hint="ask again after Retry-After seconds", headers={"retry-after": "1"},
        )  # fmt: skip
    return kept.reply


def read_key(values: Sequence[bytes]) -> str | None:
    """The key of a request, bare or in quotes; None without one.

    Raises:
        ProblemError: 400, there are several, or it is empty, too long or not of visible ASCII characters.
    """
    if not values:
        return None
    key = values[0].decode("latin-1").strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if len(values) > 1 or not 0 < len(key) <= _LONGEST or not all("!" <= one <= "~" for one in key):
        hint = f"one key of 1 to {_LONGEST} visible ASCII characters, such as a UUID"
        raise ProblemError("bad-header", "the Idempotency-Key cannot be used", hint=hint)
    return key
