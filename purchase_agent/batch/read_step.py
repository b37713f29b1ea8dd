"""The first step: an input file read once, its rows laid apart by partition."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from purchase_agent.batch.folder import WorkFolder, commit_json, committed, read_json
from purchase_agent.batch.inputs import own_map
from purchase_agent.batch.plan import Plan, hash_key
from purchase_agent.batch.rows import Named, Rules, read_rows
from purchase_agent.batch.spill import MORE_EVENTS, SpillWriter
from purchase_agent.batch.tally import Tally
from purchase_agent.errors import InputError
from purchase_agent.readers.ids import Ids
from purchase_agent.readers.rejects import Rejected, RejectWriter
from purchase_agent.settings import Settings

_TOLD_EVERY = 2000  # rows


def rules_of(plan: Plan, settings: Settings) -> Rules:
    """How the rows of all files are read; holds the joined ids in memory."""
    job = plan.job
    return Rules(
        own_map(job.map), Ids.read(job.ids) if job.ids is not None else None, _named(settings, hashed=job.hash_ids)
    )


def read_file(
    folder: WorkFolder, plan: Plan, task: int, rules: Rules, told: Callable[[int], None] = lambda _: None
) -> None:
    """Reads input file number ``task`` into the work folder.

    Args:
        told: is told, now and then, how many bytes of the file have been read.

    Raises:
        InputError: the file cannot be used, or is not the one of the plan any more.
    """
    file = plan.files[task]
    _check_unchanged(file.path, file.size, file.changed_ns)
    tally = Tally()
    notes: list[str] = []
    folder.read_marker(task).parent.mkdir(mode=0o700, exist_ok=True)
    with committed(folder.spill(task)) as spilled, committed(folder.read_rejects(task)) as refused:
        with SpillWriter(spilled, plan.partitions) as spill, RejectWriter(refused) as rejects:
            for rows in read_rows(file, task, rules, notes.append):
                tally.rows_in += 1
                if isinstance(rows, Rejected):
                    rejects.write(rows)
                    tally.reject(rows.field, rows.reason)
                    continue
                tally.rows_kept += any(row.kind != MORE_EVENTS for row in rows)
                for row in rows:
                    spill.write(row)
                if tally.rows_in % _TOLD_EVERY == 0:
                    told(min(rows[0].offset, file.size))
        _check_unchanged(file.path, file.size, file.changed_ns)
    marker = {
        "tally": tally.model_dump(),
        "segments": spill.segments,
        "rows": spill.rows,
        "notes": notes[:20],
    }
    commit_json(folder.read_marker(task), marker)
    told(file.size)


def read_marker(folder: WorkFolder, task: int) -> dict[str, Any] | None:
    """What is known of a file that has been read; None before."""
    found: dict[str, Any] | None = read_json(folder.read_marker(task))
    return found


def _named(settings: Settings, *, hashed: bool) -> Named:
    if not hashed:
        return str
    from purchase_agent.store.pseudonym import pseudonym

    key = hash_key(settings)
    return lambda shopper_id: pseudonym(shopper_id, key)


def _check_unchanged(path: str, size: int, changed_ns: int) -> None:
    try:
        state = Path(path).stat()
    except OSError as error:
        raise InputError(f"{path} is gone: {error.strerror}", hint="put it back", field="file") from error
    if (state.st_size, state.st_mtime_ns) != (size, changed_ns):
        hint = "begin anew with --overwrite when it is complete"
        raise InputError(f"{path} was changed since the run was planned", hint=hint, field="file")
