"""The small GPT that ships, behind a real vLLM: it answers its prompt better than the majority does, calibrated."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from purchase_agent import Prediction, PurchaseAgent
from purchase_agent.predictors.llm.layout import MAX_TOKENS
from purchase_agent.settings import SHIPPED_MODELS
from purchase_agent.training.corpus import is_locked, read_labelled
from tests.vllm.serving import served

FOLDER = SHIPPED_MODELS / "llm" / "small-gpt"
NAME = "small-gpt"
pytestmark = [pytest.mark.real, pytest.mark.usefixtures("needs_model")]


def locked_rows(data):
    """Labelled texts that nothing was trained on, in an order of no meaning."""
    own = Path(__file__).parents[2] / "eval" / "data"
    rows = [row for row in read_labelled(data, own) if row.origin in ("real", "written") and is_locked(row)]
    return sorted(rows, key=lambda row: row.group)


@pytest.mark.skipif(not FOLDER.is_dir(), reason="needs the small GPT, which `purchase-agent train llm` makes")
def test_it_answers_held_back_texts_above_the_majority(shared_data, monkeypatch):
    rows = locked_rows(shared_data)[:240]
    monkeypatch.setenv("PURCHASE_AGENT_LLM_CONCURRENCY", "8")
    with served(FOLDER, NAME, max_model_len=2048) as address:
        agent = PurchaseAgent("llm", "none", llm_base_url=address, prompt="purchase/tuned", deadline_s=120)
        given = ({"shopper_id": "s", "texts": [{"text": row.text, "channel": row.channel}]} for row in rows)
        answers = list(agent.predict_many(given))
    told = [
        (row, one)
        for row, one in zip(rows, answers, strict=True)
        if isinstance(one, Prediction) and one.provenance.engine == "llm"
    ]
    assert len(told) >= 0.97 * len(rows)
    assert {one.provenance.calibrated_on for _, one in told} == {"shipped"}
    assert max(one.provenance.tokens.written for _, one in told) <= MAX_TOKENS
    for task in ("intent", "next_action", "timing"):
        truth = [row.labels[task] for row, _ in told]
        chances = [getattr(one, task).probabilities for _, one in told]
        right = np.mean([max(p, key=p.get) == label for p, label in zip(chances, truth, strict=True)])
        majority = Counter(truth).most_common(1)[0][1] / len(truth)
        assert right > majority + 0.05, task
        sure = np.mean([max(p.values()) for p in chances])
        assert abs(sure - right) < 0.12, task  # as sure as it is right, within what 240 texts can show
