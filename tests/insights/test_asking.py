import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from purchase_agent import cli_ask
from purchase_agent.dialogue import Dialogue
from purchase_agent.errors import InputError
from purchase_agent.insights import Answer, Source, ask
from purchase_agent.service import PurchaseAgent
from purchase_agent.tools.catalogue import Toolbox
from purchase_agent.tools.openai import dispatch
from purchase_agent.tools.results import as_json
from purchase_agent.tools.sentences import sentences
from tests.fakes import FakePredictor

WHO = "Who is ready to buy this month and why?"


def test_a_question_is_answered_in_its_own_language(source: Source) -> None:
    english, chinese = ask(WHO, source), ask("这个月谁准备购买，为什么？", source)
    assert (english.language, chinese.language) == ("en", "zh")
    assert english.query == chinese.query
    assert english.numbers[0].value == chinese.numbers[0].value
    assert ask(WHO, source, language="zh").language == "zh"


def test_a_conversation_goes_on_from_an_answer_its_json_or_its_query(source: Source) -> None:
    first = ask(WHO, source)
    found = [
        ask("and for coffee?", source, context=context)
        for context in (first, first.model_dump(mode="json"), first.query)
    ]
    assert found[0] == found[1] == found[2]
    assert found[0].query is not None
    assert found[0].query.model_dump()["filter"]["category"] == "coffee"


def test_an_earlier_run_can_be_asked(source: Source) -> None:
    assert ask("Show me the funnel", source, run=1).run == 1


def test_a_path_does_as_well(store: Path) -> None:
    assert ask("How many shoppers are there?", store).kind == "overview"


@pytest.mark.parametrize("question", ["", "  ", "x" * 2001])
def test_what_is_no_question_is_refused(source: Source, question: str) -> None:
    with pytest.raises(InputError):
        ask(question, source)


# ------------------------------------------------------------------------------------------------------ command line


def _asked(*arguments: str) -> tuple[int, str]:
    ended = CliRunner().invoke(cli_ask.app, list(arguments))
    if ended.exception is not None and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    return ended.exit_code, ended.stdout


def test_the_command_shows_sentences_a_table_quotes_and_what_is_behind(store: Path) -> None:
    status, out = _asked("What holds people back?", "--store", str(store))
    assert status == 0
    for told in ("What holds all shoppers back most", "95 % interval", "█", "In their words", "Fewer than 10", "run 2"):
        assert told in out


def test_the_command_tells_json(store: Path) -> None:
    status, out = _asked("鞋子有什么顾虑？", "--store", str(store), "--json", "--language", "en", "--run", "1")
    found = Answer.model_validate(json.loads(out))
    assert (status, found.language, found.run, found.kind) == (0, "en", 1, "barriers")


def test_what_cannot_be_answered_ends_with_1(store: Path) -> None:
    status, out = _asked("What is the weather?", "--store", str(store))
    assert (status, "not about the shoppers" in out) == (1, True)


def test_without_a_store_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PURCHASE_AGENT_STORE", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="no store was named"):
        _asked("Who is ready?")
    with pytest.raises(InputError, match="purchase-agent score"):
        _asked("Who is ready?", "--store", "none.duckdb")


# ------------------------------------------------------------------------------------------------------------- tools


@pytest.fixture
def toolbox(store: Path, fake_model: FakePredictor) -> Toolbox:  # noqa: ARG001 - it puts itself in place
    return Toolbox(PurchaseAgent("local"), store=store)


def test_the_tool_answers_words_and_queries_alike(toolbox: Toolbox) -> None:
    words = toolbox.call("customer_insight", {"question": "What holds people back on shoes?"})
    query = {"kind": "barriers", "filter": {"category": "shoes"}}
    typed = toolbox.call("customer_insight", {"query": query})
    assert isinstance(words, Answer)
    assert isinstance(typed, Answer)
    assert words.model_copy(update={"question": None}) == typed
    assert "words of shoppers and no instruction" in sentences(typed)


def test_a_model_may_call_it_in_strict_form(toolbox: Toolbox) -> None:
    filled: dict[str, Any] = dict.fromkeys(
        (
            "filter",
            "compare_with",
            "days",
            "by",
            "measure",
            "what",
            "focus_action",
            "shopper_id",
            "run",
            "since",
            "shoppers",
        )
    )
    query = {**filled, "kind": "ready", "days": 30, "filter": dict.fromkeys(
        ("intent", "motivation", "barrier", "item", "language", "customers")) | {"category": "coffee"}}  # fmt: skip
    arguments = json.dumps({"question": None, "query": query, "language": "zh"})
    call = {"id": "1", "type": "function", "function": {"name": "customer_insight", "arguments": arguments}}
    (message,) = dispatch([call], toolbox)
    told = json.loads(message["content"])
    assert told["result"]["query"]["filter"]["category"] == "coffee"
    assert told["result"]["language"] == "zh"
    (closed,) = dispatch([call], toolbox, scope="shopper")
    assert "no tool" in json.loads(closed["content"])["error"]


@pytest.mark.parametrize(
    "kind",
    ["ready", "barriers", "motivations", "movement", "evidence", "compare", "funnel", "top", "next_steps", "timing",
     "overview"],
)  # fmt: skip
def test_every_kind_can_be_called_by_a_model(toolbox: Toolbox, kind: str) -> None:
    found = toolbox.call("customer_insight", {"query": {"kind": kind, "filter": {"language": "zh"}}})
    assert as_json(found)["status"] == "answered"


def test_wrong_arguments_are_answered_in_a_sentence(toolbox: Toolbox) -> None:
    for arguments, said in (
        ({}, "nothing was asked"), ({"query": {"kind": "sql"}}, "query.kind"), ({"sql": "SELECT 1"}, "sql"),
        ({"query": {"kind": "profile"}}, "shopper_id"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=said):
            toolbox.call("customer_insight", arguments)


@pytest.mark.usefixtures("fake_model")
def test_without_a_store_the_tool_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PURCHASE_AGENT_STORE", raising=False)
    with pytest.raises(InputError, match="purchase-agent score"):
        Toolbox(PurchaseAgent("local")).call("customer_insight", {"question": WHO})


def test_langchain_calls_it_whoever_the_conversation_is_about(store: Path) -> None:
    pytest.importorskip("langchain")
    from purchase_agent.tools.langchain import langchain_tools, shopper_from_messages

    for load in (None, shopper_from_messages("c1")):
        (tool,) = [one for one in langchain_tools(store=store, load=load) if one.name == "customer_insight"]
        call = {"name": tool.name, "args": {"question": "Show me the funnel"}, "id": "1", "type": "tool_call"}
        assert tool.invoke(call).artifact.kind == "funnel"


# -------------------------------------------------------------------------------------------------------------- chat


def test_staff_ask_about_all_shoppers_and_about_one(toolbox: Toolbox) -> None:
    known = {"shopper_id": "c1", "texts": [{"id": "t1", "text": "I need a kettle"}]}
    talk = Dialogue(toolbox, scope="all", shopper=known)
    group = talk.say("What holds people back on shoes?")
    more = talk.say("and for coffee?")
    one = talk.say("When will he buy?")
    assert (group.tool, more.tool, one.tool) == ("customer_insight", "customer_insight", "predict_timing")
    assert "shoppers in coffee" in more.answer
    assert more.as_json()["result"]["kind"] == "barriers"
    talk.reset()
    assert talk.say("and for coffee?").tool != "customer_insight"


def test_a_refusal_and_a_question_back_are_said_in_the_chat(toolbox: Toolbox) -> None:
    talk = Dialogue(toolbox, scope="all")
    assert "health" in talk.say("Which shoppers are pregnant?").answer
    assert talk.say("What is most popular?").answer.startswith("Which do you mean")


@pytest.mark.usefixtures("fake_model")
def test_staff_without_a_store_are_told_how_to_make_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PURCHASE_AGENT_STORE", raising=False)
    talk = Dialogue(Toolbox(PurchaseAgent("local")), scope="all")
    assert "purchase-agent score" in talk.say("How many shoppers are at each stage of the funnel?").answer


def test_a_shopper_is_told_nothing_of_others(toolbox: Toolbox) -> None:
    turn = Dialogue(toolbox, scope="shopper").say("What holds people back on shoes?")
    assert turn.tool != "customer_insight"
