"""What holds for every test. Warnings are errors and sockets are closed by pyproject.toml; here is who is let out."""

import io
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from purchase_agent import cli
from purchase_agent.service import PurchaseAgent
from purchase_agent.settings import PREFIX, SHIPPED_MODELS
from tests.fakes import FakePredictor

SHARED_DATA = Path(__file__).parent.parent.parent / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Opens the network to the tests marked ``real``, and to no others."""
    for item in items:
        if item.get_closest_marker("real"):
            item.add_marker(pytest.mark.enable_socket)


@pytest.fixture
def needs_model() -> None:
    """Skips where this checkout has no trained model."""
    if not (SHIPPED_MODELS / "text" / "manifest.json").is_file():
        pytest.skip("needs the shipped text model, which `purchase-agent train text` makes")


@pytest.fixture
def shared_data() -> Path:
    """The project's data folder; skips where the checkout stands alone."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs ../shared/data")
    return SHARED_DATA


@pytest.fixture
def fake_model(monkeypatch: pytest.MonkeyPatch) -> FakePredictor:
    """Every ``PurchaseAgent`` of the test asks this predictor."""
    fake = FakePredictor()
    monkeypatch.setattr(PurchaseAgent, "_predictor", fake)
    return fake


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it wrote."""

    status: int
    out: str
    err: str


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., Ended]:
    """Runs the command line in this process, in an empty folder, with standard input as bytes (None: a terminal)."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: Any, stdin: bytes | None = b"") -> Ended:
        given = io.TextIOWrapper(io.BufferedReader(io.BytesIO(stdin or b"")))
        monkeypatch.setattr(given, "isatty", lambda: stdin is None)
        monkeypatch.setattr(sys, "argv", ["purchase-agent", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", given)
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main()
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Ended(int(end.value.code or 0), out, err)

    return call
