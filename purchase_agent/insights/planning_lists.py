"""Reads the planner's lists: ``words.tsv`` (kind, name, words) and ``patterns.tsv`` (name, an alternative of it).

They are tables and not code because they are long; each line stands for itself, and a list is the sum of its lines.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


@cache
def words(kind: str) -> dict[str, tuple[str, ...]]:
    """Name -> words, of one kind of list."""
    told: dict[str, list[str]] = {}
    for line in (_HERE / "words.tsv").read_text("utf-8").splitlines():
        of, name, some = line.split("\t")
        if of == kind:
            told.setdefault(name, []).extend(word.strip() for word in some.split(",") if word.strip())
    return {name: tuple(dict.fromkeys(some)) for name, some in told.items()}


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Finds any alternative of a pattern."""
    return re.compile("|".join(_patterns()[name]))


def named(prefix: str) -> list[str]:
    """Names of the patterns that begin with a prefix, in order, without it."""
    return [name.removeprefix(prefix) for name in _patterns() if name.startswith(prefix)]


@cache
def labelled(task: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Label of a task -> what people say who mean it, beside its words."""
    return tuple((label, pattern(f"is:{task}:{label}")) for label in named(f"is:{task}:"))


@cache
def _patterns() -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for line in (_HERE / "patterns.tsv").read_text("utf-8").splitlines():
        name, alternative = line.split("\t")
        told.setdefault(name, []).append(alternative)
    return told
