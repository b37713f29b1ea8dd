"""`purchase-agent serve` over a real vLLM: it answers, is started again when killed, and leaves nothing behind."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.vllm.serving import free_port, vllm_python

pytestmark = pytest.mark.real

BUILDER = Path(__file__).with_name("tiny_llm.py")
KEY = "a-key-of-this-test"
SCHEMA = {
    "type": "object",
    "properties": {"intent": {"enum": list("ABCDEF")}, "flags": {"type": "string", "pattern": "^[yn]( [yn]){1}$"}},
    "required": ["intent", "flags"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """The tiny model, written by the interpreter of vLLM, which has torch and transformers."""
    folder = tmp_path_factory.mktemp("tiny")
    code = (
        "import sys, pathlib, runpy; runpy.run_path(sys.argv[1])['build_tiny_llm'](pathlib.Path(sys.argv[2]), seed=7)"
    )
    subprocess.run([vllm_python(), "-c", code, str(BUILDER), str(folder)], check=True, capture_output=True)
    return folder


def ask(port, path, body, key=KEY):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(
            "POST", path, json.dumps(body), {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
        )
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def health(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status
    finally:
        connection.close()


class Command:
    """The command in a process of its own, with what it says."""

    def __init__(self, *arguments, folder):
        code = "from purchase_agent.serve.command import app; app()"
        environment = {**os.environ, "PURCHASE_AGENT_LLM_API_KEY": KEY}
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments], cwd=folder, env=environment, stderr=subprocess.PIPE, text=True
        )
        self.said: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        assert self.process.stderr is not None
        self.said.extend(self.process.stderr)  # line by line, as they come

    def end(self):
        self.process.kill()
        self.process.wait()
        if self.process.stderr is not None:
            self.process.stderr.close()

    def wait_for(self, words, times=1, seconds=420):
        until = time.monotonic() + seconds
        while sum(words in line for line in self.said) < times:
            assert time.monotonic() < until, self.said
            assert self.process.poll() is None, self.said
            time.sleep(0.2)


def alive():
    """Process -> its parent, of all that are no remains of one that ended."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent, *_ = path.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state != "Z":
            found[int(path.parent.name)] = int(parent)
    return found


def descendants(pid):
    """All processes that come from this one."""
    own, running = {pid}, alive()
    while more := {one for one, parent in running.items() if parent in own} - own:
        own |= more
    return own - {pid}


def engine_of(processes):
    """The one that computes, not the one that speaks HTTP."""
    return next(pid for pid in processes if "EngineCore" in Path(f"/proc/{pid}/cmdline").read_text())


def test_it_answers_is_restarted_when_killed_or_hung_and_ends_clean(tiny, tmp_path):
    port = free_port()
    command = Command(
        "--profile", "cpu", "--model", str(tiny), "--served-name", "tiny", "--dtype", "float32",
        "--max-model-len", "2048", "--port", str(port), "--python", vllm_python(), "--offline",
        "--log", "vllm.log", "--hang-after", "40", folder=tmp_path,
    )  # fmt: skip
    try:
        command.wait_for("ready after")
        asked = {
            "model": "tiny", "messages": [{"role": "user", "content": "I need a kettle"}], "max_tokens": 60,
            "logprobs": True, "top_logprobs": 20,
            "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": SCHEMA, "strict": True}},
        }  # fmt: skip
        status, told = ask(port, "/v1/chat/completions", asked)
        text = told["choices"][0]["message"]["content"]
        assert status == 200
        assert text == json.dumps(json.loads(text), separators=(",", ":"))  # no spaces between fields
        assert told["usage"]["prompt_tokens_details"] is not None
        assert ask(port, "/v1/chat/completions", asked, key="another")[0] == 401
        assert not any(KEY in Path(f"/proc/{pid}/cmdline").read_text() for pid in descendants(command.process.pid))

        first = descendants(command.process.pid)
        os.kill(engine_of(first), signal.SIGKILL)
        command.wait_for("starting it again")
        command.wait_for("ready after", times=2)
        assert ask(port, "/v1/chat/completions", asked)[0] == 200
        assert not first & set(alive())

        second = descendants(command.process.pid)
        os.kill(engine_of(second), signal.SIGSTOP)
        assert health(port) == 200  # which is why it is not asked
        command.wait_for("hung: no answer for 40 s")
        command.wait_for("ready after", times=3)
        assert ask(port, "/v1/chat/completions", asked)[0] == 200
        assert not second & set(alive())

        third = descendants(command.process.pid)
        command.process.send_signal(signal.SIGINT)
        assert command.process.wait(60) == 0
        assert command.said[-1] == "serve: stopped\n"
        assert not third & set(alive())
        assert "kettle" not in (tmp_path / "vllm.log").read_text()
    finally:
        command.end()
