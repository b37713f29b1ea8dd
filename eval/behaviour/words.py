"""The word model on real streams: trained on what came before, read right after an event."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import GPT2LMHeadModel

from purchase_agent.eval.behaviour.taobao import CLASSES, Cases, Shoppers
from purchase_agent.predictors.event_tokens import CONTEXT, ID, NO, PAD, YES, encode, question
from purchase_agent.training.behaviour_model import BehaviourSettings, blank, started, train
from purchase_agent.training.progress import Progress
from purchase_agent.training.streams import Stream, windows

Floats = NDArray[np.float64]
# A few hundred shoppers feed a smaller model than the shipped one, and many short steps.
SMALL = BehaviourSettings(width=64, layers=2, epochs=8, words_per_step=1536, learning_rate=3e-3, dropout=0.2)
# From the shipped weights on: their shape, and small steps.
FURTHER = BehaviourSettings(epochs=8, words_per_step=3072, learning_rate=8e-4, dropout=0.1)
QUESTIONS = 6  # of a window
_AT_ONCE = 24  # events read in one pass, and prompts
_CLASS_WORDS = [ID[name] for name in CLASSES]


def fit_words(
    streams: Sequence[Stream], seed: int, progress: Progress, *, start: Path | None = None
) -> GPT2LMHeadModel:  # fmt: skip
    """A word model of these streams: from the weights in the folder ``start`` on, or from scratch."""
    settings = replace(SMALL if start is None else FURTHER, seed=seed)
    model = blank(settings) if start is None else started(start, settings)

    def draw(rng: random.Random) -> list[Any]:
        return [window for stream in streams for window in windows(stream, rng, questions=QUESTIONS)]

    return train(model, draw, settings, None, progress)


def next_scores(model: GPT2LMHeadModel, shoppers: Shoppers, cases: Cases) -> Floats:
    """[cases, CLASSES] log-probabilities of the word that follows each case's event.

    Events are read ``_AT_ONCE`` of a shopper in one pass, each with all that fits before the pass's first; the model is
    causal, so what follows an event in its pass does not move its score.
    """
    wanted = {(user, place): row for row, (user, place) in enumerate(_pairs(cases))}
    passes: list[tuple[list[int], list[tuple[int, int]]]] = []  # word ids, and (place in them, row)
    for user in dict.fromkeys(cases.users.tolist()):
        steps = shoppers[user]
        for first in range(0, len(steps), _AT_ONCE):
            upto = min(first + _AT_ONCE, len(steps))
            asked = [place for place in range(first, upto) if (user, place) in wanted]
            if asked:
                words = encode(steps[: asked[-1] + 1], CONTEXT)
                ends = [(words.ends[place - words.first] - 1, wanted[user, place]) for place in asked]
                passes.append((words.ids, ends))
    out = np.zeros((len(cases), len(CLASSES)))
    for some, logits in _read(model, passes):
        for row, (_, ends) in enumerate(some):
            places, rows = zip(*ends, strict=True)
            chosen = torch.log_softmax(logits[row, list(places)][:, _CLASS_WORDS].double(), 1)
            out[list(rows)] = chosen.numpy()
    return out


def session_scores(model: GPT2LMHeadModel, shoppers: Shoppers, cases: Cases) -> Floats:
    """[cases, 1] log-odds of yes to whether the session will hold a purchase, asked right after each case's event."""
    passes = []
    for row, (user, place) in enumerate(_pairs(cases)):
        ids = [*encode(shoppers[user][: place + 1], CONTEXT - 2).ids, question(0.0), ID["?session"]]
        passes.append((ids, [(len(ids) - 1, row)]))
    out = np.zeros((len(cases), 1))
    for some, logits in _read(model, passes):
        for row, (_, ends) in enumerate(some):
            answer = logits[row, ends[0][0]].double()
            out[ends[0][1], 0] = float(answer[ID[YES]] - answer[ID[NO]])
    return out


def _read(model: GPT2LMHeadModel, passes: list[tuple[list[int], list[tuple[int, int]]]]) -> Any:
    model.eval()
    ranked = sorted(passes, key=lambda one: len(one[0]))
    for start in range(0, len(ranked), _AT_ONCE):
        some = ranked[start : start + _AT_ONCE]
        ids = torch.full((len(some), max(len(one[0]) for one in some)), ID[PAD])
        for row, (words, _) in enumerate(some):
            ids[row, : len(words)] = torch.tensor(words)
        with torch.inference_mode():
            yield some, model(input_ids=ids, attention_mask=ids.ne(ID[PAD]).long(), use_cache=False).logits


def _pairs(cases: Cases) -> list[tuple[str, int]]:
    return list(zip(cases.users.tolist(), cases.place.tolist(), strict=True))
