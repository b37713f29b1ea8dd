"""Own copies of both models: scaled exactly as decided, sealed anew, put in place together or not at all."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from purchase_agent.calibration_files import behaviour_with, timing_with, write_own
from purchase_agent.calibration_own import ANSWERS, CUSTOMERS, NEWCOMERS, TIMING, Decision, OwnCalibration
from purchase_agent.errors import InputError, ModelFileError
from purchase_agent.events import Step, from_steps
from purchase_agent.labels import HORIZONS
from purchase_agent.predictors.behaviour import FILES, NEXT, BehaviourCalibration, BehaviourModel, Pool, pooled
from purchase_agent.predictors.event_tokens import ASKED
from purchase_agent.predictors.happenings import EventsPredictor
from purchase_agent.predictors.model_folder import seal, verified
from purchase_agent.predictors.platt import Platt, log_odds
from purchase_agent.predictors.timing import model, parts
from purchase_agent.settings import model_folder
from tests.histories import DAY_S, START

SCALINGS = {NEWCOMERS: Platt(0.8, -0.3), CUSTOMERS: Platt(1.3, 0.4), TIMING: Platt(1.1, -0.2)}


@pytest.fixture
def found():
    decisions = tuple(
        Decision(answer, days, 500, 200, 60, SCALINGS[answer], tried=True, kept=True, reason="scaled")
        for answer in ANSWERS
        for days in HORIZONS
    )
    return OwnCalibration(decisions, datetime(2026, 11, 30, 12, tzinfo=UTC), 2, 200, 210)


def behaviour_marks():
    return BehaviourCalibration(
        name="events-1",
        calibrated_on="shipped",
        next=Pool(weights=(0.5, 0.5), bias=(0.0,) * len(NEXT)),
        asked={name: Pool(weights=(0.6, 0.5), bias=(0.1,)) for name in ASKED},
        with_history={str(days): Pool(weights=(0.4, 0.7), bias=(-0.1,)) for days in (*HORIZONS, 365)},
        prior_next=(1 / len(NEXT),) * len(NEXT),
        prior_asked=dict.fromkeys(ASKED, 0.2),
        purchase_rate={},
    )


def timing_parameters():
    form = parts.Form(parameters=(0.5, 10.0, 0.8, 2.5))
    return parts.Parameters(
        name="timing-1", calibrated_on="shipped", bgnbd=form, paretonbd=form, columns=("age",), day_factor=(1.0,) * 7,
        spent_scale=None, linear=(), bags=1, tree_offsets=(),
        pooling=tuple(parts.Pooling(weights=(0.3, 0.3, 0.2, 0.3), bias=0.05) for _ in HORIZONS), drift={},
    )  # fmt: skip


class Behaviour(BehaviourModel):
    """Two scores that depend on how much was done; pooled as the real model does."""

    version = "events-1"

    def __init__(self, calibration):
        self.calibration = calibration

    def read(self, histories):
        n = np.asarray([[len(past.steps)] for past in histories], float)
        asked = -2.0 + 0.1 * n + np.asarray([0.0, 0.0, 0.8, 1.6, 2.4, 3.0])
        following = np.zeros((len(n), len(NEXT)))
        scores = (following, asked), (following, 0.7 * asked - 0.2)
        return pooled(*scores, [past.in_session for past in histories], self.calibration)


class Timing(model.TimingModel):
    """Four parts that depend on how often was bought; pooled as the real model does."""

    version = "timing-1"

    def __init__(self, parameters):
        self.parameters = parameters

    def read(self, histories):
        n = np.asarray([[len(past.purchase_days)] for past in histories], float)
        score = -2.0 + 0.3 * n + np.asarray([0.0, 0.9, 1.7, 2.3, 3.0])
        forms = {name: 1 / (1 + np.exp(-score)) for name in ("bgnbd", "paretonbd")}
        cdf = parts.pooled(dict.fromkeys(parts.PARTS, score), self.parameters.pooling, forms)
        return model.TimingReadings(cdf, np.full(len(n), 0.9))


def past(bought, count):
    actions = ["purchase" if bought and place % 2 else "view_item" for place in range(count)]
    steps = [Step(START + DAY_S * place, action) for place, action in enumerate(actions)]
    return from_steps(steps, START + 40 * DAY_S)


def test_the_answers_are_scaled_exactly_as_decided(found):
    histories = [past(bought, count) for bought, count in ((False, 3), (False, 12), (True, 4), (True, 15))]
    marks, told = behaviour_marks(), timing_parameters()
    before = EventsPredictor(Behaviour(marks), Timing(told)).read(histories)
    own = EventsPredictor(Behaviour(behaviour_with(marks, found)), Timing(timing_with(told, found)))
    assert own.calibrated_on == "own:2026-11"
    for old, new, bought in zip(before, own.read(histories), (False, False, True, True), strict=True):
        scaling = SCALINGS[CUSTOMERS if bought else NEWCOMERS]
        np.testing.assert_allclose(log_odds(new.cdf[:4]), log_odds(scaling(old.cdf[:4])), atol=1e-9)
        assert (np.diff(new.cdf) >= 0).all()
        if bought:
            of_timing = [np.cumsum(one.steps["history"]["timing"])[:4] for one in (old, new)]
            np.testing.assert_allclose(of_timing[1], SCALINGS[TIMING](of_timing[0]), atol=1e-9)


@pytest.fixture
def shipped(tmp_path):
    folders = {name: tmp_path / "shipped" / name for name in ("behaviour", "timing")}
    for name, folder in folders.items():
        folder.mkdir(parents=True)
        files = FILES if name == "behaviour" else model.FILES
        for file in files:
            (folder / file).write_text(f"{name} {file}")
        marks = behaviour_marks() if name == "behaviour" else timing_parameters()
        (folder / ("calibration.json" if name == "behaviour" else "timing.json")).write_text(marks.model_dump_json())
        seal(folder, files, {"version": f"{name}-1", "shoppers": 5})
    return folders


def test_own_folders_are_written_sealed_and_found_first(found, shipped, tmp_path):
    own = tmp_path / "own"
    written = write_own(found, shipped, own)
    assert written == {name: model_folder(own, name) for name in ("behaviour", "timing")}
    manifest = verified(written["behaviour"], FILES, "train behaviour")
    assert manifest["version"] == "behaviour-1+own.2026-11-30"
    assert manifest["calibrated_on"] == "own:2026-11"
    assert manifest["shoppers"] == 5
    marks = BehaviourCalibration.model_validate_json((own / "behaviour" / "calibration.json").read_bytes())
    assert marks == behaviour_with(behaviour_marks(), found)
    assert (own / "behaviour" / "trees.onnx").read_text() == "behaviour trees.onnx"
    assert json.loads((shipped["behaviour"] / "calibration.json").read_text())["calibrated_on"] == "shipped"
    again = write_own(found, written, own)  # calibrated once more, from what is in use now
    assert verified(again["timing"], model.FILES, "train timing")["version"] == "timing-1+own.2026-11-30"
    assert sorted(path.name for path in own.iterdir()) == ["behaviour", "timing"]


def test_where_one_cannot_be_put_in_place_all_stays_as_it_was(found, shipped, tmp_path, monkeypatch):
    own = tmp_path / "own"
    write_own(found, shipped, own)
    kept = (own / "behaviour" / "calibration.json").read_bytes()
    real = Path.rename

    def rename(path, target):
        if path.name == "timing" and Path(target) == own / "timing":
            raise OSError(28, "No space left on device")
        return real(path, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(InputError, match="No space left"):
        write_own(found, {"behaviour": own / "behaviour", "timing": own / "timing"}, own)
    assert (own / "behaviour" / "calibration.json").read_bytes() == kept
    assert sorted(path.name for path in own.iterdir()) == ["behaviour", "timing"]


def test_a_damaged_source_is_refused(found, shipped, tmp_path):
    (shipped["timing"] / "timing.json").write_text("{}")
    with pytest.raises(ModelFileError, match="damaged"):
        write_own(found, shipped, tmp_path / "own")
    assert not list((tmp_path / "own").iterdir())
