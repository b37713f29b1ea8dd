"""What a person does with the page and sees on it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from selenium.common.exceptions import NoAlertPresentException, NoSuchElementException, StaleElementReferenceException
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select

from tests.browser.driver import DESKTOP, prefer, resize

PATIENCE_S = 10.0
VIEWS = ("ask", "shopper", "portfolio")
AUDITS = Path(__file__).with_name("audit.js").read_text("utf-8")


class Page:
    """The page of one server in a browser."""

    def __init__(self, driver: Chrome, address: str) -> None:
        self.driver, self.address = driver, address

    def reset(self) -> None:
        """As for somebody who has never been here, on a desktop, in English, in light."""
        self.online()
        resize(self.driver, DESKTOP)
        prefer(self.driver, "light")
        self.driver.get(f"{self.address}/healthz")
        self.run("localStorage.clear(); sessionStorage.clear()")
        self.driver.get_log("browser")

    def open(self, view: str = "ask") -> Page:
        """Loads the page anew."""
        self.driver.get("about:blank")  # a fragment alone would load nothing
        self.driver.get(f"{self.address}/#{view}")
        self.wait(f"main.view-{view} > *")
        return self

    def run(self, script: str, *given: Any) -> Any:
        return self.driver.execute_script(script, *given)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def wait(self, selector: str, *, words: str = "", seconds: float = PATIENCE_S, gone: bool = False) -> WebElement:
        """The first element that is shown and holds the words; with ``gone`` waits until there is none."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                found = [one for one in self.all(selector) if one.is_displayed() and words in one.text]
            except (StaleElementReferenceException, NoSuchElementException):
                continue
            if bool(found) != gone:
                return found[0] if found else self.driver.find_element(By.TAG_NAME, "body")
            time.sleep(0.02)
        fault = "still" if gone else "no"
        raise AssertionError(f"{fault} {selector} {words!r} after {seconds} s: {self.text()[:1500]}")

    def text(self, selector: str = "body") -> str:
        return str(self.driver.find_element(By.CSS_SELECTOR, selector).text)

    def click(self, selector: str, *, words: str = "") -> WebElement:
        found = self.wait(selector, words=words)
        self.run("arguments[0].scrollIntoView({block: 'center'})", found)
        found.click()
        return found

    def fill(self, selector: str, text: str) -> None:
        """As if pasted: any characters, at once."""
        self.run(
            "const [node, text] = arguments; node.value = text;"
            "for (const name of ['input', 'change']) node.dispatchEvent(new Event(name, {bubbles: true}))",
            self.wait(selector), text,
        )  # fmt: skip

    def choose(self, selector: str, value: str) -> None:
        Select(self.wait(selector)).select_by_value(value)

    def press(self, *keys: str) -> None:
        ActionChains(self.driver).send_keys(*keys).perform()

    def say(self, text: str) -> None:
        """A message of the chat."""
        self.fill("#message", text)
        self.wait("#message").send_keys(Keys.ENTER)

    def answered(self, seconds: float = PATIENCE_S) -> str:
        """The newest answer, when it is there as a whole."""
        self.wait(".turn.answer:last-child .said:not([aria-busy]) > .meta", seconds=seconds)
        return self.text(".turn.answer:last-child")

    def predict(self, text: str) -> None:
        self.fill(".text-field:first-of-type textarea", text)
        self.click(".actions .primary")

    def filled(self, view: str) -> None:
        """The view with all it can show."""
        self.open(view)
        if view == "ask":
            self.click(".suggestions button")
            self.answered(20)
        elif view == "shopper":
            self.predict("Which one? 我想要 😀!")
            self.wait(".prediction")
        else:
            self.wait(".tiles", seconds=20)
            self.wait(".portfolio-body .loading", gone=True, seconds=30)

    def audit(self, name: str) -> Any:
        """What ``audit.js`` finds."""
        return self.run(f"{AUDITS}\nreturn audits[arguments[0]]();", name)

    def focused(self) -> WebElement:
        return self.driver.switch_to.active_element

    def offline(self) -> None:
        self._network(offline=True)

    def online(self) -> None:
        self._network(offline=False)

    def _network(self, *, offline: bool) -> None:
        told = {"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.driver.execute_cdp_cmd("Network.enable", {})
        self.driver.execute_cdp_cmd("Network.emulateNetworkConditions", told)

    def width(self) -> tuple[int, int]:
        """Pixels that the page takes, and has."""
        found = self.run("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        return found[0], found[1]

    def faults(self) -> list[str]:
        """Errors of scripts and refusals of the policy; answers of the server with an error status are none."""
        told: list[dict[str, Any]] = self.driver.get_log("browser")
        return [one["message"] for one in told if one["level"] == "SEVERE" and one["source"] != "network"]

    def dialogue_of_the_browser(self) -> bool:
        """Whether ``alert`` or the like was called."""
        try:
            self.driver.switch_to.alert.dismiss()
        except NoAlertPresentException:
            return False
        return True
