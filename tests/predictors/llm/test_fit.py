"""Calibration of a language model's answers on labelled texts."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import beta

from purchase_agent.labels import INTENTS
from purchase_agent.predictors.llm.fit import FEWEST, error_bound, fit_marks
from purchase_agent.predictors.llm.layout import LABELS, MANY
from purchase_agent.predictors.llm.marks import LlmMarks, neutral

PRIOR = {name: [1 / len(names)] * len(names) for name, names in LABELS.items()}
BASE = neutral("m", "p", PRIOR)
RANDOM = np.random.default_rng(5)


def scores(count: int, sharp: float) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Answers that are ``sharp`` times as sure as they should be, and labels drawn from what would be right."""
    told, labels = [], []
    for _ in range(count):
        one: dict[str, Any] = {}
        truth: dict[str, Any] = {}
        for name, names in LABELS.items():
            if name in MANY:
                odds = RANDOM.normal(-1, 1.5, len(names))
                p = 1 / (1 + np.exp(-odds))
                held = RANDOM.random(len(names)) < p
                one[name] = 1 / (1 + np.exp(-sharp * odds))
                if name == "flags":
                    truth |= {"declined": bool(held[0]), "repurchase": bool(held[1])}
                else:
                    truth[name] = [label for label, told_so in zip(names, held, strict=True) if told_so]
            else:
                logits = RANDOM.normal(0, 1.5, len(names))
                p = np.exp(logits) / np.exp(logits).sum()
                shown = p**sharp
                one[name] = shown / shown.sum()
                value = names[int(RANDOM.choice(len(names), p=p))]
                truth["juster" if name == "purchase" else name] = int(value) if name == "purchase" else value
        told.append(one)
        labels.append(truth)
    return told, labels


@pytest.mark.parametrize("sharp", [0.5, 2.5])
def test_the_scale_undoes_over_and_under_confidence(sharp: float) -> None:
    told, labels = scores(1500, sharp)
    marks = fit_marks(BASE, told, labels, ["en"] * 1500, "own:2026-11")
    for name in LABELS:
        assert marks.scales[name].slope == pytest.approx(1 / sharp, rel=0.15)
    assert marks.calibrated_on == "own:2026-11"
    assert marks.rows == 1500


def test_conformal_sets_cover_each_intent() -> None:
    told, labels = scores(3000, 1.0)
    marks = fit_marks(BASE, told[:1500], labels[:1500], ["zh"] * 1500, "own")
    for place, intent in enumerate(INTENTS):
        rows = [one for one, truth in zip(told[1500:], labels[1500:], strict=True) if truth["intent"] == intent]
        covered = [marks.row(one)["intent"][place] >= marks.conformal["zh"][place] for one in rows]
        assert np.mean(covered) == pytest.approx(0.9, abs=0.07)
    assert marks.conformal["en"] == BASE.conformal["en"]


def test_few_texts_change_nothing() -> None:
    told, labels = scores(FEWEST - 1, 2.0)
    marks = fit_marks(BASE, told, labels, ["en"] * len(told), "own")
    assert marks.scales == {}
    assert marks.thresholds == BASE.thresholds


def test_fields_without_labels_are_left_alone() -> None:
    told, labels = scores(200, 2.0)
    only = [{"intent": one["intent"]} for one in labels]
    assert set(fit_marks(BASE, told, only, ["en"] * 200, "own").scales) == {"intent"}


def test_a_calibrated_row_is_a_reading() -> None:
    told, labels = scores(300, 2.0)
    marks = LlmMarks.model_validate_json(fit_marks(BASE, told, labels, ["en"] * 300, "own").model_dump_json())
    row = marks.row(told[0])
    assert set(row) == set(LABELS)
    assert row["timing"].sum() == pytest.approx(1)
    assert row["timing"][:3].sum() == pytest.approx(float(row["purchase"]))


@pytest.mark.parametrize(("errors", "cases"), [(0, 30), (3, 40), (39, 40)])
def test_the_error_bound_is_the_exact_one(errors: int, cases: int) -> None:
    assert error_bound(errors, cases, 0.01) == pytest.approx(beta.ppf(0.99, errors + 1, cases - errors))


def test_without_cases_nothing_is_known() -> None:
    assert error_bound(0, 0, 0.1) == 1.0
