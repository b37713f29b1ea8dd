from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pytest

from purchase_agent.demand import export, stored
from purchase_agent.errors import InputError
from purchase_agent.readers.rejects import Rejected
from purchase_agent.store import Reader, Store
from tests.store_samples import sample_store


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    path = sample_store(tmp_path_factory.mktemp("demand") / "s.duckdb")
    with Reader(path) as found:
        yield found


def forecast(reader, **options) -> Any:
    return stored.forecast(reader, **options)


def test_the_newest_run_gives_the_time(reader):
    found = forecast(reader, by="category")
    assert found.status == "ok"
    assert found.as_of == datetime(2026, 11, 16, tzinfo=UTC).date()
    assert len(found.total.weeks) == 4
    assert {"shoes", "coffee"} <= {row.id for row in found.rows}
    assert found.total.returned > 0


def test_an_earlier_time_looks_at_nothing_later(reader):
    early = forecast(reader, as_of=datetime(2026, 9, 7, tzinfo=UTC))
    assert early.as_of < forecast(reader).as_of
    assert early.total.weeks[0].begins == early.as_of  # a Monday


def test_a_monday_begins_in_the_shops_zone(reader):
    night = datetime(2026, 11, 15, 20, tzinfo=UTC)  # Monday already in Shanghai
    assert forecast(reader, as_of=night, zone="Asia/Shanghai").total.weeks[0].begins.isoformat() == "2026-11-16"
    assert forecast(reader, as_of=night).total.weeks[0].begins.isoformat() == "2026-11-16"  # the next full week
    assert forecast(reader, as_of=night, zone="Asia/Shanghai").as_of.isoformat() == "2026-11-16"
    with pytest.raises(InputError, match="time zone"):
        forecast(reader, zone="Nowhere/Land")


def test_rows_say_every_week_and_all_together(reader):
    rows = export.rows(reader, by="category", weeks=2)
    assert all(tuple(row) == export.COLUMNS for row in rows)
    assert [row["week"] for row in rows[:3]] == ["all", "2026-11-16", "2026-11-23"]
    assert rows[0]["level"] == "total"
    for row in rows:
        assert (row["units"] is None) == (row["status"] == "refused") == bool(row["reason"])
        assert row["naive_units"] is not None


def test_a_short_history_is_one_row_with_its_reason(reader):
    rows = export.rows(reader, as_of=datetime(2026, 1, 25, tzinfo=UTC) + timedelta(days=20))
    assert len(rows) == 1
    assert rows[0]["status"] == "refused"
    assert rows[0]["reason"]


def test_reordering_from_a_file(reader, tmp_path):
    stock = tmp_path / "stock.csv"
    stock.write_text("item_id,stock,lead_time_days\ncoffee-1kg,3,10\nnone,1,1\nkettle,x,1\n")
    rejected: list[Rejected] = []
    rows = export.reorder_rows(reader, stock, rejected.append)
    assert [row["item_id"] for row in rows] == ["coffee-1kg", "none"]
    assert tuple(rows[0]) == export.REORDER_COLUMNS
    assert rows[0]["order_quantity"] > 0
    assert [(one.line, one.field) for one in rejected] == [(4, "stock")]
    with pytest.raises(InputError, match="no demand can be told"):
        export.reorder_rows(reader, stock, rejected.append, as_of=datetime(2026, 2, 1, tzinfo=UTC))


def test_predictions_of_the_shop_lead_who_buys_and_not_how_much(tmp_path, reader):
    path = sample_store(tmp_path / "led.duckdb")
    with duckdb.connect(str(path)) as store:
        store.execute("UPDATE predictions SET target_scope = 'shop', target_id = NULL")
    with Reader(path) as led:
        found = forecast(led)
    plain = forecast(reader)
    assert "of 0 of" in plain.notes[0]
    assert "of 0 of" not in found.notes[0]
    assert found.total.known == pytest.approx(plain.total.known, rel=0.1)
    assert found.rows != plain.rows


def test_an_empty_store_says_so(tmp_path):
    path = tmp_path / "empty.duckdb"
    with Store(path, write=True):
        pass
    with Reader(path) as reader:
        with pytest.raises(InputError, match="no finished run"):
            forecast(reader)
        assert forecast(reader, as_of=datetime(2026, 1, 1, tzinfo=UTC)).reason == "no purchase before this week"
