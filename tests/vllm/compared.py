"""A served model's distributions beside those that transformers computes from the folder that it was served from."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from purchase_agent import PurchaseAgent
from purchase_agent.chat.request import Answer, Request
from purchase_agent.evidence import read_shopper
from purchase_agent.predictors.calibrate import Floats
from purchase_agent.predictors.llm.asking import Asking
from purchase_agent.predictors.llm.layout import LABELS, MANY, Layout
from purchase_agent.predictors.llm.reading import read
from purchase_agent.predictors.llm.shown import show
from purchase_agent.predictors.prepare import prepare
from tests.vllm.serving import vllm_python

HERE = Path(__file__).parent
LONGEST = 260
"""Tokens of an answer: random weights write keys letter by letter, three times what a model needs that knows JSON."""
FIRST_WITHIN_S = 240.0
"""The grammar of an answer is made at its first request, which takes a while on a processor."""


def answered(
    agent: PurchaseAgent, texts: Sequence[str], *, asking: Asking | None = None, adapter: Path | None = None
) -> tuple[list[Floats], list[dict[str, Any]]]:
    """Of each text the probabilities read of its answer, in the order of the letters, and its case for ``computed``.

    Args:
        asking: the prompt; that of the agent by default.
        adapter: folder of the one that the agent asks; None asks the model itself.
    """
    asking = asking or agent.llm.askings[0]
    layout = asking.layout
    probabilities, cases = [], []
    for text in texts:
        messages = asking.messages(show(prepare(read_shopper(text), datetime.now(UTC)), [0]).inputs)
        (answer,) = agent.llm.client.ask([Request(messages, LONGEST, layout.schema, layout.check)], FIRST_WITHIN_S)
        assert isinstance(answer, Answer)
        scores = read(layout, answer.content, answer.tokens).scores
        scores = {name: values[list(layout.places(name))] for name, values in scores.items()}
        pairs = [
            np.stack([scores[name], 1 - scores[name]], 1).ravel() if name in MANY else scores[name] for name in LABELS
        ]
        probabilities.append(np.concatenate(pairs))
        cases.append({"adapter": str(adapter) if adapter else None, "messages": messages, **_deciding(layout, answer)})
    return probabilities, cases


def computed(folder: Path, cases: Sequence[dict[str, Any]]) -> list[Floats]:
    """Of each case what the model in ``folder``, with its adapter merged, thinks at the places that decided."""
    run = subprocess.run(
        [vllm_python(), str(HERE / "direct.py")], input=json.dumps({"folder": str(folder), "cases": cases}),
        capture_output=True, text=True, check=True, env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )  # fmt: skip
    return [np.concatenate(shares) for shares in json.loads(run.stdout)]


def _deciding(layout: Layout, answer: Answer) -> dict[str, Any]:
    """Tokens of an answer, the numbers of those that decide, and their alternatives, in the order of the scores."""
    assert answer.tokens is not None
    starts = np.cumsum([0, *(len(token.text) for token in answer.tokens)])
    places, letters = [], []
    for name, (start, value) in layout.values(answer.content).items():
        if name == "quotes":
            continue
        options = layout.schema["properties"][name].get("enum", "yn")
        for step in range(0, len(value), 2):
            number = int(np.searchsorted(starts, start + step, side="right")) - 1
            token = answer.tokens[number].text
            before = token[: start + step - starts[number]]
            places.append(number)
            letters.append([before + option for option in options])
    return {"tokens": [token.text for token in answer.tokens], "places": places, "letters": letters}
