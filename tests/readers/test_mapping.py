from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from purchase_agent.errors import InputError
from purchase_agent.readers.cells import identifier, number
from purchase_agent.readers.mapping import MapFile, Times, dump_map, load_map, parse_map, shipped
from purchase_agent.readers.raw import RawEvent
from purchase_agent.readers.recognise import recognised
from purchase_agent.readers.rows import RowMapper
from purchase_agent.readers.times import clock

MINE = b"""
format: mine
columns: {shopper_id: who, item_id: [sku, name], price: cost, quantity: n}
events:
  - type: {column: did, values: {0: view_item, buy: purchase}}
    time: {column: ts, unit: s}
"""


def events(mapping: MapFile | str, row: Mapping[str, Any], *, text_cells: bool = False) -> list[RawEvent]:
    made = load_map(mapping) if isinstance(mapping, str) else mapping
    return RowMapper(made, text_cells=text_cells).events(row)


def fails(mapping: MapFile | str, row: Mapping[str, Any], *, text_cells: bool = False) -> InputError:
    with pytest.raises(InputError) as caught:
        events(mapping, row, text_cells=text_cells)
    return caught.value


def fitting(row: Mapping[str, Any], *, text_cells: bool = False) -> MapFile:
    mapping = recognised(row, text_cells=text_cells)
    assert mapping is not None
    return mapping


class TestMapFile:
    def test_reads_and_writes_itself(self) -> None:
        mapping = parse_map(MINE, "mine")
        assert parse_map(dump_map(mapping).encode(), "mine") == mapping
        for name, one in shipped().items():
            assert parse_map(dump_map(one).encode(), name) == one

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ((b"format: mine", b"format: mine\nformat: other"), "stands twice"),
            ((b"format: mine", b"format: &a mine\nabout: *a"), "aliases"),
            ((b"format: mine", b"format: mine\ncolour: red"), "colour: unknown field"),
            ((b"unit: s", b"unit: weeks"), "a unit is one of"),
            ((b"unit: s", b"unit: [iso, s]"), "a number has one unit"),
            ((b"unit: s", b"zone: Mars/Olympus"), "not an IANA time zone"),
            ((b"purchase}", b"bought}"), "not one of our actions"),
            ((b"format: mine", b"format: !!python/name:os.system"), "not YAML that is read here"),
            ((b"shopper_id: who, ", b""), "need shopper_id"),
            ((b"format: mine", b"format: [a"), "not YAML"),
            ((b"format: mine", b"format: \xff"), "not YAML"),
        ],
    )
    def test_what_is_refused(self, change: tuple[bytes, bytes], said: str) -> None:
        with pytest.raises(InputError, match=said):
            parse_map(MINE.replace(*change), "mine")

    def test_no_such_map_names_those_there_are(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="taobao"):
            load_map(tmp_path / "none.yaml")

    def test_a_large_file_is_no_map(self, tmp_path: Path) -> None:
        (tmp_path / "m.yaml").write_bytes(b"#" * 70_000)
        with pytest.raises(InputError, match="no map"):
            load_map(tmp_path / "m.yaml")


class TestRows:
    mapping = parse_map(MINE, "mine")

    def test_a_row_of_text_cells(self) -> None:
        row = {"who": "7", "sku": "", "name": "x", "cost": "1.50", "n": "2", "did": "0", "ts": "1511544070", "z": ""}
        mapper = RowMapper(self.mapping, text_cells=True)
        (event,) = mapper.events(row)
        assert event.ids == {"who": "7"}
        assert event.fields == {
            "type": "view_item", "at": datetime(2017, 11, 24, 17, 21, 10, tzinfo=UTC), "item_id": "x", "price": 1.5,
            "quantity": 2.0,
        }  # fmt: skip
        assert event.notes == ("currency_missing",)
        assert mapper.ignored(row) == ("z",)

    def test_types_that_are_not_known_are_kept(self) -> None:
        (event,) = events(self.mapping, {"who": 7, "did": "Buy", "ts": 1511544070})
        assert event.fields["type"] == "other:Buy"
        assert event.notes == ("unknown_type",)

    @pytest.mark.parametrize(
        ("field", "row"),
        [
            ("at", {"ts": ""}),
            ("at", {"ts": "15115440７0"}),
            ("at", {"ts": True}),
            ("at", {"ts": 1511544070000}),
            ("at", {"ts": float("inf")}),
            ("type", {"did": ""}),
            ("type", {"did": 1.0}),
            ("shopper_id", {"who": 1.0}),
            ("shopper_id", {"who": True}),
            ("shopper_id", {"who": "a\x00b"}),
            ("shopper_id", {"who": "a" * 257}),
            ("shopper_id", {"who": "  "}),
            ("price", {"cost": "9.9"}),
            ("price", {"cost": True}),
            ("price", {"cost": 10**400}),
            ("quantity", {"n": [1]}),
        ],
    )
    def test_cells_that_are_refused(self, field: str, row: dict[str, Any]) -> None:
        error = fails(self.mapping, {"who": "7", "did": "buy", "ts": 1511544070} | row)
        assert error.field == field

    def test_a_wrong_unit_is_told_and_not_mended(self) -> None:
        assert "as ms it would be 2017" in str(fails(self.mapping, {"who": "7", "did": "buy", "ts": 1511544070000}))

    def test_no_reason_repeats_the_cell(self) -> None:
        for row in ({"ts": "secret"}, {"who": "\x00secret"}, {"cost": "secret"}, {"ts": 99999999999999999}):
            error = fails(self.mapping, {"who": "7", "did": "buy", "ts": 1511544070} | row, text_cells=True)
            assert "secret" not in str(error)
            assert "9999" not in str(error)


@pytest.mark.parametrize(
    "text", ["1_0", "NaN", "inf", "1e309", "-0", "-0.0", "１２", "١٢", " 1", "0x1", "1,5", "", None]
)
def test_numbers_in_text_are_plain(text: str) -> None:
    if not text:
        assert number(text, "price", text=True) is None
        return
    with pytest.raises(InputError):
        number(text, "price", text=True)


@pytest.mark.parametrize(
    ("text", "decimal", "thousands", "value"),
    [
        ("1.5e1", ".", "", 15.0),
        ("-2.", ".", "", -2.0),
        ("1.234,5", ",", ".", 1234.5),
        ("1234,5", ",", ".", 1234.5),
        ("1,234.5", ".", ",", 1234.5),
        ("1 234,50", ",", " ", 1234.5),
        ("12,34.5", ".", ",", None),
        ("1.5", ",", "", None),
        ("1,2,3", ",", "", None),
    ],
)
def test_decimal_and_thousands(text: str, decimal: str, thousands: str, value: float | None) -> None:
    if value is None:
        with pytest.raises(InputError):
            number(text, "price", text=True, decimal=decimal, thousands=thousands)
    else:
        assert number(text, "price", text=True, decimal=decimal, thousands=thousands) == value


def test_ids_are_kept_as_they_are() -> None:
    for text in ("0", "A/../'\"", "ﬁ", "fi", " a", "Ａ"):
        assert identifier(text, "shopper_id") == text
    assert identifier(0, "shopper_id") == "0"
    assert identifier("12583.0", "shopper_id") == "12583.0"
    assert identifier(12583.0, "shopper_id", floats=True) == identifier("12583.0", "shopper_id", floats=True) == "12583"
    with pytest.raises(InputError):
        identifier(0.5, "shopper_id", floats=True)


class TestTimes:
    @staticmethod
    def at(cell: object, unit: str = "iso", zone: str | None = None) -> tuple[datetime, bool]:
        return clock(Times(column=("t",), unit=(unit,), zone=zone))(cell)

    def test_units(self) -> None:
        noon = datetime(2020, 1, 1, 12, tzinfo=UTC)
        second = int(noon.timestamp())
        for unit, factor in (("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9)):
            assert self.at(second * factor, unit) == (noon, False)
            assert self.at(str(second * factor), unit) == (noon, False)
        assert self.at("18262.5", "days", "UTC") == (noon, False)
        assert self.at(18262, "days", "Asia/Shanghai") == (datetime(2019, 12, 31, 16, tzinfo=UTC), False)
        assert self.at("2020-01-01T12:00:00", "ms") == (noon, True)

    def test_zones(self) -> None:
        assert self.at("2020-01-01 12:00:00") == (datetime(2020, 1, 1, 12, tzinfo=UTC), True)
        assert self.at("2020-01-01T12:00:00+08:00") == (datetime(2020, 1, 1, 4, tzinfo=UTC), False)
        assert self.at("2020-01-01 12:00", zone="Asia/Shanghai") == (datetime(2020, 1, 1, 4, tzinfo=UTC), False)
        assert self.at("2020/1/1 12:00", "%Y/%m/%d %H:%M", "UTC") == (datetime(2020, 1, 1, 12, tzinfo=UTC), False)

    @pytest.mark.parametrize("cell", ["2021-03-28 02:30:00", "2021-10-31 02:30:00"])
    def test_a_skipped_or_doubled_hour_is_refused(self, cell: str) -> None:
        with pytest.raises(InputError, match="clocks changed"):
            self.at(cell, zone="Europe/Berlin")
        assert self.at(cell + "Z", zone="Europe/Berlin")[1] is False

    @pytest.mark.parametrize(
        ("cell", "unit"),
        [
            ("1970-01-01T00:00:00Z", "iso"), ("9999-12-31T23:59:59Z", "iso"), ("9999-12-31T23:59:59-08:00", "iso"),
            ("0001-01-01 00:00", "%Y-%m-%d %H:%M"), ("٢٠٢٠-٠١-٠١", "iso"), ("２０２０/1/1", "%Y/%m/%d"), (0, "s"),
            (1600000000, "iso"), ("1600000000", "iso"), ("1e9", "s"), ("tomorrow", "iso"), ("x", "%Y/%m/%d"),
            (None, "iso"), ([], "s"), (10**30, "s"), (float("nan"), "ms"),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("zone", [None, "America/Los_Angeles"])
    def test_what_is_refused(self, cell: object, unit: str, zone: str | None) -> None:
        with pytest.raises(InputError) as caught:
            self.at(cell, unit, zone)
        assert caught.value.field == "at"


class TestShipped:
    def test_ga4(self) -> None:
        row: dict[str, Any] = {
            "event_date": "20240501", "event_timestamp": "1714557600000000", "event_name": "purchase",
            "user_pseudo_id": "12.34", "user_id": None,
            "event_params": [
                {"key": "currency", "value": {"string_value": "EUR", "int_value": None}},
                {"key": "transaction_id", "value": {"string_value": "T1"}},
            ],
            "items": [
                {"item_id": "a", "price": 2.5, "quantity": "2", "item_category": "tea"},
                {"item_id": "b", "price": None, "quantity": None},
            ],
        }  # fmt: skip
        mapping = fitting(row)
        assert mapping.format == "ga4"
        first, second = events(mapping, row)
        assert first.ids == {"user_pseudo_id": "12.34"}
        assert first.order_id == "T1"
        assert first.fields == {
            "type": "purchase", "at": datetime(2024, 5, 1, 10, tzinfo=UTC), "item_id": "a", "category": "tea",
            "price": 2.5, "quantity": 2.0, "currency": "EUR",
        }  # fmt: skip
        assert second.fields["item_id"] == "b"
        (one,) = events(mapping, row | {"event_name": "view_cart"})
        assert "item_id" not in one.fields
        (one,) = events(mapping, row | {"event_name": "view_item", "items": row["items"][:1]})
        assert one.fields["item_id"] == "a"
        search = [{"key": "search_term", "value": {"string_value": "green tea"}}]
        (one,) = events(mapping, row | {"event_name": "search", "items": [], "event_params": search})
        assert one.fields["query"] == "green tea"

    def test_segment(self) -> None:
        row = {
            "type": "track", "event": "Order Completed", "messageId": "m1", "userId": "u", "anonymousId": "an",
            "timestamp": "2024-05-01T10:00:00.123Z",
            "properties": {
                "order_id": "o1", "currency": "USD",
                "products": [{"product_id": "a", "price": "3.10"}, {"product_id": "b", "price": 2}],
            },
        }  # fmt: skip
        mapping = fitting(row)
        assert mapping.format == "segment"
        first, second = events(mapping, row)
        assert first.ids == {"userId": "u", "anonymousId": "an"}
        assert (first.fields["id"], second.fields["id"]) == ("m1", "m1:2")
        assert (first.fields["price"], second.fields["item_id"], second.order_id) == (3.1, "b", "o1")
        viewed = {"product_id": "z", "category": "hats"}
        (one,) = events(mapping, row | {"event": "Product Viewed", "properties": viewed})
        assert one.fields["item_id"] == "z"
        page = {name: value for name, value in row.items() if name != "event"} | {"type": "page", "properties": {}}
        assert events(mapping, page)[0].fields["type"] == "other:page"

    def test_shopify_orders(self) -> None:
        row = {
            "id": 5, "email": "a@example.org", "customer": {"id": 77}, "created_at": "2024-05-01T10:00:00-04:00",
            "financial_status": "refunded", "currency": "USD", "cancelled_at": None,
            "line_items": [{"product_id": 1, "price": "9.00", "quantity": 1}, {"product_id": 2, "price": "1.00"}],
            "refunds": [{"created_at": "2024-05-03T10:00:00-04:00"}],
        }  # fmt: skip
        mapping = fitting(row, text_cells=False)
        found = events(mapping, row)
        assert mapping.format == "shopify_orders"
        assert [one.fields["type"] for one in found] == ["purchase", "purchase", "return_refund"]
        assert found[2].fields["at"] == datetime(2024, 5, 3, 14, tzinfo=UTC)
        assert found[0].ids["customer.id"] == "77"
        unpaid = row | {"financial_status": "pending"}
        assert [one.fields["type"] for one in events(mapping, unpaid)] == ["begin_checkout"]

    def test_shopify_csv_fills_the_lines_of_an_order(self) -> None:
        first = {
            "Name": "#1", "Email": "a@example.org", "Financial Status": "paid", "Paid at": "2024-05-01 10:00:00 -0400",
            "Currency": "USD", "Created at": "2024-05-01 09:59:00 -0400", "Cancelled at": "", "Lineitem name": "Cup",
            "Lineitem sku": "c1", "Lineitem price": "4.50", "Lineitem quantity": "2",
        }  # fmt: skip
        more = dict.fromkeys(first, "") | {"Name": "#1", "Lineitem name": "Pot", "Lineitem price": "20.00"}
        mapping = fitting(first, text_cells=True)
        mapper = RowMapper(mapping, text_cells=True)
        (one,), (two,) = mapper.events(first), mapper.events(more)
        assert one.fields["at"] == two.fields["at"] == datetime(2024, 5, 1, 14, tzinfo=UTC)
        assert (two.ids["Email"], two.fields["item_id"], two.order_id) == ("a@example.org", "Pot", "#1")
        with pytest.raises(InputError):
            mapper.events(more | {"Name": "#2"})

    @pytest.mark.parametrize(
        ("name", "row"),
        [
            (
                "taobao_orders",
                {
                    "订单编号": "T1", "买家会员名": "小明", "买家实际支付金额": "59.80", "宝贝总数量": "2",
                    "宝贝标题": "杯子", "订单创建时间": "2024-11-11 00:00:10", "订单付款时间": "2024-11-11 00:01:00",
                    "退款成功时间": "2024/11/15 8:30", "退款金额": "59.80",
                },
            ),
            (
                "jd_orders",
                {
                    "订单号": "T1", "下单帐号": "小明", "商品ID": "杯子", "商品名称": "x", "京东价": "29.90",
                    "订购数量": "2", "下单时间": "2024-11-11 00:00:10", "付款确认时间": "2024-11-11 00:01:00",
                    "退款时间": "2024-11-15 08:30:00", "退款金额": "59.80",
                },
            ),
            (
                "zh_orders",
                {
                    "订单号": "T1", "会员ID": "小明", "商品编号": "杯子", "实付金额": "59.80", "数量": "2",
                    "下单时间": "2024-11-11 00:00:10", "支付时间": "2024-11-11 00:01:00",
                    "退款时间": "2024-11-15 08:30:00", "退款金额": "59.80",
                },
            ),
        ],
    )  # fmt: skip
    def test_chinese_orders(self, name: str, row: dict[str, str]) -> None:
        mapping = fitting(row, text_cells=True)
        assert mapping.format == name
        placed, paid, refunded = events(mapping, row, text_cells=True)
        assert [one.fields["type"] for one in (placed, paid, refunded)] == [
            "begin_checkout",
            "purchase",
            "return_refund",
        ]
        assert paid.fields["at"] == datetime(2024, 11, 10, 16, 1, tzinfo=UTC)
        assert refunded.fields["at"] == datetime(2024, 11, 15, 0, 30, tzinfo=UTC)
        assert (paid.fields["price"], paid.fields["quantity"], paid.fields["currency"]) == (29.9, 2.0, "CNY")
        assert (refunded.fields["price"], "quantity" in refunded.fields) == (59.8, False)
        assert {one.order_id for one in (placed, paid, refunded)} == {"T1"}
        unpaid = row | {next(key for key in row if "付款" in key or "支付时" in key): "--"}
        kinds = [one.fields["type"] for one in events(mapping, unpaid, text_cells=True)]
        assert kinds == ["begin_checkout", "return_refund"]

    def test_our_own_form_refuses_what_it_does_not_know(self) -> None:
        row = {"shopper_id": "a", "type": "purchase", "at": "2024-05-01T10:00:00Z", "price": 2}
        assert events("ours", row)[0].fields["price"] == 2.0
        assert fails("ours", row | {"colour": "red"}).field == "colour"
        shopper = {"shopper_id": "a", "events": [{"type": "page_view", "at": "2024-05-01T10:00:00", "price": -1}]}
        (event,) = events("ours", shopper)
        assert event.fields["type"] == "other:page_view"
        assert set(event.notes) == {"timezone_assumed_utc", "unknown_type", "price_negative", "currency_missing"}
        assert "id" not in event.fields
        assert (
            fails("ours", {"shopper_id": "a", "events": [{"type": "x", "at": "2024-05-01", "y": 1}]}).field
            == "events.0.y"
        )
        assert events("ours", {"shopper_id": "a", "texts": [{"text": "hello"}]}) == []
