"""The page's files as they are sent, and what must be true of them without a browser."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from purchase_agent.insights.names import LABELS
from purchase_agent.labels import ACTIONS, BARRIERS, CHANNELS, INTENTS, MOTIVATIONS, SENTIMENTS, TIMINGS
from purchase_agent.predictors import advice
from purchase_agent.report import _WARNING_WORDS
from purchase_agent.web.page_files import FOLDER, page_files
from tests.web.test_routes import problem

FILES = sorted(FOLDER.iterdir())
SCRIPTS = [one for one in FILES if one.suffix == ".js"]


def catalogue(name: str) -> Any:
    text = page_files()[f"{name}.js"].content.decode()
    return json.loads(text.removeprefix(f"export const {name} = ").rstrip().removesuffix(";"))


async def test_the_page_is_sent_with_its_policy(connect):
    async with connect() as client:
        answer = await client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(one.strip().split(" ", 1) for one in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_files_have_their_types_and_are_sent_once(connect):
    kinds = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
    async with connect(key="a-long-enough-key") as client:  # which none of them needs
        for path in FILES:
            if path.suffix == ".html":
                continue
            answer = await client.get(f"/page/{path.name}")
            assert answer.headers["content-type"].startswith(kinds[path.suffix])
            assert answer.content == path.read_bytes()
            assert answer.headers["cache-control"] == "no-cache"
            known = {"if-none-match": f'W/{answer.headers["etag"]}, "x"'}
            again = await client.get(f"/page/{path.name}", headers=known)
            assert (again.status_code, again.content) == (304, b"")
        assert (await client.get("/")).status_code == 200
        assert (await client.get("/favicon.ico")).headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize(
    "name", ["nothing.js", "..%2Fapp.py", "%2e%2e/app.py", "index.html/", ".", "../../settings.py"]
)
async def test_nothing_else_is_read(connect, name):
    async with connect() as client:
        answer = await client.get(f"/page/{name}")
    problem(answer, answer.status_code, "not-found")


def test_nothing_is_loaded_from_elsewhere_nor_made_of_strings():
    for path in FILES:
        text = path.read_text("utf-8")
        assert not re.search(r"https?://|url\(|@import", text.replace("http://www.w3.org/2000/svg", "")), path.name
        banned = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|srcdoc"
        assert not re.search(banned, text), path.name
    page = (FOLDER / "index.html").read_text("utf-8")
    assert not re.search(r"\sstyle=|\son[a-z]+=|<script(?![^>]* src=\"/page/)|<style", page)


def test_every_part_that_is_asked_for_is_there():
    for path in SCRIPTS:
        for name in re.findall(r'from "\./([\w.]+)"|import\("\./([\w.]+)"\)', path.read_text("utf-8")):
            assert "".join(name) in page_files(), path.name
    for name in re.findall(r'/page/([\w.]+)"', (FOLDER / "index.html").read_text("utf-8")):
        assert name in page_files()


def test_both_languages_say_the_same_things():
    words = catalogue("words")
    assert set(words) == {"en", "zh"}
    assert list(words["en"]) == list(words["zh"])
    for name, english in words["en"].items():
        chinese = words["zh"][name]
        assert type(english) is type(chinese), name
        if isinstance(english, str):
            assert english
            assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", chinese)), name


def test_every_word_that_is_used_is_there_and_none_for_nothing():
    words = catalogue("words")["en"]
    code = "\n".join(path.read_text("utf-8") for path in SCRIPTS if path.name != "words.js")
    for name in re.findall(r'\bt\("([\w]+)"', code):
        assert name in words, name
    made = {match.split("${")[0] for match in re.findall(r"`([a-z_]+_\$\{[^`]*)`", code)}
    for name in words:
        assert f'"{name}"' in code or any(name.startswith(start) for start in made), name


def test_every_label_and_code_has_a_name():
    labels = catalogue("labels")
    for task, names in (
        ("intent", INTENTS), ("motivation", MOTIVATIONS), ("barrier", BARRIERS), ("next_action", ACTIONS),
        ("timing", TIMINGS),
    ):  # fmt: skip
        for place, language in enumerate(("en", "zh")):
            assert set(labels[language][task]) == set(names)
            assert labels[language][task][names[0]].casefold() == LABELS[task][names[0]][place].casefold()
    words = catalogue("words")
    for told in words.values():  # codes that come from the server
        assert all(f"s_channel_{name}" in told for name in CHANNELS)
        assert all(f"s_sentiment_{name}" in told for name in SENTIMENTS)
        assert all(f"s_when_{name}" in told for name in TIMINGS)
        assert all(f"w_{name}" in told for name in _WARNING_WORDS)
    reasons = re.findall(r'answer\("\w+", "([^"]+)"\)', Path(advice.__file__).read_text("utf-8"))
    assert {*reasons, *advice._WORDS.values()} <= set(words["zh"]["s_advice_reasons"])
