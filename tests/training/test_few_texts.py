"""The fewest texts that training takes: they can be calibrated, judged and told of. No model is trained."""

import json

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra [train]")

from purchase_agent.errors import InputError
from purchase_agent.labels import ACTIONS, BARRIERS, INTENTS, MOTIVATIONS, SENTIMENTS, TIMINGS
from purchase_agent.predictors.calibrate import OUTPUTS, calibrate, split
from purchase_agent.training import card, judge
from purchase_agent.training.corpus import FEWEST, Row, fold_of, is_locked, read_labelled
from purchase_agent.training.text import FOLDS, GIVEN, MEASURED, Run


def line(place, spoken):
    return {
        "text": f"{'words' if spoken == 'en' else '文字'} {place}", "intent": INTENTS[place % 3], "declined": False,
        "repurchase": False, "sentiment": SENTIMENTS[place % 2], "motivation": [MOTIVATIONS[place % 4]],
        "barrier": [BARRIERS[0]] if place % 5 == 0 else [], "next_action": ACTIONS[place % 4],
        "timing": TIMINGS[place % 5], "juster": place % 11,
    }  # fmt: skip


@pytest.fixture
def data(tmp_path):
    """A folder of one's own with texts of each language, as many as are asked for."""

    def call(english, chinese):
        file = tmp_path / "text" / "shopper_texts.jsonl"
        file.parent.mkdir(exist_ok=True)
        lines = [line(place, "en") for place in range(english)] + [line(place, "zh") for place in range(chinese)]
        file.write_text("".join(json.dumps(one) + "\n" for one in lines), "utf-8")
        return tmp_path

    return call


def test_a_run_begins_without_public_sets(data, tmp_path):
    run = Run(data(FEWEST, FEWEST), tmp_path / "work", None, 7, lambda *_: None)
    assert run.unlabelled == run.auxiliary_rows == []
    assert sum(row.origin in GIVEN for row in [*run.rows, *run.locked]) == 2 * FEWEST
    assert run.locked
    assert run.ids(run.auxiliary_rows) == []


def test_a_run_with_too_few_texts_ends_before_it_writes_anything(data, tmp_path):
    with pytest.raises(InputError, match=f"zh has 3; training needs {FEWEST}"):
        Run(data(FEWEST, 3), tmp_path / "work", None, 7, lambda *_: None)
    assert not (tmp_path / "work").exists()


def test_the_fewest_texts_can_be_calibrated_judged_and_told_of(data, tmp_path):
    rows = read_labelled(data(FEWEST, FEWEST), tmp_path / "none")
    tested = [row for row in rows if not is_locked(row) and fold_of(row, FOLDS) in MEASURED]
    locked = [row for row in rows if is_locked(row)]
    drawn = np.random.default_rng(7)

    def raw(some: list[Row]):
        return {name: drawn.normal(size=(len(some), sum(OUTPUTS.values()))) for name in ("encoder", "ngrams")}

    scores = raw(tested)
    marks = judge.fitted(scores, tested)
    seen = raw(locked)
    found = calibrate(split(seen["encoder"]), split(seen["ngrams"]), [row.language for row in locked], marks)
    conformal = np.asarray([marks.conformal[row.language] for row in locked])
    report = {
        "cross_validation": judge.report(tested, *judge.cross_fitted(scores, tested)),
        "locked": judge.report(locked, found, marks.thresholds, conformal),
    }
    (tmp_path / "manifest.json").write_text('{"version": "text-7"}', "utf-8")
    told = card.write(rows, [], report, tmp_path)
    assert f"| own | own texts, labelled by whoever trained this model | own | {2 * FEWEST} |" in told
    assert "on 200 labelled texts. Probabilities" in told
    assert "Chinese reviews" not in told
    public = card.write(
        [*rows, Row("a", "review", "en", "phone_tweets", "MIT", "g", origin="real")], [], report, tmp_path
    )
    assert "Chinese reviews" in public
