"""How rows of results are told: names, axes, and what a verdict claims."""

from pathlib import Path
from typing import Any

import pytest

from purchase_agent.eval.report_page import charts
from purchase_agent.eval.report_page.figures import WHOLE, Figure, of_run, shown, words_of
from purchase_agent.eval.report_page.folders import Run
from purchase_agent.eval.scoring.measures import DIRECTIONS, MEASURES
from tests.eval_report import runs


def figure(metric: str, value: float, low: float, high: float, **more: Any) -> Figure:
    run = Run({"results": [runs.result(metric, "intent", value, low, high, **more)]}, Path())
    return of_run(run)[0].whole[0]


@pytest.mark.parametrize(
    ("metric", "baselines", "says"),
    [
        ("macro_f1", {"majority": 0.2, "tfidf": 0.6}, ("better than every baseline", "good")),
        ("macro_f1", {"majority": 0.2, "tfidf": 0.75}, ("not clearly better than TF-IDF", "even")),  # in the interval
        ("macro_f1", {"majority": 0.2, "tfidf": 0.85}, ("worse than TF-IDF", "bad")),
        ("macro_f1", {"annotators": 0.95}, ("", "")),  # a ceiling is no rival
        ("log_loss", {"majority": 1.7}, ("better than majority", "good")),
        ("log_loss", {"majority": 0.5}, ("worse than majority", "bad")),
        ("set_coverage", {"majority": 0.2}, ("", "")),  # neither way is good
        ("a new metric", {"majority": 0.2}, ("", "")),
    ],
)
def test_a_verdict_claims_no_more_than_the_interval(metric: str, baselines: Any, says: tuple[str, str]) -> None:
    given = {name: {"value": value, "low": value, "high": value} for name, value in baselines.items()}

    assert figure(metric, 0.8, 0.7, 0.9, baselines=given).verdict == says


def test_a_calibration_error_is_held_against_chance_and_not_against_the_majority() -> None:
    beside = {"majority": {"value": 0.01}}

    assert figure("ece", 0.05, 0, 1, expected=0.04, expected_high=0.06, baselines=beside).verdict[1] == "good"
    assert figure("ece", 0.09, 0, 1, expected=0.04, expected_high=0.06, baselines=beside).verdict[1] == "even"


def test_a_label_s_figure_counts_its_cases() -> None:
    run = Run({"results": [runs.result("f1", "intent", 0.9, 0.8, 1, slice={"label": "ready"}, cases=41)]}, Path())

    assert of_run(run)[0].labels[0].n == 41


def test_settings_of_a_figure_are_no_slice() -> None:
    row = runs.result("pass_all", "intent", 0.6, 0.5, 0.7, slice={"k": 3, "repeats": 3})

    found = of_run(Run({"results": [row]}, Path()))[0]

    assert found.whole[0].taken == "k = 3, repeats = 3"
    assert found.headline is None  # it stands beside the figures of one answer, not for them


def test_figures_of_no_task_stand_for_the_whole_answer() -> None:
    found = of_run(Run({"results": [runs.result("answered", None, 1, 1, 1)]}, Path()))

    assert [one.name for one in found] == [WHOLE]
    assert found[0].headline is None


@pytest.mark.parametrize("row", [{}, {"metric": 3, "value": "x", "slice": 4, "baselines": [1]}, {"value": None}])
def test_a_malformed_row_is_shown_without_a_value(row: Any) -> None:
    assert of_run(Run({"results": [row, "x"]}, Path()))[0].whole[0].value is None


def test_every_metric_has_a_name_for_people() -> None:
    for name in {one.name for one in MEASURES} | set(DIRECTIONS):
        assert "_" not in words_of(name)


@pytest.mark.parametrize(
    ("value", "words"), [(None, "–"), (0.12345, "0.123"), (-0.5, "−0.500"), (12.34, "12.3"), (4321.2, "4,321")]
)
def test_numbers_have_as_many_places_as_they_bear(value: float | None, words: str) -> None:
    assert shown(value) == words


@pytest.mark.parametrize(("highest", "end"), [(0.4, 1), (1, 1), (1.2, 1.5), (29.5, 30), (128, 150), (999, 1000)])
def test_an_axis_ends_at_a_round_number(highest: float, end: float) -> None:
    assert charts.scale(highest) == end


def test_a_signed_figure_has_zero_in_the_middle() -> None:
    found = figure("shift", -0.002, -0.01, 0.006)

    assert found.axis == "−0.01 to 0.01"
    assert found.dot is not None
    assert found.dot.low == 6


def test_a_line_of_many_points_is_thinned_and_keeps_its_end() -> None:
    rows = [{"coverage": place / 4999, "risk": 0.3 * place / 4999} for place in range(5000)]

    points, top = charts.risk(rows)

    assert len(points) <= 202
    assert top == 0.5
    assert points[-1].words == "100 % answered, 30.0 % of them wrong"


@pytest.mark.parametrize("given", [None, {}, {"labels": ["a"], "counts": [[1, 2]]}, {"labels": ["a"], "counts": "x"}])
def test_a_malformed_confusion_is_left_out(given: Any) -> None:
    assert charts.confusion(given) is None


def test_a_confusion_is_shaded_by_row() -> None:
    found = charts.confusion({"labels": ["a", "b"], "counts": [[3, 1], [0, 0]]})

    assert found is not None
    assert [[cell.shade for cell in row] for row in found.rows] == [[7, 2], [0, 0]]
