"""The whole path to a language model over a real vLLM: answers, distributions, prefix cache, and its sudden death."""

import json
import os
import signal
import subprocess
import threading
import time
from itertools import product
from pathlib import Path
from string import ascii_uppercase

import numpy as np
import pytest

from purchase_agent import PurchaseAgent
from purchase_agent.chat.request import Answer, Request
from purchase_agent.prediction import Prediction
from purchase_agent.predictors.llm import predictor
from purchase_agent.predictors.llm.layout import LABELS, MANY
from purchase_agent.predictors.llm.reading import read
from tests.vllm.serving import serving, vllm_python

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("needs_model")]

HERE = Path(__file__).parent
NAME = "tiny"
RECOVERS_WITHIN_S = 300.0
FIRST_WITHIN_S = 240.0
LONGEST = 260
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
        # The grammar of an answer is made at its first request, which takes a while on a processor.
        PurchaseAgent("llm", "none", llm_base_url=running.base_url, deadline_s=FIRST_WITHIN_S).predict(TEXTS[0])
        yield running


@pytest.fixture
def agent(server, monkeypatch):
    monkeypatch.setenv("PURCHASE_AGENT_LLM_CONCURRENCY", "8")
    # Random weights write keys letter by letter; a model that has read JSON needs a third of it.
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
    layout = agent.llm.askings[0].layout
    wanted, told = [], []
    for text in TEXTS[::40]:
        messages = agent.llm.askings[0].messages(shown_inputs(text))
        (answer,) = agent.llm.client.ask([Request(messages, LONGEST, layout.schema, layout.check)], 60)
        assert isinstance(answer, Answer)
        told.append(read(layout, answer.content, answer.tokens))
        wanted.append({"messages": messages, **deciding(layout, answer)})
    asked = json.dumps({"folder": str(tiny), "cases": wanted})
    run = subprocess.run(
        [vllm_python(), str(HERE / "direct.py")], input=asked, capture_output=True, text=True, check=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )  # fmt: skip
    for reading, shares in zip(told, json.loads(run.stdout), strict=True):
        mine = np.concatenate(
            [
                np.stack([reading.scores[name], 1 - reading.scores[name]], 1).ravel() if name in MANY
                else reading.scores[name]
                for name in LABELS
            ]
        )  # fmt: skip
        assert mine == pytest.approx(np.concatenate(shares), abs=1e-3)


def deciding(layout, answer):
    """Tokens of an answer, the numbers of those that decide, and their alternatives, in the order of the scores."""
    starts = np.cumsum([0, *(len(token.text) for token in answer.tokens)])
    places, letters = [], []
    for name, (start, value) in layout.values(answer.content).items():
        if name == "quotes":
            continue
        options = "yn" if name in MANY else ascii_uppercase[: len(LABELS[name])]
        for step in range(0, len(value), 2):
            number = int(np.searchsorted(starts, start + step, side="right")) - 1
            token = answer.tokens[number].text
            before = token[: start + step - starts[number]]
            places.append(number)
            letters.append([before + option for option in options])
    return {"tokens": [token.text for token in answer.tokens], "places": places, "letters": letters}


def shown_inputs(text):
    from datetime import UTC, datetime

    from purchase_agent.evidence import read_shopper
    from purchase_agent.predictors.llm.shown import show
    from purchase_agent.predictors.prepare import prepare

    return show(prepare(read_shopper(text), datetime.now(UTC)), [0]).inputs


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
