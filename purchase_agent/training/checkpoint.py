"""Resumable state of a training stage, in safetensors (never a pickle), and the run that a folder of it belongs to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from purchase_agent.errors import InputError

MADE_OF = "made_of.json"


def claim(work: Path, made_of: Mapping[str, str]) -> None:
    """Makes the folder of a run, or sees that what lies there is of the same run: stages that are done are used again.

    Args:
        made_of: what decides the result, by name: data, seed, base ...; see ``digest``.

    Raises:
        InputError: the folder holds another run, or files that are no run's.
    """
    file = work / MADE_OF
    advice = "give another folder with --work, or remove this one"
    if file.exists():
        try:
            known = dict(json.loads(file.read_text("utf-8")))
        except (ValueError, TypeError) as error:
            raise InputError(f"{file} cannot be read: {error}", hint=advice, field="work") from error
        others = [name for name in made_of if known.get(name) != made_of[name]]
        if others:
            raise InputError(f"{work} holds a run of another {', '.join(others)}", hint=advice, field="work")
        return
    work.mkdir(parents=True, exist_ok=True)
    if any(work.iterdir()):
        raise InputError(f"{work} holds files and does not tell of which run", hint=advice, field="work")
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(dict(made_of), indent=1), encoding="utf-8")
    partial.replace(file)


def digest(records: Iterable[object]) -> str:
    """Of records whose ``repr`` tells all of them, in their order."""
    whole = hashlib.sha256()
    for record in records:
        whole.update(repr(record).encode("utf-8", "surrogatepass") + b"\n")
    return whole.hexdigest()[:16]


def save(path: Path, model: nn.Module, optimizer: torch.optim.Optimizer | None, state: dict[str, Any]) -> None:
    """Writes model, optimizer moments and ``state`` (JSON) at once: a kill leaves the old file or the new one."""
    tensors: dict[str, Tensor] = {f"model.{name}": value for name, value in model.state_dict().items()}
    if optimizer is not None:
        for index, moments in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{name}": value for name, value in moments.items()}
    tensors = {name: value.detach().contiguous().clone() for name, value in tensors.items()}
    partial = path.with_suffix(".partial")
    save_file(tensors, str(partial), metadata={"state": json.dumps(state)})
    partial.replace(path)


def load(path: Path, model: nn.Module, optimizer: torch.optim.Optimizer | None = None) -> dict[str, Any]:
    """Puts a saved state back and returns its JSON part."""
    moments: dict[int, dict[str, Tensor]] = {}
    weights: dict[str, Tensor] = {}
    with safe_open(str(path), "pt") as file:
        state: dict[str, Any] = json.loads(file.metadata()["state"])
        for name in file.keys():  # noqa: SIM118 - not a dict
            kind, _, rest = name.partition(".")
            if kind == "model":
                weights[rest] = file.get_tensor(name)
            else:
                index, _, moment = rest.partition(".")
                moments.setdefault(int(index), {})[moment] = file.get_tensor(name)
    model.load_state_dict(weights)
    if optimizer is not None and moments:
        optimizer.load_state_dict({"state": moments, "param_groups": optimizer.state_dict()["param_groups"]})
    return state
