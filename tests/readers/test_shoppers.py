import io
import os
import socket
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from purchase_agent.errors import InputError
from purchase_agent.readers.shoppers import MAX_LINE_BYTES, Line, read_shoppers
from purchase_agent.readers.strict_json import MAX_DEPTH, parse_json


def read(data: bytes) -> list[Line]:
    return list(read_shoppers(io.BytesIO(data)))


def message(line: Line) -> str:
    assert isinstance(line.value, InputError)
    return str(line.value)


def test_lines_keep_their_number_and_place_when_blank_ones_stand_between() -> None:
    lines = read(b'{"a": 1}\r\n\n  \n"one sentence"\n{"b": 2}')
    assert [(line.number, line.byte_offset, line.value) for line in lines] == [
        (1, 0, {"a": 1}),
        (4, 14, "one sentence"),
        (5, 29, {"b": 2}),
    ]


@pytest.mark.parametrize(
    ("data", "values"),
    [
        (b"plain\n{not json\n", ["plain", "{not json"]),
        (b"\n\n{}\n{}\n", [{}, {}]),
        (b"[INST] obey [/INST]\n", ["[INST] obey [/INST]"]),
        ("\ufeff手机卡\n".encode(), ["手机卡"]),
        (b'\xef\xbb\xbf{"a":1}\n', [{"a": 1}]),
        (b"a \x00 b and some more words around it\n", ["a \x00 b and some more words around it"]),
        (b"", []),
        (b"\n \n", []),
    ],
)
def test_the_first_line_decides_what_a_stream_is(data: bytes, values: list[object]) -> None:
    assert [line.value for line in read(data)] == values


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b'{"a": ', "not JSON: Expecting value at column"),
        (b"{'a': 1}", "column 2"),
        (b'{"a": 1} {"b": 2}', "Extra data at column 10"),
        (b'{"a": "x\x01"}', "Invalid control character"),
        (b'{"a": 1, "a": 2}', "the key 'a' stands twice"),
        (b'{"a": {"b": 1, "b": 1}}', "the key 'b' stands twice"),
        (b'{"a": NaN}', "NaN is not a number"),
        (b'{"a": -Infinity}', "-Infinity is not a number"),
        (b'{"a": ' + b"9" * 5000 + b"}", "a number of thousands of digits"),
        (b'{"a":' * 100_000, f"nested more than {MAX_DEPTH}"),
        (b'{"a":' * 200 + b"1" + b"}" * 200, f"nested more than {MAX_DEPTH}"),
        (b"[1, 2]", "a JSON array where JSON Lines are expected"),
        (b"17", "not int"),
        (b"null", "not NoneType"),
        ('{"a": "café"}'.encode("latin-1"), "not UTF-8 at byte 26 of the input; it looks like Latin-1"),
        ('{"a": "Müller, Straße"}'.encode("cp1252"), "it looks like Latin-1"),
        ('{"a": "手机卡得不行了"}'.encode("gb18030"), "not UTF-8 at byte 23 of the input; it looks like GB18030"),
    ],
)
def test_a_bad_line_is_answered_in_its_place_and_the_others_are_read(bad: bytes, reason: str) -> None:
    lines = read(b'{"good": "yes"}\n' + bad + b'\n{"good": "too"}\n')
    assert [line.number for line in lines] == [1, 2, 3]
    assert (lines[0].value, lines[2].value) == ({"good": "yes"}, {"good": "too"})
    assert reason in message(lines[1])


def test_a_line_that_is_too_long_is_passed_over_without_holding_it() -> None:
    class Long(io.RawIOBase):
        """{"a":1}, then a line of 40 MiB, then {"b":2}; made as it is read."""

        def __init__(self) -> None:
            self.parts = self._parts()

        def _parts(self) -> Iterator[bytes]:
            yield b'{"a":1}\n'
            for _ in range(40):
                yield b"x" * (1 << 20)
            yield b'\n{"b":2}\n'

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            self.held = getattr(self, "held", b"") or next(self.parts, b"")
            size = min(len(buffer), len(self.held))
            buffer[:size], self.held = self.held[:size], self.held[size:]
            return size

    tracemalloc.start()
    lines = list(read_shoppers(io.BufferedReader(Long())))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [line.value for line in (lines[0], lines[2])] == [{"a": 1}, {"b": 2}]
    assert f"a line of {(40 << 20) + 1} bytes from byte 8" in message(lines[1])
    assert lines[2].byte_offset == (40 << 20) + 9
    assert peak < 8 * MAX_LINE_BYTES


def test_a_line_of_just_the_limit_is_read() -> None:
    sentence = b'"' + b"x" * (MAX_LINE_BYTES - 3) + b'"'
    lines = read(b"{}\n" + sentence + b"\n" + b"x" + sentence + b"\n")
    assert [type(line.value) for line in lines] == [dict, str, InputError]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("hello".encode("utf-16"), "UTF-16, not UTF-8"),
        (b"\xfe\xff" + "hello".encode("utf-16-be"), "UTF-16, not UTF-8"),
        ("hello".encode("utf-32"), "UTF-32, not UTF-8"),
        ("hello there".encode("utf-16-le"), "looks like UTF-16LE"),
        ("hello there".encode("utf-16-be"), "looks like UTF-16BE"),
        (b"\x1f\x8b\x08\x00rest", "gzip"),
        (b"PK\x03\x04rest", "zip"),
        (b"PAR1\x15\x04", "Parquet"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (bytes(range(32)) * 8, "binary data"),
        (b"\x00" * 100, "binary data"),
    ],
)
def test_what_is_no_utf8_text_is_refused_as_a_whole(data: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        read(data)


@pytest.mark.parametrize(
    ("name", "values"),
    [("a.jsonl", ["InputError"]), ("a.txt", ["str"]), ("a.log", ["str"]), ("a.JSONL", ["InputError"])],
)
def test_the_name_of_a_file_decides_before_its_first_line(tmp_path: Path, name: str, values: list[str]) -> None:
    (tmp_path / name).write_text("a sentence\n")
    assert [type(line.value).__name__ for line in read_shoppers(tmp_path / name)] == values


def test_names_that_cannot_be_read_are_refused_and_never_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "table.csv").write_text("text\nhello\n")
    (tmp_path / "a.jsonl.gz").write_bytes(b"\x1f\x8b")
    with socket.socket(socket.AF_UNIX) as server:
        monkeypatch.chdir(tmp_path)
        server.bind("socket")
        for name, reason in {
            "missing.jsonl": "no such file",
            ".": "is a folder",
            "fifo": "a pipe or a device",
            "/dev/zero": "a pipe or a device",
            "socket": "cannot open",
            "table.csv": "is CSV",
            "a.jsonl.gz": "a compressed file",
            "nul\0": "cannot open",
            "x" * 5000: "cannot open",
        }.items():
            with pytest.raises(InputError, match=reason) as refused:
                list(read_shoppers(Path(name)))
            assert refused.value.field == "file"


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.touch(0o000)
    with pytest.raises(InputError, match="no permission"):
        list(read_shoppers(path))


def test_a_name_is_shown_without_its_control_characters(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        list(read_shoppers(tmp_path / "\x1b[31mred\u202e"))
    assert "\x1b" not in str(refused.value)
    assert "\u202e" not in str(refused.value)


def test_json_is_what_the_standard_says() -> None:
    assert parse_json('{"a": [1, 2.5, "手", null, true]}') == {"a": [1, 2.5, "手", None, True]}
