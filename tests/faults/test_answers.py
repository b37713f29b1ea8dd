import json
import math
import subprocess
import sys
from typing import Any

import pytest

from purchase_agent.faults.answers import content_of, logprobs_of, schema_of, tokens_of, usage_of
from purchase_agent.faults.modes import MODES, find_mode
from purchase_agent.predictors.llm.layout import LABELS, Layout


def body(schema: dict[str, Any], text: str = "x", **fields: Any) -> dict[str, Any]:
    asked = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
    return {"messages": [{"role": "user", "content": text}], "response_format": asked, **fields}


@pytest.mark.parametrize("fields", [tuple(LABELS), ("intent",), ("motivation", "barrier"), ("timing", "purchase")])
def test_answers_of_the_layout_are_valid_and_depend_on_the_text(fields):
    layout = Layout(fields)
    answers = {content_of(body(layout.schema, f"text {at}")) for at in range(40)}
    assert all(layout.check(answer) is None for answer in answers)
    assert len(answers) > 10
    assert content_of(body(layout.schema)) == content_of(body(layout.schema))


def test_a_schema_under_vllms_name():
    assert schema_of({"structured_outputs": {"json": {"type": "object"}}}) == {"type": "object"}
    assert schema_of({"messages": []}) is None


@pytest.mark.parametrize("tops", [1, 5, 20])
def test_log_probabilities_fit_the_answer(tops):
    asked = body(Layout().schema, logprobs=True, top_logprobs=tops)
    content = content_of(asked)
    entries = json.loads(logprobs_of(content, asked))["content"]
    assert "".join(entry["token"] for entry in entries) == content
    for entry in entries:
        told = entry["top_logprobs"]
        assert len(told) == tops
        assert (told[0]["token"], told[0]["logprob"]) == (entry["token"], entry["logprob"])
        assert sum(math.exp(top["logprob"]) for top in told) < 1.0
        assert len({top["token"] for top in told}) == tops


def test_the_alternatives_of_a_letter_are_those_of_its_field():
    asked = body(Layout(("intent",)).schema, logprobs=True, top_logprobs=6)
    content = content_of(asked)
    entries = json.loads(logprobs_of(content, asked))["content"]
    letter = next(entry for entry in entries if entry["token"] == json.loads(content)["intent"])
    assert {top["token"] for top in letter["top_logprobs"]} == set("ABCDEF")


def test_no_log_probabilities_unless_asked():
    assert logprobs_of("A", {}) == "null"


def test_tokens_lose_nothing():
    text = '{"a_b":"y n 12"} \n\u8d2d\u4e70\U0001f600'
    assert "".join(tokens_of(text)) == text


def test_usage():
    messages = [{"role": "system", "content": "s" * 400}, {"role": "user", "content": "u" * 40}]
    usage = usage_of({"messages": messages}, 7)
    assert usage["prompt_tokens"] == 114
    assert usage["prompt_tokens_details"]["cached_tokens"] == 100
    assert usage["completion_tokens"] == 7


def test_an_unknown_mode_names_the_known_ones():
    with pytest.raises(ValueError, match="error_500"):
        find_mode("sleepy")


def test_the_list_on_the_command_line():
    command = [sys.executable, "-m", "purchase_agent.faults", "--list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert len(listed.splitlines()) == len(MODES)
