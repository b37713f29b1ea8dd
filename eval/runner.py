"""Runs a suite: asks what is not answered yet, scores it, writes it down, and tells the figures at the end.

The same plan finds its run again (``resume``): suite, data, engine, prompts, seed and all else that decides answers.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from purchase_agent.errors import InputError
from purchase_agent.eval.answering import Answered, Answerer, shared_out
from purchase_agent.eval.cases.labelled import OF_THE_MOMENT, unjudged
from purchase_agent.eval.cases.lines import UNREADABLE
from purchase_agent.eval.cases.readers import Given, read
from purchase_agent.eval.cases.sample import Record, Sample
from purchase_agent.eval.cases.suite import Suite
from purchase_agent.eval.deleting import deletion_figures
from purchase_agent.eval.folder import RunFolder, digest, file_sha256, git_hash, now, shown, versions
from purchase_agent.eval.scoring.figures import figures, tasks_of
from purchase_agent.eval.scoring.scored import scores_of
from purchase_agent.eval.scoring.tasks import Task
from purchase_agent.prediction import EvidenceMode

SUCCESS, STARTED, ERROR = "success", "started", "error"
_TIMED = 30
"""Samples that are asked once more, one by one, for their time."""
_LATENCY = "latency_ms_p"


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars for a million tokens read, read from a cache, and written."""

    read: float = 0.0
    cached: float = 0.0
    written: float = 0.0


@dataclass(frozen=True, slots=True)
class Job:
    """What to run.

    Args:
        files: the suite's, found; ``data`` the folder that they lie in, None where they are the user's own.
        repeats: how often each sample is asked.
        evidence: in place of the suite's.
    """

    suite: Suite
    suite_sha256: str
    files: tuple[Path, ...]
    data: Path | None = None
    limit: int | None = None
    repeats: int = 1
    seed: int = 7
    evidence: EvidenceMode | None = None
    prices: Prices | None = None

    def samples(self) -> list[Sample]:
        """What is asked."""
        least = [one for one in (self.limit, self.suite.limit) if one is not None]
        given = Given(self.files, self.data, self.suite.options, self.seed)
        return read(self.suite.reader, given, min(least) if least else None)


def run(job: Job, answerer: Answerer, out: Path, *, resume: bool = False) -> RunFolder:
    """Runs a suite in a new folder under ``out``, or in the one that the same plan has begun there.

    Raises:
        InputError: nothing to ask, or the data has two samples of one id.
    """
    samples = job.samples()
    plan = _plan(job, samples, answerer)
    folder, told = _folder(job, plan, out, resume=resume)
    done = {(one["id"], one["epoch"]) for one in folder.mend()}
    bar = Bar(len(samples) * job.repeats, len(done), job.suite.name)
    evidence, tasks = job.evidence or job.suite.evidence, tasks_of(job.suite)
    for epoch in range(1, job.repeats + 1):
        # No batch holds two epochs: of equal shoppers in a batch one is asked, and a repeat is to be asked anew.
        rest = [one for one in samples if (one.id, epoch) not in done]
        for start in range(0, len(rest), answerer.together):
            part = rest[start : start + answerer.together]
            records = _answered(part, epoch, answerer, evidence, tasks)
            folder.add(records)
            bar.more(len(part), sum(one["error"] is not None for one in records))
    bar.end()
    readable = [one for one in samples if UNREADABLE not in one.metadata]
    timed = random.Random(job.seed).sample(readable, min(_TIMED, len(readable)))
    told["alone_ms"] = [round(one, 3) for one in answerer.alone_ms(timed, evidence)]
    finish(job.suite, folder, told, job.prices)
    if job.suite.deletion and told["engine"] == "local" and evidence != "none":
        told["results"] += deletion_figures(samples, job.suite.deletion, evidence, job.seed)
        folder.write_run(told)
    return folder


def finish(suite: Suite, folder: RunFolder, told: Record, prices: Prices | None = None) -> Record:
    """Scores what a run's folder holds and writes ``run.json``; returns it."""
    samples = folder.samples()
    times, of = _times(samples, told)
    try:
        found = figures(suite, samples, told["seed"], times)
    except Exception as crash:
        told |= {"status": ERROR, "error": f"{type(crash).__name__}: {str(crash)[:300]}"}
        folder.write_run(told)
        raise
    told["model"] = told["model"] or _answered_by(samples)
    skipped = {f"baseline {name}": why for name, why in found.skipped.items()}
    if not times:
        skipped["latency"] = of
    note = unjudged(samples)
    if note and set(OF_THE_MOMENT) & set(suite.tasks):
        skipped["targets"] = note
    latency = {
        one["metric"].removeprefix("latency_ms_"): round(one["value"], 3)
        for one in found.results if one["metric"].startswith(_LATENCY)
    }  # fmt: skip
    told |= {
        "status": SUCCESS, "finished": now(), "n": len(samples), "results": found.results, "tables": found.tables,
        "stats": {
            "latency_ms": {**latency, "n": len(times), "of": of} if times else {},
            **_stats(samples, prices, asks=bool(told["prompts"])),
        },
        "skipped": skipped,
        "errors": _errors(samples),
    }  # fmt: skip
    folder.write_run(told)
    return told


class Bar:
    """Progress on standard error: a bar where a person looks on, else a line now and then."""

    def __init__(self, total: int, done: int, what: str) -> None:
        self._total, self._done, self._what, self._bad = total, done, what, 0
        self._began, self._before, self._told = monotonic(), done, -1
        self._person = sys.stderr.isatty()
        if done:
            sys.stderr.write(f"{what}: {done} of {total} samples were answered before\n")

    def more(self, number: int, bad: int) -> None:
        """So many more samples are written, of which ``bad`` are errors."""
        self._done += number
        self._bad += bad
        spent = monotonic() - self._began
        left = spent / max(self._done - self._before, 1) * (self._total - self._done)
        errors = f", {self._bad} errors" if self._bad else ""
        told = f"{self._what}: {self._done} of {self._total}, {left:.0f} s left{errors}"
        if self._person:
            full = 30 * self._done // max(self._total, 1)
            sys.stderr.write(f"\r[{'#' * full}{'.' * (30 - full)}] {told}\033[K")
            sys.stderr.flush()
        elif 4 * self._done // max(self._total, 1) > self._told:
            self._told = 4 * self._done // max(self._total, 1)
            sys.stderr.write(f"{told}\n")

    def end(self) -> None:
        """Leaves the line."""
        if self._person:
            sys.stderr.write("\n")


def _plan(job: Job, samples: Sequence[Sample], answerer: Answerer) -> Record:
    data = [{"path_name": path.name, "sha256": file_sha256(path), "n": len(samples)} for path in job.files]
    told: Record = {
        "suite": {**job.suite.model_dump(mode="json"), "sha256": job.suite_sha256},
        **answerer.provenance(),
        "data": data,
        "samples_sha256": digest([one.digest() for one in samples]),
        "seed": job.seed, "repeats": job.repeats, "limit": job.limit,
        "evidence": job.evidence or job.suite.evidence,
    }  # fmt: skip
    return told | {"plan": digest(told)}


def _folder(job: Job, plan: Record, out: Path, *, resume: bool) -> tuple[RunFolder, Record]:
    if resume:
        for path in sorted(out.glob(f"{job.suite.name}-*-{plan['plan'][:8]}*"), reverse=True):
            folder = RunFolder(path)
            known = folder.run
            if known["plan"] == plan["plan"] and known["status"] != SUCCESS:
                return folder, known
        sys.stderr.write(f"{job.suite.name}: no unfinished run of this plan in {out}, starting one\n")
    created = now()
    name = f"{job.suite.name}-{plan['engine']}-{created.replace('-', '').replace(':', '')}-{plan['plan'][:8]}"
    path, number = out / name, 2
    while path.exists():
        path, number = out / f"{name}-{number}", number + 1
    told: Record = {
        "id": path.name, "created": created, **plan, "versions": versions(), "git": git_hash(), "n": 0,
        "status": STARTED, "stats": {}, "results": [], "tables": {},
    }  # fmt: skip
    folder = RunFolder(path)
    folder.write_run(told)
    return folder, told


def _answered(
    part: Sequence[Sample], epoch: int, answerer: Answerer, evidence: EvidenceMode, tasks: Sequence[Task]
) -> list[Record]:
    """A batch asked and scored."""
    before = answerer.spent()
    asked = [one for one in part if UNREADABLE not in one.metadata]
    answers = answerer.answers(asked, evidence) if asked else []
    spent = {name: total - before.get(name, 0) for name, total in answerer.spent().items()}
    used = iter(zip(answers, shared_out([one.usage for one in answers], spent), strict=True))
    records = []
    for sample in part:
        answered, usage = (_unreadable(sample), {}) if UNREADABLE in sample.metadata else next(used)
        marks = answerer.marks(answered.output) if answered.output is not None else {}
        scores, crash = scores_of(sample, answered.output, tasks, marks)
        records.append(_record(sample, epoch, answered, scores, crash, usage))
    return records


def _unreadable(sample: Sample) -> Answered:
    return Answered(None, {"type": UNREADABLE, "message": str(sample.metadata[UNREADABLE])})


def _record(
    sample: Sample, epoch: int, answered: Answered, scores: Record, crash: Record | None, usage: Record
) -> Record:
    return {
        "id": sample.id, "epoch": epoch, "input": shown(sample.input), "target": sample.target,
        "output": answered.output, "scores": scores, "error": answered.error or crash, "metadata": sample.metadata,
        "model_usage": usage, "total_time": round(answered.seconds, 6),
    }  # fmt: skip


def _times(samples: Sequence[Record], told: Mapping[str, Any]) -> tuple[list[float], str]:
    """Milliseconds of answers that were timed each by itself, and what they are of, or why there are none."""
    if told.get("alone_ms"):
        return list(told["alone_ms"]), "single asks"
    if told["engine"] != "llm":
        return [], "answers of a batch share its time"
    own = [one["output"].get("provenance", {}) for one in samples if one["output"] is not None]
    times = [float(one["latency_ms"]) for one in own if "latency_ms" in one]
    return times, "answers of the endpoint" if times else "no answer tells its time"


def _stats(samples: Sequence[Record], prices: Prices | None, *, asks: bool) -> Record:
    read, cached, written = (
        sum(int(one["model_usage"].get(name, 0)) for one in samples)
        for name in ("input_tokens", "cached_tokens", "output_tokens")
    )
    cost: float | None = None if asks else 0.0
    if prices is not None and asks:
        million = (read - cached) * prices.read + cached * prices.cached + written * prices.written
        cost = round(million / 1_000_000 / max(len(samples), 1) * 1000, 6)
    return {"tokens": {"in": read, "out": written, "cached": cached}, "cost_per_1000": cost}


def _answered_by(samples: Sequence[Record]) -> str | None:
    """The language model that answered, where it was not named beforehand."""
    found = {
        one["output"]["provenance"]["models"].get("llm")
        for one in samples
        if one["output"] is not None and "provenance" in one["output"]
    }
    return ", ".join(sorted(one for one in found if one)) or None


def _errors(samples: Sequence[Record]) -> dict[str, int]:
    out: dict[str, int] = {}
    for one in samples:
        if one["error"] is not None:
            out[one["error"]["type"]] = out.get(one["error"]["type"], 0) + 1
    return out


def check_same(a: Mapping[str, Any], b: Mapping[str, Any]) -> None:
    """Raises InputError where two runs did not ask the same of the same data."""
    if a["suite"]["name"] != b["suite"]["name"] or a["suite"]["version"] != b["suite"]["version"]:
        names = [f"{one['suite']['name']} {one['suite']['version']}" for one in (a, b)]
        raise InputError(f"the runs are of different suites: {' and '.join(names)}", hint="run the same suite twice")
    if a["samples_sha256"] != b["samples_sha256"]:
        raise InputError(
            "the runs asked different samples", hint="run both on the same data, with the same limit and seed"
        )
