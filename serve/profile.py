"""A profile: the model that is served on one kind of machine, why that one, and the engine's settings for it.

The memory that it needs is reckoned here from the model's shape, so that a profile cannot claim what does not fit.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from purchase_agent.errors import SettingsError
from purchase_agent.serve.asked import AskedWronglyError

Name = Annotated[str, Field(min_length=1, max_length=200)]
Source = Annotated[str, Field(pattern=r"^https://[^\s]+$")]
GB = 1e9


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Claim(_Part):
    """What is said of a model or of vLLM, and where it is said."""

    says: Name
    source: Source


class Served(_Part):
    """A model and what decides its memory. ``context`` is in tokens, ``parameters_b`` in thousands of millions.

    ``thinks``: never; ``switchable``, which ``template`` switches off; or always, which ``reasoning_parser`` cuts away.
    """

    id: Name
    licence: Name
    parameters_b: Annotated[float, Field(gt=0)]
    bytes_per_parameter: Annotated[float, Field(gt=0)] = 2.0
    layers: Annotated[int, Field(gt=0)]
    kv_heads: Annotated[int, Field(gt=0)]
    head_size: Annotated[int, Field(gt=0)]
    context: Annotated[int, Field(gt=0)]
    languages: Annotated[tuple[Literal["en", "zh"], ...], Field(strict=False)]
    thinks: Literal["never", "switchable", "always"] = "never"
    template: dict[Name, bool | str] = {}
    reasoning_parser: Name | None = None
    why: Name
    sources: Annotated[tuple[Claim, ...], Field(min_length=1, strict=False)]

    @property
    def weights_gb(self) -> float:
        """Memory of the weights."""
        return self.parameters_b * self.bytes_per_parameter

    def token_bytes(self, bytes_per_number: int = 2) -> int:
        """Cache that one token takes: a key and a value of each layer and head."""
        return 2 * self.layers * self.kv_heads * self.head_size * bytes_per_number


class Engine(_Part):
    """Settings of the engine. ``max_queued`` bounds the requests in hand, running and waiting; one more gets a 503."""

    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    max_model_len: Annotated[int, Field(ge=256)]
    tensor_parallel: Annotated[int, Field(ge=1)] = 1
    memory_share: Annotated[float, Field(gt=0, le=0.98)] | None = None
    max_num_seqs: Annotated[int, Field(ge=1)]
    max_queued: Annotated[int, Field(ge=1)]
    max_logprobs: Annotated[int, Field(ge=20)] = 20
    eager: bool = False
    environment: dict[Annotated[str, Field(pattern=r"^VLLM_[A-Z0-9_]+$")], str] = {}


class Machine(_Part):
    """What the profile is for. ``cache_gb``: cache of keys and values where that is set and not what is left."""

    kind: Literal["gpu", "cpu"]
    memory_gb: Annotated[float, Field(gt=0)]
    working_gb: Annotated[float, Field(ge=0)]
    cache_gb: Annotated[float, Field(gt=0)] | None = None


class Profile(_Part):
    """A profile file. ``alternates`` are served with the same engine settings by naming one in ``--model``."""

    name: Name
    about: Name
    machine: Machine
    model: Served
    engine: Engine
    alternates: Annotated[tuple[Served, ...], Field(strict=False)] = ()
    advised_against: Annotated[tuple[Claim, ...], Field(strict=False)] = ()
    not_verified: Annotated[tuple[Name, ...], Field(strict=False)] = ()

    def served(self, name: str | None) -> Served | None:
        """The model of this profile with that id, the first one for None; None where it is a model of the user's."""
        if name is None:
            return self.model
        return next((model for model in (self.model, *self.alternates) if model.id == name), None)

    def cached_tokens(self, model: Served) -> int:
        """Tokens whose keys and values fit beside the weights, over all GPUs; below 0 the model does not fit."""
        machine = self.machine
        share = self.engine.memory_share or 1.0
        free = machine.memory_gb * share * self.engine.tensor_parallel - model.weights_gb - machine.working_gb
        room = min(free, machine.cache_gb) if machine.cache_gb else free
        return int(room * GB / model.token_bytes(4 if self.engine.dtype == "float32" else 2))


def names() -> tuple[str, ...]:
    """Names of the profiles that come with the package."""
    found = (files(__package__) / "profiles").iterdir()
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in found if entry.name.endswith(".yaml")))


@cache
def load_profile(name: str) -> Profile:
    """A shipped profile.

    Raises:
        AskedWronglyError: there is none of that name.
        SettingsError: its file cannot be used.
    """
    if name not in names():
        raise AskedWronglyError(f"there is no profile {name}", hint=f"one of {', '.join(names())}")
    return parse_profile((files(__package__) / "profiles" / f"{name}.yaml").read_bytes(), name)


def parse_profile(raw: bytes, name: str) -> Profile:
    """A profile from the bytes of its file; ``name`` is for the error.

    Raises:
        SettingsError: what in it cannot be used, and where.
    """
    try:
        loaded: Any = yaml.safe_load(raw)
        return Profile.model_validate(loaded)
    except yaml.YAMLError as error:
        told = re.sub(r"\s+", " ", str(error))[:300]
        raise SettingsError(f"the profile {name} is not YAML: {told}", hint="mend the file") from error
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, problem["loc"])) or "the file"
        raise SettingsError(f"the profile {name}: {place}: {problem['msg']}", hint="mend the file") from error
