from collections.abc import Hashable
from pathlib import Path
from typing import Any

import pytest

from purchase_agent.demand import stored
from purchase_agent.demand.remembered import Remembered
from purchase_agent.store import Reader
from tests.store_samples import sample_store


class _Maker:
    """Makes something new each time, and counts."""

    def __init__(self, kept: Remembered, store: Path) -> None:
        self.kept, self.store, self.made = kept, store, 0

    def get(self, asked: Hashable) -> Any:
        return self.kept.get(self.store, asked, self._make)

    def _make(self) -> Any:
        self.made += 1
        return object()


@pytest.fixture
def maker(tmp_path: Path) -> _Maker:
    store = tmp_path / "s.duckdb"
    store.write_bytes(b"one")
    return _Maker(Remembered(most=2), store)


def test_what_was_asked_before_is_not_made_again(maker: _Maker) -> None:
    assert maker.get("a") is maker.get("a")
    assert maker.get("b") is not maker.get("a")
    assert maker.made == 2


def test_a_changed_store_drops_what_was_kept(maker: _Maker) -> None:
    first = maker.get("a")
    maker.store.write_bytes(b"another")
    assert maker.get("b") is not first
    assert len(maker.kept) == 1
    log = maker.store.with_name(f"{maker.store.name}.wal")
    log.write_bytes(b"not yet in the file")
    maker.get("b")
    assert maker.made == 3


def test_the_longest_unasked_goes_first(maker: _Maker) -> None:
    first = maker.get("a")
    maker.get("b")
    assert maker.get("a") is first
    maker.get("c")
    assert maker.get("a") is first
    assert len(maker.kept) == 2


def test_what_a_writer_came_across_is_not_kept(maker: _Maker) -> None:
    def while_written() -> Any:
        maker.store.write_bytes(b"written meanwhile")
        return object()

    maker.kept.get(maker.store, "a", while_written)
    assert len(maker.kept) == 0


def test_a_forecast_of_a_store_is_made_once_for_each_run_level_and_zone(tmp_path: Path) -> None:
    with Reader(sample_store(tmp_path / "s.duckdb")) as reader:
        first = stored.forecast(reader, by="category")
        assert stored.forecast(reader, by="category", weeks=4, zone="UTC") is first
        assert stored.forecast(reader, by="category", weeks=2) is not first
        assert stored.forecast(reader, by="item") is not first
    with Reader(tmp_path / "s.duckdb") as reader:
        assert stored.forecast(reader, by="category") is first
