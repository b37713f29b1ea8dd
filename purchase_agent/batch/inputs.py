"""Which files a run reads, and what each of them holds: shoppers, texts or events."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from purchase_agent.clean import printable
from purchase_agent.errors import InputError
from purchase_agent.readers.files import open_source
from purchase_agent.readers.mapping import MapFile, load_map, shipped
from purchase_agent.readers.recognise import recognised
from purchase_agent.readers.records import read_records
from purchase_agent.readers.rows import RowMapper

Kind = Literal["shoppers", "texts", "events", "empty"]
_LOOKED_AT = 50  # rows of a file
_SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".tab", ".parquet", ".pq")
_TEXT_COLUMNS = ("shopper_id", "text")
_WANTED = (
    "a file holds shoppers (texts or events in each row), texts (columns shopper_id and text) or events (columns that "
    "a map describes: `purchase-agent inspect FILE` drafts one)"
)


class InputFile(BaseModel):
    """A file to read.

    Attributes:
        name: as it was given, where that is another; rejected rows are told by it.
        size, changed_ns: of the file when the run was planned.
        form: as of ``readers.files``.
        map: name of the shipped map that fits it; None with a map of the user's own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    path: str
    name: str = ""
    size: int
    changed_ns: int
    kind: Kind
    form: str
    map: str | None = None

    @property
    def shown(self) -> str:
        """How the file is called in what is told."""
        return self.name or self.path


def find_inputs(given: Sequence[str], out: Path) -> list[Path]:
    """The files that are meant, each once, those of a folder or a pattern by name.

    Of a folder all files count, also in folders below, that are named as something that is read here; what begins with
    a dot or an underscore, and what a run writes beside its output, does not.

    Raises:
        InputError: something given stands for no file.
    """
    found: dict[Path, Path] = {}
    for name in given:
        path = Path(name)
        if path.is_dir():
            some = sorted(entry for entry in path.rglob("*") if _is_input(entry, path))
        elif path.exists() or not glob.has_magic(name):
            some = [path]
        else:
            some = sorted(Path(one) for one in glob.glob(name, recursive=True) if Path(one).is_file())  # noqa: PTH207 -- takes absolute patterns
        some = [one for one in some if one.resolve() != out.resolve()]
        if not some:
            hint = f"files named {', '.join(_SUFFIXES)}, also with .gz" if path.is_dir() else "check the path"
            raise InputError(f"no file to read in {printable(name)}", hint=hint, field="file")
        for one in some:
            found.setdefault(one.resolve(), one)
    return list(found.values())


def look_at(path: Path, mapping: MapFile | None) -> InputFile:
    """What a file holds, told from its first rows.

    Args:
        mapping: the user's own, for files of events.

    Raises:
        InputError: the file cannot be read, or holds none of what is read here; says what was seen.
    """
    with open_source(path) as source:
        form = source.form
    text_cells = form in ("csv", "tsv")
    names = (mapping.names or None) if mapping is not None else None
    seen: Mapping[str, Any] | None = None
    bad: InputError | None = None
    kind: Kind | None = None
    fits: str | None = None
    for record in islice(read_records(path, names=names), _LOOKED_AT):
        row = record.value
        if isinstance(row, InputError):
            bad = bad or row
            continue
        seen = seen or row
        kind, fits = _kind(row, mapping, text_cells=text_cells)
        if kind is not None:
            break
    if kind is None and seen is None:
        if bad is not None:
            raise InputError(f"{path}: no row can be read; the first: {bad.message}", hint=bad.hint, field="file")
        kind = "empty"
    if kind is None and seen is not None:
        columns = ", ".join(list(seen)[:20])[:300]
        told = "the map finds no event in its first rows, and it" if mapping is not None else "it"
        raise InputError(f"{printable(str(path))}: {told} has the columns {columns}", hint=_WANTED, field="file")
    state = path.stat()
    return InputFile(
        path=str(path.resolve()), name=str(path), size=state.st_size, changed_ns=state.st_mtime_ns,
        kind=kind or "empty", form=form, map=fits,
    )  # fmt: skip


def map_of(file: InputFile, mapping: MapFile | None) -> MapFile:
    """The map by which a file of events is read."""
    return mapping if file.map is None and mapping is not None else shipped()[file.map or ""]


def own_map(name: str | None) -> MapFile | None:
    """The user's map, from a file or by a shipped map's name."""
    return load_map(name) if name is not None else None


def _kind(row: Mapping[str, Any], mapping: MapFile | None, *, text_cells: bool) -> tuple[Kind | None, str | None]:
    """What a row is, and the shipped map that reads it where it is an event; None where this row does not tell."""
    if not text_cells and any(isinstance(row.get(name), list) for name in ("texts", "events")):
        return "shoppers", None
    if mapping is not None:
        return ("events", None) if _makes_event(mapping, row, text_cells=text_cells) else (_texts(row), None)
    found = recognised(row, text_cells=text_cells)
    if found is not None and {"texts", "events"}.isdisjoint(row):
        return "events", next(name for name, one in shipped().items() if one is found)
    return _texts(row), None


def _texts(row: Mapping[str, Any]) -> Kind | None:
    return "texts" if all(name in row for name in _TEXT_COLUMNS) else None


def _makes_event(mapping: MapFile, row: Mapping[str, Any], *, text_cells: bool) -> bool:
    try:
        return bool(RowMapper(mapping, text_cells=text_cells).events(row))
    except InputError:
        return False


def is_named_as_input(parts: Sequence[str]) -> bool:
    """Whether a file of a folder counts, told from its path in it."""
    name = parts[-1].lower().removesuffix(".gz")
    if any(part.startswith((".", "_")) or part.endswith(".work") for part in parts) or name.endswith(".rejected.jsonl"):
        return False
    return name.endswith(_SUFFIXES)


def _is_input(entry: Path, root: Path) -> bool:
    return is_named_as_input(entry.relative_to(root).parts) and entry.is_file()


def total_bytes(files: Sequence[InputFile]) -> int:
    """About how many bytes of rows the files hold: what is packed unpacks to several times as much."""
    return sum(_unpacked(file) for file in files)


def _unpacked(file: InputFile) -> int:
    packed = file.form == "parquet" or file.path.lower().endswith(".gz")
    return file.size * (6 if packed else 1)


def kinds_told(files: Sequence[InputFile]) -> Iterator[str]:
    """A sentence a kind of file: how many."""
    for kind in ("shoppers", "texts", "events", "empty"):
        count = sum(file.kind == kind for file in files)
        if count:
            yield f"{count} of {kind}" if kind != "empty" else f"{count} empty"
