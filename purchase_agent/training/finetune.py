"""Multi-task fine-tuning: one encoder pass, a linear head for every task of the taxonomy."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the field's usual name
from transformers import BertModel

from purchase_agent.predictors.calibrate import OUTPUTS
from purchase_agent.training import checkpoint, targets
from purchase_agent.training.batches import by_length, pad
from purchase_agent.training.corpus import Row
from purchase_agent.training.encoder import mean_pool, set_dropout
from purchase_agent.training.progress import Progress

AUXILIARY = ("positive", "need", "recommended")


@dataclass(frozen=True, slots=True)
class FinetuneSettings:
    epochs: int = 3
    tokens_per_step: int = 1024
    learning_rate: float = 1.5e-4
    head_rate: float = 1e-3
    layer_decay: float = 0.9
    dropout: float = 0.1
    smoothing: float = 0.03
    auxiliary_share: float = 0.1
    ordinal_weight: float = 0.3
    seed: int = 7
    task_weights: dict[str, float] = field(
        default_factory=lambda: {
            "intent": 1.0, "sentiment": 0.5, "next_action": 0.8, "timing": 0.8, "motivation": 10.0, "barrier": 5.0,
            "flags": 0.5, "juster": 0.5, "auxiliary": 0.3,
        }
    )  # fmt: skip


class TextModel(nn.Module):
    """Encoder, pooling (mean and [CLS]) and heads."""

    def __init__(self, encoder: BertModel, dropout: float = 0.1) -> None:
        super().__init__()
        set_dropout(encoder, dropout, 0.0)
        self.encoder = encoder
        width = 2 * encoder.config.hidden_size
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleDict({task: nn.Linear(width, size) for task, size in OUTPUTS.items()})
        self.auxiliary = nn.ModuleDict({task: nn.Linear(width, 1) for task in AUXILIARY})

    def pooled(self, ids: Tensor, mask: Tensor) -> Tensor:
        """[batch, 2 * width]: mean of the tokens, then the [CLS] token."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        return torch.cat([mean_pool(hidden, mask), hidden[:, 0]], 1)

    def forward(self, ids: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Logits of every head, [batch, labels]."""
        pooled = self.dropout(self.pooled(ids, mask))
        return {task: head(pooled) for task, head in self.heads.items()}


def _soft_cross_entropy(logits: Tensor, target: Tensor, smoothing: float = 0.0) -> Tensor:
    target = target * (1 - smoothing) + smoothing / target.shape[1]
    return -(target * F.log_softmax(logits, 1)).sum(1)


def losses(logits: dict[str, Tensor], target: dict[str, Tensor], settings: FinetuneSettings) -> Tensor:
    """Weighted loss of each row, [batch]."""
    weights = settings.task_weights
    total = torch.zeros(len(target["intent"]))
    for task in targets.SINGLE:
        total = total + weights[task] * _soft_cross_entropy(logits[task], target[task], settings.smoothing)
    for task in targets.MULTI:
        each = F.binary_cross_entropy_with_logits(logits[task], target[task], reduction="none")
        total = total + weights[task] * each.mean(1)
    flags = F.binary_cross_entropy_with_logits(logits["flags"], target["flags"], reduction="none")
    total = total + weights["flags"] * flags.mean(1)
    total = total + weights["juster"] * _soft_cross_entropy(logits["juster"], target["juster"])
    points = torch.arange(targets.JUSTER_POINTS, dtype=torch.float32) / 10
    expected = (F.softmax(logits["juster"], 1) * points).sum(1)
    total = total + 2 * weights["juster"] * (expected - (target["juster"] * points).sum(1)) ** 2 * 10
    # The five stages are ordinal: the squared distance of the cumulative distributions (Hou et al. 2016, squared EMD).
    cumulative = F.softmax(logits["intent"], 1)[:, :5].cumsum(1) - target["intent"][:, :5].cumsum(1)
    return total + settings.ordinal_weight * (cumulative**2).sum(1)


def _optimizer(model: TextModel, settings: FinetuneSettings) -> torch.optim.Optimizer:
    """Lower layers learn slower: layer-wise decay of the learning rate (Howard and Ruder 2018)."""
    layers = len(model.encoder.encoder.layer)
    groups = []
    for name, parameter in model.named_parameters():
        if not name.startswith("encoder."):
            rate = settings.head_rate
        elif ".layer." in name:
            depth = int(name.split(".layer.")[1].split(".")[0])
            rate = settings.learning_rate * settings.layer_decay ** (layers - 1 - depth)
        else:
            rate = settings.learning_rate * settings.layer_decay**layers
        groups.append({"params": [parameter], "lr": rate, "weight_decay": 0.01 if parameter.ndim > 1 else 0.0})
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), fused=True)
    for group in optimizer.param_groups:
        group["peak"] = group["lr"]
    return optimizer


def finetune(
    model: TextModel,
    rows: Sequence[Row],
    ids: Sequence[Sequence[int]],
    auxiliary: Sequence[tuple[Sequence[int], dict[str, int]]],
    settings: FinetuneSettings,
    file: Path | None,
    progress: Progress,
) -> TextModel:
    """Trains on labelled rows and, beside them, a fresh sample of rows with auxiliary labels each epoch.

    Args:
        rows, ids: labelled rows and their token ids, same order.
        auxiliary: (token ids, labels of the set's own) of further rows.
        file: of the checkpoint after each epoch; None keeps none.
    """
    target = {task: torch.from_numpy(array) for task, array in targets.stack(rows).items()}
    optimizer = _optimizer(model, settings)
    lengths = [len(row) for row in ids]
    plans = []
    for epoch in range(settings.epochs):
        rng = random.Random(settings.seed + epoch)
        sample = rng.sample(range(len(auxiliary)), min(len(auxiliary), int(settings.auxiliary_share * len(rows))))
        main = [("main", batch) for batch in by_length(lengths, settings.tokens_per_step, rng)]
        side = [
            ("auxiliary", [sample[place] for place in batch])
            for batch in by_length([len(auxiliary[i][0]) for i in sample], settings.tokens_per_step, rng)
        ]
        plan = main + side
        rng.shuffle(plan)
        plans.append(plan)
    total = sum(map(len, plans))
    state = checkpoint.load(file, model, optimizer) if file and file.exists() else {"epoch": 0, "step": 0}
    step, average = state["step"], 0.0
    for epoch in range(state["epoch"], settings.epochs):
        model.train()
        for kind, batch in plans[epoch]:
            torch.manual_seed(settings.seed * 1_000_003 + step)
            scale = min(1.0, (step + 1) / (0.08 * total)) * 0.5 * (1 + math.cos(math.pi * step / total))
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * scale
            if kind == "main":
                tokens, mask = pad([ids[place] for place in batch])
                with torch.autocast("cpu", dtype=torch.bfloat16):
                    pooled = model.pooled(tokens, mask)
                pooled = model.dropout(pooled.float())
                logits = {task: head(pooled) for task, head in model.heads.items()}
                each = losses(logits, {task: array[batch] for task, array in target.items()}, settings)
                loss = each.mean()
                average = loss.item() if average == 0 else 0.98 * average + 0.02 * loss.item()
            else:
                loss = _auxiliary_loss(model, [auxiliary[place] for place in batch], settings)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            step += 1
            progress("fine-tuning", step, total, {"loss": average})
        if file:
            checkpoint.save(file, model, optimizer, {"epoch": epoch + 1, "step": step})
    return model


def _auxiliary_loss(
    model: TextModel, batch: Sequence[tuple[Sequence[int], dict[str, int]]], settings: FinetuneSettings
) -> Tensor:
    tokens, mask = pad([ids for ids, _ in batch])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        pooled = model.pooled(tokens, mask)
    pooled = model.dropout(pooled.float())
    total = torch.zeros(())
    for task, head in model.auxiliary.items():
        places = [place for place, (_, labels) in enumerate(batch) if task in labels]
        if places:
            wanted = torch.tensor([float(batch[place][1][task]) for place in places])
            total = total + F.binary_cross_entropy_with_logits(head(pooled[places])[:, 0], wanted)
    return settings.task_weights["auxiliary"] * total
