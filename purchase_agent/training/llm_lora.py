"""Low-rank adapters (Hu et al. 2022) on attention and MLP, saved in peft's format, which servers load beside the base.

Written here because all that is needed of the library is a sum and two files.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from purchase_agent.errors import ModelFileError

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
RANK = 16
ALPHA = 32
DROPOUT = 0.05


class Adapted(nn.Module):
    """``base(x) + (alpha / rank) * B A x``; the base stays as it is. B begins at 0, so nothing is changed at first."""

    def __init__(self, base: nn.Linear, rank: int, alpha: int) -> None:
        super().__init__()
        self.base = base
        weight = base.weight
        self.a = nn.Parameter(torch.empty(rank, base.in_features, device=weight.device))
        self.b = nn.Parameter(torch.zeros(base.out_features, rank, device=weight.device))
        nn.init.kaiming_uniform_(self.a, a=math.sqrt(5))
        self._scale = alpha / rank
        self._dropout = nn.Dropout(DROPOUT)

    def forward(self, given: Tensor) -> Tensor:
        out: Tensor = self.base(given)
        added = self._dropout(given).to(self.a.dtype) @ self.a.T @ self.b.T
        return out + self._scale * added.to(out.dtype)


def adapt(model: nn.Module, seed: int, rank: int = RANK, alpha: int = ALPHA) -> nn.ModuleDict:
    """Puts adapters into a model, whose own weights no longer learn.

    Returns:
        place of each adapter in the model -> it; dots are written as ``/``.

    Raises:
        ModelFileError: the model has none of ``TARGETS``.
    """
    torch.manual_seed(seed)
    model.requires_grad_(requires_grad=False)
    found = [
        (name, one) for name, one in model.named_modules()
        if name.rpartition(".")[2] in TARGETS and isinstance(one, nn.Linear)
    ]  # fmt: skip
    if not found:
        raise ModelFileError(f"no layer named {', '.join(TARGETS)}", hint="train without --lora")
    out = nn.ModuleDict()
    for name, linear in found:
        parent, _, own = name.rpartition(".")
        adapted = Adapted(linear, rank, alpha)
        setattr(model.get_submodule(parent), own, adapted)
        out[name.replace(".", "/")] = nn.ParameterDict({"a": adapted.a, "b": adapted.b})
    return out


def save(adapters: nn.ModuleDict, base: str, folder: Path, rank: int = RANK, alpha: int = ALPHA) -> None:
    """``adapter_config.json`` and ``adapter_model.safetensors``, as peft writes them."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {}
    names = set()
    for key, pair in adapters.items():
        name = key.replace("/", ".")
        names.add(name.rpartition(".")[2])
        weights: Any = pair
        tensors[f"base_model.model.{name}.lora_A.weight"] = weights["a"].detach().cpu().contiguous()
        tensors[f"base_model.model.{name}.lora_B.weight"] = weights["b"].detach().cpu().contiguous()
    save_file(tensors, str(folder / "adapter_model.safetensors"), metadata={"format": "pt"})
    (folder / "adapter_model.safetensors").chmod(0o644)
    settings = {
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": base, "r": rank, "lora_alpha": alpha,
        "lora_dropout": DROPOUT, "target_modules": sorted(names), "bias": "none", "fan_in_fan_out": False,
        "inference_mode": True, "modules_to_save": None, "use_rslora": False, "use_dora": False,
    }  # fmt: skip
    (folder / "adapter_config.json").write_text(json.dumps(settings, indent=1), encoding="utf-8")
