"""Strict CSV and TSV: every row as wide as the header, every quote closed, each row with its exact place.

The separator (comma, semicolon or tab) is that of the header. All cells are text. A row may go over several lines
where a line break is quoted; where a quote is never closed, its first line is the bad row and reading goes on with the
next. Working on bytes is safe: in UTF-8 and in GB18030 no character holds a quote, a separator or a line break.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence

from purchase_agent.clean import printable
from purchase_agent.errors import InputError
from purchase_agent.readers.encodings import Decoder
from purchase_agent.readers.files import Limits, Source
from purchase_agent.readers.lines import RawLine, Row, RowError, read_lines, too_long

MAX_CELL = 131_072
"""Characters in a cell: the bound that Python's own reader has."""
_SEPARATORS = {"csv": ",;\t", "tsv": "\t,;"}  # the first wins a tie
_QUOTED = re.compile(rb'"[^"]*"')
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")
_LINE_COST = 128  # bytes: a line, however short, takes the time of so many
_FREE_REREADING = 16 << 20  # bytes
_MOST_REREADING = 8  # times what has been read
_HINT = "write the table with a CSV library, or save it again as CSV UTF-8"


def read_csv(
    source: Source, limits: Limits, *, names: Sequence[str] | None = None, note: Callable[[str], None]
) -> Iterator[Row]:
    """The rows below the header, as mappings of column to text.

    Args:
        source: an open CSV or TSV file.
        limits: ``max_line_bytes`` bounds a row, ``max_columns`` the header.
        names: of the columns of a file without a header. Where they are not given, a first row of mostly numbers is
            no header either, and the columns are called ``column_1`` and so on.
        note: is told what had to be assumed of the file.

    Raises:
        InputError: the header cannot be used; nothing of the file is read then.
    """
    yield from _Table(source, limits, note).rows(names)


class _Table:
    """Reads rows; a line that was taken for a part of a row and is none is put back and read again."""

    def __init__(self, source: Source, limits: Limits, note: Callable[[str], None]) -> None:
        self._source = source
        self._limits = limits
        self._note = note
        self._lines = read_lines(source.stream, limits.max_line_bytes)
        self._again: deque[RawLine] = deque()
        self._reread = 0
        self._decoder = Decoder(source.stream.peek, note)
        self._separator = ","

    def rows(self, names: Sequence[str] | None) -> Iterator[Row]:
        header = self._header(names)
        while (line := self._next()) is not None:
            if not line.raw.strip(b" "):
                continue
            try:
                cells, digest = self._cells(line)
            except RowError as error:
                yield Row(line.number, line.start, error, line.digest())
                self._check_rereading(line)
                continue
            if len(cells) == len(header):
                yield Row(line.number, line.start, dict(zip(header, cells, strict=True)), digest)
            else:
                message = f"{_counted(len(cells))}, where the header has {len(header)}"
                yield Row(line.number, line.start, RowError(message, hint=_HINT), digest)

    def _next(self) -> RawLine | None:
        return self._again.popleft() if self._again else next(self._lines, None)

    def _header(self, names: Sequence[str] | None) -> list[str]:
        """The names of the columns; finds the separator on the way. None where the file has no row at all."""
        first = self._next()
        # Comments stand above a header (GA4 writes some); below it a row may begin with # (an order of Shopify does).
        while first is not None and (not first.raw.strip() or (names is None and first.raw.startswith(b"#"))):
            first = self._next()
        if first is None:
            return []
        bare = _QUOTED.sub(b"", first.raw)
        signs = _SEPARATORS["tsv" if self._source.form == "tsv" else "csv"]
        self._separator = max(signs, key=lambda sign: bare.count(sign.encode()))
        if names is not None:
            self._again.appendleft(first)
            return _checked(list(names), self._limits.max_columns)
        try:
            cells, _ = self._cells(first)
        except RowError as error:
            message = f"{printable(self._source.file)}: the header (line {first.number}) is no row: {error.message}"
            raise InputError(message, hint=error.hint) from error
        if 2 * sum(_NUMBER.fullmatch(cell.strip()) is not None for cell in cells) > len(cells):
            self._again.appendleft(first)
            cells = [f"column_{number}" for number in range(1, len(cells) + 1)]
            self._note(f"no header line: the columns are called {cells[0]} to {cells[-1]}")
        return _checked([cell.strip() for cell in cells], self._limits.max_columns)

    def _cells(self, line: RawLine) -> tuple[list[str], str]:
        """The cells of the row that begins with this line, and its digest.

        Raises:
            RowError: it is no row; the lines below it are still to be read.
        """
        text = self._text(line)
        if '"' not in text and "\r" not in text:
            cells, digest = text.split(self._separator), line.digest()
        else:
            cells, digest = self._quoted(line, text)
        if line.length > MAX_CELL and any(len(cell) > MAX_CELL for cell in cells):
            raise _too_wide()
        return cells, digest

    def _text(self, line: RawLine) -> str:
        if line.too_long:
            raise RowError(too_long(line, self._limits.max_line_bytes), hint=_HINT)
        if b"\0" in line.raw:
            raise RowError(f"a NUL at byte {line.start + line.raw.index(0)}", hint=_HINT)
        if not line.end and self._source.cut:
            raise RowError("the file is cut off in this row", hint="fetch the file again")
        return self._decoder.text(line)

    def _quoted(self, line: RawLine, text: str) -> tuple[list[str], str]:
        taken = [line]

        def texts() -> Iterator[str]:
            yield text + line.end.decode()
            size = line.length
            while (more := self._next()) is not None:
                taken.append(more)
                size += more.length
                if size > self._limits.max_line_bytes:
                    return  # the quote is then left open, which the reader tells
                yield self._text(more) + more.end.decode()

        try:
            cells = next(csv.reader(texts(), delimiter=self._separator, strict=True))
        except (csv.Error, RowError) as error:
            self._again.extendleft(reversed(taken[1:]))
            self._reread += sum(part.length + _LINE_COST for part in taken[1:])
            raise _no_row(error, lines=len(taken)) from error
        if len(taken) == 1:
            return cells, line.digest()
        return cells, hashlib.sha256(b"".join(part.raw + part.end for part in taken[:-1]) + taken[-1].raw).hexdigest()

    def _check_rereading(self, line: RawLine) -> None:
        """Raises InputError where open quotes would have the same lines read again without end."""
        if self._reread > _FREE_REREADING + _MOST_REREADING * line.start:
            shown = printable(self._source.file)
            raise InputError(f"{shown}: quotes are opened and not closed all over it (line {line.number})", hint=_HINT)


def _counted(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _checked(header: list[str], most: int) -> list[str]:
    if len(header) > most:
        shown = ", ".join(printable(name)[:40] for name in header[:5])
        message = f"{len(header)} columns ({shown} ...), at most {most} are read"
        raise InputError(message, hint="leave out what is not needed")
    for name, count in Counter(header).items():
        if count > 1:
            shown = printable(name)[:80]
            raise InputError(f"the column {shown!r} stands {count} times in the header", hint="rename one", field=shown)
    return header


def _too_wide() -> RowError:
    return RowError(f"a cell of more than {MAX_CELL} characters", hint="leave out what is not needed")


def _no_row(error: csv.Error | RowError, *, lines: int) -> RowError:
    """Python's own words name the sign that was expected; people look for the quote."""
    said = str(error)
    if isinstance(error, RowError):
        return RowError(f"a quote is opened and, before it is closed, {error.message}", hint=error.hint)
    if "unexpected end" in said:
        return RowError("a quote is opened and never closed", hint=_HINT)
    if "expected after" in said:
        return RowError("a quote is closed in the middle of a cell, or one before it was never closed", hint=_HINT)
    if "new-line" in said:
        return RowError("a carriage return outside quotes", hint="save the table with line ends of LF or CR LF")
    if lines > 1:
        return RowError(f"a quote is opened and not closed within {MAX_CELL} characters", hint=_HINT)
    return _too_wide()
