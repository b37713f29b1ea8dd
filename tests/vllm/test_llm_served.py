"""The whole path to a language model over a real vLLM: answers, distributions, prefix cache, and its sudden death."""

import os
import signal
import subprocess
import threading
import time
from itertools import product
from pathlib import Path

import pytest

from purchase_agent import PurchaseAgent
from purchase_agent.eval.position_bias import Labelled, measured
from purchase_agent.eval.position_figures import SINGLE, orders_of
from purchase_agent.prediction import Prediction
from purchase_agent.predictors.llm import predictor
from purchase_agent.predictors.llm.asking import Asking
from purchase_agent.prompts import shipped_prompts
from tests.vllm.compared import FIRST_WITHIN_S, LONGEST, answered, computed
from tests.vllm.serving import serving, vllm_python

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("needs_model")]

HERE = Path(__file__).parent
NAME = "tiny"
RECOVERS_WITHIN_S = 300.0
THINGS = ("kettle", "tent", "phone", "desk lamp", "rain jacket", "水壶", "帐篷", "手机", "台灯", "雨衣")
SAYINGS = (
    "My {} broke, which one should I get?", "Is the blue {} in stock?", "Just bought a {}, love it.",
    "No {} for me this year.", "Any ideas for a {} as a present?", "{}坏了，想换一个", "{}有货吗？", "刚买了{}，很满意",
    "今年不买{}了", "想送人一个{}，求推荐", "cheapest {} with free delivery", "{} or wait for the sale?",
    "I want my money back for the {}", "Does this {} fit my room?", "{}等双十一再买", "{}太贵了，先看看",
    "Third {} this month that leaks.", "{}什么时候能到？", "My sister wants a {}.", "Comparing two {}s.",
)  # fmt: skip
TEXTS = [saying.format(thing) for saying, thing in product(SAYINGS, THINGS)]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    code = (
        "import sys, pathlib, runpy; runpy.run_path(sys.argv[1])['build_tiny_llm'](pathlib.Path(sys.argv[2]), seed=7)"
    )
    made = [vllm_python(), "-c", code, str(HERE / "tiny_llm.py"), str(folder)]
    subprocess.run(made, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def server(tiny):
    with serving(tiny, NAME, max_model_len=8192) as running:
        PurchaseAgent("llm", "none", llm_base_url=running.base_url, deadline_s=FIRST_WITHIN_S).predict(TEXTS[0])
        yield running


@pytest.fixture
def agent(server, monkeypatch):
    monkeypatch.setenv("PURCHASE_AGENT_LLM_CONCURRENCY", "8")
    monkeypatch.setattr(predictor, "MAX_TOKENS", LONGEST)
    return PurchaseAgent("llm", "none", llm_base_url=server.base_url, deadline_s=120)


def test_every_answer_keeps_the_form_and_tells_its_distributions(agent):
    assert len(TEXTS) == 200
    answers = list(agent.predict_many(TEXTS))
    assert {one.provenance.engine for one in answers} == {"llm"}
    assert {one.provenance.calibrated_on for one in answers} == {"none"}
    for one in answers:
        assert one.warnings == []  # no log-probability was missing
        for told in (one.intent, one.next_action, one.timing):
            assert sum(told.probabilities.values()) == pytest.approx(1, abs=0.01)
    usage = agent.llm.client.usage
    assert (usage.attempts, usage.reasks, usage.retries) == (200, 0, 0)
    assert usage.cached / usage.read >= 0.8


def test_distributions_are_those_of_the_model_itself(agent, tiny):
    probabilities, cases = answered(agent, TEXTS[::40])
    other = Asking(agent.llm.askings[0].prompt, [shipped_prompts()], orders_of(1, seed=7)[1])
    permuted, under_other = answered(agent, TEXTS[:40:20], asking=other)
    for mine, its in zip([*probabilities, *permuted], computed(tiny, [*cases, *under_other]), strict=True):
        assert mine == pytest.approx(its, abs=1e-3)


def test_that_random_weights_choose_by_letter_is_measured(agent):
    rows = [Labelled(text, "chat", {}, text) for text in TEXTS if text.isascii()][::8]
    found = measured(agent.llm, [shipped_prompts()], rows, orders_of(2, seed=7), deadline_s=120, at_once=8)
    assert (found["answered"], found["failed"], found["no_logprobs"]) == (len(rows), {}, 0)
    for name in SINGLE:
        one = found["fields"][name]
        assert sum(letter["share"]["value"] for letter in one["letters"].values()) == pytest.approx(1)
        assert one["again_variation"]["high"] < 0.01  # the same question twice: nothing else moves the answers
        assert one["variation"]["low"] > 0.1
        assert one["bias"]["value"] > 0.1
        assert one["flips"]["value"] > 0


def test_a_dead_server_costs_nothing_but_its_own_answers(server, monkeypatch):
    monkeypatch.setenv("PURCHASE_AGENT_LLM_CONCURRENCY", "4")
    monkeypatch.setattr(predictor, "MAX_TOKENS", LONGEST)
    agent = PurchaseAgent("auto", "none", llm_base_url=server.base_url, deadline_s=10)
    answers: list[Prediction] = []
    enough = threading.Event()

    def ask():
        for answer in agent.predict_many(TEXTS[:80]):
            assert isinstance(answer, Prediction)
            answers.append(answer)
            if len(answers) == 12:
                enough.set()

    asking = threading.Thread(target=ask)
    asking.start()
    assert enough.wait(120)
    server.ready.clear()
    os.killpg(server.pid, signal.SIGKILL)
    asking.join(120)
    assert [one.status for one in answers] == ["ok"] * 80
    local = [one for one in answers if one.provenance.engine == "local"]
    assert local
    assert all(one.provenance.reason.startswith("fallback:") for one in local)
    assert all(one.provenance.engine == "llm" for one in answers[:8])
    server.wait(RECOVERS_WITHIN_S)
    until = time.monotonic() + FIRST_WITHIN_S
    while agent.predict(TEXTS[0]).provenance.engine != "llm":
        assert time.monotonic() < until, "the path did not return to the server"
        time.sleep(0.2)
