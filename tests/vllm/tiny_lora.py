"""Run by the interpreter that has torch: a tiny model, and an adapter for it as the package's own training writes one.

Arguments: the folder of the model and that of the adapter; both are made. Adapters begin by changing nothing, so their
second factors get random numbers here, as if they had learned.
"""

import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM

from purchase_agent.training import llm_lora
from tests.vllm.tiny_llm import build_tiny_llm

RANK, ALPHA = 4, 8
SPREAD = 0.1


def build_tiny_lora(base: Path, folder: Path, *, seed: int) -> None:
    """Writes adapters of rank ``RANK`` for every layer that training adapts; the same seed writes the same."""
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    adapters = llm_lora.adapt(model, seed, rank=RANK, alpha=ALPHA)
    for name, weights in adapters.named_parameters():
        if name.endswith(".b"):
            torch.nn.init.normal_(weights, std=SPREAD)
    llm_lora.save(adapters, str(base), folder, rank=RANK, alpha=ALPHA)


if __name__ == "__main__":
    build_tiny_llm(Path(sys.argv[1]), seed=7)
    build_tiny_lora(Path(sys.argv[1]), Path(sys.argv[2]), seed=3)
