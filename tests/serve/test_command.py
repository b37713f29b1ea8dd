"""The command as a user gives it; nothing is started but stand-ins."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import typer
import yaml

from purchase_agent.errors import PurchaseAgentError, SettingsError
from purchase_agent.serve import command as serving
from purchase_agent.serve import find
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
        typer.main.get_command(serving.app).main(list(map(str, arguments)), standalone_mode=False)
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


@pytest.fixture
def pasted(run, tmp_path):
    """Runs what ``--print`` shows in a shell, with a stand-in for the interpreter that tells the key it gets."""
    stand_in = tmp_path / "an env" / "python"
    stand_in.parent.mkdir()
    stand_in.write_text("#!/bin/sh\nprintf 'started with <%s>' \"$VLLM_API_KEY\"\n")
    stand_in.chmod(0o755)

    def call(*arguments, shell="bash", **variables):
        shown = run("--print", "--host", "0.0.0.0", "--python", stand_in, *arguments).out
        assert "s3cret" not in shown
        environment = {"PATH": "/usr/bin:/bin", **variables}
        return subprocess.run([shell, "-c", shown], env=environment, capture_output=True, text=True, check=False)

    return call


@pytest.mark.parametrize("shell", ["bash", "sh"])
@pytest.mark.parametrize("name", ["key.txt", "my $(key) it's.txt", "-n"])
@pytest.mark.parametrize("content", ["s3cret", "s3cret\n", "s3cret\r\n"])
def test_the_pasted_command_reads_the_key_from_its_file(pasted, tmp_path, name, content, shell):
    (tmp_path / name).write_text(content, newline="")
    done = pasted(f"--api-key-file={name}", shell=shell, PURCHASE_AGENT_LLM_API_KEY="another")
    assert (done.stdout, done.returncode) == ("started with <s3cret>", 0), done.stderr


@pytest.mark.parametrize("content", [None, "", " \n"])
def test_without_the_key_in_its_file_the_pasted_command_starts_nothing(run, tmp_path, content):
    key = tmp_path / "key.txt"
    key.write_text("s3cret")
    first, _, rest = run("--print", "--host", "0.0.0.0", "--api-key-file", "key.txt").out.partition("/env/python -m")
    assert rest
    there = subprocess.run(["bash", "-c", f"{first}echo started"], capture_output=True, text=True, check=False)
    assert there.stdout == "started\n"
    if content is None:
        key.unlink()
    else:
        key.write_text(content)
    done = subprocess.run(["bash", "-c", f"{first}echo started"], capture_output=True, text=True, check=False)
    assert "started" not in done.stdout
    assert done.returncode != 0


@pytest.mark.parametrize("name", ["PURCHASE_AGENT_LLM_API_KEY", "VLLM_API_KEY"])
def test_the_pasted_command_takes_the_key_from_its_variable_and_ends_without_it(pasted, monkeypatch, name):
    monkeypatch.setenv(name, "s3cret")
    assert pasted(**{name: "s3cret"}).stdout == "started with <s3cret>"
    for without in ({}, {name: ""}):
        done = pasted(**without)
        assert done.stdout == ""
        assert done.returncode != 0
        assert f"{name}: set it" in done.stderr


def test_a_key_of_env_file_is_no_variable_of_the_shell_and_the_pasted_command_says_so(pasted, tmp_path):
    (tmp_path / ".env").write_text("PURCHASE_AGENT_LLM_API_KEY=s3cret\n")
    done = pasted()
    assert done.stdout == ""
    assert "PURCHASE_AGENT_LLM_API_KEY: set it" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--profile", "nope"], "there is no profile nope; one of 24gb, cpu, h200"),
        (["--extra", "'"], "close each quote"),
        (["--extra", "--host 0.0.0.0"], "may not set --host"),
        (["--lora", "missing"], "is not NAME=FOLDER"),
        (["--lora", "mine=missing"], "adapter_config.json is missing"),
        (["--model", "./none"], "is no folder"),
        (["--model", "."], "config.json is missing"),
        (["--api-key-file", "none"], "No such file"),
        (["--host", "http://127.0.0.1"], "is no address"),
        (["--port", "99999"], "--port"),
        (["--port", "0"], "--port"),
        (["--max-model-len", "10"], "holds no prompt"),
        (["--python", "./no/python", "--print"], "is no Python that runs"),
    ],
)
def test_what_was_asked_wrongly_is_told_before_anything_starts(command, arguments, told):
    ended = command("serve", *arguments)
    assert ended.status == 2
    assert told in ended.err
    assert ended.out == ""


def test_an_open_address_without_a_key_lacks_a_setting_as_with_web_and_mcp(command, monkeypatch):
    monkeypatch.delenv("VLLM_API_KEY", raising=False)
    ended = command("serve", "--host", "0.0.0.0")
    assert ended.status == 1
    assert "no key is set" in ended.err


def test_the_engine_gets_the_key_and_its_end_is_told(run, monkeypatch, tmp_path):
    (tmp_path / "key").write_text("s3cret\n")
    monkeypatch.setattr(find, "check_port", lambda *_: None)
    code = "import os; print('key is', len(os.environ['VLLM_API_KEY'])); raise SystemExit('out of memory')"
    stand_in = Launch((sys.executable, "-c", code), {"VLLM_API_KEY": "s3cret"}, "127.0.0.1", 8000, "m")
    monkeypatch.setattr(serving, "launch", lambda *_: stand_in)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(serving, "CompletionProbe", lambda _: lambda: "silent")
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
    text = (Path(serving.__file__).parent / name).read_text(encoding="utf-8")
    documents = list(yaml.safe_load_all(text))
    assert all(documents)
    if name in {"compose.yaml", "kubernetes.yaml"}:
        shown = launch(load_profile("24gb"), Options()).argv
        for flag in (word for word in shown if word.startswith("--")):
            assert f"{flag}=" in text or f"{flag}\n" in text, flag
        assert "/v1/completions" in text
        assert not [line for line in text.splitlines() if "/health" in line.partition("#")[0]]


def test_a_log_that_cannot_be_written_is_told_before_anything_starts(run, monkeypatch, tmp_path):
    monkeypatch.setattr(find, "check_port", lambda *_: None)
    with pytest.raises(Exception, match=r"--log .*No such file or directory; name a file") as told:
        run("--log", tmp_path / "no" / "x.log")
    assert getattr(told.value, "exit_code", None) == 2
