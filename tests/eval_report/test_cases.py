"""What the page's reader gets of a sample."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from purchase_agent.eval.report_page.cases import case_of, is_wrong
from purchase_agent.eval.report_page.folders import read
from purchase_agent.eval.report_page.page import MARKABLE, page
from purchase_agent.labelled import LabelledText
from tests.eval_report import runs
from tests.eval_report.test_page import Parsed


def test_a_case_holds_words_labels_answers_and_quotes() -> None:
    found = case_of(runs.sample("7", "🙂 the green one", "none", "ready", quote=(2, 5), category="hard"), 0)

    assert found["texts"] == [{"id": "t1", "text": "🙂 the green one", "channel": "chat"}]
    assert found["target"]["intent"] == "none"
    assert found["target"]["purchase"] == 0.7
    assert found["answer"]["intent"] == "ready"
    assert found["answer"]["barrier"] == ["price"]
    assert found["answer"]["purchase"] == 0.62
    assert found["wrong"] == ["barrier", "intent"]
    assert found["p"]["intent"]["ready"] == 75
    assert found["evidence"] == [["intent.ready", "t1", 2, 5, 1.25]]
    assert found["meta"]["category"] == "hard"
    assert found["ms"] == 4.0


@pytest.mark.parametrize(
    ("target", "answer", "score", "wrong"),
    [
        ("ready", "ready", None, False),
        ("ready", "none", None, True),
        ("ready", "none", {"right": True}, False),  # the scorer has the last word
        ("ready", "ready", {"right": False}, True),
        (["a", "b"], ["b", "a"], None, False),
        (["a"], ["a", "b"], None, True),
        (False, True, None, True),
        (0.7, 0.1, {"off": 0.6}, False),  # a chance is not right or wrong
        ("ready", None, None, False),  # no answer is no wrong answer
    ],
)
def test_wrong_is_what_is_not_the_label(target: Any, answer: Any, score: Any, wrong: bool) -> None:
    assert is_wrong(target, answer, score) is wrong


def test_what_was_not_answered_tells_why() -> None:
    found = case_of(runs.sample("1", "a", intent=None), 0)

    assert found["error"] == "timeout: no answer in time"
    assert "wrong" not in found
    assert "answer" not in found


@pytest.mark.parametrize(
    "given",
    [
        {"id": "1"},
        {"id": "1", "input": None, "target": None, "output": [], "scores": "x", "metadata": 3, "error": "broken"},
        {"id": "1", "input": {"texts": [{"text": 5}, "x"]}, "output": {"status": "ok", "intent": "x", "evidence": [1]}},
        {"id": "1", "input": {"texts": "x", "events": 4}, "output": {"status": "refused_consent"}},
    ],
)
def test_a_malformed_sample_is_shown_as_far_as_it_goes(given: Any) -> None:
    assert case_of(given, 0)["id"] == "1"


def test_events_are_told_newest_last_and_other_input_as_it_is() -> None:
    events = [{"type": "view_item", "at": f"2026-01-{day:02}", "item_id": "x"} for day in range(1, 21)]

    assert case_of({"id": "1", "input": {"events": events}}, 0)["events"][0] == "8 earlier events"
    assert case_of({"id": "1", "input": {"events": events}}, 0)["events"][-1] == "2026-01-20 · view_item · x"
    assert json.loads(case_of({"id": "1", "input": {"options": {"A": "一"}}}, 0)["other"]) == {"options": {"A": "一"}}


def test_the_last_record_of_a_sample_counts_and_a_torn_line_does_not(tmp_path: Path) -> None:
    folder = runs.write(tmp_path / "run", [runs.sample("1", "a", intent=None), runs.sample("1", "a")])
    with (folder / "samples.jsonl").open("a") as file:
        file.write('{"id": "2", "inp')

    found = list(read(folder).samples())

    assert [one["error"] for one in found] == [None]


def test_every_mark_of_the_page_is_a_label_that_training_reads(tmp_path: Path) -> None:
    data = Parsed(page([read(runs.write(tmp_path / "run", [runs.sample("1", "a")]))], "1.0")).data

    assert tuple(data["labels"]) == MARKABLE
    for field, form in data["labels"].items():
        assert field in LabelledText.model_fields
        for label in form["labels"]:
            name = label["name"]
            value = name == "true" if form.get("truth") else int(name) if form.get("number") else name
            line = {"text": "a", field: [value] if form["many"] else value}
            assert LabelledText.model_validate(line).labels()[field] == line[field]
    names = {label["name"] for label in data["labels"]["motivation"]["labels"]}
    annotation = LabelledText.model_fields["motivation"].annotation
    assert names == set(get_args(get_args(get_args(annotation)[0])[0]))
