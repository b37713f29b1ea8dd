"""The command that starts vLLM: word for word for each profile, and what each option changes."""

import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from purchase_agent.addresses import is_loopback
from purchase_agent.errors import SettingsError
from purchase_agent.serve.launch import Lora, Options, child_environment, launch
from purchase_agent.serve.profile import load_profile, names

GOLDEN = Path(__file__).parent / "golden"
KEY = "s3cret"


def argv(**options):
    return launch(load_profile("24gb"), Options(**options)).argv


def value(words, flag):
    return words[words.index(flag) + 1]


@pytest.mark.parametrize("name", names())
def test_the_command_of_each_profile(name):
    told = launch(load_profile(name), Options()).printed()
    assert told == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8").rstrip("\n")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"served_name": "gpt"}, ["--served-model-name", "gpt"]),
        ({"model": "/models/mine/"}, ["--model", "/models/mine/", "--served-model-name", "mine"]),
        ({"model": "a/b"}, ["--model", "a/b", "--served-model-name", "a/b"]),
        ({"port": 9001}, ["--port", "9001"]),
        ({"max_model_len": 2048}, ["--max-model-len", "2048"]),
        ({"positions": 1024}, ["--max-model-len", "1024"]),
        ({"vocabulary": 16}, ["--max-logprobs", "16"]),
        ({"vocabulary": 151_936}, ["--max-logprobs", "20"]),
        ({"dtype": "float32"}, ["--dtype", "float32"]),
        ({"extra": ("--seed", "7")}, ["--seed", "7"]),
        ({"host": "::1"}, ["--host", "::1"]),
        ({"python": "/env/bin/python"}, ["/env/bin/python", "-m"]),
    ],
)
def test_an_option_changes_its_flag(options, words):
    told = argv(**options)
    place = told.index(words[0])
    assert list(told[place : place + len(words)]) == words
    assert len(told) == len(argv()) + len(options.get("extra", ()))


def test_adapters_are_served_beside_the_model():
    told = argv(loras=(Lora("mine", "/lora/mine", 24), Lora("other", "/lora/other")))
    assert told[told.index("--enable-lora") :] == (
        "--enable-lora", "--max-loras", "2", "--max-lora-rank", "32", "--lora-modules",
        '{"name": "mine", "path": "/lora/mine"}', '{"name": "other", "path": "/lora/other"}',
    )  # fmt: skip


def test_a_model_that_thinks_first_has_its_thoughts_cut_away():
    assert "--reasoning-parser" not in argv(model="/models/mine")
    assert value(argv(model="/models/mine"), "--default-chat-template-kwargs") == '{"enable_thinking": false}'
    other = launch(load_profile("h200"), Options(model="openai/gpt-oss-120b")).argv
    assert value(other, "--reasoning-parser") == "openai_gptoss"


def test_several_gpus_share_a_model():
    profile = load_profile("h200")
    engine = profile.engine.model_copy(update={"tensor_parallel": 2})
    assert value(launch(profile.model_copy(update={"engine": engine}), Options()).argv, "--tensor-parallel-size") == "2"


def test_the_key_is_in_the_environment_and_nowhere_else():
    told = launch(load_profile("24gb"), Options(key=KEY, host="0.0.0.0"))
    assert told.environment["VLLM_API_KEY"] == told.key == KEY
    assert not any(KEY in word for word in told.argv)
    assert KEY not in told.printed() + repr(told) + repr(Options(key=KEY))
    assert 'VLLM_API_KEY="${PURCHASE_AGENT_LLM_API_KEY:?set it}" ' in told.printed()


def test_the_key_is_printed_by_the_words_that_get_it():
    asked = Options(key=KEY, key_words='"$(cat key)"', key_guard="test -s key")
    told = launch(load_profile("24gb"), asked).printed()
    assert told.startswith("test -s key && ")
    assert 'VLLM_API_KEY="$(cat key)" ' in told
    assert "key" not in launch(load_profile("24gb"), replace(asked, key=None)).printed().lower()


def test_offline_keeps_the_hub_out():
    assert launch(load_profile("24gb"), Options(offline=True)).environment["HF_HUB_OFFLINE"] == "1"
    assert "HF_HUB_OFFLINE" not in launch(load_profile("24gb"), Options()).environment


def test_the_engine_gets_none_of_our_settings_and_no_switch_that_opens_it():
    own = {
        "PATH": "/bin", "PURCHASE_AGENT_HASH_KEY": "x", "VLLM_API_KEY": "another", "VLLM_SERVER_DEV_MODE": "1",
        "VLLM_LOGGING_LEVEL": "DEBUG", "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1",
    }  # fmt: skip
    told = child_environment(own, launch(load_profile("cpu"), Options()))
    assert "VLLM_API_KEY" not in told
    assert not any(name.startswith("PURCHASE_AGENT_") for name in told)
    assert (told["PATH"], told["VLLM_SERVER_DEV_MODE"], told["VLLM_LOGGING_LEVEL"]) == ("/bin", "0", "INFO")
    assert told["VLLM_CPU_KVCACHE_SPACE"] == "4"
    assert told["VLLM_ALLOW_RUNTIME_LORA_UPDATING"] == "0"


@pytest.mark.parametrize(
    ("host", "url"), [("127.0.0.1", "http://127.0.0.1:8000/v1"), ("0.0.0.0", "http://127.0.0.1:8000/v1"),
                      ("::", "http://[::1]:8000/v1"), ("localhost", "http://localhost:8000/v1")],
)  # fmt: skip
def test_the_address_that_this_machine_uses(host, url):
    assert launch(load_profile("24gb"), Options(host=host, key=KEY)).base_url == url


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"host": "0.0.0.0"}, "no key is set"),
        ({"host": "192.0.2.7"}, "no key is set"),
        ({"host": "example.org"}, "no key is set"),
        ({"host": ""}, "is no address"),
        ({"host": "http://127.0.0.1"}, "is no address"),
        ({"port": 0}, "is no port"),
        ({"max_model_len": 10}, "holds no prompt"),
        ({"max_model_len": 4096, "positions": 2048}, "has 2048 positions"),
        ({"extra": ("--api-key", KEY)}, "may not set --api-key"),
        ({"extra": ("--hos=0.0.0.0",)}, "may not set --host"),
        ({"extra": ("--served_model_name", "x")}, "may not set --served-model-name"),
        ({"extra": ("--config", "x.yaml")}, "may not set --config"),
        ({"extra": ("--enable-log-requests",)}, "may not set --enable-log-requests"),
        ({"loras": (Lora("a", "/1"), Lora("a", "/2"))}, "same name"),
        ({"loras": (Lora("Qwen/Qwen3-8B", "/1"),)}, "name of the model"),
        ({"loras": (Lora("a", "/1", 1000),)}, "rank 1000"),
    ],
)
def test_what_cannot_be_served_is_refused(options, told):
    with pytest.raises(SettingsError, match=told) as error:
        argv(**options)
    assert KEY not in str(error.value)


def test_only_loopback_addresses_need_no_key():
    assert all(is_loopback(host) for host in ("127.0.0.1", "127.8.8.8", "::1", "localhost"))
    assert not any(is_loopback(host) for host in ("0.0.0.0", "::", "10.0.0.1", "localhost.example"))


def test_what_is_printed_is_what_is_started():
    told = launch(load_profile("24gb"), Options(loras=(Lora("mine", "/a b"),)))
    words = shlex.split(told.printed().replace("\\\n", " "))
    assert tuple(words[len(told.environment) :]) == told.argv
