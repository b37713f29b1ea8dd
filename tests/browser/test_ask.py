"""The chat in a browser."""

import re

import pytest
from selenium.webdriver.common.keys import Keys

pytestmark = pytest.mark.real


def told(page, **result):
    """The server's next answers of the chat, whatever is asked."""
    whole = {
        "status": "answered", "language": "en", "sentences": ["So."], "table": None, "chart": None, "numbers": [],
        "quotes": [], "suppressed": [], "choices": [], **result,
    }  # fmt: skip
    page.run(
        """const [result] = arguments; const real = window.fetch; window.fetch = (path, options) => {
        if (path !== '/v1/chat/completions') return real(path, options);
        const chunk = (more, delta) => 'data: ' + JSON.stringify({choices: [{delta}], ...more}) + '\\n\\n';
        return Promise.resolve(new Response(chunk({}, {content: 'So.'}) +
          chunk({purchase_agent: {kind: 'answer', result}}, {}) + 'data: [DONE]\\n\\n'));}""",
        whole,
    )


def test_a_question_is_answered_with_a_figure_and_its_table(page):
    page.open()
    page.click(".suggestions button", words="What holds shoppers back?")
    said = page.answered()
    assert re.search(r"\d+%", said)
    assert "Run 2" in said
    assert "without a language model" in said
    assert len(page.all(".turn .bars .bar-row")) >= 5
    button = page.click(".turn .figure-head button", words="Table")
    assert page.wait(".turn table caption")
    heads = [one.text for one in page.all(".turn thead th")][1:]
    assert heads == ["shoppers", "share", "95 % interval"]
    assert button.text.startswith("Chart")
    button.click()
    page.wait(".turn .bars")


def test_what_is_unclear_is_asked_back_and_what_cannot_be_told_is_declined(page):
    page.open()
    page.say("And the weather in Paris tomorrow?")
    assert page.answered()
    assert not page.all(".turn .bars")


def test_a_choice_that_is_asked_back_is_answered_when_it_is_chosen(page):
    page.open()
    told(page, status="asked_back", choices=[{"title": "What holds back?", "query": {"kind": "barriers"}}])
    page.say("back?")
    page.answered()
    page.click(".turn .suggestions button", words="What holds back?")
    page.wait(".turn:last-child .bars")


def test_follow_up_questions_go_on(page):
    page.open()
    page.say("What holds shoppers back?")
    page.answered()
    page.say("and for shoes?")
    assert "shoes" in page.answered()
    assert len(page.all(".turn.answer")) == 2
    page.click(".composer .link", words="New conversation")
    page.wait(".opening h1")
    assert not page.all(".turn")


def test_comparisons_are_bars_to_both_sides(page):
    page.open()
    row = {"label": "price", "shoppers": None, "hidden": None, "nearly_all": False}
    rows = [
        {**row, "title": "more", "first": 0.3, "second": 0.2, "value": 0.1, "low": 0.05, "high": 0.15},
        {**row, "title": "fewer", "first": 0.2, "second": 0.3, "value": -0.1, "low": -0.15, "high": -0.05},
    ]
    marks = [{**{name: one[name] for name in ("value", "low", "high")}, "label": one["title"]} for one in rows]
    columns = ["", "new", "returning", "difference", "95 %"]
    told(
        page, chart={"kind": "bar", "title": "New and returning", "unit": "points", "marks": marks},
        table={"title": "New and returning", "unit": "points", "columns": columns, "rows": rows},
    )  # fmt: skip
    page.say("compare")
    page.answered()
    assert [one.text for one in page.all(".turn .diverging .bar-value")] == ["+10 pts", "-10 pts"]
    page.click(".turn .figure-head button")
    assert [one.text for one in page.all(".turn thead th")][1:] == columns[1:]


def test_the_shopper_talks_too(page):
    page.open()
    page.click("label[for=as-shopper]")
    page.say("My kettle broke!")
    assert page.answered()
    page.say("I need it before Friday")
    assert page.answered()
    assert len(page.all(".turn.you")) == 2


def test_an_answer_is_written_as_it_comes(serve, at):
    page = at(serve(speaks=True)).open()
    page.say("hello")
    lengths = set()
    while page.all(".turn [aria-busy]"):
        lengths.add(len(page.text(".turn.answer")))
    assert len(lengths) > 5
    said = page.answered()
    assert "word29" in said
    assert "by the language model" in said


def test_escape_stops_an_answer_and_what_came_stays(serve, at):
    page = at(serve(speaks=True)).open()
    page.say("hello")
    page.wait(".turn .written", words="word3")
    assert page.wait(".composer button[type=submit]").text == "Stop"
    page.press(Keys.ESCAPE)
    said = page.answered()
    assert "Stopped." in said
    assert "word3" in said
    assert "word29" not in said
    assert page.focused().get_attribute("id") == "message"
    page.say("again")
    assert "word29" in page.answered()


def test_before_the_first_word_it_can_be_stopped_too(page):
    page.open()
    page.click("label[for=as-shopper]")
    page.say("slowly, please")
    page.wait(".turn .loading")
    page.click(".composer button[type=submit]", words="Stop")
    page.wait(".turn .meta", words="Stopped.")


def test_an_answer_that_breaks_off_says_so_and_can_be_asked_again(serve, at):
    page = at(serve(speaks=True)).open()
    page.say("this breaks")
    told = page.wait(".problem", words="broke off")
    assert "word9" in page.text(".turn.answer")
    assert "Request" in told.text
    page.click(".problem button", words="Try again")
    page.wait(".problem", words="broke off")
    assert len(page.all(".turn.answer")) == 1


def test_listeners_are_told_that_it_answers_and_what(page):
    page.open()
    page.say("What holds shoppers back?")
    said = page.answered().split("\n")[0]
    assert page.run("return document.getElementById('live').textContent").startswith("Answer: ")
    assert said[:30] in page.run("return document.getElementById('live').textContent")


def test_composing_chinese_sends_nothing(page):
    page.open()
    page.fill("#message", "nihao")
    page.run(
        "document.getElementById('message').dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))"
    )
    assert not page.all(".turn")


def test_without_a_store_only_shoppers_talk(serve, at):
    page = at(serve()).open()
    page.wait(".notice", words="no store yet")
    assert not page.all("#as-staff")[0].is_enabled()
    page.say("My kettle broke!")
    assert page.answered()
