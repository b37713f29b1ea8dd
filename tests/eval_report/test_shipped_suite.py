"""The shipped suite: that it is whole and even, that it is read as it stands, and that nothing has learnt from it."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from purchase_agent.eval.cases.suite import SHIPPED
from purchase_agent.labelled import LabelledText, read_labelled
from purchase_agent.labels import ACTIONS, BARRIERS, CHANNELS, INTENTS, MOTIVATIONS, TIMINGS
from purchase_agent.language import detect
from purchase_agent.training.corpus import group_of

SUITE = SHIPPED / "suite"


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SUITE / name).read_text("utf-8").splitlines()]


TEXTS, PAIRS, TWINS = lines("texts.jsonl"), lines("pairs.jsonl"), lines("twins.jsonl")


def words_of(record: dict[str, Any]) -> list[str]:
    """Every wording of a record."""
    found = [record[name] for name in ("text", "paraphrase", "a", "b") if name in record]
    return [one["text"] if isinstance(one, dict) else one for one in found]


def test_the_texts_are_labelled_in_every_task() -> None:
    good, bad = read_labelled([SUITE / "texts.jsonl"])

    assert bad == []
    assert len(good) == 120
    fields = set(LabelledText.model_fields) - {"text", "channel"}
    for row, record in zip(good, TEXTS, strict=True):
        assert set(row.labels()) == fields
        assert set(LabelledText.model_validate({"text": row.text, **record["second_reading"]}).labels()) == fields


def test_languages_and_channels_are_even() -> None:
    told = Counter((one["language"], one["channel"]) for one in TEXTS)

    assert {channel for _, channel in told} == set(CHANNELS)
    assert sum(count for (language, _), count in told.items() if language == "zh") == 60
    assert all(told["zh", channel] == told["en", channel] for channel in CHANNELS)


def test_every_label_occurs() -> None:
    assert {one["intent"] for one in TEXTS} == set(INTENTS)
    assert {one["next_action"] for one in TEXTS} == set(ACTIONS)
    assert {one["timing"] for one in TEXTS} == set(TIMINGS)
    assert {name for one in TEXTS for name in one["motivation"]} == set(MOTIVATIONS)
    assert {name for one in TEXTS for name in one["barrier"]} == set(BARRIERS)


@pytest.mark.parametrize("records", [TEXTS, PAIRS, TWINS])
def test_labels_do_not_contradict_each_other(records: list[dict[str, Any]]) -> None:
    for one in records:
        assert not (one["declined"] and one["intent"] == "ready"), one["id"]
        assert one["repurchase"] is False or one["intent"] == "post_purchase", one["id"]
        assert "unknown" not in one["motivation"] or one["motivation"] == ["unknown"], one["id"]
        assert one["timing"] != "now" or one["juster"] >= 6, one["id"]
        assert one["timing"] != "not_expected" or one["juster"] <= 2, one["id"]


def test_a_pair_differs_in_the_words_that_are_swapped_and_no_others() -> None:
    assert Counter((one["kind"], one["language"]) for one in PAIRS) == {
        (kind, language): 8 for kind in ("name", "gender", "age", "region") for language in ("en", "zh")
    }
    for one in PAIRS:
        text = one["a"]
        assert one["a"] != one["b"]
        rest = one["b"]
        for before, after in zip(one["swap_a"].split(", "), one["swap_b"].split(", "), strict=True):
            assert before in text
            assert after in rest
            text, rest = text.replace(before, "\0", 1), rest.replace(after, "\0", 1)
        assert text == rest, one["id"]


def test_a_twin_is_one_text_in_two_languages() -> None:
    assert len(TWINS) == 60
    for one in TWINS:
        assert detect(one["a"]["text"]).code == "en", one["id"]
        assert detect(one["b"]["text"]).code == "zh", one["id"]


def test_sixty_paraphrases_and_more_stand_beside_their_texts() -> None:
    told = [one for one in TEXTS if "paraphrase" in one]

    assert len(told) >= 60
    assert all(group_of(one["text"]) != group_of(one["paraphrase"]) for one in told)


def test_no_id_and_no_wording_occurs_twice() -> None:
    records = [*TEXTS, *PAIRS, *TWINS]
    groups = Counter(group_of(words) for one in records for words in words_of(one))

    assert len({one["id"] for one in records}) == len(records)
    assert [group for group, count in groups.items() if count > 1] == []


def test_none_of_it_stands_in_texts_that_models_learn_from() -> None:
    own = {group_of(words) for one in [*TEXTS, *PAIRS, *TWINS] for words in words_of(one)}
    learnt = (
        group_of(json.loads(line)["text"])
        for path in sorted((SHIPPED / "written").glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    )

    assert own.isdisjoint(learnt)


def test_none_of_it_stands_in_the_project_s_data(shared_data: Path) -> None:
    own = {group_of(words) for one in [*TEXTS, *PAIRS, *TWINS] for words in words_of(one)}

    for name in ("shopper_texts.jsonl", "written_texts.jsonl"):
        for line in (shared_data / "text" / name).read_text("utf-8").splitlines():
            assert group_of(json.loads(line)["text"]) not in own
