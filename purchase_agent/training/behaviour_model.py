"""The behaviour model: a small GPT-2 over event words, trained on next words and on questions asked at moments.

Questions branch off a window: their words stand behind it, see the words before their moment and their own, and have
the positions they would have as a prompt. One pass so trains on a whole window and on all its questions, and the
trained model answers the same prompt, here or served, with the same probabilities.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's usual name
from transformers import GPT2Config, GPT2LMHeadModel

from purchase_agent.errors import InputError
from purchase_agent.predictors.event_tokens import ASKED, CONTEXT, ID, PAD, START, WORDS
from purchase_agent.training import checkpoint
from purchase_agent.training.progress import Progress
from purchase_agent.training.streams import IGNORED, Question, Window


@dataclass(frozen=True, slots=True)
class BehaviourSettings:
    """Shape of the model and of its training."""

    width: int = 128
    layers: int = 2
    heads: int = 4
    epochs: int = 3
    words_per_step: int = 6144
    learning_rate: float = 1e-3
    dropout: float = 0.1
    weight_decay: float = 0.05
    question_weight: float = 1.0
    seed: int = 7


def blank(settings: BehaviourSettings) -> GPT2LMHeadModel:
    """An untrained model."""
    torch.manual_seed(settings.seed)
    config = GPT2Config(
        vocab_size=len(WORDS),
        n_positions=CONTEXT + 16,
        n_embd=settings.width,
        n_layer=settings.layers,
        n_head=settings.heads,
        resid_pdrop=settings.dropout,
        embd_pdrop=settings.dropout,
        attn_pdrop=settings.dropout,
        bos_token_id=ID[START],
        eos_token_id=None,
        pad_token_id=ID[PAD],
        attn_implementation="eager",
    )
    return GPT2LMHeadModel(config)


def started(folder: Path, settings: BehaviourSettings) -> GPT2LMHeadModel:
    """A model with the weights of a model folder.

    Raises:
        InputError: it has another shape.
    """
    model = blank(settings)
    try:
        missing, extra = model.load_state_dict(load_file(str(folder / "model.safetensors")), strict=False)
    except RuntimeError as error:
        raise InputError(f"the model in {folder} has another shape", hint="train from scratch") from error
    if extra or set(missing) - {"lm_head.weight"}:  # that one is tied to the words
        raise InputError(f"the model in {folder} has other parts", hint="train from scratch")
    return model


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows of one length with their questions behind them, [rows, words]. ``mask`` [rows, words, words]: what may be
    seen while the batch is put together; then [rows, 1, words, words], added to the scores of attention."""

    ids: Tensor
    positions: Tensor
    mask: Tensor
    targets: Tensor
    weights: Tensor


def collate(windows: Sequence[Window], question_weight: float) -> Batch:
    """One tensor batch; the target of a place is the word that comes after it."""
    main = max(len(window.ids) for window in windows)
    tails = [sum(len(one.words) + len(ASKED) for one in window.questions) for window in windows]
    size = main + max(tails)
    shape = (len(windows), size)
    ids, positions = torch.full(shape, ID[PAD]), torch.zeros(shape, dtype=torch.long)
    targets, weights = torch.full(shape, IGNORED), torch.zeros(shape)
    sees = torch.zeros((len(windows), size, size), dtype=torch.bool)
    causal = torch.ones((main, main), dtype=torch.bool).tril()
    for row, window in enumerate(windows):
        length = len(window.ids)
        ids[row, :length] = torch.tensor(window.ids)
        positions[row, :main] = torch.arange(main)
        targets[row, : length - 1] = ids[row, 1:length]
        weights[row, : length - 1] = 1.0
        sees[row, :main, :main] = causal
        start = main
        batch = Batch(ids, positions, sees, targets, weights)
        for one in window.questions:
            start = _ask(batch, row, start, one, question_weight)
        sees[row, range(start, size), range(start, size)] = True  # a softmax over nothing is not a number
    mask = torch.zeros((len(windows), 1, size, size)).masked_fill_(~sees[:, None], torch.finfo(torch.float32).min)
    return Batch(ids, positions, mask, targets, weights)


def _ask(batch: Batch, row: int, start: int, one: Question, weight: float) -> int:
    """Puts a question at ``start`` of a row, with what it may see; returns the place after it."""
    stem, sees = len(one.words), batch.mask
    for k, word in enumerate(one.words):
        batch.ids[row, start + k] = word
        batch.positions[row, start + k] = one.place + k
        sees[row, start + k, : one.place] = True
        sees[row, start + k, start : start + k + 1] = True
    last = start + stem - 1
    batch.targets[row, last] = one.next_word
    batch.weights[row, last] = weight
    for k, (name, answer) in enumerate(zip(ASKED, one.answers, strict=True)):
        place = start + stem + k
        batch.ids[row, place] = ID[name]
        batch.positions[row, place] = one.place + stem
        batch.targets[row, place] = answer
        batch.weights[row, place] = weight
        sees[row, place, : one.place] = True
        sees[row, place, start : start + stem] = True
        sees[row, place, place] = True
    return start + stem + len(ASKED)


def loss_of(model: GPT2LMHeadModel, batch: Batch) -> Tensor:
    """Mean weighted cross-entropy of the words and answers that are known."""
    out = model(input_ids=batch.ids, position_ids=batch.positions, attention_mask=batch.mask, use_cache=False)
    each = F.cross_entropy(
        out.logits.float().flatten(0, 1), batch.targets.flatten(), ignore_index=IGNORED, reduction="none"
    )
    weights = batch.weights.flatten() * (batch.targets.flatten() != IGNORED)
    return (each * weights).sum() / weights.sum().clamp(min=1.0)


def batches(examples: Sequence[Window], words_per_step: int, rng: random.Random) -> list[list[Window]]:
    """Windows of like length together, in random order."""
    ranked = sorted(examples, key=lambda one: (_size(one), rng.random()))
    out: list[list[Window]] = []
    for window in ranked:
        if out and (len(out[-1]) + 1) * _size(window) <= words_per_step:
            out[-1].append(window)
        else:
            out.append([window])
    rng.shuffle(out)
    return out


def _size(window: Window) -> int:
    return len(window.ids) + 8 * len(window.questions)


def train(
    model: GPT2LMHeadModel,
    draw: Callable[[random.Random], Sequence[Window]],
    settings: BehaviourSettings,
    file: Path | None,
    progress: Progress,
    judge: Callable[[GPT2LMHeadModel], float] | None = None,
) -> GPT2LMHeadModel:
    """Trains for ``settings.epochs``, each on windows and questions drawn anew.

    Args:
        draw: windows of an epoch.
        file: checkpoint after each epoch; None keeps none.
        judge: loss on texts not trained on, told with the progress.
    """
    decayed = [p for p in model.parameters() if p.ndim > 1]
    other = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": settings.weight_decay}, {"params": other, "weight_decay": 0.0}],
        lr=settings.learning_rate,
        betas=(0.9, 0.98),
    )
    state = checkpoint.load(file, model, optimizer) if file and file.exists() else {"epoch": 0}
    for epoch in range(state["epoch"], settings.epochs):
        rng = random.Random(settings.seed * 1_000_003 + epoch)
        plan = batches(draw(rng), settings.words_per_step, rng)
        model.train()
        average = 0.0
        for place, group in enumerate(plan):
            torch.manual_seed((settings.seed * 1009 + epoch) * 1_000_003 + place)
            done = epoch + place / len(plan)
            warm = min(1.0, (done + 0.01) / (0.05 * settings.epochs))
            for parameters in optimizer.param_groups:
                parameters["lr"] = (
                    settings.learning_rate * warm * 0.5 * (1 + math.cos(math.pi * done / settings.epochs))
                )
            loss = loss_of(model, collate(group, settings.question_weight))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            average = loss.item() if average == 0 else 0.98 * average + 0.02 * loss.item()
            progress("behaviour", epoch * len(plan) + place + 1, settings.epochs * len(plan), {"loss": average})
        if judge is not None:
            model.eval()
            with torch.no_grad():
                progress("behaviour", (epoch + 1) * len(plan), settings.epochs * len(plan), {"held_out": judge(model)})
        if file:
            checkpoint.save(file, model, optimizer, {"epoch": epoch + 1})
    model.eval()
    return model


def loss_of_windows(model: GPT2LMHeadModel, examples: Sequence[Window], settings: BehaviourSettings) -> float:
    """Mean loss of windows that were not trained on."""
    plan = batches(examples, settings.words_per_step, random.Random(0))
    each = [float(loss_of(model, collate(group, settings.question_weight))) * len(group) for group in plan]
    return sum(each) / max(len(examples), 1)
