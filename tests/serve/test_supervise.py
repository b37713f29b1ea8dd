"""The supervisor over a process that is slow, dies, hangs or will not end. Whether it answers is read from a file."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from purchase_agent.errors import PurchaseAgentError
from purchase_agent.serve.supervise import Limits, Supervisor

FAKE = Path(__file__).with_name("fake_engine.py")
QUICK = Limits(
    start_s=8, hang_s=1.5, probe_every_s=0.05, grace_s=0.5, restarts=2, window_s=60, first_wait_s=0.05, most_wait_s=0.1
)


class Watched:
    """A supervisor at work in a thread, with what it said."""

    def __init__(self, folder, plans, limits=QUICK):
        self.folder = folder
        self.said: list[str] = []
        self.error: Any = None
        self.supervisor = Supervisor(
            [sys.executable, str(FAKE), str(folder), plans], os.environ, self.make_probe, self.said.append, limits
        )
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def make_probe(self):
        made = time.monotonic()

        def probe():
            try:
                answered = float((self.folder / "answer").read_text())
            except FileNotFoundError:
                return "silent"
            return "answered" if answered > made and time.monotonic() - answered < 1.0 else "silent"

        return probe

    def run(self):
        try:
            self.supervisor.run()
        except PurchaseAgentError as error:
            self.error = error

    def wait_for(self, words):
        until = time.monotonic() + 15
        while not any(words in line for line in self.said):
            assert time.monotonic() < until, self.said
            time.sleep(0.02)

    def end(self):
        self.supervisor.stop()
        self.thread.join(15)
        assert not self.thread.is_alive()
        assert self.supervisor.pid is None

    def lives(self):
        return [int(path.read_text()) for path in sorted(self.folder.glob("life*"))]


def is_gone(pid):
    """Within two seconds, which a process that was killed and not yet collected may need."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_ready_is_said_after_a_real_answer_and_stop_leaves_nothing(tmp_path):
    watched = Watched(tmp_path, "slow+helper")
    watched.wait_for("loading the weights")
    assert not any(line.startswith("ready") for line in watched.said)
    watched.wait_for("ready after")
    watched.end()
    assert watched.error is None
    assert watched.said[-1] == "stopping the engine"
    assert len(watched.lives()) == 1
    assert all(is_gone(pid) for pid in [*watched.lives(), int((tmp_path / "helper").read_text())])


def test_an_engine_that_ends_before_it_answered_is_not_started_again(tmp_path):
    watched = Watched(tmp_path, "dies")
    watched.thread.join(10)
    assert len(watched.lives()) == 1
    assert "ended with status 3 before it answered" in watched.error.message
    assert "Address already in use \\x1b[31m" in watched.error.message
    assert "--port" in watched.error.hint


def test_an_engine_that_never_answers_is_given_up(tmp_path):
    limits = Limits(start_s=0.6, probe_every_s=0.05, grace_s=0.5)
    watched = Watched(tmp_path, "mute+stubborn", limits)
    watched.thread.join(10)
    assert "gave no answer within 1 s before it answered" in watched.error.message
    assert all(is_gone(pid) for pid in watched.lives())


@pytest.mark.parametrize(("plan", "fault"), [("crashes", "ended with status 7"), ("hangs+helper", "hung: no answer")])
def test_an_engine_that_dies_or_hangs_is_started_again(tmp_path, plan, fault):
    watched = Watched(tmp_path, f"{plan},fine")
    watched.wait_for(f"the engine {fault}")
    until = time.monotonic() + 15
    while sum(line.startswith("ready") for line in watched.said) < 2:
        assert time.monotonic() < until, watched.said
        time.sleep(0.02)
    first = watched.lives()[0]
    assert is_gone(first)
    if "helper" in plan:
        assert is_gone(int((tmp_path / "helper").read_text()))
    watched.end()
    assert watched.error is None
    assert len(watched.lives()) == 2


def test_restarts_are_bounded_and_the_last_lines_are_told(tmp_path):
    watched = Watched(tmp_path, "crashes")
    watched.thread.join(20)
    assert len(watched.lives()) == 1 + QUICK.restarts
    assert "after 2 restarts in 60 s" in watched.error.message
    assert "Starting to load model" in watched.error.message
    assert sum("starting it again" in line for line in watched.said) == QUICK.restarts


def test_an_engine_that_ignores_the_polite_signal_is_killed(tmp_path):
    watched = Watched(tmp_path, "stubborn")
    watched.wait_for("ready")
    began = time.monotonic()
    watched.end()
    assert QUICK.grace_s <= time.monotonic() - began < 5
    assert all(is_gone(pid) for pid in watched.lives())


def test_a_second_stop_does_not_wait(tmp_path):
    watched = Watched(tmp_path, "stubborn", Limits(probe_every_s=0.05, grace_s=60))
    watched.wait_for("ready")
    watched.supervisor.stop()
    watched.end()
    assert all(is_gone(pid) for pid in watched.lives())


def test_nothing_outlives_a_supervisor_that_is_killed(tmp_path):
    code = (
        "import os, sys\n"
        "from purchase_agent.serve.supervise import Supervisor\n"
        "Supervisor(sys.argv[1:], os.environ, lambda: lambda: 'answered', lambda words: None).run()\n"
    )
    command = [sys.executable, "-c", code, sys.executable, str(FAKE), str(tmp_path), "helper"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL) as supervising:
        until = time.monotonic() + 15
        while not (tmp_path / "helper").exists() and time.monotonic() < until:
            time.sleep(0.02)
        supervising.send_signal(signal.SIGKILL)
    engine, helper = int((tmp_path / "life0").read_text()), int((tmp_path / "helper").read_text())
    assert is_gone(engine)
    assert is_gone(helper)
