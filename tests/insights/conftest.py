from collections.abc import Iterator
from pathlib import Path

import pytest

from purchase_agent.insights import Source
from purchase_agent.store import Reader
from tests.store_samples import sample_store


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up shop: 400 shoppers, Chinese and English, two runs a week apart."""
    return sample_store(tmp_path_factory.mktemp("insights") / "shop.duckdb")


@pytest.fixture(scope="session")
def source(store: Path) -> Iterator[Source]:
    with Reader(store) as reader:
        yield Source(reader)
