"""One shopper out of files that were written about him: outputs of ``score``, exports, logs.

What goes: a row in which a cell is one of his names, or holds one as a word of its own where the name is long enough to
be nobody else's; of a list (of quotes) the members that are his words; a row or a line of a log that holds a longer
piece of his words, or a shorter one as all of a message. What stays: counts over many shoppers, and words that others
wrote, too. Each file is written anew and takes the place of the old one, or stays as it was.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from purchase_agent.clean import printable
from purchase_agent.errors import InputError
from purchase_agent.exports.cells import defused, original
from purchase_agent.exports.trace import LONG, OWNERS, Trace
from purchase_agent.store.erasing import digest

_OF_THE_ROW = "prediction"
"""A column of Parquet that holds what its row's shopper said, and nobody else."""
_PARQUET = b"PAR1"
"""What a file of Parquet begins with, however it is called."""
_ROWS_AT_ONCE = 4096


@dataclass(slots=True)
class Cleaned:
    """What was done to a file. ``values``: members of lists that were taken out of rows which stay.

    ``unsure``: words of his in rows which stay, too short or too common to tell whose they are.
    """

    path: Path
    form: str
    rows: int = 0
    values: int = 0
    before: str = ""
    after: str = ""
    unsure: set[str] = field(default_factory=set)


def clean_file(path: Path, trace: Trace) -> Cleaned:
    """Takes him out of a file; one in which he is not is left as it is, to the byte.

    Raises:
        InputError: its form is not known, it cannot be read, or it cannot be written anew.
    """
    form = ".parquet" if is_parquet(path) else path.suffix.lower()
    shown = printable(str(path))
    if form not in _WAYS:
        hint = f"it can be one of {', '.join(_WAYS)}; look through others yourself"
        raise InputError(f"{shown}: files of this form are not searched", hint=hint, field="file")
    place = path.with_name(f".{path.name}.erasing")
    try:
        done = Cleaned(path, form.removeprefix("."), before=digest(path))
        place.unlink(missing_ok=True)
        os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, path.stat().st_mode & 0o777))
        _WAYS[form](path, place, trace, done)
        if done.rows or done.values:
            with place.open("rb") as written:
                os.fsync(written.fileno())
            place.replace(path)
    except (OSError, ValueError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        raise InputError(f"cannot clean {shown}: {reason}", hint="nothing in it was changed", field="file") from error
    finally:
        place.unlink(missing_ok=True)
    done.after = digest(path)
    return done


def is_parquet(path: Path) -> bool:
    """Whether a file is Parquet by its first bytes; one that cannot be read is told of by who reads it."""
    try:
        with path.open("rb") as file:
            return file.read(len(_PARQUET)) == _PARQUET
    except OSError:
        return False


def _clean_csv(path: Path, place: Path, trace: Trace, done: Cleaned) -> None:
    """Rows that stay keep their bytes."""
    separator = "," if path.suffix.lower() == ".csv" else "\t"
    with path.open(encoding="utf-8", newline="") as source, place.open("w", encoding="utf-8", newline="") as target:
        taken: list[str] = []
        header: list[str] = []
        for row in csv.reader(_remembering(source, taken), delimiter=separator):
            raw = "".join(taken)
            taken.clear()
            lists = [original(cell.removeprefix("\ufeff")).split(" | ") for cell in row]
            header = header or [name.strip('"') for name, *_ in lists]  # quoted after a byte order mark, too
            least = LONG if trace.is_anothers(dict(zip(header, lists, strict=False))) else 0
            kept = [trace.without_words(one, least)[0] for one in lists]
            left_row = dict(zip(header, kept, strict=False)) if len(set(header)) == len(row) else kept
            if trace.is_his(lists) or trace.is_said(left_row):
                done.rows += 1
            elif kept != lists:
                done.values += sum(map(len, lists)) - sum(map(len, kept))
                # Cells as they stood, defused ones too; only a list that lost a member is put together anew.
                new = [
                    cell if one == left else defused(" | ".join(left))
                    for cell, one, left in zip(row, lists, kept, strict=True)
                ]
                writer = csv.writer(target, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
                writer.writerow(new)
                done.unsure |= trace.left_in(left_row)
            else:
                target.write(raw)
                done.unsure |= trace.left_in(left_row)


def _remembering(lines: Iterable[str], taken: list[str]) -> Iterator[str]:
    for line in lines:
        taken.append(line)
        yield line


def _clean_lines(path: Path, place: Path, trace: Trace, done: Cleaned) -> None:
    with path.open(encoding="utf-8") as source, place.open("w", encoding="utf-8", newline="") as target:
        for line in source:
            try:
                value = json.loads(line)
            except ValueError:  # a line that a reader would refuse, or a remark
                if trace.in_line(line):
                    done.rows += 1
                else:
                    target.write(line)
                    done.unsure |= trace.left_in(line)
                continue
            kept, number = trace.without_words(value)
            if trace.is_his(value) or trace.is_said(kept):
                done.rows += 1
                continue
            done.unsure |= trace.left_in(kept)
            done.values += number
            target.write(json.dumps(kept, ensure_ascii=False) + "\n" if number else line)


def _clean_json(path: Path, place: Path, trace: Trace, done: Cleaned) -> None:
    whole = json.loads(path.read_text("utf-8"))
    rows = whole if isinstance(whole, list) else [whole]
    # A file that is one object tells of a whole run: for words that may be its category as well it is not emptied.
    said = trace.is_said if isinstance(whole, list) else trace.holds_words
    kept: list[Any] = []
    for row in rows:
        left, number = trace.without_words(row)
        if trace.is_his(row) or said(left):
            done.rows += 1
        else:
            done.values += number
            done.unsure |= trace.left_in(left)
            kept.append(left)
    value = kept if isinstance(whole, list) else kept[0] if kept else {}
    place.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _clean_parquet(path: Path, place: Path, trace: Trace, done: Cleaned) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    with parquet.ParquetFile(path) as source:
        schema = source.schema_arrow
        own = _OF_THE_ROW if "shopper_id" in schema.names else ""
        texts = [one.name for one in schema if _is_text(one.type) and one.name != own]
        lists = [one.name for one in schema if pa.types.is_list(one.type)]
        numbers = [one.name for one in schema if pa.types.is_integer(one.type)]
        with parquet.ParquetWriter(place, schema, compression="zstd") as writer:
            for batch in source.iter_batches(_ROWS_AT_ONCE, use_threads=False):
                table = pa.Table.from_batches([batch])
                for name in lists:
                    table = _without_words(table, name, trace, done)
                if texts or lists:
                    rows = table.select([*texts, *lists, *numbers]).to_pylist()
                    his = [trace.is_his([*row.values()]) or trace.is_said(row) for row in rows]
                    done.rows += his.count(True)
                    left = (row for row, one in zip(rows, his, strict=True) if not one)
                    done.unsure.update(word for row in left for word in trace.left_in(row))
                    table = table.filter(pa.array([not one for one in his], pa.bool_()))
                writer.write_table(table)


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _without_words(table: Any, name: str, trace: Trace, done: Cleaned) -> Any:
    import pyarrow as pa

    owners = table.select([one for one in table.schema.names if one in OWNERS]).to_pylist()
    least = [LONG if trace.is_anothers(owner) else 0 for owner in owners] if owners else [0] * len(table)
    values = table.column(name).to_pylist()
    found = [trace.without_words(value, some) for value, some in zip(values, least, strict=True)]
    number = sum(some for _, some in found)
    if not number:
        return table
    done.values += number
    place = table.schema.get_field_index(name)
    field = table.schema.field(place)
    return table.set_column(place, field, pa.array([value for value, _ in found], field.type))


def _clean_log(path: Path, place: Path, trace: Trace, done: Cleaned) -> None:
    with (
        path.open(encoding="utf-8", errors="surrogateescape") as source,
        place.open("w", encoding="utf-8", errors="surrogateescape", newline="") as target,
    ):
        for line in source:
            if trace.in_line(line):
                done.rows += 1
            else:
                target.write(line)
                done.unsure |= trace.left_in(line)


_WAYS: dict[str, Callable[[Path, Path, Trace, Cleaned], None]] = {
    ".csv": _clean_csv, ".tsv": _clean_csv, ".tab": _clean_csv, ".jsonl": _clean_lines, ".ndjson": _clean_lines,
    ".json": _clean_json, ".parquet": _clean_parquet, ".pq": _clean_parquet, ".log": _clean_log, ".txt": _clean_log,
}  # fmt: skip
FORMS = frozenset(_WAYS)
"""Endings of the files that can be searched, in lower case."""
