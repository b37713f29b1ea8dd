"""The language model held against labelled texts, and the cascade's rule."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from purchase_agent.calibration_llm import calibrate_llm, fit_rule
from purchase_agent.errors import InputError
from purchase_agent.labelled import LabelledText
from purchase_agent.predictors.cascade import load_rule
from purchase_agent.predictors.llm.marks import load_marks
from tests.predictors.llm.model import FakeModel, predictor

pytestmark = pytest.mark.usefixtures("needs_model")
WORDS = (
    "Arrived broken, I want my money back",
    "Which of the two has the better battery?",
    "ok",
    "Any ideas for a birthday present?",
)


def rows(count: int) -> list[LabelledText]:
    """Texts of which the fake model, sure of ``consideration``, is right about one in two."""
    labels = ("consideration", "post_purchase")
    return [
        LabelledText.model_validate({"text": f"{WORDS[n % 4]} {n}", "intent": labels[n // 2 % 2]}) for n in range(count)
    ]


def test_a_fit_is_written_where_predictions_find_it(tmp_path: Path) -> None:
    model = FakeModel()
    llm = predictor(model, tmp_path)
    progress: list[tuple[str, int, int]] = []
    fitted = calibrate_llm(llm, rows(60), tmp_path, deadline_s=5, at_once=16, told=lambda *step: progress.append(step))
    assert (fitted.answered, fitted.failed) == (60, {})
    assert progress[-1] == ("asking", 60, 60)
    assert fitted.after["intent"] < fitted.before["intent"]
    found = load_marks([tmp_path], llm.plain_marks("fake"))
    assert found == fitted.marks
    assert found.calibrated_on.startswith("own:")
    assert max(model.deadlines) <= 5


def test_too_few_answers_are_an_error_that_counts_them(tmp_path: Path) -> None:
    model = FakeModel()
    model.fails = "timeout"
    with pytest.raises(InputError, match=r"0 of 40 texts were answered \(timeout 40\)"):
        calibrate_llm(predictor(model, tmp_path), rows(40), tmp_path, deadline_s=5, at_once=16, told=lambda *_: None)


def test_the_rule_bounds_the_error_of_what_stays_local(tmp_path: Path) -> None:
    local = predictor(FakeModel(), tmp_path).local
    texts = rows(160)
    strict = fit_rule(local, texts, tmp_path, most_errors=0.01, confidence=0.9)
    assert strict.local_from is None
    answers = local.predict(cases_like(texts), "none")
    right = [
        row.model_copy(update={"intent": one.intent.label})
        for row, one in zip(texts, answers, strict=True)
        if one.intent
    ]
    loose = fit_rule(local, right, tmp_path, most_errors=0.2, confidence=0.9)
    assert loose.local_from == 0.5
    assert load_rule(tmp_path) == loose
    with pytest.raises(InputError, match="at least 30"):
        fit_rule(local, right[:20], tmp_path, most_errors=0.2, confidence=0.9)


def cases_like(texts: list[LabelledText]) -> list[Any]:
    from purchase_agent.calibration_llm import cases_of

    return cases_of(texts)


def test_the_command_fits_the_cascade_without_an_endpoint(
    command: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    file = tmp_path / "labels.jsonl"
    lines = [json.dumps(row.model_dump(exclude_none=True)) for row in rows(40)]
    file.write_text("\n".join([*lines, "{"]), encoding="utf-8")
    ended = command("calibrate", "--labels", file, "--cascade-only", "--json")
    assert ended.status == 3
    assert f"{file}: line 41: not JSON" in ended.err
    told = json.loads(ended.out)
    assert (told["rows"], told["rejected"]) == (40, 1)
    assert (tmp_path / "data/purchase-agent/models/llm/cascade.json").is_file()


def test_the_command_needs_one_kind_of_truth(command: Callable[..., Any]) -> None:
    assert command("calibrate").status == 2
    assert command("calibrate", "--labels", "x", "--outcomes", "y").status == 2


@pytest.mark.parametrize(
    "given",
    [
        ["nothere.csv"], ["--map", "m.yaml"], ["--outcomes-map", "m.yaml"], ["--ids", "i.csv"],
        ["--as-of", "2026-01-01"], ["--zone", "Asia/Shanghai"], ["--rejected", "r.jsonl"],
    ],
)  # fmt: skip
def test_what_labelled_texts_have_no_use_for_is_refused(command: Callable[..., Any], given: list[str]) -> None:
    ended = command("calibrate", "--labels", "x.jsonl", "--cascade-only", *given)
    assert ended.status == 2
    assert f"{given[0] if given[0].startswith('-') else 'event files'}: " in ended.err
    assert "--outcomes" in ended.err


def test_all_that_labelled_texts_have_no_use_for_is_told_at_once(command: Callable[..., Any]) -> None:
    asked = ("--labels", "lab.jsonl", "--cascade-only", "--zone", "Asia/Shanghai", "--as-of", "2026-01-01", "none.csv")
    ended = command("calibrate", *asked)
    assert ended.status == 2
    assert "event files, --as-of, --zone: " in ended.err


@pytest.mark.parametrize("given", [["--cascade-only"], ["--most-errors", "0.1"]])
def test_what_orders_have_no_use_for_is_refused(command: Callable[..., Any], given: list[str]) -> None:
    ended = command("calibrate", "--outcomes", "orders.csv", *given)
    assert ended.status == 2
    assert f"{given[0]}: " in ended.err
    assert "--labels" in ended.err


def test_a_map_of_event_files_that_are_not_given_is_refused(command: Callable[..., Any]) -> None:
    ended = command("calibrate", "--outcomes", "orders.csv", "--map", "m.yaml")
    assert ended.status == 2
    assert "--outcomes-map" in ended.err


def test_refused_lines_of_several_files_name_their_file(
    command: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    lines = [json.dumps(row.model_dump(exclude_none=True)) for row in rows(40)]
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text("\n".join(['{"text": "x", "intent": "buyer"}', *lines]), encoding="utf-8")
    ended = command("calibrate", "--labels", "a.jsonl", "--labels", "b.jsonl", "--cascade-only", "--json")
    assert ended.status == 3
    refused = [line.partition(": intent")[0] for line in ended.err.splitlines() if ": intent" in line]
    assert refused == ["a.jsonl: line 1", "b.jsonl: line 1"]
    told = json.loads(ended.out)
    assert (told["rows"], told["rejected"]) == (80, 2)
    assert told["cascade"]["most_errors"] == 0.1


def test_a_file_without_a_usable_line_is_named(command: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "x", "intent": "ready"}\n')
    (tmp_path / "b.jsonl").write_text('{"text": "x", "intent": "buyer"}\n')
    ended = command("calibrate", "--labels", "a.jsonl", "--labels", "b.jsonl", "--cascade-only")
    assert ended.status == 1
    assert "no usable labelled text in b.jsonl; line 1: intent" in ended.err


def test_without_an_endpoint_the_command_says_what_to_set(command: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text(json.dumps({"text": "x", "intent": "ready"}), encoding="utf-8")
    ended = command("calibrate", "--labels", file)
    assert ended.status == 1
    assert "PURCHASE_AGENT_LLM_BASE_URL" in ended.err
