"""What training reads of a folder of one's own: the least it needs, what it makes up, what it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest

from purchase_agent.errors import InputError
from purchase_agent.training.corpus import FEWEST, PUBLIC_SETS, Row, check_enough, read_labelled, read_public

LABELS: dict[str, Any] = {
    "intent": "ready", "declined": False, "repurchase": False, "sentiment": "positive", "motivation": ["gift"],
    "barrier": [], "next_action": "purchase", "timing": "now", "juster": 8,
}  # fmt: skip


def folder(path: Path, *lines: Any, name: str = "text/shopper_texts.jsonl") -> Path:
    file = path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    told = (one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in lines)
    file.write_text("".join(f"{one}\n" for one in told), "utf-8")
    return path


def test_a_folder_of_texts_and_labels_is_enough(tmp_path):
    lines = [{"text": "I take the blue one", **LABELS}, "", {"text": "蓝色那个我要了", "channel": "review", **LABELS}]
    first, second = read_labelled(folder(tmp_path, *lines), tmp_path / "none")
    assert (first.text, first.channel, first.language) == ("I take the blue one", "chat", "en")
    assert (second.channel, second.language) == ("review", "zh")
    assert (first.source, first.licence, first.origin) == ("own", "own", "real")
    assert first.labels == LABELS
    assert first.second == {}


def test_what_a_line_tells_is_kept(tmp_path):
    told = {
        "source": "shop",
        "licence": "MIT",
        "language": "zh",
        "as_of": "2026-02-03T10:00:00Z",
        "timezone": "Asia/Tokyo",
    }
    (row,) = read_labelled(folder(tmp_path, {"text": "ok", **LABELS, **told, "second_reading": LABELS}), tmp_path)
    assert (row.source, row.licence, row.language) == ("shop", "MIT", "zh")
    assert row.moment == {"as_of": "2026-02-03T10:00:00Z", "timezone": "Asia/Tokyo"}
    assert row.second == LABELS


def test_a_text_without_words_is_read_as_english_and_the_mark_of_a_windows_editor_is_none(tmp_path):
    line = json.dumps({"text": "👍", **LABELS})
    (row,) = read_labelled(folder(tmp_path, f"\ufeff{line}"), tmp_path)
    assert row.language == "en"


def test_written_texts_come_after_the_real_ones_and_a_text_counts_once(tmp_path):
    folder(tmp_path, {"text": "one", **LABELS}, {"text": "two", **LABELS})
    folder(tmp_path, {"text": "Two!", **LABELS}, {"text": "three", **LABELS}, name="text/written_texts.jsonl")
    folder(tmp_path, {"text": "four", **LABELS}, name="written/more.jsonl")
    rows = read_labelled(tmp_path, tmp_path)
    assert [(row.text, row.origin, row.source) for row in rows] == [
        ("one", "real", "own"), ("two", "real", "own"), ("three", "written", "own"),
        ("four", "own_written", "own_written"),
    ]  # fmt: skip


def test_absent_public_sets_and_their_readings_are_left_out(tmp_path):
    folder(tmp_path, {"text": "one", **LABELS})
    folder(tmp_path, {"source": "phone_tweets", "sha256": "0" * 64, **LABELS}, name="readings/r.jsonl")
    assert [row.text for row in read_labelled(tmp_path, tmp_path)] == ["one"]
    assert [row for source in PUBLIC_SETS for row in read_public(tmp_path, source)] == []


def test_absent_texts_stay_an_error(tmp_path):
    with pytest.raises(InputError, match=r"training data not found: .*shopper_texts\.jsonl .*--data"):
        read_labelled(tmp_path, tmp_path)


@pytest.mark.parametrize("name", sorted(LABELS))
def test_a_label_that_is_missing_is_named_with_its_line(tmp_path, name):
    line = {"text": "two", **LABELS}
    folder(tmp_path, {"text": "one", **LABELS}, {**line, name: None})
    with pytest.raises(InputError, match=rf"shopper_texts\.jsonl, line 2: {name}: .*missing") as told:
        read_labelled(tmp_path, tmp_path)
    assert told.value.field == name


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"intent": "buying"}, "intent"), ({"juster": 11}, "juster"), ({"text": ""}, "text"),
        ({"channel": "fax"}, "channel"), ({"text": "bonjour je voudrais acheter des chaussures"}, "language"),
        ({"language": "fr"}, "language"), ({"language": ["en"]}, "language"), ({"as_of": "Monday"}, "as_of"),
        ({"timezone": "Mars"}, "timezone"), ({"second_reading": {"intent": "ready"}}, "second_reading.declined"),
        ({"second_reading": {**LABELS, "timing": "soon"}}, "second_reading.timing"),
        ({"second_reading": [1]}, "second_reading"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_learnt_from_is_named(tmp_path, more, field):
    folder(tmp_path, {"text": "one", **LABELS}, "", {"text": "two", **LABELS, **more})
    with pytest.raises(InputError, match=rf"shopper_texts\.jsonl, line 3: {field}: ") as told:
        read_labelled(tmp_path, tmp_path)
    assert told.value.field == field


@pytest.mark.parametrize(("line", "why"), [("{", "not JSON"), ("[1]", "dictionary"), ('"a"', "dictionary")])
def test_a_line_that_is_no_object_is_named(tmp_path, line, why):
    with pytest.raises(InputError, match=rf"shopper_texts\.jsonl, line 2: .*{why}"):
        read_labelled(folder(tmp_path, {"text": "one", **LABELS}, line), tmp_path)


def test_a_file_that_is_not_utf_8_is_an_error(tmp_path):
    folder(tmp_path, {"text": "one", **LABELS})
    (tmp_path / "text" / "shopper_texts.jsonl").write_bytes(b'{"text": "\xff"}\n')
    with pytest.raises(InputError, match=r"shopper_texts\.jsonl.*UTF-8"):
        read_labelled(tmp_path, tmp_path)


def rows(english: int, chinese: int) -> list[Row]:
    spoken = ["en"] * english + ["zh"] * chinese
    return [Row(f"t{place}", "chat", one, "own", "own", f"g{place}", LABELS) for place, one in enumerate(spoken)]


def test_too_few_texts_of_a_language_are_refused_with_the_number_that_is_needed():
    check_enough(rows(FEWEST, FEWEST))
    with pytest.raises(InputError, match=rf"en has {FEWEST}, zh has 0; training needs {FEWEST}"):
        check_enough(rows(FEWEST, 0))
    with pytest.raises(InputError, match=f"en has {FEWEST - 1}, zh has {FEWEST}"):
        check_enough(rows(FEWEST - 1, FEWEST))
    with pytest.raises(InputError, match="en has 1,"):  # copies of a text lie in one fold
        check_enough([*rows(1, FEWEST), *rows(1, 0) * FEWEST])


def test_the_least_number_of_texts_fills_every_fold():
    """As training divides them: no measured fold is empty, and each language is in each part of the calibration."""
    from purchase_agent.training.corpus import fold_of, is_locked

    many = [
        Row(f"{spoken} {place}", "chat", spoken, "own", "own", f"{spoken}{place}", LABELS, origin="real")
        for spoken in ("en", "zh") for place in range(FEWEST)
    ]  # fmt: skip
    folds = [(row.language, fold_of(row)) for row in many if not is_locked(row)]
    assert {(spoken, fold) for spoken in ("en", "zh") for fold in range(3)} <= set(folds)
    assert any(map(is_locked, many))
