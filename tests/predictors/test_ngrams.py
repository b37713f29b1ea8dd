"""Hashed n-grams: stable, order-free buckets and a small file without pickles."""

import numpy as np
import pytest

from purchase_agent.predictors.ngrams import MAX_CHARACTERS, NgramModel, features


def model(buckets=512, outputs=5):
    rng = np.random.default_rng(1)
    weights = rng.integers(-127, 128, (buckets, outputs)).astype(np.int8)
    scale, bias = np.full(outputs, 0.01, np.float32), np.zeros(outputs, np.float32)
    return NgramModel(np.ones(buckets, np.float32), weights, scale, bias)


def test_features_are_sorted_unique_and_damped():
    places, values = features("buy buy buy", "chat", 2**16)
    assert (np.diff(places) > 0).all()
    assert values.max() == pytest.approx(1 + np.log(5), abs=0.6)
    assert len(places) == len(values)


def test_width_and_case_do_not_matter():
    assert np.array_equal(features("ＡＢＣ", "chat", 999)[0], features("abc", "chat", 999)[0])


def test_the_channel_is_a_feature():
    assert not np.array_equal(features("abc", "chat", 2**16)[0], features("abc", "review", 2**16)[0])


def test_long_texts_cost_no_more():
    assert len(features("é" * 10**6, "chat", 2**16)[0]) <= 8 * MAX_CHARACTERS


def test_rows_do_not_depend_on_each_other():
    texts = [("one text", "chat"), ("another, longer text", "review"), ("手机", "chat")]
    together = model().logits(texts)
    alone = np.concatenate([model().logits([text]) for text in texts])
    assert np.array_equal(together, alone)


def test_a_saved_model_answers_the_same(tmp_path):
    model().save(tmp_path / "n.npz")
    texts = [("one text", "chat")]
    assert np.allclose(NgramModel.load(tmp_path / "n.npz").logits(texts), model().logits(texts))


def test_nothing_to_count():
    assert np.isfinite(model().logits([("", "chat")])).all()
