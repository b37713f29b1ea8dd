"""A server that has gone, hangs or cannot be reached: told calmly, nothing lost, and on again."""

import signal

import pytest
from selenium.webdriver.common.keys import Keys

pytestmark = pytest.mark.real


def test_a_server_that_has_gone(serve, at):
    served = serve()
    page = at(served).open("shopper")
    page.fill("textarea", "I want it!")
    served.end(signal.SIGKILL)
    page.click(".actions .primary")
    told = page.wait(".problem", words="does not answer")
    assert "kept" in told.text
    assert page.wait("textarea").get_attribute("value") == "I want it!"
    with type(served)(port=served.port):
        page.click(".problem button", words="Try again")
        page.wait(".prediction")


def test_a_server_that_hangs_keeps_the_page_usable(serve, at):
    served = serve()
    page = at(served).open("ask")
    page.wait("#message")
    served.pause()
    page.say("hello")
    page.wait(".turn .loading")
    page.press(Keys.ESCAPE)
    page.wait(".turn .meta", words="Stopped.")
    served.go_on()
    page.say("hello!")
    page.answered()


def test_no_network(page):
    page.open("shopper")
    page.offline()
    page.wait("#banner .notice", words="offline")
    page.predict("I want it!")
    page.wait(".problem", words="does not answer")
    page.online()
    page.wait("#banner .notice", gone=True)
    page.click(".problem button", words="Try again")
    page.wait(".prediction")


def test_a_page_that_cannot_learn_what_the_server_can(page):
    page.open("shopper")
    page.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/v1/about"]})
    try:
        page.open("portfolio")
        page.wait("#banner .problem", words="does not answer")
    finally:
        page.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    page.click("#banner button", words="Try again")
    page.wait(".tiles")
