import gzip
import json
import tracemalloc
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purchase_agent.errors import InputError
from purchase_agent.evidence import Event
from purchase_agent.readers import counts as counts_module
from purchase_agent.readers.counts import BEYOND
from purchase_agent.readers.events import EventReader, EventRow
from purchase_agent.readers.ids import Ids
from purchase_agent.readers.mapping import MapFile, load_map, parse_map
from purchase_agent.readers.rejects import Rejected
from purchase_agent.readers.seen import Seen

AS_OF = datetime(2024, 6, 1, tzinfo=UTC)
ORDERS = """订单编号,买家会员名,买家实际支付金额,宝贝标题,宝贝总数量,订单创建时间,订单付款时间,退款成功时间,退款金额
T1,小明,59.80,茶杯,2,2024-05-01 08:00:00,2024-05-01 08:01:00,,
T2,小红,20.00,茶壶,1,2024-05-02 08:00:00,,,
T3,小明,35.50,茶叶,1,2024-05-03 08:00:00,2024-05-03 08:02:00,2024-05-09 10:00:00,35.50
T4,小刚,九元,茶叶,1,2024-05-03 08:00:00,2024-05-03 08:02:00,,
"""


def event(**fields: Any) -> dict[str, Any]:
    return {"shopper_id": "a", "type": "view_item", "at": "2024-05-01T10:00:00Z"} | fields


def written(path: Path, rows: Iterable[Any]) -> Path:
    lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


class Reading:
    """A reader that has been read to its end."""

    def __init__(self, *paths: Path, **options: Any) -> None:
        self.rejected: list[Rejected] = []
        self.reader = EventReader(paths, rejects=self.rejected.append, **({"as_of": AS_OF} | options))
        self.rows: list[EventRow] = list(self.reader)
        self.counts = self.reader.counts
        assert self.counts.rows_in == self.counts.kept + self.counts.rejected
        assert self.counts.rejected == len(self.rejected) == sum(self.counts.reasons.values())
        assert self.counts.events == len(self.rows)

    @property
    def types(self) -> list[str]:
        return [row.event.type for row in self.rows]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def test_rows_are_kept_or_rejected_with_their_place(file: Path) -> None:
    rows = [event(id="1"), "{", event(id="2", price=True), event(id="3", at="x"), event(id="4", shopper_id="")]
    read = Reading(written(file, rows))
    assert [row.event.id for row in read.rows] == ["1"]
    assert [(bad.line, bad.field) for bad in read.rejected] == [(2, ""), (3, "price"), (4, "at"), (5, "shopper_id")]
    raw = file.read_bytes()
    assert all(raw[bad.byte_offset - 1 : bad.byte_offset] == b"\n" for bad in read.rejected)
    assert read.rows[0] == EventRow(
        "a", Event(id="1", type="view_item", at=datetime(2024, 5, 1, 10, tzinfo=UTC)), None, str(file), 1, ()
    )


def test_nothing_later_than_as_of_is_used(file: Path) -> None:
    moments = [AS_OF + timedelta(seconds=s) for s in (-1, 0, 1, 86_400)]
    rows = [event(at=moment.isoformat(), item_id=str(n)) for n, moment in enumerate(moments)]
    read = Reading(written(file, rows))
    assert [row.event.item_id for row in read.rows] == ["0", "1"]
    assert [bad.reason for bad in read.rejected] == ["later than as_of"] * 2
    assert all(row.event.at <= AS_OF for row in read.rows)
    # Another zone does not bring an event forward, and as_of without a zone is UTC.
    later = event(at="2024-05-31T23:59:59-08:00")
    assert Reading(written(file, [later]), as_of=AS_OF.replace(tzinfo=None)).rows == []


def test_without_as_of_the_clock_may_be_a_little_behind(file: Path) -> None:
    now = datetime.now(UTC)
    rows = [event(at=(now + timedelta(minutes=m)).isoformat()) for m in (2, 60)]
    assert len(Reading(written(file, rows), as_of=None).rows) == 1


def test_a_part_of_a_row_later_than_as_of_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(ORDERS.encode("gb18030"))
    read = Reading(path, as_of=datetime(2024, 5, 5, tzinfo=UTC))
    assert read.types == ["begin_checkout", "purchase", "begin_checkout", "begin_checkout", "purchase"]
    assert read.counts.left_out == {"later": 1}
    assert read.counts.kept == 3


def test_chinese_orders_in_gb18030(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(ORDERS.encode("gb18030"))
    read = Reading(path)
    assert [(bad.line, bad.field) for bad in read.rejected] == [(5, "price")]
    assert read.types.count("purchase") == 2
    assert {row.shopper_id for row in read.rows} == {"小明", "小红"}
    paid = next(row for row in read.rows if row.event.type == "purchase")
    assert (paid.order_id, paid.event.price, paid.event.item_id) == ("T1", 29.9, "茶杯")
    assert paid.event.at == datetime(2024, 5, 1, 0, 1, tzinfo=UTC)
    assert read.reader.notes_of[path]


class TestDuplicates:
    def test_by_id_of_the_same_shopper_else_by_content(self, file: Path) -> None:
        rows = [
            event(id="1"), event(id="1", item_id="other"), event(id="1", shopper_id="b"), event(), event(),
            event(at="2024-05-01T12:00:00+02:00"), event(item_id="x"),
        ]  # fmt: skip
        read = Reading(written(file, rows))
        assert [bad.line for bad in read.rejected] == [2, 5, 6]
        assert read.counts.duplicates == 3

    def test_reading_again_adds_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "orders.csv"
        path.write_text(ORDERS, encoding="utf-8")
        twin = tmp_path / "again.csv"
        twin.write_text(
            ORDERS.replace(
                "T2,小红,20.00,茶壶,1,2024-05-02 08:00:00,,",
                "T2,小红,20.00,茶壶,1,2024-05-02 08:00:00,2024-05-02 09:00:00,",
            )
        )
        once, both = Reading(path), Reading(path, twin)
        assert len(both.rows) == len(once.rows) + 1
        assert both.rows[-1].order_id == "T2"
        assert both.counts.left_out == {"duplicate": 1}
        assert both.reader.counts_of[twin].rejected == 3

    def test_two_equal_items_of_one_order_are_two(self, file: Path) -> None:
        item = {"item_id": "a", "price": 1.0}
        row = {
            "event_timestamp": 1714557600000000,
            "event_name": "purchase",
            "user_pseudo_id": "u",
            "items": [item, item],
        }
        read = Reading(written(file, [row, row]))
        assert len(read.rows) == 2
        assert [bad.line for bad in read.rejected] == [2]

    def test_ids_are_compared_as_bytes(self, file: Path) -> None:
        rows = [event(shopper_id=name) for name in ("a", "A", " a", "ａ", "é", "e\u0301", 0, "0", "00")]
        read = Reading(written(file, rows))
        assert len({row.shopper_id for row in read.rows}) == 8
        assert [bad.line for bad in read.rejected] == [8]

    def test_the_same_in_a_file_as_in_memory(self) -> None:
        digests = [bytes([n % 7, n % 11, n % 13]) + bytes(13) for n in range(3000)]
        with Seen(held=100) as small, Seen() as large:
            assert [small.new(one) for one in digests] == [large.new(one) for one in digests]


class TestCounts:
    def test_of_types_columns_and_notes(self, file: Path) -> None:
        mapping = parse_map(
            b"{format: m, columns: {shopper_id: u, price: p, currency: c},"
            b" events: [{type: {column: e}, time: {column: t}}]}",
            "m",
        )
        rows = [
            {"u": 1, "e": "purchase", "t": "2024-05-01", "p": 5, "c": "EUR", "x": 1},
            {"u": 1, "e": "View", "t": "2024-05-01T00:00:00Z", "p": -5, "y": {"z": 1}},
            {"u": 1, "e": "purchase", "t": "2024-05-02", "p": 7, "c": "CNY", "x": 1},
        ]
        counts = Reading(written(file, rows), mapping=mapping).counts
        assert counts.types == {"purchase": 2}
        assert counts.unknown_types == {"other:View": 1}
        assert counts.ignored == {"x": 2, "y": 1}
        assert counts.naive_times == 2
        assert counts.notes["price_negative"] == counts.notes["currency_missing"] == 1
        assert counts.currencies == {"EUR": 1, "CNY": 1}
        assert counts.filled["price"] == 3

    def test_names_from_a_file_are_bounded(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(counts_module, "MOST_NAMES", 10)
        read = Reading(written(file, [event(type=f"t{n}") for n in range(30)]))
        assert len(read.counts.unknown_types) == 11
        assert read.counts.unknown_types[BEYOND] == 20

    def test_a_shopper_is_one_row(self, file: Path) -> None:
        done = [{"type": "view_item", "at": "2024-05-01T10:00:00Z"}, {"type": "purchase", "at": "2024-07-01T10:00:00Z"}]
        read = Reading(written(file, [{"shopper_id": "a", "events": done}, {"shopper_id": "b", "texts": []}]))
        assert (read.counts.kept, read.types, read.counts.left_out) == (2, ["view_item"], {"later": 1})


class TestIdsAndFiles:
    def test_several_systems_are_one_shopper(self, tmp_path: Path) -> None:
        ga4 = written(
            tmp_path / "ga4.jsonl",
            [
                {
                    "event_timestamp": 1714557600000000,
                    "event_name": "view_item",
                    "user_pseudo_id": "9.9",
                    "user_id": "crm7",
                }
            ],
        )
        order = tmp_path / "orders.csv"
        order.write_text(ORDERS, encoding="utf-8")
        rows = [("ga4", "9.9", "S1"), ("order", "T1", "S1"), ("taobao_orders", "小红", "S2")]
        read = Reading(ga4, order, ids=Ids(rows))
        assert read.rows[0].shopper_id == "S1"
        assert {row.order_id: row.shopper_id for row in read.rows[1:]} == {"T1": "S1", "T2": "S2", "T3": "小明"}

    def test_rows_with_an_order_number_only(self, tmp_path: Path) -> None:
        path = tmp_path / "returns.csv"
        path.write_text("order,t\nT1,2024-05-01T10:00:00Z\nT9,2024-05-01T10:00:00Z\n")
        mapping = parse_map(
            b"{format: r, columns: {order_id: order}, events: [{type: return_refund, time: {column: t}}]}", "r"
        )
        read = Reading(path, mapping=mapping, ids=Ids([("", "T1", "S1")]))
        assert [row.shopper_id for row in read.rows] == ["S1"]
        assert [(bad.line, bad.field) for bad in read.rejected] == [(3, "shopper_id")]

    def test_a_file_that_no_map_fits(self, tmp_path: Path) -> None:
        path = written(tmp_path / "x.jsonl", ["nonsense", {"colour": 1}])
        with pytest.raises(InputError, match="colour") as caught:
            Reading(path)
        assert "inspect" in caught.value.hint

    def test_one_map_for_a_path_and_gzip(self, tmp_path: Path) -> None:
        path = tmp_path / "behaviour.csv.gz"
        path.write_bytes(gzip.compress(b"1,22,3,pv,1511544070\n1,22,3,buy,1511561733\n1,22,3,gaze,1511561733\n"))
        read = Reading(path, mapping={path: load_map("taobao")})
        assert read.types == ["view_item", "purchase", "other:gaze"]
        assert Reading(path).types == read.types

    def test_each_bad_file_row_is_told(self, shared_data: Path) -> None:
        mapping = parse_map(
            b"{format: m, columns: {shopper_id: customer_id}, events: [{type: purchase, time: {column: ts}}]}", "m"
        )
        bad = shared_data / "badfiles"
        for name, lines in (("mid.jsonl", [10_001]), ("dup.jsonl", [1]), ("nan.jsonl", [1, 2])):
            read = Reading(bad / name, mapping=mapping, as_of=None)
            assert [row.line for row in read.rejected] == lines
        amounts = parse_map(
            b"{format: m, columns: {shopper_id: id, price: amount},"
            b" events: [{type: purchase, time: {column: id, unit: days}}]}",
            "m",
        )
        read = Reading(bad / "late.csv", mapping=amounts, as_of=datetime(2199, 1, 1, tzinfo=UTC))
        assert read.rejected[-1].line == 30_002
        assert {row.field for row in read.rejected} == {"at", "price"}


@pytest.mark.parametrize(
    ("name", "rows", "kept", "kinds"),
    [
        ("taobao/dev.parquet", 49_406, 49_406, {"view_item", "add_to_cart", "add_to_wishlist", "purchase"}),
        ("retailrocket-sample/events_sample.parquet", 5_169, 5_166, {"view_item", "add_to_cart", "purchase"}),
        ("cdnow/dev.parquet", 30_907, 30_825, {"purchase"}),
        ("cdnow/dev_literature_sample_2357.parquet", 6_919, 6_898, {"purchase"}),
        ("grocery/groceryElog.csv", 10_483, 10_483, {"purchase"}),
    ],
)
def test_the_shipped_maps_read_the_real_files(
    shared_data: Path, name: str, rows: int, kept: int, kinds: set[str]
) -> None:
    if name.endswith(".parquet"):
        pytest.importorskip("pyarrow")
    read = Reading(shared_data / "behaviour" / name)
    assert (read.counts.rows_in, read.counts.kept) == (rows, kept)
    assert read.counts.duplicates == rows - kept
    assert set(read.counts.types) == kinds
    assert not read.counts.unknown_types
    assert not read.counts.naive_times


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peaks = []
    for rows in (4_000, 16_000):
        path = tmp_path / f"{rows}.csv"
        path.write_text("".join(f"{n},{n},1,pv,{1511544070 + n}\n" for n in range(rows)))
        reader = EventReader([path], mapping=load_map("taobao"))
        reader._seen = Seen(held=1_000)
        tracemalloc.start()
        assert sum(1 for _ in reader) == rows
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0] + 500_000


cells = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.lists(st.integers(), max_size=2)
)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["shopper_id", "type", "at", "price", "quantity", "item_id", "query", "id"]), cells)
)
def test_whatever_is_kept_is_an_event_by_the_contract(
    tmp_path_factory: pytest.TempPathFactory, row: dict[str, Any]
) -> None:
    given_row = event() | row
    path = tmp_path_factory.mktemp("any") / "e.jsonl"
    path.write_text(json.dumps(given_row) + "\n", encoding="utf-8")
    ours: MapFile = load_map("ours")
    read = Reading(path, mapping=ours)
    for one in read.rows:
        plain = one.event.model_dump(exclude_none=True)
        assert Event.model_validate({name: value for name, value in plain.items() if value != ""}) == one.event
        assert one.shopper_id == str(given_row["shopper_id"])
