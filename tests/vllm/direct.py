"""Run by the interpreter that has transformers: what a model itself thinks at chosen places of an answer.

Standard input: {"folder", "cases": [{"adapter": folder in peft's format to merge, or null, "messages", "tokens": [text
of each token of the answer], "places": [numbers of tokens], "letters": [[texts of the alternatives] for each place]}]}.
Standard output: for each case and place the shares of the alternatives.
"""

import functools
import json
import sys
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer


@functools.cache
def loaded(folder: str, adapter: str | None) -> Any:
    """The model, with ``alpha / rank * B A`` added to the weights beside each pair of an adapter's factors."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    if adapter is None:
        return model
    settings = json.loads((Path(adapter) / "adapter_config.json").read_text())
    factors = load_file(Path(adapter) / "adapter_model.safetensors")
    for place in {name.rpartition(".lora_")[0] for name in factors}:
        added = factors[f"{place}.lora_B.weight"] @ factors[f"{place}.lora_A.weight"]
        linear = model.get_submodule(place.removeprefix("base_model.model."))
        linear.weight.data += settings["lora_alpha"] / settings["r"] * added
    return model


def main() -> None:
    asked = json.load(sys.stdin)
    tokenizer = AutoTokenizer.from_pretrained(asked["folder"])
    known = tokenizer.get_vocab()
    out = []
    for case in asked["cases"]:
        prompt = tokenizer.apply_chat_template(case["messages"], add_generation_prompt=True, tokenize=False)
        ids = tokenizer(prompt, add_special_tokens=False)["input_ids"]
        answer = [known[text.replace(" ", "\u0120")] for text in case["tokens"]]
        with torch.no_grad():
            logits = loaded(asked["folder"], case["adapter"])(torch.tensor([ids + answer])).logits[0]
        shares = []
        for place, letters in zip(case["places"], case["letters"], strict=True):
            at = logits[len(ids) + place - 1]
            picked = torch.stack([at[known[text.replace(" ", "\u0120")]] for text in letters])
            shares.append(torch.softmax(picked.double(), 0).tolist())
        out.append(shares)
    json.dump(out, sys.stdout)


if __name__ == "__main__":
    main()
