"""Writes a model folder that ``predictors.text.TextModel`` loads: int8 ONNX, heads, n-grams, tokenizer, calibration."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from purchase_agent.labels import CHANNELS
from purchase_agent.predictors.calibrate import OUTPUTS, Calibration
from purchase_agent.predictors.model_folder import reseal
from purchase_agent.predictors.ngrams import NgramModel
from purchase_agent.predictors.text import FILES
from purchase_agent.training import graph
from purchase_agent.training.finetune import TextModel
from purchase_agent.training.vocabulary import CHANNEL_TOKENS, SPECIAL

RANGE_ROWS = 512
"""Training texts over which the ranges of the activations are observed."""


def export(
    model: TextModel, ngrams: NgramModel, tokenizer: str, rows: Sequence[Sequence[int]], calibration: Calibration,
    version: str, out: Path,
) -> None:  # fmt: skip
    """Writes the folder ``out``.

    Args:
        tokenizer: tokenizer.json.
        rows: token ids of training texts; the first ``RANGE_ROWS`` set the activation ranges.
    """
    out.mkdir(parents=True, exist_ok=True)
    ranges = graph.observe(model.encoder, rows[:RANGE_ROWS])
    graph.build(model.encoder, ranges, out / "encoder.onnx")
    heads = [model.heads[task] for task in OUTPUTS]
    np.savez(
        out / "heads.npz",
        weight=np.concatenate([head.weight.detach().numpy().T for head in heads], 1),  # type: ignore[operator, union-attr]
        bias=np.concatenate([head.bias.detach().numpy() for head in heads]),  # type: ignore[operator, union-attr]
    )
    ngrams.save(out / "ngrams.npz")
    (out / "tokenizer.json").write_text(tokenizer, encoding="utf-8")
    vocabulary = json.loads(tokenizer)["model"]["vocab"]
    tokens = [*SPECIAL, *CHANNEL_TOKENS.values()]
    manifest = {
        "version": version,
        "channels": list(CHANNELS),
        "outputs": OUTPUTS,
        "token_ids": {token: vocabulary[token] for token in tokens},
    }
    (out / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    seal(out, calibration)


def seal(out: Path, calibration: Calibration) -> None:
    """Writes the calibration and the SHA-256 of every file into the manifest."""
    (out / "calibration.json").write_text(calibration.model_dump_json(indent=1), encoding="utf-8")
    reseal(out, FILES)
