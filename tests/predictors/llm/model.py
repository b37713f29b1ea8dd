"""A language model that answers in this process, for tests without a server."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from purchase_agent.chat.request import Answer, Failure, Kind, Request, Token
from purchase_agent.predictors.llm.asking import load_asking
from purchase_agent.predictors.llm.layout import Layout
from purchase_agent.predictors.llm.predictor import LlmPredictor
from purchase_agent.predictors.local import LocalPredictor
from purchase_agent.prompts import shipped_prompts
from purchase_agent.settings import SHIPPED_MODELS

LABELS: dict[str, Any] = {
    "intent": "consideration", "declined": False, "repurchase": False, "sentiment": "neutral",
    "motivation": ["replacement"], "barrier": ["price"], "next_action": "compare", "timing": "within_7d", "juster": 6,
}  # fmt: skip
QUOTES = {"intent": 1, "motivation": 1, "barrier": 2, "next_action": 0, "timing": 2}
SURE = 0.9


class FakeModel:
    """Stands in for ``ChatClient``: writes ``labels`` as the answer, each deciding letter with probability ``SURE``.

    ``answer`` may be set to a function of the request that gives labels and quotes, ``fails`` to the kind of a failure.
    """

    def __init__(self, *, logprobs: bool = True) -> None:
        self.asked: list[Request] = []
        self.logprobs = logprobs
        self.fails: Kind | None = None
        self.answer: Callable[[Request], tuple[dict[str, Any], dict[str, int]]] = lambda _: (LABELS, QUOTES)
        self.deadlines: list[float] = []

    def ask(self, requests: Sequence[Request], deadline_s: float) -> list[Answer | Failure]:
        self.asked += requests
        self.deadlines.append(deadline_s)
        return [self._one(request) for request in requests]

    def _one(self, request: Request) -> Answer | Failure:
        if self.fails is not None:
            return Failure(self.fails, "as the test wants it", "r", 1)
        assert request.schema is not None
        fields = tuple(name for name in request.schema["properties"] if name != "quotes")
        content = Layout(fields).write(*self.answer(request))
        assert request.check is not None
        assert request.check(content) is None
        drawn = (content,) * request.samples if request.samples > 1 else ()
        tokens = tokens_of(Layout(fields), content) if self.logprobs else None
        return Answer(content, tokens, 1000, 900, 70, "fake", "r", 1, 5.0, drawn)


def tokens_of(layout: Layout, content: str) -> tuple[Token, ...]:
    """One token for each character; at the deciding ones the other letters share what ``SURE`` leaves."""
    out = {place: Token(mark, 0.0, ((mark, 0.0),)) for place, mark in enumerate(content)}
    for name, (start, value) in layout.values(content).items():
        if name == "quotes":
            continue
        kind = layout.schema["properties"][name]
        letters = kind.get("enum", ["y", "n"])
        rest = math.log((1 - SURE) / (len(letters) - 1))
        for step in range(0, len(value), 2):
            tops = tuple((one, math.log(SURE) if one == value[step] else rest) for one in letters)
            out[start + step] = Token(value[step], math.log(SURE), tops)
    return tuple(out.values())


def predictor(model: FakeModel, models_dir: Path, *prompts: str, samples: int = 1) -> LlmPredictor:
    """The predictor over the shipped prompts and local models, with ``model`` behind it."""
    folders = [shipped_prompts()]
    local = LocalPredictor(*(SHIPPED_MODELS / name for name in ("text", "behaviour", "timing")))
    askings = [load_asking(name, folders) for name in prompts or ("purchase/zero",)]
    return LlmPredictor(model, local, askings, models_dir, samples=samples)  # type: ignore[arg-type]
