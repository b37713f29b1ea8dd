"""The list of modes and how a function gets onto it."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from purchase_agent.faults.call import Call

Play = Callable[[Call], Awaitable[None]]


class Mode(NamedTuple):
    """A way to answer; ``everywhere``: to any path, not to completions alone."""

    name: str
    description: str
    play: Play
    everywhere: bool


MODES: dict[str, Mode] = {}


def mode(play: Play) -> Play:
    """Lists a function under its name; its docstring is the description."""
    return _listed(play, everywhere=False)


def everywhere(play: Play) -> Play:
    """Likewise, for a fault of the whole server."""
    return _listed(play, everywhere=True)


def _listed(play: Play, *, everywhere: bool) -> Play:
    name = getattr(play, "__name__", "")
    MODES[name] = Mode(name, inspect.getdoc(play) or "", play, everywhere)
    return play
