"""The page, parsed: it needs nothing else, it keeps a shopper's words text, and it tells what the run says."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from purchase_agent.errors import InputError
from purchase_agent.eval import report
from purchase_agent.eval.report_page.folders import read
from purchase_agent.eval.report_page.page import SCRIPTS, island, page
from tests.eval_report import runs


class Parsed(HTMLParser):
    """What a browser would find: elements with their attributes, the words of each, and what lies in scripts."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: list[tuple[dict[str, str | None], str]] = []
        self.words: list[str] = []
        self._in: str = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self._in = tag
            self.raw.append((dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == self._in:
            self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in:
            attributes, held = self.raw[-1]
            self.raw[-1] = (attributes, held + data)
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))

    @property
    def data(self) -> Any:
        return json.loads(next(held for attributes, held in self.raw if attributes.get("id") == "data"))


def made(tmp_path: Path, *samples: runs.Record, cases_of: list[str] | None = None, **more: Any) -> Parsed:
    return Parsed(page([read(runs.write(tmp_path / "run", samples, **more))], "1.0", cases_of))


def test_the_page_needs_no_other_file_and_no_network(tmp_path: Path) -> None:
    found = made(tmp_path, runs.sample("1", "the green one"))

    for tag, attributes in found.elements:
        assert tag not in {"link", "iframe", "object", "embed", "base", "img"}
        assert not attributes.get("src")
        assert (attributes.get("href") or "#").startswith("#")
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
    styles = "".join(held for attributes, held in found.raw if "id" not in attributes)
    assert "@import" not in styles
    assert "url(" not in styles
    assert "http" not in styles.replace("http://www.w3.org/2000/svg", "")


def test_only_the_page_s_own_style_and_script_may_run(tmp_path: Path) -> None:
    found = made(tmp_path, runs.sample("1", "the green one"))

    policy = next(one["content"] for _, one in found.elements if one.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for attributes, held in found.raw:
        if attributes.get("type") != "application/json":
            assert base64.b64encode(hashlib.sha256(held.encode()).digest()).decode() in policy


def test_a_hostile_text_stays_text(tmp_path: Path) -> None:
    # wherever a run may carry it: the words, an id, a slice, a label, a suite, a metric, a baseline, a file
    hostile = runs.HOSTILE
    results = [
        runs.result(hostile, hostile, 0.5, 0.4, 0.6, slice={hostile: hostile}, baselines={hostile: {"value": 0.1}}),
        runs.result("macro_f1", hostile, 0.5, 0.4, 0.6, baselines={hostile: {"value": 0.1, "low": 0, "high": 1}}),
    ]
    confusion = {hostile: {"labels": [hostile, "b"], "counts": [[1, 2], [3, 4]]}}
    one = runs.sample(hostile, hostile, hostile, hostile, source=hostile, category=hostile)
    found = made(
        tmp_path, one, id=hostile, engine=hostile, model=hostile, git=hostile, results=results,
        tables={"confusion": confusion}, data=[{"path_name": hostile, "sha256": hostile, "n": 1}],
        suite={"name": hostile, "version": hostile, "description": hostile, "notes": [hostile]},
    )  # fmt: skip

    tags = [tag for tag, _ in found.elements]
    assert tags.count("script") == 2
    assert "img" not in tags
    assert found.data["cases"][0]["texts"][0]["text"] == hostile
    assert not [held for attributes, held in found.raw if attributes.get("id") == "data" and "<" in held]


def test_no_hostile_name_becomes_a_class(tmp_path: Path) -> None:
    rows = [runs.result("macro_f1", "intent", 0.5, 0.4, 0.6, baselines={"x own": {"value": 0.1}})]

    found = made(tmp_path, runs.sample("1", "a"), results=rows)

    assert not [one for _, one in found.elements if "b-x" in (one.get("class") or "")]


def test_the_overview_tells_value_interval_rows_and_baselines(tmp_path: Path) -> None:
    found = made(tmp_path, runs.sample("1", "a"), runs.sample("2", "b", target="none"))

    for words in ("shipped texts", "Macro-F1", "0.800", "0.700 to 0.900", "better than majority", "two annotators"):
        assert words in found.text
    assert "seen in training" not in found.text
    assert "Read the 1 disagreements" in found.text


def test_a_run_on_texts_of_the_training_says_so(tmp_path: Path) -> None:
    suite = {"name": "old", "version": "1", "seen_in_training": True}

    assert "seen in training" in made(tmp_path, runs.sample("1", "a"), suite=suite).text


def test_latency_tokens_cost_and_provenance_are_told(tmp_path: Path) -> None:
    text = made(tmp_path, runs.sample("1", "a")).text

    for words in ("4.2 / 9.1 / 14 ms", "1,200 / 80 / 0", "purchase/zero", "Read me first.", "numpy 2.3", "d" * 40):
        assert words in text


def test_of_few_times_the_quantiles_that_they_bear_are_told(tmp_path: Path) -> None:
    latency = {"p50": 4.2, "p95": 9.1, "n": 30, "of": "single asks"}

    found = made(tmp_path, runs.sample("1", "a"), stats={"latency_ms": latency})

    assert "p50, p95" in found.text
    assert "p99" not in found.text
    assert "4.2 / 9.1 ms" in found.text
    assert [one for _, one in found.elements if one.get("title") == "Of 30 single asks"]


def test_cases_of_a_suite_that_no_run_is_of_are_refused(tmp_path: Path) -> None:
    folder = runs.write(tmp_path / "own", [runs.sample("1", "a")])

    with pytest.raises(InputError, match=r"no run of nosuch \(the runs are of shipped_texts\)"):
        report.write([folder], tmp_path / "page.html", ["nosuch"])


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    text = made(tmp_path, runs.sample("1", "a"), skipped={"tfidf": "too few texts"}, errors={"timeout": 2}).text

    assert "Left out, tfidf: too few texts" in text
    assert "2 with the error timeout" in text


def test_a_confusion_s_cells_open_their_cases(tmp_path: Path) -> None:
    found = made(tmp_path, runs.sample("1", "a"))

    cells = [one for tag, one in found.elements if tag == "button" and one.get("data-target")]
    assert {(one["data-target"], one["data-answer"]) for one in cells} == {
        ("none", "none"), ("none", "ready"), ("ready", "ready"),
    }  # fmt: skip


@pytest.mark.parametrize("status", ["started", "error"])
def test_an_unfinished_run_is_shown_as_one(tmp_path: Path, status: str) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "run.json").write_text(json.dumps({"id": "x", "suite": {"name": "a"}, "status": status}))

    found = Parsed(page([read(folder)], "1.0"))

    assert ("failed" if status == "error" else "unfinished") in found.text
    assert "This page carries figures only" in found.text


def test_figures_without_cases_carry_no_word_of_a_shopper(tmp_path: Path) -> None:
    found = made(tmp_path, runs.sample("1", "a secret sentence"), cases_of=[])

    assert found.data["cases"] == []
    assert "secret" not in json.dumps(found.data) + found.text
    assert "0.800" in found.text
    assert not [one for _, one in found.elements if one.get("data-slice")]


def test_cases_of_named_suites_only(tmp_path: Path) -> None:
    own = runs.write(tmp_path / "own", [runs.sample("1", "may be shown")])
    other = runs.write(tmp_path / "other", [runs.sample("1", "may not")], suite={"name": "public", "version": "1"})

    found = Parsed(page([read(own), read(other)], "1.0", ["shipped_texts"]))

    assert [one["texts"][0]["text"] for one in found.data["cases"]] == ["may be shown"]


def test_runs_of_one_suite_stand_together_and_are_told_apart(tmp_path: Path) -> None:
    first = runs.write(tmp_path / "a", [runs.sample("1", "a")])
    second = runs.write(tmp_path / "b", [runs.sample("1", "a")], id="made-2", engine="cascade")
    third = runs.write(tmp_path / "c", [runs.sample("1", "a")], id="made-3", engine="cascade")

    names = [one["name"] for one in Parsed(page([read(one) for one in (first, second, third)], "1.0")).data["runs"]]

    assert names == ["shipped texts · local", "shipped texts · cascade", "shipped texts · cascade · made-3"]


def test_the_island_is_json_whatever_it_holds() -> None:
    given = {"a": float("nan"), "b": [float("inf"), 1.5], "c": "</script>\ud83d lone", "d": "\u2028"}

    text = island(given)

    assert "<" not in text
    assert text.encode()  # a lone surrogate has no UTF-8
    assert json.loads(text) == {"a": None, "b": [None, 1.5], "c": "</script>\ud83d lone", "d": "\u2028"}


def test_every_script_is_part_of_the_page() -> None:
    folder = Path(report.__file__).parent / "report_page"

    assert {path.stem for path in folder.glob("*.js")} == set(SCRIPTS)
    forbidden = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|fetch\(|</")
    for path in folder.glob("*.js"):
        assert not forbidden.search(path.read_text("utf-8"))


def test_the_command_writes_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = runs.write(tmp_path / "run", [runs.sample("1", "a")])
    out = tmp_path / "new" / "report.html"

    assert report.main([str(folder), "--out", str(out)]) == 0

    assert out.read_text("utf-8").startswith("<!doctype html>")
    assert "bytes" in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, "{", "[]"])
def test_a_folder_without_a_run_is_an_error_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None
) -> None:
    if content is not None:
        (tmp_path / "run.json").write_text(content)

    assert report.main([str(tmp_path), "--out", str(tmp_path / "r.html")]) == 1

    assert str(tmp_path) in capsys.readouterr().err
    assert not (tmp_path / "r.html").exists()


def test_no_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no run"):
        report.write([], tmp_path / "r.html")
