"""A command of a run as JSON, done in this process; both the run itself and its worker processes do them here."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from purchase_agent.batch.folder import WorkFolder
from purchase_agent.batch.plan import Plan
from purchase_agent.batch.read_step import read_file, rules_of
from purchase_agent.batch.rows import Rules
from purchase_agent.batch.score_step import Answers, score_partition
from purchase_agent.batch.scorer import scorer
from purchase_agent.batch.spill_index import SpillIndex
from purchase_agent.settings import load_settings

READ, SCORE = "read", "score"


class Commands:
    """Does commands ``{"do": "read" | "score", "number": n}`` of a plan; what they need is loaded once.

    Args:
        cache: folder of what is remembered; None is none.
        processes: that do commands side by side.
    """

    def __init__(self, folder: WorkFolder, plan: Plan, cache: Path | None, processes: int) -> None:
        self._folder, self._plan, self._cache, self._processes = folder, plan, cache, processes

    def do(self, command: dict[str, Any], told: Callable[[int], None]) -> None:
        """Does a command; ``told`` is told bytes read so far, or each shopper scored."""
        number = int(command["number"])
        if command["do"] == READ:
            read_file(self._folder, self._plan, number, self._rules, told)
        else:
            score_partition(self._folder, self._plan, number, self._index, self._scorer, told)

    @cached_property
    def _rules(self) -> Rules:
        return rules_of(self._plan, load_settings())

    @cached_property
    def _index(self) -> SpillIndex:
        return SpillIndex(self._folder, len(self._plan.files))

    @cached_property
    def _scorer(self) -> Answers:
        return scorer(self._folder, self._plan, load_settings(), self._cache, self._processes)
