"""Settings: environment (prefix ``PURCHASE_AGENT_``), ``.env``, or arguments; one object."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, DotEnvSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as SourceError

from purchase_agent.errors import SettingsError
from purchase_agent.prediction import EvidenceMode

Engine = Literal["auto", "local", "llm", "cascade"]
PREFIX = "PURCHASE_AGENT_"
SHIPPED_MODELS = Path(__file__).parent / "models"
MODELS = ("text", "behaviour", "timing")
"""Each has a folder of its name."""


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
    llm_base_url: str | None = Field(
        None, pattern=r"^https?://[^\s@]+$", description="OpenAI-compatible endpoint, such as http://127.0.0.1:8000/v1"
    )
    llm_model: str | None = Field(None, description="model asked for; the only one that is served unless given")
    llm_api_key: SecretStr | None = Field(None, description="key of the endpoint")
    llm_extra_body: dict[str, Any] = Field({}, description="JSON object added to each request")
    llm_headers: dict[str, str] = Field({}, description="JSON object of headers added to each request", repr=False)
    llm_concurrency: int = Field(16, ge=1, le=1024, description="requests under way at once")
    llm_samples: int = Field(1, ge=1, le=32, description="answers asked for where no log-probabilities are told")
    prompt: str = Field("purchase/zero", description="prompt file; several, joined by commas, share the fields")
    prompts_dir: Path | None = Field(None, description="folder of your own prompt files, looked in first")
    api_key: SecretStr | None = Field(None, min_length=16, description="key callers of the HTTP service must bring")
    store: Path | None = Field(None, description="file that predictions are kept in and asked from")
    insight_key: SecretStr | None = Field(None, min_length=16, description="key of questions about all shoppers")
    hash_key: SecretStr | None = Field(None, min_length=16, description="key of pseudonymous ids")
    host: str = Field("127.0.0.1", description="address the HTTP service listens at; others than loopback need a key")
    port: int = Field(8080, ge=0, le=65535, description="port of the HTTP service")
    deadline_s: float = Field(20.0, gt=0, le=600, description="seconds a whole prediction may take")


def load_settings(**given: Any) -> Settings:
    """The settings of this process; what is ``given`` and not None goes before the environment.

    Raises:
        SettingsError: names the variable that is unknown or cannot be used.
    """
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    in_file = DotEnvSettingsSource(Settings).env_vars  # of .env, where there is one
    for name in sorted({name.upper() for name in (*os.environ, *in_file)}):
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, 1)
            raise SettingsError(
                f"unknown setting {name}",
                hint=f"did you mean {near[0]}?" if near else f"known: {', '.join(sorted(known))}",
            )
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except SourceError as error:  # a value that should be JSON and is not
        raise SettingsError(_json_name(error), hint="write a JSON object, or unset it") from error
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        name = f"{PREFIX}{str(problem['loc'][0]).upper()}"
        told = problem["msg"]
        if problem["type"] == "too_short":  # the library speaks of items
            told = "must have at least {min_length} characters, has {actual_length}".format(**problem["ctx"])
        if problem["type"] == "string_pattern_mismatch":  # of the endpoint's address, the only one that has a pattern
            told = "must be an address such as http://127.0.0.1:8000/v1, without a name, password or blank in it"
        raise SettingsError(f"{name}: {told}", hint="unset it or give a usable value") from error


def _json_name(error: SourceError) -> str:
    """Which variable is not JSON; the library names the field, never the value."""
    named = [name for name in Settings.model_fields if f'"{name}"' in str(error)]
    return f"{PREFIX}{named[0].upper()} is not JSON" if named else "a setting is not JSON"
