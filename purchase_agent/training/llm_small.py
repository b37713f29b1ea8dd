"""A small GPT from nothing: tokenizer, chat template and weights, in a folder that a server takes as it is.

The tokenizer reads bytes, so that no text is unknown to it. What every answer has in common is one token a piece, and
so is every letter that decides something: an answer takes about 45 tokens.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the field's usual name
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from purchase_agent.predictors.llm.layout import LABELS, MANY, Layout

PAD, BEGIN, END = "<|pad|>", "<|begin|>", "<|end|>"
ROLES = ("<|system|>", "<|user|>", "<|assistant|>")
TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}{{ eos_token }}"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
WORDS = 12_000
WIDTH, LAYERS, HEADS, INNER = 256, 4, 4, 704
POSITIONS = 2048
DROPOUT = 0.1
_LETTERS = string.ascii_uppercase[: max(len(names) for name, names in LABELS.items() if name not in MANY)]
# The codes around a shopper's lines and months are kept whole, so that they take few tokens; else words and numbers.
_PIECES = (
    r"[0-9a-f]{12}| ?[0-9]{4}-[0-9]{2}-(?=[0-9]{2})|'(?:s|t|re|ve|m|ll|d)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+"
)
_OFTEN = 2000  # times that a sign behind a space is shown, so that it is merged before any word is


def tokenizer(texts: Iterable[str], words: int = WORDS) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer (Sennrich et al. 2016) of ``texts``.

    Words are read in lower case, for a small model would have to learn them twice. The letters of an answer are tokens
    of their own that keep their case, where they stand alone.
    """
    built = Tokenizer(models.BPE())
    built.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    pieces = pre_tokenizers.Split(Regex(_PIECES), "isolated")
    bytewise = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    built.pre_tokenizer = pre_tokenizers.Sequence([pieces, bytewise])
    built.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=words, special_tokens=[PAD, BEGIN, END, *ROLES], show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )  # fmt: skip
    signs = "".join(f" {sign}" for sign in string.ascii_lowercase + string.digits)
    built.train_from_iterator(chain(texts, [signs] * _OFTEN), trainer)
    built.add_tokens([AddedToken(letter, single_word=True, normalized=False) for letter in _LETTERS])
    built.add_tokens([AddedToken(part, normalized=False) for part in frame(Layout())])
    return PreTrainedTokenizerFast(
        tokenizer_object=built, bos_token=BEGIN, eos_token=END, pad_token=PAD, model_max_length=POSITIONS,
        chat_template=TEMPLATE,
    )  # fmt: skip


def frame(layout: Layout) -> list[str]:
    """What every answer has in common, piece by piece. No piece holds a space."""
    names = [*layout.fields, "quotes"]
    return [f'{{"{names[0]}":"', *(f'","{name}":"' for name in names[1:]), '"}']


def blank(words: PreTrainedTokenizerFast, seed: int) -> LlamaForCausalLM:
    """A model with random weights for this tokenizer. While it trains, what each layer adds is dropped out in part."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=-(-len(words) // 64) * 64, hidden_size=WIDTH, intermediate_size=INNER, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, num_key_value_heads=HEADS, max_position_embeddings=POSITIONS,
        tie_word_embeddings=True, bos_token_id=words.bos_token_id, eos_token_id=words.eos_token_id,
        pad_token_id=words.pad_token_id,
    )  # fmt: skip
    # On a processor plain attention is faster than the fused one for prompts of a hundred tokens.
    config._attn_implementation = "eager"  # noqa: SLF001 - as in ``encoder``
    model = LlamaForCausalLM(config)
    _drop_out(model)
    return model


def save(model: LlamaForCausalLM, words: PreTrainedTokenizerFast, out: Path) -> None:
    """The folder: config.json, generation_config.json, model.safetensors, tokenizer files with the chat template."""
    out.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(str(out))
    words.save_pretrained(str(out))
    (out / "model.safetensors").chmod(0o644)  # written for its owner alone, unlike its neighbours


def _drop_out(model: LlamaForCausalLM) -> None:
    """The architecture has no dropout of its own; hooks leave its folder as it is."""

    def dropped(module: nn.Module, _: Any, out: Tensor) -> Tensor:
        return F.dropout(out, DROPOUT, module.training)

    for name, module in model.named_modules():
        if re.search(r"\.(embed_tokens|o_proj|down_proj)$", name):
            module.register_forward_hook(dropped)
