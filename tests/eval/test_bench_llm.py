"""The benchmark of the language model compares what is alike, counts tokens as a prefix cache would and tells both."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from purchase_agent.chat.request import Endpoint, Request
from purchase_agent.chat.usage import Usage
from purchase_agent.errors import PurchaseAgentError
from purchase_agent.eval.bench import callers, llm, naive, tokens
from purchase_agent.eval.bench.rounds import Lap, Laps, Spread
from purchase_agent.eval.bench.tokens import FOUR, KIND, OURS, Call, Cost, PrefixCache
from purchase_agent.labels import ACTIONS, INTENTS, MOTIVATIONS
from purchase_agent.predictors.llm.asking import Asking, load_asking
from purchase_agent.prompts import shipped_prompts


@pytest.fixture(scope="module")
def asking() -> Asking:
    return load_asking("purchase/zero", [shipped_prompts()])


def _encode(text: str) -> list[int]:
    return [ord(char) for char in text]


# -- tokens


def test_a_cache_holds_whole_blocks_from_the_beginning():
    cache, begin = PrefixCache(), list(range(40))
    assert cache.uncached(begin) == 40
    assert cache.uncached(begin) == 8  # two blocks of 16 are known
    assert cache.uncached([*begin[:20], 99, *begin[20:]]) == 25  # the second block is another
    assert cache.uncached([99, *begin]) == 41  # what does not stand at the beginning helps nothing
    assert cache.uncached(list(range(32))) == 1  # something must be computed to go on from


def test_both_ways_ask_about_the_same_texts_and_write_valid_answers(asking):
    rows = tokens.texts(4)
    assert [row["language"] for row in rows] == ["en", "zh"] * 2
    ways = tokens.ways(asking, rows)
    assert [len(calls) for calls in ways[OURS]] == [1] * 4
    assert [len(calls) for calls in ways[FOUR]] == [len(naive.TASKS)] * 4
    for calls in ways[OURS]:
        assert asking.layout.check(calls[0].answer) is None
    for way in (FOUR, KIND):
        for row, calls in zip(rows, ways[way], strict=True):
            assert all(row["text"] in call.prompt for call in calls)
            answers = [json.loads(call.answer) for call in calls]
            assert list(answers[0]["probabilities"]) == list(INTENTS)
            assert list(answers[1]["motivation"]) == list(MOTIVATIONS)
            assert list(answers[2]["probabilities"]) == list(ACTIONS)
            assert answers[3]["timing"] == row["timing"]


def test_every_definition_stands_in_a_naive_prompt():
    some = {"intent": "shows no sign of wanting", "motivation": "costs too much", "timing": "24 hours"}
    for task, words in some.items():
        assert words in naive.prompt(task, "a kettle", "chat", "today", text_first=True)
    first, last = (naive.prompt("timing", "a kettle", "chat", "today", text_first=one) for one in (True, False))
    assert first.index("a kettle") < 60
    assert last.rstrip('"').endswith("a kettle")


def test_one_call_costs_less_than_four(asking):
    rows = tokens.texts(8)
    costs = {name: tokens.counted(calls, _encode, 2) for name, calls in tokens.ways(asking, rows).items()}
    found = tokens.compared(costs[OURS], costs[FOUR])
    assert found["n"] == 6
    assert found["written"]["times"].low > 3
    assert found["uncached"]["times"].median > 2
    # Four prompts whose beginnings can be cached are read for less than four whose beginnings cannot.
    assert sum(one.uncached for one in costs[KIND]) < sum(one.uncached for one in costs[FOUR]) / 2


def test_costs_are_compared_text_by_text():
    found = tokens.compared([Cost(10, 5, 2), Cost(20, 10, 2)], [Cost(30, 20, 6), Cost(20, 20, 10)])
    assert found["written"] == {"ours": 2, "others": 8, "times": Spread(4.0, 3.0, 5.0)}
    assert found["uncached"]["times"] == Spread(3.0, 2.0, 4.0)


class _Client:
    """Counts ten tokens read, four of them cached, and three written for each request."""

    def __init__(self):
        self.total, self.closed = Usage(), False
        self.asked: list[int] = []

    @property
    def usage(self):
        return self.total.copy()

    def ask(self, requests, deadline_s):
        del deadline_s
        self.asked.append(len(requests))
        for _ in requests:
            self.total.read, self.total.cached = self.total.read + 10, self.total.cached + 4
            self.total.written += 3
        self.total.failures["truncated"] += 1

    def close(self):
        self.closed = True


def test_usage_is_that_of_the_texts_after_the_first(monkeypatch):
    client = _Client()
    monkeypatch.setattr(tokens, "ChatClient", lambda _: client)
    call = Call(Request(({"role": "user", "content": "x"},), 5), "y")
    found = tokens.spent([[call, call]] * 5, Endpoint("http://127.0.0.1:1/v1"), 2, 1.0)
    assert client.asked == [2, 2, 6]
    assert client.closed
    assert found == {"read": 20, "uncached": 12, "written": 6, "cache_told": True, "failed": 1, "n": 3}


def test_a_real_usage_is_compared_and_told(monkeypatch, asking):
    costs = iter([(100, 60, 75), (900, 800, 600), (900, 150, 600)])

    def spent(calls, *_):
        read, uncached, written = next(costs)
        told = {"read": read, "uncached": uncached, "written": written, "cache_told": True, "failed": 0}
        return {**told, "n": len(calls)}

    monkeypatch.setattr(tokens, "spent", spent)
    found = llm.told_usage(asking, Endpoint("http://127.0.0.1:1/v1"), 4)
    by_name = {(one["against"], one["tokens"]): one for one in found}
    assert by_name[FOUR, "written"]["reached"] is True
    assert by_name[FOUR, "uncached"]["times"]["median"] == pytest.approx(800 / 60)
    assert by_name[KIND, "uncached"]["target"] is None
    printed = "\n".join(map(str, llm._tables({"overhead": [], "arithmetic": [], "usage": found})))
    assert "told by the endpoint" in printed
    assert ">= 2x yes" in printed


def test_texts_warm_the_cache_until_each_language_was_seen():
    rows = [{"language": language} for language in ("en", "en", "zh", "en")]
    assert llm._warm(rows) == 3
    assert llm._warm(rows[:2]) == 1
    assert llm._warm([]) == 0


# -- latency


def test_the_first_turn_does_not_count():
    work = callers.Timed(iter([[9.0], [1.0, 2.0], None, [3.0]]).__next__)
    for _ in range(4):
        work()
    assert work.turns == [[1.0, 2.0], [3.0]]


def test_what_is_added_is_the_difference_of_medians_turn_by_turn():
    laps: dict[str, Laps] = {
        callers.BARE: [Lap(0.050, 0.002), Lap(0.100, 0.002)],
        callers.OURS: [Lap(0.052, 0.003), Lap(0.101, 0.003)],
        callers.WHOLE: [Lap(0.060, 0.010), Lap(0.110, 0.010)],
    }
    turns = {callers.BARE: [[0.05, 0.05], [0.1]], callers.OURS: [[0.052, 0.052], [0.101]], callers.WHOLE: []}
    found = {one["name"]: one for one in llm.records(laps, turns, 64)}
    ours = found[callers.OURS]
    assert ours["added_p50_ms"]["median"] == pytest.approx(1.5)
    assert ours["added_p50_ms"]["high"] == pytest.approx(2.0)
    assert ours["cpu_ms_a_call"] == pytest.approx(3.0)
    assert ours["cpu_times_bare"]["median"] == pytest.approx(1.5)
    assert ours["reached"] is True
    assert found[callers.WHOLE]["p50_ms"] is found[callers.WHOLE]["target"] is None
    printed = "\n".join(map(str, llm._tables({"overhead": list(found.values()), "arithmetic": [], "usage": []})))
    assert "<= 3 ms yes" in printed
    assert "+1.50" in printed


def test_slower_than_allowed_is_said():
    laps: dict[str, Laps] = {callers.BARE: [Lap(0.05, 0.002)], callers.OURS: [Lap(0.06, 0.002)]}
    found = llm.records(laps, {callers.BARE: [[0.05]], callers.OURS: [[0.06]]}, 1)
    assert found[1]["reached"] is False
    assert found[0]["target"] is None


def test_a_model_that_does_not_start_is_told(monkeypatch):
    class _Dead:
        stderr: Any = type("", (), {"readline": staticmethod(lambda: "port 1: Address already in use\n")})()

        def __init__(self, *_, **__):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def terminate(self):
            pass

    monkeypatch.setattr(subprocess, "Popen", _Dead)
    with pytest.raises(PurchaseAgentError, match="did not start: port 1"), callers.played_model():
        pass


@pytest.mark.real
def test_all_ways_get_the_same_answers_from_the_played_model(asking):
    found = llm.overhead(asking, llm.Plan(rounds=1, singles=1, texts=2))
    assert [one["at_once"] for one in found] == [1] * 3 + [llm.AT_ONCE] * 3
    assert all(one["cpu_ms_a_call"] > 0 for one in found)
