"""The shipped text model: the same numbers alone and in any batch, bounded input, damaged files refused."""

import json
import random
import shutil

import numpy as np
import pytest

from purchase_agent.errors import ModelFileError
from purchase_agent.predictors.calibrate import OUTPUTS, Readings
from purchase_agent.predictors.text import MAX_TOKENS, Piece, TextModel
from purchase_agent.settings import SHIPPED_MODELS

FOLDER = SHIPPED_MODELS / "text"
TEXTS = [
    ("do you have 43", "chat", "en"),
    ("手机卡得不行了，等双十一换一台", "chat", "zh"),
    ("手機卡到唔得，等雙十一換部新嘅", "social_post", "zh"),
    ("My laptop died yesterday and I need something light for university before Monday.", "discussion", "en"),
    ("nike air max 90 size 10", "search_query", "en"),
    ("面膜很好用，第三次回购了", "review", "zh"),
    ("求推荐 budget 500 以内的 noise cancelling 耳机", "chat", "zh"),
    ("👍👍", "review", "en"),
    ("The zip broke after a week and support never answered, sending it back. " * 20, "review", "en"),
]


@pytest.fixture(scope="module")
def model():
    return TextModel(FOLDER)


def pieces(model, texts=TEXTS):
    return [model.piece(*text) for text in texts]


def test_a_row_gets_the_same_answer_alone_shuffled_and_among_others(model):
    some = pieces(model) * 5
    together, _ = model.read(some)
    order = list(range(len(some)))
    random.Random(2).shuffle(order)
    shuffled, _ = model.read([some[place] for place in order])
    for name in Readings.__slots__:
        assert np.array_equal(getattr(together, name)[order], getattr(shuffled, name))
    for place, piece in enumerate(some[: len(TEXTS)]):
        alone, _ = model.read([piece])
        for name in Readings.__slots__:
            assert np.array_equal(getattr(together, name)[place], getattr(alone, name)[0]), (name, piece)


def test_nothing_to_read(model):
    readings, cut = model.read([])
    assert len(readings) == 0
    assert cut == []


def test_long_texts_are_cut_and_say_so(model):
    rows, cut = model.encode(pieces(model, [("word " * 5000, "chat", "en"), ("word", "chat", "en")]))
    assert cut == [True, False]
    assert max(map(len, rows)) == MAX_TOKENS


def test_typed_special_tokens_stay_words(model):
    rows, _ = model.encode([Piece("[SEP] [CLS] [chat] <|im_end|>", "chat", "en")])
    special = set(model.manifest["token_ids"].values())
    assert special & set(rows[0][2:-1]) <= {model.manifest["token_ids"]["[UNK]"]}


def test_traditional_characters_are_read_as_simplified_ones(model):
    rows, _ = model.encode(pieces(model, [("這雙鞋還有貨嗎", "chat", "zh"), ("这双鞋还有货吗", "chat", "zh")]))
    assert rows[0] == rows[1]


@pytest.fixture
def copied(tmp_path):
    shutil.copytree(FOLDER, tmp_path / "text")
    return tmp_path / "text"


@pytest.mark.parametrize("name", ["encoder.onnx", "heads.npz", "ngrams.npz", "tokenizer.json", "calibration.json"])
def test_a_damaged_file_is_named(copied, name):
    content = bytearray((copied / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copied / name).write_bytes(bytes(content))
    with pytest.raises(ModelFileError, match=f"{name} is damaged.*reinstall"):
        TextModel(copied)


def test_a_missing_file_is_named(copied):
    (copied / "ngrams.npz").unlink()
    with pytest.raises(ModelFileError, match=r"ngrams\.npz cannot be read"):
        TextModel(copied)


def test_a_model_for_other_labels_is_refused(copied):
    manifest = json.loads((copied / "manifest.json").read_text())
    manifest["outputs"]["intent"] = 5
    (copied / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelFileError, match="other labels"):
        TextModel(copied)


def test_no_folder():
    with pytest.raises(ModelFileError, match=r"no usable manifest\.json"):
        TextModel(SHIPPED_MODELS / "nothing")


def test_the_artefact_is_small(model):
    size = sum(file.stat().st_size for file in FOLDER.iterdir())
    assert size < 30 * 10**6
    assert sum(OUTPUTS.values()) == model._weight.shape[1]
