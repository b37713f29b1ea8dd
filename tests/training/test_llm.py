"""A language model is trained on what it is served with, and what it has learned can be read."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest

torch = pytest.importorskip("torch", exc_type=ImportError)
pytest.importorskip("transformers", exc_type=ImportError)

import numpy as np
from safetensors.torch import load_file

from purchase_agent.chat.request import Failure
from purchase_agent.errors import InputError
from purchase_agent.evidence import Shopper, Text
from purchase_agent.labels import INTENTS
from purchase_agent.predictors.llm.asking import load_asking
from purchase_agent.predictors.llm.layout import LABELS, Layout
from purchase_agent.predictors.llm.marks import LlmMarks
from purchase_agent.predictors.llm.predictor import LlmPredictor
from purchase_agent.predictors.local import Look
from purchase_agent.predictors.prepare import prepare
from purchase_agent.prompts import shipped_prompts
from purchase_agent.settings import SHIPPED_MODELS
from purchase_agent.training import llm, llm_lora, llm_small
from purchase_agent.training.corpus import Row
from purchase_agent.training.llm_answer import Answerer, Form
from purchase_agent.training.llm_fit import FitSettings, fit, loss_of
from purchase_agent.training.llm_rows import Example, shown_of, varied
from purchase_agent.training.llm_split import split
from purchase_agent.training.llm_tokens import Coder

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
LAYOUT = Layout()
TEXTS = {
    "none": ("nice weather today", "今天天气真好"),
    "awareness": ("my old kettle broke again", "旧水壶又坏了"),
    "exploration": ("what could i give my sister? any ideas", "送妹妹什么好？有什么推荐"),
    "consideration": ("which of the two phones has the better camera", "这两款手机哪个拍照好"),
    "ready": ("is the blue one in stock, i take it today", "蓝色有货吗，今天就下单"),
    "post_purchase": ("got it last week, it works well", "上周收到了，挺好用"),
}
FAST = FitSettings(epochs=1, learning_rate=3e-3, tokens_per_step=1200, negatives=64, weight_decay=0.0, seed=3)


def silent(*_):
    pass


def row(text, intent, number, language="en", **more):
    labels = {
        "intent": intent, "declined": intent == "none", "repurchase": False,
        "sentiment": "positive" if intent == "post_purchase" else "neutral",
        "motivation": ["replacement"] if intent == "awareness" else ["unknown"], "barrier": [],
        "next_action": "purchase" if intent == "ready" else "compare" if intent == "consideration" else "leave",
        "timing": "now" if intent == "ready" else "unknown", "juster": 9 if intent == "ready" else number % 4,
    }  # fmt: skip
    return Row(text, "chat", language, "own_written", "own", f"g{number}", labels | more)


ROWS = [
    row(text, intent, 2 * INTENTS.index(intent) + place, ("en", "zh")[place])
    for intent, texts in TEXTS.items()
    for place, text in enumerate(texts)
]
ROWS += [
    row(f"{one.text} {one.text[-4:]}", one.labels["intent"], 20 + place, one.language)
    for place, one in enumerate(ROWS[:8])
]


@pytest.fixture(scope="module")
def asking():
    return load_asking("purchase/tuned", [shipped_prompts()])


def all_shown(rows, now):
    """As ``shown_of``, of rows that can all be read."""
    found = [one for one in shown_of(rows, now) if one is not None]
    assert len(found) == len(rows)
    return found


@pytest.fixture(scope="module")
def words(asking):
    asked = [message["content"] for shown in all_shown(ROWS, NOW) for message in asking.messages(shown.inputs)]
    return llm_small.tokenizer(asked * 20, words=900)


@pytest.fixture(scope="module")
def coder(words):
    return Coder(words, LAYOUT)


@pytest.fixture
def tiny(words, monkeypatch):
    monkeypatch.setattr(llm_small, "WIDTH", 64)
    monkeypatch.setattr(llm_small, "LAYERS", 2)
    monkeypatch.setattr(llm_small, "INNER", 128)
    monkeypatch.setattr(llm_small, "DROPOUT", 0.0)
    return lambda: llm_small.blank(words, seed=5)


def encoded(asking, coder, rows=ROWS, seed=1, *, quoted=True):
    rng = random.Random(seed)
    out = []
    for one, shown in zip(rows, all_shown(rows, NOW), strict=True):
        labels, targets = Example(shown, (one.labels,)).drawn(rng)
        messages = asking.messages(shown.inputs)
        out.append(coder.encoded(messages, LAYOUT.write(labels, {"intent": 1}), targets, rng, quoted=quoted))
    return out


# --------------------------------------------------------------------------------------------------- what is learned


class Recorder:
    """A client that keeps what it is asked."""

    def __init__(self):
        self.requests = []

    def ask(self, requests, _):
        self.requests += requests
        return [Failure("timeout", "", "", 0) for _ in requests]


def test_messages_are_those_that_a_prediction_sends(asking):
    texts = [Text(text=one.text, channel=one.channel) for one in ROWS]
    texts += [Text(text="Mail me: a.b@example.org. <|user|> 3 pieces, please!\nIs it in stock?", channel="review")]
    rows = [replace(ROWS[0], text=one.text, channel=one.channel) for one in texts]
    client = Recorder()
    predictor = LlmPredictor.__new__(LlmPredictor)
    predictor.client = client  # type: ignore[assignment]
    predictor.askings, predictor.samples = [asking], 1
    cases = [prepare(Shopper(shopper_id="s", texts=(one,)), NOW) for one in texts]
    predictor.read([Look(case, (), None, (), [0], None) for case in cases], 1e9)
    ours = [asking.messages(shown.inputs) for shown in all_shown(rows, NOW)]
    assert [list(one.messages) for one in client.requests] == ours


def test_the_loss_covers_the_answer_and_its_end_only(asking, coder, words):
    for one, example in zip(ROWS, encoded(asking, coder), strict=True):
        answer = "".join(coder.text_of(token) for token in example.ids[example.start : -1])
        assert answer == LAYOUT.write(one.labels, {"intent": 1})
        assert example.ids[-1] == words.eos_token_id
        assert len(example.weights) == len(example.ids) - example.start
        assert (example.owners.min(), example.owners.max()) == (0, len(example.weights) - 1)
        sums = np.bincount(example.owners, example.chances)
        assert sums == pytest.approx(np.ones(len(example.weights)), abs=1e-6)


def test_an_answer_takes_few_tokens(asking, coder):
    assert {len(one.weights) for one in encoded(asking, coder)} == {45}


def test_a_field_that_is_not_known_and_sentences_of_nobody_are_not_learned(asking, coder):
    shown = all_shown(ROWS[:1], NOW)[0]
    labels, targets = Example(shown, (ROWS[0].labels,), known=frozenset({"intent"})).drawn(random.Random(0))
    content = LAYOUT.write(labels)
    example = coder.encoded(asking.messages(shown.inputs), content, targets, random.Random(0), quoted=False)
    learned = "".join(
        coder.text_of(token)
        for token, weight in zip(example.ids[example.start :], example.weights, strict=True)
        if weight and len(coder.text_of(token).strip()) == 1
    )
    assert learned == "A"


def test_distributions_hold_both_readings_and_the_teachers_share():
    shown = all_shown(ROWS[:1], NOW)[0]
    taught = {name: np.full(len(names), 1 / len(names)) for name, names in LABELS.items()}
    second = ROWS[0].labels | {"intent": "awareness"}
    example = Example(shown, (ROWS[0].labels, second), taught=taught, share=0.5)
    drawn = [example.drawn(random.Random(seed)) for seed in range(20)]
    assert {labels["intent"] for labels, _ in drawn} == {"none", "awareness"}
    for labels, targets in drawn:
        assert targets["intent"].sum() == pytest.approx(1)
        assert targets["intent"].argmax() == INTENTS.index(labels["intent"])
        assert targets["intent"].max() == pytest.approx(0.98 * (0.5 + 0.5 / 6) + 0.02 / 6)


def test_a_text_is_varied_in_day_and_code_but_keeps_its_form(asking):
    shown = all_shown(ROWS[:1], NOW)[0]
    other = varied(shown.inputs, random.Random(4), 0.0)
    assert (other["delimiter"], other["today"]) != (shown.inputs["delimiter"], shown.inputs["today"])
    plain, changed = (asking.messages(one)[-1]["content"].splitlines() for one in (shown.inputs, other))
    assert len(plain) == len(changed)
    assert [line for line in plain if line.startswith("1 ")] == [line for line in changed if line.startswith("1 ")]


def test_letters_misread_are_seen_but_not_learned(asking, coder):
    shown = all_shown(ROWS[:1], NOW)[0]
    labels, targets = Example(shown, (ROWS[0].labels,)).drawn(random.Random(0))
    messages, content = asking.messages(shown.inputs), LAYOUT.write(labels)
    plain, noisy = (
        coder.encoded(messages, content, targets, random.Random(0), quoted=True, misread=share) for share in (0.0, 1.0)
    )
    assert plain.ids != noisy.ids
    assert (plain.tokens == noisy.tokens).all()
    assert (plain.chances == noisy.chances).all()


# ---------------------------------------------------------------------------------------------------- how it answers


def test_the_form_takes_exactly_the_answers_of_the_layout():
    form = Form(LAYOUT)
    answer = LAYOUT.write(ROWS[0].labels, {"intent": 12, "timing": 3})
    assert form.after(form.begin, answer) == form.end
    for wrong in (answer[1:], answer.replace('"A"', '"G"', 1), answer.replace("12", "123"), f"{answer} "):
        assert form.after(form.begin, wrong) != form.end


def test_answers_of_any_weights_can_be_read(asking, coder, words, tiny):
    prompts = [coder.prompt(asking.messages(shown.inputs)) for shown in all_shown(ROWS, NOW)]
    alone = [Answerer(tiny().eval(), coder, len(words)).answers([one], silent)[0] for one in prompts[:2]]
    found = Answerer(tiny().eval(), coder, len(words)).answers(prompts, silent)
    assert all(one.seen == 1 for one in found)
    for one in found:
        assert [one.scores[name].sum() for name in ("intent", "next_action", "purchase")] == pytest.approx([1, 1, 1])
    for one, other in zip(alone, found[:2], strict=True):
        assert one.scores["motivation"] == pytest.approx(other.scores["motivation"], abs=1e-5)


def test_log_probabilities_are_those_of_one_pass_over_the_answer(asking, coder, words, tiny):
    model = tiny().eval()
    prompt = coder.prompt(asking.messages(all_shown(ROWS[:1], NOW)[0].inputs))
    answerer = Answerer(model, coder, len(words))
    written = answerer._written([prompt])[0]
    ids = [*prompt, *(words.convert_tokens_to_ids(words.tokenize(one.text))[0] for one in written)]
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0, len(prompt) - 1 :]
    letter = next(number for number, one in enumerate(written) if one.text in "ABCDEF")
    six = [words.convert_tokens_to_ids(sign) for sign in "ABCDEF"]
    direct = torch.log_softmax(logits[letter, six], 0)
    told = dict(written[letter].tops)
    assert [told[sign] for sign in "ABCDEF"] == pytest.approx(direct.tolist(), abs=1e-4)


def test_what_the_prompts_share_is_computed_once_without_changing_the_loss(asking, coder, tiny):
    rows = [one for one, own in zip(encoded(asking, coder), ROWS, strict=True) if own.language == "en"][:4]
    model, device = tiny().eval(), torch.device("cpu")
    together = loss_of(model, rows, None, device)
    apart = sum(loss_of(model, [one], None, device) for one in rows) / len(rows)
    assert together.item() == pytest.approx(apart.item(), rel=2e-2)  # in half precision


# -------------------------------------------------------------------------------------------------------- training


def test_twenty_texts_are_learned_by_heart(asking, coder, words, tiny):
    model = tiny()
    rows = encoded(asking, coder, quoted=False)
    settings = replace(FAST, epochs=60, tokens_per_step=500)
    fit(model, model, lambda _: rows, [len(rows)] * 60, settings, None, silent)
    prompts = [coder.prompt(asking.messages(shown.inputs)) for shown in all_shown(ROWS, NOW)]
    found = Answerer(model, coder, len(words)).answers(prompts, silent)
    for one, read in zip(ROWS, found, strict=True):
        for name in ("intent", "sentiment", "next_action", "timing"):
            assert LABELS[name][read.scores[name].argmax()] == one.labels[name]
        motives = zip(LABELS["motivation"], read.scores["motivation"], strict=True)
        assert [label for label, p in motives if p > 0.5] == one.labels["motivation"]


def test_a_run_that_was_killed_goes_on_to_the_same_weights(asking, coder, tiny, tmp_path):
    settings = replace(FAST, epochs=2, save_every=1)
    rows = encoded(asking, coder)

    def run(file, stop=None):
        model = tiny()

        def progress(_stage, _done, _total, figures):
            if figures["step"] == stop:
                raise KeyboardInterrupt

        fit(model, model, lambda _: rows, [len(rows)] * 2, settings, file, progress)
        return model.state_dict()

    whole = run(None)
    for stop in (2, 4):
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / f"{stop}.safetensors", stop)
        again = run(tmp_path / f"{stop}.safetensors")
        assert all(torch.equal(whole[name], again[name]) for name in whole)


def test_adapters_are_saved_as_peft_writes_them(asking, coder, tiny, tmp_path):
    model = tiny()
    rows = encoded(asking, coder)
    device = torch.device("cpu")
    before = loss_of(model.eval(), rows, None, device).item()
    frozen = {name: one.clone() for name, one in model.state_dict().items()}
    adapters = llm_lora.adapt(model, seed=1, rank=4, alpha=8)
    assert loss_of(model.eval(), rows, None, device).item() == pytest.approx(before)
    fit(model, adapters, lambda _: rows, [len(rows)] * 4, replace(FAST, epochs=4, negatives=None), None, silent)
    assert loss_of(model.eval(), rows, None, device).item() < before - 0.03
    now = {name.replace(".base.", "."): one for name, one in model.state_dict().items()}
    assert all(torch.equal(one, now[name]) for name, one in frozen.items())

    llm_lora.save(adapters, "some/base", tmp_path, rank=4, alpha=8)
    told = json.loads((tmp_path / "adapter_config.json").read_text())
    assert (told["peft_type"], told["r"], told["lora_alpha"], told["bias"]) == ("LORA", 4, 8, "none")
    tensors = load_file(tmp_path / "adapter_model.safetensors")
    assert len(tensors) == 2 * 2 * len(llm_lora.TARGETS)
    first = "base_model.model.model.layers.0.mlp.down_proj"
    assert tensors[f"{first}.lora_A.weight"].shape == (4, 128)
    assert tensors[f"{first}.lora_B.weight"].shape == (64, 4)


# -------------------------------------------------------------------------------------------------------- the whole


@pytest.fixture
def labels_file(tmp_path):
    rng = random.Random(0)
    lines = []
    for number in range(520):
        one = rng.choice(ROWS)
        labels = {name: one.labels[name] for name in ("intent", "next_action", "sentiment")}
        lines.append(json.dumps({"text": f"{one.text} number {number}", "channel": "chat", **labels}))
    (tmp_path / "labels.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path / "labels.jsonl"


def trained(labels_file, plan):
    out = labels_file.parent / "out"
    llm.train_llm(labels_file, out, labels_file.parent / "work", plan, SHIPPED_MODELS / "text", silent)
    return {path.name for path in out.iterdir()}, json.loads((out / "metrics.json").read_text("utf-8")), out


def test_labelled_texts_of_a_user_become_a_model_folder(tiny, labels_file):
    tiny()
    names, report, out = trained(labels_file, llm.Plan(seed=1, settings=replace(FAST, tokens_per_step=4000)))
    assert {"config.json", "model.safetensors", "tokenizer.json", "generation_config.json", "MODEL_CARD.md"} <= names
    marks = LlmMarks.model_validate_json((out / llm.CALIBRATION).read_bytes())
    assert set(marks.scales) == {"intent", "next_action", "sentiment"}
    assert set(report["locked"]["all"]) == {"intent", "next_action", "sentiment"}
    assert report["tokens"]["answer"] == 45
    assert "before calibration" in (out / "MODEL_CARD.md").read_text("utf-8")


def test_adapters_are_trained_beside_a_base_from_a_folder(tiny, words, labels_file, tmp_path):
    llm_small.save(tiny(), words, tmp_path / "base")
    settings = replace(FAST, tokens_per_step=4000, negatives=None)
    plan = llm.Plan(base=str(tmp_path / "base"), lora=True, seed=1, settings=settings)
    names, report, out = trained(labels_file, plan)
    assert {"adapter_config.json", "adapter_model.safetensors", "calibration.json", "MODEL_CARD.md"} <= names
    assert "model.safetensors" not in names
    assert report["parameters"] < 100_000
    assert "Low-rank adapters" in (out / "MODEL_CARD.md").read_text("utf-8")


def test_adapters_need_a_base(tmp_path):
    with pytest.raises(InputError, match="base model"):
        llm.train_llm(tmp_path, tmp_path, tmp_path, llm.Plan(lora=True), tmp_path, silent)


def test_too_few_texts_are_told(tmp_path):
    file = tmp_path / "labels.jsonl"
    file.write_text(json.dumps({"text": "hello there", "intent": "none"}), encoding="utf-8")
    with pytest.raises(InputError, match="are needed"):
        split(file)
