"""Texts to padded id tensors, batched by length so that little is padded."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import torch
from tokenizers import Tokenizer
from torch import Tensor

from purchase_agent.training.vocabulary import CHANNEL_TOKENS


def encode(tokenizer: Tokenizer, texts: Sequence[str], channels: Sequence[str], limit: int) -> list[list[int]]:
    """Token ids of each text: [CLS] [channel] text [SEP], at most ``limit`` ids."""
    ids: dict[str, int] = tokenizer.get_vocab()
    encodings = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    return [
        [ids["[CLS]"], ids[CHANNEL_TOKENS[channel]], *encoding.ids[: limit - 3], ids["[SEP]"]]
        for encoding, channel in zip(encodings, channels, strict=True)
    ]


def pad(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Ids and mask, both [batch, longest], int64; the padding id is 0.

    The width is a multiple of 8, so that few shapes occur and their compiled kernels are used again.
    """
    width = -(-max(map(len, rows)) // 8) * 8
    ids = torch.zeros(len(rows), width, dtype=torch.int64)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = torch.tensor(row)
    return ids, (ids != 0).long()


def by_length(lengths: Sequence[int], budget: int, rng: random.Random) -> Iterator[list[int]]:
    """Index batches of similar length, at most ``budget`` padded tokens each, in random order."""
    order = sorted(range(len(lengths)), key=lambda place: (lengths[place], rng.random()))
    batches: list[list[int]] = [[]]
    for place in order:
        if batches[-1] and (len(batches[-1]) + 1) * lengths[place] > budget:
            batches.append([])
        batches[-1].append(place)
    rng.shuffle(batches)
    yield from (batch for batch in batches if batch)
