"""The store: one DuckDB file with what was predicted of whom, and the one way to ask it. See docs/store.md."""

from purchase_agent.store.pseudonym import pseudonym
from purchase_agent.store.reading import Limits, Reader, asked
from purchase_agent.store.scored import Scored
from purchase_agent.store.writing import Run, Store

__all__ = ["Limits", "Reader", "Run", "Scored", "Store", "asked", "pseudonym"]
