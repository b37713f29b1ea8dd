import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from purchase_agent.errors import InputError
from purchase_agent.eval.answering import Product, shared_out
from purchase_agent.eval.cases.sample import Sample, shopper_of
from purchase_agent.eval.folder import RunFolder, shown
from purchase_agent.eval.runner import Prices
from purchase_agent.intervals import wilson
from purchase_agent.prediction import Prediction
from purchase_agent.service import PurchaseAgent
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


def test_answers_that_are_always_right_are_not_certain_to_be(ran):
    found = figure(ran(repeats=2).run, "pass_all", given={"k": 2, "repeats": 2})
    assert (found["value"], found["high"]) == (1, 1)
    assert found["low"] == pytest.approx(wilson(1, 60)[0], abs=1e-6)


def test_no_batch_holds_two_epochs_so_that_repeats_are_asked_anew(ran):
    answerer = Told(right, together=64)
    ran(answerer, repeats=3)
    assert [len(batch) for batch in answerer.batches] == [60, 60, 60]
    assert all(len(set(batch)) == 60 for batch in answerer.batches)


def test_equal_shoppers_of_a_batch_are_asked_once_and_paid_for_once(monkeypatch):
    asked: list[int] = []

    def predict_many(_, shoppers, *, evidence):  # noqa: ARG001 -- as the product's
        known = list(shoppers)
        asked.append(len(known))
        return [Prediction.model_validate(prediction()) for _ in known]

    monkeypatch.setattr(PurchaseAgent, "predict_many", predict_many)
    samples = [Sample(f"s{number}", shopper_of(f"text {number % 2}"), {}) for number in range(6)]
    found = Product(PurchaseAgent("local"), "local").answers(samples, "none")
    assert asked == [2]
    assert [one.usage.get("input_tokens", 0) for one in found] == [10, 10, 0, 0, 0, 0]


def test_what_failed_answers_cost_is_told_and_the_cost_is_never_negative(ran):
    """The client counts 600 tokens read, 240 of them cached, and 300 written; half of the samples tell nothing."""
    answerer = Told(lambda one: right(one) if int(one.id[1:]) % 2 else None, name="llm")
    run = ran(answerer, prices=Prices(read=1.0, cached=0.1, written=2.0)).run
    assert run["stats"]["tokens"] == {"in": 600, "out": 300, "cached": 240}
    assert run["stats"]["cost_per_1000"] == pytest.approx((360 * 1 + 240 * 0.1 + 300 * 2) / 1e6 / 60 * 1000, abs=1e-6)


def test_what_a_batch_spent_is_shared_out_to_the_last_token():
    own = [{"input_tokens": 10}, {}, {}]
    found = shared_out(own, {"input_tokens": 21, "cached_tokens": 2})
    assert found == [
        {"input_tokens": 14, "cached_tokens": 1}, {"input_tokens": 4, "cached_tokens": 1}, {"input_tokens": 3},
    ]  # fmt: skip
    assert shared_out([], {"input_tokens": 0}) == []


def test_latency_is_of_single_asks_and_has_only_the_quantiles_that_they_bear(ran):
    run = ran().run
    assert run["alone_ms"] == [float(one) for one in range(1, 31)]
    assert run["stats"]["latency_ms"] == {"p50": 15, "p95": 29, "n": 30, "of": "single asks"}
    told = [one for one in run["results"] if one["metric"].startswith("latency")]
    assert [(one["metric"], one["n"]) for one in told] == [("latency_ms_p50", 30), ("latency_ms_p95", 30)]


def test_answers_that_share_a_batch_s_time_tell_no_latency(ran):
    run = ran(Told(right, name="cascade")).run
    assert run["stats"]["latency_ms"] == {}
    assert run["skipped"]["latency"] == "answers of a batch share its time"
    assert not [one for one in run["results"] if one["metric"].startswith("latency")]


def test_an_endpoint_s_answers_have_their_own_latency(ran):
    run = ran(Told(right, name="llm")).run
    assert run["stats"]["latency_ms"] == {"p50": 2, "p95": 2, "n": 60, "of": "answers of the endpoint"}


def test_the_product_times_samples_one_by_one(monkeypatch):
    asked: list[str] = []
    monkeypatch.setattr(PurchaseAgent, "predict", lambda _, shopper, **__: asked.append(shopper["texts"][0]["text"]))
    samples = [Sample(f"s{number}", shopper_of(f"text {number}"), {}) for number in range(3)]
    found = Product(PurchaseAgent("local"), "local").alone_ms(samples, "none")
    assert asked == ["text 0", "text 1", "text 2"]
    assert len(found) == 3
    assert min(found) >= 0


def test_a_folder_that_cannot_be_made_is_named(ran, tmp_path):
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(InputError, match="cannot be made"):
        ran()


def test_metadata_that_cannot_be_sliced_by_or_written_is_an_error_of_its_line(ran, texts):
    bad = [
        '{"text": "a", "category": ["a", "b"]}', '{"text": "b", "language": {}}', '{"text": "c", "category": NaN}',
        '{"text": "d", "id": "\\ud83d"}', '{"text": "e", "second_reading": [1]}', '{"text": "half \\ud83d"}',
    ]  # fmt: skip
    texts.write_text(texts.read_text("utf-8") + "".join(f"{line}\n" for line in bad), "utf-8")
    run = ran().run
    assert run["n"] == 66
    assert run["errors"] == {"unreadable": 6}
    assert figure(run, "accuracy")["n"] == 60


def test_a_line_ends_at_a_line_feed_only(ran, texts):
    line = json.dumps({"text": "ready a\u2028b\u0085c", "intent": "ready"}, ensure_ascii=False)
    texts.write_text(texts.read_text("utf-8") + line + "\r\n", "utf-8", newline="")
    run = ran().run
    assert run["n"] == 61
    assert not run["errors"]


def test_a_long_history_is_written_short():
    asked = {"shopper_id": "s", "events": [{"id": f"e{number}"} for number in range(50)]}
    told = shown(asked)
    assert len(told["events"]) == 20
    assert told["events"][-1] == {"id": "e49"}
    assert told["events_in_all"] == 50


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(InputError, match="no folder of a run"):
        RunFolder(tmp_path).run  # noqa: B018
