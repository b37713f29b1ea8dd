import json

import pytest

from purchase_agent.errors import InputError
from purchase_agent.eval.compare import compare, main, told
from tests.eval_suite.conftest import right
from tests.eval_suite.samples import Told, prediction


def wrong_of(share):
    """Wrong in so many of ten texts."""
    return lambda one: prediction("awareness") if int(one.id[1:]) % 10 < share else right(one)


def found_of(found, metric, task="intent"):
    return next(one for one in found["results"] if (one["metric"], one["task"]) == (metric, task))


def test_a_run_that_is_right_more_often_is_better_and_the_other_way_round_worse(ran):
    good, bad = ran(Told(wrong_of(1))), ran(Told(wrong_of(5)))
    found = compare(good.path, bad.path)
    one = found_of(found, "accuracy")
    assert one["verdict"] == "better"
    assert one["difference"] == pytest.approx(0.4)
    assert (one["only_a"], one["only_b"]) == (24, 0)
    assert one["p"] == pytest.approx(2 / 2**24, abs=1e-6)
    assert one["low"] > 0
    assert one["p_corrected"] >= one["p"]
    assert found_of(found, "log_loss")["verdict"] == "better"  # less of it is better
    assert found_of(found, "micro_f1", "motivation")["verdict"] == "same"
    assert found_of(compare(bad.path, good.path), "accuracy")["verdict"] == "worse"
    assert "better" in told(found)


def test_runs_that_say_the_same_are_the_same(ran):
    found = compare(ran(Told(wrong_of(3))).path, ran(Told(wrong_of(3))).path)
    assert {one["verdict"] for one in found["results"]} == {"same"}
    assert found_of(found, "accuracy")["p"] == 1


def test_noise_is_called_the_same(ran):
    """Two texts of sixty differ, one each way."""

    def one_wrong(name):
        return lambda one: prediction("awareness") if one.id == name else right(one)

    found = compare(ran(Told(one_wrong("t1"))).path, ran(Told(one_wrong("t2"))).path)
    assert {one["verdict"] for one in found["results"]} == {"same"}


def test_other_data_is_refused(ran, texts):
    first = ran()
    texts.write_text(texts.read_text("utf-8").replace("words 7", "other words 7"), "utf-8")
    with pytest.raises(InputError, match="different samples"):
        compare(first.path, ran().path)


def test_slices_are_compared_where_they_are_asked_for(ran):
    a, b = ran(Told(wrong_of(1))).path, ran(Told(wrong_of(5))).path
    found = compare(a, b, by=["language"])
    assert {"language": "en"} in [one["slice"] for one in found["results"]]
    assert found["tests"] == len(found["results"]) > len(compare(a, b)["results"])


def test_a_slice_or_level_that_there_is_not_is_refused(ran):
    path = ran().path
    with pytest.raises(InputError, match=r"no sample says langauge .*language"):
        compare(path, path, by=["langauge"])
    for level in (7, 0, -1):
        with pytest.raises(InputError, match="level"):
            compare(path, path, level=level)


def test_the_command_writes_json_and_tells_errors(ran, tmp_path, capsys):
    path = ran().path
    assert main([str(path), str(path), "--json", "--out", str(tmp_path / "c.json")]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads((tmp_path / "c.json").read_text("utf-8"))
    assert main([str(path), str(path), "--out", str(tmp_path / "no" / "c.json")]) == 1
    assert "cannot write" in capsys.readouterr().err
    assert main([str(path), str(tmp_path)]) == 1
    assert "no folder of a run" in capsys.readouterr().err
