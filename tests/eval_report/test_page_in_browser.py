"""The page in a real browser: reading, filtering, marking and exporting, by keys."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from purchase_agent.eval import report
from purchase_agent.labelled import read_labelled
from tests.eval_report import runs

pytest.importorskip("selenium", reason="needs selenium, which the extra [dev] brings")
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests.browser.driver import chromium, faults, missing, resize  # after it is known that selenium is there

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = pytest.mark.real

SAMPLES = [
    runs.sample("a", "🙂🙂 the green kettle please", "ready", "ready", quote=(3, 12)),
    runs.sample("b", "which kettle is quiet", "consideration", "ready", channel="discussion"),
    runs.sample("c", runs.HOSTILE, "none", "ready"),
    runs.sample("d", "热水壶坏了", "awareness", "awareness", language="zh"),
    runs.sample("e", "not asked", "none", None),
]


@pytest.fixture(scope="module")
def driver() -> Iterator[Chrome]:
    if reason := missing():
        pytest.skip(reason)
    with chromium() as made:
        yield made


@pytest.fixture
def show(driver: Chrome, tmp_path: Path) -> Iterator[Callable[..., Chrome]]:
    """Opens the page of these samples at a part of it; a fault of a script or of the policy fails the test."""

    def opened(samples: list[runs.Record] = SAMPLES, part: str = "cases", **more: Any) -> Chrome:
        out = tmp_path / "report.html"
        report.write([runs.write(tmp_path / "run", samples, **more)], out)
        driver.get(f"{out.as_uri()}#{part}")
        driver.execute_script("localStorage.clear()")
        driver.refresh()
        return driver

    yield opened
    assert faults(driver) == []
    driver.get("about:blank")


def press(driver: Chrome, *keys: str) -> None:
    ActionChains(driver).send_keys(*keys).perform()


def rows(driver: Chrome) -> list[str]:
    return [one.text for one in driver.find_elements(By.CSS_SELECTOR, ".row .row-text")]


def said(driver: Chrome) -> str:
    return driver.find_element(By.CSS_SELECTOR, ".case .said").text


def exported(driver: Chrome, tmp_path: Path, *, fill: bool = False) -> Path:
    """The file that the button saves."""
    folder = tmp_path / "saved"
    folder.mkdir(exist_ok=True)
    driver.execute_cdp_cmd("Page.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
    if fill:
        driver.find_element(By.ID, "fill").click()
    driver.find_element(By.ID, "export").click()
    path = folder / "labels.jsonl"
    WebDriverWait(driver, 10).until(lambda _: path.exists() and path.read_bytes().endswith(b"\n"))
    return path


def test_parts_open_by_their_address_and_by_the_keyboard(show: Callable[..., Chrome]) -> None:
    driver = show(part="")

    assert driver.find_element(By.ID, "overview").is_displayed()
    assert not driver.find_element(By.ID, "figures").is_displayed()
    driver.find_element(By.LINK_TEXT, "Figures").send_keys(Keys.ENTER)
    assert driver.find_element(By.ID, "figures").is_displayed()
    press(driver, "?")
    assert driver.find_element(By.TAG_NAME, "dialog").is_displayed()
    press(driver, Keys.ESCAPE)
    assert not driver.find_elements(By.TAG_NAME, "dialog")


def test_evidence_is_marked_by_code_points(show: Callable[..., Chrome]) -> None:
    driver = show()

    assert driver.find_element(By.CSS_SELECTOR, "mark.current").text == "the green"


def test_a_hostile_text_is_shown_and_does_nothing(show: Callable[..., Chrome]) -> None:
    driver = show()
    press(driver, "j", "j")

    assert said(driver) == runs.HOSTILE
    assert driver.execute_script("return window.broken") is None


def test_disagreements_slices_labels_and_words_filter(show: Callable[..., Chrome]) -> None:
    driver = show()

    press(driver, "d")
    assert len(rows(driver)) == 2
    press(driver, "d")
    Select(driver.find_element(By.ID, "filter-language")).select_by_value("zh")
    assert rows(driver) == ["热水壶坏了"]
    driver.find_element(By.ID, "clear").click()
    Select(driver.find_element(By.ID, "filter-target")).select_by_value("consideration")
    assert rows(driver) == ["which kettle is quiet"]
    driver.find_element(By.ID, "clear").click()
    press(driver, "/")
    press(driver, "KETTLE")
    assert len(rows(driver)) == 2
    assert driver.find_element(By.ID, "shown-count").text == "2 of 5 cases"
    press(driver, Keys.ESCAPE, "j")
    assert said(driver) == "which kettle is quiet"


def test_a_cell_of_the_confusion_opens_its_cases(show: Callable[..., Chrome]) -> None:
    driver = show(part="run-0")
    driver.find_element(By.CSS_SELECTOR, '[data-target="none"][data-answer="ready"]').click()

    WebDriverWait(driver, 5).until(lambda _: len(rows(driver)) == 1)
    assert rows(driver) == [runs.HOSTILE]


def test_one_key_marks_and_goes_on_and_undo_brings_back(show: Callable[..., Chrome]) -> None:
    driver = show()

    press(driver, "5", "t", "a")  # ready; as the data has it; as answered
    assert [one.text for one in driver.find_elements(By.CSS_SELECTOR, ".mine")] == ["ready", "consideration", "ready"]
    told = driver.find_element(By.CSS_SELECTOR, ".told").text
    assert told == "3 cases marked · 2 of 3 as the data has it · 2 of 3 as answered"
    press(driver, "u")
    assert len(driver.find_elements(By.CSS_SELECTOR, ".mine")) == 2
    assert said(driver) == runs.HOSTILE


def test_marks_outlive_the_page_and_belong_to_their_run(show: Callable[..., Chrome]) -> None:
    driver = show()
    press(driver, "1")
    driver.refresh()

    assert [one.text for one in driver.find_elements(By.CSS_SELECTOR, ".mine")] == ["none"]
    assert json.loads(driver.execute_script("return localStorage.getItem('purchase-agent-eval:made-1')")) == {
        "a": {"intent": "none"}
    }


def test_blind_hides_label_and_answer_until_marked(show: Callable[..., Chrome]) -> None:
    driver = show()
    press(driver, "b")

    assert not driver.find_elements(By.CSS_SELECTOR, ".case .answers")
    assert not driver.find_elements(By.CSS_SELECTOR, "mark")
    assert "consideration" not in driver.find_element(By.ID, "list").text
    press(driver, "4", "k")
    assert driver.find_elements(By.CSS_SELECTOR, ".case .answers")


def test_exported_labels_are_read_by_calibrate(show: Callable[..., Chrome], tmp_path: Path) -> None:
    driver = show()
    press(driver, "5", "4")
    marks = {"motivation": ["8", "e", Keys.ENTER], "barrier": ["n"], "declined": ["1"], "purchase": ["q"]}
    for task, keys in marks.items():
        Select(driver.find_element(By.ID, "filter-task")).select_by_value(task)
        driver.find_element(By.ID, "list").click()
        press(driver, Keys.HOME, *keys)

    path = exported(driver, tmp_path)

    good, bad = read_labelled([path])  # as `calibrate --labels` reads
    assert bad == []
    assert [one.text for one in good] == [SAMPLES[0]["input"]["texts"][0]["text"], "which kettle is quiet"]
    assert good[0].labels() == {
        "intent": "ready", "motivation": ["gift", "occasion"], "barrier": [], "declined": True, "juster": 10,
    }  # fmt: skip
    assert good[1].labels() == {"intent": "consideration"}
    assert good[1].channel == "discussion"


def test_exported_labels_are_read_by_train(show: Callable[..., Chrome], tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="needs the extra [train]")
    from purchase_agent.training import llm_split

    driver = show()
    press(driver, "]", "]", "]", "]")
    press(driver, "8", "e", Keys.ENTER)
    line = json.loads(exported(driver, tmp_path).read_text("utf-8"))
    many = tmp_path / "many.jsonl"  # training wants some hundreds
    many.write_text("".join(json.dumps({**line, "text": f"{line['text']} {place}"}) + "\n" for place in range(900)))

    assert llm_split.split(many).train[0].labels == {"motivation": ["gift", "occasion"]}


def test_an_export_may_carry_the_data_s_other_labels(show: Callable[..., Chrome], tmp_path: Path) -> None:
    driver = show()
    press(driver, "2")

    good, bad = read_labelled([exported(driver, tmp_path, fill=True)])

    assert bad == []
    assert good[0].labels() == {
        "intent": "awareness", "motivation": ["gift"], "barrier": [], "declined": False, "juster": 7,
    }  # fmt: skip


def test_twenty_thousand_cases_stay_quick(show: Callable[..., Chrome]) -> None:
    many = [
        runs.sample(str(place), f"case {place} of a kettle", "ready" if place % 3 else "none", source=f"s{place % 7}")
        for place in range(20_000)
    ]
    driver = show(many)

    def seconds(act: Callable[[], object]) -> float:
        begun = time.perf_counter()
        act()
        driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
        return time.perf_counter() - begun

    assert len(driver.find_elements(By.CSS_SELECTOR, ".row")) < 60  # only those in sight are there
    slowest = {
        "disagreements": seconds(lambda: press(driver, "d")),
        "end": seconds(lambda: press(driver, Keys.END)),
        "mark": seconds(lambda: press(driver, "1")),
        "words": seconds(lambda: press(driver, "/", "1999")),
    }
    assert max(slowest.values()) < 1.5, slowest
    assert rows(driver) == [f"case {place} of a kettle" for place in (19992, 19995, 19998)]


@pytest.mark.parametrize("part", ["overview", "run-0", "cases", "provenance"])
def test_nothing_is_wider_than_a_telephone(show: Callable[..., Chrome], driver: Chrome, part: str) -> None:
    resize(driver, (360, 740))
    try:
        show(part=part)
        assert driver.execute_script("return document.documentElement.scrollWidth") <= 360
    finally:
        resize(driver, (1280, 860))


def test_light_and_dark_are_chosen_and_kept(show: Callable[..., Chrome]) -> None:
    driver = show()
    ground = "return getComputedStyle(document.body).backgroundColor"
    Select(driver.find_element(By.ID, "theme")).select_by_value("dark")
    dark = driver.execute_script(ground)
    driver.refresh()
    assert driver.execute_script(ground) == dark
    Select(driver.find_element(By.ID, "theme")).select_by_value("light")
    assert driver.execute_script(ground) != dark


def test_nothing_is_fetched(show: Callable[..., Chrome]) -> None:
    driver = show()
    press(driver, "j", "d", "5")

    assert driver.execute_script("return performance.getEntriesByType('resource').map(one => one.name)") == []
