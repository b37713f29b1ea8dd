"""A run on many machines from its plan to its output; ended at any moment, the same call goes on where it was.

The steps are those of a run on one machine, and so are the rows: all parts in order are what that would have written.
Between the two steps rows lie at the output, not in Ray's memory, so that the end of any worker, of a machine or of the
whole cluster costs what was being done at that moment.
"""

from __future__ import annotations

import json
import secrets
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

from pydantic import SecretStr

from purchase_agent.batch import ray_output
from purchase_agent.batch.folder import WorkFolder
from purchase_agent.batch.inputs import total_bytes
from purchase_agent.batch.plan import Job, Plan, difference, make_plan
from purchase_agent.batch.progress import Progress
from purchase_agent.batch.ray_cluster import Address, connected, done_by_pool, sweep_everywhere
from purchase_agent.batch.ray_inputs import find_anywhere
from purchase_agent.batch.ray_lease import held
from purchase_agent.batch.ray_place import Place, is_url
from purchase_agent.batch.ray_scratch import of_run, sweep
from purchase_agent.batch.ray_steps import READ, SCORE
from purchase_agent.batch.run import Summary, cores
from purchase_agent.batch.tally import Tally
from purchase_agent.batch.to_store import keeping
from purchase_agent.errors import InputError, PurchaseAgentError, StoreError
from purchase_agent.settings import PREFIX, Settings

PARTITION_BYTES = 64 << 20
"""Of rows, about: some 10,000 shoppers with 50 events each, a minute or two of one core."""
_ASKED_BYTES = 4 << 20  # where a language model is asked: what is lost with a worker cost more
_MOST_PARTITIONS = 16_384  # each asks every input file's rows: beyond this, more of them would cost more than they save
_SMALL = 256 << 10
_PATIENCE_S = 5.0
Pool = Callable[[Sequence[tuple[str, int]]], Iterator[tuple[int, Any]]]
_EACH = 4  # partitions a worker, at least, so that all end at about the same time


def score_on_ray(  # noqa: PLR0913 -- what ``run.score`` takes, and where
    job: Job, out: str, settings: Settings, progress: Progress, *, address: Address = "local",
    workers: int | None = None, cache: Path | None = None, overwrite: bool = False, partitions: int | None = None,
) -> Summary:  # fmt: skip
    """Does a job, or what is left of it, on Ray.

    Args:
        job: its output is not looked at.
        out: folder or URL of the output.
        workers: actors on all machines; one a CPU unless given.
        cache: folder on each machine of what is remembered between runs; None is none.
        partitions: a power of two; by the size of the input unless given.

    Raises:
        MissingExtraError: Ray is not installed.
        InputError: an input cannot be used, the output is of another plan, or another run is writing it.
        PurchaseAgentError: a place cannot be read or written, or Ray gave up; what was done before stays.
    """
    begun = monotonic()
    place = Place(out if is_url(out) else str(Path(out.removeprefix("file://")).resolve()))
    files = find_anywhere(job.inputs, place.url)
    ray_output.refuse_foreign(place)
    place.make()
    wanted = workers or cores()
    with held(place):
        rows = total_bytes(files)
        each = _ASKED_BYTES if settings.llm_base_url is not None else PARTITION_BYTES
        count = partitions or partitions_of(rows, each, at_least=wanted * _EACH if rows > _SMALL else 1)
        plan, finished = _planned(place, make_plan(job, settings, count, files), overwrite=overwrite)
        summary = Summary(out, f"{out.rstrip('/')}/{ray_output.REJECTED}", plan.run_id, plan.as_of.isoformat(), Tally())
        if finished is not None:
            place.remove(ray_output.WORK)
            summary.run_id, summary.as_of, summary.was_finished = finished["run_id"], finished["as_of"], True
            summary.tally = Tally.model_validate(finished["tally"])
            return summary
        progress.stage("starting Ray", 1)
        with ExitStack() as stack:
            stack.callback(sweep, of_run(plan.run_id), _PATIENCE_S)  # when its workers have ended
            size = stack.enter_context(connected(address, wanted))
            stack.callback(sweep_everywhere, of_run(plan.run_id))
            order = {
                "out": place.url, "settings": environment(settings), "call": secrets.token_hex(8),
                "cache": str(cache) if cache is not None else None,
            }  # fmt: skip
            pool = partial(done_by_pool, order=order, size=min(workers or size, size))
            try:
                keep, end_in_store = _store(stack, place, plan, settings)
            except StoreError:
                if not ray_output.done(place, "read"):
                    ray_output.clear(place)  # else the command with the right store would be refused as another plan
                raise
            again: Counter[str] = Counter()
            _read(place, plan, pool, progress, summary, again)
            _score(place, plan, pool, progress, summary, again, keep)
            parts = _check(place, plan, summary)
            end_in_store(summary.tally.rows_rejected)
            if again.total():
                summary.notes.append(f"{again.total()} steps were begun again: their workers had ended")
        _commit(place, plan, summary, parts)
    summary.seconds = monotonic() - begun
    return summary


def environment(settings: Settings) -> dict[str, str]:
    """What was set, as variables for a process elsewhere; secrets, too."""
    out = {}
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        if value is not None:
            out[f"{PREFIX}{name.upper()}"] = json.dumps(value) if isinstance(value, dict) else str(value)
    return out


def _planned(place: Place, new: Plan, *, overwrite: bool) -> tuple[Plan, dict[str, Any] | None]:
    """The plan in force; and how the run ended, as ``_commit`` tells it, if it did before."""
    there = place.read_json(ray_output.COMMITTED)
    if there is not None and not overwrite:
        if there["fingerprint"] != new.fingerprint:
            raise _another(place, "an output", there["depends"], new)
        return new, there["summary"]
    raw = place.read(ray_output.PLAN)
    if raw is not None:
        try:
            old = Plan.model_validate_json(raw)
        except ValueError as error:
            if not overwrite:
                message = f"{place.shown}/{ray_output.PLAN} is no plan of this version"
                raise PurchaseAgentError(message, hint="begin anew with --overwrite") from error
        else:
            if old.fingerprint == new.fingerprint:
                return old, None
            if not overwrite:
                raise _another(place, "an unfinished run", old.depends, new)
    ray_output.clear(place)
    for given, name in ((new.job.map, ray_output.MAP), (new.job.ids, ray_output.IDS)):
        if given is not None and Path(given).is_file():
            place.put(Path(given), name)
    place.put_json(ray_output.PLAN, new.model_dump(mode="json"))
    return new, None


def _another(place: Place, what: str, old: Mapping[str, Any], new: Plan) -> InputError:
    message = f"{place.shown} is {what} with other {difference(old, new.depends)}"
    return InputError(message, hint="name another output, or begin anew with --overwrite", field="file")


def _store(
    stack: ExitStack, place: Place, plan: Plan, settings: Settings
) -> tuple[Callable[[int], None] | None, Callable[[int], None]]:
    """What puts a scored partition into the store, and what ends the run there; the store is on this machine."""
    if plan.job.store is None:
        return None, lambda _: None
    here = WorkFolder(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="purchase-agent-"))) / "out.parquet")
    here.make()
    keeper, end = stack.enter_context(keeping(here, plan, settings))

    def keep(partition: int) -> None:
        if keeper is not None:
            place.get(ray_output.part_for_store(partition), here.part_for_store(partition))
            keeper.keep(partition)

    return keep, end


def _read(place: Place, plan: Plan, pool: Pool, progress: Progress, summary: Summary, again: Counter[str]) -> None:
    """Reads the files that have not been read; counts in ``again`` what had to be begun once more."""
    there = ray_output.done(place, "read")
    missing = [task for task in range(len(plan.files)) if task not in there]
    summary.resumed = bool(there)
    progress.stage("reading", sum(plan.files[task].size for task in missing))
    for task, told in pool([(READ, task) for task in missing]):
        again[READ] += told["times"] - 1
        progress.done(plan.files[task].size, 0)


def _score(
    place: Place, plan: Plan, pool: Pool, progress: Progress, summary: Summary, again: Counter[str],
    keep: Callable[[int], None] | None,
) -> None:  # fmt: skip
    """Scores the partitions that have not been scored."""
    there = ray_output.done(place, "parts")
    missing = [number for number in range(plan.partitions) if number not in there]
    summary.resumed = summary.resumed or bool(there)
    progress.stage("scoring", len(missing))
    if keep is not None:
        for number in sorted(there):
            keep(number)  # committed, but perhaps not yet in the store when the run ended
    for number, told in pool([(SCORE, number) for number in missing]):
        if keep is not None:
            keep(number)
        again[SCORE] += told["times"] - 1
        scored = int(told["tally"]["rows_out"])
        summary.scored += scored
        progress.done(1, scored)


def _check(place: Place, plan: Plan, summary: Summary) -> list[dict[str, Any]]:
    """Adds up what all steps counted; every part must be the one that was committed."""
    reading = [_marker(place, ray_output.read_marker(task)) for task in range(len(plan.files))]
    scored = [_marker(place, ray_output.part_marker(number)) for number in range(plan.partitions)]
    for task, file in enumerate(plan.files):
        summary.notes += [f"{Path(file.path).name}: {note}" for note in reading[task]["notes"]]
    sizes = place.sizes()
    for number, marker in enumerate(scored):
        if sizes.get(ray_output.part(number), 0) != marker["bytes"]:
            place.remove(ray_output.part_marker(number))
            message = f"{place.shown}/{ray_output.part(number)} is not the file that was committed"
            raise PurchaseAgentError(message, hint="run the same command: it is scored anew")
    summary.settle(*([Tally.model_validate(one["tally"]) for one in some] for some in (reading, scored)))
    return [
        {"part": ray_output.part(number), "rows": marker["tally"]["rows_out"], "bytes": marker["bytes"]}
        for number, marker in enumerate(scored)
        if marker["bytes"]
    ]


def _commit(place: Place, plan: Plan, summary: Summary, parts: list[dict[str, Any]]) -> None:
    told = {"run_id": plan.run_id, "as_of": plan.as_of.isoformat(), "tally": summary.tally.model_dump()}
    whole = {"fingerprint": plan.fingerprint, "depends": plan.depends, "summary": told, "parts": parts}
    place.put_json(ray_output.COMMITTED, whole)
    place.remove(ray_output.WORK)


def _marker(place: Place, name: str) -> dict[str, Any]:
    found: dict[str, Any] | None = place.read_json(name)
    if found is None:
        raise PurchaseAgentError(f"{place.shown}/{name} is gone", hint="begin anew with --overwrite")
    return found


def partitions_of(size: int, each: int, *, at_least: int = 1) -> int:
    """Partitions for so many bytes of rows: a power of two."""
    wanted = max(-(-size // each), at_least)
    return min(1 << (wanted - 1).bit_length(), _MOST_PARTITIONS)
