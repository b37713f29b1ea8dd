"""The page stands alone, holds every number with its interval, and lets nothing from a file become markup."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from purchase_agent.backtest.charts import BOTTOM, LEFT, RIGHT, TOP, lift, reliability
from purchase_agent.backtest.page import _interval, page
from purchase_agent.backtest.run import backtest
from purchase_agent.backtest.verdict import advice, percent, sentence
from tests.histories import FakeModels, shop

VOID = {"meta", "br"}


class Balance(HTMLParser):
    """Fails on an end that closes nothing; keeps the tags and attributes that were met."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.attributes = [], set(), set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def found():
    return backtest(shop(), FakeModels(offset=0.7), horizons=(7, 30, 90))


def test_the_page_is_well_formed_and_needs_nothing_else(found):
    text = page(found, "1.0")
    parser = Balance()
    parser.feed(text)
    assert parser.open == []
    assert not parser.tags & {"script", "img", "link", "iframe", "object", "image", "use"}
    assert not {name for name in parser.attributes if name.startswith("on")} | (parser.attributes & {"src", "srcset"})
    assert not re.search(r"https?:|url\(|@import", text)
    assert "prefers-color-scheme: dark" in text
    assert 'name="viewport"' in text


def test_what_comes_from_files_is_text(found):
    text = page(replace(found, notes=("<script>alert(1)</script>\x1b[2J{{ 7 * 7 }}",), zone="<b>"), "1.0")
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "{{ 7 * 7 }}" in text
    assert "\x1b" not in text


def test_every_row_and_horizon_is_there_with_n_and_interval(found):
    text = page(found, "1.0")
    for one in found.horizons:
        assert f'id="days-{one.days}"' in text
        assert f"n={one.n:,}" in text
        for row in one.rows:
            assert row.name in text
            assert f"<small>{_interval(row.roc_auc)}</small>" in text
    assert text.count("<svg") == 2 * len(found.horizons)


def test_marks_lie_inside_the_axes(found):
    for one in found.horizons:
        for chart in (reliability(one), lift(one)):
            for mark in (*chart.marks, *chart.beside):
                assert LEFT <= mark.x <= RIGHT
                assert TOP <= mark.high <= mark.y <= mark.low <= BOTTOM
            assert all(TOP <= tick.at <= BOTTOM for tick in chart.y_ticks)
            assert 3 <= len(chart.y_ticks) <= 7


def test_what_was_wrong_is_said_and_what_to_do_about_it(found):
    assert "worse than" in sentence(found.horizons[1])
    assert "too high" in sentence(found.horizons[1])
    commands = [command for _, command in advice(found)]
    assert [command.split()[1] for command in commands] == ["train", "calibrate"]
    fine = backtest(shop(), FakeModels(calibrated_on="own:2025-01"), horizons=(30,))
    assert [command.split()[1] for _, command in advice(fine)] == ["backtest"]
    seen = backtest(shop(), FakeModels(calibrated_on="own:2025-07"), horizons=(30,))
    assert "were seen in fitting" in sentence(seen.horizons[0])
    assert "seen" in page(seen, "1.0")


def test_shares_have_as_many_places_as_tell_something():
    assert [percent(share) for share in (0.5, 0.123, 0.00234)] == ["50 %", "12.3 %", "0.23 %"]
