import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from purchase_agent import cli_chat
from purchase_agent.cli_chat import Chat, app
from purchase_agent.cli_predict import PARTIAL
from purchase_agent.dialogue import Dialogue
from purchase_agent.errors import InputError, PurchaseAgentError
from purchase_agent.tools.catalogue import Toolbox

KETTLES = [
    {"id": "k1", "name": "Steel kettle", "price": 39.0},
    {"id": "k2", "name": "Quiet kettle", "price": 55.0, "attributes": {"noise": "quiet"}},
]


@pytest.fixture(autouse=True)
def _no_endpoint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fake_model: Any) -> None:  # noqa: ARG001
    monkeypatch.delenv("PURCHASE_AGENT_LLM_BASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)


def _talk(*lines: str, options: tuple[str, ...] = ()) -> tuple[int, list[str], str]:
    ended = CliRunner().invoke(app, list(options), input="".join(f"{line}\n" for line in lines))
    return ended.exit_code, ended.stdout.splitlines(), ended.stderr


def _answers(*lines: str, options: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    return [json.loads(line) for line in _talk(*lines, options=("--json", *options))[1]]


def _written(path: Path, value: Any) -> str:
    path.write_text(json.dumps(value), encoding="utf-8")
    return str(path)


def test_a_pipe_gets_a_line_for_a_message() -> None:
    status, lines, _ = _talk("My kettle broke", "", "I need one today!")
    assert status == 0
    assert [line.split(" (")[0] for line in lines] == ["Stage: comparing", "Stage: ready to order"]


def test_what_was_said_adds_up_and_reset_forgets_it() -> None:
    said = _answers("I need a kettle", "It must be quiet", "/why price", "/reset", "/why price")
    evidence = [one["source"] for one in said[1]["result"]["evidence"]]
    assert evidence == ["m2"] * 4  # the newest of two texts
    assert (said[2]["tool"], said[2]["arguments"]) == ("explain_prediction", {"label": "price"})
    assert said[4] == {
        "turn": 5, "answer": "Tell me first what you are looking for.", "tool": None, "arguments": {}, "sure": 1.0,
        "result": None,
    }  # fmt: skip


def test_products_are_ranked_when_he_asks_which_one(tmp_path: Path) -> None:
    products = _written(tmp_path / "p.json", KETTLES)
    ask = "Which of these should I take?"
    (asked,) = _answers(ask)
    assert (asked["tool"], "given none" in asked["answer"]) == (None, True)
    told, ranked = _answers("I need a quiet kettle", ask, options=("--products", products))
    assert (told["tool"], ranked["tool"]) == ("predict_purchase", "rank_products")
    assert [one["id"] for one in ranked["result"]["ranked"]] == ["k2", "k1"]


def test_staff_ask_about_a_shopper_of_a_file(tmp_path: Path) -> None:
    file = _written(tmp_path / "s.jsonl", {"shopper_id": "c1", "texts": [{"id": "t1", "text": "I need a kettle"}]})
    staff = ("--scope", "all", "--shopper", file)
    when, unclear = _answers("When will he buy?", "Hmm", options=staff)
    assert when["tool"] == "predict_timing"
    assert when["result"]["shopper_id"] == "c1"
    assert unclear["answer"].startswith("I can tell you: ")


def test_staff_without_a_shopper_quote_his_words() -> None:
    asked, told, again = _answers(
        "When will he buy?", 'When will he buy, who wrote "I need a kettle"?', "Why does he want it?",
        options=("--scope", "all"),
    )  # fmt: skip
    assert "quotation marks" in asked["answer"]
    assert (told["tool"], again["tool"]) == ("predict_timing", "predict_motivation")


def test_a_question_back_is_in_the_language_of_the_question() -> None:
    (asked,) = _answers("你能做什么？", options=("--scope", "all"))
    assert asked["answer"].startswith("我可以告诉您")


def test_an_answer_is_in_the_language_of_the_question() -> None:
    chinese, english = _answers(
        "顾客说“手机卡得不行了，等双十一换一台，就是怕贵”，他想不想买？",
        "When will he buy?",
        options=("--scope", "all"),
    )
    assert chinese["answer"].startswith("目前阶段：")
    assert english["answer"].startswith("When: ")


def test_a_question_about_the_answer_is_no_word_of_the_shopper() -> None:
    told, why, label, again = _answers("I need a quiet kettle", "why?", "why price?", "I need a quiet kettle!")
    assert [one["tool"] for one in (why, label)] == ["explain_prediction"] * 2
    sources = {one["source"] for answer in (why, label, again) for one in answer["result"].get("evidence", [])}
    sources |= {one["source"] for answer in (why, label) for one in answer["result"]["prediction"]["evidence"]}
    assert sources <= {"m1", "m2"}
    assert told["tool"] == again["tool"] == "predict_purchase"


def test_what_a_terminal_would_act_on_is_shown_as_a_code(tmp_path: Path) -> None:
    file = _written(tmp_path / "p.json", [{"id": "\x1b[31mk1", "name": "a"}, {"id": "k2", "name": "b"}])
    _, lines, _ = _talk("I need a quiet kettle", "Rank the products", options=("--products", file))
    assert "\x1b" not in "".join(lines)
    assert "k1" in lines[1]
    status, _, errors = _talk("/\x1b[31mwhy", "/nothing")
    assert "\x1b" not in errors
    assert "no command /nothing" in errors
    assert status == 3


def test_a_message_that_is_refused_is_told_and_the_talk_goes_on() -> None:
    refused, told = _answers("x" * 70_000, "I need a kettle")
    assert "at most 65536 are read" in refused["error"]["message"]
    assert told["tool"] == "predict_purchase"
    _, unknown = _answers("I need a kettle", "/why fame")
    assert unknown["error"]["message"] == "no label 'fame'"


def test_bytes_that_are_no_text_do_not_end_the_talk() -> None:
    ended = CliRunner().invoke(app, ["--json"], input=b"\xff\xfe kettle\nI need a kettle\n")
    assert ended.exit_code == 0
    assert len(ended.stdout.splitlines()) == 2


def test_quit_ends_it() -> None:
    assert len(_answers("I need a kettle", "/quit", "never read")) == 1


@pytest.mark.parametrize(
    ("option", "words", "says"),
    [
        ("--shopper", "", "no shopper"),
        ("--shopper", '{"shopper_id": "a", "texts": [{"text": "x"}]}\n' * 2, "more than one shopper"),
        ("--products", "{}", "no list of products"),
        ("--products", "[", "cannot be read"),
        ("--products", '[{"id": "a"}]', "candidates.0.name"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(tmp_path: Path, option: str, words: str, says: str) -> None:
    path = tmp_path / "given.jsonl"
    path.write_text(words, encoding="utf-8")
    ended = CliRunner().invoke(app, [option, str(path)], input="hi\n")
    assert isinstance(ended.exception, InputError)
    assert says in str(ended.exception)


def test_a_model_that_speaks_is_streamed_and_new_after_a_reset(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[str, int]] = []

    def speaks(words: str, number: int) -> Iterator[str]:
        asked.append((words, number))
        yield from ("What may ", "it cost?\nOr \x1b[2J", "what size?")

    lines = io.TextIOWrapper(io.BytesIO(b"My kettle broke\n/why price\n/reset\nA kettle\n"))
    monkeypatch.setattr(sys, "stdin", lines)
    assert Chat(Dialogue(Toolbox()), speaks).run() == 0
    out = capsys.readouterr().out
    assert asked == [("My kettle broke", 0), ("A kettle", 1)]
    assert out.startswith("What may it cost?\nOr \\x1b[2Jwhat size?\n“the price” has a chance")
    assert "\x1b" not in out


@pytest.mark.parametrize("as_json", [False, True])
def test_a_model_that_fails_does_not_end_the_chat(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    def speaks(words: str, _number: int) -> Iterator[str]:
        if "quiet" in words:
            yield "It "
        raise PurchaseAgentError("the endpoint is down")

    lines = io.TextIOWrapper(io.BytesIO(b"My kettle broke\nIt must be quiet\n/why price\n"))
    monkeypatch.setattr(sys, "stdin", lines)
    assert Chat(Dialogue(Toolbox()), speaks, as_json=as_json).run() == PARTIAL
    out, err = capsys.readouterr()
    assert "the tools answer by themselves: the endpoint is down" in err
    told = out.splitlines()
    if as_json:
        first, second, third = map(json.loads, told)
        assert (first["tool"], second["error"]["message"]) == ("predict_purchase", "the endpoint is down")
        assert third["tool"] == "explain_prediction"
    else:
        assert told[0].startswith("Stage: ")
        assert told[1] == "It "


def test_a_question_of_staff_is_no_evidence_of_the_shopper(monkeypatch: pytest.MonkeyPatch) -> None:
    talk = Dialogue(Toolbox(), scope="all", shopper={"shopper_id": "c1", "texts": [{"text": "a kettle?"}]})
    lines = io.TextIOWrapper(io.BytesIO(b"I am ready to order now for my wife as a gift\n"))
    monkeypatch.setattr(sys, "stdin", lines)
    assert Chat(talk, lambda *_: iter(["Yes."])).run() == 0
    told = str(talk.why().as_json())
    assert "t1" in told
    assert "m1" not in told


def test_without_the_extra_the_tools_answer_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PURCHASE_AGENT_LLM_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setattr(cli_chat, "find_spec", lambda _: None)
    _, lines, errors = _talk("My kettle broke")
    assert "pip install 'purchase-agent[agent]'" in errors
    assert lines[0].startswith("Stage: ")
    _, lines, errors = _talk("My kettle broke", options=("--engine", "local"))
    assert (errors, len(lines)) == ("", 1)


@pytest.mark.parametrize("shown", [True, False])
def test_a_terminal_is_told_what_it_can_ask(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], shown: bool
) -> None:
    typed = iter(["/help", "My kettle broke"])

    def typing(prompt: str = "") -> str:
        assert prompt == ("> " if shown else "")
        try:
            return next(typed)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", typing)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: shown)
    assert Chat(Dialogue(Toolbox())).run() == 0
    out, err = capsys.readouterr()
    assert err.startswith("I can tell you: all at once about the shopper")
    assert "/quit: leave" in out
    assert "Stage: " in out
