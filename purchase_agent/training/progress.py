"""How a training tells how far it is."""

from collections.abc import Callable

Progress = Callable[[str, int, int, dict[str, float]], None]
"""Called with (stage, steps done, steps in all, figures)."""
