"""The behaviour model behind a real vLLM: served as it is, it gives the local next-word probabilities."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from purchase_agent.events import Step, history_at
from purchase_agent.predictors.behaviour import NEXT, BehaviourModel
from purchase_agent.predictors.event_tokens import ASKED, ID, NO, WORDS, YES, prompt
from purchase_agent.settings import SHIPPED_MODELS

pytestmark = pytest.mark.real

VLLM = Path(__file__).parents[2] / ".venv-vllm" / "bin" / "python"
FOLDER = SHIPPED_MODELS / "behaviour"
NAME = "behaviour"
STARTS_WITHIN_S = 300
DAY = 86_400.0
AT = 1_700_000_000.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Address of a vLLM that serves the shipped folder in float32 on the CPU."""
    if not VLLM.exists():
        pytest.skip("needs .venv-vllm, which `make test-real` makes")
    port = free_port()
    arguments = [
        str(VLLM), "-m", "vllm.entrypoints.openai.api_server", "--model", str(FOLDER), "--served-model-name", NAME,
        "--host", "127.0.0.1", "--port", str(port), "--dtype", "float32", "--max-model-len", "208", "--enforce-eager",
        "--max-logprobs", str(len(WORDS)), "--max-num-seqs", "8",
    ]  # fmt: skip
    settings = {**os.environ, "VLLM_CPU_KVCACHE_SPACE": "1", "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
    log = (tmp_path_factory.mktemp("vllm") / "log.txt").open("w+")
    process = subprocess.Popen(arguments, env=settings, stdout=log, stderr=log, start_new_session=True)
    address = f"http://127.0.0.1:{port}/v1/completions"
    try:
        wait_for(address, process, log)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)
        log.close()


def wait_for(address, process, log):
    """A health check answers before the engine does: only a completion shows that it works."""
    until = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < until:
        if process.poll() is not None:
            log.seek(0)
            pytest.fail(f"vLLM ended with {process.returncode}: {log.read()[-2000:]}")
        try:
            complete(address, [ID["<s>"]])
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(2)
        else:
            return
    pytest.fail("vLLM did not start in time")


def complete(address, ids):
    """Word id -> log-probability of being next."""
    asked = {
        "model": NAME, "prompt": ids, "max_tokens": 1, "temperature": 0, "logprobs": len(WORDS),
        "return_tokens_as_token_ids": True,
    }  # fmt: skip
    request = urllib.request.Request(address, json.dumps(asked).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        told = json.load(answer)["choices"][0]["logprobs"]["top_logprobs"][0]
    return {int(name.removeprefix("token_id:")): value for name, value in told.items()}


def histories():
    browsing = [Step(AT + 40 * k, "view_item", str(k % 4), "shoes", 20.0 + k) for k in range(9)]
    cart = [*browsing, Step(AT + 400, "add_to_cart", "2", "shoes", 22.0)]
    buyer = [Step(AT - 30 * DAY * k, "purchase", "tea", "tea", 9.0) for k in range(6, 0, -1)]
    long = [Step(AT + 5000 * k, "view_item", str(k), str(k % 5)) for k in range(300)]
    return [
        history_at(browsing, AT + 330),
        history_at(cart, AT + 420),
        history_at(cart, AT + 3 * DAY),
        history_at(buyer, AT),
        history_at(long, AT + 5000 * 300),
    ]


def test_served_next_word_probabilities_are_the_local_ones(server):
    prompts = [prompt(past) for past in histories()]
    following, asked = BehaviourModel(FOLDER).word_scores(prompts)
    for row, ids in enumerate(prompts):
        told = complete(server, ids)
        scores = np.asarray([told[ID[word]] for word in NEXT])
        served = np.exp(scores) / np.exp(scores).sum()
        assert served == pytest.approx(np.exp(following[row]), abs=1e-3)
        for place, question in enumerate(ASKED):
            told = complete(server, [*ids, ID[question]])
            chance = 1 / (1 + np.exp(told[ID[NO]] - told[ID[YES]]))
            assert chance == pytest.approx(1 / (1 + np.exp(-asked[row, place])), abs=1e-3)
