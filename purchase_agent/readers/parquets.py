"""Parquet, read in a process of its own: a damaged file may take that one down, or out of memory, but not this one."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from purchase_agent.clean import printable
from purchase_agent.errors import InputError
from purchase_agent.readers.files import Limits, Source
from purchase_agent.readers.lines import Row

NESTED = frozenset(
    [
        # a shopper of ours
        "texts", "events", "consent", "target",
        # an event of GA4's export
        "event_params", "items", "ecommerce", "user_properties", "device", "geo", "app_info", "traffic_source",
        "user_ltv", "privacy_info", "event_dimensions", "collected_traffic_source", "session_traffic_source_last_click",
        "publisher", "item_params",
    ]
)  # fmt: skip
"""Columns that may hold lists and structures; any other must hold plain values."""
BATCH_SECONDS = 120
"""Longest time for one batch of rows: a damaged file can also send its reader round in circles."""
_CHILD = Path(__file__).with_name("parquet_child.py")
_TAG_BYTES = 64  # of a message, around its row
_KEPT_SETTINGS = ("LD_LIBRARY_PATH", "PATH", "SYSTEMROOT", "TMPDIR")  # no key or password reaches the child
_HINT = "write the file again"


def read_parquet(source: Source, limits: Limits) -> Iterator[Row]:
    """The rows as JSON would hold them: dates and times as ISO 8601 text, durations as seconds, decimals as numbers.

    ``line`` is the number of the row, from 1; ``byte_offset`` is that of its row group. A row with NaN, or with text
    that is not UTF-8, is a bad row.

    Raises:
        InputError: the file is damaged, needs more memory or time than the limits, or has columns that are not read.
    """
    # Isolated (-I), so that nothing beside the file or in the environment is imported; pyarrow is where it is for us.
    order = json.dumps(
        {
            "path": [entry for entry in sys.path if Path(entry).is_absolute()],
            "nested": sorted(NESTED),
            "columns": limits.max_columns,
            "row_bytes": limits.max_line_bytes,
            "memory": limits.max_child_bytes,
            "seconds": BATCH_SECONDS,
        }
    )
    environment = {name: os.environ[name] for name in _KEPT_SETTINGS if name in os.environ}
    child = subprocess.Popen(  # noqa: S603 -- this Python, and a file of this package
        [sys.executable, "-I", str(_CHILD), order],
        stdin=source.descriptor,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment | {"MALLOC_ARENA_MAX": "1", "OMP_NUM_THREADS": "1"},
    )
    with child:
        try:
            yield from _rows(child, printable(source.file), limits)
        finally:
            child.kill()


def _rows(child: subprocess.Popen[bytes], shown: str, limits: Limits) -> Iterator[Row]:
    told = cast("IO[bytes]", child.stdout)  # a pipe, as asked for
    number = offset = size = 0
    while message := told.readline(limits.max_line_bytes + _TAG_BYTES):
        tag, body = message[:1], message[1:-1]
        size += len(body)
        if size > limits.max_bytes:
            raise InputError(f"{shown} unpacks to more than {limits.max_bytes} bytes", hint="split the file")
        if tag == b"r":
            number += 1
            yield Row(number, offset, json.loads(body), hashlib.sha256(body).hexdigest())
        elif tag == b"e":
            number += 1
            bad = json.loads(body)
            yield Row(number, offset, InputError(bad["message"], hint=_HINT, field=bad["field"]), bad["sha256"])
        elif tag == b"g":
            offset = int(body)
        elif tag == b"x":
            failure: dict[str, Any] = json.loads(body)
            raise InputError(f"{shown}: {printable(failure['message'])[:400]}", hint=failure["hint"])
        elif tag == b"z":
            return
    raise InputError(f"{shown} cannot be read: {_ending(child.wait())}", hint=f"it may be damaged: {_HINT}")


def _ending(status: int) -> str:
    if status == -14:  # SIGALRM
        return f"its rows took longer than {BATCH_SECONDS} seconds"
    return f"its reader ended with {f'signal {-status}' if status < 0 else f'status {status}'}"
