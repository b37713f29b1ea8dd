"""Metrics against hand-computed values, against scikit-learn and scipy where installed, and their intervals."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest

from purchase_agent import metrics
from purchase_agent.errors import InputError
from purchase_agent.metrics import Bootstrap, Score

QUICK = Bootstrap(resamples=50)
NAN = float("nan")


# ------------------------------------------------------------------------------------------------- by hand
def test_accuracy_and_its_rows():
    score = metrics.accuracy(["a", "b", "a", "c"], ["a", "b", "c", "c"])
    assert (score.value, score.n, score.unit) == (0.75, 4, "share")
    assert 0 <= score.low <= score.value <= score.high <= 1


def test_macro_f1_counts_only_classes_of_the_truth():
    # a: tp 1, true 2, predicted 1 -> 2/3; b: tp 1, true 1, predicted 1 -> 1; z is only predicted.
    assert metrics.macro_f1(["a", "a", "b"], ["a", "z", "b"], bootstrap=QUICK).value == pytest.approx((2 / 3 + 1) / 2)


def test_macro_f1_minimum_count_drops_rare_classes():
    score = metrics.macro_f1(["a", "a", "b"], ["a", "a", "a"], minimum_count=2, bootstrap=QUICK)
    assert score.value == pytest.approx(2 * 2 / (2 + 3))
    with pytest.raises(InputError, match="no class has 3 true cases"):
        metrics.macro_f1(["a", "a", "b"], ["a", "a", "a"], minimum_count=3)


def test_micro_f1():
    score = metrics.micro_f1([[1, 0, 1], [0, 0, 1]], [[1, 1, 0], [0, 0, 1]], bootstrap=QUICK)
    assert score.value == pytest.approx(2 * 2 / (3 + 3))


def test_spearman_with_ties():
    # Ranks 1, 2.5, 2.5, 4 and 1, 2, 3, 4: covariance 4.5, variances 4.5 and 5.
    assert metrics.spearman([1, 2, 2, 3], [10, 20, 30, 40], bootstrap=QUICK).value == pytest.approx(
        4.5 / math.sqrt(22.5)
    )


def test_cohen_kappa():
    # po 3/4; pe = (2/4)(1/4) + (2/4)(3/4) = 1/2.
    assert metrics.cohen_kappa([0, 0, 1, 1], [0, 1, 1, 1], bootstrap=QUICK).value == pytest.approx(0.5)


def test_areas():
    truth, scored = [0, 0, 1, 1], [0.1, 0.4, 0.4, 0.8]
    assert metrics.roc_auc(truth, scored, bootstrap=QUICK).value == pytest.approx(3.5 / 4)
    assert metrics.pr_auc(truth, scored, bootstrap=QUICK).value == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)


def test_brier_and_log_loss_of_an_event_and_of_labels():
    assert metrics.brier([1, 0], [0.8, 0.4], bootstrap=QUICK).value == pytest.approx((0.04 + 0.16) / 2)
    assert metrics.brier([1], [[0.3, 0.7]], bootstrap=QUICK).value == pytest.approx(0.18)
    assert metrics.log_loss([1, 0], [0.8, 0.4], bootstrap=QUICK).value == pytest.approx(-math.log(0.8 * 0.6) / 2)
    assert metrics.log_loss([0], [[0.3, 0.7]], bootstrap=QUICK).value == pytest.approx(-math.log(0.3))


def test_log_loss_is_clipped_where_it_says():
    assert metrics.log_loss([1], [0.0], clip=0.01, bootstrap=QUICK).value == pytest.approx(-math.log(0.01))


def test_ece_by_hand():
    # Two bins of two rows: |1/2 - 0.15| and |2/2 - 0.85|, each half of the rows.
    score = metrics.ece([0, 1, 1, 1], [0.1, 0.2, 0.8, 0.9], bins=2, bootstrap=QUICK)
    assert score.value == pytest.approx((0.35 + 0.15) / 2)


def test_ece_judges_the_most_probable_label():
    rows = [[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]]
    whole, top = metrics.ece([0, 0, 1], rows, bootstrap=QUICK), metrics.ece([1, 0, 1], [0.9, 0.8, 0.7], bootstrap=QUICK)
    assert whole == top


def test_ece_does_not_depend_on_the_order_of_equal_probabilities():
    truth, p = np.array([0, 1] * 50), np.full(100, 0.5)
    assert metrics.ece(truth, p, bootstrap=QUICK).value == metrics.ece(np.sort(truth), p, bootstrap=QUICK).value == 0


def test_ece_multilabel_is_ece_over_the_cells():
    rng = np.random.default_rng(0)
    p = rng.random((60, 4))
    y = rng.random((60, 4)) < p
    one, other = metrics.ece_multilabel(y, p, bootstrap=QUICK), metrics.ece(y.ravel(), p.ravel(), bootstrap=QUICK)
    assert one.value == pytest.approx(other.value)
    assert (one.n, other.n) == (60, 240)


def test_prediction_sets():
    sets = [[1, 0, 0], [0, 1, 1], [1, 0, 1]]
    assert metrics.set_coverage([0, 1, 1], sets, bootstrap=QUICK).value == pytest.approx(2 / 3)
    size = metrics.set_size(sets, bootstrap=QUICK)
    assert (size.value, size.unit) == (pytest.approx(5 / 3), "labels")


def test_a_score_reads_as_one_line():
    assert str(Score("accuracy", 0.5, 0.4, 0.61, 120, "share")) == "accuracy 0.500 [0.400, 0.610] share, n=120"


# ------------------------------------------------------------------------------------- against other libraries
@pytest.fixture(name="labels")
def _labels():
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 6, 400)
    return truth, np.where(rng.random(400) < 0.6, truth, rng.integers(0, 6, 400))


@pytest.fixture(name="event")
def _event():
    rng = np.random.default_rng(4)
    scored = np.round(rng.random(400), 2)
    return (rng.random(400) < scored).astype(int), scored


def test_labels_like_scikit_learn(labels):
    sklearn = pytest.importorskip("sklearn.metrics")
    assert metrics.accuracy(*labels, bootstrap=QUICK).value == pytest.approx(sklearn.accuracy_score(*labels))
    assert metrics.macro_f1(*labels, bootstrap=QUICK).value == pytest.approx(sklearn.f1_score(*labels, average="macro"))
    assert metrics.cohen_kappa(*labels, bootstrap=QUICK).value == pytest.approx(sklearn.cohen_kappa_score(*labels))


def test_events_like_scikit_learn(event):
    sklearn = pytest.importorskip("sklearn.metrics")
    assert metrics.roc_auc(*event, bootstrap=QUICK).value == pytest.approx(sklearn.roc_auc_score(*event))
    assert metrics.pr_auc(*event, bootstrap=QUICK).value == pytest.approx(sklearn.average_precision_score(*event))
    assert metrics.brier(*event, bootstrap=QUICK).value == pytest.approx(sklearn.brier_score_loss(*event))
    inner = np.clip(event[1], 1e-7, 1 - 1e-7)
    assert metrics.log_loss(*event, bootstrap=QUICK).value == pytest.approx(sklearn.log_loss(event[0], inner))


def test_matrices_like_scikit_learn():
    sklearn = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(5)
    truth, said = rng.random((300, 8)) < 0.2, rng.random((300, 8)) < 0.3
    expected = sklearn.f1_score(truth, said, average="micro")
    assert metrics.micro_f1(truth, said, bootstrap=QUICK).value == pytest.approx(expected)
    p, index = rng.dirichlet(np.ones(8), 300), rng.integers(0, 8, 300)
    expected = sklearn.log_loss(index, p, labels=range(8))
    assert metrics.log_loss(index, p, bootstrap=QUICK).value == pytest.approx(expected)


def test_spearman_like_scipy(event):
    stats = pytest.importorskip("scipy.stats")
    other = np.round(event[1] * 10 + np.random.default_rng(6).normal(size=400))
    assert metrics.spearman(event[1], other, bootstrap=QUICK).value == pytest.approx(
        stats.spearmanr(event[1], other)[0]
    )


# -------------------------------------------------------------------------------------------------- intervals
@pytest.mark.parametrize("metric", [metrics.spearman, metrics.roc_auc, metrics.pr_auc, metrics.macro_f1])
def test_a_weighted_statistic_is_the_metric_of_the_resample(metric, event):
    """The shortcut, weights instead of copied rows, gives what copying the rows would."""
    truth, scored = event[0][:40], event[1][:40]
    predicted = scored > 0.5 if metric is metrics.macro_f1 else scored
    recorder = metrics.score.Recorder(resamples=5, seed=9)
    metric(truth, predicted, bootstrap=recorder)
    draws = np.random.default_rng(9).integers(0, 40, (5, 40))
    direct = [metric(truth[rows], predicted[rows], bootstrap=QUICK).value for rows in draws]
    assert recorder.drawn[0] == pytest.approx(direct)


def test_the_same_seed_gives_the_same_interval(labels):
    assert metrics.macro_f1(*labels) == metrics.macro_f1(*labels)
    assert metrics.macro_f1(*labels) != metrics.macro_f1(*labels, bootstrap=Bootstrap(seed=1))


def test_resampling_in_parts_changes_nothing(labels, monkeypatch):
    whole = metrics.accuracy(*labels, bootstrap=QUICK)
    monkeypatch.setattr(metrics.score, "_CELLS_AT_ONCE", 1000)
    assert metrics.accuracy(*labels, bootstrap=QUICK) == whole


def _share_of_intervals(true_value, draw, trials=150):
    return np.mean([(score := draw(seed)).low <= true_value <= score.high for seed in range(trials)])


def test_intervals_hold_the_true_value_nine_times_in_ten():
    def accuracy(seed):
        right = np.random.default_rng(seed).random(150) < 0.7
        return metrics.accuracy(np.ones(150, int), right.astype(int), bootstrap=Bootstrap(resamples=300, seed=seed))

    def roc_auc(seed):
        # Scores of the two classes are uniform on [0, 1] and [0.5, 1.5]: the area is 1 - 0.5 ** 2 / 2.
        rng = np.random.default_rng(seed)
        truth = np.arange(150) % 2
        return metrics.roc_auc(truth, rng.random(150) + truth / 2, bootstrap=Bootstrap(resamples=300, seed=seed))

    assert 0.9 <= _share_of_intervals(0.7, accuracy) <= 0.99
    assert 0.9 <= _share_of_intervals(0.875, roc_auc) <= 0.99


def test_groups_widen_the_interval_of_rows_that_repeat():
    right = np.random.default_rng(0).random(60) < 0.5
    truth, said, ids = np.ones(600, int), np.repeat(right, 10).astype(int), np.repeat(np.arange(60), 10)
    rows, groups = metrics.accuracy(truth, said), metrics.accuracy(truth, said, bootstrap=Bootstrap(groups=ids))
    assert rows.value == groups.value
    assert groups.high - groups.low > 2.5 * (rows.high - rows.low)


def _calibration(gap, seed, rows=300):
    rng = np.random.default_rng(seed)
    p = 0.2 + 0.7 * rng.random(rows)
    outcome = rng.random(rows) < p - gap
    return metrics.ece(outcome, p, bootstrap=Bootstrap(resamples=200, seed=seed))


def test_a_small_calibrated_sample_is_not_called_miscalibrated():
    scores = [_calibration(0, seed) for seed in range(100)]
    assert np.mean([score.value for score in scores]) > 0.05  # the bias of the estimate, not of the model
    assert np.mean([score.value for score in scores]) == pytest.approx(
        np.mean([one.expected for one in scores]), rel=0.1
    )
    assert np.mean([score.value <= score.expected_high for score in scores]) >= 0.92
    assert np.mean([score.low == 0 for score in scores]) >= 0.92


def test_a_calibration_error_is_found_and_held_by_its_interval():
    scores = [_calibration(0.15, seed) for seed in range(60)]
    assert np.mean([score.value > score.expected_high for score in scores]) > 0.95
    assert np.mean([score.low <= 0.15 <= score.high for score in scores]) >= 0.85
    assert all(score.low <= score.value <= score.high for score in scores)


# ---------------------------------------------------------------------------------------------------- pairs
def test_a_paired_difference_is_narrower_than_its_two_sides(labels):
    truth, a = labels
    b = a.copy()
    b[:12] = truth[:12]
    b[12:20] = (truth[12:20] + 1) % 6
    both = metrics.paired_difference(metrics.accuracy, truth, a, b)
    first, second = metrics.accuracy(truth, a), metrics.accuracy(truth, b)
    assert both.name == "accuracy_difference"
    assert both.value == pytest.approx(first.value - second.value)
    assert both.low <= both.value <= both.high
    assert both.high - both.low < 0.5 * (first.high - first.low)


def test_a_paired_difference_takes_options_and_groups(labels):
    truth, predicted = labels
    metric = partial(metrics.macro_f1, minimum_count=5)
    same = metrics.paired_difference(
        metric, truth, predicted, predicted, bootstrap=Bootstrap(groups=truth, resamples=20)
    )
    assert (same.value, same.low, same.high) == (0, 0, 0)


# ----------------------------------------------------------------------------------------- degenerate and malformed
@pytest.mark.parametrize(
    "score",
    [
        metrics.spearman([1, 2, 3], [5, 5, 5], bootstrap=QUICK),
        metrics.roc_auc([1, 1], [0.2, 0.7], bootstrap=QUICK),
        metrics.pr_auc([0, 0], [0.2, 0.7], bootstrap=QUICK),
        metrics.cohen_kappa(["a", "a"], ["a", "a"], bootstrap=QUICK),
        metrics.micro_f1([[0, 0]], [[0, 0]], bootstrap=QUICK),
    ],
    ids=lambda score: score.name,
)
def test_what_the_rows_do_not_define_is_nan(score):
    assert all(math.isnan(one) for one in (score.value, score.low, score.high))


def test_one_class_is_no_trouble_where_it_has_a_meaning():
    assert metrics.accuracy(["a"], ["a"], bootstrap=QUICK) == Score("accuracy", 1, 1, 1, 1, "share")
    assert metrics.macro_f1(["a", "a"], ["a", "b"], bootstrap=QUICK).value == pytest.approx(2 / 3)
    assert metrics.ece([1, 1], [1.0, 1.0], bootstrap=QUICK).value == 0


def test_resamples_without_a_class_are_left_out():
    score = metrics.roc_auc([0, 0, 0, 1], [0.1, 0.2, 0.3, 0.4])
    assert (score.low, score.high) == (1, 1)


@pytest.mark.parametrize(
    ("call", "field", "words"),
    [
        (lambda: metrics.accuracy([], []), "truth", r"shape \(0,\)"),
        (lambda: metrics.accuracy(["a"], ["a", "b"]), "predicted", r"shape \(2,\), the other side \(1,\)"),
        (lambda: metrics.accuracy(np.array(["a", None]), ["a", "b"]), "truth", r"truth\[1\] = None"),
        (lambda: metrics.accuracy(np.array(["a", NAN], object), ["a", "b"]), "truth", r"truth\[1\] = nan"),
        (lambda: metrics.accuracy([1, 2], ["1", "2"]), "predicted", r"predicted\[0\] = '1'"),
        (lambda: metrics.accuracy([[1, 2]], [[1, 2]]), "truth", r"shape \(1, 2\)"),
        (lambda: metrics.micro_f1([[1, 2]], [[1, 0]]), "truth", r"truth\[0, 1\] = 2.0 is neither 0 nor 1"),
        (lambda: metrics.micro_f1([[1, 0]], [[1, 0, 0]]), "predicted", "the other side"),
        (lambda: metrics.spearman([1, 2], [1, NAN]), "predicted", r"predicted\[1\] = nan"),
        (lambda: metrics.spearman([1, 2], ["1", "x"]), "predicted", "not an array of numbers"),
        (lambda: metrics.roc_auc([0.5, 0.2], [1, 0]), "truth", "neither 0 nor 1"),
        (lambda: metrics.brier([1, 0], [0.5, 1.5]), "predicted", r"predicted\[1\] = 1.5 is no probability"),
        (lambda: metrics.brier([0, 1], [[0.5, 0.5], [0.5, 0.4]]), "sum of predicted", r"\[1\] = 0.9 is not 1"),
        (lambda: metrics.log_loss([2], [[0.5, 0.5]]), "truth", r"truth\[0\] = 2.0 is no index below 2"),
        (lambda: metrics.log_loss([1], [0.5], clip=0), "clip", "clip is 0"),
        (lambda: metrics.ece([1], [0.5], bins=0), "bins", "bins is 0"),
        (lambda: metrics.set_coverage([-1], [[1, 0]]), "truth", "no index below 2"),
        (lambda: metrics.accuracy([1], [1], bootstrap=Bootstrap(groups=["a", "b"])), "groups", r"shape \(2,\)"),
        (lambda: metrics.accuracy([1], [1], bootstrap=Bootstrap(resamples=0)), "resamples", "resamples is 0"),
    ],
)
def test_malformed_input_names_the_argument_and_the_place(call, field, words):
    with pytest.raises(InputError, match=words) as caught:
        call()
    assert caught.value.field == field
