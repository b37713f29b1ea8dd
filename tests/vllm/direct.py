"""Run by the interpreter that has transformers: what a model itself thinks at chosen places of an answer.

Standard input: {"folder", "cases": [{"messages", "tokens": [text of each token of the answer], "places": [numbers of
tokens], "letters": [[texts of the alternatives] for each place]}]}. Standard output: for each case and place the shares
of the alternatives.
"""

import json
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def main() -> None:
    asked = json.load(sys.stdin)
    tokenizer = AutoTokenizer.from_pretrained(asked["folder"])
    model = AutoModelForCausalLM.from_pretrained(asked["folder"], dtype=torch.float32).eval()
    known = tokenizer.get_vocab()
    out = []
    for case in asked["cases"]:
        prompt = tokenizer.apply_chat_template(case["messages"], add_generation_prompt=True, tokenize=False)
        ids = tokenizer(prompt, add_special_tokens=False)["input_ids"]
        answer = [known[text.replace(" ", "\u0120")] for text in case["tokens"]]
        with torch.no_grad():
            logits = model(torch.tensor([ids + answer])).logits[0]
        shares = []
        for place, letters in zip(case["places"], case["letters"], strict=True):
            at = logits[len(ids) + place - 1]
            picked = torch.stack([at[known[text.replace(" ", "\u0120")]] for text in letters])
            shares.append(torch.softmax(picked.double(), 0).tolist())
        out.append(shares)
    json.dump(out, sys.stdout)


if __name__ == "__main__":
    main()
