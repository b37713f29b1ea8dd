"""The baselines learn what is easy, keep the label order and survive labels that never occur."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sklearn")

from purchase_agent.errors import InputError
from purchase_agent.eval.baselines import Embedder, FrozenEncoder, Majority, TfidfLogistic
from purchase_agent.labels import FLAGS
from purchase_agent.training.corpus import Row
from purchase_agent.training.targets import MULTI, SINGLE
from purchase_agent.training.text_scores import scores

WIDTHS = {task: len(names) for task, names in {**SINGLE, **MULTI, "flags": FLAGS}.items()} | {"juster": 11}


def _row(number):
    ready = number % 3 != 0
    text = f"buy it today, gift for mum {number}" if ready else f"太贵了，再看看 {number}"
    labels = {
        "intent": "ready" if ready else "exploration", "declined": False, "repurchase": number % 6 == 0,
        "sentiment": "positive" if ready else "negative", "motivation": ["gift"] if ready else ["unknown"],
        "barrier": [] if ready else ["price"], "next_action": "purchase" if ready else "search",
        "timing": "now" if ready else "later", "juster": 9 if ready else 2,
    }  # fmt: skip
    return Row(text, "chat", "en" if ready else "zh", "own_written", "own", f"g{number}", labels)


ROWS = [_row(number) for number in range(90)]


class _Lengths(Embedder):
    """Stands for the encoder, which takes a second to load."""

    def __call__(self, texts):
        return np.asarray([[len(text), text.count("buy"), 1] for text in texts], np.float32)


@pytest.mark.parametrize(
    "baseline", [Majority(), TfidfLogistic(), FrozenEncoder(_Lengths())], ids=lambda one: type(one).__name__
)
def test_predictions_have_the_shapes_that_are_scored(baseline):
    predictions = baseline.fit(ROWS).predict(ROWS[:7])
    assert {task: predictions[task].shape for task in WIDTHS} == {task: (7, width) for task, width in WIDTHS.items()}
    for task in (*SINGLE, "juster"):
        assert predictions[task].sum(1) == pytest.approx(np.ones(7))
    assert {task: len(one) for task, one in baseline.thresholds_.items()} == {
        task: WIDTHS[task] for task in (*MULTI, "flags")
    }


def test_majority_says_what_is_most_frequent():
    found = {score.name: score.value for score in _scores(Majority().fit(ROWS))}
    assert found["timing_accuracy"] == pytest.approx(2 / 3)
    assert np.isnan(found["purchase_probability_spearman"])


def test_words_are_learnt():
    found = {score.name: score.value for score in _scores(TfidfLogistic().fit(ROWS))[:7]}
    assert found.pop("purchase_probability_spearman") > 0.8  # rows of one chance are ranked by what else they say
    assert min(found.values()) > 0.95


def test_a_second_fit_gives_the_same():
    first, second = (TfidfLogistic().fit(ROWS).predict(ROWS[:9]) for _ in range(2))
    assert all((first[task] == second[task]).all() for task in first)


def test_nothing_to_fit_is_said():
    with pytest.raises(InputError, match="no rows to fit"):
        Majority().fit([])


def _scores(baseline):
    return scores(ROWS, baseline.predict(ROWS), baseline.thresholds_, resamples=20)
