"""One training loop for language models, small and large: the loss is taken on answers alone.

What all prompts of a batch have in common at their beginning (the task) is computed once for the batch, as a server's
prefix cache does; gradients flow through it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the field's usual name

from purchase_agent.training import checkpoint
from purchase_agent.training.batches import by_length
from purchase_agent.training.llm_tokens import Encoded
from purchase_agent.training.progress import Progress

_ALIKE = 16  # tokens by which prompts of one language are told


@dataclass(frozen=True, slots=True)
class FitSettings:
    """How a run learns.

    Attributes:
        tokens_per_step: padded tokens of a batch, without what its prompts share.
        longest: tokens of a prompt and its answer; longer ones are left out.
        negatives: tokens drawn to stand for all that are no part of an answer; None takes the whole vocabulary.
        save_every: steps between checkpoints.
    """

    epochs: int
    learning_rate: float
    tokens_per_step: int = 4096
    longest: int = 2048
    warm_up: float = 0.05
    weight_decay: float = 0.1
    betas: tuple[float, float] = (0.9, 0.98)
    negatives: int | None = None
    save_every: int = 200
    seed: int = 7


def fit(
    model: Any, trained: nn.Module, draw: Callable[[int], Sequence[Encoded]], sizes: Sequence[int],
    settings: FitSettings, file: Path | None, progress: Progress,
) -> None:  # fmt: skip
    """Trains in place.

    Args:
        model: a causal language model of transformers.
        trained: the part of it that learns (the model itself, or its adapters); checkpoints hold this part.
        draw: the examples of an epoch, the same for the same number.
        sizes: how many each epoch has, about.
        file: of the checkpoint; a run that finds it goes on from there. None keeps none.
    """
    device = next(model.parameters()).device
    optimizer = _optimizer(trained, settings)
    state = {"epoch": 0, "batch": 0, "step": 0}
    if file is not None and file.exists():
        state = checkpoint.load(file, trained, optimizer)
    step, average = int(state["step"]), 0.0
    model.train()
    for epoch in range(int(state["epoch"]), settings.epochs):
        rows = [row for row in draw(epoch) if len(row.ids) <= settings.longest]
        plan = batches(rows, settings.tokens_per_step, random.Random(settings.seed + epoch))
        first = int(state["batch"]) if epoch == state["epoch"] else 0
        for number in range(first, len(plan)):
            done = (sum(sizes[:epoch]) + sizes[epoch] * number / len(plan)) / sum(sizes)
            for group in optimizer.param_groups:
                group["lr"] = settings.learning_rate * _rate(done, settings.warm_up)
            torch.manual_seed(settings.seed * 1_000_003 + step)
            loss = loss_of(model, [rows[place] for place in plan[number]], settings.negatives, device)
            loss.backward()
            nn.utils.clip_grad_norm_(trained.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            step += 1
            average = loss.item() if average == 0 else 0.98 * average + 0.02 * loss.item()
            progress("training", int(1000 * done), 1000, {"loss": average, "epoch": epoch, "step": step})
            if file is not None and step % settings.save_every == 0:
                checkpoint.save(file, trained, optimizer, {"epoch": epoch, "batch": number + 1, "step": step})
        if file is not None:
            checkpoint.save(file, trained, optimizer, {"epoch": epoch + 1, "batch": 0, "step": step})
    model.eval()


def loss_of(model: Any, rows: Sequence[Encoded], negatives: int | None, device: torch.device) -> Tensor:
    """Mean weighted cross-entropy of the answers' tokens.

    Rows are padded on the left, so that all answers end in the last column.
    """
    shared = _shared(rows)
    width = max(len(row.ids) for row in rows) - shared
    ids = torch.zeros(len(rows), width, dtype=torch.int64)
    mask = torch.zeros(len(rows), shared + width, dtype=torch.int64)
    mask[:, :shared] = 1
    for place, row in enumerate(rows):
        own = torch.tensor(row.ids[shared:])
        ids[place, width - len(own) :] = own
        mask[place, shared + width - len(own) :] = 1
    positions = (mask.cumsum(1) - 1).clamp(min=0)[:, shared:]
    ids, mask, positions = ids.to(device), mask.to(device), positions.to(device)
    longest = max(len(row.weights) for row in rows) + 1
    with torch.autocast(device.type, dtype=torch.bfloat16):
        cache = None
        if shared:
            begin = torch.tensor([rows[0].ids[:shared]], device=device)
            cache = model.base_model(begin, use_cache=True).past_key_values
            cache.batch_repeat_interleave(len(rows))
        given = {"attention_mask": mask, "position_ids": positions, "past_key_values": cache, "use_cache": bool(shared)}
        if negatives is None:
            every = model(ids, logits_to_keep=longest, **given).logits
        else:
            every = model.base_model(ids, **given).last_hidden_state[:, -longest:]
    # Each token of an answer is told by what stands before it, so the last column tells nothing.
    lines = torch.from_numpy(np.repeat(np.arange(len(rows)), [len(row.weights) for row in rows]))
    columns = torch.cat([torch.arange(longest - 1 - len(row.weights), longest - 1) for row in rows])
    told = every[lines.to(device), columns.to(device)]
    begins = np.cumsum([0, *(len(row.weights) for row in rows[:-1])])
    owned = [row.owners + begin for row, begin in zip(rows, begins, strict=True)]
    owners = torch.from_numpy(np.concatenate(owned)).long()
    tokens = torch.from_numpy(np.concatenate([row.tokens for row in rows])).long()
    chances = torch.from_numpy(np.concatenate([row.chances for row in rows]))
    weights = torch.from_numpy(np.concatenate([row.weights for row in rows]))
    if negatives is not None:
        head = model.get_output_embeddings().weight
        chosen, found = torch.unique(torch.cat([tokens, torch.randint(len(head), (negatives,))]), return_inverse=True)
        tokens = found[: len(tokens)]
        with torch.autocast(device.type, dtype=torch.bfloat16):
            told = told @ head[chosen.to(device)].T
    logs = F.log_softmax(told.float(), 1)[owners.to(device), tokens.to(device)]
    return -(logs * (chances * weights[owners]).to(device)).sum() / len(weights)


def batches(rows: Sequence[Encoded], budget: int, rng: random.Random) -> list[list[int]]:
    """Places of rows that begin alike and are about as long, in random order."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for place, row in enumerate(rows):
        groups.setdefault(tuple(row.ids[:_ALIKE]), []).append(place)
    out = [batch for group in groups.values() for batch in _of_group(rows, group, budget, rng)]
    rng.shuffle(out)
    return out


def _of_group(rows: Sequence[Encoded], group: Sequence[int], budget: int, rng: random.Random) -> Iterator[list[int]]:
    shared = _shared([rows[place] for place in group])
    for batch in by_length([len(rows[place].ids) - shared for place in group], budget, rng):
        yield [group[place] for place in batch]


def _shared(rows: Sequence[Encoded]) -> int:
    """How many tokens all prompts begin with, less the last one of any: it tells the answer's first."""
    prompts = [row.ids[: row.start - 1] for row in rows]
    first, last = min(prompts), max(prompts)  # in order of their tokens: what these two share, all share
    return next((place for place, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))


def _rate(done: float, warm_up: float) -> float:
    return min(1.0, (done + 1e-4) / warm_up) * max(0.5 * (1 + math.cos(math.pi * done)), 0.01)


def _optimizer(trained: nn.Module, settings: FitSettings) -> torch.optim.Optimizer:
    learning = [one for one in trained.parameters() if one.requires_grad]
    groups = [
        {"params": [one for one in learning if one.ndim > 1], "weight_decay": settings.weight_decay},
        {"params": [one for one in learning if one.ndim <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    return torch.optim.AdamW(groups, lr=settings.learning_rate, betas=settings.betas, fused=True)
