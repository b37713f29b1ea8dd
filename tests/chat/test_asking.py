import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

from purchase_agent.chat import asking
from purchase_agent.chat.asking import Asker
from purchase_agent.chat.failures import AttemptError, Raw
from purchase_agent.chat.request import Answer, Endpoint, Failure, Request
from purchase_agent.chat.usage import Usage

QUESTION = Request(({"role": "user", "content": "x"},), max_tokens=30)


def said(content: str | None = "A", **fields: Any) -> Raw:
    choice = {"message": {"content": content}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 10, "completion_tokens": 2}
    return Raw(200, {}, json.dumps({"model": "m", "choices": [choice], "usage": usage, **fields}).encode())


class Script:
    """A wire that answers from a list; the last entry goes on."""

    def __init__(self, *answers: Raw | AttemptError | Callable[[str], Raw], models: Raw | None = None) -> None:
        self.answers = list(answers)
        self.ids: list[str] = []
        self.listed = 0
        self._models = models

    async def post(self, body: Mapping[str, Any], request_id: str) -> Raw:
        assert body["model"] == "m"
        self.ids.append(request_id)
        await asyncio.sleep(0)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, AttemptError):
            raise answer
        return answer if isinstance(answer, Raw) else answer(request_id)

    async def models(self) -> Raw:
        self.listed += 1
        await asyncio.sleep(0)
        assert self._models is not None
        return self._models


async def asked(asker: Asker, *requests: Request, deadline_s: float = 5.0) -> list[Answer | Failure | None]:
    results: list[Answer | Failure | None] = [None] * len(requests)
    await asker.ask(requests, asyncio.get_running_loop().time() + deadline_s, results)
    return results


def is_open(subject: Asker) -> bool:
    return subject.breaker.state == "open"


def asker(wire: Script, **changes: Any) -> Asker:
    return Asker(Endpoint(**{"base_url": "http://host/v1", "model": "m", **changes}), wire)


async def test_tokens_of_all_attempts_are_counted():
    subject = asker(Script(said("no"), said("A")))
    question = Request(QUESTION.messages, 30, check=lambda content: None if content == "A" else "Write A.")
    (answer,) = await asked(subject, question)
    assert isinstance(answer, Answer)
    assert (answer.read, answer.written, answer.attempts) == (20, 4, 2)
    assert (subject.usage.calls, subject.usage.attempts, subject.usage.reasks) == (1, 2, 1)


async def test_what_a_failure_cost_is_told():
    never = Request(QUESTION.messages, 30, check=lambda _: "Write A.")
    cut = said(choices=[{"message": {"content": "A"}, "finish_reason": "length"}])
    for replies, request, kind in (([said("no")], never, "bad_answer"), ([cut], QUESTION, "truncated")):
        subject = asker(Script(*replies))
        (failure,) = await asked(subject, request)
        assert isinstance(failure, Failure)
        assert failure.kind == kind
        assert failure.attempts >= 1
        told = (failure.read, failure.cached, failure.written)
        assert told == (10 * failure.attempts, 0, 2 * failure.attempts)
        assert told == (subject.usage.read, subject.usage.cached, subject.usage.written)


async def test_an_unhealthy_attempt_is_retried_twice_at_most():
    wire = Script(AttemptError("connection", "gone", again=True))
    (failure,) = await asked(asker(wire), QUESTION)
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.attempts, failure.request_id) == ("connection", 3, wire.ids[-1])


async def test_the_retries_of_all_requests_are_bounded():
    wire = Script(AttemptError("connection", "gone", again=True))
    subject = asker(wire)
    await asked(subject, *[QUESTION] * 200)
    assert subject.usage.retries <= 2
    assert subject.usage.failures["breaker_open"] >= 180


async def test_an_answer_under_another_request_s_id_is_none():
    wire = Script(said())
    wire.answers = [lambda _: said(id=f"chatcmpl-{wire.ids[0]}")]
    subject = asker(wire)
    first, second = await asked(subject, QUESTION, QUESTION)
    assert isinstance(first, Answer)
    assert isinstance(second, Failure)
    assert second.kind == "no_answer"


async def test_models_are_listed_once_for_all():
    wire = Script(said(), models=Raw(200, {}, b'{"data": [{"id": "m"}]}'))
    results = await asked(asker(wire, model=None), *[QUESTION] * 5)
    assert all(isinstance(result, Answer) for result in results)
    assert wire.listed == 1


async def test_several_models_are_named():
    wire = Script(said(), models=Raw(200, {}, b'{"data": [{"id": "m"}, {"id": "n"}]}'))
    (failure,) = await asked(asker(wire, model=None), QUESTION)
    assert isinstance(failure, Failure)
    assert failure.kind == "wrong_model"
    assert "m, n" in failure.message
    assert not wire.ids


async def test_nothing_is_asked_of_nobody():
    assert await asked(asker(Script(said()))) == []


async def test_a_deadline_that_has_passed():
    wire = Script(said())
    (failure,) = await asked(asker(wire), QUESTION, deadline_s=-1.0)
    assert isinstance(failure, Failure)
    assert failure.kind == "timeout"


async def test_probing_ends_when_nobody_asks_and_begins_again(monkeypatch):
    monkeypatch.setattr(asking, "_PROBE_EVERY_S", 0.01)
    monkeypatch.setattr(asking, "_PROBES_END_S", 0.1)
    wire = Script(AttemptError("server_error", "503", again=False))
    subject = asker(wire)
    await asked(subject, *[QUESTION] * 6)
    assert is_open(subject)
    await asyncio.sleep(0.3)
    probes = subject.usage.probes
    assert probes >= 2
    await asyncio.sleep(0.1)
    assert subject.usage.probes == probes
    wire.answers = [said()]
    (refused,) = await asked(subject, QUESTION)
    assert isinstance(refused, Failure)
    assert refused.kind == "breaker_open"
    await asyncio.sleep(0.1)
    assert not is_open(subject)
    (answer,) = await asked(subject, QUESTION)
    assert isinstance(answer, Answer)


def test_cost():
    usage = Usage(read=3_000_000, cached=1_000_000, written=500_000)
    assert usage.cost(2.0, 0.5, 8.0) == 2 * 2.0 + 0.5 + 4.0


def test_the_library_is_imported_late():
    code = (
        "import sys, purchase_agent.chat.check, purchase_agent.faults.server; "
        "sys.exit(bool({'openai', 'httpx2', 'pydantic'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
