"""What is remembered between runs: bounded, shared, and never worse than nothing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from purchase_agent.batch.memory import Memory
from purchase_agent.evidence import read_shopper
from purchase_agent.service import PurchaseAgent
from purchase_agent.settings import SHIPPED_MODELS
from tests.batch.made import shoppers


def keys(count: int) -> list[bytes]:
    return [number.to_bytes(16, "big") for number in range(count)]


def test_values_are_found_again_by_this_process_and_by_others(tmp_path: Path) -> None:
    values = {key: key * 3 for key in keys(700)}
    Memory(tmp_path / "m.sqlite").keep(values)
    assert Memory(tmp_path / "m.sqlite").find([*values, b"x" * 16]) == values
    assert (tmp_path / "m.sqlite").stat().st_mode & 0o077 == 0
    nowhere = Memory(None)
    nowhere.keep({b"k" * 16: b"v"})
    assert nowhere.find([b"k" * 16]) == {b"k" * 16: b"v"}


def test_a_full_file_grows_no_more_and_the_next_run_drops_half(tmp_path: Path) -> None:
    path = tmp_path / "m.sqlite"
    memory = Memory(path, most_bytes=400_000)
    rng = np.random.default_rng(0)
    for _ in range(30):
        memory.keep({rng.bytes(16): rng.bytes(500) for _ in range(100)})
    held = sum(one.stat().st_size for one in tmp_path.iterdir())
    again = Memory(path, most_bytes=400_000)
    again.keep({b"new" + bytes(13): b"v"})
    assert Memory(path, most_bytes=400_000).find([b"new" + bytes(13)])
    assert path.stat().st_size < 600_000
    assert held < 3_000_000


@pytest.mark.parametrize("content", [b"no database at all" * 100, b""])
def test_a_damaged_file_is_made_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.sqlite"
    path.write_bytes(content)
    memory = Memory(path)
    memory.keep({b"k" * 16: b"v"})
    assert Memory(path).find([b"k" * 16]) == {b"k" * 16: b"v"}


def test_a_place_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    memory = Memory(tmp_path / "file" / "m.sqlite")
    memory.keep({b"k" * 16: b"v"})
    assert memory.find([b"k" * 16]) == {b"k" * 16: b"v"}


@pytest.mark.usefixtures("needs_model")
@pytest.mark.parametrize("evidence", ["none", "fast"])
def test_answers_from_the_memory_are_those_of_the_models(tmp_path: Path, evidence: Any) -> None:
    from purchase_agent.batch.remembering import RememberingPredictor

    given = [read_shopper({**one, "as_of": "2026-09-01T00:00:00Z"}) for one in shoppers(9)]
    wanted = list(PurchaseAgent("local", evidence).predict_many(given))
    text, behaviour, timing = (SHIPPED_MODELS / name for name in ("text", "behaviour", "timing"))
    for run in range(2):
        counts: Counter[str] = Counter()
        agent = PurchaseAgent("local", evidence)
        agent.local = RememberingPredictor(text, behaviour, timing, Memory(tmp_path / "m.sqlite"), counts)
        found = list(agent.predict_many(given[::-1]))[::-1]
        assert [_told(one) for one in found] == [_told(one) for one in wanted]
        assert (counts["texts read"] > 0) is (run == 0)
        assert (counts["histories read"] > 0) is (run == 0)


def _told(answer: Any) -> Any:
    told = answer.model_dump(mode="json")
    told["provenance"].pop("latency_ms")
    return told
