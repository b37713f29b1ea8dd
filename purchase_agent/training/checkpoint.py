"""Resumable state of a training stage, in safetensors (never a pickle)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn


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
