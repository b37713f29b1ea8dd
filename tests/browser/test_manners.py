"""What holds for every view: the keyboard, who cannot see it well, a phone, both languages, both themes."""

from itertools import pairwise

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.driver import PHONE, prefer, resize
from tests.browser.page import VIEWS
from tests.web.test_page import catalogue

pytestmark = pytest.mark.real
_NAMED = {
    "button", "link", "textbox", "combobox", "checkbox", "radio", "Date", "DateTime", "image", "img", "region",
    "dialog",
}  # fmt: skip


@pytest.mark.parametrize("view", VIEWS)
def test_everything_is_reached_by_the_keyboard_and_seen(page, view):
    page.filled(view)
    page.press(Keys.SHIFT)  # from here on the keyboard is used
    page.run("document.activeElement.blur(); document.getElementById('skip').focus()")
    reached = [page.audit("focus")]
    for _ in range(80):
        page.press(Keys.TAB)
        now = page.audit("focus")
        if now is None or now == reached[0]:
            break
        reached.append(now)
    names = [one["name"] for one in reached]
    assert names[:5] == ["skip", "Purchase Agent", "Ask", "Shopper", "Portfolio"]
    assert {"language", "theme"} <= set(names)
    assert len(names) - 7 >= page.audit("usable")
    assert [one["name"] for one in reached if not one["seen"]] == []


def test_the_content_can_be_skipped_to(page):
    page.open("shopper")
    page.run("document.getElementById('skip').focus()")
    page.press(Keys.ENTER)
    assert page.focused().get_attribute("id") == "main"
    page.press(Keys.TAB)
    assert page.focused().tag_name == "textarea"
    page.wait("main.view-shopper")


def test_views_are_changed_by_the_keyboard(page):
    page.open("ask")
    page.run("document.querySelector('nav a[href=\"#portfolio\"]').focus()")
    page.press(Keys.ENTER)
    page.wait("main.view-portfolio h1", words="Portfolio")
    assert page.driver.title.startswith("Portfolio")
    assert page.wait("nav a[aria-current=page]").text == "Portfolio"
    page.driver.back()
    page.wait("main.view-ask")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("view", VIEWS)
def test_words_stand_out_from_what_is_behind_them(page, view, dark):
    prefer(page.driver, "dark" if dark else "light")
    page.filled(view)
    assert page.audit("faint") == []


@pytest.mark.parametrize("view", VIEWS)
def test_whatever_can_be_used_has_a_name(page, view):
    page.filled(view)
    page.driver.execute_cdp_cmd("Accessibility.enable", {})
    nodes = page.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    found = [(one["role"]["value"], one.get("name", {}).get("value", "")) for one in nodes if not one["ignored"]]
    named = [(role, name) for role, name in found if role in _NAMED]
    assert len(named) > 8
    assert [role for role, name in named if not name.strip()] == []
    assert page.audit("twins") == []
    levels = page.audit("levels")
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("view", VIEWS)
def test_a_phone_shows_it_without_scrolling_sideways(page, view, language):
    resize(page.driver, PHONE)
    page.run("localStorage.setItem('language', arguments[0])", language)
    page.filled(view)
    assert page.width() == (360, 360)
    assert page.audit("small") == []


@pytest.mark.parametrize("view", VIEWS)
def test_chinese_is_chinese_throughout(page, view):
    page.open(view)
    page.click("#language", words="中文")
    page.filled(view)
    assert page.run("return document.documentElement.lang") == "zh-CN"
    told = [one for one in catalogue("words")["en"].values() if isinstance(one, str)]
    english = {one for one in told if len(one) > 4 and "{" not in one}
    assert english & {line.strip() for line in page.text().split("\n")} - {"English"} == set()
    page.click("#language", words="English")
    page.wait("nav a", words="Portfolio")


def test_the_theme_is_the_systems_until_one_is_chosen(page):
    ground = "return getComputedStyle(document.body).backgroundColor"
    page.open()
    light = page.run(ground)
    prefer(page.driver, "dark")
    dark = page.run(ground)
    assert light != dark
    page.choose("#theme", "light")
    assert page.run(ground) == light
    page.open()
    assert page.run(ground) == light
    page.choose("#theme", "auto")
    assert page.run(ground) == dark
