"""What a shopper leaves in a file: his names, and words of his that nobody else wrote."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from purchase_agent.redact import Redactor

# What a name must not run on into: signs of an id, and a dot or hyphen only with more of it behind.
_BEFORE, _AFTER = r"(?<![A-Za-z0-9_])(?<![A-Za-z0-9_][@.+-])", r"(?![A-Za-z0-9_]|[@.+-][A-Za-z0-9_])"
_SHORT_NAME = 6
"""A shorter name is looked for as a whole cell only: 12 is in many texts."""
_SHORT_WORDS = 12
"""Shorter words are looked for as members of a list only."""
_ESCAPE = r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})'
_ESCAPES = re.compile(f"{_ESCAPE}(?:{_ESCAPE})*")  # begins with one sign, so that files without it are soon read
_HEXADECIMAL = re.compile(r"(?<=\\u)[0-9a-f]{4}")
_DEEPEST = 3
"""How often JSON may stand in JSON, as a record in a message of a log does."""


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
        longer = [name for name in self.names if len(name) >= _SHORT_NAME]
        self._named = _any_of(f"{_BEFORE}(?:", longer, f"){_AFTER}")
        self._forms = {form.encode("utf-8", "surrogatepass") for name in longer for form in _forms(name)}
        self._said = _any_of("", (word for word in self.words if len(word) >= _SHORT_WORDS), "")

    def is_his(self, value: Any) -> bool:
        """Whether a cell, or anything in it, is one of his names or holds one."""
        if isinstance(value, str):
            return value in self.names or _found(self._named, value)
        if isinstance(value, dict):
            return any(self.is_his(one) for one in (*value, *value.values()))
        return isinstance(value, list | tuple) and any(self.is_his(one) for one in value)

    def holds_words(self, value: Any) -> bool:
        """Whether anything in a value holds a longer piece of his words."""
        if isinstance(value, str):
            return _found(self._said, value)
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
        """Whether a longer name is among bytes, written as UTF-8 or with the escapes of JSON."""
        if not any(form in content for form in self._forms):  # most of a large file is passed over so
            return False
        return _found(self._named, content.decode("utf-8", "replace"))

    def _is_words(self, one: Any) -> bool:
        words = one.get("quote") or one.get("text") if isinstance(one, dict) else one
        return isinstance(words, str) and words in self.words


def _forms(name: str) -> Iterator[str]:
    """A name as it is and as JSON has it with nothing but ASCII, hexadecimal digits in small letters or capitals."""
    for _ in range(_DEEPEST + 1):
        yield name
        yield _HEXADECIMAL.sub(lambda digits: digits[0].upper(), name)
        name = json.dumps(name)[1:-1]


def _found(words: re.Pattern[str] | None, text: str) -> bool:
    return words is not None and any(words.search(one) for one in _readings(text))


def _readings(text: str) -> Iterator[str]:
    """A text, and as it reads where it is JSON, or JSON within that: many writers leave no letter but ASCII there."""
    yield text
    for _ in range(_DEEPEST):
        plain = _ESCAPES.sub(lambda some: str(json.loads(f'"{some[0]}"')), text)
        if plain == text:
            return
        yield plain
        text = plain


def _any_of(before: str, words: Iterable[str], after: str) -> re.Pattern[str] | None:
    """Longer ones first, so that the whole of one is found and not another that it begins with."""
    ordered = sorted(words, key=len, reverse=True)
    return re.compile(before + "|".join(map(re.escape, ordered)) + after) if ordered else None
