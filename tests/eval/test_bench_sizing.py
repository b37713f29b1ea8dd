"""The arithmetic of a large run."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from purchase_agent.eval.bench import sizing
from purchase_agent.eval.bench.sizing import Given, Rate, gpu_rate, rates_of, sized


def test_core_hours_machines_and_money_follow_from_the_rate() -> None:
    given = Given(cores=10, hours=5, busy=0.5, core_hour=0.1, input_bytes=1000, output_bytes=0, gb_month=1)
    found = sized(3_600_000, Rate("r", 10.0), given)
    assert found["core_hours"] == pytest.approx(20.0), "3.6 million times 10 ms is 10 hours, of which half is lost"
    assert found["machines"] == 1
    assert sized(36_000_000, Rate("r", 10.0), given)["machines"] == 4
    assert found["money"]["cores"] == pytest.approx(2.0)
    assert found["money"]["storage"] == pytest.approx(3.6)
    assert found["total"] == pytest.approx(sum(found["money"].values()))
    assert found["gpus"] == 0


def test_reads_grow_with_files_and_partitions() -> None:
    given = Given(input_bytes=1 << 20, spill_bytes=1 << 20, file_bytes=1 << 30)
    found = sized(10 << 10, Rate("r", 1.0), given)
    assert (found["files"], found["partitions"], found["reads"]) == (10, 256, 2 * 10 * 256)


def test_gpus_from_tokens() -> None:
    rate = gpu_rate(100, 50, 10_000, 5_000)
    assert rate == pytest.approx(50.0)
    found = sized(3_600_000, Rate("r", 1.0), Given(gpu_shoppers=rate, asked=0.5, busy=1.0, hours=2, gpu_hour=3))
    assert found["gpu_hours"] == pytest.approx(10.0)
    assert found["gpus"] == 5
    assert found["money"]["gpus"] == pytest.approx(30.0)


def test_rates_come_from_the_score_bench_at_its_largest_size() -> None:
    runs = [
        {"shoppers": 1000, "evidence": "none", "run": "first night", "cpu_s": 20.0},
        {"shoppers": 10_000, "evidence": "none", "run": "first night", "cpu_s": 100.0},
    ]
    assert rates_of({"runs": runs}) == (Rate("none, first night", 10.0),)
    with pytest.raises(ValueError, match="no document"):
        rates_of({"other": 1})


def test_the_command_recomputes_from_ones_own_rate(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def run(*arguments: str) -> Any:
        monkeypatch.setattr(sys, "argv", ["sizing", "--shoppers", "1e9", "--json", *arguments])
        sizing.main()
        return json.loads(capsys.readouterr().out)["runs"]

    (found,) = run("--rate", "100", "--busy", "1", "--cores", "16", "--hours", "8")
    assert found["core_hours"] == pytest.approx(1e9 / 100 / 3600)
    assert found["machines"] == 22
    assert len(run()) == len(sizing.MEASURED)
    (tmp_path / "s.json").write_text("{}")
    with pytest.raises(SystemExit):
        run("--score", str(tmp_path / "s.json"))
    assert "no document" in capsys.readouterr().err
