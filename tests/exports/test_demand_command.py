"""What to reorder is told by item, whatever it is asked by."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Ended
from tests.store_samples import sample_store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_store(tmp_path_factory.mktemp("store") / "s.duckdb", shoppers=60, runs=1)


def test_a_stock_file_and_categories_are_not_asked_for_together(
    store: Path, command: Callable[..., Ended], tmp_path: Path
) -> None:
    stock = tmp_path / "stock.csv"
    stock.write_text("item_id,stock,lead_days\nkettle-1,3,7\n", "utf-8")
    out = tmp_path / "reorder.csv"
    ended = command("export", "demand", "--store", store, "--stock", stock, "--by", "category", "--out", out)
    assert ended.status == 2
    assert "--by" in ended.err
    assert "--stock" in ended.err
    assert not out.exists()
    assert not list(tmp_path.glob("*.rejected.jsonl"))
    ended = command("export", "demand", "--store", store, "--stock", stock, "--by", "item", "--out", out)
    assert "--by" not in ended.err
