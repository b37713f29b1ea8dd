"""Settings: environment (prefix ``PURCHASE_AGENT_``), ``.env``, or arguments; one object."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from purchase_agent.errors import SettingsError
from purchase_agent.prediction import EvidenceMode

Engine = Literal["auto", "local", "llm", "cascade"]
PREFIX = "PURCHASE_AGENT_"
SHIPPED_MODELS = Path(__file__).parent / "models"


_NOT_YET = frozenset(
    [
        "LLM_BASE_URL",
        "LLM_MODEL",
        "LLM_API_KEY",
        "LLM_EXTRA_BODY",
        "LLM_HEADERS",
        "LLM_CONCURRENCY",
        "DEADLINE_S",
        "PROMPTS_DIR",
        "STORE",
        "API_KEY",
        "INSIGHT_KEY",
        "HOST",
        "PORT",
        "HASH_KEY",
    ]
)
"""Names of the public contract that this release has no use for; setting them is no error."""


class Settings(BaseSettings):
    """What can be set. An unknown ``PURCHASE_AGENT_`` name is an error that names it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True)

    engine: Engine = Field("auto", description="who answers")
    evidence: EvidenceMode = Field("fast", description="how many quotes are looked for")
    models_dir: Path = Field(SHIPPED_MODELS, description="folder of the local models")
    threads: int = Field(1, ge=1, le=64, description="threads of the local model")


def load_settings() -> Settings:
    """The settings of this process.

    Raises:
        SettingsError: names the variable that is unknown or cannot be used.
    """
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known and name.removeprefix(PREFIX) not in _NOT_YET:
            near = difflib.get_close_matches(name, known, 1)
            raise SettingsError(
                f"unknown setting {name}",
                hint=f"did you mean {near[0]}?" if near else f"known: {', '.join(sorted(known))}",
            )
    try:
        return Settings()
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        name = f"{PREFIX}{str(problem['loc'][0]).upper()}"
        raise SettingsError(f"{name}: {problem['msg']}", hint="unset it or give a usable value") from error
