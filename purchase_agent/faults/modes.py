"""All modes by name. Importing a file of modes puts its modes on the list."""

from __future__ import annotations

from purchase_agent.faults import body_modes, content_modes, status_modes, wire_modes
from purchase_agent.faults.mode import MODES, Mode

__all__ = ["MODES", "Mode", "find_mode"]

SOURCES = (body_modes, content_modes, status_modes, wire_modes)
"""Where they are written."""


def find_mode(name: str) -> Mode:
    """The mode of this name.

    Raises:
        ValueError: there is none.
    """
    try:
        return MODES[name]
    except KeyError:
        raise ValueError(f"no mode {name!r}; known: {', '.join(sorted(MODES))}") from None
