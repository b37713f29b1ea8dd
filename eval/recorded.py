"""Answers that came as files: the exact requests of a suite written out, and answers of any provider scored later.

``export`` writes the requests that a run would send, one a line, in the OpenAI Batch form; ``import`` reads answers
back and scores them as a run's. An answer is found by its request's id, which is made of the request: whoever answers,
in whatever order, under whatever of the known forms. What has no answer is an error, never a wrong answer.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from purchase_agent.batch.openai_answers import RecordedAnswers, gather
from purchase_agent.batch.openai_batch import offline_endpoint, offline_model
from purchase_agent.batch.openai_requests import RequestFiles, request_files
from purchase_agent.chat.request import Failure
from purchase_agent.errors import InputError
from purchase_agent.eval.answering import Answered, barrier_marks
from purchase_agent.eval.cases.labelled import UNREADABLE
from purchase_agent.eval.cases.sample import Record, Sample
from purchase_agent.eval.folder import digest
from purchase_agent.eval.runner import Job
from purchase_agent.eval.scoring.scored import failed
from purchase_agent.evidence import read_shopper
from purchase_agent.llm_engine import chosen_prompts
from purchase_agent.prediction import EvidenceMode, Prediction
from purchase_agent.predictors.base import Case
from purchase_agent.predictors.llm.predictor import LlmPredictor
from purchase_agent.predictors.prepare import prepare
from purchase_agent.service import PurchaseAgent
from purchase_agent.settings import Settings

if TYPE_CHECKING:
    from purchase_agent.chat.client import ChatClient

PLAN = "eval.json"
"""Lies beside the requests and says what they were made of."""
_NO_HURRY_S = 3600.0


def export(job: Job, settings: Settings, out: Path) -> Record:
    """Writes the requests of a suite to ``out``; returns what it says of them in ``PLAN``.

    Raises:
        InputError: ``out`` holds requests already, or the suite asks questions that are not the product's prompt.
        SettingsError: the model's name is not set.
    """
    if job.suite.kind == "choice":
        raise InputError(f"{job.suite.name} is not asked by the product's prompts", hint="run it with --engine llm")
    if out.exists() and request_files(out):
        raise InputError(f"{out} holds requests already", hint="name an empty folder", field="out")
    samples = job.samples()
    model = offline_model(settings)
    with (
        tempfile.TemporaryDirectory() as work,
        RequestFiles(out, offline_endpoint(settings), model, Path(work) / "seen.sqlite") as files,
    ):
        predictor = _predictor(cast("ChatClient", files), settings)
        for _, case in _cases(samples):
            if case is not None and case.texts and case.refusal is None:
                predictor.predict([case], "none", _NO_HURRY_S)
    told: Record = {
        "suite": job.suite.name, "version": job.suite.version, "suite_sha256": job.suite_sha256,
        "samples_sha256": digest([one.digest() for one in samples]), "limit": job.limit, "seed": job.seed,
        "model": model, "prompts": _prompts(predictor), "requests": files.written, "samples": len(samples),
    }  # fmt: skip
    (out / PLAN).write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return told


def plan_beside(answers: Sequence[Path]) -> Record:
    """What ``export`` wrote beside the answers.

    Raises:
        InputError: there is nothing beside them.
    """
    path = answers[0].parent / PLAN
    try:
        found: Record = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{PLAN} of the export is not beside {answers[0].name}: {error}",
            hint="put the answers into the folder that was exported",
        ) from error
    return found


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
        self.lines = _normalised(answers, plain)
        self.found, self.others = gather([plain], table)
        self._client = client = RecordedAnswers(table, offline_endpoint(settings), model)
        self._predictor = _predictor(cast("ChatClient", client), settings)
        self._model = model

    def answers(self, samples: Sequence[Sample], evidence: EvidenceMode) -> list[Answered]:
        """As of ``Answerer``."""
        return [self._one(sample, case, evidence) for sample, case in _cases(samples)]

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
        return _answered(found)

    def provenance(self) -> Record:
        """As of ``Answerer``."""
        return {"engine": "recorded", "model": self._model, "prompts": _prompts(self._predictor), "models": {}}

    def marks(self, output: Record) -> dict[str, list[float]]:
        """As of ``Answerer``."""
        told = output.get("provenance", {}).get("models", {})
        return barrier_marks(self._predictor.marks(told.get("llm", self._model)).thresholds)

    def cached(self) -> int | None:
        """As of ``Answerer``."""
        return None

    def close(self) -> None:
        """Lets the files go."""
        self._client.close()
        self._work.cleanup()


def chat_line(told: Mapping[str, Any]) -> Record | None:
    """An answer in whichever form as a line of an OpenAI batch; None of a line that is no answer.

    Known are OpenAI's and vLLM's batch lines, a bare chat completion under ``body`` or beside the id, Anthropic's
    message batches, Gemini's, and ``{"custom_id", "content"}``.
    """
    custom_id = told.get("custom_id") or told.get("key") or told.get("id")
    if not isinstance(custom_id, str):
        return None
    if isinstance(told.get("response"), Mapping) and "body" in told["response"]:
        return {**told, "custom_id": custom_id}
    if told.get("error") and not told.get("response"):
        return {"custom_id": custom_id, "response": None, "error": told["error"]}
    body = _body(told)
    if body is None:
        return None
    return {"custom_id": custom_id, "response": {"status_code": 200, "body": body}, "error": None}


def _body(told: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The chat completion in an answer."""
    if isinstance(told.get("body"), Mapping):
        return cast("Mapping[str, Any]", told["body"])
    if isinstance(told.get("choices"), list):
        return told
    if isinstance(told.get("content"), str):
        return _completion(told["content"], 0, 0)
    result, response = told.get("result"), told.get("response")
    if isinstance(result, Mapping) and isinstance(result.get("message"), Mapping):  # Anthropic
        message = result["message"]
        words = "".join(part.get("text", "") for part in message.get("content", ()))
        usage = message.get("usage", {})
        return _completion(words, usage.get("input_tokens", 0), usage.get("output_tokens", 0))
    if isinstance(response, Mapping) and response.get("candidates"):  # Gemini
        parts = response["candidates"][0].get("content", {}).get("parts", ())
        usage = response.get("usageMetadata", {})
        words = "".join(part.get("text", "") for part in parts)
        return _completion(words, usage.get("promptTokenCount", 0), usage.get("candidatesTokenCount", 0))
    return None


def _completion(content: str, read: int, written: int) -> Record:
    """A chat completion without the model's name: another provider's name for it is no other model."""
    return {
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}],
        "usage": {"prompt_tokens": read, "completion_tokens": written},
    }  # fmt: skip


def _normalised(answers: Sequence[Path], into: Path) -> int:
    """Writes all answers in the one form; returns lines that are none."""
    other = 0
    with into.open("w", encoding="utf-8") as out:
        for path in answers:
            try:
                lines = path.read_text("utf-8-sig").splitlines()
            except (OSError, UnicodeDecodeError) as error:
                raise InputError(f"{path} cannot be read: {error}", field="answers") from error
            for line in lines:
                if not line.strip():
                    continue
                try:
                    parsed = json.loads(line)
                except (ValueError, RecursionError):
                    parsed = None
                found = chat_line(parsed) if isinstance(parsed, dict) else None
                if found is None:
                    other += 1
                    continue
                out.write(json.dumps(found, ensure_ascii=False) + "\n")
    return other


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


def _answered(found: Prediction) -> Answered:
    tokens = found.provenance.tokens
    usage = {"input_tokens": tokens.read, "output_tokens": tokens.written}
    return Answered(found.model_dump(mode="json"), None, usage)


def _nothing(why: str) -> Answered:
    return Answered(None, {"type": "no_words", "message": why})
