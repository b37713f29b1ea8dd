"""A prompt with the layout of its answer, ready to be put to a model: the static messages are made once a language."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from purchase_agent.errors import PromptError, SettingsError
from purchase_agent.prediction import PromptReference
from purchase_agent.predictors.llm.layout import LABELS, Layout
from purchase_agent.prompt_body import Message
from purchase_agent.prompt_examples import choose, read_examples
from purchase_agent.prompts import Prompt, load_prompt

EXAMPLES = 6
"""Worked examples of a few-shot prompt: one for each intent."""


class Asking:
    """One prompt.

    Args:
        folders: prompt folders, where worked examples are looked for.
        order: letters of the answer in another order than that of the labels, to measure position bias.
    """

    def __init__(
        self, prompt: Prompt, folders: Sequence[Path], order: Mapping[str, Sequence[int]] | None = None
    ) -> None:
        self.prompt = prompt
        self.layout = Layout(tuple(name for name in prompt.fields if name in LABELS), order or {})
        self._static: dict[str, list[Message]] = {}
        self._fixed: dict[str, dict[str, Any]] = {}
        shown: list[dict[str, Any]] = []
        for language in prompt.languages:
            inputs: dict[str, Any] = {"language": language, "fields": self.layout.catalogue(language)}
            if "examples" in prompt.inputs:
                chosen = choose(read_examples(folders, language), "", EXAMPLES)
                inputs["examples"] = [
                    {**one.inputs(), "answer": self.layout.write(one.labels, one.quotes)} for one in chosen
                ]
                shown += inputs["examples"]
            self._fixed[language] = inputs
        self.sha256 = prompt.digest(shown)

    def written_in(self, language: str) -> bool:
        """Whether a shopper who wrote in this language can be asked about."""
        return language in self._fixed

    def messages(self, inputs: Mapping[str, Any]) -> list[Message]:
        """The messages for one shopper, whose ``inputs`` hold all that is not static, and ``language``.

        Raises:
            PromptError: the prompt is not written in that language, or cannot be rendered.
        """
        language = str(inputs["language"])
        if not self.written_in(language):
            raise PromptError(
                f"not written in {language[:20]!r}", path=self.prompt.path,
                hint=f"add `=== language {language[:20]}` with its sections, or choose another prompt",
            )  # fmt: skip
        fixed = self._fixed[language]
        if language not in self._static:
            self._static[language] = self.prompt.static_messages({**inputs, **fixed})
        return [*self._static[language], self.prompt.user_message({**inputs, **fixed})]


def load_asking(name: str, folders: Sequence[Path]) -> Asking:
    """The prompt of this name; see ``load_prompt``."""
    return Asking(load_prompt(name, folders), folders)


def together(parts: Sequence[Asking]) -> PromptReference:
    """How the prompts that make one prediction are named.

    Raises:
        SettingsError: they leave a field out, or ask for one twice (but for the purchase: intent and timing need it).
    """
    fields = [name for part in parts for name in part.layout.fields]
    lacking = [name for name in LABELS if name not in fields]
    twice = sorted({name for name in fields if fields.count(name) > 1 and name != "purchase"})
    names = "+".join(part.prompt.name for part in parts)
    if lacking or twice:
        wrong = f"nobody asks for {', '.join(lacking)}" if lacking else f"asked for twice: {', '.join(twice)}"
        raise SettingsError(f"the prompts {names} make no whole prediction: {wrong}", hint="use purchase/zero")
    digest = parts[0].sha256
    if len(parts) > 1:
        digest = hashlib.sha256("\n".join(part.sha256 for part in parts).encode()).hexdigest()
    return PromptReference(name=names, version="+".join(part.prompt.version for part in parts), sha256=digest)
