"""Prompt files: found by name, a user's own before ours, checked, and rendered to messages.

A prompt ``purchase/zero`` is the file ``purchase/zero.prompt.md`` of a prompt folder: YAML between two lines ``---``
(name, description, version, inputs, fields), then the body that ``prompt_body`` describes. Messages that are the same
for all shoppers of a language come first, so that a server's prefix cache serves them.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml

from purchase_agent.errors import PromptError
from purchase_agent.labels import QUOTED
from purchase_agent.prompt_body import SHOPPER_INPUTS, STATIC_INPUTS, Body, Message, plain

SUFFIX = ".prompt.md"
FIELDS = (
    "intent", "flags", "sentiment", "motivation", "barrier", "next_action", "timing", "purchase", "quotes",
)  # fmt: skip
"""What a prompt can ask for, in the order of an answer; ``quotes`` always."""
INPUTS = (*STATIC_INPUTS, *SHOPPER_INPUTS)
"""What a prompt can be given."""
MAX_BYTES = 256 * 1024
_KEYS = ("name", "description", "version", "inputs", "fields")
_NEEDED_INPUTS = ("language", "delimiter", "sentences")
_NAME = re.compile(r"[a-z0-9_]+/[a-z0-9_]+")
_FENCE = "---"


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt file.

    Attributes:
        name: such as ``purchase/zero``.
        fields: of ``FIELDS``, asked for in this order.
        inputs: of ``INPUTS``; others are not shown to the templates.
        sha256: of the file's bytes.
        languages: it is written in.
    """

    name: str
    version: str
    description: str
    fields: tuple[str, ...]
    inputs: tuple[str, ...]
    path: Path
    sha256: str
    languages: tuple[str, ...]
    _body: Body
    _inputs_line: int

    def messages(self, inputs: Mapping[str, Any]) -> list[Message]:
        """All messages: those of ``static_messages``, then the shopper's.

        Raises:
            PromptError: an input is missing or unknown, or does not fit the template; names file and line.
        """
        return [*self.static_messages(inputs), self.user_message(inputs)]

    def static_messages(self, inputs: Mapping[str, Any]) -> list[Message]:
        """The task and the examples, from ``STATIC_INPUTS`` alone."""
        self._check(inputs, STATIC_INPUTS)
        return self._body.static(inputs)

    def user_message(self, inputs: Mapping[str, Any]) -> Message:
        """The last message: the only one that holds anything of the shopper."""
        self._check(inputs, INPUTS)
        return self._body.last(inputs)

    def digest(self, examples: Sequence[Mapping[str, Any]]) -> str:
        """SHA-256 of the file and the examples shown with it; ``sha256`` where the prompt shows none."""
        if "examples" not in self.inputs:
            return self.sha256
        shown = json.dumps(plain(examples), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(f"{self.sha256}\n{shown}".encode("utf-8", "surrogatepass")).hexdigest()

    def _check(self, inputs: Mapping[str, Any], needed: Sequence[str]) -> None:
        for name in inputs:
            if name not in INPUTS:
                self._refuse(f"no prompt has an input {str(name)[:40]!r}", f"known: {', '.join(INPUTS)}")
        for name in self.inputs:
            if name in needed and name not in inputs:
                self._refuse(f"the input `{name}` is missing", "give it, or take it from `inputs`")

    def _refuse(self, message: str, hint: str) -> NoReturn:
        raise PromptError(message, path=self.path, line=self._inputs_line, hint=hint)


@dataclass(frozen=True, slots=True)
class Listed:
    """A prompt that can be chosen. ``error`` says why it cannot be used; ``overrides`` that it hides one behind it."""

    name: str
    version: str
    description: str
    path: Path
    overrides: bool
    error: PromptError | None = None


def shipped_prompts() -> Path:
    """The folder of our own prompts: inside the installed package, beside it in the source tree."""
    package = Path(__file__).parent
    inside = package / "prompts"
    return inside if inside.is_dir() else package.parent / "prompts"


def load_prompt(name: str, folders: Sequence[Path]) -> Prompt:
    """The prompt of this name from the first folder that has it.

    Raises:
        PromptError: there is none, or it cannot be used.
    """
    if _NAME.fullmatch(name):
        for folder in folders:
            path = folder / f"{name}{SUFFIX}"
            if path.is_file():
                return read_prompt(path, name)
    known = sorted({one for folder in folders for one, _ in _files(folder)})
    near = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known) or 'none'}"
    raise PromptError(f"no prompt {name[:80]!r} in {', '.join(map(str, folders))}", hint=hint)


def list_prompts(folders: Sequence[Path]) -> list[Listed]:
    """Every prompt that can be chosen, by name; a file that cannot be used is listed with its error."""
    places: dict[str, list[Path]] = {}
    for folder in folders:
        for name, path in _files(folder):
            places.setdefault(name, []).append(path)
    out = []
    for name, (path, *hidden) in sorted(places.items()):
        try:
            prompt = read_prompt(path, name)
        except PromptError as error:
            out.append(Listed(name, "", "", path, bool(hidden), error))
        else:
            out.append(Listed(name, prompt.version, prompt.description, path, bool(hidden)))
    return out


def read_prompt(path: Path, name: str) -> Prompt:
    """A prompt file, checked from end to end.

    Raises:
        PromptError: names file and line and says what to do.
    """
    raw = read_limited(path, MAX_BYTES)
    try:
        lines = raw.decode("utf-8-sig").replace("\r\n", "\n").split("\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise PromptError("not UTF-8", path=path, line=line, hint="save the file as UTF-8") from error
    end = _front_matter_end(path, lines)
    head = _Head(path, lines[1:end])
    if head.text("name") != name:
        head.refuse("name", f"the name is not that of the file: {name}", f"write `name: {name}`")
    fields = head.names("fields", FIELDS)
    if list(fields) != [one for one in FIELDS if one in fields] or fields[-1:] != ("quotes",):
        head.refuse("fields", "fields are not in the order of an answer", f"choose from, in order: {', '.join(FIELDS)}")
    if not any(one in QUOTED for one in fields):
        head.refuse("fields", "no field that words could support", f"ask for one of: {', '.join(QUOTED)}")
    inputs = head.names("inputs", INPUTS)
    for needed in _NEEDED_INPUTS:
        if needed not in inputs:
            head.refuse("inputs", f"`{needed}` is not among the inputs", "without it no shopper can be asked about")
    body = Body(path, lines[end + 1 :], end + 2, inputs)
    return Prompt(
        name=name, version=head.text("version"), description=head.text("description"), fields=fields, inputs=inputs,
        path=path, sha256=hashlib.sha256(raw).hexdigest(), languages=body.languages, _body=body,
        _inputs_line=head.line("inputs"),
    )  # fmt: skip


def read_limited(path: Path, limit: int) -> bytes:
    """The bytes of a file of at most ``limit``.

    Raises:
        PromptError: it is larger, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(limit + 1)
    except OSError as error:
        raise PromptError(f"cannot be read: {error.strerror}", path=path, hint="check the file") from error
    if len(raw) > limit:
        raise PromptError(f"larger than {limit // 1024} KiB", path=path, hint="make it shorter")
    return raw


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.glob(f"*/*{SUFFIX}")):
        name = path.relative_to(folder).as_posix().removesuffix(SUFFIX)
        if _NAME.fullmatch(name) and path.is_file():
            yield name, path


def _front_matter_end(path: Path, lines: Sequence[str]) -> int:
    hint = f"begin the file with a line `{_FENCE}`, then {', '.join(_KEYS)}, then `{_FENCE}`"
    if lines[0].rstrip() != _FENCE:
        raise PromptError("no front matter", path=path, line=1, hint=hint)
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == _FENCE:
            return number
    raise PromptError("the front matter has no end", path=path, line=len(lines), hint=hint)


class _Head:
    """The front matter of one file; every error names its line."""

    def __init__(self, path: Path, lines: Sequence[str]) -> None:
        self._path = path
        self._lines = lines
        try:
            found = yaml.safe_load("\n".join(lines))
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            mark = getattr(error, "problem_mark", None)
            line = (mark.line if mark is not None else 0) + 2
            problem = getattr(error, "problem", None) or type(error).__name__
            raise PromptError(
                f"the front matter is not YAML: {problem}", path=path, line=line, hint="quote texts with `:` or `#`"
            ) from error
        self._found: Mapping[Any, Any] = found if isinstance(found, dict) else {}
        for key in self._found:
            if key not in _KEYS:
                self.refuse(str(key), f"unknown key `{str(key)[:40]}`", f"known: {', '.join(_KEYS)}")

    def line(self, key: str) -> int:
        """Number of the line that gives ``key``, else of the first."""
        places = [place for place, line in enumerate(self._lines, start=2) if line.startswith(f"{key}:")]
        return places[0] if places else 2

    def text(self, key: str) -> str:
        value = self._found.get(key)
        if not isinstance(value, str) or not value.strip():
            self.refuse(key, f"`{key}` must be a text", f'write {key}: "..."')
        return " ".join(value.split())

    def names(self, key: str, known: Sequence[str]) -> tuple[str, ...]:
        value = self._found.get(key)
        if not isinstance(value, list) or not value:
            self.refuse(key, f"`{key}` must be a list", f"write {key}: [{known[0]}, ...]")
        for one in value:
            if one not in known:
                near = difflib.get_close_matches(str(one)[:40], known, 1)
                hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
                self.refuse(key, f"`{key}` has an unknown name {str(one)[:40]!r}", hint)
        if len(set(value)) < len(value):
            self.refuse(key, f"`{key}` names something twice", "name each once")
        return tuple(value)

    def refuse(self, key: str, message: str, hint: str) -> NoReturn:
        raise PromptError(message, path=self._path, line=self.line(key), hint=hint)
