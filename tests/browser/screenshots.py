"""Takes the pictures in docs/images anew: ``python -m tests.browser.screenshots [FOLDER]``.

Made-up shoppers, the shipped models, the real command. Needs Chromium, a Chinese font (fonts-noto-cjk), and pillow.
"""

from __future__ import annotations

import base64
import io
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image  # pip install pillow: nothing else needs it
from selenium.webdriver import Chrome

from tests.browser.driver import DESKTOP, PHONE, chromium, missing, prefer, resize
from tests.browser.page import Page
from tests.browser.serving import Served
from tests.store_samples import sample_store

IMAGES = Path("docs/images")
MOST_BYTES = 150_000
TALLEST = 1_900
COMMAND = [sys.executable, "-c", "from purchase_agent.cli import main; main()", "web", "--port", "0"]
ASKED = {"en": "Who is ready to buy this week, and why?", "zh": "这周谁可能会买？为什么？"}


def main() -> None:
    """Every view in light, dark, on a phone and in Chinese; then what is shown where something is missing."""
    if reason := missing():
        sys.exit(reason)
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, chromium(DESKTOP) as driver:
        store = sample_store(Path(place, "shop.duckdb"), shoppers=1200, runs=2)
        with Served(command=COMMAND, env={"PURCHASE_AGENT_STORE": str(store)}) as served:
            page = Page(driver, served.address)
            for view, fill in (("ask", _asked), ("shopper", _predicted), ("portfolio", _loaded)):
                for kind in ("light", "dark", "phone", "zh"):
                    _start(page, kind)
                    fill(page, "zh" if kind == "zh" else "en")
                    _take(driver, folder / f"{view}-{kind}.png", PHONE if kind == "phone" else DESKTOP)
            _start(page, "light")
            page.open("ask")
            page.wait(".suggestions button")
            _take(driver, folder / "start.png", DESKTOP)
            served.end()
            page.say(ASKED["en"])
            page.wait(".problem")
            _take(driver, folder / "failing.png", DESKTOP)
        with Served(command=COMMAND, env={"PURCHASE_AGENT_API_KEY": "a-key-of-sixteen-signs"}) as served:
            page = Page(driver, served.address)
            _start(page, "light")
            page.open("portfolio")
            page.wait("dialog[open] input")
            _take(driver, folder / "key.png", DESKTOP)
        with Served(command=COMMAND) as served:
            page = Page(driver, served.address)
            _start(page, "light")
            page.open("portfolio")
            page.wait(".empty-store")
            _take(driver, folder / "no-store.png", DESKTOP)


def _start(page: Page, kind: str) -> None:
    page.reset()
    prefer(page.driver, "dark" if kind == "dark" else "light")
    page.run("localStorage.setItem('language', arguments[0])", "zh" if kind == "zh" else "en")
    if kind == "phone":
        resize(page.driver, PHONE)


def _asked(page: Page, language: str) -> None:
    page.open("ask")
    page.wait(".suggestions button")
    page.say(ASKED[language])
    page.answered(30)


def _predicted(page: Page, _language: str) -> None:
    page.open("shopper")
    page.click(".actions .link")
    page.click(".actions .primary")
    page.wait(".prediction", seconds=30)


def _loaded(page: Page, _language: str) -> None:
    page.open("portfolio")
    page.wait(".tiles", seconds=30)
    page.wait(".portfolio-body .loading", gone=True, seconds=60)


def _take(driver: Chrome, path: Path, size: tuple[int, int]) -> None:
    """The page as tall as it is, so that nothing that sticks to a border hides anything."""
    driver.execute_script("document.activeElement.blur(); window.scrollTo(0, 0)")
    resize(driver, size, 1.0)
    height = driver.execute_script("return document.documentElement.scrollHeight")
    resize(driver, (size[0], min(max(height, size[1]), TALLEST)))
    _settled(lambda: driver.execute_script("return document.documentElement.scrollHeight"))
    told = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "optimizeForSpeed": False})
    content = _small(base64.b64decode(told["data"]))
    if len(content) > MOST_BYTES:
        sys.exit(f"{path.name} has {len(content)} bytes, more than {MOST_BYTES}")
    path.write_bytes(content)
    sys.stderr.write(f"{path} {len(content):,} bytes\n")


def _small(content: bytes) -> bytes:
    """With a palette: a page has few colours."""
    out = io.BytesIO()
    picture = Image.open(io.BytesIO(content)).convert("RGB")
    picture.quantize(128, dither=Image.Dither.NONE).save(out, "png", optimize=True)
    return out.getvalue()


def _settled(measure: Callable[[], int]) -> None:
    before = -1
    while (now := measure()) != before:
        before = now
        time.sleep(0.4)


if __name__ == "__main__":
    main()
