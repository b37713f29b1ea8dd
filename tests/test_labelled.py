"""Labelled texts of a user, good lines and bad."""

import json
from pathlib import Path

import pytest

from purchase_agent.errors import InputError
from purchase_agent.labelled import read_labelled


def test_known_labels_are_kept_and_bad_lines_are_told(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    lines = [
        json.dumps({"text": "鞋子多少钱", "channel": "chat", "intent": "ready", "source": "passed over"}),
        "", "{", json.dumps({"text": "x", "intent": "eager"}), json.dumps({"intent": "ready"}),
        json.dumps({"text": "y", "juster": True}), json.dumps({"text": "y", "declined": False, "motivation": ["gift"]}),
    ]  # fmt: skip
    path.write_text("\n".join(lines), encoding="utf-8")
    good, bad = read_labelled([path, path])
    assert [one.labels() for one in good[:2]] == [{"intent": "ready"}, {"declined": False, "motivation": ["gift"]}]
    assert len(good) == 4
    assert [one.line for one in bad[:4]] == [3, 4, 5, 6]
    assert "not JSON" in bad[0].reason
    assert bad[1].reason.startswith("intent")


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", None])
def test_a_file_without_a_usable_line_is_an_error(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "labels.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"labels\.jsonl"):
        read_labelled([path])
