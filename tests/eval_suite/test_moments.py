"""When a labelled text was written: asked as of its moment; without one, what a named day decides is not judged."""

import json

import pytest

from purchase_agent.eval.cases.labelled import unjudged
from purchase_agent.eval.cases.readers import Given, read
from purchase_agent.eval.cases.sample import AS_OF
from purchase_agent.eval.runner import Job, run
from tests.eval_suite.samples import Told, prediction

DAY = "I need new boots by next Friday, will order them"
LABELS = {"intent": "ready", "timing": "within_7d", "juster": 9, "motivation": ["occasion"]}


@pytest.fixture
def samples(tmp_path):
    """Samples of own labels, a line for each given."""

    def call(*lines, suite="labelled", **options):
        path = tmp_path / "mine.jsonl"
        path.write_text("".join(json.dumps({**LABELS, **one}) + "\n" for one in lines), "utf-8")
        return read(suite, Given((path,), options=options), None)

    return call


def test_a_text_is_asked_as_of_its_own_moment(samples):
    moment = {"as_of": "2026-02-03T10:00:00+09:00", "timezone": "Asia/Tokyo"}
    (one,) = samples({"text": DAY, **moment})
    assert {name: one.input[name] for name in moment} == moment
    assert one.target == {"intent": "ready", "timing": "within_7d", "purchase": 0.9, "motivation": ["occasion"]}
    assert unjudged([vars_of(one)]) is None


def test_the_time_of_the_text_itself_is_its_moment(samples):
    first, second = samples({"text": DAY, "at": "2026-02-03"}, {"text": DAY, "at": "2026-02-03", "as_of": "2026-02-04"})
    assert (first.input["as_of"], second.input["as_of"]) == ("2026-02-03", "2026-02-04")
    assert "timing" in first.target


@pytest.mark.parametrize("more", [{}, {"as_of": None}, {"timezone": "Asia/Tokyo"}])
def test_without_a_moment_a_named_day_is_not_judged(samples, more):
    dated, plain = samples(
        {"text": DAY, "second_reading": LABELS, **more},
        {"text": "I take these boots", "second_reading": LABELS, **more},
    )
    assert dated.target == dated.metadata["second"] == {"intent": "ready", "motivation": ["occasion"]}
    assert plain.target == plain.metadata["second"] != dated.target
    assert plain.target["purchase"] == 0.9
    assert dated.input["as_of"] == plain.input["as_of"] == AS_OF
    told = unjudged(map(vars_of, [dated, plain]))
    assert told == "1 text names a day and has no moment: not judged in timing and purchase"
    again = samples({"text": DAY}, {"text": DAY})
    assert str(unjudged(map(vars_of, again))).startswith("2 texts name a day and have no moment")


def test_a_text_that_loses_no_target_is_not_counted(samples):
    (one,) = samples({"text": DAY, "timing": None, "juster": None})
    assert unjudged([vars_of(one)]) is None


@pytest.mark.parametrize(("more", "field"), [({"as_of": "Monday"}, "as_of"), ({"timezone": "Mars"}, "timezone")])
def test_a_moment_that_is_none_makes_a_line_that_is_not_asked(samples, more, field):
    (one,) = samples({"text": DAY, **more})
    assert one.metadata["unreadable"].startswith(field)


def test_changed_copies_have_the_moment_and_the_targets_of_their_text(samples):
    found = samples(
        {"id": "a", "text": DAY, "as_of": "2026-02-03"}, {"id": "b", "text": DAY},
        suite="perturbed", reader="labelled", transforms=["emoji"],
    )  # fmt: skip
    assert [(one.input["as_of"], "timing" in one.target) for one in found] == [
        ("2026-02-03", True), ("2026-02-03", True), (AS_OF, False), (AS_OF, False),
    ]  # fmt: skip


def test_the_project_s_texts_have_a_moment_where_their_line_tells_it(tmp_path):
    whole = {
        **LABELS,
        "declined": False,
        "repurchase": False,
        "sentiment": "neutral",
        "barrier": [],
        "next_action": "purchase",
    }
    path = tmp_path / "text" / "shopper_texts.jsonl"
    path.parent.mkdir()
    lines = [{**whole, "text": f"{DAY}, number {number}"} for number in range(60)]
    lines += [{**one, "text": f"{one['text']} or so", "as_of": "2026-02-03"} for one in lines]
    path.write_text("".join(json.dumps(one) + "\n" for one in lines), "utf-8")
    found = read("shopper_texts", Given((path,), tmp_path, {"part": "trained"}), None)
    assert len(found) > 60
    assert {one.input["as_of"] for one in found} == {AS_OF, "2026-02-03"}
    assert all(("timing" in one.target) == (one.input["as_of"] == "2026-02-03") for one in found)


def test_what_is_not_judged_is_unscored_and_never_wrong(suite, tmp_path):
    path = tmp_path / "mine.jsonl"
    lines = [{**LABELS, "text": f"{DAY} {n}"} for n in range(5)] + [
        {**LABELS, "text": f"these boots {n}"} for n in range(7)
    ]
    path.write_text("".join(json.dumps(one) + "\n" for one in lines), "utf-8")
    suite = suite.model_copy(update={"tasks": ["intent", "timing", "purchase"]})
    folder = run(
        Job(suite, "0" * 64, (path,)), Told(lambda _: prediction("ready", timing={"label": "now"})), tmp_path / "r"
    )
    known = {
        one["task"]: one["n"]
        for one in folder.run["results"]
        if not one["slice"] and one["metric"] in ("accuracy", "spearman")
    }
    assert known == {"intent": 12, "timing": 7, "purchase": 7}
    assert not folder.run["errors"]
    assert unjudged(folder.samples()) == "5 texts name a day and have no moment: not judged in timing and purchase"


def test_of_the_locked_texts_those_that_name_a_day_keep_their_other_targets(shared_data):
    found = read("shopper_texts", Given((), shared_data), None)
    dated = [one for one in found if "unjudged" in one.metadata]
    assert 50 < len(dated) < 90
    assert all({"intent", "motivation", "next_action"} <= set(one.target) for one in dated)
    assert not any({"timing", "purchase"} & set(one.target) for one in dated)


def vars_of(sample):
    """A sample as a run's folder holds it."""
    return {"id": sample.id, "metadata": sample.metadata}
