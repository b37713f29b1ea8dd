import pytest
import yaml

from purchase_agent.errors import InputError
from purchase_agent.eval import gate
from purchase_agent.eval.cases.suite import load, names
from purchase_agent.eval.scoring.measures import DIRECTIONS
from tests.eval_suite.conftest import right
from tests.eval_suite.samples import Told, prediction


def floors_of(tmp_path, **floor):
    path = tmp_path / "floors.yaml"
    one = {"metric": "accuracy", "task": "intent", "floor": 0.9, "n": 60, **floor}
    guarded = {"suite": "small", "version": "1", "run": "a run", "floors": [one]}
    path.write_text(yaml.safe_dump({"suites": [guarded]}), "utf-8")
    return path


def wrong_of(share):
    return Told(lambda one: prediction("awareness") if int(one.id[1:]) % 10 < share else right(one))


def status(folder, floors):
    return gate.main([str(folder.path), "--floors", str(floors)])


def test_a_run_at_its_floor_passes(ran, tmp_path):
    assert status(ran(wrong_of(1)), floors_of(tmp_path)) == 0


def test_a_run_a_little_below_its_floor_is_noise(ran, tmp_path):
    """0.8 of sixty texts: the interval reaches 0.9."""
    assert status(ran(wrong_of(2)), floors_of(tmp_path)) == 0


def test_a_run_far_below_its_floor_fails(ran, tmp_path, capsys):
    assert status(ran(wrong_of(5)), floors_of(tmp_path)) == 1
    assert "FELL" in capsys.readouterr().out


def test_where_less_is_better_a_run_above_its_floor_fails(ran, tmp_path):
    floors = floors_of(tmp_path, metric="log_loss", floor=0.3)
    assert status(ran(wrong_of(0)), floors) == 0
    assert status(ran(wrong_of(5)), floors) == 1


def test_an_exact_floor_allows_for_no_noise(ran, tmp_path):
    floors = floors_of(tmp_path, metric="schema_valid", task=None, floor=1.0, exact=True)
    broken = Told(lambda one: prediction(intent={"level": 1}) if one.id == "t0" else right(one))
    assert status(ran(), floors) == 0
    assert status(ran(broken), floors) == 1


def test_a_missing_figure_fails(ran, tmp_path):
    assert status(ran(), floors_of(tmp_path, task="timing")) == 1


def test_answering_fewer_samples_does_not_pass(ran, tmp_path):
    """A model that answers only what it knows has a high accuracy."""
    shy = Told(lambda one: right(one) if int(one.id[1:]) % 2 else None)
    assert status(ran(shy), floors_of(tmp_path)) == 1


def test_a_run_without_floors_is_no_pass(ran, tmp_path):
    path = floors_of(tmp_path)
    path.write_text(path.read_text("utf-8").replace("small", "other"), "utf-8")
    assert status(ran(), path) == 1


def test_floors_of_another_version_are_refused(ran, tmp_path):
    path = floors_of(tmp_path)
    path.write_text(path.read_text("utf-8").replace("version: '1'", "version: '2'"), "utf-8")
    with pytest.raises(InputError, match="version"):
        gate.check(ran().run, gate.load_floors(path))


def test_committed_floors_are_of_suites_and_figures_that_there_are():
    for guarded in gate.load_floors().suites:
        assert guarded.suite in names()
        suite, _ = load(guarded.suite)
        assert suite.version == guarded.version
        for floor in guarded.floors:
            assert floor.metric in DIRECTIONS
            assert floor.task is None or floor.task in {*suite.tasks, "labels", "evidence"}
