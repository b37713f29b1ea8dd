"""A browser, a server and a store of made-up shoppers. Without Chromium on the machine all of it is skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.serving import Served
from tests.store_samples import sample_store

pytest.importorskip("selenium", reason="needs selenium, which the extra [dev] brings")
from tests.browser.driver import DESKTOP, chromium, missing  # after it is known that selenium is there
from tests.browser.page import Page

if TYPE_CHECKING:
    from selenium.webdriver import Chrome


@pytest.fixture(scope="session")
def driver() -> Iterator[Chrome]:
    """One browser for all tests; ``page`` cleans it up before each."""
    if reason := missing():
        pytest.skip(reason)
    with chromium(DESKTOP) as made:
        yield made


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_store(tmp_path_factory.mktemp("browser") / "shop.duckdb", shoppers=400, runs=2)


@pytest.fixture(scope="session")
def server(store: Path) -> Iterator[Served]:
    with Served(store=str(store)) as made:
        yield made


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Servers of a test's own: ``serve(store=..., key=..., speaks=True)``."""
    with ExitStack() as stack:
        yield lambda **given: stack.enter_context(Served(**given))


@pytest.fixture
def page(driver: Chrome, server: Served) -> Iterator[Page]:
    """The page as somebody sees it who comes for the first time; a fault of a script fails the test."""
    made = Page(driver, server.address)
    made.reset()
    yield made
    assert made.faults() == []
    assert not made.dialogue_of_the_browser()


@pytest.fixture
def at(driver: Chrome) -> Iterator[Callable[[Any], Page]]:
    """The page of another server."""
    made: list[Page] = []

    def go(served: Served) -> Page:
        one = Page(driver, served.address)
        one.reset()
        made.append(one)
        return one

    yield go
    for one in made:
        assert one.faults() == []
