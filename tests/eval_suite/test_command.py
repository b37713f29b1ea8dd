import json

import pytest

from purchase_agent.eval.run import main


def texts_of(folder, name, lines):
    path = folder / "text" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")


def suites_in(runs):
    return sorted(json.loads((one / "run.json").read_text("utf-8"))["suite"]["name"] for one in runs.iterdir())


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


def test_a_suite_whose_folder_is_partly_filled_is_skipped_and_the_others_run(tmp_path, capsys, needs_model):  # noqa: ARG001 -- skips
    """The posts are there; the texts are not that say which of them the model has learnt from."""
    texts_of(tmp_path, "phone_tweets.jsonl", [{"text": "I want this phone", "purchase_intent": "yes"}])
    runs = tmp_path / "runs"
    arguments = ["--data", str(tmp_path), "--out", str(runs), "--limit", "3"]
    assert main(["phone_posts", "shipped_texts", *arguments]) == 0
    told = capsys.readouterr()
    assert "skipped: phone_posts: which texts of phone_tweets the shipped model has learnt from" in told.err
    assert "shopper_texts.jsonl" in told.err
    assert "shipped_texts 2" in told.out
    assert suites_in(runs) == ["shipped_texts"]
    assert main(["phone_posts", *arguments]) == 1  # the only one: an error, as before
    told = capsys.readouterr()
    assert "skipped" not in told.err
    assert "shopper_texts.jsonl" in told.err


def test_an_unknown_suite_is_named_before_any_is_run(texts, tmp_path, capsys):
    runs = tmp_path / "runs"
    assert main(["own", "nothing", "--labels", str(texts), "--out", str(runs)]) == 1
    assert "no suite 'nothing'" in capsys.readouterr().err
    assert not runs.exists()


def test_labels_take_the_place_of_no_other_suite_s_data(texts, tmp_path, capsys, needs_model):  # noqa: ARG001 -- skips
    runs = tmp_path / "runs"
    arguments = ["--labels", str(texts), "--out", str(runs), "--limit", "3"]
    assert main(["own", "shipped_texts", *arguments]) == 0
    asked = {}
    for path in runs.iterdir():
        lines = (path / "samples.jsonl").read_text("utf-8").splitlines()
        asked[path.name.split("-")[0]] = {json.loads(line)["id"] for line in lines}
    mine = {f"t{number}" for number in range(60)}
    assert asked["own"] < mine
    assert not asked["shipped_texts"] & mine
    assert main(["shipped_texts", "twins", *arguments]) == 1
    assert "shipped_texts, twins read their own data and no files of yours" in capsys.readouterr().err
    assert len(list(runs.iterdir())) == 2


def test_labels_are_of_the_suites_that_are_named_and_not_of_all_that_could_take_them(
    texts, tmp_path, capsys, monkeypatch, needs_model  # noqa: ARG001 -- skips
):  # fmt: skip
    monkeypatch.setattr("purchase_agent.eval.run.names", lambda: ["intention_qa", "own"])
    arguments = ["--labels", str(texts), "--limit", "3"]
    assert main(["all", *arguments, "--out", str(tmp_path / "all")]) == 0
    assert "skipped: intention_qa needs" in capsys.readouterr().err
    assert suites_in(tmp_path / "all") == ["own"]
    assert main(["all", "intention_qa", *arguments, "--out", str(tmp_path / "named")]) == 0
    assert suites_in(tmp_path / "named") == ["intention_qa", "own"]


@pytest.mark.parametrize("option", [["--model", "m"], ["--prompts", "purchase/none"], ["--price-in", "1"]])
def test_what_only_a_language_model_uses_is_refused_where_none_is_asked(texts, tmp_path, capsys, monkeypatch, option):
    monkeypatch.delenv("PURCHASE_AGENT_LLM_BASE_URL", raising=False)
    arguments = ["own", "--labels", str(texts), "--out", str(tmp_path / "runs"), *option]
    assert main(arguments) == 1
    told = capsys.readouterr().err
    assert option[0] in told
    assert "--engine llm, auto, cascade or recorded" in told
    assert main([*arguments, "--engine", "auto"]) == 1
    assert "LLM_BASE_URL" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("option", ["--price-in", "--price-cached", "--price-out"])
@pytest.mark.parametrize("price", ["-1", "nan", "inf"])
def test_a_price_that_is_none_is_refused(texts, capsys, monkeypatch, option, price):
    monkeypatch.setenv("PURCHASE_AGENT_LLM_BASE_URL", "http://127.0.0.1:9/v1")
    assert main(["own", "--labels", str(texts), "--engine", "llm", option, price]) == 1
    assert f"{option} is {float(price)}" in capsys.readouterr().err


@pytest.mark.parametrize(("option", "number"), [("--limit", "0"), ("--limit", "-3"), ("--repeats", "0")])
def test_counts_below_one_are_refused(texts, tmp_path, capsys, option, number):
    with pytest.raises(SystemExit) as stopped:
        main(["own", "--labels", str(texts), "--out", str(tmp_path / "runs"), option, number])
    assert stopped.value.code == 2
    assert option in capsys.readouterr().err
