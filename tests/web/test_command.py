"""``purchase-agent web`` as a user gives it; nothing listens here."""

import sys
from typing import Any

import pytest
import typer

from purchase_agent.errors import MissingExtraError, SettingsError
from purchase_agent.web import command, serve

KEY = "a-key-of-enough-letters"


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Runs the command in an empty folder; how the server was started."""
    started: dict[str, Any] = {}
    for name in ("API_KEY", "HOST", "PORT", "LLM_BASE_URL", "ENGINE"):
        monkeypatch.delenv(f"PURCHASE_AGENT_{name}", raising=False)
    monkeypatch.chdir(tmp_path)

    def start(app, host, port, **more):
        started.update(app=app, host=host, port=port, **more)

    monkeypatch.setattr(serve, "serve", start)

    def call(*arguments):
        typer.main.get_command(command.app).main(list(map(str, arguments)), standalone_mode=False)
        return started

    return call


def test_by_default_it_listens_here_without_a_key(run):
    started = run()
    assert (started["host"], started["port"], started["has_key"]) == ("127.0.0.1", 8080, False)


def test_settings_and_options(run, monkeypatch):
    monkeypatch.setenv("PURCHASE_AGENT_API_KEY", KEY)
    monkeypatch.setenv("PURCHASE_AGENT_HOST", "0.0.0.0")
    started = run("--port", 9000, "--grace", 5)
    assert (started["host"], started["port"], started["has_key"], started["grace_s"]) == ("0.0.0.0", 9000, True, 5)


def test_the_key_from_a_file(run, tmp_path):
    (tmp_path / "key").write_text(f"{KEY}\n")
    assert run("--api-key-file", tmp_path / "key")["has_key"]


@pytest.mark.parametrize("content", [None, b"", b"short", b"\xff\xfe"])
def test_key_files_that_cannot_be_used(run, tmp_path, content):
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    with pytest.raises(SettingsError) as refused:
        run("--api-key-file", tmp_path / "key")
    assert "short" not in str(refused.value)


def test_without_the_extra_the_command_to_install_it_is_told(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "purchase_agent.web.serve", raising=False)
    monkeypatch.delitem(sys.modules, "purchase_agent.web.protocol", raising=False)
    with pytest.raises(MissingExtraError, match=r"purchase-agent\[web\]"):
        run()


@pytest.mark.real  # asks the system for the address
def test_an_address_of_another_machine_cannot_be_listened_at():
    with pytest.raises(SettingsError, match="cannot listen"):
        serve.listen("no.such.host.invalid", 1)
