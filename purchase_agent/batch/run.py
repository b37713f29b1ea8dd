"""A run from its plan to its output; ended at any moment, the same call goes on where it was."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from purchase_agent.batch import parts
from purchase_agent.batch.commands import READ, SCORE
from purchase_agent.batch.folder import WorkFolder, committed, read_json
from purchase_agent.batch.offline_step import offline
from purchase_agent.batch.plan import Job, Plan, difference, load_plan, make_plan
from purchase_agent.batch.progress import Progress
from purchase_agent.batch.read_step import read_marker
from purchase_agent.batch.tally import Tally
from purchase_agent.batch.to_store import Keeping, keeping
from purchase_agent.batch.workers import Workers
from purchase_agent.clean import printable
from purchase_agent.errors import InputError, PurchaseAgentError, StoreError
from purchase_agent.settings import Settings

_FINGERPRINT, _DEPENDS, _SUMMARY = (f"purchase_agent.{name}" for name in ("fingerprint", "depends", "summary"))
_COPIED_AT_ONCE = 1 << 20


@dataclass(slots=True)
class Summary:
    """How a run ended.

    Attributes:
        scored: shoppers, or texts, by this call; more may have been before.
        requests: that lie in files and wait for their answers; None where none do.
        was_finished: there was nothing to do.
        resumed: part of it had been done before.
    """

    out: str
    rejected: str
    run_id: str
    as_of: str
    tally: Tally
    seconds: float = 0.0
    scored: int = 0
    requests: int | None = None
    was_finished: bool = False
    resumed: bool = False
    notes: list[str] = field(default_factory=list)

    def settle(self, reading: Iterable[Tally], scored: Iterable[Tally]) -> None:
        """Adds up what the two steps counted.

        Raises:
            PurchaseAgentError: a row is missing.
        """
        read, made = Tally.total(reading), Tally.total(scored)
        if read.rows_kept != made.rows_kept + made.rows_rejected:
            message = f"{read.rows_kept} rows were read, {made.rows_kept} kept and {made.rows_rejected} rejected"
            raise PurchaseAgentError(message, hint="a fault of this program, please report it")
        self.tally = Tally.total([read.model_copy(update={"rows_kept": 0}), made])
        self.notes += self.tally.warnings(self.as_of)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        rate = round(self.scored / self.seconds, 1) if self.scored and self.seconds else None
        return {
            "out": self.out, "rejected": self.rejected, "run_id": self.run_id, "as_of": self.as_of,
            **self.tally.model_dump(),
            "seconds": round(self.seconds, 2), "scored_now": self.scored, "per_second": rate,
            "requests": self.requests, "was_finished": self.was_finished, "resumed": self.resumed, "notes": self.notes,
        }  # fmt: skip


def score(
    job: Job, settings: Settings, progress: Progress, *, workers: int = 1, cache: Path | None = None,
    overwrite: bool = False, partitions: int | None = None,
) -> Summary:  # fmt: skip
    """Does a job, or what is left of it.

    Args:
        workers: processes; with a language model always one, which asks it many things at once.
        cache: folder of what is remembered between runs; None is none.
        overwrite: begin anew where the output, or what was begun, is of another plan.
        partitions: a power of two; by the size of the input unless given.

    Raises:
        InputError: an input cannot be used, the output is of another plan, or another run is writing it.
        SettingsError: questions are to go into files and the model's name is not set.
        PurchaseAgentError: a place cannot be written; what was done before stays.
    """
    begun = monotonic()
    _check_offline(job, settings)
    folder = WorkFolder(job.out)
    with folder.locked():
        plan, finished = _planned(folder, job, settings, overwrite=overwrite, partitions=partitions)
        if finished is not None:
            return finished
        summary = _summary(folder, plan)
        count = min(workers, settings.llm_concurrency) if plan.asks else workers
        with ExitStack() as stack:
            try:
                store, end_in_store = stack.enter_context(keeping(folder, plan, settings))
            except StoreError:
                if not any(folder.read_marker(task).exists() for task in range(len(plan.files))):
                    folder.clear()  # else the command with the right store would be refused as another plan
                raise
            with Workers(folder, plan, count, cache) as pool:
                _read(folder, plan, pool, progress, summary)
                if job.openai_batch is not None and plan.asks:
                    summary.requests = offline(folder, plan, settings, cache, progress)
                    if summary.requests is not None:
                        return summary
                _score(folder, plan, pool, progress, summary, store)
            _check(folder, plan, summary)
            end_in_store(summary.tally.rows_rejected)
        _write(folder, plan, progress, summary)
        summary.seconds = monotonic() - begun
    return summary


def _check_offline(job: Job, settings: Settings) -> None:
    """Asks for what questions in files need before anything is begun: with it the run would be one of another plan."""
    if job.openai_batch is not None and job.engine != "local":
        from purchase_agent.batch.openai_batch import offline_model  # what asks a model is loaded for this only

        offline_model(settings)


def _planned(
    folder: WorkFolder, job: Job, settings: Settings, *, overwrite: bool, partitions: int | None
) -> tuple[Plan, Summary | None]:
    """The plan in force; and how the run ended, if it did before."""
    new = make_plan(job, settings, partitions)
    try:
        old = load_plan(folder.plan)
    except PurchaseAgentError:
        if not overwrite:
            raise
        old = None
    there = parts.about(folder.out)
    if old is not None and _SUMMARY in there and json.loads(there[_SUMMARY])["run_id"] == old.run_id:
        folder.clear()  # of the run that made the output, ended before it could tidy up
        old = None
    if folder.out.exists() and not overwrite:
        if there.get(_FINGERPRINT) != new.fingerprint:
            raise _another(folder.out, json.loads(there.get(_DEPENDS, "{}")), new, begun=False)
        if old is None or old.fingerprint != new.fingerprint:  # nothing, or another plan's unfinished run, lies there
            return new, _finished(folder, there)
        # The same plan was begun anew over its own output, with --overwrite: that run is gone on with.
    if old is not None and old.fingerprint == new.fingerprint:
        return old, None
    if old is not None and not overwrite:
        raise _another(folder.out, old.depends, new, begun=True)
    folder.clear()
    folder.make()
    with committed(folder.plan) as place:
        place.touch(0o600)
        place.write_text(new.model_dump_json(), "utf-8")
    return new, None


def _another(out: Path, old: dict[str, Any], new: Plan, *, begun: bool) -> InputError:
    what = "an unfinished run" if begun else "an output" if old else "a file"
    other = f" with other {difference(old, new.depends)}" if old else " that no run of this kind wrote"
    message = f"{printable(str(out))} is {what}{other}"
    return InputError(message, hint="name another output, or begin anew with --overwrite", field="file")


def _finished(folder: WorkFolder, there: dict[str, str]) -> Summary:
    told = json.loads(there[_SUMMARY])
    return Summary(
        str(folder.out), str(folder.rejected), told["run_id"], told["as_of"], Tally.model_validate(told["tally"]),
        was_finished=True,
    )  # fmt: skip


def _summary(folder: WorkFolder, plan: Plan) -> Summary:
    return Summary(str(folder.out), str(folder.rejected), plan.run_id, plan.as_of.isoformat(), Tally())


def _read(folder: WorkFolder, plan: Plan, pool: Workers, progress: Progress, summary: Summary) -> None:
    """Reads the files that have not been read."""
    missing = [task for task in range(len(plan.files)) if not folder.read_marker(task).exists()]
    summary.resumed = len(missing) < len(plan.files)
    progress.stage("reading", sum(plan.files[task].size for task in missing))
    reached: dict[int, int] = {}

    def told(command: dict[str, Any], size: int) -> None:
        before = reached.get(command["number"], 0)
        reached[command["number"]] = max(before, size)
        progress.done(max(size - before, 0), 0)

    pool.do([{"do": READ, "number": task} for task in missing], told, lambda _: None)
    for task, file in enumerate(plan.files):
        notes = (read_marker(folder, task) or {}).get("notes", ())
        summary.notes += [f"{Path(file.path).name}: {note}" for note in notes]


def _score(
    folder: WorkFolder, plan: Plan, pool: Workers, progress: Progress, summary: Summary, store: Keeping | None
) -> None:
    """Scores the partitions that have not been scored."""
    rows: dict[int, int] = {}
    for task in range(len(plan.files)):
        for partition, number in (read_marker(folder, task) or {"rows": {}})["rows"].items():
            rows[int(partition)] = rows.get(int(partition), 0) + number
    missing = [number for number in range(plan.partitions) if not folder.part_marker(number).exists()]
    summary.resumed = summary.resumed or len(missing) < plan.partitions
    progress.stage("scoring", sum(rows.get(number, 0) for number in missing))
    only_shoppers = all(file.kind in ("shoppers", "empty") for file in plan.files) and not plan.job.per_text
    gone: dict[int, int] = {}  # partition -> rows of it that the bar has moved by

    def told(command: dict[str, Any], number: int) -> None:
        summary.scored += number
        if only_shoppers:  # else how many rows a shopper has is known when his partition is done
            gone[command["number"]] = gone.get(command["number"], 0) + number
        progress.done(number if only_shoppers else 0, number)

    def done(command: dict[str, Any]) -> None:
        progress.done(rows.get(command["number"], 0) - gone.get(command["number"], 0), 0)
        if store is not None:
            store.keep(command["number"])

    if store is not None:
        for number in sorted(set(range(plan.partitions)) - set(missing)):
            store.keep(number)  # committed, but perhaps not yet in the store when the run ended

    pool.do([{"do": SCORE, "number": number} for number in missing], told, done)


def _check(folder: WorkFolder, plan: Plan, summary: Summary) -> None:
    """Adds up what all steps counted."""
    reading = [Tally.model_validate((read_marker(folder, task) or {})["tally"]) for task in range(len(plan.files))]
    scored = [Tally.model_validate(read_json(folder.part_marker(number))) for number in range(plan.partitions)]
    summary.settle(reading, scored)


def _write(folder: WorkFolder, plan: Plan, progress: Progress, summary: Summary) -> None:
    """Puts the parts together and leaves nothing but the output and the file of rejected rows."""
    tally = summary.tally
    progress.stage("writing", plan.partitions)
    with committed(folder.rejected) as place, place.open("wb") as whole:
        for one in _rejects(folder, plan):
            with one.open("rb") as source:
                while some := source.read(_COPIED_AT_ONCE):
                    whole.write(some)
    told = {"run_id": plan.run_id, "as_of": plan.as_of.isoformat(), "tally": tally.model_dump()}
    about = {
        _FINGERPRINT: plan.fingerprint, _DEPENDS: json.dumps(plan.depends, ensure_ascii=False),
        _SUMMARY: json.dumps(told, ensure_ascii=False),
    }  # fmt: skip
    each = (folder.part(number) for number in range(plan.partitions))
    with committed(folder.out) as place:
        rows = parts.write_merged(place, _followed(each, progress), parts.columns(per_text=plan.job.per_text), about)
        if rows != tally.rows_out:
            message = f"{tally.rows_out} rows were scored and {rows} written"
            raise PurchaseAgentError(message, hint="a fault of this program, please report it")
    folder.remove()


def _rejects(folder: WorkFolder, plan: Plan) -> Iterator[Path]:
    yield from (folder.read_rejects(task) for task in range(len(plan.files)))
    yield from (folder.part_rejects(number) for number in range(plan.partitions))


def _followed(some: Iterator[Path], progress: Progress) -> Iterator[Path]:
    for one in some:
        yield one
        progress.done(1, 0)


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
