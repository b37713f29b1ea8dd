import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from purchase_agent.errors import PromptError
from purchase_agent.labels import INTENTS, QUOTED
from purchase_agent.predictors.llm.layout import LABELS, Layout
from purchase_agent.prompt_body import LANGUAGES
from purchase_agent.prompt_examples import Example, choose, read_examples, spoken_date
from purchase_agent.prompts import shipped_prompts

SHIPPED = [shipped_prompts()]
LAYOUTS = [Layout(), *(Layout((name,)) for name in QUOTED)]


def told(examples: list[Example], field: str) -> set[str]:
    if field in ("motivation", "barrier"):
        return {label for example in examples for label in example.labels[field]}
    return {example.labels[field] for example in examples}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shipped_examples_show_every_intent_four_times_and_give_valid_answers(language: str) -> None:
    examples = read_examples(SHIPPED, language)
    assert Counter(example.labels["intent"] for example in examples) == dict.fromkeys(INTENTS, 4)
    for example in examples:
        for layout in LAYOUTS:
            assert layout.check(layout.write(example.labels, example.quotes)) is None
        assert set(example.quotes) == set(QUOTED)


def test_together_they_show_every_label_and_each_language_most() -> None:
    both = {language: read_examples(SHIPPED, language) for language in LANGUAGES}
    for field in ("motivation", "barrier", "next_action", "timing", "sentiment"):
        assert told([*both["en"], *both["zh"]], field) == set(LABELS[field])
        for examples in both.values():
            assert len(told(examples, field)) >= len(LABELS[field]) - 2
    for flag in ("declined", "repurchase"):
        assert all(any(example.labels[flag] for example in examples) for examples in both.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_their_labels_do_not_contradict_each_other(language: str) -> None:
    for example in read_examples(SHIPPED, language):
        labels = example.labels
        if labels["declined"]:
            assert labels["intent"] == "none"
        if labels["repurchase"]:
            assert labels["intent"] == "post_purchase"
        if labels["timing"] in ("not_expected", "later"):
            assert labels["juster"] <= 1, example.id
        if labels["timing"] in ("now", "within_7d"):
            assert labels["juster"] >= 6, example.id
        assert (example.quotes["barrier"] > 0) == bool(labels["barrier"]), example.id
        assert (example.quotes["motivation"] > 0) == (labels["motivation"] != ["unknown"]), example.id


def test_an_example_is_shown_as_a_shopper_is() -> None:
    (example,) = (one for one in read_examples(SHIPPED, "en") if one.id == "en-05")
    inputs = example.inputs()
    assert inputs["today"] == "2026-12-16 Wednesday"
    assert [(line["number"], line["who"]) for line in inputs["sentences"]] == [
        (1, "shopper"), (2, "shopper"), (None, "shop"), (3, "shopper"),
    ]  # fmt: skip
    assert inputs["delimiter"] == example.inputs()["delimiter"]
    assert "Express delivery" not in example.text
    assert spoken_date(example.today, "zh") == "2026-12-16 星期三"


def test_fixed_examples_take_intents_in_turn_and_do_not_depend_on_the_text() -> None:
    examples = read_examples(SHIPPED, "zh")
    chosen = choose(examples, "洗碗机", 12)
    assert chosen == choose(examples, "完全不同的话", 12)
    assert chosen[:6] == choose(examples, "", 6)
    for start in (0, 6):
        assert {example.labels["intent"] for example in chosen[start : start + 6]} == set(INTENTS)
    assert len(choose(examples, "", 99)) == len(examples)
    assert choose([], "", 3) == choose([], "", 3, "similar") == []


@pytest.mark.parametrize(
    ("language", "text", "nearest"),
    [("en", "will the kayak fit in my flat", "en-08"), ("zh", "洗碗机费水吗，老房子能装吗", "zh-04")],
)
def test_similar_examples_put_the_nearest_last(language: str, text: str, nearest: str) -> None:
    examples = read_examples(SHIPPED, language)
    chosen = choose(examples, text, 4, "similar")
    assert len({example.id for example in chosen}) == 4
    assert chosen[-1].id == nearest
    assert choose(examples, text, 2, "similar") == chosen[-2:]


def line(**others: Any) -> dict[str, Any]:
    labels = {
        "intent": "ready", "declined": False, "repurchase": False, "sentiment": "neutral", "motivation": ["unknown"],
        "barrier": [], "next_action": "purchase", "timing": "now", "juster": 9,
    }  # fmt: skip
    given = {
        "id": "a", "today": "2026-11-22", "channel": "chat", "sentences": [{"text": "I take it."}],
        "labels": {**labels, **others.pop("labels", {})}, "quotes": dict.fromkeys(QUOTED, 1),
    }  # fmt: skip
    return {**given, **others}


def write(folder: Path, *lines: Any) -> Path:
    path = folder / "examples" / "en.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(json.dumps(one) if isinstance(one, dict) else one for one in lines), "utf-8")
    return path


def test_a_users_own_examples_come_first(tmp_path: Path) -> None:
    write(tmp_path, line(), "", line(id="b"))
    assert [example.id for example in read_examples([tmp_path, *SHIPPED], "en")] == ["a", "b"]
    assert len(read_examples([tmp_path, *SHIPPED], "zh")) == 24
    with pytest.raises(PromptError, match=r"no examples/zh\.jsonl"):
        read_examples([tmp_path], "zh")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("{", "not a line of JSON"),
        ("[]", "an example must have exactly the keys"),
        (line(extra=1), "an example must have exactly the keys"),
        (line(today="22.11.2026"), "`today` must be a day"),
        (line(today=5), "`today` must be a day"),
        (line(channel="mail"), "`channel` must be one of"),
        (line(sentences="hello"), "`sentences` must be a list"),
        (line(sentences=["hello"]), "a sentence must be"),
        (line(sentences=[{"text": " "}]), "a sentence must be"),
        (line(sentences=[{"text": "x", "number": 1}]), "a sentence must be"),
        (line(sentences=[{"text": "x", "who": "me"}]), "`who` must be one of"),
        (line(sentences=[{"text": "x", "who": "shop"}]), "`quotes` must be numbers"),
        (line(quotes=dict.fromkeys(QUOTED, 2)), "`quotes` must be numbers"),
        (line(quotes={}), "quotes must have exactly the keys"),
        (line(labels={"intent": "bought"}), "`intent` must be one of"),
        (line(labels={"barrier": ["dear"]}), "`barrier` must be a list of"),
        (line(labels={"barrier": ["price", "price"]}), "`barrier` must be a list of"),
        (line(labels={"motivation": []}), "`motivation` must name"),
        (line(labels={"motivation": ["gift", "unknown"]}), "`motivation` must name"),
        (line(labels={"declined": 0}), "flags must be"),
        (line(labels={"juster": 11}), "`juster` must be"),
        (line(labels={"juster": True}), "`juster` must be"),
        (line(labels={"more": True}), "labels must have exactly the keys"),
    ],
)
def test_a_faulty_example_is_refused_with_its_line(tmp_path: Path, wrong: Any, says: str) -> None:
    path = write(tmp_path, line(id="whole"), wrong)
    with pytest.raises(PromptError, match=says) as refused:
        read_examples([tmp_path], "en")
    assert (refused.value.path, refused.value.line) == (path, 2)


def test_an_id_stands_for_one_example(tmp_path: Path) -> None:
    write(tmp_path, line(), line())
    with pytest.raises(PromptError, match="a second example 'a'"):
        read_examples([tmp_path], "en")
