import math
from typing import Any

import pytest

from purchase_agent.chat.tokens import read_tokens

CONTENT = '{"intent":"D"}'
TEXTS = ['{"', "intent", '":"', "D", '"}']


def entry(text: str, logprob: Any = -0.1) -> dict[str, Any]:
    return {"token": text, "logprob": logprob, "top_logprobs": [{"token": text, "logprob": logprob}]}


def logprobs(*texts: str) -> dict[str, Any]:
    return {"content": [entry(text) for text in texts]}


def test_tokens_of_the_answer():
    tokens = read_tokens(logprobs(*TEXTS), CONTENT)
    assert tokens is not None
    assert [token.text for token in tokens] == TEXTS
    assert tokens[3].tops == (("D", -0.1),)


def test_thoughts_before_and_an_end_token_behind_are_cut_off():
    tokens = read_tokens(logprobs("<think>", CONTENT, "</think>", *TEXTS, "<|im_end|>"), CONTENT)
    assert tokens is not None
    assert [token.text for token in tokens] == TEXTS


def test_a_token_over_the_edge_is_cut():
    tokens = read_tokens(logprobs("thought\n", '\n{"', *TEXTS[1:4], '"}\n'), CONTENT)
    assert tokens is not None
    assert "".join(token.text for token in tokens) == CONTENT


def test_rounding_above_zero_is_zero():
    tokens = read_tokens({"content": [entry("D", 1e-6)]}, "D")
    assert tokens is not None
    assert tokens[0].logprob == 0.0


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        {},
        {"content": None},
        {"content": []},
        {"content": [None]},
        {"content": [{"logprob": -0.1}]},
        {"content": [{"token": CONTENT}]},
        {"content": [{"token": CONTENT, "logprob": -0.1}]},
        {"content": [{"token": CONTENT, "logprob": -0.1, "top_logprobs": []}]},
        {"content": [{"token": CONTENT, "logprob": -0.1, "top_logprobs": [{"token": 3, "logprob": -0.1}]}]},
        {"content": [entry(CONTENT, math.nan)]},
        {"content": [entry(CONTENT, -math.inf)]},
        {"content": [entry(CONTENT, 2.0)]},
        {"content": [entry(CONTENT, "-0.1")]},
        {"content": [entry(CONTENT, True)]},
        logprobs(*TEXTS[:3]),
        logprobs("something", "else"),
    ],
)
def test_none_where_they_cannot_be_trusted(given):
    assert read_tokens(given, CONTENT) is None


def test_an_empty_answer_has_none():
    assert read_tokens(logprobs("a"), "") is None
