"""Ordinal error, abstention, several labels, quantiles, reliability and tests of pairs; against scikit-learn where it
is installed, else by hand."""

from math import log

import numpy as np
import pytest

from purchase_agent import metrics
from purchase_agent.errors import InputError
from purchase_agent.metrics import Bootstrap

QUICK = Bootstrap(resamples=200)


def test_stages_are_counted_in_steps():
    found = metrics.mean_absolute_error([0, 1, 4, 2], [0, 3, 4, 1], bootstrap=QUICK)
    assert found.value == 0.75
    assert found.n == 4


def test_area_under_the_risk_coverage_curve_by_hand():
    """Sure .9 right, .8 wrong, .7 right: risks 0, 1/2, 1/3."""
    assert metrics.aurc([1, 0, 1], [0.9, 0.8, 0.7], bootstrap=QUICK).value == pytest.approx((0 + 1 / 2 + 1 / 3) / 3)
    points = metrics.risk_coverage([1, 0, 1], [0.9, 0.8, 0.7], points=3)
    assert [(one.coverage, one.risk) for one in points] == [
        (pytest.approx(1 / 3), 0), (pytest.approx(2 / 3), 0.5), (1, pytest.approx(1 / 3)),
    ]  # fmt: skip


def test_equal_probabilities_are_withheld_together():
    assert metrics.aurc([1, 0], [0.5, 0.5], bootstrap=QUICK).value == 0.5
    (point,) = metrics.risk_coverage([1, 0, 1, 1], [0.5] * 4, points=4)
    assert (point.coverage, point.risk) == (1, 0.25)


def test_abstention_of_several_labels_judges_the_most_probable():
    p = [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]]
    by_label = metrics.aurc([0, 0, 0], p, bootstrap=QUICK).value
    assert by_label == metrics.aurc([1, 0, 1], [0.9, 0.8, 0.6], bootstrap=QUICK).value


def test_macro_f1_of_several_labels_by_hand():
    """First label: 1 of 1 found; second: F1 2/3; third holds nowhere and is left out."""
    truth = [[1, 1, 0], [0, 1, 0]]
    said = [[1, 1, 1], [0, 0, 0]]
    assert metrics.macro_f1_multilabel(truth, said, bootstrap=QUICK).value == pytest.approx((1 + 2 / 3) / 2)


def test_losses_of_several_labels_by_hand():
    truth, p = [[1, 0]], [[0.8, 0.4]]
    assert metrics.log_loss_multilabel(truth, p, bootstrap=QUICK).value == pytest.approx(-(log(0.8) + log(0.6)) / 2)
    assert metrics.brier_multilabel(truth, p, bootstrap=QUICK).value == pytest.approx((0.04 + 0.16) / 2)


def test_against_scikit_learn():
    sk = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(1)
    truth, p = (rng.random((200, 4)) < 0.4).astype(int), np.round(rng.random((200, 4)), 3)
    said = (p > 0.5).astype(int)
    found = metrics.macro_f1_multilabel(truth, said, bootstrap=QUICK).value
    assert found == pytest.approx(sk.f1_score(truth, said, average="macro"))
    loss = np.mean([sk.log_loss(truth[:, one], np.clip(p[:, one], 1e-7, 1 - 1e-7)) for one in range(4)])
    assert metrics.log_loss_multilabel(truth, p, bootstrap=QUICK).value == pytest.approx(loss, abs=1e-6)
    brier = np.mean([sk.brier_score_loss(truth[:, one], p[:, one]) for one in range(4)])
    assert metrics.brier_multilabel(truth, p, bootstrap=QUICK).value == pytest.approx(brier)
    a, b = rng.integers(0, 5, 200), rng.integers(0, 5, 200)
    error = metrics.mean_absolute_error(a, b, bootstrap=QUICK).value
    assert error == pytest.approx(sk.mean_absolute_error(a, b))


def test_quantiles_are_values_that_were_measured():
    values = list(range(1, 101))
    assert metrics.quantile(values, 0.5, bootstrap=QUICK).value == 50
    assert metrics.quantile(values, 0.99, bootstrap=QUICK).value == 99
    found = metrics.quantile(values, 0.95, unit="ms", bootstrap=QUICK)
    assert found.low <= found.value <= found.high
    assert found.name == "p95"
    with pytest.raises(InputError, match="share"):
        metrics.quantile(values, 95)


def test_the_reliability_diagram_bins_rows_of_like_probability():
    found = metrics.reliability([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9], bins=2)
    assert [(one.n, one.observed) for one in found] == [(2, 0), (2, 1)]
    assert found[0].predicted == pytest.approx(0.15)
    several = metrics.reliability([[0, 1], [0, 1]], [[0.1, 0.9], [0.1, 0.9]], bins=2)
    assert [(one.n, one.observed) for one in several] == [(2, 0), (2, 1)]
    assert [one.n for one in metrics.reliability([0, 1], [[0.9, 0.1], [0.2, 0.8]], bins=1)] == [2]


def test_mcnemar_is_exact_for_few_rows():
    """Eight rows differ, seven in favour of one: 2 (C(8,0) + C(8,1)) / 2^8."""
    first = [1] * 7 + [0] + [1] * 5
    second = [0] * 7 + [1] + [1] * 5
    found = metrics.mcnemar(first, second)
    assert (found.only_first, found.only_second) == (7, 1)
    assert found.p == pytest.approx(2 * 9 / 256)
    assert metrics.mcnemar([1, 0], [1, 0]).p == 1
    assert metrics.mcnemar([1, 0], [0, 1]).p == 1


def test_mcnemar_of_many_rows_says_what_the_exact_test_says():
    stats = pytest.importorskip("scipy.stats")
    first = np.asarray([1] * 560 + [0] * 490)
    exact = stats.binomtest(490, 1050, 0.5).pvalue
    assert metrics.mcnemar(first, 1 - first).p == pytest.approx(exact, rel=0.02)


def test_holm_by_hand():
    """Smallest three times, next twice, largest once, and never below one before it."""
    assert metrics.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert metrics.holm([0.5, 0.9]) == [1, 1]
    assert np.isnan(metrics.holm([float("nan"), 0.01])).tolist() == [True, False]
    assert metrics.holm([float("nan"), 0.01])[1] == 0.01


def test_the_paired_test_sees_a_difference_and_none():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 300)
    good = np.where(rng.random(300) < 0.9, truth, 1 - truth)
    bad = np.where(rng.random(300) < 0.6, truth, 1 - truth)
    score, p = metrics.paired_test(metrics.accuracy, truth, good, bad, bootstrap=Bootstrap(resamples=999))
    assert score.low > 0
    assert p == pytest.approx(2 / 1000)
    assert metrics.paired_test(metrics.accuracy, truth, good, good, bootstrap=QUICK)[1] == 1
    assert score == metrics.paired_difference(metrics.accuracy, truth, good, bad, bootstrap=Bootstrap(resamples=999))


def test_the_paired_test_raises_no_more_false_alarms_than_it_says():
    """Two equally good models, 200 times: about one in twenty below 0.05."""
    rng = np.random.default_rng(5)
    alarms = 0
    for _ in range(200):
        right = rng.random((2, 80)) < 0.7
        truth = np.ones(80, int)
        alarms += (
            metrics.paired_test(
                metrics.accuracy, truth, right[0].astype(int), right[1].astype(int), bootstrap=Bootstrap(resamples=200)
            )[1]
            < 0.05
        )
    assert alarms <= 22  # of Binomial(200, 0.05) above this is one in a thousand


def test_every_exported_name_is_there():
    assert all(hasattr(metrics, name) for name in metrics.__all__)
