"""An endpoint as it is set, ready to be asked."""

from __future__ import annotations

from pathlib import Path

from purchase_agent.chat.client import ChatClient
from purchase_agent.chat.request import Endpoint
from purchase_agent.errors import SettingsError
from purchase_agent.predictors.llm.asking import Asking, load_asking
from purchase_agent.predictors.llm.marks import LlmMarks, save_marks
from purchase_agent.predictors.llm.predictor import LlmPredictor
from purchase_agent.predictors.local import LocalPredictor
from purchase_agent.prompts import SUFFIX, shipped_prompts
from purchase_agent.settings import PREFIX, Settings


def endpoint(settings: Settings) -> Endpoint:
    """The endpoint that is set.

    Raises:
        SettingsError: none is set.
    """
    if settings.llm_base_url is None:
        raise SettingsError("no endpoint is set", hint=f"set {PREFIX}LLM_BASE_URL")
    key = settings.llm_api_key
    return Endpoint(
        base_url=settings.llm_base_url, model=settings.llm_model,
        api_key=key.get_secret_value() if key is not None else None,
        extra_body=settings.llm_extra_body, headers=settings.llm_headers, concurrency=settings.llm_concurrency,
    )  # fmt: skip


def prompt_folders(settings: Settings) -> list[Path]:
    """Where prompt files are looked for, the user's own folder first.

    Raises:
        SettingsError: the user's folder is not there, or has nothing that could be found: the shipped prompts would be
            asked in silence.
    """
    own = settings.prompts_dir
    if own is None:
        return [shipped_prompts()]
    there = own.is_dir()
    if not there or not ((own / "examples").is_dir() or any(own.glob(f"*/*{SUFFIX}"))):
        raise SettingsError(
            f"{PREFIX}PROMPTS_DIR: {f'{own} holds no prompts' if there else f'there is no folder {own}'}",
            hint=f"a prompt is looked for as {own / 'purchase' / 'zero'}{SUFFIX}, examples in {own / 'examples'}",
        )
    return [own, shipped_prompts()]


def chosen_prompts(settings: Settings) -> list[Asking]:
    """The prompts in use, with their layouts."""
    folders = prompt_folders(settings)
    return [load_asking(name.strip(), folders) for name in settings.prompt.split(",")]


def keep_marks(file: Path, served_name: str, models_dir: Path) -> Path:
    """Puts the calibration that came with a trained model where predictions look for it; returns the new file."""
    marks = LlmMarks.model_validate_json(file.read_bytes()).model_copy(update={"model": served_name})
    return save_marks(models_dir, marks)


def llm_predictor(settings: Settings, local: LocalPredictor) -> LlmPredictor:
    """The predictor that asks the endpoint.

    Raises:
        SettingsError: no endpoint is set, or the prompts do not cover all fields.
        PromptError: a prompt file is missing or cannot be used.
    """
    askings = chosen_prompts(settings)
    return LlmPredictor(
        ChatClient(endpoint(settings)), local, askings, settings.models_dir, samples=settings.llm_samples
    )
