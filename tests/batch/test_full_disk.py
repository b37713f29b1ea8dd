"""Places that cannot be written: told in one line, nothing lost, and the same command goes on."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.batch.made import rows_of, shoppers, write_jsonl
from tests.conftest import Ended
from tests.fakes import FakePredictor

Command = Callable[..., Ended]


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Files of this process end at ``size`` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.parametrize("size", [100, 1_000, 4_000, 12_000])
def test_a_full_disk_is_told_and_the_same_command_goes_on(
    command: Command, fake_model: FakePredictor, tmp_path: Path, size: int
) -> None:
    out = tmp_path / "out.parquet"
    asked = (
        "score",
        write_jsonl(tmp_path / "in.jsonl", shoppers(300)),
        "--out",
        out,
        "--workers",
        1,
        "--cache",
        "none",
    )
    with largest_file(size):
        ended = command(*asked)
    assert ended.status == 1
    assert "File too large" in ended.err
    assert "make room on the disk" in ended.err
    assert not out.exists()
    assert not list(tmp_path.rglob("*.tmp"))
    assert command(*asked).status == 0
    assert len(rows_of(out)) == 300
    assert fake_model.batches


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_told(command: Command, fake_model: FakePredictor, tmp_path: Path) -> None:
    source = write_jsonl(tmp_path / "in.jsonl", shoppers(1))
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    ended = command("score", source, "--out", closed / "out.parquet", "--workers", 1, "--cache", "none")
    assert ended.status == 1
    assert "cannot write" in ended.err
    assert not fake_model.batches


def test_an_output_below_a_file_is_told(command: Command, fake_model: FakePredictor, tmp_path: Path) -> None:
    source = write_jsonl(tmp_path / "in.jsonl", shoppers(1))
    ended = command("score", source, "--out", source / "out.parquet", "--workers", 1, "--cache", "none")
    assert ended.status == 1
    assert "cannot write" in ended.err
    assert not fake_model.batches
