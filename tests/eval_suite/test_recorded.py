import json

import pytest

from purchase_agent.errors import InputError
from purchase_agent.eval.answer_forms import chat_line, normalised
from purchase_agent.eval.offline import export_suite, import_answers
from purchase_agent.eval.run import main
from purchase_agent.predictors.llm.layout import Layout

SUITE = """
name: mine
version: "1"
description: Mine.
reader: labelled
tasks: [intent]
"""
LABELS = {
    "intent": "ready", "declined": False, "repurchase": False, "sentiment": "neutral", "motivation": ["gift"],
    "barrier": [], "next_action": "compare", "timing": "within_7d", "juster": 6,
}  # fmt: skip


def in_form(form, custom_id, content):
    """One answer as different providers give it."""
    completion = {
        "model": "m", "usage": {"prompt_tokens": 100, "completion_tokens": 20},
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}],
    }  # fmt: skip
    parts = [{"text": content}]
    return {
        "openai": {"custom_id": custom_id, "response": {"status_code": 200, "body": completion}, "error": None},
        "bare": {"custom_id": custom_id, **completion},
        "plain": {"custom_id": custom_id, "content": content},
        "anthropic": {
            "custom_id": custom_id,
            "result": {
                "type": "succeeded",
                "message": {"content": parts, "model": "x", "usage": {"input_tokens": 100, "output_tokens": 20}},
            },
        },
        "gemini": {"key": custom_id, "response": {"candidates": [{"content": {"parts": parts}}], "usageMetadata": {}}},
    }[form]


@pytest.fixture
def exported(texts, tmp_path, needs_model):  # noqa: ARG001 -- skips
    out = tmp_path / "export"
    told = export_suite("own", "m", out, None, None, [texts], 6, 7)
    requests = [json.loads(line) for line in (out / "requests-00001.jsonl").read_text("utf-8").splitlines()]
    assert told["requests"] == len(requests) == 6
    return out, requests


def answer(requests, form="openai", content=None):
    return [in_form(form, one["custom_id"], content or Layout().write(LABELS)) for one in requests]


def write(path, lines):
    path.write_text("".join(json.dumps(one) + "\n" for one in lines), "utf-8")
    return path


def test_requests_are_those_of_the_product(exported):
    _, requests = exported
    one = requests[0]
    assert one["method"] == "POST"
    assert one["url"] == "/v1/chat/completions"
    assert one["body"]["model"] == "m"
    assert one["body"]["response_format"]["json_schema"]["schema"] == Layout().schema
    assert any("words" in message["content"] for message in one["body"]["messages"])


@pytest.mark.parametrize("form", ["openai", "bare", "plain", "anthropic", "gemini"])
def test_answers_of_any_provider_are_scored(exported, texts, tmp_path, form):
    out, requests = exported
    file = write(out / "answers.jsonl", reversed(answer(requests, form)))  # in any order
    folder = import_answers([file], None, [texts], tmp_path / "runs")
    run = folder.run
    assert (run["engine"], run["model"], run["n"]) == ("recorded", "m", 6)
    samples = folder.samples()
    assert all(one["error"] is None for one in samples)
    assert {one["output"]["intent"]["label"] for one in samples} == {"ready"}
    assert {one["output"]["provenance"]["engine"] for one in samples} == {"llm"}
    right = next(one for one in run["results"] if (one["metric"], one["task"]) == ("accuracy", "intent"))
    ready = sum(one["target"]["intent"] == "ready" for one in samples)
    assert right["value"] == pytest.approx(ready / 6, abs=1e-6)


def test_what_has_no_usable_answer_is_an_error(exported, texts, tmp_path):
    out, requests = exported
    lines = answer(requests[:2]) + answer(requests[2:4], content="I would say ready")
    failed = {"custom_id": requests[4]["custom_id"], "response": None, "error": {"message": "overloaded"}}
    file = write(out / "answers.jsonl", [*lines, failed, "no answer"])
    run = import_answers([file], None, [texts], tmp_path / "runs").run
    right = next(one for one in run["results"] if (one["metric"], one["task"]) == ("accuracy", "intent"))
    assert right["n"] == 2
    assert sum(run["errors"].values()) == 4
    assert run["errors"]["bad_answer"] == 2
    valid = next(one for one in run["results"] if one["metric"] == "schema_valid")
    assert (valid["value"], valid["n"]) == (0.5, 4)


def test_answers_without_their_export_or_with_other_data_are_refused(exported, texts, tmp_path):
    out, requests = exported
    with pytest.raises(InputError, match="is not beside"):
        import_answers([write(tmp_path / "answers.jsonl", answer(requests))], None, [texts], tmp_path / "runs")
    file = write(out / "answers.jsonl", answer(requests))
    texts.write_text(texts.read_text("utf-8").replace("words", "word"), "utf-8")
    with pytest.raises(InputError, match="not that of the export"):
        import_answers([file], None, [texts], tmp_path / "runs")
    with pytest.raises(InputError, match="holds requests already"):
        export_suite("own", "m", out, None, None, [texts], 6, 7)
    with pytest.raises(InputError, match="cannot be made"):
        export_suite("own", "m", texts, None, None, [texts], 6, 7)


def test_a_suite_in_a_file_comes_back_and_one_that_was_changed_is_refused(texts, tmp_path, needs_model):  # noqa: ARG001
    suite, out = tmp_path / "mine.yaml", tmp_path / "export"
    suite.write_text(SUITE, "utf-8")
    export_suite(str(suite), "m", out, None, None, [texts], 6, 7)
    requests = [json.loads(line) for line in (out / "requests-00001.jsonl").read_text("utf-8").split("\n") if line]
    file = write(out / "answers.jsonl", answer(requests))
    assert import_answers([file], None, [texts], tmp_path / "runs").run["suite"]["name"] == "mine"
    suite.write_text(SUITE.replace("[intent]", "[intent, timing]"), "utf-8")
    with pytest.raises(InputError, match="suite mine was changed"):
        import_answers([file], None, [texts], tmp_path / "runs")


def test_answers_to_other_requests_are_counted_and_alone_refused(exported, texts, tmp_path, capsys):
    out, requests = exported
    other = {**requests[0], "custom_id": "purchase-agent-other"}
    file = write(out / "answers.jsonl", [*answer([*requests[:2], other]), {"nothing": 1}])
    import_answers([file], None, [texts], tmp_path / "runs")
    told = "answers to 2 of 6 requests; 1 answers to others, 1 lines that are no answers"
    assert told in capsys.readouterr().err
    arguments = ["own", "--labels", str(texts), "--engine", "recorded", "--model", "m", "--answers", str(file)]
    assert main([*arguments, "--limit", "6", "--out", str(tmp_path / "recorded")]) == 0
    assert told in capsys.readouterr().err
    write(file, answer([other]))
    with pytest.raises(InputError, match="no answer to this export"):
        import_answers([file], None, [texts], tmp_path / "more")
    assert not (tmp_path / "more").exists()
    assert main([*arguments, "--limit", "6", "--out", str(tmp_path / "recorded")]) == 1
    assert "is to a request of own" in capsys.readouterr().err


def test_a_plan_that_is_none_is_refused(exported, texts, tmp_path):
    out, requests = exported
    file = write(out / "answers.jsonl", answer(requests))
    (out / "eval.json").write_text("[]", "utf-8")
    with pytest.raises(InputError, match="not what the export wrote"):
        import_answers([file], None, [texts], tmp_path / "runs")


def test_odd_answers_are_errors_of_their_own_samples(exported, texts, tmp_path):
    out, requests = exported
    lines = answer(requests[:5], "anthropic") + answer(requests[5:], "gemini")
    lines[0]["result"]["message"]["content"] = None
    lines[1]["result"]["message"]["content"][0]["text"] = None
    lines[2]["result"]["message"]["usage"] = None
    lines[3]["result"]["message"]["content"].insert(0, "odd")
    lines[4]["result"]["message"]["content"][0]["text"] = "\ud83d"
    lines[5]["response"]["candidates"][0]["content"]["parts"].insert(0, {"text": "Let me see.", "thought": True})
    file = write(out / "answers.jsonl", lines)
    run = import_answers([file], None, [texts], tmp_path / "runs").run
    assert run["n"] == 6
    assert sum(run["errors"].values()) == 3
    valid = next(one for one in run["results"] if (one["metric"], one["task"]) == ("accuracy", "intent"))
    assert valid["n"] == 3


def test_an_answer_is_paid_for_once_also_where_it_cannot_be_used(texts, tmp_path, needs_model):  # noqa: ARG001 -- skips
    out = tmp_path / "export"
    told = {"intent": "ready", "motivation": ["gift"]}
    lines = [{"id": f"s{number}", "text": f"ready words {number % 3}", **told} for number in range(6)]
    write(texts, lines)
    export_suite("own", "m", out, None, None, [texts], 6, 7)
    requests = [json.loads(line) for line in (out / "requests-00001.jsonl").read_text("utf-8").split("\n") if line]
    assert len(requests) == 3
    file = write(out / "answers.jsonl", [*answer(requests[:2]), *answer(requests[2:], content="I would say ready")])
    run = import_answers([file], None, [texts], tmp_path / "runs").run
    assert run["errors"] == {"bad_answer": 2}
    assert run["stats"]["tokens"] == {"in": 300, "out": 60, "cached": 0}


def test_an_answer_s_line_ends_at_a_line_feed_only(tmp_path):
    file, into = tmp_path / "answers.jsonl", tmp_path / "plain.jsonl"
    line = json.dumps({"custom_id": "x", "content": "a\u2028b\u0085c"}, ensure_ascii=False)
    file.write_text(f"{line}\n[]\nno JSON\n", "utf-8")
    found = normalised([file], into)
    assert (set(found.used), found.none) == ({"x"}, 2)
    assert "a\u2028b\u0085c" in into.read_text("utf-8")


def test_a_line_that_is_no_answer_is_none():
    assert chat_line({"custom_id": "x"}) is None
    assert chat_line({"content": "x"}) is None
