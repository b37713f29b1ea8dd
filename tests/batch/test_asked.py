"""Shoppers answered by a language model: many at once, each answer kept as it comes."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from purchase_agent import llm_engine
from purchase_agent.batch.asked_answers import AskedAnswers, Journal
from purchase_agent.batch.folder import WorkFolder
from purchase_agent.batch.group import Grouped
from purchase_agent.batch.score_step import Unit
from purchase_agent.errors import InputError
from purchase_agent.evidence import Shopper, read_shopper
from purchase_agent.prediction import Prediction
from purchase_agent.predictors.prepare import prepare
from tests.batch.made import AS_OF, rows_of, shopper, write_jsonl
from tests.conftest import Ended
from tests.fakes import FakePredictor
from tests.predictors.llm.model import FakeModel


class Endpoint:
    """Stands in for an agent: answers after a while, and tells how many it was asked at once."""

    def __init__(self, fails: str = "") -> None:
        self.local = self.llm = self.client = self
        self.asked: list[str] = []
        self.under_way = self.most = 0
        self.fails, self.closed = fails, False
        self._lock = threading.Lock()

    def predict(self, one: Shopper, **_: Any) -> Prediction:
        with self._lock:
            self.asked.append(one.shopper_id)
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        time.sleep(0.002 * (len(one.shopper_id) + hash(one.shopper_id) % 3))
        with self._lock:
            self.under_way -= 1
        if one.shopper_id == self.fails:
            raise KeyboardInterrupt
        assert one.as_of is not None
        return FakePredictor().predict([prepare(one, one.as_of)])[0]

    def close(self) -> None:
        self.closed = True


def units(count: int) -> list[Unit]:
    made = [read_shopper(shopper(number, as_of=AS_OF)) for number in range(count)]
    return [Unit(one, None, Grouped(one, [], [])) for one in made]


def answers(endpoint: Endpoint, folder: Path, at_once: int) -> AskedAnswers:
    work = WorkFolder(folder / "out.parquet")
    work.make()
    return AskedAnswers(endpoint, endpoint, "none", work, at_once)  # type: ignore[arg-type]


def test_as_many_are_under_way_as_are_allowed_and_answers_come_in_order(tmp_path: Path) -> None:
    endpoint = Endpoint()
    found = list(answers(endpoint, tmp_path, 5).answers(units(60), 0))
    assert endpoint.most == 5
    assert [unit.shopper.shopper_id for unit, _ in found] == [f"s{number}" for number in range(60)]
    for unit, answer in found:
        assert isinstance(answer, Prediction)
        assert answer.shopper_id == unit.shopper.shopper_id


def test_what_was_answered_is_not_asked_again(tmp_path: Path) -> None:
    first = Endpoint()
    wanted = list(answers(first, tmp_path, 3).answers(units(20), 0))
    journal = WorkFolder(tmp_path / "out.parquet").answers(0)
    lines = journal.read_bytes().splitlines(keepends=True)
    assert len(lines) == 20
    journal.write_bytes(b"".join(lines[:12]) + lines[12][:40])  # killed while it wrote
    second = Endpoint()
    assert list(answers(second, tmp_path, 3).answers(units(20), 0)) == wanted
    kept = {json.loads(line)["shopper_id"] for line in lines[:12]}
    assert sorted(second.asked) == sorted({f"s{number}" for number in range(20)} - kept)


def test_a_line_of_somebody_else_is_no_answer(tmp_path: Path) -> None:
    one, other = units(2)
    path = tmp_path / "journal"
    journal = Journal(path)
    answer = Endpoint().predict(one.shopper)
    journal.keep(0, one, answer)
    journal.close()
    assert Journal(path).known(0, other) is None
    assert Journal(path).known(0, one) == answer
    assert path.stat().st_mode & 0o077 == 0


def test_the_end_of_a_run_is_no_failure_of_the_endpoint(tmp_path: Path) -> None:
    endpoint = Endpoint(fails="s7")
    with pytest.raises(KeyboardInterrupt):
        list(answers(endpoint, tmp_path, 4).answers(units(40), 0))
    assert endpoint.closed
    assert len(endpoint.asked) < 40
    kept = WorkFolder(tmp_path / "out.parquet").answers(0).read_text("utf-8")
    assert '"s7"' not in kept


def test_a_fault_of_this_program_is_told_for_one(tmp_path: Path) -> None:
    class Faulty(Endpoint):
        def predict(self, one: Shopper, **more: Any) -> Prediction:
            if one.shopper_id == "s3":
                raise ArithmeticError
            return super().predict(one, **more)

    found = [answer for _, answer in answers(Faulty(), tmp_path, 4).answers(units(8), 0)]
    assert [isinstance(one, InputError) for one in found] == [number == 3 for number in range(8)]


@pytest.mark.usefixtures("needs_model")
@pytest.mark.parametrize("fails", [None, "breaker_open"])
def test_each_row_tells_who_answered_and_why(
    command: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: Any
) -> None:
    model = FakeModel()
    model.fails = fails
    monkeypatch.setattr(llm_engine, "ChatClient", lambda _: model)
    monkeypatch.setenv("PURCHASE_AGENT_LLM_BASE_URL", "http://127.0.0.1:8000/v1")
    events_only = {**shopper(9), "texts": []}
    source = write_jsonl(tmp_path / "in.jsonl", [shopper(1), shopper(2), events_only])
    out = tmp_path / "out.parquet"
    ended = command("score", source, "--out", out, "--workers", 1, "--cache", "none", "--json")
    assert ended.status == 0
    told = {row["shopper_id"]: row["prediction"]["provenance"] for row in rows_of(out)}
    assert told["s9"]["reason"] == "no_words"
    if fails:
        assert (told["s1"]["engine"], told["s1"]["reason"]) == ("local", "fallback:breaker_open")
        assert json.loads(ended.out)["answered"] == {"fallback:breaker_open": 2, "no_words": 1}
    else:
        assert (told["s1"]["engine"], told["s1"]["reason"]) == ("llm", "asked")
        assert json.loads(ended.out)["engines"] == {"llm": 2, "local": 1}
