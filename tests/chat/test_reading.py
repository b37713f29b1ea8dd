import json
from typing import Any

import pytest

from purchase_agent.chat.failures import AttemptError, Raw, by_status
from purchase_agent.chat.reading import id_of, listed_models, read_reply, same_model


def raw(parsed: Any, status: int = 200, **headers: str) -> Raw:
    body = parsed if isinstance(parsed, bytes) else json.dumps(parsed).encode()
    return Raw(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def completion(**changes: Any) -> dict[str, Any]:
    choice = {"message": {"content": "A"}, "finish_reason": "stop", **changes.pop("choice", {})}
    return {"model": "m", "choices": [choice], **changes}


def test_a_reply():
    usage = {"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}}
    reply = read_reply(raw(completion(usage=usage)), "m")
    assert reply.contents == ("A",)
    assert (reply.read, reply.cached, reply.written) == (9, 4, 2)
    assert reply.tokens is None


@pytest.mark.parametrize(
    "usage", [None, [], {"prompt_tokens": -1}, {"prompt_tokens": "9"}, {"prompt_tokens": True}, {"prompt_tokens": 1e9}]
)
def test_counts_that_are_none(usage):
    reply = read_reply(raw(completion(usage=usage)), "m")
    assert (reply.read, reply.cached, reply.written) == (0, 0, 0)


@pytest.mark.parametrize(
    ("choice", "kind"),
    [
        ({"finish_reason": "length"}, "truncated"),
        ({"finish_reason": "content_filter"}, "refused"),
        ({"message": {"content": None, "refusal": "No."}}, "refused"),
        ({"message": {"content": None}}, "no_answer"),
        ({"message": {"content": " \n"}}, "no_answer"),
    ],
)
def test_a_choice_without_an_answer(choice, kind):
    failed = read_reply(raw(completion(choice=choice)), "m").failed
    assert failed is not None
    assert failed.kind == kind


def test_prose_that_does_not_end_may_be_a_thought():
    cut = {"finish_reason": "length", "message": {"content": "Let me see, the shopper"}}
    assert read_reply(raw(completion(choice=cut)), "m", wants_json=True).thinks
    assert not read_reply(raw(completion(choice=cut)), "m").thinks


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"<html>", b"\xff", b"[" * 200_000, b"9" * 10_000, b'{"choices":[]}', b'{"choices":{}}',
     b'{"choices":[null]}', b'{"choices":[{}]}', b'{"choices":[{"message":"A"}]}', b'{"error":{}}'],
)  # fmt: skip
def test_what_is_no_completion(body):
    with pytest.raises(AttemptError) as failed:
        read_reply(raw(body), "m")
    assert failed.value.kind == "no_answer"


@pytest.mark.parametrize(
    ("asked", "named", "same"),
    [
        ("m", "m", True),
        ("gpt-4o", "gpt-4o-2024-08-06", True),
        ("Qwen/Qwen3-8B", "qwen3-8b", True),
        ("qwen3-8b", "accounts/models/qwen3-8b", True),
        ("m", "n", False),
        ("gpt-4o", "gpt-4o-mini", False),
        ("qwen3-8b", "qwen3-80b", False),
        ("b", "qwen3-8b", False),
    ],
)
def test_same_model(asked, named, same):
    assert same_model(asked, named) is same


def test_another_model_is_none():
    with pytest.raises(AttemptError) as failed:
        read_reply(raw(completion(model="other")), "m")
    assert failed.value.kind == "wrong_model"


def test_listed_models():
    assert listed_models(raw({"data": [{"id": "a"}, {"id": 3}, {"id": "two\nlines"}, None]})) == ["a"]
    with pytest.raises(AttemptError):
        listed_models(raw({"models": []}))


def test_id_of():
    name = "3f2a6f0e-0000-4000-8000-000000000000"
    assert id_of(raw({"id": f"chatcmpl-{name}"})) == name
    assert id_of(raw({"id": "chatcmpl-AbC"})) == ""


@pytest.mark.parametrize(
    ("status", "error", "kind", "again"),
    [
        (408, {}, "server_error", True),
        (409, {}, "server_error", True),
        (429, {}, "rate_limited", True),
        (500, {}, "server_error", True),
        (529, {}, "server_error", True),
        (302, {}, "no_answer", False),
        (401, {}, "unauthorized", False),
        (403, {}, "unauthorized", False),
        (403, {"message": "blocked by the content management policy"}, "refused", False),
        (413, {}, "context_overflow", False),
        (400, {"message": "This model's maximum context length is 2048 tokens."}, "context_overflow", False),
        (400, {"code": "context_length_exceeded"}, "context_overflow", False),
        (400, {"code": "content_filter"}, "refused", False),
        (400, {"message": "no"}, "bad_request", False),
        (404, {"message": "The model `x` does not exist."}, "wrong_model", False),
        (404, {"code": "model_not_found"}, "wrong_model", False),
        (404, {"message": "Not Found"}, "bad_request", False),
        (422, {"message": "no"}, "bad_request", False),
    ],
)
def test_by_status(status, error, kind, again):
    failed = by_status(raw({"error": error}, status))
    assert (failed.kind, failed.again) == (kind, again)
    assert str(status) in failed.message


@pytest.mark.parametrize("status", [404, 405])
@pytest.mark.parametrize("body", [{"detail": "Not Found"}, b"<h1>404</h1>", b""])
def test_a_path_that_nothing_answers_at_asks_for_the_end_of_the_address(status, body):
    failed = by_status(raw(body, status))
    assert failed.kind == "bad_request"
    assert "/v1" in failed.message


@pytest.mark.parametrize("status", [400, 422])
def test_a_request_that_was_read_and_refused_says_nothing_of_the_address(status):
    assert "/v1" not in by_status(raw({"error": {"message": "no"}}, status)).message


@pytest.mark.parametrize("body", [b"", b"plain words", b"\xff", b"[]", b'"text"', b'{"detail": [{"msg": "no"}]}'])
def test_an_error_body_of_any_kind(body):
    assert by_status(raw(body, 400)).kind == "bad_request"


def test_only_a_useful_wait_spares_the_breaker():
    assert not by_status(raw({}, 429, retry_after="3")).ill
    assert by_status(raw({}, 429, retry_after="864000")).ill
    assert by_status(raw({}, 429)).ill
    assert by_status(raw({}, 503, retry_after="3")).ill
    assert not by_status(raw({}, 401)).ill
