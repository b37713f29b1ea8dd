"""The behaviour model: next action, purchase and return from a shopper's events, by ONNX Runtime alone.

A small causal language model over event words and boosted trees over counts answer the same questions; what is told is
their pool in log-odds with fitted weights. Each answer is a probability of the next word, or of ``yes`` after a
question, never a single best guess.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from purchase_agent.events import History
from purchase_agent.labels import ACTIONS
from purchase_agent.predictors.calibrate import sigmoid
from purchase_agent.predictors.event_features import moment
from purchase_agent.predictors.event_tokens import ASKED, CONTEXT, DOINGS, END, ID, NO, PAD, YES, prompt
from purchase_agent.predictors.model_folder import verified
from purchase_agent.predictors.onnx_session import open_session

Floats = NDArray[np.float64]

TAIL = 1 + len(ASKED)
"""Words at the end of a prompt that are answered: how long idle, and the questions."""
NEXT: tuple[str, ...] = (*DOINGS, END)
"""What may come next, in the order of the scores."""
FILES = ("behaviour.onnx", "trees.onnx", "calibration.json", "config.json", "model.safetensors", "tokenizer.json")
_HIDDEN = np.float32(-1e9)
_BUCKETS = (16, 32, 48, 64, 96, 128, 160, CONTEXT)
_ROWS_PER_RUN = 16


class Pool(BaseModel):
    """How the scores of two sources become one: ``weights`` of their log-odds, and a ``bias`` for each label."""

    model_config = ConfigDict(extra="forbid")

    weights: tuple[float, float]
    bias: tuple[float, ...]

    def score(self, first: Floats, second: Floats) -> Floats:
        """Pooled log-odds, of the shape of ``first``."""
        out: Floats = self.weights[0] * first + self.weights[1] * second + np.asarray(self.bias)
        return out


class BehaviourCalibration(BaseModel):
    """How words and trees are pooled, and what was seen in the data this was fitted on.

    ``next`` (over ``NEXT``) and ``asked`` (each of ``ASKED``) pool words and trees. ``with_history`` (by days of the
    horizon) pools what that gives with what the purchase history says, for a shopper who has bought and done other
    things.
    ``prior_next`` and ``prior_asked`` are shares. ``purchase_rate``: of the moments at which the rule of ``stages``
    tells an intent, the share that was followed by a purchase within 30 days.
    """

    model_config = ConfigDict(extra="forbid")

    name: str
    calibrated_on: str
    next: Pool
    asked: dict[str, Pool]
    with_history: dict[str, Pool]
    prior_next: tuple[float, ...]
    prior_asked: dict[str, float]
    purchase_rate: dict[str, float]


@dataclass(frozen=True, slots=True)
class BehaviourReadings:
    """What comes next, row by row.

    ``next_action`` [rows, ACTIONS] sums to 1; ``asked`` [rows, ASKED] are chances of yes: a purchase in this session
    (NaN where no session is open), within 1, 7, 30 and 90 days (never falling), any event within 30 days.
    """

    next_action: Floats
    asked: Floats


class BehaviourModel:
    """Loads a model folder once; safe to share between threads.

    Raises:
        ModelFileError: a file is missing or is not the one the manifest names.
    """

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        self.manifest = verified(folder, FILES, "train behaviour")
        self.version: str = self.manifest["version"]
        self.calibration = BehaviourCalibration.model_validate_json((folder / "calibration.json").read_bytes())
        self._words = open_session(folder / "behaviour.onnx", threads)
        self._trees = open_session(folder / "trees.onnx", threads)

    def read(self, histories: Sequence[History]) -> BehaviourReadings:
        """Histories with at least one event in, readings out, same number and order."""
        next_words, asked_words = self.word_scores([prompt(one) for one in histories])
        next_trees, asked_trees = self.tree_scores(np.stack([moment(one) for one in histories]))
        return pooled(
            (next_words, asked_words), (next_trees, asked_trees), [one.in_session for one in histories],
            self.calibration,
        )  # fmt: skip

    def word_scores(self, prompts: Sequence[Sequence[int]]) -> tuple[Floats, Floats]:
        """Log-probabilities of ``NEXT`` [rows, NEXT] and log-odds of yes to ``ASKED`` [rows, ASKED].

        Args:
            prompts: word ids as of ``event_tokens.prompt``.
        """
        out = np.empty((len(prompts), TAIL, len(ID)), np.float64)
        places: dict[int, list[int]] = {}
        for place, ids in enumerate(prompts):
            places.setdefault(next(size for size in _BUCKETS if len(ids) - 1 <= size), []).append(place)
        for size, rows in sorted(places.items()):
            for start in range(0, len(rows), _ROWS_PER_RUN):
                chosen = rows[start : start + _ROWS_PER_RUN]
                out[chosen] = self._words.run(None, _fed([prompts[row] for row in chosen], size))[0]
        out -= out.max(-1, keepdims=True)
        out -= np.log(np.exp(out).sum(-1, keepdims=True))
        following = out[:, 0, [ID[word] for word in NEXT]]
        following -= np.log(np.exp(following).sum(1, keepdims=True))
        return following, out[:, 1:, ID[YES]] - out[:, 1:, ID[NO]]

    def tree_scores(self, rows: NDArray[np.float32]) -> tuple[Floats, Floats]:
        """As ``word_scores``, by the trees. ``rows`` [rows, event_features.MOMENT]."""
        raw = self._trees.run(None, {"features": rows})[0].astype(np.float64)
        following = raw[:, : len(NEXT)]
        following = following - following.max(1, keepdims=True)
        return following - np.log(np.exp(following).sum(1, keepdims=True)), raw[:, len(NEXT) :]


def pooled(
    words: tuple[Floats, Floats], trees: tuple[Floats, Floats], in_session: Sequence[bool],
    marks: BehaviourCalibration,
) -> BehaviourReadings:  # fmt: skip
    """Probabilities from the scores of both parts."""
    following = marks.next.score(words[0], trees[0])
    following = np.exp(following - following.max(1, keepdims=True))
    following /= following.sum(1, keepdims=True)
    asked = np.empty_like(words[1])
    for place, name in enumerate(ASKED):
        score = marks.asked[name].score(words[1][:, place], trees[1][:, place])
        asked[:, place] = sigmoid(score)
    asked[:, 1:5] = np.maximum.accumulate(asked[:, 1:5], 1)
    inside = np.asarray(in_session, bool)
    asked[~inside, 0] = np.nan
    return BehaviourReadings(_actions(following, asked[:, ASKED.index("?return")], inside), asked)


def _actions(following: Floats, back: Floats, inside: NDArray[np.bool_]) -> Floats:
    """[rows, ACTIONS]. In a session ``leave`` is its end; after it, not coming back within 30 days.

    What is no step of shopping (``other``) is left out: the shopper's next step is asked for.
    """
    out = np.zeros((len(following), len(ACTIONS)))
    for place, name in enumerate(DOINGS):
        if name in ACTIONS:
            out[:, ACTIONS.index(name)] = following[:, place]
    leave = ACTIONS.index("leave")
    out[:, leave] = np.where(inside, following[:, NEXT.index(END)], 0.0)
    out /= np.maximum(out.sum(1, keepdims=True), 1e-12)
    stays = np.where(inside, 1.0, back)
    out *= stays[:, None]
    out[:, leave] += 1 - stays
    return out


def _fed(prompts: Sequence[Sequence[int]], size: int) -> dict[str, NDArray[Any]]:
    """Inputs of the graph: each prompt's past, padded to ``size`` words, then the words that are answered."""
    ids = np.full((len(prompts), size + TAIL), ID[PAD], np.int64)
    positions = np.zeros((len(prompts), size + TAIL), np.int64)
    known = np.zeros((len(prompts), size + TAIL), np.float32)
    positions[:, :size] = np.arange(size)
    for row, prompt_ids in enumerate(prompts):
        past = len(prompt_ids) - 1
        ids[row, :past] = prompt_ids[:-1]
        ids[row, size:] = [prompt_ids[-1], *(ID[name] for name in ASKED)]
        positions[row, size:] = [past, *[past + 1] * len(ASKED)]
        known[row, past:size] = _HIDDEN
    return {"ids": ids, "positions": positions, "known": known, "sees": _sees(size)}


@lru_cache(maxsize=len(_BUCKETS))
def _sees(size: int) -> NDArray[np.float32]:
    """What may be looked at: a word those before it; a question the past, how long idle, and itself."""
    whole = size + TAIL
    out = np.full((whole, whole), _HIDDEN, np.float32)
    out[np.tril_indices(whole)] = 0
    out[size + 1 :, size + 1 :] = _HIDDEN
    out[range(whole), range(whole)] = 0
    return out
