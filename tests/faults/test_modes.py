"""Every mode of the fault server through the client: in time, with an honest outcome, and well again afterwards."""

import json
import random
import time
from typing import Any

import pytest

from purchase_agent.chat.client import ChatClient
from purchase_agent.chat.request import Answer, Endpoint, Failure, Request
from purchase_agent.faults.modes import MODES
from purchase_agent.faults.server import FaultServer

pytestmark = pytest.mark.real

DEADLINE_S = 1.5
LATEST_S = 1.75
TRIES = 3  # the time is that of the quickest, since others may use the machine
SHOPPER = "my phone is too slow, Zanzibar-4711"
FIELDS = {"intent": "ABCDEF", "timing": "ABCDEFG"}
SCHEMA = {
    "type": "object",
    "properties": {name: {"type": "string", "enum": list(letters)} for name, letters in FIELDS.items()},
    "required": list(FIELDS),
    "additionalProperties": False,
}

WITH_TOKENS = {
    "invalid_once", "logprobs_limited", "max_tokens_refused", "negative_usage", "no_usage", "ok", "schema_refused",
    "temperature_refused", "thinks_apart", "thinks_in_bare_channels", "thinks_in_channels", "thinks_in_half_tags",
    "thinks_in_tags", "thinks_stubbornly", "wrong_content_type",
}  # fmt: skip
WITHOUT_TOKENS = {
    "logprobs_empty", "logprobs_infinite", "logprobs_nan", "logprobs_null", "logprobs_other_text", "logprobs_refused",
    "logprobs_text", "logprobs_too_few", "tops_empty",
}  # fmt: skip
FAILING = {
    "bad_answer": {
        "answer_twice", "content_not_json", "duplicate_keys", "extra_field", "fenced", "list_of_answers", "lookalikes",
        "lower_case", "missing_field", "nan_in_content", "obeys_the_text", "prose_around", "refusal_in_words",
        "swapped_silently", "unknown_label", "word_for_letter",
    },
    "bad_request": {"unknown_fault_400"},
    "connection": {
        "bad_chunks", "closed_at_once", "half_body", "not_http", "reset_before_headers", "reset_in_body",
        "reset_in_headers",
    },
    "context_overflow": {"context_overflow"},
    "no_answer": {
        "bad_utf8", "body_deep", "body_not_json", "body_null", "empty_body", "empty_choices", "empty_content",
        "endless_body", "error_in_200", "gzip_bomb", "gzip_broken", "html_200", "huge_body", "no_message",
        "null_content", "redirect", "swapped", "tool_call",
    },
    "rate_limited": {"rate_limited", "rate_limited_date", "rate_limited_long", "rate_limited_seconds"},
    "refused": {"content_filtered", "refusal_field"},
    "server_error": {"error_500", "error_502", "error_503", "error_503_wait"},
    "timeout": {
        "chunks_never_end", "drip", "error_504_late", "event_comments", "half_body_hangs", "hung", "slow_headers",
        "whitespace_only",
    },
    "truncated": {"blanks_until_limit", "truncated"},
    "unauthorized": {"forbidden", "unauthorized"},
    "wrong_model": {"model_not_found", "wrong_model"},
}  # fmt: skip
KINDS = {mode: kind for kind, modes in FAILING.items() for mode in modes}


def check(content: str) -> str | None:
    try:
        pairs = json.loads(content, object_pairs_hook=list)
    except ValueError:
        return "The answer is no JSON."
    if not isinstance(pairs, list) or [pair[0] for pair in pairs if isinstance(pair, tuple)] != list(FIELDS):
        return "The fields are intent and timing, once each."
    known = all(isinstance(value, str) and len(value) == 1 and value in FIELDS[name] for name, value in pairs)
    return None if known else "A letter stands for nothing."


def question(text: str = SHOPPER, **changes: Any) -> Request:
    messages = ({"role": "system", "content": "Answer in JSON."}, {"role": "user", "content": text})
    return Request(messages, **{"max_tokens": 60, "schema": SCHEMA, "check": check, **changes})


@pytest.fixture(scope="module", autouse=True)
def library_is_imported() -> None:
    """So that no deadline pays for it."""
    with FaultServer() as server:
        client = ChatClient(Endpoint(server.url))
        client.ask([question()], 30)
        client.close()


def test_every_mode_is_expected_here() -> None:
    assert WITH_TOKENS | WITHOUT_TOKENS | set(KINDS) == set(MODES)
    assert len(MODES) >= 40
    assert all(mode.description for mode in MODES.values())


@pytest.mark.parametrize("mode", sorted(MODES))
def test_mode(mode: str) -> None:
    assert any(asked(mode) <= LATEST_S for _ in range(TRIES))


def asked(mode: str) -> float:
    """Seconds for one request of a server with that fault, once all that holds at any speed is found to hold."""
    with FaultServer(mode) as server:
        client = ChatClient(Endpoint(server.url, model="m"))
        began = time.monotonic()
        (outcome,) = client.ask([question()], DEADLINE_S)
        took = time.monotonic() - began
        if mode in KINDS:
            assert isinstance(outcome, Failure)
            assert outcome.kind == KINDS[mode]
            assert "Zanzibar" not in repr(outcome)
            assert "intent" not in repr(outcome)
        else:
            assert isinstance(outcome, Answer)
            assert check(outcome.content) is None
            assert min(outcome.read, outcome.cached, outcome.written) >= 0
            assert (outcome.tokens is not None) == (mode in WITH_TOKENS)
            if outcome.tokens is not None:
                assert "".join(token.text for token in outcome.tokens) == outcome.content
                assert all(token.tops for token in outcome.tokens)
        assert len(server.calls) <= 4
        assert not server.elsewhere

        # A client that has learned to ask without a schema gets no valid answer from one that needs it.
        server.mode = mode if mode == "schema_refused" else "ok"
        (later,) = client.ask([question()], DEADLINE_S)
        assert isinstance(later, Answer)
        assert check(later.content) is None
        client.close()
    return took


@pytest.mark.parametrize("seed", [1, 2])
def test_any_mixture(seed: int) -> None:
    """Faults at random between good answers: each request ends in time, and no answer is half right."""
    assert any(mixed(random.Random(seed)) <= LATEST_S for _ in range(TRIES))


def mixed(chance: random.Random) -> float:
    """Seconds for the slower of two batches, once all that holds at any speed is found to hold."""
    slowest = 0.0
    modes = [chance.choice(sorted(MODES)) if chance.random() < 0.5 else "ok" for _ in range(80)]
    with FaultServer() as server:
        client = ChatClient(Endpoint(server.url, model="m", concurrency=8))
        server.script([*modes, "ok"])
        for _ in range(2):
            began = time.monotonic()
            outcomes = client.ask([question(f"{SHOPPER} {at}") for at in range(30)], DEADLINE_S)
            slowest = max(slowest, time.monotonic() - began)
            assert len(outcomes) == 30
            for outcome in outcomes:
                assert isinstance(outcome, Failure) or check(outcome.content) is None
        usage = client.usage
        assert usage.calls == 60
        assert usage.failures.total() <= 60
        assert usage.retries <= 2 + 0.05 * usage.attempts
        client.close()
    return slowest
