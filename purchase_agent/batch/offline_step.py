"""The step between reading and scoring of a run whose language model answers offline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from purchase_agent.batch.folder import WorkFolder, commit_json, read_json
from purchase_agent.batch.group import Grouped
from purchase_agent.batch.plan import Plan
from purchase_agent.batch.progress import Progress
from purchase_agent.batch.score_step import Unit, grouped, units_of
from purchase_agent.batch.spill_index import SpillIndex
from purchase_agent.batch.tally import Tally
from purchase_agent.errors import InputError
from purchase_agent.settings import Settings


def offline(folder: WorkFolder, plan: Plan, settings: Settings, cache: Path | None, progress: Progress) -> int | None:
    """Writes the requests, unless they are there; or, where answers lie beside them, gathers these.

    Returns:
        How many requests wait for answers; None where there are answers to score with.

    Raises:
        InputError: the folder holds requests of another run.
        SettingsError: the model's name is not set.
    """
    from purchase_agent.batch.openai_answers import gather
    from purchase_agent.batch.openai_batch import offline_model, write_requests
    from purchase_agent.batch.openai_requests import answer_files, request_files
    from purchase_agent.batch.scorer import local_agent

    place = plan.job.openai_batch
    assert place is not None  # noqa: S101 -- asked by the caller
    offline_model(settings)
    known = read_json(folder.requests)
    if known is None and request_files(place):
        raise InputError(f"{place} holds requests of another run", hint="name an empty folder", field="file")
    if known is not None and known["written"] is not None:
        files = answer_files(place)
        if not files:
            return int(known["written"])
        answers, other = gather(files, folder.recorded)
        more = f"; {other} lines are none" if other else ""
        progress.say(f"{answers} answers to {known['written']} requests in {len(files)} files{more}")
        return None
    commit_json(folder.requests, {"written": None})
    progress.stage("writing requests", plan.partitions)
    local = local_agent(plan, cache, Counter())
    units = _all_units(folder, plan, progress)
    written = write_requests(
        place, settings, plan.job.engine, local, units, folder.path / "seen.sqlite", lambda _: progress.done(0, 1)
    ).written
    commit_json(folder.requests, {"written": written})
    return written


def _all_units(folder: WorkFolder, plan: Plan, progress: Progress) -> Iterator[Unit]:
    index = SpillIndex(folder, len(plan.files))
    for partition in range(plan.partitions):
        shoppers = grouped(plan, partition, index)
        yield from (unit for unit in units_of(plan, shoppers, Tally()) if not isinstance(unit, Grouped))
        progress.done(1, 0)
