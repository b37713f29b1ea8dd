"""A preference for a letter is found as large as it is, and none is found in a model that reads the labels."""

from __future__ import annotations

import hashlib
import json
import math
import re
from itertools import combinations

import numpy as np
import pytest

from purchase_agent.chat.request import Answer, Token
from purchase_agent.errors import InputError, SettingsError
from purchase_agent.eval.position_bias import Labelled, measured, rows_of, table
from purchase_agent.eval.position_figures import SINGLE, orders_of
from purchase_agent.faults.server import FaultServer
from purchase_agent.predictors.llm.layout import LABELS, Layout
from purchase_agent.prompts import shipped_prompts
from tests.predictors.llm.model import FakeModel, predictor

FOLDERS = [shipped_prompts()]
WORDS = ("kettle", "tent", "phone", "lamp", "jacket", "水壶", "帐篷", "手机", "台灯", "雨衣", "shoes", "a blue bag")
TEXTS = [f"I want this: {word}" for word in WORDS]
OTHER = {"motivation": [], "barrier": [], "declined": False, "repurchase": False}
needs_model = pytest.mark.usefixtures("needs_model")


def label_of(name, text):
    """What a text means to the models below."""
    return LABELS[name][hashlib.sha256(f"{name}{text}".encode()).digest()[0] % len(LABELS[name])]


def labelled(text):
    labels = {"juster" if name == "purchase" else name: label_of(name, text) for name in SINGLE}
    return Labelled(text, "chat", labels | {"juster": int(labels["juster"])}, text)


def meanings():
    """Field -> words by which a prompt shows a label -> the label; longer words come first."""
    out: dict[str, dict[str, str]] = {}
    for language in ("en", "zh"):
        for field in Layout().catalogue(language):
            for option in field.options:
                words = f"{option.name}: " if language == "en" else option.definition
                out.setdefault(field.name, {})[words] = option.name
    return {name: dict(sorted(one.items(), key=lambda item: -len(item[0]))) for name, one in out.items()}


MEANINGS = meanings()


def legend(messages):
    """Field -> letter -> label, as the prompt shows them: by name, or in Chinese by definition."""
    out: dict[str, dict[str, str]] = {name: {} for name in SINGLE}
    field = ""
    for line in messages[0]["content"].splitlines():
        begins = re.match(r"(\w+)(: |：)", line)
        field = begins[1] if begins and begins[1] in LABELS else field
        if field not in out:
            continue
        out[field].update(re.findall(r"([A-K])=(\d+)", line))
        if shown := re.match(r"([A-O]) (.+)", line):
            meant = (name for words, name in MEANINGS[field].items() if shown[2].startswith(words))
            out[field][shown[1]] = next(meant)
    return out


def answer_to(messages, *, first):
    """What the prompt asks for, by the legend it shows; ``first``: letter A, whatever it stands for."""
    shown = legend(messages)
    (text,) = (text for text, word in zip(TEXTS, WORDS, strict=True) if word in messages[-1]["content"])
    letters = {
        name: "A" if first else next(letter for letter, label in shown[name].items() if label == label_of(name, text))
        for name in SINGLE
    }
    blank = json.loads(Layout().write({**labelled(text).labels, **OTHER}))
    return json.dumps(blank | letters, separators=(",", ":"))


class Preferring(FakeModel):
    """Puts ``share`` of its belief on the letter A, whatever it stands for, and the rest on the label it has read."""

    def __init__(self, share):
        super().__init__()
        self.share = share

    def _one(self, request):
        content = answer_to(request.messages, first=self.share > 0.5)
        read = json.loads(answer_to(request.messages, first=False))
        tokens = {place: Token(sign, 0.0, ((sign, 0.0),)) for place, sign in enumerate(content)}
        for name, (start, _) in Layout().values(content).items():
            if name in SINGLE:
                mass = {read[name]: 1 - self.share}
                mass["A"] = mass.get("A", 0.0) + self.share
                tops = tuple((letter, math.log(p)) for letter, p in mass.items() if p)
                tokens[start] = Token(content[start], dict(tops)[content[start]], tops)
        return Answer(content, tuple(tokens.values()), 1, 0, 1, "stub", "r", 1, 1.0)


@pytest.mark.parametrize(("count", "seed"), [(1, 7), (4, 7), (14, 1), (20, 2)])
def test_every_order_holds_each_label_once_and_no_label_keeps_its_letter(count, seed):
    orders = orders_of(count, seed)
    assert len(orders) == count + 1
    assert orders == orders_of(count, seed)
    for name in SINGLE:
        size = len(LABELS[name])
        assert orders[0][name] == tuple(range(size))
        assert all(sorted(order[name]) == list(range(size)) for order in orders)
        for first, second in combinations(orders[:size], 2):
            assert all(a != b for a, b in zip(first[name], second[name], strict=True))


@needs_model
@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 1.0])
def test_a_known_preference_is_told_as_large_as_it_is(tmp_path, share):
    model = Preferring(share)
    rows = [labelled(text) for text in TEXTS]
    found = measured(predictor(model, tmp_path), FOLDERS, rows, orders_of(4, 7), 20, 8)
    assert (found["answered"], found["failed"], found["no_logprobs"]) == (len(TEXTS), {}, 0)
    assert len(model.asked) == 6 * len(TEXTS)
    for name in SINGLE:
        one = found["fields"][name]
        assert one["bias"]["value"] == pytest.approx(share, abs=1e-3)
        assert one["letters"]["A"]["gain"]["value"] == pytest.approx(share, abs=1e-3)
        assert all(letter["gain"]["value"] < 1e-3 for name, letter in one["letters"].items() if name != "A")
        assert one["variation"]["value"] == pytest.approx(share, abs=1e-3)
        assert one["flips"]["value"] == (share > 0.5)
        assert (one["again_variation"]["value"], one["again_flips"]["value"]) == (0, 0)
        right = one["accuracy"]
        assert {part["n"] for part in (right["own"], right["others"], right["averaged"])} == {len(TEXTS)}
        if share < 0.5:
            assert [part["value"] for part in right["each"]] == [1] * 5
        else:
            first = np.mean([label_of(name, text) == LABELS[name][0] for text in TEXTS])
            assert right["own"]["value"] == pytest.approx(first)
    # The mean over orders brings back what was read, however much of it the letter hides.
    averaged = found["fields"]["timing"]["accuracy"]["averaged"]["value"]
    assert (averaged == 1) == (share < 1)
    assert f"position bias {share:.3f}" in table(found)


@needs_model
def test_only_texts_answered_under_every_order_count(tmp_path):
    model = Preferring(0.0)
    rows = [labelled(text) for text in TEXTS]
    asked = measured(
        predictor(model, tmp_path), FOLDERS, [*rows[:3], Labelled("!!", "chat", {}, "x")], orders_of(1, 7), 20, 2
    )
    assert (asked["texts"], asked["answered"]) == (4, 3)
    assert asked["failed"]


@needs_model
def test_few_shot_examples_follow_the_order(tmp_path):
    model = Preferring(0.0)
    measured(predictor(model, tmp_path, "purchase/few"), FOLDERS, [labelled(TEXTS[0])], orders_of(1, 7), 20, 2)
    own, _, other = model.asked
    shown = [legend(one.messages) for one in (own, other)]
    for first, second in zip(own.messages, other.messages, strict=True):
        if first["role"] == "assistant":
            written = [json.loads(message["content"]) for message in (first, second)]
            for name in SINGLE:
                labels = {legend_[name][answer[name]] for legend_, answer in zip(shown, written, strict=True)}
                assert len(labels) == 1


@needs_model
def test_several_prompts_share_the_fields(tmp_path):
    model = FakeModel()  # writes the same letters whatever they stand for, sure to 0.9
    parts = ("intent/zero", "motivation/zero", "next_action/zero", "timing/zero")
    rows = [labelled(text) for text in TEXTS[:4]]
    found = measured(predictor(model, tmp_path, *parts), FOLDERS, rows, orders_of(2, 7), 20, 4)
    assert len(model.asked) == 4 * 4 * len(parts)
    for name in SINGLE:
        assert found["fields"][name]["flips"]["value"] == 1
        rest = 0.1 / (len(LABELS[name]) - 1)
        assert found["fields"][name]["variation"]["value"] == pytest.approx(0.9 - rest)


@needs_model
def test_a_prompt_without_a_legend_cannot_be_asked_in_another_order(tmp_path):
    model = Preferring(0.0)
    with pytest.raises(SettingsError, match="purchase/tuned does not show"):
        measured(predictor(model, tmp_path, "purchase/tuned"), FOLDERS, [labelled(TEXTS[0])], orders_of(1, 7), 20, 2)
    with pytest.raises(InputError, match="no text"):
        measured(predictor(model, tmp_path), FOLDERS, [], orders_of(1, 7), 20, 2)
    assert model.asked == []


def test_rows_of_a_file_and_of_the_data_folder(tmp_path, shared_data):
    file = tmp_path / "labels.jsonl"
    file.write_text('{"text": "my kettle broke", "intent": "awareness"}\n{"text": "My kettle broke!"}\n')
    one, two = rows_of(file)
    assert one.labels == {"intent": "awareness"}
    assert one.group == two.group
    locked = rows_of(shared_data)
    assert len(locked) > 500
    assert all("intent" in row.labels for row in locked)


@pytest.mark.real
@needs_model
@pytest.mark.parametrize("first", [False, True])
def test_the_command_asks_through_the_real_client(command, monkeypatch, tmp_path, first):
    file, out = tmp_path / "labels.jsonl", tmp_path / "bias.json"
    rows = [{"text": text, "channel": "chat", **labelled(text).labels} for text in TEXTS]
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    with FaultServer(
        answer=lambda body: answer_to(body["messages"], first=first) if "response_format" in body else ""
    ) as server:
        monkeypatch.setenv("PURCHASE_AGENT_LLM_BASE_URL", server.url)
        monkeypatch.setenv("PURCHASE_AGENT_LLM_CONCURRENCY", "4")
        ended = command("eval", "position-bias", "--data", file, "--orders", 2, "--limit", 10, "--out", out)
    assert ended.status == 0
    assert "10 of 10 texts answered" in ended.out
    fields = json.loads(out.read_text("utf-8"))["fields"]
    for name in SINGLE:
        assert fields[name]["flips"]["value"] == first
        assert fields[name]["again_variation"]["value"] == 0
        # What the played model does not put on its letter it gives to the first ones, the more the earlier.
        assert (fields[name]["bias"]["value"] > 0.4) == first
        if not first:
            assert fields[name]["accuracy"]["others"]["value"] == 1
