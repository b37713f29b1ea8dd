import json

from purchase_agent.eval.run import main


def test_own_labels_run_on_the_local_engine(texts, tmp_path, capsys, needs_model):  # noqa: ARG001 -- skips
    out = tmp_path / "runs"
    assert main(["own", "--labels", str(texts), "--out", str(out), "--limit", "12"]) == 0
    told = capsys.readouterr()
    assert "own 1, local, n=12" in told.out
    assert "intent accuracy" in told.out
    (folder,) = out.iterdir()
    run = json.loads((folder / "run.json").read_text("utf-8"))
    assert run["status"] == "success"
    assert set(run["models"]) >= {"text"}
    assert len((folder / "samples.jsonl").read_text("utf-8").splitlines()) == 12


def test_absent_data_is_skipped_with_its_reason(tmp_path, capsys):
    assert main(["phone_posts", "--data", str(tmp_path)]) == 1
    assert "skipped: phone_posts: text/phone_tweets.jsonl is not in" in capsys.readouterr().err


def test_an_unknown_suite_is_named(capsys):
    assert main(["nothing"]) == 1
    assert "no suite 'nothing'" in capsys.readouterr().err


def test_an_engine_without_its_endpoint_says_what_to_set(texts, capsys, monkeypatch):
    monkeypatch.delenv("PURCHASE_AGENT_LLM_BASE_URL", raising=False)
    assert main(["own", "--labels", str(texts), "--engine", "llm"]) == 1
    assert "LLM_BASE_URL" in capsys.readouterr().err


def test_with_the_gate_a_suite_that_is_named_must_run(tmp_path, capsys, needs_model):  # noqa: ARG001 -- skips
    arguments = ["--gate", "--data", str(tmp_path), "--out", str(tmp_path / "runs")]
    assert main(["phone_posts", "counterfactual_pairs", *arguments]) == 1
    told = capsys.readouterr()
    assert "not run, so not held against its floors: phone_posts" in told.err
    assert "0 fell" in told.out


def test_recorded_answers_need_the_model_and_say_by_which_option(texts, tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("PURCHASE_AGENT_LLM_MODEL", raising=False)
    answers = tmp_path / "answers.jsonl"
    answers.write_text("", "utf-8")
    assert main(["own", "--labels", str(texts), "--engine", "recorded", "--answers", str(answers)]) == 1
    told = capsys.readouterr().err
    assert "--model" in told
    assert "--openai-batch" not in told


def test_help_tells_the_extras(command):
    for arguments in ([], ["text"], ["behaviour"], ["llm"]):
        told = command("eval", *arguments, "--help").out
        assert "the extra train" in " ".join(told.replace("│", " ").split())
