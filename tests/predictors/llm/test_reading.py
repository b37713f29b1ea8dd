"""Distributions read from the log-probabilities of an answer."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

from purchase_agent.predictors.llm.layout import LABELS, Layout
from purchase_agent.predictors.llm.reading import HARD, averaged, read

LAYOUT = Layout(("intent", "motivation"))
LABELS_GIVEN = {"intent": "ready", "motivation": ["gift"]}
CONTENT = LAYOUT.write(LABELS_GIVEN, {"intent": 1})


@dataclass
class Told:
    text: str
    logprob: float
    tops: tuple[tuple[str, float], ...] = ()


def tokens_of(content: str, pieces: list[str], tops: dict[int, dict[str, float]]) -> list[Told]:
    """``pieces`` joined are ``content``; ``tops``: number of a piece -> alternatives with their probabilities."""
    assert "".join(pieces) == content
    out = []
    for number, piece in enumerate(pieces):
        given = {text: math.log(p) for text, p in tops.get(number, {piece: 1.0}).items()}
        out.append(Told(piece, given.get(piece, -1.0), tuple(given.items())))
    return out


def split(content: str, *marks: str) -> list[str]:
    pieces, rest = [], content
    for mark in marks:
        before, _, rest = rest.partition(mark)
        pieces += [before, mark]
    return [*pieces, rest]


def motivation_tokens(before: str) -> list[str]:
    return [before, "n", *[" n"] * 6, " y", *[" n"] * 6]


def test_a_letter_of_its_own() -> None:
    head, tail = '{"intent":"', CONTENT.partition("E")[2]
    tokens = tokens_of(CONTENT, [head, "E", tail], {1: {"E": 0.6, "D": 0.3, "B": 0.1}})
    told = read(LAYOUT, CONTENT, tokens)
    assert told.scores["intent"] == pytest.approx([0, 0.1, 0, 0.3, 0.6, 0], abs=1e-5)
    assert told.quotes == {"intent": 1, "motivation": 0}


def test_alternatives_in_other_words_are_left_out_and_spellings_of_one_letter_add_up() -> None:
    head, tail = '{"intent":', CONTENT.partition('"E')[2]
    tops = {1: {'"E': 0.3, '"E"': 0.2, '"D': 0.25, '"none': 0.05, "null": 0.2}}
    told = read(LAYOUT, CONTENT, tokens_of(CONTENT, [head, '"E', tail], tops))
    assert told.scores["intent"][[3, 4]] == pytest.approx([1 / 3, 2 / 3], abs=1e-4)


def test_each_y_or_n_by_itself() -> None:
    head = '{"intent":"E","motivation":"'
    pieces = [*motivation_tokens(head), '","quotes":"1 0"}']
    told = read(LAYOUT, CONTENT, tokens_of(CONTENT, pieces, {8: {" y": 0.7, " n": 0.3}, 3: {" n": 0.9, " y": 0.1}}))
    assert told.scores["motivation"][7] == pytest.approx(0.7)
    assert told.scores["motivation"][2] == pytest.approx(0.1)


def test_a_token_that_decides_twice_tells_nothing() -> None:
    head = '{"intent":"E","motivation":"'
    rest = CONTENT.removeprefix(head)
    told = read(LAYOUT, CONTENT, tokens_of(CONTENT, [head, rest[:3], rest[3:]], {}))
    assert told.scores["motivation"][:2] == pytest.approx([1 - HARD] * 2)
    assert told.seen < 1


def test_permuted_letters_come_back_in_the_order_of_the_labels() -> None:
    layout = Layout(("intent",), {"intent": [5, 4, 3, 2, 1, 0]})
    content = layout.write({"intent": "none"})
    assert content.startswith('{"intent":"F"')
    pieces = ['{"intent":"', "F", content.partition("F")[2]]
    told = read(layout, content, tokens_of(content, pieces, {1: {"F": 0.8, "A": 0.2}}))
    assert told.scores["intent"][[0, 5]] == pytest.approx([0.8, 0.2], abs=1e-5)


def test_thinking_before_the_answer_is_passed_over() -> None:
    thought = 'the intent is "A"'
    pieces = [thought, '{"intent":"', "E", CONTENT.partition("E")[2]]
    told = read(LAYOUT, CONTENT, tokens_of(thought + CONTENT, pieces, {2: {"E": 0.9, "A": 0.1}}))
    assert told.scores["intent"][4] == pytest.approx(0.9, abs=1e-5)


@pytest.mark.parametrize("tokens", [None, [], [Told("something else", -0.1)]])
def test_without_log_probabilities_the_written_label_gets_the_stated_share(tokens) -> None:
    told = read(LAYOUT, CONTENT, tokens)
    assert told.seen == 0
    assert told.scores["intent"][4] == pytest.approx(HARD)
    assert told.scores["intent"].sum() == pytest.approx(1)


def test_not_a_number_and_positive_logprobs_do_no_harm() -> None:
    head, tail = '{"intent":"', CONTENT.partition("E")[2]
    tokens = [Told(head, 0.0), Told("E", math.nan, (("D", math.nan), ("C", 5.0))), Told(tail, 0.0)]
    told = read(LAYOUT, CONTENT, tokens)
    assert np.isfinite(told.scores["intent"]).all()
    assert told.scores["intent"].argmax() == 2


def test_repeated_answers_are_counted() -> None:
    drawn = [read(LAYOUT, LAYOUT.write({**LABELS_GIVEN, "intent": name}), None) for name in ("ready", "ready", "none")]
    told = averaged(drawn).scores
    assert told["intent"] == pytest.approx([1.5 / 6, 0.5 / 6, 0.5 / 6, 0.5 / 6, 2.5 / 6, 0.5 / 6])
    assert told["motivation"][7] == pytest.approx(3.5 / 4)


def test_every_field_is_read() -> None:
    layout = Layout()
    labels = {
        "intent": "none", "declined": True, "repurchase": False, "sentiment": "negative", "motivation": ["unknown"],
        "barrier": [], "next_action": "leave", "timing": "not_expected", "juster": 0,
    }  # fmt: skip
    told = read(layout, layout.write(labels), None)
    assert {name: len(values) for name, values in told.scores.items()} == {n: len(v) for n, v in LABELS.items()}
