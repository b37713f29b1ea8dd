"""Moments of event streams as rows: what trees learn from, and what every part of the model is judged on."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from purchase_agent.predictors.behaviour import NEXT
from purchase_agent.predictors.event_features import at_moment, features
from purchase_agent.predictors.event_tokens import ASKED, CONTEXT, ID, YES, encode
from purchase_agent.training.streams import IGNORED, Stream, ask

UNKNOWN = -1
"""A truth that the stream was not watched long enough to tell."""


@dataclass(frozen=True, slots=True)
class Moments:
    """``rows`` [moments, MOMENT]; ``prompts`` of the word model; ``next_word`` [moments] place in NEXT or UNKNOWN;
    ``answers`` [moments, ASKED] 1, 0 or UNKNOWN; ``users`` and ``in_session`` of each."""

    rows: NDArray[np.float32]
    prompts: list[list[int]]
    next_word: NDArray[np.int64]
    answers: NDArray[np.int64]
    users: NDArray[np.str_]
    in_session: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.prompts)


def sample(streams: Sequence[Stream], each: int, seed: int) -> Moments:
    """Up to ``each`` moments of every stream, drawn as the questions of its training windows are."""
    rng = random.Random(seed)
    rows, prompts, following, answers, users, inside = [], [], [], [], [], []
    for stream in streams:
        steps = stream.steps
        if not steps:
            continue
        table = features(steps)
        chosen = sorted(rng.sample(range(len(steps)), min(each, len(steps))))
        if len(steps) < each:  # a short history has few events but as many moments
            chosen += rng.choices(range(len(steps)), k=min(each - len(steps), len(steps)))
        for k in chosen:
            one = ask(stream, k, 0, rng)
            if one is None:
                continue
            rows.append(at_moment(table[k], one.idle_s, one.at - steps[0].at))
            # Cut as at prediction: the newest events that fit.
            prompts.append([*encode(steps[: k + 1], CONTEXT - 2).ids, *one.words])
            following.append(UNKNOWN if one.next_word == IGNORED else _NEXT_OF[one.next_word])
            answers.append([UNKNOWN if a == IGNORED else int(a == ID[YES]) for a in one.answers])
            users.append(stream.user)
            inside.append(len(one.words) == 1)
    return Moments(
        np.stack(rows),
        prompts,
        np.asarray(following, np.int64),
        np.asarray(answers, np.int64).reshape(-1, len(ASKED)),
        np.asarray(users),
        np.asarray(inside),
    )


_NEXT_OF = {ID[word]: place for place, word in enumerate(NEXT)}
