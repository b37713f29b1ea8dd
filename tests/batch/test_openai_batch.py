"""Questions written as OpenAI Batch files, and answers read from such files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from purchase_agent.batch import openai_requests
from purchase_agent.batch.openai_form import answer_in
from purchase_agent.predictors.llm.layout import Layout
from tests.batch.made import AS_OF, rows_of, shopper, write_jsonl
from tests.conftest import Ended
from tests.predictors.llm.model import LABELS, QUOTES, tokens_of

Command = Callable[..., Ended]
pytestmark = pytest.mark.usefixtures("needs_model")


@pytest.fixture
def score(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command over the folder ``files``."""
    monkeypatch.setenv("PURCHASE_AGENT_LLM_MODEL", "served")

    def call(*arguments: Any) -> Ended:
        return command(
            "score", *arguments, "--out", tmp_path / "out.parquet", "--openai-batch", tmp_path / "files",
            "--workers", 1, "--cache", "none", "--as-of", AS_OF, "--json",
        )  # fmt: skip

    return call


def requests_in(folder: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line) for path in sorted(folder.glob("requests-*")) for line in path.read_text("utf-8").splitlines()
    ]


def answer_to(request: dict[str, Any], **labels: Any) -> dict[str, Any]:
    """A line as a batch runner writes it."""
    content = Layout().write({**LABELS, **labels}, QUOTES)
    tokens = [
        {"token": token.text, "logprob": token.logprob, "top_logprobs": [
            {"token": text, "logprob": logprob} for text, logprob in token.tops
        ]}
        for token in tokens_of(Layout(), content)
    ]  # fmt: skip
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}
    body = {
        "id": "x", "model": "served", "choices": [{**choice, "logprobs": {"content": tokens}}],
        "usage": {"prompt_tokens": 900, "completion_tokens": 70},
    }  # fmt: skip
    response = {"status_code": 200, "request_id": "r", "body": body}
    return {"id": "b", "custom_id": request["custom_id"], "response": response, "error": None}


def test_questions_are_written_each_once_and_nothing_is_scored(score: Command, tmp_path: Path) -> None:
    same = {"texts": [{"text": "My kettle broke, call me at 13800138000", "at": "2026-08-02"}]}
    rows = [{"shopper_id": name, **same} for name in ("a", "b")] + [shopper(1), {**shopper(2), "texts": []}]
    ended = score(write_jsonl(tmp_path / "in.jsonl", rows))
    assert ended.status == 0
    told = json.loads(ended.out)
    assert (told["requests"], told["rows_out"]) == (2, 0)
    assert not (tmp_path / "out.parquet").exists()
    requests = requests_in(tmp_path / "files")
    assert len({one["custom_id"] for one in requests}) == 2
    for one in requests:
        assert set(one) == {"custom_id", "method", "url", "body"}
        assert (one["method"], one["url"]) == ("POST", "/v1/chat/completions")
        body = one["body"]
        assert (body["model"], body["temperature"], body["logprobs"]) == ("served", 0.0, True)
        assert body["response_format"]["type"] == "json_schema"
        assert [message["role"] for message in body["messages"]] == ["system", "user"]
        assert "13800138000" not in json.dumps(body), "personal data stay here"
    again = score(tmp_path / "in.jsonl")
    assert json.loads(again.out)["requests"] == 2
    assert requests_in(tmp_path / "files") == requests


def test_answers_become_predictions_and_what_is_missing_is_answered_here(score: Command, tmp_path: Path) -> None:
    texts = [{"shopper_id": f"c{number}", "texts": [{"text": f"a kettle for {number}"}]} for number in range(5)]
    score(write_jsonl(tmp_path / "in.jsonl", texts))
    requests = requests_in(tmp_path / "files")
    bad = answer_to(requests[1])
    bad["response"]["body"]["choices"][0]["message"]["content"] = "as an assistant"
    late = {"custom_id": requests[2]["custom_id"], "response": None, "error": {"code": "batch_expired"}}
    refused = {"custom_id": requests[3]["custom_id"], "response": {"status_code": 429, "body": {}}}
    lines = [answer_to(requests[0], intent="ready"), bad, "no json", late, refused, {"custom_id": "somebody's"}]
    write_jsonl(tmp_path / "files" / "batch_output.jsonl", lines)
    ended = score(tmp_path / "in.jsonl")
    assert ended.status == 0, ended.err
    assert "4 answers to 5 requests in 1 files; 2 lines are none" in ended.err
    told = json.loads(ended.out)
    assert told["answered"] == {
        "asked": 1, "fallback:bad_answer": 1, "fallback:server_error": 1, "fallback:rate_limited": 1,
        "fallback:no_answer": 1,
    }  # fmt: skip
    (row,) = [row for row in rows_of(tmp_path / "out.parquet") if row["engine"] == "llm"]
    assert row["intent"] == "ready"
    assert row["prediction"]["provenance"]["tokens"] == {"in": 900, "out": 70}
    assert row["prediction"]["provenance"]["models"]["llm"] == "served"


def test_of_two_answers_the_one_that_succeeded_counts(score: Command, tmp_path: Path) -> None:
    score(write_jsonl(tmp_path / "in.jsonl", [{"shopper_id": "a", "texts": [{"text": "a kettle"}]}]))
    (request,) = requests_in(tmp_path / "files")
    failed = {"custom_id": request["custom_id"], "response": {"status_code": 500, "body": {}}}
    write_jsonl(tmp_path / "files" / "1.jsonl", [failed])
    write_jsonl(tmp_path / "files" / "2.jsonl", [answer_to(request)])
    assert json.loads(score(tmp_path / "in.jsonl").out)["engines"] == {"llm": 1}


def test_large_runs_are_split_into_files(score: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_requests, "MOST_REQUESTS", 2)
    texts = [{"shopper_id": f"c{number}", "texts": [{"text": f"a kettle for {number}"}]} for number in range(5)]
    score(write_jsonl(tmp_path / "in.jsonl", texts))
    sizes = [len(path.read_text("utf-8").splitlines()) for path in sorted((tmp_path / "files").glob("requests-*"))]
    assert sizes == [2, 2, 1]


def test_requests_of_another_run_are_not_mixed_up(score: Command, tmp_path: Path) -> None:
    source = write_jsonl(tmp_path / "in.jsonl", [shopper(1)])
    write_jsonl(tmp_path / "files" / "requests-00001.jsonl", [{"custom_id": "theirs"}])
    ended = score(source)
    assert ended.status == 2
    assert "requests of another run" in ended.err


def test_the_name_of_the_model_is_needed(score: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PURCHASE_AGENT_LLM_MODEL")
    ended = score(write_jsonl(tmp_path / "in.jsonl", [shopper(1)]))
    assert ended.status == 1
    assert "PURCHASE_AGENT_LLM_MODEL" in ended.err


@pytest.mark.parametrize("line", [{}, {"custom_id": 7}, {"custom_id": "x", "response": {}}, {"response": {"body": {}}}])
def test_lines_that_are_no_answers_are_passed_over(line: dict[str, Any]) -> None:
    assert answer_in(line) is None
