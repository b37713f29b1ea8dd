import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchase_agent.exports.cells import cell, defused, original

RUN = "=+-@\uff1d\uff0b\uff0d\uff20\u2212\ufe66"


@pytest.mark.parametrize("sign", RUN)
@pytest.mark.parametrize("before", ["", " ", "   ", "\u00a0", "\u3000", "\u200b", "\ufeff", "\t", "\r\n "])
def test_what_a_spreadsheet_would_run_is_defused(sign: str, before: str) -> None:
    text = f"{before}{sign}cmd|' /C calc'!A0"
    assert defused(text).startswith("'")
    assert defused(text).replace("'", "") == text.replace("'", "")
    assert original(defused(text)) == text


@pytest.mark.parametrize("text", ["\tx", "\rx", "\nx"])
def test_a_tab_or_a_line_end_in_front_is_defused(text: str) -> None:
    assert defused(text) == "'" + text


def test_nothing_begins_behind_what_ends_a_cell_elsewhere() -> None:
    assert defused("good;=1+1") == "good;'=1+1"
    assert defused("good\n =1+1") == "good\n' =1+1"
    assert defused("a\t@sum") == "a\t'@sum"


@pytest.mark.parametrize(
    "text", ["", "shoe-run", "c00001", "a = b", "e-mail@example.com", "too dear", "价格太贵了", "'quoted'"]
)
def test_other_text_stays(text: str) -> None:
    assert defused(text) == text


@pytest.mark.parametrize("value", [1, -1, -2.5, 0.0, 10**12])
def test_numbers_stay_numbers(value: float) -> None:
    assert cell(value) == value


def test_lists_and_nothing() -> None:
    assert cell(["=a", "b"]) == "'=a | b"
    assert cell([]) == ""
    assert cell(None) == ""
    assert cell(True) == "true"


@given(st.text(alphabet=st.sampled_from([*RUN, "a", " ", "'", ";", "\n", "\t", "好"]), max_size=12))
def test_no_cell_begins_with_a_formula_and_ids_come_back(text: str) -> None:
    made = defused(text)
    for end in (";", "\t", "\n"):
        for part in made.split(end):
            assert not part.strip(" \u00a0\u3000\u200b\ufeff\t\r\n").startswith(tuple(RUN)) or part.startswith("'")
    if "'" not in text:
        assert original(made) == text


def test_a_csv_writer_and_reader_keep_what_was_defused() -> None:
    held = io.StringIO()
    csv.writer(held).writerow([defused('=HYPERLINK("x";"y")')])
    assert next(csv.reader([held.getvalue()])) == ['\'=HYPERLINK("x";"y")']
