import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from purchase_agent.errors import InputError
from purchase_agent.eval.folder import RunFolder, shown
from tests.eval_suite.conftest import right
from tests.eval_suite.samples import Told, prediction


def figure(run, metric, task="intent", given=None):
    return next(
        one for one in run["results"] if (one["metric"], one["task"], one["slice"]) == (metric, task, given or {})
    )


def test_a_run_holds_its_figures_and_what_it_was_made_of(ran):
    folder = ran()
    run = folder.run
    assert run["status"] == "success"
    assert run["n"] == len(folder.samples()) == 60
    assert figure(run, "accuracy")["value"] == 1
    assert figure(run, "accuracy", given={"language": "zh"})["n"] == 30
    assert figure(run, "accuracy")["baselines"]["majority"]["value"] == pytest.approx(0.4)
    assert figure(run, "accuracy")["baselines"]["shuffled_evidence"]["value"] < 0.6
    assert run["data"][0]["path_name"] == "texts.jsonl"
    assert len(run["data"][0]["sha256"]) == 64
    assert run["stats"]["tokens"] == {"in": 600, "out": 300, "cached": 0}
    assert run["stats"]["latency_ms"]["p99"] == 2
    assert sum(map(sum, run["tables"]["confusion"]["intent"]["counts"])) == 60
    one = folder.samples()[0]
    assert {
        "id",
        "epoch",
        "input",
        "target",
        "output",
        "scores",
        "error",
        "metadata",
        "model_usage",
        "total_time",
    } == set(one)
    json.dumps(run, allow_nan=False)


def test_what_is_not_answered_is_an_error_and_no_wrong_answer(ran):
    run = ran(Told(lambda one: None if one.id == "t3" else right(one))).run
    assert figure(run, "accuracy")["value"] == 1
    assert figure(run, "accuracy")["n"] == 59
    assert figure(run, "answered", None)["value"] == pytest.approx(59 / 60)
    assert run["errors"] == {"engine": 1}


def test_a_crashed_scorer_is_an_error_and_no_wrong_answer(ran):
    broken = {"intent": {"label": "ready"}}
    folder = ran(Told(lambda one: {**prediction(), **broken} if one.id == "t3" else right(one)))
    crashed = next(one for one in folder.samples() if one["id"] == "t3")
    assert crashed["error"]["type"] == "scorer"
    assert "intent" not in crashed["scores"]
    assert crashed["scores"]["motivation"]["right"]
    assert figure(folder.run, "accuracy")["value"] == 1
    assert figure(folder.run, "schema_valid", None)["value"] == pytest.approx(59 / 60)


def test_a_line_that_cannot_be_read_is_a_record_that_is_not_asked(ran, texts):
    texts.write_text(texts.read_text("utf-8") + 'no json\n{"text": "x", "intent": "buying"}\n', "utf-8")
    answerer = Told(right)
    folder = ran(answerer)
    told = [one for one in folder.samples() if one["error"]]
    assert [one["error"]["type"] for one in told] == ["unreadable", "unreadable"]
    assert "intent" in told[1]["error"]["message"]
    assert len(answerer.asked) == 60
    assert figure(folder.run, "answered", None)["value"] == 1  # of what could be asked


def test_a_run_goes_on_where_it_ended(ran, tmp_path):
    class StoppedError(Exception):
        pass

    def stops(one):
        if one.id == "t30":
            raise StoppedError
        return right(one)

    with pytest.raises(StoppedError):
        ran(Told(stops))
    (path,) = (tmp_path / "runs").iterdir()
    assert RunFolder(path).run["status"] == "started"
    done = len(RunFolder(path).samples())
    with (path / "samples.jsonl").open("a") as file:
        file.write('{"id": "t28", "cut o')  # what a kill leaves behind
    again = Told(right)
    folder = ran(again, resume=True)
    assert folder.path == path
    assert len(again.asked) == 60 - done
    assert folder.run["n"] == 60
    assert len({one["id"] for one in folder.samples()}) == 60


def test_another_plan_is_another_run(ran, tmp_path):
    ran(seed=1)
    ran(seed=2, resume=True)
    assert len(list((tmp_path / "runs").iterdir())) == 2


def test_a_killed_process_has_written_what_it_asked(texts, tmp_path):
    """kill -9 in the middle of a batch: the batches before it are on the disk, and are not asked again."""
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from purchase_agent.eval.cases.suite import Suite\n"
        "from purchase_agent.eval.runner import Job, run\n"
        "from tests.eval_suite.samples import Told\n"
        "from tests.eval_suite.conftest import right\n"
        "def tell(one):\n"
        "    if one.id == 't22' and sys.argv[3] == 'die': os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return right(one)\n"
        "suite = Suite(name='small', version='1', description='', reader='labelled', tasks=['intent'])\n"
        "answerer = Told(tell)\n"
        "run(Job(suite, '0' * 64, (Path(sys.argv[1]),)), answerer, Path(sys.argv[2]), resume=sys.argv[3] != 'die')\n"
        "print(len(answerer.asked))\n"
    )
    ended = [
        subprocess.run(
            [sys.executable, "-c", script, str(texts), str(tmp_path / "runs"), mode],
            cwd=Path(__file__).parent.parent.parent, env={**os.environ, "OMP_NUM_THREADS": "1"},
            capture_output=True, text=True, check=False,
        )
        for mode in ("die", "resume")
    ]  # fmt: skip
    assert ended[0].returncode == -signal.SIGKILL
    assert ended[1].returncode == 0, ended[1].stderr
    assert int(ended[1].stdout) == 40  # five batches of four were written
    (path,) = (tmp_path / "runs").iterdir()
    assert RunFolder(path).run["n"] == 60


def test_repeats_tell_how_often_answers_flip(ran):
    turns: dict[str, int] = {}

    def turning(one):
        turns[one.id] = turns.get(one.id, 0) + 1
        return prediction("none") if turns[one.id] == 2 and int(one.id[1:]) < 15 else right(one)

    run = ran(Told(turning), repeats=3).run
    assert run["n"] == 180
    # Of the fifteen that turn once, three say none anyway.
    assert figure(run, "flip_rate", given={"repeats": 3})["value"] == pytest.approx(12 / 60)
    assert figure(run, "pass_at_1", given={"k": 1, "repeats": 3})["value"] == pytest.approx(1 - 12 / 180)
    assert figure(run, "pass_all", given={"k": 3, "repeats": 3})["value"] == pytest.approx(48 / 60)


def test_a_long_history_is_written_short():
    asked = {"shopper_id": "s", "events": [{"id": f"e{number}"} for number in range(50)]}
    told = shown(asked)
    assert len(told["events"]) == 20
    assert told["events"][-1] == {"id": "e49"}
    assert told["events_in_all"] == 50


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(InputError, match="no folder of a run"):
        RunFolder(tmp_path).run  # noqa: B018
