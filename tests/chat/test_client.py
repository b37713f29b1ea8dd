import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from purchase_agent.chat.check import describe, examine
from purchase_agent.chat.client import ChatClient
from purchase_agent.chat.request import Answer, Endpoint, Failure, Request
from purchase_agent.faults.server import FaultServer

pytestmark = pytest.mark.real

SHOPPER = "my phone is too slow, Zanzibar-4711"
SCHEMA = {"type": "object", "properties": {"intent": {"type": "string", "enum": ["A", "B"]}}, "required": ["intent"]}


def check(content: str) -> str | None:
    return None if content in {'{"intent":"A"}', '{"intent":"B"}'} else "intent is A or B."


def questions(number: int, **changes: Any) -> list[Request]:
    given: dict[str, Any] = {"max_tokens": 30, "schema": SCHEMA, "check": check, **changes}
    return [Request(({"role": "user", "content": f"{SHOPPER} {at}"},), **given) for at in range(number)]


def kinds(outcomes: list[Answer | Failure]) -> list[str]:
    return [outcome.kind if isinstance(outcome, Failure) else "answer" for outcome in outcomes]


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture
def client(server: FaultServer) -> Iterator[Callable[..., ChatClient]]:
    """Makes clients of the server, their library imported already."""
    made: list[ChatClient] = []

    def make(**changes: Any) -> ChatClient:
        client = ChatClient(Endpoint(**{"base_url": server.url, "model": "m", **changes}))
        made.append(client)
        client.probe(30)
        server.calls.clear()
        return client

    yield make
    for client in made:
        client.close()


def test_sixty_four_at_once_each_get_their_own_answer(server, client):
    server.latency_s = 0.05
    asked = client(concurrency=64)
    began = time.monotonic()
    outcomes = asked.ask(questions(64), 5.0)
    assert time.monotonic() - began < 2.8  # one after the other would take 3.2 s
    assert kinds(outcomes) == ["answer"] * 64
    again = asked.ask(questions(64), 5.0)
    assert [outcome.content for outcome in outcomes] == [outcome.content for outcome in again]


def test_threads_share_a_client(client):
    asked = client(concurrency=4)
    outcomes: list[str] = []
    threads = [threading.Thread(target=lambda: outcomes.extend(kinds(asked.ask(questions(4), 5.0)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == ["answer"] * 32
    assert asked.usage.calls == 32


def test_a_full_queue_is_said_at_once(server, client):
    server.latency_s = 0.2
    outcomes = client(concurrency=2, queue=3).ask(questions(10), 5.0)
    assert kinds(outcomes) == ["answer"] * 5 + ["overloaded"] * 5


def test_all_requests_share_the_deadline(server, client):
    server.latency_s = 0.3

    def seconds() -> float:
        asked = client(concurrency=1)
        began = time.monotonic()
        outcomes = asked.ask(questions(20), 1.0)
        took = time.monotonic() - began
        assert set(kinds(outcomes)) == {"answer", "timeout"}
        assert len(server.calls) <= 4
        return took

    assert any(seconds() <= 1.25 for _ in range(3))  # the quickest, since others may use the machine


@pytest.mark.parametrize("mode", ["error_500", "reset_before_headers", "rate_limited"])
def test_an_outage_is_not_amplified(server, client, mode):
    asked = client()
    server.mode = mode
    outcomes = asked.ask(questions(150), 5.0)
    assert "answer" not in kinds(outcomes)
    usage = asked.usage
    assert usage.attempts <= 1.1 * 150
    assert usage.retries <= 2 + 0.05 * usage.attempts
    assert len(server.calls) <= usage.attempts + usage.probes
    assert asked.breaker.state == "open"


@pytest.mark.parametrize("mode", ["hung", "error_503", "empty_choices", "closed_at_once"])
def test_the_breaker_opens_and_closes_again(server, client, mode):
    asked = client()
    server.mode = mode
    asked.ask(questions(6), 0.5)
    assert asked.breaker.state == "open"
    began = time.monotonic()
    assert set(kinds(asked.ask(questions(20), 5.0))) == {"breaker_open"}
    assert time.monotonic() - began < 1.0  # not after the deadline, and not after a wait
    time.sleep(1.2)  # a probe is under way
    assert asked.breaker.state == "open"
    server.mode = "ok"
    recovered = time.monotonic()
    while asked.breaker.state == "open":
        assert time.monotonic() - recovered < 5.0
        time.sleep(0.02)
    assert kinds(asked.ask(questions(3), 5.0)) == ["answer"] * 3


def test_one_slow_batch_does_not_open_the_breaker(server, client):
    """An engine that answers is busy, not hung, however many requests the deadline cuts off."""
    server.latency_s = 0.4
    asked = client(concurrency=6)
    assert "timeout" in kinds(asked.ask(questions(30), 1.0))
    assert asked.breaker.state == "closed"


def test_retry_after_is_honoured_when_it_fits(server, client):
    asked = client()
    server.script(["rate_limited_seconds", "ok"])
    began = time.monotonic()
    (outcome,) = asked.ask(questions(1), 5.0)
    assert isinstance(outcome, Answer)
    assert outcome.attempts == 2
    assert time.monotonic() - began >= 1.0
    server.script(["rate_limited_long", "ok"])
    began = time.monotonic()
    assert kinds(asked.ask(questions(1), 5.0)) == ["rate_limited"]
    assert time.monotonic() - began < 1.0  # not after the deadline, and not after a wait
    server.script(["rate_limited_date", "ok"])
    assert kinds(asked.ask(questions(1), 5.0)) == ["answer"]


def test_what_is_sent(server, client, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-another-host")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-of-another-host")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-another-host")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Other: another-host\nAuthorization: Bearer another-host")
    asked = client(extra_body={"top_k": 1, "model": "no", "stream": True}, headers={"X-Gateway": "blue"})
    asked.ask(questions(2), 5.0)
    first, second = server.calls
    assert first.body["model"] == "m"
    assert first.body["top_k"] == 1
    assert first.body["seed"] == 0
    assert first.body["temperature"] == 0
    assert first.body["logprobs"] is True
    assert first.body["top_logprobs"] == 20
    assert first.body["response_format"]["json_schema"] == {"name": "answer", "schema": SCHEMA, "strict": True}
    assert "stream" not in first.body
    assert first.headers["x-gateway"] == "blue"
    assert "another-host" not in str(first.headers)
    assert "authorization" not in first.headers
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


def test_the_key_is_a_bearer_token(server, client, monkeypatch):
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer another-host")
    client(api_key="sk-own").ask(questions(1), 5.0)
    assert server.calls[0].headers["authorization"] == "Bearer sk-own"


def test_a_proxy_is_not_asked_for_this_machine(client, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert kinds(client().ask(questions(1), 5.0)) == ["answer"]


def test_the_only_model_is_found_once(client):
    asked = client(model=None)
    outcomes = asked.ask(questions(5), 5.0)
    assert {outcome.model for outcome in outcomes} == {"fault-model"}


def test_an_invalid_answer_is_asked_for_again_once(server, client):
    asked = client()
    server.mode = "invalid_once"
    (outcome,) = asked.ask(questions(1), 5.0)
    assert isinstance(outcome, Answer)
    assert outcome.attempts == 2
    answer, complaint = server.calls[1].body["messages"][-2:]
    assert answer["role"] == "assistant"
    assert answer["content"].startswith("The answer is")
    assert complaint == {"role": "user", "content": "intent is A or B."}
    assert asked.usage.reasks == 1


def test_a_long_invalid_answer_goes_back_in_part(client):
    with FaultServer(answer=lambda _: "no " * 400) as server:
        asked = client(base_url=server.url)
        assert kinds(asked.ask(questions(1, max_tokens=2000), 5.0)) == ["bad_answer"]
        assert len(server.calls[-1].body["messages"][-2]["content"]) == 500


def test_samples(server, client):
    (outcome,) = client().ask(questions(1, samples=5), 5.0)
    assert isinstance(outcome, Answer)
    assert len(outcome.samples) == 5
    assert set(outcome.samples) == {'{"intent":"A"}', '{"intent":"B"}'}
    assert outcome.tokens is None
    assert server.calls[0].body["temperature"] == 1.0
    assert "logprobs" not in server.calls[0].body


def test_what_a_server_refuses_is_not_sent_twice(server, client):
    asked = client()
    server.mode = "logprobs_limited"
    for _ in range(2):
        (outcome,) = asked.ask(questions(1), 5.0)
        assert len(outcome.tokens[0].tops) == 5
    assert [call.body["top_logprobs"] for call in server.calls] == [20, 5, 5]


def test_thinking_is_switched_off(server, client):
    asked = client()
    server.mode = "thinks_apart"
    asked.ask(questions(1), 5.0)
    asked.ask(questions(1), 5.0)
    assert [call.body.get("chat_template_kwargs") for call in server.calls] == [None, *[{"enable_thinking": False}] * 2]


def test_a_users_own_template_arguments_stay(server, client):
    own = {"reasoning_effort": "low"}
    asked = client(extra_body={"chat_template_kwargs": own})
    server.mode = "thinks_in_tags"
    assert kinds(asked.ask(questions(1), 5.0)) == ["answer"]
    assert all(call.body["chat_template_kwargs"] == own for call in server.calls)
    assert [call.body["max_tokens"] for call in server.calls] == [30, 2030]


@pytest.mark.parametrize("mode", ["ok", "error_500", "html_200", "prose_around", "obeys_the_text", "unknown_fault_400"])
def test_no_log_holds_what_was_said(server, client, caplog, mode):
    caplog.set_level(logging.DEBUG)
    asked = client(api_key="sk-own-key")
    server.mode = mode
    asked.ask(questions(3), 2.0)
    assert caplog.records
    said = "\n".join(f"{record.getMessage()} {record.exc_text or ''}" for record in caplog.records)
    for secret in ("Zanzibar", "sk-own-key", '"intent"', "example.invalid"):
        assert secret not in said


def test_a_text_that_is_no_unicode_is_no_outage(client):
    request = Request(({"role": "user", "content": "\ud800"},), max_tokens=5)
    asked = client()
    assert set(kinds(asked.ask([request] * 6, 2.0))) <= {"bad_request", "answer"}
    assert asked.breaker.state == "closed"


def test_a_name_that_is_never_resolved(monkeypatch, client):
    client()
    released = threading.Event()

    def hangs(*_: object, **__: object) -> list[object]:
        released.wait(10)
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", hangs)

    def seconds() -> float:
        asked = ChatClient(Endpoint("http://llm.invalid/v1", model="m"))
        made.append(asked)
        began = time.monotonic()
        assert set(kinds(asked.ask(questions(3), 0.5))) == {"timeout"}
        return time.monotonic() - began

    made: list[ChatClient] = []
    assert any(seconds() <= 0.75 for _ in range(3))  # the quickest, since others may use the machine
    released.set()
    for asked in made:
        asked.close()


def test_closing_ends_what_is_under_way(server, client):
    asked = client()
    server.mode = "hung"
    outcomes: list[str] = []
    thread = threading.Thread(target=lambda: outcomes.extend(kinds(asked.ask(questions(3), 10.0))))
    thread.start()
    while len(server.calls) < 3:
        time.sleep(0.01)
    asked.close()
    thread.join(2.0)
    assert outcomes == ["cancelled"] * 3
    assert kinds(asked.ask(questions(2), 1.0)) == ["cancelled"] * 2


def test_what_a_check_raises_reaches_the_caller(client):
    def broken(_: str) -> str | None:
        raise LookupError("the check is at fault")

    with pytest.raises(LookupError):
        client().ask(questions(1, check=broken), 2.0)


def test_probe(server, client):
    asked = client()
    assert isinstance(asked.probe(1.0), Answer)
    server.mode = "hung"
    assert kinds([asked.probe(0.3)]) == ["timeout"]
    server.mode = "unauthorized"
    assert kinds([asked.probe(1.0)]) == ["unauthorized"]


@pytest.mark.parametrize(
    ("mode", "held", "logprobs", "thinks", "problem"),
    [
        ("ok", True, True, False, ""),
        ("logprobs_null", True, False, False, "log-probabilities"),
        ("schema_refused", False, True, False, "schema"),
        ("thinks_apart", True, True, True, ""),
    ],
)
def test_examine(server, client, mode, held, logprobs, thinks, problem):
    asked = client()
    server.mode = mode
    report = examine(asked, 3.0)
    assert (report.reachable, report.answered, report.model) == (True, True, "m")
    assert (report.schema_held, report.logprobs, report.thinks) == (held, logprobs, thinks)
    assert problem in report.problem
    assert bool(problem) == bool(report.problem)


@pytest.mark.parametrize(("mode", "reachable"), [("closed_at_once", False), ("unauthorized", True), ("hung", False)])
def test_examine_a_faulty_one(server, client, mode, reachable):
    asked = client()
    server.mode = mode
    report = examine(asked, 0.6)
    assert report.reachable is reachable
    assert report.answered is False
    assert report.problem


def test_describe_hides_secrets():
    line = describe(Endpoint("http://user:word@gateway.example/v1", api_key="sk-own", model="m"))
    assert "sk-own" not in line
    assert "word" not in line
    assert "gateway.example" in line
