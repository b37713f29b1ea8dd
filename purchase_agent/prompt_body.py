"""The body of a prompt file: sections of messages, cut apart before anything is rendered, each a template in a sandbox.

    === language en         what follows is for this language; what stands before any such line is for every language
    === system              the task; sees the inputs that are the same for all shoppers
    === example user        with the next one, once for each example; sees the example's own inputs
    === example assistant   sees its ``answer`` too
    === user                the shopper; sees all inputs

Values are put into a section that is already one message of one role, and have no line breaks left: no value can open a
message, a section or a line. Templates see plain data only, in Jinja's sandbox, with no files to include.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from purchase_agent.errors import PromptError

Message = dict[str, str]
"""``role`` and ``content``."""

STATIC_INPUTS = ("language", "fields", "examples")
"""The same for all shoppers of a language."""
SHOPPER_INPUTS = ("today", "delimiter", "sentences", "target")
ANSWER = "answer"
LANGUAGES = ("en", "zh")
SYSTEM, EXAMPLE_USER, EXAMPLE_ASSISTANT, USER = "system", "example user", "example assistant", "user"
SECTIONS = (SYSTEM, EXAMPLE_USER, EXAMPLE_ASSISTANT, USER)

_HEADING = re.compile(r"=== +(.*?) *")
_ANY = ""
_INCLUDING = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)
_RUNTIME_ERRORS = (
    TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Section:
    line: int
    template: Template
    names: frozenset[str]


class Body:
    """The sections of one file, compiled.

    Args:
        path: the file, for errors.
        lines: of the body.
        first: number of the first of them in the file.
        inputs: names the file declares.

    Raises:
        PromptError: a section is unknown, doubled or missing, or is no template of the declared inputs.
    """

    def __init__(self, path: Path, lines: Sequence[str], first: int, inputs: Sequence[str]) -> None:
        self._path = path
        self._inputs = tuple(inputs)
        self._environment = ImmutableSandboxedEnvironment(
            undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True, loader=None
        )
        self._environment.globals.clear()
        given: dict[str, dict[str, _Section]] = {_ANY: {}}
        for language, name, line, text in self._cut(lines, first):
            sections = given.setdefault(language, {})
            if name in sections:
                raise PromptError(f"a second section `{name}`", path=path, line=line, hint="join the two")
            sections[name] = self._compiled(name, line, text)
        shared = given.pop(_ANY)
        self._sections = {language: {**shared, **own} for language, own in given.items()} or {_ANY: shared}
        for language, sections in self._sections.items():
            self._complete(language, sections, first)

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages the file is written in."""
        return LANGUAGES if _ANY in self._sections else tuple(self._sections)

    def static(self, values: Mapping[str, Any]) -> list[Message]:
        """Messages before the shopper's: the task and the examples."""
        sections = self._of(values)
        messages = [self._message("system", sections[SYSTEM], values)]
        for example in values["examples"] if "examples" in self._inputs else ():
            own = {**{name: values[name] for name in STATIC_INPUTS if name in self._inputs}, **example}
            messages.append(self._message("user", sections[EXAMPLE_USER], own))
            messages.append(self._message("assistant", sections[EXAMPLE_ASSISTANT], own))
        return messages

    def last(self, values: Mapping[str, Any]) -> Message:
        """The shopper's message."""
        return self._message("user", self._of(values)[USER], values)

    def _of(self, values: Mapping[str, Any]) -> Mapping[str, _Section]:
        language = values["language"]
        if _ANY in self._sections:
            return self._sections[_ANY]
        if language not in self._sections:
            raise PromptError(
                f"not written in {str(language)[:20]!r}", path=self._path,
                hint=f"add `=== language {'zh' if language == 'zh' else 'en'}` with its sections",
            )  # fmt: skip
        return self._sections[language]

    def _cut(self, lines: Sequence[str], first: int) -> list[tuple[str, str, int, str]]:
        """(language, section, number of its heading, text) of each section."""
        found: list[tuple[str, str, int, list[str]]] = []
        language = _ANY
        open_section = False
        for number, line in enumerate(lines, start=first):
            match = _HEADING.fullmatch(line)
            if match is None:
                if open_section:
                    found[-1][3].append(line)
                elif line.strip():
                    raise PromptError(
                        "words outside a section", path=self._path, line=number, hint="put `=== system` before them"
                    )
                continue
            heading = " ".join(match[1].split())
            open_section = heading in SECTIONS
            if open_section:
                found.append((language, heading, number, []))
            elif heading.removeprefix("language ") in LANGUAGES:
                language = heading.removeprefix("language ")
            else:
                known = ", ".join(f"`=== {name}`" for name in (*SECTIONS, *(f"language {one}" for one in LANGUAGES)))
                raise PromptError(
                    f"unknown section `{heading[:60]}`", path=self._path, line=number, hint=f"known: {known}"
                )
        return [(language, name, line, "\n".join(text)) for language, name, line, text in found]

    def _compiled(self, name: str, line: int, text: str) -> _Section:
        source = "\n" * line + text  # so that the template's own line numbers are those of the file
        try:
            tree = self._environment.parse(source)
            names = self._permitted(name, tree)
            code = self._environment.compile(tree, filename=str(self._path))
        except TemplateSyntaxError as error:
            raise PromptError(
                f"section `{name}`: {error.message}", path=self._path, line=error.lineno, hint="mend the template"
            ) from error
        except RecursionError as error:
            raise PromptError(
                f"section `{name}` is nested too deeply", path=self._path, line=line, hint="make it simpler"
            ) from error
        return _Section(line, Template.from_code(self._environment, code, {}), names)

    def _permitted(self, name: str, tree: nodes.Template) -> frozenset[str]:
        """Names of the inputs that a section uses, if it may."""
        for node in tree.find_all(_INCLUDING):
            raise PromptError(
                "a prompt cannot include or import other files", path=self._path, line=node.lineno,
                hint="write the words here",
            )  # fmt: skip
        allowed = set(self._inputs)
        if name == SYSTEM:
            allowed -= set(SHOPPER_INPUTS)
        elif name == EXAMPLE_ASSISTANT:
            allowed.add(ANSWER)
        names = frozenset(meta.find_undeclared_variables(tree))
        for wrong in sorted(names - allowed):
            line = min(node.lineno for node in tree.find_all(nodes.Name) if node.name == wrong)
            if wrong in self._inputs:
                why, hint = f"section `{name}` uses `{wrong}`, which is a shopper's own", f"only `{USER}` may use it"
            else:
                why, hint = f"section `{name}` uses `{wrong}`, which is not declared", "name it under `inputs`"
            raise PromptError(why, path=self._path, line=line, hint=hint)
        return names

    def _complete(self, language: str, sections: Mapping[str, _Section], first: int) -> None:
        needed = [SYSTEM, USER, *([EXAMPLE_USER, EXAMPLE_ASSISTANT] if "examples" in self._inputs else [])]
        where = f" of language {language}" if language else ""
        for name in needed:
            if name not in sections:
                raise PromptError(
                    f"no section `{name}`{where}", path=self._path, line=first, hint=f"add a line `=== {name}`"
                )
        for name in (EXAMPLE_USER, EXAMPLE_ASSISTANT):
            if name in sections and name not in needed:
                raise PromptError(
                    f"section `{name}`, but no examples are asked for", path=self._path, line=sections[name].line,
                    hint="name `examples` under `inputs`",
                )  # fmt: skip

    def _message(self, role: str, section: _Section, values: Mapping[str, Any]) -> Message:
        try:
            content = section.template.render({name: plain(values[name]) for name in section.names if name in values})
        except _RUNTIME_ERRORS as error:
            frames = traceback.extract_tb(error.__traceback__)
            lines = [frame.lineno for frame in frames if frame.filename == str(self._path)]
            raise PromptError(
                str(error)[:300] or type(error).__name__, path=self._path, line=lines[-1] if lines else section.line,
                hint="mend the template, or what it is given",
            ) from error  # fmt: skip
        return {"role": role, "content": content.strip("\n")}


def plain(value: Any) -> Any:
    """A copy of plain data alone, each text on one line: numbers, texts, lists and mappings; data classes as mappings.

    Raises:
        PromptError: anything else.
    """
    if isinstance(value, str):
        return " ".join(value.splitlines())
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    raise PromptError(f"an input of type {type(value).__name__}", hint="give texts, numbers, lists and mappings")
