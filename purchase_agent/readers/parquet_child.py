"""Reads the Parquet file on standard input and writes its rows, a message a line, to standard output.

It is run by its path, in a process that may die, and so imports nothing of this package. A message is a letter and
JSON: ``g`` the byte at which a row group begins, ``r`` a row, ``e`` a bad row, ``x`` why the file cannot be used, ``z``
that all is told.
"""

from __future__ import annotations

import decimal
import hashlib
import json
import math
import resource
import signal
import sys
import uuid
from collections.abc import Iterable
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any, BinaryIO

_BATCH_ROWS = 1024
_SHOWN = 10  # names in a message
_OUT: BinaryIO = sys.stdout.buffer


class _RefusedError(Exception):
    """The file cannot be used."""


def main() -> None:
    """Reads the order from the first argument: where to import from, and the limits."""
    order = json.loads(sys.argv[1])
    sys.path[:] = order["path"]
    for what, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_NOFILE, 64)):
        resource.setrlimit(what, (most, most))
    hint = "write the file again, with pyarrow or DuckDB for example"
    try:
        import pyarrow as pa  # noqa: F401 -- before memory is limited

        _limit_memory(order["memory"])
        _tell_all(order)
    except _RefusedError as error:
        _tell(b"x", {"message": str(error), "hint": "leave such columns out, or give JSON Lines"})
    except ModuleNotFoundError:
        _tell(b"x", {"message": "Parquet is read by pyarrow, which is not installed", "hint": "pip install pyarrow"})
    except MemoryError:
        message = f"it needs more than {order['memory']} bytes of memory to be read"
        _tell(b"x", {"message": message, "hint": "write it with smaller row groups and pages"})
    # What pyarrow raises is of these kinds; anything else ends this process, and the other side says so.
    except (OSError, ValueError, TypeError, LookupError, ArithmeticError, NotImplementedError) as error:
        reason = " ".join(str(error).split())[:300]
        _tell(b"x", {"message": f"not Parquet that can be read, or damaged: {reason}", "hint": hint})
    else:
        _OUT.write(b"z\n")
    _OUT.flush()


def _limit_memory(most: int) -> None:
    """On top of what the imported libraries have taken."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    whole = pages * resource.getpagesize() + most
    resource.setrlimit(resource.RLIMIT_AS, (whole, whole))


def _tell_all(order: dict[str, Any]) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    # One thread, and malloc itself: both take address space only where it is used.
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    pa.set_memory_pool(pa.system_memory_pool())
    signal.alarm(order["seconds"])
    file = parquet.ParquetFile(sys.stdin.buffer, buffer_size=1 << 20, pre_buffer=False, page_checksum_verification=True)
    _check_columns(file.schema_arrow, order)
    names = file.schema_arrow.names
    for group in range(file.metadata.num_row_groups):
        first = file.metadata.row_group(group).column(0)
        begins = first.data_page_offset
        if first.has_dictionary_page:
            begins = min(begins, first.dictionary_page_offset)
        _tell(b"g", begins)
        for batch in file.iter_batches(_BATCH_ROWS, row_groups=[group], use_threads=False):
            rows = zip(*(_values(column) for column in batch.columns), strict=True)
            signal.alarm(0)  # the other side may take its time
            _tell_rows(names, rows, order["row_bytes"])
            signal.alarm(order["seconds"])


def _check_columns(schema: Any, order: dict[str, Any]) -> None:
    names = schema.names
    if len(names) > order["columns"]:
        raise _RefusedError(f"{len(names)} columns ({_some(names)}), at most {order['columns']} are read")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise _RefusedError(f"columns of the same name: {_some(twice)}")
    from pyarrow import types

    nested = [field.name for field in schema if types.is_nested(field.type) and field.name not in order["nested"]]
    nested += [field.name for field in schema if types.is_map(field.type) or types.is_union(field.type)]
    if nested:
        raise _RefusedError(f"columns of lists, maps or structures: {_some(nested)}")


def _some(names: list[str]) -> str:
    shown = ", ".join(name[:60] for name in names[:_SHOWN])
    return f"{shown} ..." if len(names) > _SHOWN else shown


def _values(column: Any) -> list[Any]:
    """The cells of a column, as JSON can hold them or as ``_plain`` makes them."""
    import pyarrow as pa
    from pyarrow import types

    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        column = column if isinstance(kind, pa.UuidType) else column.storage
    elif types.is_dictionary(kind):
        return _values(column.dictionary_decode())
    elif types.is_timestamp(kind):
        # As text at once: Python's own times end at the microsecond and at the year 9999.
        if kind.tz is not None:
            column = column.cast(pa.timestamp(kind.unit, "UTC"))
        return [text and text.replace(" ", "T", 1) for text in column.cast(pa.string()).to_pylist()]
    elif types.is_date(kind) or types.is_time(kind):
        return list(column.cast(pa.string()).to_pylist())
    elif types.is_duration(kind):
        column = column.cast(pa.duration("us"), safe=False)
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:  # of one cell, but nothing of the column comes then
        return list(column.cast(pa.binary()).to_pylist())


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, uuid.UUID):
        return str(value)
    raise TypeError(f"a value of the type {type(value).__name__}")


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=_plain)


def _tell_rows(names: list[str], rows: Iterable[tuple[Any, ...]], most: int) -> None:
    for row in rows:
        try:
            message = _ENCODER.encode(dict(zip(names, row, strict=True))).encode()
        except ValueError:  # not finite, not UTF-8, or half a surrogate pair
            _tell(b"e", _bad_row(names, row))
            continue
        if len(message) > most:
            digest = hashlib.sha256(message).hexdigest()
            reason = f"a row of {len(message)} bytes, at most {most} are read"
            _tell(b"e", {"message": reason, "field": "", "sha256": digest})
        else:
            _OUT.write(b"r" + message + b"\n")


def _bad_row(names: list[str], row: tuple[Any, ...]) -> dict[str, str]:
    digest = hashlib.sha256(repr(row).encode(errors="backslashreplace")).hexdigest()
    for name, cell in zip(names, row, strict=True):
        try:
            _ENCODER.encode(cell).encode()
        except UnicodeError:
            return {"message": "text that is not UTF-8", "field": name, "sha256": digest}
        except ValueError:
            what = str(cell) if isinstance(cell, float) and not math.isfinite(cell) else "NaN or infinity"
            return {"message": f"{what} is not a number", "field": name, "sha256": digest}
    return {"message": "a name of a column that is not UTF-8", "field": "", "sha256": digest}


def _tell(tag: bytes, value: object) -> None:
    _OUT.write(tag + json.dumps(value).encode() + b"\n")


if __name__ == "__main__":
    main()
