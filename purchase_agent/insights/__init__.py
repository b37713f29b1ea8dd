"""Questions asked of a store: typed queries, answers that protect small groups, and a planner that needs no model."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from purchase_agent.insights.answers import Answer as Answer
    from purchase_agent.insights.asking import ask as ask
    from purchase_agent.insights.queries import Filter as Filter
    from purchase_agent.insights.queries import read_query as read_query
    from purchase_agent.insights.running import run_query as run_query
    from purchase_agent.insights.source import Source as Source

_ROOMS = {
    "Answer": "answers", "Filter": "queries", "Source": "source", "ask": "asking", "read_query": "queries",
    "run_query": "running",
}  # fmt: skip
__all__ = ["Answer", "Filter", "Source", "ask", "read_query", "run_query"]


def __getattr__(name: str) -> object:
    """Loads what is asked for, and no more: the tools describe the answer without the planner and the store."""
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
