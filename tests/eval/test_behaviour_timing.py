"""The evaluation of timing judges every row on the same customers, and learns from nothing after the cut."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("onnx")

from purchase_agent.eval.behaviour import timing
from purchase_agent.training.timing import train_shop
from purchase_agent.training.timing_hazard import HazardSettings
from purchase_agent.training.timing_rows import Shop, rows_at, shop_of
from purchase_agent.training.trees import TreeSettings

CUT = 15_000
SMALL = HazardSettings(rows=4_000, bags=1, trees=TreeSettings(rounds=5, leaves=4, rows_per_leaf=20))


def shop(seed: int = 1) -> Shop:
    rng = np.random.default_rng(seed)
    purchases = {}
    for number in range(300):
        start = CUT - 150 + int(rng.integers(0, 90))
        days = start + np.cumsum(rng.exponential(15 + 40 * (number % 2), 60).astype(int) + 1)
        purchases[str(number)] = [start, *days[days <= CUT + 100].tolist()]
    return shop_of("made", purchases, None, CUT + 100)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "train_shop", partial(train_shop, settings=SMALL))


def test_a_task_is_judged_and_told(tmp_path: Path) -> None:
    made = shop()
    train_shop(made.until(CUT), tmp_path, 7, lambda *_: None, calibrated_on="own", settings=SMALL)
    found = timing.judge(timing.Task("made", made, CUT, (7,), 60), 7, shipped=tmp_path)
    one = found["horizons"]["7"]
    assert list(one["rows"]) == [*timing.BASELINES, timing.OURS, timing.SHIPPED]
    assert one["rows"][timing.OURS] == one["rows"][timing.SHIPPED]  # trained alike
    assert one["rows"][timing.OURS]["log_loss"]["value"] < one["rows"]["prior"]["log_loss"]["value"]
    assert set(found["counts"]) == {"BG/NBD", "Pareto/NBD"}
    text = "\n".join(str(table) for table in timing.told("made", found))
    for word in ("made, 7 days", "ours - best baseline", "gradient boosting on RFM", "with_drift", "RMSE"):
        assert word in text


def test_nothing_after_the_cut_is_learnt() -> None:
    made = shop()
    after = made.days > CUT
    other = replace(made, days=np.where(after, CUT + 1, made.days))
    rows = [timing._learned_baselines(one.until(CUT), rows_at(one, [CUT]).past, 7, 7) for one in (made, other)]
    ours = [timing._ours(one.until(CUT), rows_at(one, [CUT]).past, 7)[0] for one in (made, other)]
    np.testing.assert_array_equal(ours[0], ours[1])
    for name, chances in rows[0].items():
        np.testing.assert_array_equal(chances, rows[1][name])


def test_calibration_is_told_with_and_without_drift() -> None:
    chance = np.full(400, 0.2)
    truth = (np.arange(400) < 104).astype(np.int64)
    found = timing.calibration(truth, chance, 0.2)
    assert found["rate"] == 0.26
    assert found["chance_only"][2] is False
    assert found["with_drift"][2] is True
    assert found["chance_only"][1] == pytest.approx(0.2 + 1.96 * 0.02, abs=1e-4)
    assert found["ece"]["value"] == pytest.approx(0.06, abs=1e-6)
