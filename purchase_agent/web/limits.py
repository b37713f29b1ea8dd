"""How much is taken in at once; what is too much is refused before its body is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from purchase_agent.web.problems import ProblemError


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one server.

    Attributes:
        body: bytes of a body with one shopper, as of a line of a file.
        batch_body: bytes of a body with many shoppers, or with candidates.
        items: shoppers of a batch.
        requests: requests under way at once.
        held: bytes of bodies held at once, all requests together.
        body_s: seconds in which a body has to have come.
    """

    body: int = 1 << 20
    batch_body: int = 4 << 20
    items: int = 256
    requests: int = 512
    held: int = 64 << 20
    body_s: float = 10.0


class Gate:
    """Counts what is under way and refuses what would be too much.

    Args:
        busy: seconds after which a refused client should ask again, None while there is room.
    """

    def __init__(self, limits: Limits, busy: Callable[[], int | None] = lambda: None) -> None:
        self.limits, self._busy = limits, busy
        self.requests = self.bytes = 0

    @contextmanager
    def passing(self, *, predicts: bool) -> Iterator[None]:
        """Around one request.

        Raises:
            ProblemError: 429, there are too many already, or too many shoppers wait for their prediction.
        """
        refusal = self.refusal(predicts=predicts)
        if refusal is not None:
            raise refusal
        self.requests += 1
        try:
            yield
        finally:
            self.requests -= 1

    def refusal(self, *, predicts: bool) -> ProblemError | None:
        """Why one more request would be refused now."""
        wait = self._busy() if predicts else None
        if wait is None and self.requests >= self.limits.requests:
            wait = 1
        return None if wait is None else too_many(wait)

    @contextmanager
    def holding(self) -> Iterator[Callable[[int], None]]:
        """Around the reading of a body; what it yields is told each piece's bytes.

        Raises:
            ProblemError: 429, all bodies together are too large. Raised by what is yielded.
        """
        own = 0

        def hold(size: int) -> None:
            nonlocal own
            if self.bytes + size > self.limits.held:
                raise too_many(1)
            own += size
            self.bytes += size

        try:
            yield hold
        finally:
            self.bytes -= own


def too_many(wait_s: int) -> ProblemError:
    """The refusal of a busy server."""
    return ProblemError(
        "too-many-requests", "more is asked than can be answered now", hint="ask again after Retry-After seconds",
        headers={"retry-after": str(wait_s)},
    )  # fmt: skip
