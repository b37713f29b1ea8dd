"""Scores to probabilities: distributions, the timing bins and the purchase probability agree."""

import numpy as np
import pytest

from purchase_agent.labels import MOTIVATIONS, TIMINGS
from purchase_agent.predictors.calibrate import (
    OUTPUTS,
    Calibration,
    LanguageCalibration,
    Monotone,
    SigmoidScale,
    SoftmaxScale,
    calibrate,
    cdf_of,
    softmax,
    split,
    timing_bins,
    told_motivations,
)  # fmt: skip

RNG = np.random.default_rng(3)


def plain(encoder=1.0, ngrams=0.5):
    def single(task):
        return SoftmaxScale(encoder=encoder, ngrams=ngrams, bias=[0.0] * OUTPUTS[task])

    language = LanguageCalibration(
        single={task: single(task) for task in ("intent", "sentiment", "next_action", "timing")},
        multi={
            task: SigmoidScale(encoder=encoder, ngrams=ngrams, shift=[0.0] * OUTPUTS[task])
            for task in ("motivation", "barrier", "flags")
        },
        juster=single("juster"),
        purchase=Monotone(x=[0.0, 1.0], y=[0.0, 1.0]),
    )
    return Calibration(
        calibrated_on="test",
        languages={"en": language, "zh": language},
        thresholds={task: [0.5] * OUTPUTS[task] for task in ("motivation", "barrier", "flags")},
        conformal={"en": [0.1] * 6, "zh": [0.1] * 6},
        prior={task: [1 / OUTPUTS[task]] * OUTPUTS[task] for task in ("intent", "next_action", "timing")},
    )


def read(rows, languages=None, marks=None):
    scores = RNG.normal(size=(2, rows, sum(OUTPUTS.values())))
    return calibrate(split(scores[0]), split(scores[1]), languages or ["en"] * rows, marks or plain())


def test_single_tasks_are_distributions():
    readings = read(50)
    for task in ("intent", "sentiment", "next_action", "timing"):
        assert getattr(readings, task).sum(1) == pytest.approx(1)
    for task in ("motivation", "barrier", "flags", "purchase"):
        values = getattr(readings, task)
        assert ((values >= 0) & (values <= 1)).all()


def test_the_first_three_bins_sum_to_the_purchase_probability():
    readings = read(50)
    assert readings.timing[:, :3].sum(1) == pytest.approx(readings.purchase)
    for bins, chance in zip(readings.timing, readings.purchase, strict=True):
        cdf = cdf_of(bins)
        assert (np.diff(cdf) >= 0).all()
        assert cdf[2] == pytest.approx(chance)


def test_the_bin_the_text_speaks_for_stays_the_largest():
    timing = softmax(RNG.normal(size=(200, len(TIMINGS))) * 2)
    bins = timing_bins(timing, np.full(200, 0.45))
    assert bins.sum(1) == pytest.approx(1)
    assert bins[:, :3].sum(1) == pytest.approx(0.45)
    assert (bins.argmax(1) == timing.argmax(1)).mean() > 0.85
    fits = (timing.argmax(1) < 3) & (timing.max(1) < 0.43) & (timing.max(1) > 0.25)
    assert np.abs(bins.max(1) - timing.max(1))[fits] == pytest.approx(0, abs=1e-4)


def test_what_does_not_fit_is_left():
    timing = np.asarray([[0.9, 0.02, 0.02, 0.02, 0.02, 0.01, 0.01]])
    bins = timing_bins(timing, np.asarray([0.05]))
    assert bins[0, :3].sum() == pytest.approx(0.05)


def test_a_language_without_a_calibration_is_read_as_english():
    scores = RNG.normal(size=(2, 1, sum(OUTPUTS.values())))
    parts = split(scores[0]), split(scores[1])
    assert (calibrate(*parts, ["xx"], plain()).intent == calibrate(*parts, ["en"], plain()).intent).all()


def test_each_language_has_its_own_scale():
    marks = plain()
    sharp = plain(encoder=5.0).languages["zh"]
    both = marks.model_copy(update={"languages": {"en": marks.languages["en"], "zh": sharp}})
    scores = np.repeat(RNG.normal(size=(2, 1, sum(OUTPUTS.values()))), 2, axis=1)
    readings = calibrate(split(scores[0]), split(scores[1]), ["en", "zh"], both)
    assert readings.intent[1].max() > readings.intent[0].max()


def test_unknown_stands_alone():
    unknown = MOTIVATIONS.index("unknown")
    probabilities = np.zeros((3, len(MOTIVATIONS)))
    probabilities[0, [0, unknown]] = 0.9, 0.6
    probabilities[1, [0, unknown]] = 0.6, 0.9
    told = told_motivations(probabilities, [0.5] * len(MOTIVATIONS))
    assert [list(np.flatnonzero(row)) for row in told] == [[0], [unknown], [unknown]]


def test_an_unknown_parameter_is_refused():
    with pytest.raises(ValueError, match="surplus"):
        Calibration.model_validate({**plain().model_dump(), "surplus": 1})
