"""The engine ``llm`` against the fault server: what the local models say in its place is no answer of it."""

import json

import pytest

from purchase_agent.eval.run import main
from purchase_agent.faults.server import FaultServer

pytestmark = pytest.mark.real


def run_of(out):
    (folder,) = out.iterdir()
    samples = [json.loads(line) for line in (folder / "samples.jsonl").read_text("utf-8").splitlines()]
    return json.loads((folder / "run.json").read_text("utf-8")), samples


def asked(texts, tmp_path, server, monkeypatch, *more):
    monkeypatch.setenv("PURCHASE_AGENT_LLM_BASE_URL", server.url)
    monkeypatch.setenv("PURCHASE_AGENT_DEADLINE_S", "10")
    out = tmp_path / "runs"
    arguments = ["own", "--labels", str(texts), "--engine", "llm", "--out", str(out), "--limit", "10", *more]
    assert main(arguments) == 0
    return run_of(out)


def test_tokens_and_cost_are_told(texts, tmp_path, monkeypatch, needs_model):  # noqa: ARG001 -- skips
    with FaultServer() as server:
        run, samples = asked(texts, tmp_path, server, monkeypatch, "--price-in", "1", "--price-out", "2")
    assert run["n"] == 10
    assert not run["errors"]
    assert {one["output"]["provenance"]["engine"] for one in samples} == {"llm"}
    assert run["prompts"][0]["name"] == "purchase/zero"
    tokens = run["stats"]["tokens"]
    assert tokens["in"] > tokens["out"] > 0
    fresh = tokens["in"] - tokens["cached"]
    price = (fresh + tokens["cached"] + 2 * tokens["out"]) / 1e6 / 10 * 1000
    assert run["stats"]["cost_per_1000"] == pytest.approx(price, abs=1e-5)


def test_a_fallback_is_an_error_of_the_language_model(texts, tmp_path, monkeypatch, needs_model):  # noqa: ARG001
    with FaultServer(mode="forbidden") as server:
        run, samples = asked(texts, tmp_path, server, monkeypatch)
    assert run["errors"] == {"fallback": 10}
    assert all(one["output"] is None for one in samples)
    assert not [one for one in run["results"] if one["task"] == "intent"]


def test_tokens_of_answers_that_cannot_be_used_are_told(texts, tmp_path, monkeypatch, needs_model):  # noqa: ARG001
    with FaultServer(mode="content_not_json") as server:
        run, _ = asked(texts, tmp_path, server, monkeypatch, "--price-in", "1", "--price-out", "2")
    assert run["errors"] == {"fallback": 10}
    assert run["stats"]["tokens"]["in"] > 0
    assert run["stats"]["cost_per_1000"] > 0
