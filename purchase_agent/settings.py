"""Settings: environment (prefix ``PURCHASE_AGENT_``), ``.env``, or arguments; one object."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_core import PydanticCustomError

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


def _from_json(value: object) -> object:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        raise PydanticCustomError("not_json", "is not JSON") from None  # the library's own words would hold the value


JsonObject = BeforeValidator(_from_json)
"""Of a field that a variable tells as JSON."""


class Settings(BaseModel):
    """What can be set. An unknown ``PURCHASE_AGENT_`` name is an error that names it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    engine: Engine = Field("auto", description="who answers")
    evidence: EvidenceMode = Field("fast", description="how many quotes are looked for")
    models_dir: Path = Field(default_factory=own_models, description="folder of your own models")
    threads: int = Field(1, ge=1, le=64, description="threads of the local model")
    llm_base_url: str | None = Field(
        None, pattern=r"^https?://[^\s@]+$", description="OpenAI-compatible endpoint, such as http://127.0.0.1:8000/v1"
    )
    llm_model: str | None = Field(None, description="model asked for; the only one that is served unless given")
    llm_api_key: SecretStr | None = Field(None, description="key of the endpoint")
    llm_extra_body: Annotated[dict[str, Any], JsonObject] = Field({}, description="JSON object added to each request")
    llm_headers: Annotated[dict[str, str], JsonObject] = Field(
        {}, description="JSON object of headers added to each request", repr=False
    )
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
    known = {f"{PREFIX}{name.upper()}": name for name in Settings.model_fields}
    told = _told()
    if unknown := sorted(told.keys() - known):
        import difflib  # a few milliseconds that only a mistake costs

        near = difflib.get_close_matches(unknown[0], known, 1)
        raise SettingsError(
            f"unknown setting {unknown[0]}",
            hint=f"did you mean {near[0]}?" if near else f"known: {', '.join(sorted(known))}",
        )
    values = {known[variable]: value for variable, value in told.items()}
    try:
        return Settings(**values | {name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        variable = f"{PREFIX}{str(problem['loc'][0]).upper()}"
        why = problem["msg"]
        if problem["type"] == "not_json":
            raise SettingsError(f"{variable} {why}", hint="write a JSON object, or unset it") from error
        if problem["type"] == "too_short":  # the library speaks of items
            why = "must have at least {min_length} characters, has {actual_length}".format(**problem["ctx"])
        if problem["type"] == "string_pattern_mismatch":  # of the endpoint's address, the only one that has a pattern
            why = "must be an address such as http://127.0.0.1:8000/v1, without a name, password or blank in it"
        raise SettingsError(f"{variable}: {why}", hint="unset it or give a usable value") from error


def _told() -> dict[str, str]:
    """Our variables, in capitals, with their values: those of the environment go before those of ``.env``."""
    found: dict[str, str | None] = {}
    if (file := Path(".env")).is_file():
        from dotenv import dotenv_values  # most processes have no such file

        try:
            found.update({name.upper(): value for name, value in dotenv_values(file, encoding="utf-8").items()})
        except UnicodeDecodeError as error:
            raise SettingsError(f".env: {error}", hint="save it as UTF-8") from error
    found.update({name.upper(): value for name, value in os.environ.items()})
    return {name: value for name, value in found.items() if name.startswith(PREFIX) and value is not None}
