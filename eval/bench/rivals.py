"""What people use instead: a transformers pipeline, and sentence vectors with logistic regression, on a CPU in fp32.

Same encoder shape and vocabulary as the shipped model. Weights are random: they do not change what a run costs.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from purchase_agent.errors import MissingExtraError
from purchase_agent.labels import INTENTS
from purchase_agent.predictors.text import MAX_TOKENS

WIDTH, LAYERS, HEADS, INNER = 384, 6, 12, 1536
"""Shape of the shipped encoder, as of its base all-MiniLM-L6-v2."""
PER_BATCH = 32


@dataclass(frozen=True, slots=True)
class Rival:
    """How it is asked for one text and for many."""

    name: str
    one: Callable[[str], object]
    many: Callable[[Sequence[str]], object]


def save(tokenizer_json: Path, folder: Path) -> None:
    """Writes a sequence classifier of our encoder's shape with our tokenizer, as transformers loads one.

    Raises:
        MissingExtraError: the extra ``[train]`` is not installed.
    """
    _offline()
    try:
        import torch
        from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast
    except ImportError as error:
        raise MissingExtraError("the benchmark", "train") from error
    specification = json.loads(tokenizer_json.read_text("utf-8"))
    vocabulary: dict[str, int] = specification["model"]["vocab"]
    specification["post_processor"] = _frame(vocabulary)
    folder.mkdir(parents=True, exist_ok=True)
    framed = folder / "framed.json"
    framed.write_text(json.dumps(specification), "utf-8")
    names = {f"{name.lower()}_token": f"[{name}]" for name in ("PAD", "UNK", "CLS", "SEP", "MASK")}
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(framed), model_max_length=MAX_TOKENS, **names)
    tokenizer.save_pretrained(str(folder))
    framed.unlink()
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=max(vocabulary.values()) + 1, hidden_size=WIDTH, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
        intermediate_size=INNER, max_position_embeddings=512, num_labels=len(INTENTS), pad_token_id=vocabulary["[PAD]"],
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(str(folder))


def _frame(vocabulary: dict[str, int]) -> dict[str, Any]:
    """[CLS] text [SEP]; the shipped tokenizer leaves this to the code around it."""
    first, last = ({"SpecialToken": {"id": name, "type_id": 0}} for name in ("[CLS]", "[SEP]"))
    texts = [{"Sequence": {"id": name, "type_id": 0}} for name in ("A", "B")]
    return {
        "type": "TemplateProcessing",
        "single": [first, texts[0], last],
        "pair": [first, texts[0], last, texts[1], last],
        "special_tokens": {
            name: {"id": name, "ids": [vocabulary[name]], "tokens": [name]} for name in ("[CLS]", "[SEP]")
        },
    }


def pipeline(folder: Path) -> Rival:
    """``transformers.pipeline("text-classification")`` on what ``save`` wrote."""
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    run = transformers.pipeline("text-classification", model=str(folder), device="cpu")
    return Rival("transformers pipeline", run, lambda texts: run(list(texts), batch_size=PER_BATCH))


def vectors(folder: Path) -> Rival:
    """Mean-pooled vectors of the same encoder and a logistic regression on them.

    By sentence-transformers where it is installed, else by transformers alone, and the name says which.
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    name, encode = _sentence_transformers(folder) if find_spec("sentence_transformers") else _mean_pooled(folder)
    draw = np.random.default_rng(0)
    regression = LogisticRegression().fit(draw.normal(size=(120, WIDTH)), np.arange(120) % len(INTENTS))
    return Rival(
        f"{name} + logistic regression",
        lambda text: regression.predict_proba(encode([text])),
        lambda texts: regression.predict_proba(encode(list(texts))),
    )


def _sentence_transformers(folder: Path) -> tuple[str, Callable[[list[str]], Any]]:
    from sentence_transformers import SentenceTransformer  # type: ignore[import-not-found, unused-ignore]

    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)  # adds mean pooling of its own accord
    return "sentence-transformers", lambda texts: model.encode(texts, batch_size=PER_BATCH, show_progress_bar=False)


def _mean_pooled(folder: Path) -> tuple[str, Callable[[list[str]], Any]]:
    import torch
    from transformers import AutoModel, AutoTokenizer

    from purchase_agent.training.encoder import mean_pool

    tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    model = AutoModel.from_pretrained(str(folder), local_files_only=True).eval()

    def encode(texts: list[str]) -> Any:
        tokens = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
        with torch.inference_mode():
            return mean_pool(model(**tokens).last_hidden_state, tokens["attention_mask"]).numpy()

    return "transformers mean pooling", encode


def _offline() -> None:
    # Before the libraries are imported, which read it once.
    os.environ["HF_HUB_OFFLINE"] = "1"
