import gzip
import hashlib
from pathlib import Path
from typing import Any

import pytest

from purchase_agent.errors import InputError
from purchase_agent.readers.records import Record, read_records


def read(folder: Path, data: bytes, name: str = "a.csv", **options: Any) -> list[Record]:
    (folder / name).write_bytes(data)
    return list(read_records(folder / name, **options))


def values(records: list[Record]) -> list[Any]:
    return [one.value.message if isinstance(one.value, InputError) else one.value for one in records]


def refusal(folder: Path, data: bytes, **options: Any) -> InputError:
    with pytest.raises(InputError) as refused:
        read(folder, data, **options)
    return refused.value


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_separators_and_line_ends(tmp_path: Path, separator: str, name: str, end: str) -> None:
    data = end.join(['id|" a, b; c"', '1|"x|""y"""', "", "2|", '|"" ', ""]).replace("|", separator).encode()
    records = read(tmp_path, data.replace(b'"" ', b'""'), name)
    assert [one.value for one in records] == [
        {"id": "1", "a, b; c": f'x{separator}"y"'},
        {"id": "2", "a, b; c": ""},
        {"id": "", "a, b; c": ""},
    ]
    assert [one.line for one in records] == [2, 4, 5]
    for one in records:
        assert data[one.byte_offset - 1 : one.byte_offset] == b"\n"


def test_a_row_over_several_lines_has_the_place_of_its_first(tmp_path: Path) -> None:
    quoted = b'2,"one\r\n\r\ntwo"",\n"'
    records = read(tmp_path, b"id,t\n1,a\n" + quoted + b"\n3,b\n")
    assert [(one.line, one.byte_offset, one.value) for one in records] == [
        (2, 5, {"id": "1", "t": "a"}),
        (3, 9, {"id": "2", "t": 'one\r\n\r\ntwo",\n'}),
        (7, 28, {"id": "3", "t": "b"}),
    ]
    assert records[1].sha256 == hashlib.sha256(quoted).hexdigest()


def test_ragged_rows_name_the_counts(tmp_path: Path) -> None:  # F08
    records = read(tmp_path, b'id,t\n1,a\n2,b,c\n3\n4,d\n5,"e\n f",g\n6,h\n')
    assert values(records) == [
        {"id": "1", "t": "a"},
        "3 cells, where the header has 2",
        "1 cell, where the header has 2",
        {"id": "4", "t": "d"},
        "3 cells, where the header has 2",
        {"id": "6", "t": "h"},
    ]
    assert [one.line for one in records] == [2, 3, 4, 5, 6, 8]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b'2,"open', "a quote is opened and never closed"),  # F09
        (b'2,"closed" early', "a quote is closed in the middle of a cell"),
        (b'2,"open\n3,"b"', "a quote is closed in the middle of a cell"),
        (b"2,a\0b", "a NUL at byte 12"),
        (b'2,"a\0b"', "a NUL at byte 13"),
        (b"2,a\rb", "a carriage return outside quotes"),
        (b"2,caf\xe9", "not UTF-8 at byte 14; it looks like Latin-1"),
        (b'2,"open\n3,caf\xe9"', "a quote is opened and, before it is closed, not UTF-8"),
        (b'2,"' + b"x" * 140_000 + b'"', "a cell of more than 131072 characters"),
        (b"2," + b"x" * 140_000, "a cell of more than 131072 characters"),
        (b'2,"' + b"x\n" * 70_000, "a quote is opened and not closed within 131072 characters"),
    ],
)
def test_a_bad_row_is_answered_in_its_place_and_the_others_are_read(tmp_path: Path, bad: bytes, why: str) -> None:
    data = b"id,t\n1,a\n%s\n8,y\n9,z\n" % bad
    records = read(tmp_path, data)
    first = bad.split(b"\n")[0]
    assert records[0].value == {"id": "1", "t": "a"}
    assert (records[1].line, records[1].byte_offset) == (3, 9)
    assert why in str(records[1].value)
    assert records[1].sha256 == hashlib.sha256(first).hexdigest()
    assert [one.value for one in records[-2:]] == [{"id": "8", "t": "y"}, {"id": "9", "t": "z"}]
    assert records[-1].byte_offset == len(data) - 4


def test_quotes_left_open_everywhere_end_the_reading_before_it_takes_ages(tmp_path: Path) -> None:
    data = b"id,t\n" + b'a","\n' * 60_000
    assert "quotes are opened and not closed all over it" in refusal(tmp_path, data).message


def test_a_file_that_breaks_off_inside_quotes_is_refused_and_not_ended(tmp_path: Path) -> None:
    rows = b"id,t\n" + b"".join(b'%d,"%x\n"\n' % (n, n * n * 7919) for n in range(20_000))
    assert "cut off" in refusal(tmp_path, gzip.compress(rows)[:100_000], name="a.csv.gz").message
    bomb = gzip.compress(b'id,t\n1,"' + (b"x" * 999 + b"\n") * 10_000)
    assert "gzip bomb" in refusal(tmp_path, bomb, name="b.csv.gz").message


def test_quotes_inside_a_cell_that_has_none_around_it_are_its_text(tmp_path: Path) -> None:
    data = b'id,t\n="0012",27" screen\n'
    assert values(read(tmp_path, data)) == [{"id": '="0012"', "t": '27" screen'}]


@pytest.mark.parametrize(
    ("header", "why"),
    [
        (b"id,t,id", "the column 'id' stands 2 times"),  # F12
        (b"id, id ", "the column 'id' stands 2 times"),
        (b"id,,", "the column '' stands 2 times"),
        (b'id,"t', "the header (line 1) is no row: a quote is opened and never closed"),
        (b"id\rt\r1\r2", "a carriage return outside quotes"),
        (b"id,\xff\xfe\xfd", "not UTF-8"),
        (",".join(f"c{n}" for n in range(10_000)).encode(), "10000 columns (c0, c1, c2, c3, c4 ...), at most 1000"),
    ],
)
def test_a_header_that_cannot_be_used_refuses_the_file(tmp_path: Path, header: bytes, why: str) -> None:
    assert why in refusal(tmp_path, header + b"\n1,2\n").message


def test_comments_stand_above_the_header_only(tmp_path: Path) -> None:
    records = read(tmp_path, b"# Events\n#\n\nid,t\n#1001,a\n")
    assert values(records) == [{"id": "#1001", "t": "a"}]
    assert records[0].line == 5


def test_a_file_without_a_header_has_the_names_that_are_given_or_numbers(tmp_path: Path) -> None:
    data = b"1,2268318,2520377,pv,1511544070\n1,2333346,2520771,buy,1511561733\n"
    notes: list[str] = []
    plain = read(tmp_path, data, note=notes.append)
    assert [one.line for one in plain] == [1, 2]
    assert plain[0].value == {
        "column_1": "1", "column_2": "2268318", "column_3": "2520377", "column_4": "pv", "column_5": "1511544070",
    }  # fmt: skip
    assert notes == ["no header line: the columns are called column_1 to column_5"]
    named = read(tmp_path, data, names=("user", "item", "cat", "beh", "ts"))
    assert named[1].value == {"user": "1", "item": "2333346", "cat": "2520771", "beh": "buy", "ts": "1511561733"}
    assert "twice" in refusal(tmp_path, data, names=("a", "a", "b", "c", "d")).message.replace("2 times", "twice")


GB = '订单编号,买家会员名,备注\n1,张三,好\n2,ab,\n3,李四,"两\n行"\n'.encode("gb18030")


def test_gb18030_is_found_and_said(tmp_path: Path) -> None:
    notes: list[str] = []
    records = read(tmp_path, GB, note=notes.append)
    assert values(records) == [
        {"订单编号": "1", "买家会员名": "张三", "备注": "好"},
        {"订单编号": "2", "买家会员名": "ab", "备注": ""},
        {"订单编号": "3", "买家会员名": "李四", "备注": "两\n行"},
    ]
    assert notes == ["read as GB18030"]


def test_gb18030_may_begin_far_down(tmp_path: Path) -> None:
    data = b"id,t\n" + b"1,plain\n" * 50_000 + "2,你好\n3,再见\n".encode("gb18030")
    assert [one.value for one in read(tmp_path, data)[-2:]] == [{"id": "2", "t": "你好"}, {"id": "3", "t": "再见"}]


def test_rows_in_another_encoding_than_the_file_are_bad_rows(tmp_path: Path) -> None:
    rows = GB + "3,李四,好\n".encode("gb18030") * 10
    *_, foreign, broken = read(tmp_path, rows + "4,张三和李四,好\n".encode() + b"5,\xc4\xff,x\n")
    assert "line 16 is UTF-8 in a file of GB18030" in str(foreign.value)
    assert "not GB18030 at byte" in str(broken.value)
    mixed = "id,t\n1,手机\n".encode() + "2,你好\n".encode("gb18030")
    assert "looks like GB18030" in str(read(tmp_path, mixed)[1].value)


def test_one_column_is_a_table_too(tmp_path: Path) -> None:
    assert values(read(tmp_path, b"id\n1\n2,3\n")) == [{"id": "1"}, "2 cells, where the header has 1"]


def test_formulas_stay_text(tmp_path: Path) -> None:  # F11
    data = b'a;b;c;d;e\n=1+1;+1;-1;@x;"\t=2"\n"\r=3";;;;\n'
    assert [list(one.value.values()) for one in read(tmp_path, data)] == [  # type: ignore[union-attr]
        ["=1+1", "+1", "-1", "@x", "\t=2"],
        ["\r=3", "", "", "", ""],
    ]
