"""A headless Chromium driven by selenium: no page of another host, every fault of the page kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

VARIABLE = "PURCHASE_AGENT_TEST_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DESKTOP, PHONE = (1280, 860), (360, 740)


def missing() -> str:
    """Why no browser can be driven here; empty where one can."""
    if _chromium() is None:
        return f"needs Chromium: apt-get install chromium chromium-driver, or name the binary in {VARIABLE}"
    if shutil.which("chromedriver") is None:
        return "needs chromedriver beside Chromium: apt-get install chromium-driver"
    return ""


def _chromium() -> str | None:
    named = os.environ.get(VARIABLE)
    if named:
        return named if Path(named).is_file() else None
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@contextmanager
def chromium(
    size: tuple[int, int] = DESKTOP, *, language: str = "en", dark: bool = False, scale: float = 1.0
) -> Iterator[webdriver.Chrome]:
    """A browser with a window of this size, as somebody of this language and taste has it."""
    options = Options()
    options.binary_location = _chromium() or ""
    for argument in (
        "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars",
        "--disable-background-networking", "--disable-component-update", "--no-first-run", f"--lang={language}",
        f"--window-size={size[0]},{size[1]}",
    ):  # fmt: skip
        options.add_argument(argument)
    options.add_experimental_option("prefs", {"intl.accept_languages": language})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    options.set_capability("unhandledPromptBehavior", "ignore")
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        driver.set_script_timeout(20)
        resize(driver, size, scale)
        if dark:
            prefer(driver, "dark")
        yield driver
    finally:
        driver.quit()


def resize(driver: webdriver.Chrome, size: tuple[int, int], scale: float = 1.0) -> None:
    """Gives the page exactly this many pixels; a window of its own kind may be no narrower than 500."""
    narrow = size[0] < 500
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": size[0], "height": size[1], "deviceScaleFactor": scale, "mobile": narrow},
    )


def prefer(driver: webdriver.Chrome, scheme: str) -> None:
    """As the system says: ``light`` or ``dark``."""
    told = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", told)


def faults(driver: webdriver.Chrome) -> list[str]:
    """What the page's console told of errors and refused policy since it was last asked."""
    entries: list[dict[str, Any]] = driver.get_log("browser")
    return [one["message"] for one in entries if one["level"] == "SEVERE"]
