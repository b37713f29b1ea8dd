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
MODELS = ("text", "behaviour", "timing")
"""Each has a folder of its name."""


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


def own_models() -> Path:
    """Where ``train`` and ``calibrate`` put a user's own models, and predictions look for them first."""
    data = os.environ.get("XDG_DATA_HOME", "").strip()
    return (Path(data) if data else Path.home() / ".local" / "share") / "purchase-agent" / "models"


def model_folder(models_dir: Path, name: str, *, to_fill: bool = False) -> Path:
    """Folder of one model: the user's own where there is one, else the shipped one.

    A folder that was named but holds no model at all is most likely a mistake and not passed over, unless it is about
    to be filled (``to_fill``).
    """
    own = models_dir / name
    held = models_dir == own_models() or any((models_dir / one).exists() for one in MODELS)
    if own.exists() or not (held or to_fill):
        return own
    return SHIPPED_MODELS / name


class Settings(BaseSettings):
    """What can be set. An unknown ``PURCHASE_AGENT_`` name is an error that names it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True)

    engine: Engine = Field("auto", description="who answers")
    evidence: EvidenceMode = Field("fast", description="how many quotes are looked for")
    models_dir: Path = Field(default_factory=own_models, description="folder of your own models")
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
