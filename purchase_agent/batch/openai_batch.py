"""A run whose language model answers offline: first its questions go into files, later their answers are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from purchase_agent.batch.local_answers import LocalAnswers
from purchase_agent.batch.openai_answers import RecordedAnswers
from purchase_agent.batch.openai_requests import RequestFiles
from purchase_agent.batch.score_step import Unit
from purchase_agent.chat.request import Endpoint
from purchase_agent.errors import InputError, SettingsError
from purchase_agent.evidence import Shopper
from purchase_agent.one_by_one import together
from purchase_agent.prediction import EvidenceMode, Prediction
from purchase_agent.predictors.cascade import Cascade, load_rule
from purchase_agent.predictors.llm.predictor import LlmPredictor
from purchase_agent.predictors.prepare import prepare
from purchase_agent.service import PurchaseAgent
from purchase_agent.settings import PREFIX, Engine, Settings

if TYPE_CHECKING:
    from purchase_agent.chat.client import ChatClient

_NO_HURRY_S = 3600.0


def offline_model(settings: Settings) -> str:
    """The model that the files ask.

    Raises:
        SettingsError: none is set, and there is no endpoint that could be asked for its only one.
    """
    if settings.llm_model is None:
        raise SettingsError("--openai-batch needs the model's name", hint=f"set {PREFIX}LLM_MODEL")
    return settings.llm_model


def offline_endpoint(settings: Settings) -> Endpoint:
    """What the requests say beside the question; nothing is sent to it."""
    return Endpoint("http://localhost/v1", settings.llm_model, extra_body=settings.llm_extra_body)


class OfflineAnswers(LocalAnswers):
    """Answers by files, and by the local models where no file has a usable one; the provenance says so.

    Args:
        client: a ``RecordedAnswers``, or a ``RequestFiles`` that only takes the questions.
        engine: as asked for; ``cascade`` asks where the local answer is unsure.
    """

    at_once = 64

    def __init__(
        self, client: RecordedAnswers | RequestFiles, local: PurchaseAgent, settings: Settings, engine: Engine,
        evidence: EvidenceMode,
    ) -> None:  # fmt: skip
        from purchase_agent.llm_engine import chosen_prompts

        super().__init__(local, evidence)
        rule = load_rule(settings.models_dir) if engine == "cascade" else None
        llm = LlmPredictor(cast("ChatClient", client), local.local, chosen_prompts(settings), settings.models_dir)
        when = "unsure" if engine == "cascade" else "always"
        self._predictor = Cascade(local.local, llm, _NO_HURRY_S, when, rule)  # type: ignore[arg-type]

    def _together(self, shoppers: list[Shopper]) -> list[Prediction | InputError]:
        def by_files() -> list[Prediction]:
            now = datetime.now(UTC)  # not read: each shopper has his moment
            return self._predictor.predict([prepare(shopper, now) for shopper in shoppers], self.evidence)

        return together(self.agent, shoppers, self.evidence, by_files)


def write_requests(
    folder: Path, settings: Settings, engine: Engine, local: PurchaseAgent, units: Iterable[Unit], work: Path,
    told: Callable[[int], None],
) -> RequestFiles:  # fmt: skip
    """Writes the questions about all units to ``folder``.

    Args:
        work: a file that may be used meanwhile.
        told: is told each unit.
    """
    with RequestFiles(folder, offline_endpoint(settings), offline_model(settings), work) as files:
        asking = OfflineAnswers(files, local, settings, engine, "none")
        for _ in asking.answers(units, 0):
            told(1)
    return files
