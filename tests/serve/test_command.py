"""The command as a user gives it; nothing is started but stand-ins."""

import json
import signal
import socket
import sys
from pathlib import Path

import pytest
import typer
import yaml

from purchase_agent.errors import PurchaseAgentError, SettingsError
from purchase_agent.serve import command, find
from purchase_agent.serve.launch import Launch, Options, launch
from purchase_agent.serve.profile import load_profile


@pytest.fixture
def run(monkeypatch, tmp_path, capsys):
    """Runs the command in an empty folder; what it printed."""
    for name in ("PURCHASE_AGENT_LLM_API_KEY", "VLLM_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        find, "find_vllm", lambda python, kind: find.Found(python or "/env/python", "0.32.0", f"vllm.of.{kind}")
    )

    def call(*arguments):
        typer.main.get_command(command.app).main(list(map(str, arguments)), standalone_mode=False)
        return capsys.readouterr()

    return call


def test_print_shows_the_command_and_starts_nothing(run, monkeypatch):
    monkeypatch.setenv("PURCHASE_AGENT_LLM_API_KEY", "s3cret")
    shown = run("--print", "--host", "0.0.0.0", "--extra", "--seed 7")
    assert "/env/python -m vllm.of.gpu" in shown.out
    assert "--seed 7" in shown.out
    assert "s3cret" not in shown.out + shown.err


def test_print_works_where_vllm_is_not_installed(run, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(find, "LOCAL", Path("/no/such"))
    shown = run("--print", "--profile", "h200")
    assert shown.out.split("\\\n  ")[-1]
    assert "python -m vllm.entrypoints" in shown.out
    assert "pip install" in shown.err


def test_the_limits_of_a_model_folder_bound_the_flags(run, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"vocab_size": 16, "max_position_embeddings": 512}))
    shown = run("--print", "--profile", "cpu", "--model", tmp_path).out
    assert "--max-logprobs 16" in shown
    assert "--max-model-len 512" in shown


@pytest.mark.parametrize(
    "arguments",
    [["--profile", "huge"], ["--host", "0.0.0.0"], ["--extra", "'"], ["--lora", "x"], ["--model", "./none"],
     ["--api-key-file", "none"]],
)  # fmt: skip
def test_what_was_asked_wrongly_is_told_before_anything_starts(run, arguments):
    with pytest.raises(SettingsError) as error:
        run(*arguments)
    assert error.value.hint


def test_the_engine_gets_the_key_and_its_end_is_told(run, monkeypatch, tmp_path):
    (tmp_path / "key").write_text("s3cret\n")
    monkeypatch.setattr(find, "check_port", lambda *_: None)
    code = "import os; print('key is', len(os.environ['VLLM_API_KEY'])); raise SystemExit('out of memory')"
    stand_in = Launch((sys.executable, "-c", code), {"VLLM_API_KEY": "s3cret"}, "127.0.0.1", 8000, "m")
    monkeypatch.setattr(command, "launch", lambda *_: stand_in)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(command, "CompletionProbe", lambda _: lambda: "silent")
    with pytest.raises(PurchaseAgentError, match="ended with status 1 before it answered") as error:
        run("--api-key-file", "key", "--log", "all.log")
    assert "key is 6" in error.value.message
    assert "choose a smaller" in error.value.hint
    assert "key is 6" in (tmp_path / "all.log").read_text()


@pytest.mark.real
def test_a_port_that_is_taken_is_told_before_the_model_is_loaded(run):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(SettingsError, match="another program listens there"):
            run("--port", other.getsockname()[1])


@pytest.mark.parametrize(
    "name", [f"{kind}.yaml" for kind in ("alerts", "compose", "kubernetes", "prometheus", "ray_serve")]
)
def test_the_deployment_files_are_yaml_with_the_flags_of_the_launcher(name):
    text = (Path(command.__file__).parent / name).read_text(encoding="utf-8")
    documents = list(yaml.safe_load_all(text))
    assert all(documents)
    if name in {"compose.yaml", "kubernetes.yaml"}:
        shown = launch(load_profile("24gb"), Options()).argv
        for flag in (word for word in shown if word.startswith("--")):
            assert f"{flag}=" in text or f"{flag}\n" in text, flag
        assert "/v1/completions" in text
        assert not [line for line in text.splitlines() if "/health" in line.partition("#")[0]]
