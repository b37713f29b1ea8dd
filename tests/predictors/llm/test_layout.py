"""The answer layout: written, checked, found again."""

import json
import re
from string import ascii_uppercase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchase_agent.labels import ACTIONS, BARRIERS, INTENTS, MOTIVATIONS, SENTIMENTS, TIMINGS
from purchase_agent.predictors.llm.layout import LABELS, Layout

LABELLED = st.fixed_dictionaries(
    {
        "intent": st.sampled_from(INTENTS), "declined": st.booleans(), "repurchase": st.booleans(),
        "sentiment": st.sampled_from(SENTIMENTS), "motivation": st.lists(st.sampled_from(MOTIVATIONS), unique=True),
        "barrier": st.lists(st.sampled_from(BARRIERS), unique=True), "next_action": st.sampled_from(ACTIONS),
        "timing": st.sampled_from(TIMINGS), "juster": st.integers(0, 10),
    }
)  # fmt: skip
GOOD = Layout().write(
    {
        "intent": "consideration", "declined": False, "repurchase": True, "sentiment": "neutral",
        "motivation": ["gift"], "barrier": ["price"], "next_action": "compare", "timing": "within_7d", "juster": 6,
    },
    {"intent": 2, "motivation": 1},
)  # fmt: skip


def test_an_answer_by_hand() -> None:
    assert json.loads(GOOD) == {
        "intent": "D", "flags": "n y", "sentiment": "B", "motivation": "n n n n n n n y n n n n n n",
        "barrier": "y n n n n n n n", "next_action": "D", "timing": "B", "purchase": "G", "quotes": "2 1 0 0 0",
    }  # fmt: skip
    assert Layout().check(GOOD) is None


@given(LABELLED)
def test_what_is_written_passes_the_check_and_is_found_again(labels: dict[str, Any]) -> None:
    layout = Layout()
    content = layout.write(labels)
    assert layout.check(content) is None
    for start, value in layout.values(content).values():
        assert content[start : start + len(value)] == value
    motives = layout.values(content)["motivation"][1].split()
    assert [name for name, told in zip(MOTIVATIONS, motives, strict=True) if told == "y"] == sorted(
        labels["motivation"], key=MOTIVATIONS.index
    )


@given(LABELLED, st.randoms(use_true_random=False))
def test_permuted_letters_mean_the_same_labels(labels: dict[str, Any], random) -> None:
    order = {name: random.sample(range(len(names)), len(names)) for name, names in LABELS.items()}
    layout = Layout(order=order)
    letter = layout.values(layout.write(labels))["intent"][1]
    shown = {option.letter: option.name for option in layout.catalogue("en")[0].options}
    assert shown[letter] == labels["intent"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "not one JSON object"),
        ("[1]", "not a JSON object"),
        ("{" * 5000, "not one JSON object"),
        (GOOD[:-1], "not one JSON object"),
        (f"```json\n{GOOD}\n```", "not one JSON object"),
        (GOOD.replace('"intent":"D"', '"intent":"D","intent":"E"'), "a key twice"),
        (GOOD.replace('"intent":"D",', ""), "The keys must be exactly"),
        (GOOD.replace("}", ',"why":"x"}'), "The keys must be exactly"),
        (GOOD.replace('"intent":"D"', '"intent":"G"'), '"intent" must be'),
        (GOOD.replace('"intent":"D"', '"intent":"d"'), '"intent" must be'),
        (GOOD.replace('"intent":"D"', '"intent":"Ｄ"'), '"intent" must be'),
        (GOOD.replace('"intent":"D"', '"intent":4'), '"intent" must be'),
        (GOOD.replace('"n y"', '"n  y"'), '"flags" must be'),
        (GOOD.replace("2 1 0 0 0", "2 1 0 0 ٣"), '"quotes" must be'),
        (GOOD.replace('"intent":"D"', '"intent":"\\u0044"'), "without escapes"),
        (GOOD.replace('"intent":"D"', '"intent":NaN'), '"intent" must be'),
    ],
)
def test_what_is_wrong_is_said(content: str, says: str) -> None:
    assert says in (Layout().check(content) or "")


def test_white_space_outside_strings_is_no_fault() -> None:
    layout = Layout()
    content = json.dumps(json.loads(GOOD), indent=2)
    assert layout.check(content) is None
    assert layout.values(content)["purchase"][1] == "G"


def test_a_prompt_of_one_task_asks_for_its_own_sentences() -> None:
    layout = Layout(("motivation", "barrier"))
    assert layout.quoted == ("motivation", "barrier")
    content = layout.write({"motivation": ["unknown"], "barrier": []}, {"motivation": 3, "intent": 9})
    assert json.loads(content)["quotes"] == "3 0"


def test_the_schema_accepts_what_the_check_accepts() -> None:
    schema = Layout().schema
    answer = json.loads(GOOD)
    assert schema["required"] == list(answer) == list(schema["properties"])
    for name, rule in schema["properties"].items():
        assert re.fullmatch(rule["pattern"], answer[name]) if "pattern" in rule else answer[name] in rule["enum"]
    assert schema["properties"]["next_action"]["enum"] == list(ascii_uppercase[:15])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_catalogue_names_every_label_once(language: str) -> None:
    for field in Layout().catalogue(language)[:-1]:
        assert tuple(option.name for option in field.options) == LABELS[field.name]
        assert all(option.definition for option in field.options)


def test_an_unknown_label_is_not_written() -> None:
    with pytest.raises(ValueError, match="no such label"):
        Layout(("motivation",)).write({"motivation": ["greed"]})
