"""The name of the output: Parquet under another ending would be misread by all that go by it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.batch.made import shoppers, write_jsonl
from tests.conftest import Ended

pytestmark = pytest.mark.usefixtures("fake_model")


@pytest.mark.parametrize("name", ["x.csv", "x.jsonl", "x.parquet.gz", "X.TXT"])
def test_another_ending_than_that_of_parquet_is_refused(
    command: Callable[..., Ended], tmp_path: Path, name: str
) -> None:
    source = write_jsonl(tmp_path / "in.jsonl", shoppers(2))
    ended = command("score", source, "--out", name, "--workers", 1, "--cache", "none")
    assert ended.status == 2
    assert ".parquet or .pq" in " ".join(ended.err.split())
    assert [one.name for one in tmp_path.iterdir()] == ["in.jsonl"]


@pytest.mark.parametrize("name", ["x.parquet", "X.PQ", "scores"])
def test_the_endings_of_parquet_and_none_are_taken(command: Callable[..., Ended], tmp_path: Path, name: str) -> None:
    source = write_jsonl(tmp_path / "in.jsonl", shoppers(2))
    assert command("score", source, "--out", name, "--workers", 1, "--cache", "none").status == 0
    assert (tmp_path / name).read_bytes()[:4] == b"PAR1"
