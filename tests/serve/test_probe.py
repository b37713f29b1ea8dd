"""The probe over a real HTTP server that answers as an engine does that works, is busy, hangs or is none."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from purchase_agent.serve.launch import Options, launch
from purchase_agent.serve.probe import CompletionProbe
from purchase_agent.serve.profile import load_profile

pytestmark = pytest.mark.real

ANSWER = json.dumps({"choices": [{"text": "a", "finish_reason": "length"}]})


class Engine(BaseHTTPRequestHandler):
    completion: tuple[int, str] = (200, ANSWER)
    tokens: int | None = None
    hangs: bool = False
    asked: tuple[Any, ...] = ()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Engine.asked = (self.path, self.headers["Authorization"], json.loads(body))
        if Engine.hangs:
            time.sleep(20)  # far longer than it is waited for
        self.reply(*Engine.completion)

    def do_GET(self):
        if Engine.tokens is None:
            self.reply(404, "")
            return
        Engine.tokens += 5
        self.reply(200, f'# TYPE\nvllm:generation_tokens_total{{model_name="m"}} {Engine.tokens}\nvllm:x 1\n')

    def reply(self, status, text):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def port():
    Engine.completion, Engine.tokens, Engine.hangs = (200, ANSWER), None, False
    server = ThreadingHTTPServer(("127.0.0.1", 0), Engine)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


def probe(port, **options):
    return CompletionProbe(launch(load_profile("cpu"), Options(port=port, served_name="m", **options)), timeout_s=1.0)


def test_one_token_is_asked_for_with_the_key(port):
    assert probe(port, key="k")() == "answered"
    path, key, asked = Engine.asked
    assert (path, key, asked["model"], asked["max_tokens"]) == ("/v1/completions", "Bearer k", "m", 1)


@pytest.mark.parametrize(
    "answer",
    [(500, ""), (503, "{}"), (401, ANSWER), (200, ""), (200, "<html>"), (200, "[]"), (200, '{"choices": []}')],
)
def test_anything_but_a_completion_is_no_answer(port, answer):
    Engine.completion = answer
    assert probe(port)() == "silent"


def test_a_hung_engine_is_silent_and_bounded_in_time(port):
    Engine.hangs = True
    began = time.monotonic()
    assert probe(port)() == "silent"
    assert time.monotonic() - began < 5


def test_a_busy_engine_is_alive_while_its_counter_moves(port):
    Engine.completion, Engine.tokens = (503, "{}"), 100
    ask = probe(port)
    assert ask() == "silent"  # nothing to compare with yet
    assert ask() == "busy"
    Engine.tokens = 100  # it was raised by each look at it
    assert ask() == "silent"


def test_a_port_without_a_server_is_silent():
    assert probe(1)() == "silent"
