"""What a run is to do, fixed before it begins and kept over all its ends: inputs, settings, models, one moment.

The fingerprint is of what the answers depend on. A run goes on where the plan that lies in the work folder has the same
one; with another one the output is somebody else's, and is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from purchase_agent import __version__
from purchase_agent.batch.inputs import InputFile, find_inputs, look_at, own_map, total_bytes
from purchase_agent.errors import PurchaseAgentError, SettingsError
from purchase_agent.prediction import EvidenceMode
from purchase_agent.readers.ids import Ids
from purchase_agent.settings import MODELS, PREFIX, Engine, Settings, model_folder

FORM = 1
"""Of plans and of what lies in a work folder."""
PARTITION_BYTES = 8 << 20
"""Of rows, about: some 1,300 shoppers with 50 events each."""
_FEW_PARTITIONS = 8  # unless there is next to nothing to do: so much is done again after an end, at most
_MOST_PARTITIONS = 4096
_SMALL = 256 << 10


class Job(BaseModel):
    """What was asked for. ``as_of``: of shoppers that do not tell their own; None is the moment of the plan."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    inputs: tuple[str, ...]
    out: Path
    ids: Path | None = None
    map: str | None = None
    store: Path | None = None
    engine: Engine = "auto"
    evidence: EvidenceMode = "none"
    per_text: bool = False
    as_of: datetime | None = None
    hash_ids: bool = False
    openai_batch: Path | None = None


class Plan(BaseModel):
    """A job made ready. ``asks``: a language model behind an endpoint, or in a batch of files, reads the words."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    form: int = FORM
    fingerprint: str
    run_id: str
    as_of: datetime
    begun: datetime
    job: Job
    files: tuple[InputFile, ...]
    partitions: int
    asks: bool
    depends: dict[str, Any]


def make_plan(
    job: Job, settings: Settings, partitions: int | None = None, files: tuple[InputFile, ...] | None = None
) -> Plan:
    """The plan of a job, as of now.

    Args:
        files: where they have been found already.

    Raises:
        InputError: an input, the map or the ids cannot be used.
        SettingsError: ids are to be hashed and there is no key, or the engine needs an endpoint and none is set.
    """
    mapping = own_map(job.map)
    if job.ids is not None:
        Ids.read(job.ids)
    if files is None:
        files = tuple(look_at(path, mapping) for path in find_inputs(job.inputs, job.out))
    asks = job.engine != "local" and (settings.llm_base_url is not None or job.openai_batch is not None)
    if not asks and job.engine in ("llm", "cascade"):
        hint = f"set {PREFIX}LLM_BASE_URL, such as http://127.0.0.1:8000/v1, or give --openai-batch FOLDER"
        raise SettingsError(f"the engine {job.engine} needs an endpoint and none is set", hint=hint)
    depends = _depends(job, settings, files, asks=asks)
    raw = json.dumps(depends, sort_keys=True).encode()
    now = datetime.now(UTC)
    return Plan(
        fingerprint=hashlib.sha256(raw).hexdigest(),
        run_id=f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
        as_of=job.as_of or now,
        begun=now,
        job=job,
        files=files,
        partitions=partitions or _partitions(total_bytes(files)),
        asks=asks,
        depends=depends,
    )


def load_plan(path: Path) -> Plan | None:
    """The plan of a run that has begun; None where there is none.

    Raises:
        PurchaseAgentError: it cannot be read, or another version of this package wrote it.
    """
    try:
        return Plan.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        message = f"{path} is no plan of this version"
        raise PurchaseAgentError(message, hint="begin anew with --overwrite") from error


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """What two plans differ in, in words."""
    names = [name for name in dict.fromkeys([*old, *new]) if old.get(name) != new.get(name)]
    return ", ".join(name.replace("_", " ") for name in names) or "nothing"


def hash_key(settings: Settings) -> str:
    """The key of pseudonymous ids.

    Raises:
        SettingsError: none is set.
    """
    if settings.hash_key is None:
        raise SettingsError("--hash-ids needs a key and none is set", hint=f"set {PREFIX}HASH_KEY")
    return settings.hash_key.get_secret_value()


def _depends(job: Job, settings: Settings, files: tuple[InputFile, ...], *, asks: bool) -> dict[str, Any]:
    """Whatever the answers depend on, by name; as JSON holds it."""
    out: dict[str, Any] = {
        "version": __version__,
        "inputs": [[file.path, file.size, file.changed_ns] for file in files],
        "map": _digest(Path(job.map)) if job.map is not None and Path(job.map).is_file() else job.map,
        "ids": _digest(job.ids) if job.ids is not None else None,
        "engine": job.engine if asks else "local",
        "evidence": job.evidence,
        "per_text": job.per_text,
        "as_of": job.as_of.isoformat() if job.as_of is not None else None,
        "hash_ids": _which_key(settings) if job.hash_ids else None,
        "store": str(job.store.resolve()) if job.store is not None else None,
        "models": {name: folder_digest(model_folder(settings.models_dir, name)) for name in MODELS},
    }
    if asks:
        out |= {
            "llm_model": settings.llm_model,
            "prompt": settings.prompt,
            "prompts_dir": folder_digest(settings.prompts_dir) if settings.prompts_dir is not None else None,
            "llm_calibration": folder_digest(settings.models_dir / "llm"),
            "llm_settings": [settings.llm_extra_body, settings.llm_samples],
            "openai_batch": str(job.openai_batch.resolve()) if job.openai_batch is not None else None,
        }
    return out


def _which_key(settings: Settings) -> str:
    """Tells one key from another without telling the key."""
    return hmac.new(hash_key(settings).encode(), b"which key", "sha256").hexdigest()[:16]


def folder_digest(folder: Path) -> str:
    """Of the small files of a folder, which name its large ones by their digests."""
    whole = hashlib.sha256()
    for path in sorted(folder.glob("*")):
        if path.suffix in (".json", ".md") and path.is_file():
            whole.update(f"{path.name}\0{_digest(path)}\n".encode())
    return whole.hexdigest()[:16]


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _partitions(size: int) -> int:
    wanted = -(-size // PARTITION_BYTES)
    if size > _SMALL:
        wanted = max(wanted, _FEW_PARTITIONS)
    return min(1 << max(wanted - 1, 0).bit_length(), _MOST_PARTITIONS)
