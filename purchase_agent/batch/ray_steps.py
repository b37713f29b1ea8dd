"""The steps of a run as a worker on any machine does them: what lies at the output is brought here, the step is the one
of a run on one machine, and what it made is put at the output under a name that any other try would give it, too.

The marker of a step goes last. A step that was cut off has left nothing that counts; the next try writes over it.
"""

from __future__ import annotations

import json
import os
import socket
from functools import cached_property
from pathlib import Path
from typing import Any

from purchase_agent.batch import ray_output
from purchase_agent.batch.folder import WorkFolder, read_json
from purchase_agent.batch.plan import Plan
from purchase_agent.batch.ray_inputs import brought
from purchase_agent.batch.ray_place import Place
from purchase_agent.batch.ray_spill import Fetched, in_order
from purchase_agent.batch.read_step import read_file, rules_of
from purchase_agent.batch.rows import Rules
from purchase_agent.batch.score_step import Answers, score_partition
from purchase_agent.batch.scorer import scorer
from purchase_agent.errors import PurchaseAgentError
from purchase_agent.settings import load_settings

READ, SCORE = "read", "score"
TRIES = 5
"""How often a step is begun within one call of the command, when each time its worker ends."""


class Steps:
    """Does steps of a plan.

    Args:
        place: the output.
        scratch: an empty folder on this machine.
        call: of the command: tries are counted within it.
        cache: folder of what is remembered on this machine; None is none.
    """

    def __init__(self, place: Place, plan: Plan, scratch: Path, call: str, cache: Path | None) -> None:
        self._place, self._scratch, self._call, self._cache = place, scratch, call, cache
        self._here = WorkFolder(scratch / "out.parquet")
        self._plan = plan.model_copy(update={"job": self._own_files(plan)})

    def do(self, step: str, number: int) -> dict[str, Any]:
        """Does a step and commits it; returns what its marker holds, and how many ``times`` it was begun.

        Raises:
            InputError: an input cannot be used.
            PurchaseAgentError: a place cannot be read or written, or the step ended its worker again and again.
        """
        times = self._count_try(step, number)
        self._here.make()
        try:
            marker = self._read(number) if step == READ else self._score(number)
        finally:
            self._here.clear()
        return marker | {"times": times}

    def _read(self, task: int) -> dict[str, Any]:
        planned = self._plan.files[task]
        with brought(planned, self._here.path, self._rules.mapping) as own:
            files = (*self._plan.files[:task], own, *self._plan.files[task + 1 :])
            read_file(self._here, self._plan.model_copy(update={"files": files}), task, self._rules)
        told = read_json(self._here.read_marker(task))
        segments = {int(partition): some for partition, some in told["segments"].items()}
        rows, index = (self._here.path / name for name in ("rows", "index"))
        size = in_order(self._here.spill(task), segments, self._plan.partitions, rows, index)
        self._put(rows, ray_output.spill(task))
        self._put(index, ray_output.spill_index(task))
        refused = self._here.read_rejects(task)
        _renamed(refused, own.path, planned.path)
        marker = {
            "tally": told["tally"], "notes": told["notes"], "bytes": size,
            "rejected": self._put(refused, ray_output.read_rejects(task)),
        }  # fmt: skip
        self._place.put_json(ray_output.read_marker(task), marker)
        return marker

    def _score(self, partition: int) -> dict[str, Any]:
        rows = Fetched(self._place, range(len(self._plan.files)), partition, self._here.path / "read")
        tally = score_partition(self._here, self._plan, partition, rows, self._scorer)
        wanted = tally.rows_out or partition == 0  # an output without shoppers still has columns
        marker = {
            "tally": tally.model_dump(),
            "bytes": self._put(self._here.part(partition), ray_output.part(partition)) if wanted else 0,
            "rejected": self._put(self._here.part_rejects(partition), ray_output.part_rejects(partition)),
        }
        if self._plan.job.store is not None:
            self._put(self._here.part_for_store(partition), ray_output.part_for_store(partition))
        self._place.put_json(ray_output.part_marker(partition), marker)
        return marker

    def _put(self, source: Path, name: str) -> int:
        """Puts a file at the output unless it is empty; returns how long it is."""
        return self._place.put(source, name) if source.stat().st_size else 0

    def _count_try(self, step: str, number: int) -> int:
        name = ray_output.tries(step, number)
        before = self._place.read_json(name) or {}
        times = int(before.get("times", 0)) + 1 if before.get("call") == self._call else 1
        if times > TRIES:
            what = self._plan.files[number].path if step == READ else f"partition {number}"
            message = f"a worker ended {TRIES} times while it was at {what}"
            raise PurchaseAgentError(message, hint="run the same command with fewer --workers: it goes on")
        who = {"host": socket.gethostname(), "pid": os.getpid()}
        self._place.put_json(name, {"call": self._call, "times": times, **who})
        return times

    def _own_files(self, plan: Plan) -> Any:
        """The job with the user's map and ids as files of this machine."""
        update = {}
        for field, name in (("map", ray_output.MAP), ("ids", ray_output.IDS)):
            raw = self._place.read(name) if getattr(plan.job, field) is not None else None
            if raw is not None:
                path = self._scratch / Path(name).name
                path.write_bytes(raw)
                update[field] = path if field == "ids" else str(path)
        return plan.job.model_copy(update=update)

    @cached_property
    def _rules(self) -> Rules:
        return rules_of(self._plan, load_settings())

    @cached_property
    def _scorer(self) -> Answers:
        # One process: each worker asks as many things at once as are set, so that workers can be added with replicas.
        return scorer(self._here, self._plan, load_settings(), self._cache, 1)


def _renamed(rejects: Path, here: str, there: str) -> None:
    """Puts the name that the file has for the user into its rejected rows."""
    if here == there:
        return
    with rejects.open(encoding="ascii") as lines:
        rows = [json.loads(line) | {"file": there} for line in lines]
    rejects.write_text("".join(json.dumps(row) + "\n" for row in rows), "ascii")
