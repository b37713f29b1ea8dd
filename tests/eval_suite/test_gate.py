import pytest
import yaml

from purchase_agent.errors import InputError
from purchase_agent.eval import gate
from purchase_agent.eval.cases.suite import load, names
from tests.eval_suite.conftest import right
from tests.eval_suite.samples import Told, prediction

LOWER = ("consistency_breaches", "stage_error", "flip_rate", "attack_success_beyond_harmless", "outside")


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


@pytest.mark.parametrize(
    ("metric", "good", "bad"),
    [
        ("set_coverage", 0.95, 0.85), ("abstained", 0.1, 0.3), ("shift_size", 0.01, 0.05),
        ("label_changed_beyond_harmless", 0.0, 0.2),
    ],
)  # fmt: skip
def test_each_figure_has_the_way_that_is_good(metric, good, bad):
    def run(value):
        one = {"metric": metric, "task": "intent", "slice": {}, "value": value, "low": value, "high": value, "n": 60}
        return {"id": "r", "status": "success", "engine": "local", "suite": {"name": "s", "version": "1"},
                "results": [one]}  # fmt: skip

    floor = {"metric": metric, "task": "intent", "floor": (good + bad) / 2, "n": 60}
    floors = gate.Floors.model_validate({"suites": [{"suite": "s", "version": "1", "run": "r", "floors": [floor]}]})
    assert [one.passed for one in gate.check(run(good), floors)] == [True]
    assert [one.passed for one in gate.check(run(bad), floors)] == [False]


@pytest.mark.parametrize("metric", ["acuracy", "shift"])
def test_a_floor_of_a_figure_that_has_no_good_way_is_refused(metric, tmp_path):
    with pytest.raises(InputError, match=f"{metric} is no figure that can be held"):
        gate.load_floors(floors_of(tmp_path, metric=metric))


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
            assert gate.WAYS[floor.metric] == ("lower" if floor.metric in LOWER else "higher")
            assert floor.task is None or floor.task in {*suite.tasks, "labels", "evidence"}
