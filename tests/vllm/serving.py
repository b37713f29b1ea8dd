"""A model behind a real vLLM on this machine's processor, started as ``purchase-agent serve`` starts it."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from purchase_agent.serve import find
from purchase_agent.serve.launch import Launch, Lora, Options, child_environment, launch
from purchase_agent.serve.probe import CompletionProbe
from purchase_agent.serve.profile import load_profile
from purchase_agent.serve.supervise import Limits, Supervisor

ROOT = Path(__file__).parents[2]
STARTS_WITHIN_S = 420.0
# Taken out of the environment: the product refuses settings of its prefix that it does not know.
GIVEN = os.environ.pop("PURCHASE_AGENT_TEST_VLLM_PYTHON", None)


def vllm_python() -> str:
    """The interpreter that has vLLM; skips the test where there is none."""
    python = GIVEN or str(ROOT / ".venv-vllm" / "bin" / "python")
    if not Path(python).exists():
        pytest.skip("needs .venv-vllm, which `make test-real` makes")
    return python


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Serving:
    """A supervised server in threads of this process. ``said``: the supervisor's sentences; ``lines``: vLLM's own."""

    def __init__(self, started: Launch, limits: Limits) -> None:
        self.started = started
        self.said: list[str] = []
        self.lines: list[str] = []
        self.ready = threading.Event()
        self.error: Exception | None = None
        self.supervisor = Supervisor(
            started.argv,
            child_environment(os.environ, started),
            lambda: CompletionProbe(started),
            self._tell,
            limits,
            self.lines.append,
        )
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def base_url(self) -> str:
        """Address of the server, with ``/v1``."""
        return self.started.base_url

    @property
    def pid(self) -> int | None:
        """Of the engine's process group."""
        return self.supervisor.pid

    def wait(self, seconds: float = STARTS_WITHIN_S) -> None:
        """Returns when a completion was answered since the start, or since ``ready`` was cleared."""
        while not self.ready.wait(0.2):
            seconds -= 0.2
            if self.error is not None or not self._thread.is_alive() or seconds < 0:
                pytest.fail(f"vLLM did not start: {self.error}\n" + "\n".join(self.lines[-30:]))

    def end(self) -> None:
        """Stops it and waits until it is gone."""
        self.supervisor.stop()
        self._thread.join(60)

    def _run(self) -> None:
        try:
            self.supervisor.run()
        except Exception as error:  # noqa: BLE001 -- told by the waiting test
            self.error = error

    def _tell(self, words: str) -> None:
        self.said.append(words)
        if words.startswith("ready"):
            self.ready.set()


@contextmanager
def serving(
    folder: Path,
    name: str,
    *,
    max_model_len: int,
    key: str | None = None,
    loras: Sequence[Lora] = (),
    extra: Sequence[str] = (),
) -> Iterator[Serving]:
    """A server of the model in ``folder`` in float32, ready; ended when the context is left.

    Args:
        folder: of a model, as ``build_tiny_llm`` writes it.
        name: that requests ask for.
        max_model_len: tokens of prompt and answer.
        key: that requests must bring.
        loras: adapters served beside it.
        extra: further flags of vLLM.
    """
    found = find.find_vllm(vllm_python(), "cpu")
    limits = find.read_model(str(folder))
    profile = load_profile("cpu")
    small = profile.engine.model_copy(update={"environment": {"VLLM_CPU_KVCACHE_SPACE": "1"}})
    options = Options(
        python=found.python,
        module=found.module,
        model=str(folder),
        served_name=name,
        port=free_port(),
        key=key,
        loras=tuple(loras),
        max_model_len=max_model_len,
        dtype="float32",
        extra=tuple(extra),
        offline=True,
        vocabulary=limits.vocabulary,
        positions=limits.positions,
    )
    started = launch(profile.model_copy(update={"engine": small}), options)
    server = Serving(started, Limits(start_s=STARTS_WITHIN_S, probe_every_s=1.0, first_wait_s=0.5))
    try:
        server.wait()
        yield server
    finally:
        server.end()


@contextmanager
def served(folder: Path, name: str, *, max_model_len: int, extra: Sequence[str] = ()) -> Iterator[str]:
    """The address of such a server: ``http://127.0.0.1:PORT/v1``."""
    with serving(folder, name, max_model_len=max_model_len, extra=extra) as server:
        yield server.base_url
