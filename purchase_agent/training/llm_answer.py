"""Answers of a model at hand, as a server with structured output would give them: greedy, and held to the layout.

At each step only tokens that keep the answer within the layout are left, and their log-probabilities are scaled to one,
as vLLM reports them. So what is read from them by ``predictors.llm.reading`` is what a served model's answer would say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

import torch
from torch import Tensor

from purchase_agent.predictors.llm.layout import LABELS, MANY, Layout
from purchase_agent.predictors.llm.reading import Read, read
from purchase_agent.training.llm_tokens import Coder
from purchase_agent.training.progress import Progress

TOPS = 20
"""Alternatives told at each place."""
_AT_ONCE = 64

Place = tuple[int, int]
"""Where in an answer one is: number of the part, and characters of it that are written."""


@dataclass(frozen=True, slots=True)
class Written:
    """One token of an answer."""

    text: str
    logprob: float
    tops: tuple[tuple[str, float], ...]


class Form:
    """All answers of a layout, character by character: constant parts, one of some letters, numbers of 1-2 digits."""

    def __init__(self, layout: Layout) -> None:
        parts: list[tuple[str, str]] = []
        for number, name in enumerate([*layout.fields, "quotes"]):
            parts.append(("text", f'{"," if number else "{"}"{name}":"'))
            letters = "yn" if name in MANY else ascii_uppercase[: len(LABELS[name])] if name in LABELS else ""
            count = len(LABELS[name]) if name in MANY else 1 if letters else len(layout.quoted)
            for place in range(count):
                parts += [("text", " ")] if place else []
                parts.append(("one", letters) if letters else ("number", ""))
            parts.append(("text", '"'))
        parts.append(("text", "}"))
        self._parts = parts
        self.begin: Place = (0, 0)
        self.end: Place = (len(parts), 0)

    def after(self, place: Place, text: str) -> Place | None:
        """Where one is after ``text``; None where it does not fit."""
        for character in text:
            found = self._step(place, character)
            if found is None:
                return None
            place = found
        return place

    def _step(self, place: Place, character: str) -> Place | None:
        number, done = place
        if number == len(self._parts):
            return None
        kind, signs = self._parts[number]
        if kind == "text":
            if signs[done] != character:
                return None
            return (number, done + 1) if done + 1 < len(signs) else (number + 1, 0)
        if kind == "one":
            return (number + 1, 0) if character in signs else None
        if character.isdecimal() and character.isascii() and done < 2:
            return number, done + 1
        return self._step((number + 1, 0), character) if done else None


class Answerer:
    """Asks a model of transformers on the device where it lies."""

    def __init__(self, model: Any, coder: Coder, words: int) -> None:
        self._model, self._coder = model, coder
        self._form = Form(coder.layout)
        # What cannot stand in any answer is never looked at again.
        signs = set('{}":, yn_0123456789' + ascii_uppercase) | {sign for name in [*LABELS, "quotes"] for sign in name}
        texts = ((token, coder.text_of(token)) for token in range(words))
        self._usable = [(token, text) for token, text in texts if text and set(text) <= signs]
        self._next: dict[Place, tuple[list[int], list[Place]]] = {}

    def answers(self, prompts: Sequence[Sequence[int]], progress: Progress) -> list[Read]:
        """What is read of the answer to each prompt, in their order."""
        out: list[Read | None] = [None] * len(prompts)
        order = sorted(range(len(prompts)), key=lambda place: len(prompts[place]))
        for start in range(0, len(order), _AT_ONCE):
            some = order[start : start + _AT_ONCE]
            for place, tokens in zip(some, self._written([prompts[place] for place in some]), strict=True):
                out[place] = read(self._coder.layout, "".join(token.text for token in tokens), tokens)
            progress("answering", min(start + _AT_ONCE, len(order)), len(order), {})
        return [one for one in out if one is not None]

    @torch.no_grad()
    def _written(self, prompts: Sequence[Sequence[int]]) -> list[list[Written]]:
        device = next(self._model.parameters()).device
        width = max(map(len, prompts))
        ids = torch.zeros(len(prompts), width, dtype=torch.int64)
        mask = torch.zeros(len(prompts), width, dtype=torch.int64)
        for row, prompt in enumerate(prompts):
            ids[row, width - len(prompt) :] = torch.tensor(list(prompt))
            mask[row, width - len(prompt) :] = 1
        ids, mask = ids.to(device), mask.to(device)
        positions = (mask.cumsum(1) - 1).clamp(min=0)
        cache: Any = None
        places = [self._form.begin] * len(prompts)
        out: list[list[Written]] = [[] for _ in prompts]
        while any(place != self._form.end for place in places):
            given = {"attention_mask": mask, "position_ids": positions, "past_key_values": cache, "logits_to_keep": 1}
            told = self._model(ids, use_cache=True, **given)
            cache = told.past_key_values
            rows = zip(told.logits[:, -1], places, out, strict=True)
            chosen = [self._choose(logits, place, row) for logits, place, row in rows]
            places = [place for _, place in chosen]
            ids = torch.tensor([[token] for token, _ in chosen], device=device)
            mask = torch.cat([mask, torch.ones_like(ids)], 1)
            positions = positions[:, -1:] + 1
        return out

    def _choose(self, logits: Tensor, place: Place, row: list[Written]) -> tuple[int, Place]:
        """The likeliest token that fits, put to ``row``, and the place after it."""
        if place == self._form.end:
            return self._coder.end, place
        tokens, after = self._fitting(place)
        logs = torch.log_softmax(logits[tokens].float(), 0)
        tops = torch.topk(logs, min(TOPS, len(tokens)))
        best = int(tops.indices[0])
        told = [
            (self._coder.text_of(tokens[number]), value)
            for number, value in zip(tops.indices.tolist(), tops.values.tolist(), strict=True)
        ]
        row.append(Written(told[0][0], told[0][1], tuple(told)))
        return tokens[best], after[best]

    def _fitting(self, place: Place) -> tuple[list[int], list[Place]]:
        if place not in self._next:
            found = [(token, self._form.after(place, text)) for token, text in self._usable]
            kept = [(token, there) for token, there in found if there is not None]
            self._next[place] = [token for token, _ in kept], [there for _, there in kept]
        return self._next[place]
