"""What a shopper leaves in a file: his names, and words of his that nobody else wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from purchase_agent.redact import Redactor

# What a name must not run on into: signs of an id, and a dot or hyphen only with more of it behind.
_BEFORE, _AFTER = r"(?<![A-Za-z0-9_])(?<![A-Za-z0-9_][@.+-])", r"(?![A-Za-z0-9_]|[@.+-][A-Za-z0-9_])"
_SHORT_NAME = 6
"""A shorter name is looked for as a whole cell only: 12 is in many texts."""
_SHORT_WORDS = 12
"""Shorter words are looked for as members of a list only."""


class Trace:
    """What to look for.

    Args:
        names: his id and whatever stands for it (pseudonym, hashes).
        words: what he wrote, and quotes of it.
    """

    def __init__(self, names: Iterable[str], words: Iterable[str] = ()) -> None:
        self.names = frozenset(names)
        held = {word for word in words if word.strip()}
        self.words = frozenset(held | {Redactor().redact(word).text for word in held})
        self._named = _any_of(f"{_BEFORE}(?:", (name for name in self.names if len(name) >= _SHORT_NAME), f"){_AFTER}")
        self._said = _any_of("", (word for word in self.words if len(word) >= _SHORT_WORDS), "")

    def is_his(self, value: Any) -> bool:
        """Whether a cell, or anything in it, is one of his names or holds one."""
        if isinstance(value, str):
            return value in self.names or (self._named is not None and bool(self._named.search(value)))
        if isinstance(value, dict):
            return any(self.is_his(one) for one in (*value, *value.values()))
        return isinstance(value, list | tuple) and any(self.is_his(one) for one in value)

    def holds_words(self, value: Any) -> bool:
        """Whether anything in a value holds a longer piece of his words."""
        if isinstance(value, str):
            return self._said is not None and bool(self._said.search(value))
        if isinstance(value, dict):
            return any(self.holds_words(one) for one in value.values())
        return isinstance(value, list | tuple) and any(self.holds_words(one) for one in value)

    def in_line(self, line: str) -> bool:
        """Whether a line of a log tells of him."""
        return line.strip() in self.names or self.is_his(line) or self.holds_words(line)

    def without_words(self, value: Any) -> tuple[Any, int]:
        """A value whose lists lack his words, and how many were taken out."""
        if isinstance(value, dict):
            pairs = {name: self.without_words(one) for name, one in value.items()}
            return {name: one for name, (one, _) in pairs.items()}, sum(number for _, number in pairs.values())
        if not isinstance(value, list):
            return value, 0
        kept = [self.without_words(one) for one in value if not self._is_words(one)]
        return [one for one, _ in kept], len(value) - len(kept) + sum(number for _, number in kept)

    def in_bytes(self, content: bytes) -> bool:
        """Whether a longer name is among bytes, written as UTF-8."""
        return self._named is not None and bool(self._named.search(content.decode("utf-8", "replace")))

    def _is_words(self, one: Any) -> bool:
        words = one.get("quote") or one.get("text") if isinstance(one, dict) else one
        return isinstance(words, str) and words in self.words


def _any_of(before: str, words: Iterable[str], after: str) -> re.Pattern[str] | None:
    """Longer ones first, so that the whole of one is found and not another that it begins with."""
    ordered = sorted(words, key=len, reverse=True)
    return re.compile(before + "|".join(map(re.escape, ordered)) + after) if ordered else None
