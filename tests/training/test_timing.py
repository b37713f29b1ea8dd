from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("onnx")

from purchase_agent.errors import InputError, ModelFileError
from purchase_agent.events import History
from purchase_agent.predictors.timing.model import FILES, TimingModel
from purchase_agent.predictors.timing.parts import DAYS, pooled
from purchase_agent.training.timing import fit_shop, fitted_horizons, origins, train_shipped, train_shop, train_timing
from purchase_agent.training.timing_hazard import HazardSettings, cuts_of
from purchase_agent.training.timing_pool import OWN, fit_pooling
from purchase_agent.training.timing_rows import NEVER, Shop, part_of, rows_at, shop_of
from purchase_agent.training.trees import TreeSettings

END = 20_000
SMALL = HazardSettings(rows=6_000, bags=2, trees=TreeSettings(rounds=8, leaves=4, rows_per_leaf=20))


def orders(customers: int, days: int, seed: int, *, closed: int | None = 5) -> dict[str, list[int]]:
    """Customers of a shop that is closed on one weekday; half of them buy three times as often."""
    rng = np.random.default_rng(seed)
    out = {}
    for number in range(customers):
        pace = 12.0 if number % 2 else 36.0
        at = END - days + rng.uniform(0, days / 2)
        bought = set()
        while at <= END:
            day = int(at)
            bought.add(day + 1 if closed is not None and (day + 3) % 7 == closed else day)
            at += rng.exponential(pace)
            if rng.random() < 0.03:
                break
        out[f"c{number}"] = sorted(day for day in bought if day <= END)
    return {name: when for name, when in out.items() if when}


def silent(*_: object) -> None:
    """No progress is shown."""


@pytest.fixture(scope="module")
def purchases() -> dict[str, list[int]]:
    return orders(400, 200, 1)


@pytest.fixture(scope="module")
def own(purchases: dict[str, list[int]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("own")
    spent = {name: [10.0 + len(name)] * len(when) for name, when in purchases.items()}
    train_shop(shop_of("t", purchases, spent, END), out, 7, silent, calibrated_on="own:2024-10", settings=SMALL)
    return out


def asked(purchases: dict[str, list[int]], as_of_day: int) -> list[History]:
    return [
        History(as_of_day * 86_400.0, (), tuple(when), (), as_of_day)
        for when in purchases.values()
        if when[0] <= as_of_day
    ]


def test_rows_hold_what_was_known_and_what_came(purchases: dict[str, list[int]]) -> None:
    shop = shop_of("s", {"b": [10, 12, 12, 30], "a": [20]}, {"b": [1.0, 2.0, 3.0, 4.0], "a": [5.0]}, 40)
    rows = rows_at(shop, [12, 25])
    assert rows.past.as_of.tolist() == [12, 25, 25]
    assert rows.past.ago.tolist() == [2, 0, 15, 13, 5]
    assert rows.past.spent.tolist() == [1.0, 5.0, 1.0, 5.0, 5.0]
    assert rows.next_in.tolist() == [18, 5, NEVER]
    assert rows.watched.tolist() == [28, 15, 15]
    last = part_of(rows, np.asarray([False, False, True]))
    assert (last.past.ago.tolist(), last.past.starts.tolist()) == ([5], [0, 1])
    assert shop.until(11).ids == ("b",)
    assert len(shop_of("s", purchases, None, END - 100).ids) <= len(purchases)


def test_cuts_fall_on_every_weekday(purchases: dict[str, list[int]]) -> None:
    cuts = cuts_of(shop_of("s", purchases, None, END), 6_000, 30)
    assert len({cut % 7 for cut in cuts}) == 7
    assert max(cuts) < END


def test_a_trained_folder_answers(own: Path, purchases: dict[str, list[int]]) -> None:
    model = TimingModel(own)
    assert (model.version, model.calibrated_on) == ("t", "own:2024-10")
    assert {file.name for file in own.iterdir()} == {*FILES, "manifest.json", "metrics.json", "MODEL_CARD.md"}
    found = model.read(asked(purchases, END))
    assert found.cdf.shape == (len(purchases), len(DAYS))
    assert ((found.cdf > 0) & (found.cdf < 1)).all()
    assert (np.diff(found.cdf, axis=1) >= 0).all()
    assert ((found.p_active >= 0) & (found.p_active <= 1)).all()
    report = json.loads((own / "metrics.json").read_text("utf-8"))
    assert report["horizons_fitted"] == [1, 7, 30]
    assert "pooled" in report["judged"]["7"]["rows"]


def test_a_row_has_the_same_answer_alone_and_among_others(own: Path, purchases: dict[str, list[int]]) -> None:
    model = TimingModel(own)
    some = asked(purchases, END - 30)[:20] + asked(purchases, END)[:20]
    together = model.read(some)
    for place, one in enumerate(some):
        alone = model.read([one])
        np.testing.assert_array_equal(alone.cdf[0], together.cdf[place])
        assert alone.p_active[0] == together.p_active[place]
    assert len(model.read([]).cdf) == 0


def test_the_folder_answers_as_what_was_fitted(own: Path, purchases: dict[str, list[int]]) -> None:
    spent = {name: [10.0 + len(name)] * len(when) for name, when in purchases.items()}
    shop = shop_of("t", purchases, spent, END)
    hazards, judged, level = fit_shop(shop, 7, silent, replace(SMALL, horizons=fitted_horizons(shop)))
    raw = hazards.raw(rows_at(shop, [END]).past)
    fitted = pooled(hazards.log_odds(raw, level), fit_pooling(judged, OWN), raw.columns.forms)
    found = TimingModel(own).read_past(rows_at(shop, [END]).past).cdf
    np.testing.assert_allclose(found, fitted, atol=2e-4)


def test_the_level_and_the_closed_day_are_learnt(own: Path, purchases: dict[str, list[int]]) -> None:
    model = TimingModel(own)
    assert min(model.parameters.day_factor) == model.parameters.day_factor[5] < 0.3
    cut = END - 40
    shop = shop_of("s", purchases, None, END)
    rows = rows_at(shop, [cut])
    found = model.read_past(rows.past).cdf
    for column, days in ((1, 7), (2, 30)):
        assert found[:, column].mean() == pytest.approx((rows.next_in <= days).mean(), rel=0.35)
    friday = next(day for day in range(END, END - 7, -1) if (day + 3) % 7 == 4)
    tomorrow = {day: model.read(asked(purchases, day)).cdf[:, 0].mean() for day in (friday, friday - 1)}
    assert tomorrow[friday] < 0.5 * tomorrow[friday - 1]


def test_the_same_seed_gives_the_same_files(own: Path, purchases: dict[str, list[int]], tmp_path: Path) -> None:
    spent = {name: [10.0 + len(name)] * len(when) for name, when in purchases.items()}
    later = {name: [*when, END + 9] for name, when in purchases.items()}
    paid = {name: [*costs, 1e6] for name, costs in spent.items()}
    train_shop(shop_of("t", later, paid, END), tmp_path, 7, silent, calibrated_on="own:2024-10", settings=SMALL)
    for file in FILES:
        assert _digest(tmp_path / file) == _digest(own / file), f"{file}: days after the last one were used"


@pytest.mark.parametrize(
    ("customers", "days", "what"),
    [(60, 200, "60 customers, 200 needed"), (400, 60, "days, 90 needed"), (0, 10, "0 customers, 200 needed")],
)
def test_a_short_history_is_refused_with_its_counts(customers: int, days: int, what: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=what):
        train_timing(orders(customers, days, 2), None, tmp_path, 7, silent, name="t", calibrated_on="own", end_day=END)
    assert not list(tmp_path.iterdir())


def test_customers_who_never_came_back_are_not_enough(tmp_path: Path) -> None:
    once = {f"c{number}": [END - number % 150] for number in range(300)}
    with pytest.raises(InputError, match="0 customers who bought on a second day, 50 needed"):
        train_timing(once, None, tmp_path, 7, silent, name="t", calibrated_on="own", end_day=END)


def test_long_horizons_need_long_histories(purchases: dict[str, list[int]]) -> None:
    assert fitted_horizons(shop_of("s", purchases, None, END)) == (1, 7, 30)
    longer = shop_of("s", orders(300, 290, 3), None, END)
    assert fitted_horizons(longer) == (1, 7, 30, 90)
    assert all(END - day >= 37 for day in origins(longer))


def test_the_shipped_folder_knows_no_shop(tmp_path: Path) -> None:
    shops: list[Shop] = [
        shop_of(name, orders(250, 300, seed, closed=None), None, END)
        for name, seed in (("one", 1), ("two", 2), ("three", 3))
    ]
    licences = {"one": "own", "two": "CC BY 4.0", "three": "own"}
    report = train_shipped(shops, tmp_path, 7, silent, name="s", licences=licences, settings=SMALL)
    model = TimingModel(tmp_path)
    assert model.calibrated_on == "shipped"
    assert set(model.parameters.day_factor) == {1.0}
    assert model.parameters.spent_scale is None
    assert not {"weekday", "tomorrow", "mean_spent"} & set(model.parameters.columns)
    assert set(report["left_out_in_turn"]) == set(licences)
    card = (tmp_path / "MODEL_CARD.md").read_text("utf-8")
    assert "CC BY 4.0" in card
    assert "Not fitted for any one shop" in card
    # Weeks later, everything moved: a shop's calendar is in no column.
    one = History(END * 86_400.0, (), (END - 50, END - 20), (), END)
    moved = History((END + 3) * 86_400.0, (), (END - 47, END - 17), (), END + 3)
    found = model.read([one, moved]).cdf
    np.testing.assert_array_equal(found[0], found[1])
    with pytest.raises(InputError, match="1 shops"):
        train_shipped(shops[:1], tmp_path, 7, silent, name="s", licences=licences)


def test_a_damaged_folder_is_named(own: Path, tmp_path: Path) -> None:
    for file in own.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "timing.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelFileError, match=r"timing\.json is damaged"):
        TimingModel(tmp_path)


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
