"""What a run over files of questions lacks is said before anything is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.batch.made import AS_OF, shoppers, write_jsonl
from tests.conftest import Ended

pytestmark = pytest.mark.usefixtures("needs_model")


@pytest.mark.parametrize("engine", ["llm", "auto", "cascade"])
def test_without_a_model_nothing_is_begun(
    command: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    source, out, files = write_jsonl(tmp_path / "two.jsonl", shoppers(2)), tmp_path / "d" / "b2.parquet", tmp_path / "f"
    out.parent.mkdir()
    given = (
        "score", source, "--out", out, "--engine", engine, "--openai-batch", files, "--cache", "none", "--workers", 1,
        "--as-of", AS_OF,
    )  # fmt: skip
    ended = command(*given)
    assert ended.status != 0
    assert "PURCHASE_AGENT_LLM_MODEL" in ended.err
    assert not list(out.parent.iterdir())
    assert not files.exists()
    monkeypatch.setenv("PURCHASE_AGENT_LLM_MODEL", "served")
    ended = command(*given)
    assert ended.status == 0, ended.err
    assert list(files.glob("requests-*"))
