"""The commands as they are added to ``purchase-agent eval``."""

import json

import typer
from typer.testing import CliRunner

from purchase_agent.eval.suite_commands import add_to


def call(*arguments):
    app = typer.Typer()
    add_to(app)
    return CliRunner().invoke(app, list(map(str, arguments)))


def test_suites_are_listed_with_what_they_read():
    told = call("suites")
    assert told.exit_code == 0
    assert "shopper_texts 2" in told.output
    assert "need_sentences 1  [seen in training]" in told.output
    assert "reads text/phone_tweets.jsonl\n" in told.output
    assert "QA_fullInfo_task1.jsonl or --labels\n" in told.output
    assert "reads --labels\n" in told.output


def test_runs_are_compared_and_held_against_floors(ran, tmp_path):
    path = ran().path
    told = call("compare", path, path, "--json")
    assert told.exit_code == 0
    assert {one["verdict"] for one in json.loads(told.output)["results"]} == {"same"}
    floors = tmp_path / "floors.yaml"
    floors.write_text(
        "suites:\n- {suite: small, version: '1', run: r,\n"
        "   floors: [{metric: accuracy, task: intent, floor: 1.0, n: 60}]}\n"
    )
    assert call("gate", path, "--floors", floors).exit_code == 0


def test_run_passes_its_options_on(texts, tmp_path, needs_model):  # noqa: ARG001 -- skips
    told = call("run", "own", "--labels", texts, "--out", tmp_path / "runs", "--limit", 5, "--seed", 3)
    assert told.exit_code == 0, told.output
    (folder,) = (tmp_path / "runs").iterdir()
    run = json.loads((folder / "run.json").read_text("utf-8"))
    assert (run["seed"], run["limit"], run["n"]) == (3, 5, 5)
