"""``eval export`` and ``eval import``: a suite's requests written out, and answers to them scored."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from purchase_agent.errors import InputError
from purchase_agent.eval.cases.sample import Record
from purchase_agent.eval.cases.suite import find, is_file, load
from purchase_agent.eval.folder import RunFolder, digest
from purchase_agent.eval.recorded import Recorded, export, exported, plan_beside
from purchase_agent.eval.runner import Job, run
from purchase_agent.settings import load_settings


def export_suite(
    name: str, model: str, out: Path, prompts: str | None, data: Path | None, labels: Sequence[Path],
    limit: int | None, seed: int,
) -> Record:  # fmt: skip
    """Writes the requests; returns what they were made of.

    Raises:
        InputError: the suite's data is absent, or ``out`` holds requests already.
    """
    settings = load_settings(llm_model=model, prompt=prompts)
    file = Path(name).resolve() if is_file(name) else None
    return export(_job(name, data, labels, limit, seed), settings, out, file)


def import_answers(
    answers: Sequence[Path], data: Path | None, labels: Sequence[Path], out: Path, *, resume: bool = False
) -> RunFolder:
    """Scores answers that lie in the folder of an export, as a run.

    Raises:
        InputError: the suite, its data or the prompts are not those of the export, or none of its requests is answered.
    """
    plan = plan_beside(answers)
    job = _job(plan.get("suite_file") or plan["suite"], data, labels, plan["limit"], plan["seed"])
    if job.suite_sha256 != plan["suite_sha256"]:
        raise InputError(f"the suite {plan['suite']} was changed since the export", hint="export again", field="suite")
    if digest([one.digest() for one in job.samples()]) != plan["samples_sha256"]:
        raise InputError("the data is not that of the export", hint="name the same files", field="data")
    names = ",".join(one["name"] for one in plan["prompts"])
    with closing(Recorded(load_settings(llm_model=plan["model"], prompt=names), answers)) as answerer:
        if answerer.provenance()["prompts"] != plan["prompts"]:
            raise InputError("the prompts were changed since the export", hint="export again", field="prompts")
        requests = exported(answers)
        sys.stderr.write(f"{answerer.told(requests)}\n")
        if not answerer.ids & requests:
            raise InputError(f"no answer to this export in {', '.join(map(str, answers))}", field="answers")
        return run(job, answerer, out, resume=resume)


def _job(name: str, data: Path | None, labels: Sequence[Path], limit: int | None, seed: int) -> Job:
    suite, sha256 = load(name)
    files, why = find(suite, data, labels)
    if why is not None:
        raise InputError(why)
    return Job(suite, sha256, tuple(files), None if labels else data, limit, 1, seed)
