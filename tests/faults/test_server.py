import json
import socket
import subprocess
import sys
import time
import urllib.request
from typing import Any

import pytest

from purchase_agent.faults.server import MODEL, FaultServer

pytestmark = pytest.mark.real


def ask(url: str, text: str = "x") -> dict[str, Any]:
    body = {"model": "m", "messages": [{"role": "user", "content": text}]}
    headers = {"Content-Type": "application/json", "X-Request-ID": "r1"}
    request = urllib.request.Request(f"{url}/chat/completions", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=5) as response:
        answer: dict[str, Any] = json.load(response)
    return answer


def test_an_answer_of_ones_own_and_a_script():
    with FaultServer(answer=lambda body: body["messages"][0]["content"].upper()) as server:
        assert ask(server.url, "hello")["choices"][0]["message"]["content"] == "HELLO"
        server.script(["empty_choices", "wrong_model", "ok"])
        assert ask(server.url)["choices"] == []
        assert ask(server.url)["model"] == "another-model"
        assert [ask(server.url)["model"] for _ in range(2)] == ["m", "m"]
        assert len(server.calls) == 5
        assert server.calls[0].body["messages"] == [{"role": "user", "content": "hello"}]
        assert server.calls[0].headers["x-request-id"] == "r1"
        assert server.calls[0].at < server.calls[-1].at


def test_health_and_models_answer_while_the_engine_hangs():
    with FaultServer("hung") as server:
        for path in ("/health", "/v1/models"):
            with urllib.request.urlopen(server.url.removesuffix("/v1") + path, timeout=5) as response:
                assert response.status == 200
                said = response.read()
        assert [entry["id"] for entry in json.loads(said)["data"]] == [MODEL]


def test_latency():
    with FaultServer(latency_s=0.2) as server:
        began = time.monotonic()
        ask(server.url)
        assert 0.2 <= time.monotonic() - began < 5


def test_a_port_that_is_taken():
    with FaultServer() as server, pytest.raises(OSError, match="in use"), FaultServer(port=int(server.url[17:-3])):
        pass


def test_on_the_command_line():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "purchase_agent.faults", "--mode", "wrong_model", "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert f"wrong_model at http://127.0.0.1:{port}/v1" in process.stderr.readline()
        assert ask(f"http://127.0.0.1:{port}/v1")["model"] == "another-model"
        process.terminate()
