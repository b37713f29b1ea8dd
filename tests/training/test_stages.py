"""Stages of training on tiny data: masks, resumable steps, targets, vocabulary."""

import json
import random

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra [train]")

from tokenizers import Tokenizer
from transformers import BertConfig

from purchase_agent.labels import TIMINGS
from purchase_agent.training import batches, checkpoint, encoder, finetune, targets, vocabulary
from purchase_agent.training.corpus import Row

LABELS = {
    "intent": "ready", "declined": False, "repurchase": True, "sentiment": "positive", "motivation": ["gift"],
    "barrier": [], "next_action": "purchase", "timing": "now", "juster": 8,
}  # fmt: skip


def small():
    torch.manual_seed(0)
    return encoder.blank(
        BertConfig(
            vocab_size=60, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
            max_position_embeddings=32,
        )
    )  # fmt: skip


def id_rows(count=40, seed=0):
    rng = random.Random(seed)
    return [[2, 5, *(rng.randrange(10, 60) for _ in range(rng.randrange(3, 12))), 3] for _ in range(count)]


def quiet(*_):
    return None


def test_a_finetuning_that_was_broken_off_goes_on(tmp_path):
    rows = [Row("a", "chat", "en", "written", "own", str(i), LABELS) for i in range(40)]
    settings = finetune.FinetuneSettings(epochs=2, tokens_per_step=200, auxiliary_share=0.0)
    file, whole, rest = tmp_path / "f.safetensors", [], []

    def stop_in_the_second_epoch(_stage, done, total, _figures):
        whole.append(done)
        if done > total / 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        finetune.finetune(finetune.TextModel(small()), rows, id_rows(), [], settings, file, stop_in_the_second_epoch)
    again = finetune.TextModel(small())
    finetune.finetune(again, rows, id_rows(), [], settings, file, lambda _s, done, _t, _f: rest.append(done))
    assert rest[0] == max(whole)
    unbroken = finetune.TextModel(small())
    finetune.finetune(unbroken, rows, id_rows(), [], settings, tmp_path / "g.safetensors", quiet)
    weights = again.state_dict(), unbroken.state_dict()
    assert all(torch.allclose(weights[0][name], weights[1][name], atol=1e-6) for name in weights[0])


def test_a_checkpoint_restores_model_and_optimizer(tmp_path):
    model = small()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    model.embeddings.word_embeddings.weight.sum().backward()
    optimizer.step()
    checkpoint.save(tmp_path / "c.safetensors", model, optimizer, {"step": 4})
    other = small()
    again = torch.optim.AdamW(other.parameters(), lr=0.1)
    assert checkpoint.load(tmp_path / "c.safetensors", other, again) == {"step": 4}
    assert torch.equal(other.embeddings.word_embeddings.weight, model.embeddings.word_embeddings.weight)
    assert len(again.state_dict()["state"]) == len(optimizer.state_dict()["state"])


def test_finetuning_learns_what_it_is_shown(tmp_path):
    rows = [Row("a", "chat", "en", "written", "own", str(i), LABELS) for i in range(40)]
    model = finetune.TextModel(small())
    settings = finetune.FinetuneSettings(epochs=6, tokens_per_step=200, auxiliary_share=0.2, head_rate=0.02)
    auxiliary = [(ids, {"positive": 1}) for ids in id_rows(10, 3)]
    ids = id_rows()
    finetune.finetune(model, rows, ids, auxiliary, settings, tmp_path / "f.safetensors", quiet)
    with torch.no_grad():
        logits = model.eval()(*batches.pad(ids))
    assert (logits["timing"].argmax(1) == TIMINGS.index("now")).all()
    assert (tmp_path / "f.safetensors").exists()


def test_two_readings_are_averaged():
    other = LABELS | {"timing": "within_7d", "juster": 6}
    rows = [Row("a", "chat", "en", "written", "own", "g", LABELS, other)]
    stacked = targets.stack(rows)
    assert stacked["timing"][0, :2].tolist() == [0.5, 0.5]
    assert stacked["juster"].sum() == pytest.approx(1)
    assert stacked["juster"][0].argmax() in (6, 7, 8)


def test_batches_hold_each_row_once_and_keep_the_budget():
    lengths = [random.Random(1).randrange(3, 90) for _ in range(300)]
    plan = list(batches.by_length(lengths, 512, random.Random(2)))
    assert sorted(place for batch in plan for place in batch) == list(range(300))
    assert all(len(batch) * max(lengths[i] for i in batch) <= 512 or len(batch) == 1 for batch in plan)


def test_padding_has_few_widths():
    ids, mask = batches.pad([[2, 5, 9, 3], [2, 5, 3]])
    assert ids.shape == (2, 8)
    assert mask.sum(1).tolist() == [4, 3]


@pytest.fixture(scope="module")
def chinese():
    pytest.importorskip("opencc", reason="needs the extra [train]")
    lexicon = {"手机": "mobile phone", "换": "change", "一台": "one unit"}
    spec, source = vocabulary.build(encoder.default_base(), ["手机换一台 phone 卡"] * 3, lexicon)
    return json.loads(spec)["model"]["vocab"], Tokenizer.from_str(spec), source


def test_forms_of_a_word_share_one_row(chinese):
    words, tokenizer, _ = chinese
    assert words["手機"] == words["手机"] == words["##手機"]
    one, two = (tokenizer.encode(text, add_special_tokens=False) for text in ("换手机一台", "換手機一臺"))
    assert one.tokens == ["换", "##手机", "##一台"]
    assert one.ids == two.ids
    assert np.unique(list(words.values())).size == max(words.values()) + 1


def test_an_unknown_character_costs_only_itself(chinese):
    _, tokenizer, _ = chinese
    assert tokenizer.encode("手机龘换", add_special_tokens=False).tokens == ["手机", "[UNK]", "换"]
    assert tokenizer.encode("买iphone手机", add_special_tokens=False).tokens[-1] == "手机"


def test_words_and_emoji_start_from_their_meaning(chinese):
    words, tokenizer, source = chinese
    assert source[words["手机"]]
    assert source[words["👍"]]
    assert "[SEP]" not in tokenizer.encode("[SEP]", add_special_tokens=False).tokens
