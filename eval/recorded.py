"""Answers that came as files: the exact requests of a suite written out, and answers of any provider scored later.

``export`` writes the requests that a run would send, one a line, in the OpenAI Batch form; ``import`` reads answers
back and scores them as a run's. An answer is found by its request's id, which is made of the request: whoever answers,
in whatever order, under whatever of the known forms. What has no answer is an error, never a wrong answer.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from purchase_agent.batch.openai_answers import RecordedAnswers, gather
from purchase_agent.batch.openai_batch import offline_endpoint, offline_model
from purchase_agent.batch.openai_form import asked
from purchase_agent.batch.openai_requests import RequestFiles, request_files
from purchase_agent.chat.request import Answer, Endpoint, Failure, Request
from purchase_agent.errors import InputError
from purchase_agent.eval.answer_forms import normalised
from purchase_agent.eval.answering import Answered, barrier_marks
from purchase_agent.eval.cases.lines import UNREADABLE
from purchase_agent.eval.cases.sample import Record, Sample
from purchase_agent.eval.folder import digest
from purchase_agent.eval.runner import Job
from purchase_agent.eval.scoring.scored import failed
from purchase_agent.evidence import read_shopper
from purchase_agent.llm_engine import chosen_prompts
from purchase_agent.prediction import EvidenceMode
from purchase_agent.predictors.base import Case
from purchase_agent.predictors.llm.predictor import LlmPredictor
from purchase_agent.predictors.prepare import prepare
from purchase_agent.service import PurchaseAgent
from purchase_agent.settings import Settings

if TYPE_CHECKING:
    from purchase_agent.chat.client import ChatClient

PLAN = "eval.json"
"""Lies beside the requests and says what they were made of."""
_PLAN = ("suite", "suite_sha256", "samples_sha256", "limit", "seed", "model", "prompts")
_NO_HURRY_S = 3600.0


def export(job: Job, settings: Settings, out: Path, file: Path | None = None) -> Record:
    """Writes the requests of a suite to ``out``; returns what it says of them in ``PLAN``.

    Args:
        file: the suite's, where it is none that ships: ``import`` reads it there.

    Raises:
        InputError: ``out`` is no folder or holds requests already, or the suite asks questions that are not the
            product's prompt.
        SettingsError: the model's name is not set.
    """
    if job.suite.kind == "choice":
        raise InputError(f"{job.suite.name} is not asked by the product's prompts", hint="run it with --engine llm")
    if out.exists() and request_files(out):
        raise InputError(f"{out} holds requests already", hint="name an empty folder", field="out")
    samples = job.samples()
    model = offline_model(settings)
    try:
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{out} cannot be made: {error}", hint="name a folder", field="out") from error
    with (
        tempfile.TemporaryDirectory() as work,
        RequestFiles(out, offline_endpoint(settings), model, Path(work) / "seen.sqlite") as files,
    ):
        predictor = _predictor(cast("ChatClient", files), settings)
        for _, case in _cases(samples):
            if case is not None and case.texts and case.refusal is None:
                predictor.predict([case], "none", _NO_HURRY_S)
    told: Record = {
        "suite": job.suite.name, "suite_file": None if file is None else str(file), "version": job.suite.version,
        "suite_sha256": job.suite_sha256,
        "samples_sha256": digest([one.digest() for one in samples]), "limit": job.limit, "seed": job.seed,
        "model": model, "prompts": _prompts(predictor), "requests": files.written, "samples": len(samples),
    }  # fmt: skip
    (out / PLAN).write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return told


def plan_beside(answers: Sequence[Path]) -> Record:
    """What ``export`` wrote beside the answers.

    Raises:
        InputError: there is nothing beside them, or nothing that ``export`` wrote.
    """
    path = answers[0].parent / PLAN
    try:
        found: Any = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{PLAN} of the export is not beside {answers[0].name}: {error}",
            hint="put the answers into the folder that was exported",
        ) from error
    if not isinstance(found, dict) or not set(_PLAN) <= set(found):
        raise InputError(f"{path} is not what the export wrote: {', '.join(_PLAN)} are needed", hint="export again")
    return cast("Record", found)


def exported(answers: Sequence[Path]) -> set[str]:
    """Ids of the requests that lie beside the answers.

    Raises:
        InputError: a line of them is no request.
    """
    found: set[str] = set()
    for path in request_files(answers[0].parent):
        with path.open("rb") as lines:
            for line in lines:
                try:
                    found.add(str(json.loads(line)["custom_id"]))
                except (ValueError, KeyError, TypeError) as error:
                    raise InputError(f"{path} is not what the export wrote: {error!r}", hint="export again") from error
    return found


class _Asked:
    """Recorded answers, and which requests were asked for and what those have cost: a request's answers once, because
    it was sent once, whoever asks for it again."""

    def __init__(self, answers: RecordedAnswers, endpoint: Endpoint, model: str, used: Mapping[str, Counter[str]]):
        self._answers, self._endpoint, self._model, self._used = answers, endpoint, model, used
        self.ids: set[str] = set()
        self.spent = Counter[str](input_tokens=0, cached_tokens=0, output_tokens=0)

    def ask(self, requests: Sequence[Request], deadline_s: float) -> list[Answer | Failure]:
        """As of a client."""
        for custom_id in {asked(self._endpoint, self._model, one).custom_id for one in requests} - self.ids:
            self.spent.update(self._used.get(custom_id, {}))
            self.ids.add(custom_id)
        return self._answers.ask(requests, deadline_s)


class Recorded:
    """Answers of files, read as those of an endpoint.

    Args:
        settings: prompts and model as of the export.
    """

    together = 64

    def __init__(self, settings: Settings, answers: Sequence[Path]) -> None:
        model = offline_model(settings)
        self._work = tempfile.TemporaryDirectory()
        plain, table = Path(self._work.name) / "answers.jsonl", Path(self._work.name) / "answers.sqlite"
        self._lines = normalised(answers, plain)
        gather([plain], table)
        self._client = RecordedAnswers(table, offline_endpoint(settings), model)
        self._asked = _Asked(self._client, offline_endpoint(settings), model, self._lines.used)
        self._predictor = _predictor(cast("ChatClient", self._asked), settings)
        self._model = model

    @property
    def ids(self) -> set[str]:
        """Ids of the requests that the files answer."""
        return set(self._lines.used)

    @property
    def asked(self) -> set[str]:
        """Ids of the requests whose answers were looked for so far."""
        return self._asked.ids

    def told(self, wanted: set[str]) -> str:
        """How many of the files' answers are to some requests, and how many lines are none."""
        return (
            f"answers to {len(self.ids & wanted)} of {len(wanted)} requests; "
            f"{len(self.ids - wanted)} answers to others, {self._lines.none} lines that are no answers"
        )

    def answers(self, samples: Sequence[Sample], evidence: EvidenceMode) -> list[Answered]:
        """As of ``Answerer``."""
        out = []
        for sample, case in _cases(samples):
            before = self.spent()
            answered = self._one(sample, case, evidence)
            used = {name: total - before[name] for name, total in self.spent().items()}
            out.append(replace(answered, usage=used if any(used.values()) else {}))
        return out

    def _one(self, sample: Sample, case: Case | None, evidence: EvidenceMode) -> Answered:
        if case is None:
            return Answered(None, {"type": UNREADABLE, "message": str(sample.metadata.get(UNREADABLE, "no shopper"))})
        try:
            if case.refusal is not None or not case.texts:
                (local,) = self._predictor.local.predict([case], "none")
                return Answered(local.model_dump(mode="json")) if case.refusal else _nothing("no words")
            (found,) = self._predictor.predict([case], evidence, _NO_HURRY_S, "recorded")
        except Exception as error:  # noqa: BLE001 -- it is a record
            return Answered(None, failed("engine", "recorded", error))
        if isinstance(found, Failure):
            return Answered(None, {"type": found.kind, "message": found.message})
        return Answered(found.model_dump(mode="json"))

    def provenance(self) -> Record:
        """As of ``Answerer``."""
        return {"engine": "recorded", "model": self._model, "prompts": _prompts(self._predictor), "models": {}}

    def marks(self, output: Record) -> dict[str, list[float]]:
        """As of ``Answerer``."""
        told = output.get("provenance", {}).get("models", {})
        return barrier_marks(self._predictor.marks(told.get("llm", self._model)).thresholds)

    def spent(self) -> Mapping[str, int]:
        """As of ``Answerer``."""
        return dict(self._asked.spent)

    def alone_ms(self, samples: Sequence[Sample], evidence: EvidenceMode) -> list[float]:  # noqa: ARG002 -- as an Answerer
        """As of ``Answerer``: how long a file takes is nobody's latency."""
        return []

    def close(self) -> None:
        """Lets the files go."""
        self._client.close()
        self._work.cleanup()


def _predictor(client: ChatClient, settings: Settings) -> LlmPredictor:
    local = PurchaseAgent("local", "none", models_dir=settings.models_dir).local
    return LlmPredictor(client, local, chosen_prompts(settings), settings.models_dir)


def _prompts(predictor: LlmPredictor) -> list[Record]:
    return [{"name": one.prompt.name, "version": one.prompt.version, "sha256": one.sha256} for one in predictor.askings]


def _cases(samples: Sequence[Sample]) -> list[tuple[Sample, Case | None]]:
    now = datetime.now(UTC)  # not read: each shopper has his moment
    out: list[tuple[Sample, Case | None]] = []
    for sample in samples:
        try:
            case = None if UNREADABLE in sample.metadata else prepare(read_shopper(sample.input), now)
        except InputError as error:
            sample, case = replace(sample, metadata={**sample.metadata, UNREADABLE: str(error)}), None  # noqa: PLW2901
        out.append((sample, case))
    return out


def _nothing(why: str) -> Answered:
    return Answered(None, {"type": "no_words", "message": why})
