"""Messages and answers as tokens, by the model's own tokenizer and chat template: those that a server applies.

The loss is taken on the answer alone. At a deciding place every letter that is one token there gets its share of the
distribution to learn; everywhere else the token written gets all of it.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from string import ascii_uppercase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from purchase_agent.errors import ModelFileError
from purchase_agent.predictors.llm.layout import LABELS, MANY, Layout
from purchase_agent.training.llm_rows import Floats

QUOTE_WEIGHT = 0.5
"""Of the numbers of sentences in the loss: they are another model's finding, not a reader's."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A prompt and its answer.

    Attributes:
        ids: tokens that the model sees.
        start: place of the answer's first token.
        weights: of each of the answer's tokens in the loss.
        owners, tokens, chances: which tokens should be how probable where: number within the answer, token, chance.
    """

    ids: list[int]
    start: int
    weights: NDArray[np.float32]
    owners: NDArray[np.int32]
    tokens: NDArray[np.int32]
    chances: NDArray[np.float32]


class Coder:
    """Writes prompts and answers as tokens.

    Args:
        tokenizer: of transformers, with a chat template.

    Raises:
        ModelFileError: it has no chat template, or nothing ends an answer.
    """

    def __init__(self, tokenizer: Any, layout: Layout) -> None:
        if not getattr(tokenizer, "chat_template", None):
            raise ModelFileError("the base model has no chat template", hint="choose an instruction-tuned model")
        self._tokenizer, self.layout = tokenizer, layout
        self.end = self._end()
        self.text_of = cache(lambda token: tokenizer.decode([token], skip_special_tokens=False))
        self._single = cache(self._one_token)

    def prompt(self, messages: Sequence[Mapping[str, str]]) -> list[int]:
        """Tokens of the messages up to where the model begins to answer."""
        return self._ids(self._applied(messages, answer=None))

    def encoded(
        self, messages: Sequence[Mapping[str, str]], content: str, targets: Mapping[str, Floats],
        rng: random.Random, *, quoted: bool, misread: float = 0.0,
    ) -> Encoded:  # fmt: skip
        """A prompt with its answer.

        Args:
            targets: field -> distribution to learn; a field that is missing is not learned.
            quoted: whether the sentences named are learned.
            misread: share of the letters that the model sees replaced by another. It must not lean on its own earlier
                letters alone, some of which will be wrong.
        """
        prompt, answer = self.prompt(messages), self._ids(content)
        starts = [0, *accumulate(len(self.text_of(token)) for token in answer)]
        if "".join(map(self.text_of, answer)) != content:
            raise ModelFileError("the tokenizer does not give an answer back as it was written")
        wanted: list[list[tuple[int, float]]] = [[(token, 1.0)] for token in answer]
        weights = [1.0] * len(answer)
        seen = list(answer)
        for name, (start, value) in self.layout.values(content).items():
            weight = float(name in targets) if name in LABELS else QUOTE_WEIGHT * quoted
            letters = "yn" if name in MANY else ascii_uppercase[: len(LABELS[name])] if name in LABELS else ""
            for step in range(0, len(value), 2 if letters else 1):
                number = bisect_right(starts, start + step) - 1
                weights[number] = weight
                if not letters:
                    continue
                tokens = self._single(self.text_of(answer[number]), start + step - starts[number], letters)
                if tokens is None:
                    continue
                if name in targets:
                    wanted[number] = list(zip(tokens, self._shares(name, step, targets[name]), strict=True))
                if misread and rng.random() < misread:
                    seen[number] = rng.choice(tokens)
        wanted.append([(self.end, 1.0)])
        cells = [(number, token, chance) for number, one in enumerate(wanted) for token, chance in one]
        owners, learned, chances = zip(*cells, strict=True)
        return Encoded(
            [*prompt, *seen, self.end], len(prompt), np.asarray([*weights, 1.0], np.float32),
            np.asarray(owners, np.int32), np.asarray(learned, np.int32), np.asarray(chances, np.float32),
        )  # fmt: skip

    def _shares(self, name: str, step: int, target: Floats) -> list[float]:
        places = list(self.layout.places(name))
        if name in MANY:
            chance = float(target[places[step // 2]])
            return [chance, 1 - chance]
        return [float(target[place]) for place in places]

    def _one_token(self, text: str, place: int, letters: str) -> list[int] | None:
        """The token with each letter at ``place`` of ``text``; None where that is not always one token."""
        found = [self._ids(f"{text[:place]}{letter}{text[place + 1 :]}") for letter in letters]
        return [ids[0] for ids in found] if all(len(ids) == 1 for ids in found) else None

    def _ids(self, text: str) -> list[int]:
        # No special tokens are added: a chat template brings its own, and a server adds none either.
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def _applied(self, messages: Sequence[Mapping[str, str]], answer: str | None) -> str:
        said = [*messages, *([{"role": "assistant", "content": answer}] if answer is not None else [])]
        return str(self._tokenizer.apply_chat_template(said, tokenize=False, add_generation_prompt=answer is None))

    def _end(self) -> int:
        """The token that ends an answer: what the chat template puts after one, else the end of a text."""
        asked: list[Mapping[str, str]] = [{"role": "user", "content": "?"}]
        before, whole = self._applied(asked, None), self._applied(asked, "{}")
        after = self._ids(whole.removeprefix(before + "{}")) if whole.startswith(before + "{}") else []
        end = after[0] if after else self._tokenizer.eos_token_id
        if end is None:
            raise ModelFileError("nothing in the base model's tokenizer ends an answer", hint="choose another base")
        return int(end)
