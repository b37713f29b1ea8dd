"""The parts of the behaviour model: words, trees, the pool of both, and the folder they are written to.

The folder is a Hugging Face folder (config, safetensors, word-level tokenizer) that an inference server takes as it is,
and holds the same model as ONNX for the default install.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from transformers import GPT2LMHeadModel, PreTrainedTokenizerFast

from purchase_agent.predictors.behaviour import NEXT, BehaviourCalibration, Pool
from purchase_agent.predictors.event_features import MOMENT
from purchase_agent.predictors.event_tokens import ASKED, ID, PAD, START, UNKNOWN
from purchase_agent.training import behaviour_graph, trees
from purchase_agent.training.behaviour_model import BehaviourSettings, blank, loss_of_windows, train
from purchase_agent.training.moments import UNKNOWN as NOT_KNOWN
from purchase_agent.training.moments import Moments
from purchase_agent.training.progress import Progress
from purchase_agent.training.streams import Stream, Window, windows

_RIDGE = 1e-3


def fit_words(
    streams: Sequence[Stream], settings: BehaviourSettings, file: Path | None, progress: Progress,
    held_out: Sequence[Stream] = (), start: GPT2LMHeadModel | None = None,
) -> GPT2LMHeadModel:  # fmt: skip
    """The word model trained on streams, from ``start`` or from scratch."""
    model = start if start is not None else blank(settings)
    check = [window for stream in held_out[:400] for window in windows(stream, random.Random(1))]

    def draw(rng: random.Random) -> list[Window]:
        return [window for stream in streams for window in windows(stream, rng)]

    judge = (lambda one: loss_of_windows(one, check, settings)) if check else None
    return train(model, draw, settings, file, progress, judge)


def fit_trees(moments: Moments, settings: trees.TreeSettings) -> list[trees.Boosted]:
    """Trees for the next action and for each question."""
    known = moments.next_word != NOT_KNOWN
    out = [trees.fit(moments.rows[known], moments.next_word[known], len(NEXT), settings)]
    for place in range(len(ASKED)):
        known = moments.answers[:, place] != NOT_KNOWN
        if known.any():
            out.append(trees.fit(moments.rows[known], moments.answers[known, place], 1, settings))
        else:
            out.append(trees.Boosted(np.zeros(1), None, ()))
    return out


def fit_pool(words: NDArray[np.float64], others: NDArray[np.float64], truth: NDArray[np.int64], labels: int) -> Pool:
    """Weights of two scores and a bias by maximum likelihood with a slight pull to equal shares.

    Args:
        words, others: [rows, labels] log-probabilities, or [rows, 1] log-odds where ``labels`` is 1.
        truth: [rows]; rows that are not known are left out by the caller.
    """
    size = 2 + labels
    begin = np.asarray([0.5, 0.5, *[0.0] * labels])
    if len(truth) < 50:
        return Pool(weights=(0.5, 0.5), bias=tuple([0.0] * labels))

    def cost(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        score = values[0] * words + values[1] * others + values[2:]
        gradient = np.empty(size)
        if labels == 1:
            score = score[:, 0]
            chance = 1 / (1 + np.exp(-score))
            loss = np.logaddexp(0, score) - truth * score
            error = (chance - truth)[:, None]
        else:
            score = score - score.max(1, keepdims=True)
            total = np.log(np.exp(score).sum(1))
            loss = total - score[range(len(truth)), truth]
            error = np.exp(score - total[:, None])
            error[range(len(truth)), truth] -= 1
        gradient[0], gradient[1] = (error * words).sum(), (error * others).sum()
        gradient[2:] = error.sum(0)
        pull = values - begin
        ridge = _RIDGE * len(truth)
        return float(loss.sum() + 0.5 * ridge * (pull**2).sum()), gradient + ridge * pull

    found = minimize(cost, begin, jac=True, method="L-BFGS-B", bounds=[(0, 2), (0, 2), *[(-3, 3)] * labels])
    return Pool(weights=(float(found.x[0]), float(found.x[1])), bias=tuple(float(v) for v in found.x[2:]))


def calibrate_on(
    moments: Moments, words: tuple[Any, Any], others: tuple[Any, Any], name: str, calibrated_on: str
) -> BehaviourCalibration:
    """The pools and shares of a sample of moments that neither part was fitted on."""
    known = moments.next_word != NOT_KNOWN
    truth = moments.next_word[known]
    asked = {}
    prior = {}
    for place, question in enumerate(ASKED):
        rows = moments.answers[:, place] != NOT_KNOWN
        answers = moments.answers[rows, place]
        asked[question] = fit_pool(words[1][rows, place, None], others[1][rows, place, None], answers, 1)
        prior[question] = float(np.clip(answers.mean(), 1e-4, 1 - 1e-4)) if len(answers) else 0.5
    shares = np.bincount(truth, minlength=len(NEXT)) / max(len(truth), 1)
    return BehaviourCalibration(
        name=name,
        calibrated_on=calibrated_on,
        next=fit_pool(words[0][known], others[0][known], truth, len(NEXT)),
        asked=asked,
        with_history={},
        prior_next=tuple(float(v) for v in shares),
        prior_asked=prior,
        purchase_rate={},
    )


def neutral(name: str, calibrated_on: str) -> BehaviourCalibration:
    """Equal shares of both parts, before anything is fitted."""
    return BehaviourCalibration(
        name=name,
        calibrated_on=calibrated_on,
        next=Pool(weights=(0.5, 0.5), bias=tuple([0.0] * len(NEXT))),
        asked={question: Pool(weights=(0.5, 0.5), bias=(0.0,)) for question in ASKED},
        with_history={},
        prior_next=tuple([1 / len(NEXT)] * len(NEXT)),
        prior_asked=dict.fromkeys(ASKED, 0.5),
        purchase_rate={},
    )


def tokenizer() -> PreTrainedTokenizerFast:
    """One word of the language, one token."""
    words = Tokenizer(WordLevel(dict(ID), unk_token=UNKNOWN))
    words.pre_tokenizer = WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=words, unk_token=UNKNOWN, pad_token=PAD, bos_token=START)


def write(model: GPT2LMHeadModel, found: Sequence[trees.Boosted], out: Path) -> None:
    """The parts of a model folder that a calibration completes."""
    out.mkdir(parents=True, exist_ok=True)
    model.eval()
    with torch.no_grad():
        behaviour_graph.build(model, out / "behaviour.onnx")
    trees.build(found, len(MOMENT), out / "trees.onnx")
    model.save_pretrained(str(out))
    tokenizer().save_pretrained(str(out))
    (out / "model.safetensors").chmod(0o644)  # written for its owner alone, unlike its neighbours
