"""``purchase-agent inspect``: what the columns of event files are taken for, ten mapped rows, and what was refused.

The drafted map goes to standard output, so that ``inspect FILE > map.yaml`` keeps it, and all else to standard error;
with ``--json`` one object on standard output holds everything.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from purchase_agent.clean import printable
from purchase_agent.cli_predict import DONE, FAILED, PARTIAL, json_line
from purchase_agent.readers.counts import Counts
from purchase_agent.readers.events import EventRow
from purchase_agent.readers.ids import Ids
from purchase_agent.readers.inspection import Inspected, inspected
from purchase_agent.readers.mapping import dump_map, load_map

_WIDEST, _NARROWEST = 120, 80
_LONGEST_CELL = 60
_MOST_TOLD = 8  # of types, reasons, ignored columns ...
_COLUMNS = ("line", "shopper_id", "type", "at", "item_id", "category", "price", "quantity", "order_id")


def inspect(
    paths: list[Path], *, map_file: Path | None, ids_file: Path | None, as_of: datetime | None,
    rejected: Path | bool, as_json: bool,
) -> int:  # fmt: skip
    """Reads event files through, with this map or a drafted one each, and shows what comes of them.

    Args:
        paths: event files.
        map_file: a YAML map, or the name of a shipped one, for all files.
        ids_file: joins ids of several systems.
        as_of: later events are refused.
        rejected: True writes ``FILE.rejected.jsonl`` beside each file, a path that one file for all.
        as_json: one JSON object instead of YAML and tables.

    Returns:
        The exit status: ``PARTIAL`` where rows (or one file of several) were refused, ``FAILED`` where all were.

    Raises:
        InputError: the map, the ids, the rejected file or the only event file cannot be used.
    """
    mapping = load_map(map_file) if map_file is not None else None
    ids = Ids.read(ids_file) if ids_file is not None else None
    found = inspected(paths, mapping, ids, as_of, rejected=rejected)
    if len(found) == 1 and found[0].error is not None:
        raise found[0].error
    if as_json:
        sys.stdout.write(json_line(_as_json(found)))
    else:
        console = Console(stderr=True, markup=False, emoji=False, highlight=False)
        console.width = min(max(console.width, _NARROWEST), _WIDEST)
        for place, one in enumerate(found):
            if mapping is None and one.draft.mapping is not None:
                sys.stdout.write(("---\n" if place else "") + _yaml(one))
                sys.stdout.flush()
            _show(one, console)
    sys.stdout.flush()
    return _status(found)


def _status(found: list[Inspected]) -> int:
    if all(one.error is None and not one.counts.rejected for one in found):
        return DONE
    return PARTIAL if any(one.counts.kept for one in found) else FAILED


def _yaml(one: Inspected) -> str:
    assert one.draft.mapping is not None  # noqa: S101 -- asked by the caller
    kind = "fits the map that is shipped" if one.draft.shipped else "a drafted map, to be looked over"
    lines = [f"{printable(one.path.name)}: {kind}", *(f"check: {doubt}" for doubt in one.draft.doubts)]
    return "".join(f"# {printable(line)}\n" for line in lines) + dump_map(one.draft.mapping)


def _show(one: Inspected, console: Console) -> None:
    counts = one.counts
    console.print(Text(f"\n{_shown(one.path, 200)}", style="bold"))
    for note in one.notes:
        console.print(Text(f"  ! {printable(note)}", style="yellow"))
    if one.draft.missing:
        words = f"no column found for: {', '.join(one.draft.missing)}. Columns: {', '.join(one.draft.columns)[:300]}"
        console.print(Text(f"  {printable(words)}", style="red"))
        console.print(Text("  write a map and give it with --map; a shipped one can be the pattern", style="red"))
    if one.error is not None:
        console.print(Text(f"  {printable(str(one.error))[:600]}", style="red"))
    elif counts.rows_in == 0:
        console.print(Text("  0 records: the file has no rows"))
    if one.first:
        console.print(_table(one.first))
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="cyan", width=16)
    facts.add_column(ratio=1, overflow="fold")
    for title, words in _facts(one):
        if words:
            facts.add_row(Text(title), Text(printable(words)))
    console.print(facts)


def _facts(one: Inspected) -> Iterable[tuple[str, str]]:
    counts = one.counts
    yield "rows", f"{counts.rows_in} in = {counts.kept} kept + {counts.rejected} rejected; {counts.events} events"
    if counts.events:
        yield "coverage", ", ".join(f"{name} {share:.0%}" for name, share in one.coverage.items() if share)
    yield "types", _most(counts.types)
    yield "other types", _most(counts.unknown_types)
    yield "rejected", _most(counts.reasons)
    yield "left out", _most(counts.left_out)
    yield "noted", _most(counts.notes)
    yield "not read", ", ".join(name for name, _ in counts.ignored.most_common(_MOST_TOLD))
    if len(counts.currencies) > 1:
        yield "currencies", _most(counts.currencies) + " (never summed)"


def _most(counted: Counter[str]) -> str:
    told = [f"{name} {number}" for name, number in counted.most_common(_MOST_TOLD) if number]
    return ", ".join(told) + (f" and {len(counted) - _MOST_TOLD} more" if len(counted) > _MOST_TOLD else "")


def _table(rows: list[EventRow]) -> Table:
    cells = [_row(row) for row in rows]
    names = [name for name in _COLUMNS if any(name in row for row in cells)]
    table = Table(box=None, padding=(0, 1), header_style="cyan", title_justify="left")
    for name in names:
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    for row in cells:
        table.add_row(*(Text(_shown(row.get(name, ""), _LONGEST_CELL)) for name in names))
    return table


def _shown(value: Any, most: int) -> str:
    words = printable(str(value)[: 4 * most])
    return words if len(words) <= most else words[: most - 1] + "…"


def _row(row: EventRow) -> dict[str, Any]:
    plain = row.event.model_dump(mode="json", exclude_none=True)
    told = {"order_id": row.order_id} if row.order_id is not None else {}
    return {"line": row.line, "shopper_id": row.shopper_id, **plain, **told}


def _as_json(found: list[Inspected]) -> dict[str, Any]:
    total = Counts.total(one.counts for one in found)
    whole = {"rows_in": total.rows_in, "kept": total.kept, "rejected": total.rejected, "events": total.events}
    return {**whole, "files": [_file_as_json(one) for one in found]}


def _file_as_json(one: Inspected) -> dict[str, Any]:
    mapping, error = one.draft.mapping, one.error
    return {
        "file": str(one.path),
        "format": mapping.format if mapping is not None else None,
        "shipped": one.draft.shipped,
        "mapping": mapping.model_dump(mode="json", exclude_defaults=True) if mapping is not None else None,
        "missing": list(one.draft.missing),
        "doubts": list(one.draft.doubts),
        "notes": one.notes,
        "counts": {part.name: getattr(one.counts, part.name) for part in fields(Counts)},
        "coverage": one.coverage,
        "rows": [{**_row(row), "notes": list(row.notes)} for row in one.first],
        "error": {"message": error.message, "hint": error.hint} if error is not None else None,
    }
