"""Spans that may be quoted: verbatim, bounded in number, without outer punctuation."""

import re
from itertools import pairwise

import pytest

from purchase_agent.predictors.quotes import FAST_PIECES, FULL_PIECES, clauses, runs_of_words

TEXTS = [
    "手机卡得不行了，等双十一换一台",
    "Laptop died. Need one by Monday! Not too heavy, please; and under 900.",
    "ok",
    "one two three four five six seven eight nine ten eleven twelve thirteen",
    "a, b, c, d, e, f, g",
    "，，，",
    "",
]


@pytest.mark.parametrize("text", TEXTS)
def test_clauses_are_disjoint_ordered_pieces_of_the_text(text):
    spans = clauses(text, FAST_PIECES)
    assert len(spans) <= FAST_PIECES
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(one[1] <= two[0] for one, two in pairwise(spans))
    assert all(text[start:end] == text[start:end].strip(" ,，。") for start, end in spans)


def test_two_clauses_stay_two():
    text = TEXTS[0]
    assert [text[slice(*span)] for span in clauses(text, FAST_PIECES)] == ["手机卡得不行了", "等双十一换一台"]


def test_a_long_clause_is_cut():
    assert len(clauses(TEXTS[3], FAST_PIECES)) == 3


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("My budget is 1,500, no more.", ["1,500"]),
        ("I want a 6.7 inch phone under $299.99 for my mum, who is at home from 10:30 on.", ["6.7", "299.99", "10:30"]),
        ("想买6.7英寸的手机，预算1999.99元", ["6.7", "1999.99"]),
        ("one two three 4.5 six seven eight 9,000 ten eleven twelve 13.1 fourteen", ["4.5", "9,000", "13.1"]),
    ],
)
def test_no_number_is_cut(text, numbers):
    inside = {place for one in numbers for place in range(text.index(one) + 1, text.index(one) + len(one))}
    for spans in (clauses(text, FAST_PIECES), clauses(text, FULL_PIECES), runs_of_words(text)):
        assert not inside & {edge for span in spans for edge in span}
    assert len(clauses("屏幕不错,电池太差了.5分给它", FAST_PIECES)) == 3  # other marks between words still end a clause


def test_no_word_is_cut():
    text = "宝宝三个月大想换个防胀气的什么牌子奶瓶好用不会呛奶而且别太贵"
    words = [match.span() for match in re.finditer("宝宝|三个月|防胀气|什么|牌子|奶瓶|好用|不会|呛奶|.", text)]
    inside = {place for start, end in words for place in range(start + 1, end)}
    for spans in (clauses(text, FAST_PIECES, words=words), runs_of_words(text, words=words)):
        assert len(spans) >= 3
        assert not inside & {edge for span in spans for edge in span}
    assert inside & {edge for span in clauses(text, FAST_PIECES) for edge in span}  # without words, one is cut
    assert clauses("a" * 40 + "好" * 40, FAST_PIECES, words=[(0, 80)]) == [(0, 80)]


def test_runs_of_words_are_bounded():
    assert len(runs_of_words("word " * 900)) <= FULL_PIECES
    assert runs_of_words("") == []
