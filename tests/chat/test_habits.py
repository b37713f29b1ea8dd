from dataclasses import replace

import pytest

from purchase_agent.chat.habits import THINKING_ROOM, Habits
from purchase_agent.chat.headers import kept_back, sent_headers
from purchase_agent.chat.request import Endpoint, Request
from purchase_agent.errors import SettingsError

ENDPOINT = Endpoint("http://127.0.0.1:8000/v1")
REQUEST = Request(({"role": "user", "content": "x"},), max_tokens=30, schema={"type": "object"})


def body(habits: Habits, request: Request = REQUEST, endpoint: Endpoint = ENDPOINT) -> dict[str, object]:
    return habits.body(endpoint, "m", request)


def test_no_log_probabilities_where_none_are_asked_for():
    assert "logprobs" not in body(Habits(), replace(REQUEST, top_logprobs=0))
    assert "logprobs" not in body(Habits(), replace(REQUEST, samples=3))
    assert "logprobs" not in body(Habits(most_tops=0))
    assert body(Habits(most_tops=5))["top_logprobs"] == 5


@pytest.mark.parametrize(
    ("complaint", "expected"),
    [
        ("Requested sample logprobs of 20, which is greater than max allowed: 5", Habits(most_tops=5)),
        ("unknown parameter: 'response_format'", Habits(schema=False)),
        ("The JSON schema contains features not supported by xgrammar", Habits(schema=False)),
        (
            "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
            Habits(length="max_completion_tokens"),
        ),
        ("temperature must be 1", Habits(temperature=False)),
        ("unknown field seed", Habits(seed=False)),
        ("something else", None),
        ("", None),
    ],
)
def test_after_refusal(complaint, expected):
    assert Habits().after_refusal(complaint, REQUEST) == expected


def test_fewer_log_probabilities_and_then_none():
    fewer = Habits().after_refusal("logprobs", REQUEST)
    assert fewer is not None
    none = fewer.after_refusal("logprobs", REQUEST)
    assert none == Habits(most_tops=0)
    assert none.after_refusal("logprobs", REQUEST) is None


def test_a_length_that_was_swapped_swaps_back_only_when_refused_itself():
    swapped = Habits(length="max_completion_tokens")
    assert swapped.after_refusal("unknown parameter max_completion_tokens", REQUEST) == Habits()
    assert swapped.after_refusal("max_tokens is unknown", REQUEST) is None


def test_thinking_is_switched_off_and_then_given_room():
    quiet = Habits().after_thinking(ENDPOINT)
    assert quiet is not None
    assert body(quiet)["chat_template_kwargs"] == {"enable_thinking": False}
    assert body(quiet)["max_tokens"] == 30
    roomy = quiet.after_thinking(ENDPOINT)
    assert roomy is not None
    assert body(roomy)["max_tokens"] == 30 + THINKING_ROOM
    assert roomy.after_thinking(ENDPOINT) is None


def test_a_server_that_knows_no_template_arguments():
    habits = Habits(quiet=True).after_refusal("Unrecognized argument: chat_template_kwargs", REQUEST)
    assert habits == Habits(quiet=True, switch=False, roomy=True)
    assert "chat_template_kwargs" not in body(habits)


def test_a_users_own_fields_win_but_for_the_question():
    own = {"temperature": 0.3, "chat_template_kwargs": {"a": 1}, "messages": [], "model": "n", "stream": True}
    sent = body(Habits(quiet=True), endpoint=replace(ENDPOINT, extra_body=own))
    assert sent["temperature"] == 0.3
    assert sent["chat_template_kwargs"] == {"a": 1}
    assert sent["messages"] == [{"role": "user", "content": "x"}]
    assert sent["model"] == "m"
    assert "stream" not in sent


@pytest.mark.parametrize("url", ["", "127.0.0.1:8000", "ftp://host/v1", "http://", "http://[::1", "file:///etc"])
def test_an_address_that_is_none(url):
    with pytest.raises(SettingsError):
        Endpoint(url)


def test_bounds_of_an_endpoint():
    with pytest.raises(SettingsError):
        Endpoint("http://host/v1", concurrency=0)


def test_no_repr_shows_a_secret():
    shown = repr(Endpoint("http://host/v1", api_key="sk-own", headers={"X": "sk-own"})) + repr(REQUEST)
    assert "sk-own" not in shown
    assert "content" not in shown


def test_headers_of_the_environment_are_kept_back():
    environment = {"OPENAI_CUSTOM_HEADERS": "X-Other: a\n X-Gateway : b\n\nbroken"}
    sent = sent_headers(replace(ENDPOINT, headers={"x-gateway": "blue"}))
    assert kept_back(sent, environment) == [
        "Authorization", "OpenAI-Organization", "OpenAI-Project", "X-Other", "broken"
    ]  # fmt: skip
    assert "Authorization" not in kept_back(sent_headers(replace(ENDPOINT, api_key="k")), environment)
    assert "Authorization" not in kept_back(sent_headers(replace(ENDPOINT, headers={"authorization": "k"})), {})
