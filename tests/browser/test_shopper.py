"""The view of one shopper in a browser."""

import json
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

pytestmark = pytest.mark.real


@pytest.fixture
def events(tmp_path: Path) -> Path:
    path = tmp_path / "events.csv"
    lines = ["shopper_id,type,at,item_id,category,price"]
    lines += [f"anna,view_item,2020-03-0{day}T10:00:00Z,i1,shoes,9.5" for day in range(1, 8)]
    lines += ["ben,purchase,2020-03-05T10:00:00Z,i2,tea,4", "ben,view_item,nonsense,i2,tea,4"]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_the_four_predictions_with_what_they_rest_on(page):
    page.open("shopper")
    page.predict("I want it now!")
    page.wait(".prediction")
    heads = [one.text for one in page.all(".prediction h3")]
    assert heads == ["Intent", "Next step", "Motivation", "What holds them back", "Timing", "Evidence"]
    chosen = [one.text.replace("\n", " ") for one in page.all(".prediction .chosen")]
    assert chosen[0] == "Ready to order 75%"
    assert "62%" in page.text(".headline")
    assert "Local models" in page.text(".provenance")
    assert "fake-1" in page.text(".provenance")
    told = page.wait(".drawing svg").get_attribute("aria-label")
    assert "10% within 1 day, 50% within 7 days, 62% within 30 days, 70% within 90 days" in told
    page.click(".prediction .figure-head button")
    assert [one.text for one in page.all(".prediction tbody th")] == ["1", "7", "30", "90"]


def test_all_labels_can_be_shown(page):
    page.open("shopper")
    page.predict("which one?")
    button = page.click(".prediction .card .link", words="Show all 14")
    assert button.get_attribute("aria-expanded") == "true"
    assert button.text == "Show fewer"


@pytest.mark.parametrize(
    "text",
    ["😀😃😄 three smiles, then words", "é́́ combined é", "手机卡得不行了，等双十一换一台", "👩‍👩‍👧‍👦 a family of four"],
)
def test_evidence_is_counted_in_code_points(page, text):
    page.open("shopper")
    page.predict(text)
    page.wait(".prediction mark")
    assert page.run("return document.querySelector('.marked').textContent") == text
    assert page.run("return document.querySelector('mark').textContent") == text[:12]


def test_several_texts_are_sent_with_where_and_when(page):
    page.open("shopper")
    page.run(
        "const real = window.fetch; window.sent = []; window.fetch = (path, options) => "
        "{ if (options?.body) window.sent.push(options.body); return real(path, options); }"
    )
    page.fill(".text-field textarea", "first one")
    page.click(".link", words="Add a text")
    assert page.focused().tag_name == "textarea"
    page.press("second one, by the keyboard")
    page.choose(".text-field:nth-of-type(2) select", "review")
    page.fill(".text-field:nth-of-type(1) input[type=datetime-local]", "2026-01-02T03:04")
    page.press(Keys.CONTROL, Keys.ENTER)
    page.wait(".text-field:nth-of-type(2) textarea").send_keys(Keys.CONTROL, Keys.ENTER)
    page.wait(".prediction")
    texts = json.loads(page.run("return window.sent.at(-1)"))["texts"]
    told = [(one["channel"], one["text"]) for one in texts]
    assert told == [("chat", "first one"), ("review", "second one, by the keyboard")]
    assert texts[0]["at"].startswith("2026-01-02T")
    page.click("[aria-label='Remove text 1']")
    assert len(page.all(".text-field")) == 1


def test_an_event_file_is_read_and_predicted_from_its_own_time(page, events):
    page.open("shopper")
    page.driver.find_element("id", "event-file").send_keys(str(events))
    page.wait(".file", words="8 events of 2 shoppers")
    assert "1 rows could not be used" in page.text(".file")
    assert [one.text for one in page.all("#file-shopper option")] == ["anna (7 events)", "ben (1 events)"]
    assert page.wait("#as-of").get_attribute("value") == "2020-03-07T10:01"
    page.choose("#file-shopper", "1")
    assert page.wait("#as-of").get_attribute("value") == "2020-03-05T10:01"
    page.click(".actions .primary")
    page.wait(".prediction")
    assert "5 Mar 2020" in page.text(".provenance")
    page.click(".file .link", words="Remove the file")
    page.wait(".drop")


def test_a_file_can_be_dropped(page):
    page.open("shopper")
    page.run(
        "const data = new DataTransfer();"
        "data.items.add(new File(['shopper_id,type,at\\nz,view_item,2026-01-01T00:00:00Z\\n'], 'dropped.csv'));"
        "const told = {dataTransfer: data, bubbles: true, cancelable: true};"
        "document.querySelector('.drop').dispatchEvent(new DragEvent('drop', told))"
    )
    page.wait(".file", words="1 events of 1 shoppers in dropped.csv")


def test_a_file_that_cannot_be_read_says_why(page, tmp_path):
    page.open("shopper")
    path = tmp_path / "wrong.csv"
    path.write_text("colour,size\nred,4\n")
    page.driver.find_element("id", "event-file").send_keys(str(path))
    assert "colour" in page.wait(".problem").text
    large = tmp_path / "large.csv"
    large.write_bytes(b"x" * (5 << 20))
    page.driver.find_element("id", "event-file").send_keys(str(large))
    page.wait(".problem", words="larger than 4 MB")
    page.wait(".drop")


def test_nothing_to_predict_from_is_said(page):
    page.open("shopper")
    page.click(".actions .primary")
    page.wait(".notice", words="Write a text or add events first.")
    assert page.focused().tag_name == "textarea"


def test_a_failing_engine_is_told_calmly_and_the_words_stay(page):
    page.open("shopper")
    page.predict("this is poison")
    told = page.wait(".problem", words="could not answer")
    assert "Request" in told.text
    assert "Traceback" not in page.text()
    assert page.wait("textarea").get_attribute("value") == "this is poison"
    page.fill("textarea", "this is fine")
    page.click(".problem button", words="Try again")
    page.wait(".prediction")


def test_a_text_too_long_is_refused_with_its_reason(page):
    page.open("shopper")
    page.predict("x" * 70_000)
    assert "65536" in page.wait(".problem").text


def test_the_example_and_the_way_back(page):
    page.open("shopper")
    page.click(".actions .link", words="Fill in an example")
    assert len(page.all(".text-field")) == 2
    page.click(".actions .primary")
    page.wait(".prediction")
    page.click(".actions .link", words="Clear")
    page.wait(".empty")
    assert page.wait("textarea").get_attribute("value") == ""
