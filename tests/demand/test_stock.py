from typing import Any

import pytest

from purchase_agent.demand import stock
from purchase_agent.demand.stock import Stock, read_stock
from purchase_agent.errors import InputError
from purchase_agent.readers.rejects import Rejected
from tests.demand.shops import end, steady_shop, told


@pytest.fixture(scope="module")
def found():
    return told(steady_shop(), end(30))


def reorder(found, row) -> Any:
    return stock.reorder(found, row)


def test_every_row_is_kept_or_rejected_with_its_line(tmp_path):
    file = tmp_path / "stock.csv"
    file.write_text(
        "item_id,stock,lead_time_days,pack_size,service_level\n"
        "a,10,7,6,0.9\n"
        "b,0,14,,\n"
        ",5,7,,\n"
        "c,-1,7,,\n"
        "d,5,soon,,\n"
        "e,5,400,,\n"
        "f,5,7,0,\n"
        "g,5,7,1,95\n"
        "a,1,1,1,0.9\n"
        "h,nan,7,,\n"
        "i,,7,,\n"
        "j,1_0,7,,\n"
        "k,5\n"
    )
    rejected: list[Rejected] = []
    kept = read_stock(file, rejected.append)
    assert kept == [Stock("a", 10, 7, 6, 0.9), Stock("b", 0, 14)]
    assert [(one.line, one.field) for one in rejected] == [
        (4, "item_id"), (5, "stock"), (6, "lead_time_days"), (7, "lead_time_days"), (8, "pack_size"),
        (9, "service_level"), (10, "item_id"), (11, "stock"), (12, "stock"), (13, "stock"), (14, ""),
    ]  # fmt: skip
    assert all(one.reason and one.row_sha256 for one in rejected)
    assert len(kept) + len(rejected) == 13


def test_a_file_without_a_column_is_refused(tmp_path):
    file = tmp_path / "stock.csv"
    file.write_text("item_id,stock\na,1\n")
    with pytest.raises(InputError, match="lead_time_days"):
        read_stock(file, print)


def test_what_is_lacking_is_ordered_in_whole_packs(found):
    # 120 units a week of the first item: 28 days of lead and review need at least 480
    empty = reorder(found, Stock("i0", 0, 21, pack=50))
    assert empty.point > 480
    assert empty.up_to > empty.point
    assert empty.quantity % 50 == 0
    assert empty.up_to <= empty.quantity < empty.up_to + 50
    assert empty.lead_units == pytest.approx(360, rel=0.2)
    assert empty.cover_days == 0


def test_enough_is_left_alone(found):
    full = reorder(found, Stock("i0", 5000, 7))
    assert full.quantity == 0
    assert full.cover_days == pytest.approx(5000 / (120 / 7), rel=0.2)


def test_a_higher_service_level_orders_more(found):
    assert reorder(found, Stock("i1", 0, 14, service_level=0.99)).quantity > (
        reorder(found, Stock("i1", 0, 14, service_level=0.6)).quantity
    )


def test_an_item_never_sold_has_no_figures(found):
    none = reorder(found, Stock("nothing", 4, 7))
    assert (none.status, none.basis, none.quantity) == ("refused", "none", None)
    assert "no sale of this item" in none.reason


def test_a_refused_item_is_reordered_by_the_naive_and_marked(found):
    refused = [row for row in found.rows if row.status == "refused"]
    for row in refused:
        answer = reorder(found, Stock(row.id, 0, 7))
        assert (answer.status, answer.basis, answer.reason) == ("refused", "naive", row.reason)
        assert answer.quantity > 0
