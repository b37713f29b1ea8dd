"""Predictions as rows of Parquet: the columns of the contract, and the merge of a run's parts into its output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
from pyarrow import parquet

from purchase_agent.labels import HORIZONS
from purchase_agent.prediction import Prediction

_HORIZONS = tuple(f"p_buy_{days}" for days in HORIZONS)
COLUMNS = pa.schema(
    [
        pa.field("shopper_id", pa.string(), nullable=False),
        pa.field("as_of", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("status", pa.string(), nullable=False),
        pa.field("intent", pa.string()),
        pa.field("intent_level", pa.int8()),
        *(pa.field(name, pa.float64()) for name in _HORIZONS),
        pa.field("motivation", pa.list_(pa.string())),
        pa.field("next_action", pa.string()),
        pa.field("timing", pa.string()),
        pa.field("expected_date", pa.date32()),
        pa.field("engine", pa.string(), nullable=False),
        pa.field("prediction", pa.string(), nullable=False),
    ]
)
TEXT_COLUMNS = COLUMNS.insert(1, pa.field("text_id", pa.string()))
"""With a row a text. ``text_id`` is null for a shopper without texts."""
_TOGETHER = 8192  # rows of a row group
_GROUP_BYTES = 32 << 20


def columns(*, per_text: bool) -> pa.Schema:
    """The schema of an output."""
    return TEXT_COLUMNS if per_text else COLUMNS


def row_of(prediction: Prediction, text_id: str | None = None) -> dict[str, Any]:
    """One row; those without distributions have nulls."""
    intent, timing = prediction.intent, prediction.timing
    cdf = timing.cdf if timing is not None else {}
    return {
        "shopper_id": prediction.shopper_id,
        "text_id": text_id,
        "as_of": prediction.as_of,
        "status": prediction.status,
        "intent": intent.label if intent is not None else None,
        "intent_level": intent.level if intent is not None else None,
        **{name: cdf.get(str(days)) for name, days in zip(_HORIZONS, HORIZONS, strict=True)},  # type: ignore[call-overload]
        "motivation": prediction.motivation.labels if prediction.motivation is not None else None,
        "next_action": prediction.next_action.label if prediction.next_action is not None else None,
        "timing": timing.label if timing is not None else None,
        "expected_date": timing.expected_date if timing is not None else None,
        "engine": prediction.provenance.engine,
        "prediction": prediction.model_dump_json(by_alias=True),
    }


class PartWriter:
    """Writes rows to a Parquet file as they come, in row groups of bounded size; to be used in a ``with`` block."""

    def __init__(self, path: Path, schema: pa.Schema, about: Mapping[str, str] | None = None) -> None:
        # Dictionaries and statistics of whole JSON documents would only cost time and space.
        plain = [name for name in schema.names if name not in ("prediction", "shopper_id", *_HORIZONS)]
        self._file = parquet.ParquetWriter(
            path, schema.with_metadata(dict(about or {})), compression="zstd", use_dictionary=plain,
            write_statistics=[name for name in schema.names if name != "prediction"],
        )  # fmt: skip
        self._schema = schema
        self._rows: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def write(self, rows: Sequence[dict[str, Any]]) -> None:
        """Appends rows."""
        self._rows += rows
        if len(self._rows) >= _TOGETHER:
            self._flush()

    def write_table(self, table: pa.Table) -> None:
        """Appends a table of the same columns."""
        self._file.write_table(table)

    def __exit__(self, *failure: object) -> None:
        try:
            if failure[0] is None and self._rows:
                self._flush()
        finally:
            self._file.close()

    def _flush(self) -> None:
        self._file.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
        self._rows = []


def write_merged(path: Path, parts: Iterable[Path], schema: pa.Schema, about: Mapping[str, str]) -> int:
    """Writes the rows of all parts, in their order, to one file; returns how many there are."""
    rows = 0
    with PartWriter(path, schema, about) as writer:
        for table in _gathered(parts):
            writer.write_table(table)
            rows += table.num_rows
    return rows


def about(path: Path) -> dict[str, str]:
    """What a run wrote of itself into its output; empty where the file is no run's, or none at all."""
    try:
        found = parquet.read_schema(path).metadata or {}
    except (OSError, pa.ArrowException):
        return {}
    return {name.decode(): value.decode() for name, value in found.items() if name.startswith(b"purchase_agent.")}


def _gathered(parts: Iterable[Path]) -> Iterator[pa.Table]:
    """The row groups of the parts, small ones put together."""
    held: list[pa.Table] = []
    size = rows = 0
    for part in parts:
        with parquet.ParquetFile(part) as file:
            for group in range(file.metadata.num_row_groups):
                table = file.read_row_group(group, use_threads=False)
                if held and (rows + table.num_rows > _TOGETHER or size + table.nbytes > _GROUP_BYTES):
                    yield pa.concat_tables(held)
                    held, size, rows = [], 0, 0
                held.append(table)
                size, rows = size + table.nbytes, rows + table.num_rows
    if held:
        yield pa.concat_tables(held)
