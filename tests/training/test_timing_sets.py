from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

pa = pytest.importorskip("pyarrow")
pytest.importorskip("sklearn")

import pyarrow.parquet as pq

from purchase_agent.errors import InputError
from purchase_agent.events import Step
from purchase_agent.training import licences, timing_sets
from purchase_agent.training.streams import Stream
from purchase_agent.training.timing_rows import Shop

DAY_S = 86_400.0


def write(data: Path, name: str, columns: dict[str, list[object]]) -> None:
    file = data / "behaviour" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), file)


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A stamp without a zone, as the files have them."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC).replace(tzinfo=None)


def test_cancelled_invoices_are_no_purchases_and_a_day_is_one(tmp_path: Path) -> None:
    write(
        tmp_path,
        "online-retail/dev.parquet",
        {
            "InvoiceNo": ["1", "1", "2", "C3", "4"],
            "Quantity": [2, 1, 1, -2, 1],
            "InvoiceDate": [
                at(2011, 9, 1, 9),
                at(2011, 9, 1, 9),
                at(2011, 9, 1, 23, 59),
                at(2011, 9, 5),
                at(2011, 9, 9),
            ],
            "UnitPrice": [1.5, 4.0, 3.0, 1.5, 2.0],
            "CustomerID": [7.0, 7.0, 7.0, 7.0, 8.0],
        },
    )
    shop = timing_sets.online_retail(tmp_path)
    assert shop.ids == ("7", "8")
    assert np.diff(shop.starts).tolist() == [1, 1]
    assert shop.spent.tolist() == [10.0, 2.0]
    assert shop.days[1] - shop.days[0] == 8
    assert timing_sets.RETAIL_CUT - shop.days[0] == 27


def test_the_other_sets_are_read(tmp_path: Path) -> None:
    columns: dict[str, list[object]] = {"id": [4, 4], "date": [at(1997, 1, 1), at(1997, 9, 30)], "amt": [1.0, 2.0]}
    write(tmp_path, "cdnow/dev.parquet", columns)
    write(tmp_path, "cdnow/dev_literature_sample_2357.parquet", columns)
    for literature in (False, True):
        shop = timing_sets.cdnow(tmp_path, literature=literature)
        assert (shop.days[-1], shop.end_day - shop.days[-1]) == (timing_sets.CDNOW_CUT, 273)
    file = tmp_path / "behaviour" / "grocery" / "groceryElog.csv"
    file.parent.mkdir()
    file.write_text("cust,date\n1,13149.0\n2,13149.0\n2,13501.0\n", encoding="utf-8")
    shop = timing_sets.grocery(tmp_path)
    assert (shop.ids, shop.days.tolist()) == (("1", "2"), [13149, 13149, 13501])
    assert np.isnan(shop.spent).all()


@pytest.mark.parametrize("read", [timing_sets.cdnow, timing_sets.grocery, timing_sets.online_retail])
def test_a_missing_file_is_named(read: Callable[[Path], Shop], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="behaviour"):
        read(tmp_path)


def test_simulated_shops_are_moved_to_one_last_day() -> None:
    streams = [
        Stream("a", (Step(10 * DAY_S, "purchase", "i", price=2.0), Step(12 * DAY_S, "view_item", "i")), 30 * DAY_S),
        Stream("b", (Step(100 * DAY_S, "purchase", "i"),), 120 * DAY_S),
        Stream("c", (Step(100 * DAY_S, "view_item", "i"),), 120 * DAY_S),
    ]
    shop = timing_sets.simulated(streams)
    assert shop.ids == ("a", "b")
    assert (shop.end_day - shop.days).tolist() == [20, 20]
    assert shop.spent[0] == 2.0


def test_every_shop_that_ships_names_its_licence() -> None:
    assert set(licences.LICENCES) == {"online-retail", "cdnow", "grocery", "simulated"}
