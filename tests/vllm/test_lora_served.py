"""Adapters as training writes them, behind a real vLLM: asked for by their name, and computing what was learned."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from purchase_agent import PurchaseAgent
from purchase_agent.predictors.llm import predictor
from purchase_agent.serve.find import read_lora
from tests.vllm.compared import FIRST_WITHIN_S, LONGEST, answered, computed
from tests.vllm.serving import ROOT, serving, vllm_python

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("needs_model")]

HERE = Path(__file__).parent
BASE, ADAPTER = "tiny", "mine"
TEXTS = ("My kettle broke, which one should I get?", "Is the blue tent in stock?")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Of the base and of the adapter, written by the interpreter of vLLM, which has torch and transformers."""
    base, adapter = tmp_path_factory.mktemp("tiny"), tmp_path_factory.mktemp("lora")
    made = [vllm_python(), str(HERE / "tiny_lora.py"), str(base), str(adapter)]
    subprocess.run(made, check=True, capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    return base, adapter


@pytest.fixture(scope="module")
def server(folders):
    base, adapter = folders
    with serving(base, BASE, max_model_len=8192, loras=[read_lora(f"{ADAPTER}={adapter}")]) as running:
        yield running


def asker(server, name):
    return PurchaseAgent("llm", "none", llm_base_url=server.base_url, llm_model=name, deadline_s=FIRST_WITHIN_S)


def test_an_adapter_is_served_beside_its_base_and_each_computes_its_own(server, folders):
    base, adapter = folders
    plain, of_base = answered(asker(server, BASE), TEXTS)
    tuned, of_adapter = answered(asker(server, ADAPTER), TEXTS, adapter=adapter)
    without = [{**case, "adapter": None} for case in of_adapter]
    shares = computed(base, [*of_base, *of_adapter, *without])
    right, passed_over = shares[: 2 * len(TEXTS)], shares[2 * len(TEXTS) :]
    for mine, its in zip([*plain, *tuned], right, strict=True):
        assert mine == pytest.approx(its, abs=1e-3)
    # Had the server passed over the adapter, its answers would be those of the base's own weights.
    for mine, its in zip(tuned, passed_over, strict=True):
        assert np.abs(mine - its).max() > 0.2


def test_a_prediction_of_an_adapter_says_who_answered(server, monkeypatch):
    monkeypatch.setattr(predictor, "MAX_TOKENS", LONGEST)
    answer = asker(server, ADAPTER).predict(TEXTS[0])
    assert (answer.provenance.engine, answer.provenance.models["llm"]) == ("llm", ADAPTER)
    assert answer.warnings == []
