"""The deletion test cuts what it says, compares with spans as long, and counts labels without a quote."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from purchase_agent.errors import InputError
from purchase_agent.eval import deletion, evidence
from purchase_agent.eval.deletion import Deletion, random_spans, scores, told
from purchase_agent.evidence import read_shopper
from purchase_agent.metrics import Bootstrap
from purchase_agent.predictors.base import Case
from purchase_agent.predictors.calibrate import OUTPUTS, Readings
from purchase_agent.predictors.text import Piece
from purchase_agent.training.corpus import Row, is_locked
from tests.fakes import FakePredictor

DRAW = np.random.default_rng(0)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
THRESHOLDS = {"barrier": [0.3] * OUTPUTS["barrier"]}


class _Model:
    """Every label is likely while the text holds ``broken``, unlikely without."""

    folder = Path("model")

    def __init__(self):
        self.calibration = type("", (), {"thresholds": THRESHOLDS})()
        self.read_texts: list[str] = []

    def piece(self, text, channel, language):
        return Piece(text, channel, language)

    def read(self, pieces):
        self.read_texts += [piece.text for piece in pieces]
        chance = np.asarray([0.9 if "broken" in piece.text else 0.1 for piece in pieces])
        tasks = {
            task: np.tile(chance[:, None], (1, size)) for task, size in OUTPUTS.items() if task in Readings.__slots__
        }
        return Readings(purchase=chance, **tasks), [False] * len(pieces)


def _rows(*texts: str) -> list[Row]:
    return [Row(text, "chat", "en", "s", "own", text[:16], origin="real") for text in texts]


def _run(monkeypatch, *texts: str):
    """``broken laptop`` (the first 12 characters being ``broken lapto``) is what the fake predictor quotes."""
    model: Any = _Model()
    monkeypatch.setattr(deletion, "LocalPredictor", lambda *_: FakePredictor())
    return model, deletion.run(model, _rows(*texts), "fast", spans=3)


def test_the_quote_and_spans_as_long_are_taken_out(monkeypatch):
    text = "broken lapto one two three four five"
    model, found = _run(monkeypatch, text)
    assert model.read_texts[:2] == [text, "  one two three four five"]
    # Two words are quoted, so two are taken out each time, and never the quoted two.
    assert all(len(one.split()) == 5 for one in model.read_texts[2:5])
    assert model.read_texts[1] not in model.read_texts[2:5]
    first = found.deletions[0]
    assert first.quote == pytest.approx(2 * np.log(9))
    assert first.moved == pytest.approx(0.8)
    assert first.random < first.quote
    assert first.kind == "real"


def test_labels_quotes_and_what_cannot_be_compared_are_counted(monkeypatch):
    _, found = _run(monkeypatch, "broken lapto one two three four five", "broken lapto", "!!")
    # The fake tells five labels and quotes all but the next action; a text that is all quote leaves nothing to compare.
    assert found.told.total() == 10
    assert found.quoted.total() == 8
    assert found.told["next_action", "en"] == 2
    assert found.quotes == found.verbatim == 8
    assert found.no_room == 4
    assert len(found.deletions) == 4
    assert found.not_answered == 1


def test_a_told_label_that_says_nothing_needs_no_quote():
    shopper = read_shopper("a kettle")
    case = Case(shopper, NOW, shopper.texts, ("en",), ())
    (prediction,) = FakePredictor().predict([case])
    assert prediction.motivation is not None
    reasons = ["motivation.replacement", "barrier.price"]
    rest = ["next_action.compare", "timing.within_7d"]
    assert told(prediction, THRESHOLDS) == ["intent.consideration", *reasons, *rest]
    unsure = prediction.model_copy(
        update={"motivation": prediction.motivation.model_copy(update={"labels": ["unknown"]})}
    )
    assert told(unsure, {"barrier": [0.5] * OUTPUTS["barrier"]}) == ["intent.consideration", *rest]


def test_spans_of_english_are_words():
    text = "the old one is slow, so slow"
    spans = random_spans(text, "en", (4, 11), 50, DRAW)  # "old one"
    assert {text[slice(*span)] for span in spans} == {"the old", "one is", "is slow,", "slow, so", "so slow"}


def test_spans_of_chinese_are_characters():
    text = "手机卡得不行了"
    spans = random_spans(text, "zh", (2, 5), 50, DRAW)
    assert {text[slice(*span)] for span in spans} == {"手机卡", "机卡得", "得不行", "不行了"}
    assert len(random_spans(text, "zh", (2, 5), 3, DRAW)) == 3


@pytest.mark.parametrize(("text", "language"), [("all of it", "en"), ("全部", "zh")])
def test_a_quote_that_is_the_text_leaves_no_span(text, language):
    assert random_spans(text, language, (0, len(text)), 5, DRAW) == []


def _case(quote: float, random: float, group: str = "g", task: str = "intent") -> Deletion:
    return Deletion(group, "en", "real", task, quote, random, quote / 10, random / 10, float(quote > random))


def test_medians_and_wins_are_scored():
    cases = [_case(1.0, 0.0, "a"), _case(2.0, 0.5, "b"), _case(3.0, 4.0, "c"), _case(8.0, 1.0, "d")]
    found = {score.name: score for score in scores(cases, Bootstrap(resamples=200))}
    assert found["quote"].value == 2.5
    assert found["random"].value == 0.75
    assert found["difference"].value == 1.25
    assert found["won"].value == found["spans_beaten"].value == 0.75
    assert found["quote_moved"].value == pytest.approx(0.25)
    assert found["difference"].low <= 1.25 <= found["difference"].high


def test_no_quote_at_all_is_said():
    with pytest.raises(InputError, match="no quote to take out"):
        scores([])


def test_only_locked_texts_are_chosen_half_of_each_language():
    rows = [
        Row(f"text {number}", "chat", "en" if number % 3 else "zh", "s", "own", f"g{number}") for number in range(2000)
    ]
    chosen = evidence.choose(rows, 20)
    assert all(is_locked(row) for row in chosen)
    assert [sum(row.language == language for row in chosen) for language in ("en", "zh")] == [10, 10]
    assert chosen == evidence.choose(rows, 20)
