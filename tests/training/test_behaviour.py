"""The behaviour model from training to answers: one mask, three runtimes, the same probabilities."""

import random

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra [train]")

from purchase_agent.events import Step, history_at
from purchase_agent.predictors.behaviour import FILES, NEXT, BehaviourModel
from purchase_agent.predictors.event_tokens import ASKED, ID, NO, START, WORDS, YES, encode, prompt
from purchase_agent.predictors.model_folder import seal
from purchase_agent.training import behaviour_fit, behaviour_model, trees
from purchase_agent.training.moments import sample
from purchase_agent.training.streams import IGNORED, Stream, ask, windows

START_AT = 1_700_000_000.0
SETTINGS = behaviour_model.BehaviourSettings(width=32, layers=2, heads=2, epochs=1, words_per_step=1024)


def streams(count=40):
    rng = random.Random(3)
    out = []
    for user in range(count):
        at, steps = START_AT, []
        for _ in range(rng.randrange(2, 60)):
            at += rng.choice([5, 20, 100, 4000, 90_000])
            kind = rng.choice(["view_item", "view_item", "add_to_cart", "purchase", "search"])
            steps.append(Step(at, kind, str(rng.randrange(9)), str(rng.randrange(3)), rng.choice([None, 5.0, 9.0])))
        out.append(Stream(str(user), tuple(steps), at + 40 * 86_400))
    return out


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A trained model folder, small and bad."""
    out = tmp_path_factory.mktemp("behaviour")
    some = streams()
    model = behaviour_fit.fit_words(some, SETTINGS, None, lambda *_: None)
    found = behaviour_fit.fit_trees(sample(some, 12, 1), trees.TreeSettings(rounds=10, rows_per_leaf=20))
    behaviour_fit.write(model, found, out)
    marks = behaviour_fit.neutral("tiny", "none")
    (out / "calibration.json").write_text(marks.model_dump_json())
    seal(out, FILES, {"version": "tiny"})
    return out, model, found


def test_onnx_equals_the_trained_model(folder):
    out, model, _ = folder
    prompts = sample(streams(12), 4, 5).prompts
    following, asked = BehaviourModel(out).word_scores(prompts)
    for row, ids in enumerate(prompts):
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([ids])).logits[0, -1]
            expected = torch.log_softmax(logits[[ID[word] for word in NEXT]], 0).numpy()
            assert following[row] == pytest.approx(expected, abs=1e-4)
            for place, question in enumerate(ASKED):
                logits = model(input_ids=torch.tensor([[*ids, ID[question]]])).logits[0, -1]
                assert asked[row, place] == pytest.approx(float(logits[ID[YES]] - logits[ID[NO]]), abs=1e-4)


def test_trees_in_onnx_equal_the_fitted_ones(folder):
    out, _, found = folder
    rows = sample(streams(12), 6, 5).rows
    following, asked = BehaviourModel(out).tree_scores(rows)
    expected = found[0].scores(rows)
    expected -= np.log(np.exp(expected).sum(1, keepdims=True))
    assert following == pytest.approx(expected, abs=1e-4)
    for place in range(len(ASKED)):
        assert asked[:, place] == pytest.approx(found[place + 1].scores(rows)[:, 0], abs=1e-4)


def test_a_row_is_the_same_alone_and_in_any_batch(folder):
    model = BehaviourModel(folder[0])
    pasts = [history_at(one.steps, one.steps[-1].at + 60 * k) for k, one in enumerate(streams(30))]
    together = model.read(pasts)
    mixed = list(range(30))
    random.Random(0).shuffle(mixed)
    shuffled = model.read([pasts[place] for place in mixed])
    assert np.array_equal(together.asked[mixed], shuffled.asked, equal_nan=True)
    assert np.array_equal(together.next_action[mixed], shuffled.next_action)
    alone = model.read([pasts[4]])
    assert np.array_equal(alone.asked[0], together.asked[4], equal_nan=True)


def test_answers_are_probabilities_that_agree(folder):
    model = BehaviourModel(folder[0])
    quiet = [history_at(one.steps, one.steps[-1].at + 9 * 86_400) for one in streams(10)]
    told = model.read(quiet)
    assert told.next_action.sum(1) == pytest.approx(1)
    assert np.isnan(told.asked[:, 0]).all()  # no session is open
    assert (np.diff(told.asked[:, 1:5], axis=1) >= 0).all()


def test_questions_in_training_are_prompts_at_prediction():
    stream = streams(5)[3]
    rng = random.Random(0)
    for window in windows(stream, rng):
        for one in window.questions:
            past = [step for step in stream.steps if step.at <= one.at]
            ids = encode(past, 10_000).ids
            assert [*ids, *one.words] == prompt(history_at(past, one.at), 10_002)
            assert window.ids[1 : one.place] == tuple(ids[1 - one.place :])


def test_answers_come_from_after_the_moment_and_only_where_it_was_watched():
    day = 86_400.0
    steps = (Step(START_AT, "view_item"), Step(START_AT + 5 * day, "purchase"))
    stream = Stream("a", steps, START_AT + 20 * day)
    one = ask(stream, 0, 4, random.Random(1))
    assert one is not None
    known = dict(zip(ASKED, one.answers, strict=True))
    assert known["?30d"] == known["?90d"] == IGNORED  # watched for too short a time
    assert known["?1d"] == (ID[YES] if one.idle_s >= 4 * day else ID[NO])
    assert known["?7d"] == ID[YES]
    last = ask(stream, 1, 4, random.Random(1))
    assert last is not None
    assert last.answers[ASKED.index("?7d")] == ID[NO]


def test_a_pool_finds_the_source_that_knows():
    rng = np.random.default_rng(0)
    score = rng.normal(size=(4000, 1)) * 2
    truth = (rng.random(4000) < 1 / (1 + np.exp(-score[:, 0]))).astype(np.int64)
    found = behaviour_fit.fit_pool(score, rng.normal(size=(4000, 1)), truth, 1)
    assert found.weights[0] == pytest.approx(1, abs=0.1)
    assert found.weights[1] == pytest.approx(0, abs=0.1)


def test_the_tokenizer_knows_each_word(folder):
    from transformers import PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast.from_pretrained(str(folder[0]))
    ids = tokenizer(" ".join(WORDS[4:]), add_special_tokens=False)["input_ids"]
    assert ids == [ID[word] for word in WORDS[4:]]
    assert tokenizer.bos_token == START
