import json

import pytest

from purchase_agent.errors import InputError
from purchase_agent.eval.offline import export_suite, import_answers
from purchase_agent.eval.recorded import chat_line
from purchase_agent.predictors.llm.layout import Layout

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


def test_a_line_that_is_no_answer_is_none():
    assert chat_line({"custom_id": "x"}) is None
    assert chat_line({"content": "x"}) is None
