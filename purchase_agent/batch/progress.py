"""Whom a run tells how far it is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Is told how far a run is."""

    def stage(self, name: str, total: int) -> None:
        """A stage of the work begins; ``total`` is in its own unit."""
        ...

    def done(self, number: int, units: int) -> None:
        """So much more of the stage is done; ``units``: shoppers, or texts, among it."""
        ...

    def say(self, words: str) -> None:
        """A sentence for whoever watches."""
        ...
