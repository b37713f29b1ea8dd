"""What a shopper leaves in a file: his names, and words of his that nobody else wrote."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from itertools import groupby
from os.path import commonprefix
from typing import Any, get_args
from unicodedata import east_asian_width

from purchase_agent import labels
from purchase_agent.clean import clean
from purchase_agent.prediction import Status
from purchase_agent.prompts import SUFFIX, shipped_prompts
from purchase_agent.redact import Redactor

# What a name must not run on into: signs of an id, and a dot or hyphen only with more of it behind.
_BEFORE, _AFTER = r"(?<![A-Za-z0-9_])(?<![A-Za-z0-9_][@.+-])", r"(?![A-Za-z0-9_]|[@.+-][A-Za-z0-9_])"
_SHORT_NAME = 6
"""A shorter name is looked for as a whole cell only: 12 is in many texts."""
LONG = 12
"""Columns (see ``_columns``) from which on words are found anywhere, in rows of others as well; shorter ones are where
they stand alone: a member of a list, a message."""
_LONG_PART = 24
"""The same of a clause: "I am looking for" is in many texts."""
_TELLING = 3
"""Columns; what is shorter tells of nobody and is not counted where it is left."""
_CLAUSES = 24  # of a text, at most; as prompts show it
_PLACEHOLDER = re.compile(r"\[[A-Z_]+_\d+\]")
_LETTER = re.compile(r"[^\W\d_]")
OWNERS = ("shopper_id", "customer_id", "user_id")
"""Columns that say whose row it is."""
_COUNTED = "shoppers"
"""Column of reports with the number of shoppers that a row counts."""
_BRANCHES = 8  # deeper ones are tried in turn: expressions nest only so far
_ANYBODYS = frozenset(
    word.casefold()
    for word in (
        *(name for kind in (
            labels.Channel, labels.Role, labels.Intent, labels.Sentiment, labels.Motivation, labels.Barrier,
            labels.Action, labels.Timing, labels.TimingReason, labels.Advice, Status,
        ) for name in get_args(kind)),
        "user", "assistant", "system", "debug", "info", "warning", "error", "true", "false", "null", "local", "llm",
        "thanks", "thank you", "ok", "okay", "yes", "no", "hi", "hello", "bye", "please", "good", "great", "nice",
        "谢谢", "谢谢你", "你好", "您好", "好", "好的", "好吧", "可以", "是", "是的", "不", "不是", "没有",
        "有", "嗯", "行",
    )
)  # fmt: skip
"""Alone they are nobody's words: our labels, and what everybody says."""
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
        parts: pieces of that, as ``pieces`` makes them: a clause may be anybody's where a text is not.
    """

    def __init__(self, names: Iterable[str], words: Iterable[str] = (), parts: Iterable[str] = ()) -> None:
        self.names = frozenset(names)
        held = {word for word in words if word.strip()}
        self.words = frozenset(held | {Redactor().redact(word).text for word in held})
        self._parts = frozenset(parts) - self.words
        longer = [name for name in self.names if len(name) >= _SHORT_NAME]
        self._named = _any_of(f"{_BEFORE}(?:", longer, f"){_AFTER}")
        self._forms = {form.encode("utf-8", "surrogatepass") for name in longer for form in _forms(name)}
        said = {word for word in self.words if _columns(word) >= LONG}
        said |= {part for part in self._parts if _columns(part) >= _LONG_PART}
        short = {word.strip() for word in (self.words | self._parts) - said if _LETTER.search(word)}
        common = {word for word in said | short if word.strip().casefold() in _ANYBODYS}
        common |= _in_prompts(said, short - common) if said | short else set()
        self._said = _pattern("", said - common, "")
        self._alone = _alone(short - common)
        told = {word for word in short | common if _columns(word) >= (LONG if word in self._parts else _TELLING)}
        self._unsure = _pattern(r"(?<![A-Za-z0-9_])", told, r"(?![A-Za-z0-9_])")

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

    def is_said(self, row: Any) -> bool:
        """Whether a row is his by his words: it holds a longer piece, or a shorter one alone and is not of others."""
        return self.holds_words(row) or (not self._of_others(row) and self._stands_alone(row))

    def in_line(self, line: str) -> bool:
        """Whether a line of a log tells of him."""
        return line.strip() in self.names or self.is_his(line) or self.is_said(line)

    def left_in(self, row: Any) -> set[str]:
        """Words of his in a row that stays, too short or too common to say that they are his there."""
        if self._unsure is None or self._of_others(row):
            return set()
        if isinstance(row, str):
            return {found[0] for one in _readings(row) for found in self._unsure.finditer(one)}
        inner = row.values() if isinstance(row, dict) else row if isinstance(row, list | tuple) else ()
        return {word for one in inner for word in self.left_in(one)}

    def without_words(self, value: Any, least: int = 0) -> tuple[Any, int]:
        """A value whose lists lack his words, and how many were taken out; in rows of others longer ones only.

        Args:
            least: columns of the shortest that is taken out.
        """
        if isinstance(value, dict):
            least = LONG if self.is_anothers(value) else least
            pairs = {name: self.without_words(one, least) for name, one in value.items()}
            return {name: one for name, (one, _) in pairs.items()}, sum(number for _, number in pairs.values())
        if not isinstance(value, list):
            return value, 0
        kept = [self.without_words(one, least) for one in value if not self._is_words(one, least)]
        return [one for one, _ in kept], len(value) - len(kept) + sum(number for _, number in kept)

    def is_anothers(self, row: Any) -> bool:
        """Whether a row says that it is somebody else's."""
        owners = [row.get(name) for name in OWNERS] if isinstance(row, Mapping) else []
        named = [owner for owner in owners if owner not in (None, "", [""])]
        return bool(named) and not any(self.is_his(str(owner) if isinstance(owner, int) else owner) for owner in named)

    def words_in_bytes(self, content: bytes) -> bool:
        """Whether a longer piece of his words is among bytes, as ``in_bytes`` looks for names."""
        return self._said is not None and _found(self._said, content.decode("utf-8", "replace"))

    def in_bytes(self, content: bytes) -> bool:
        """Whether a longer name is among bytes, written as UTF-8 or with the escapes of JSON."""
        if not any(form in content for form in self._forms):  # most of a large file is passed over so
            return False
        return _found(self._named, content.decode("utf-8", "replace"))

    def _is_words(self, one: Any, least: int) -> bool:
        words = one.get("quote") or one.get("text") if isinstance(one, dict) else one
        if not isinstance(words, str) or _columns(words) < (LONG if words in self._parts else least):
            return False
        # A list of labels is no list of words.
        known = isinstance(one, dict) or words.strip().casefold() not in _ANYBODYS
        return known and (words in self.words or words in self._parts)

    def _of_others(self, row: Any) -> bool:
        """Whether a row is somebody else's, or counts several shoppers: what is short there is not his alone."""
        if not isinstance(row, Mapping):
            return False
        counted = row.get(_COUNTED)
        if isinstance(counted, list) and len(counted) == 1:  # a cell of CSV
            counted = int(counted[0]) if counted[0].isdecimal() else None
        return self.is_anothers(row) or (isinstance(counted, int) and counted > 1)

    def _stands_alone(self, value: Any) -> bool:
        if isinstance(value, str):
            return _found(self._alone, value)
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
        return any(self._stands_alone(one) for one in inner)


def pieces(text: str) -> set[str]:
    """What is made of a text where it is shown or logged: its lines, and its clauses as a prompt has them.

    Without what is put in place of personal data, whose number is another in each place.
    """
    # Imported here: what reads texts takes a while to load, and only erasing needs it.
    from purchase_agent.predictors.quotes import clauses

    found = set(text.splitlines())
    for one in {text, clean(text).text}:
        for part in {one, *_PLACEHOLDER.split(Redactor().redact(one).text)}:
            for most in (_CLAUSES, len(part)):  # neighbours joined, and each alone
                found |= {part, *(part[start:end] for start, end in clauses(part, most, len(part)))}
    return {one for some in found for one in (some.strip(), " ".join(some.split())) if one}


def _columns(word: str) -> int:
    """How much a word says, in Latin letters: a Chinese character says as much as three."""
    return sum(3 if east_asian_width(one) in "WF" and one.isalpha() else 1 for one in word)


@cache
def _prompts() -> str:
    """What each request to a model says, whoever is asked about."""
    bodies = [file.read_text("utf-8") for file in sorted(shipped_prompts().rglob(f"*{SUFFIX}"))]
    told = [
        f"{one.name}: {words}" for task in labels.DEFINITIONS.values() for one in task for words in (one.en, one.zh)
    ]
    return "\n".join([*bodies, *told])


def _in_prompts(said: Collection[str], short: Collection[str]) -> set[str]:
    """Which of his words stand in every request: by them no request is his."""
    found = {word for word in said if word in _prompts()}
    alone = _alone(short)
    return found | ({one["whole"] or one["quoted"] for one in alone.finditer(_prompts())} if alone else set())


def _alone(words: Collection[str]) -> re.Pattern[str] | None:
    """Words that are all of a line or cell, of what follows a colon or a sentence's number in it, or of a quotation."""
    if not words:
        return None
    any_of = _branches(sorted(words))
    before = r"(?:^[ \t]*(?:\d+[.)]?[ \t]+)?|: |：|=|\t|\| )[ \t]*"
    return re.compile(rf"{before}(?P<whole>{any_of})[ \t\r]*$|[\"'“‘「](?P<quoted>{any_of})[\"'”’」]", re.MULTILINE)


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


def _pattern(before: str, words: Collection[str], after: str) -> re.Pattern[str] | None:
    return re.compile(f"{before}(?:{_branches(sorted(words))}){after}") if words else None


def _branches(words: list[str], deep: int = 0) -> str:
    """An expression for any of some sorted words that tries few of them at a place: thousands may be looked for."""
    if len(words) < 2 or deep == _BRANCHES:
        return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    parts = []
    for _, some in groupby(words, key=lambda word: word[:1]):
        group = list(some)
        start = commonprefix(group)  # noqa: RUF071 -- of words, not of paths
        rest = [word[len(start) :] for word in group]
        longer = [word for word in rest if word]
        ends = "?" if "" in rest else ""
        parts.append(re.escape(start) + (f"(?:{_branches(longer, deep + 1)}){ends}" if longer else ""))
    return "|".join(parts)
