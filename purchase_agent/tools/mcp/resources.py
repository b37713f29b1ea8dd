"""What a client may read: what the labels mean, how good the models are, and what goes in and comes out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from purchase_agent.evidence import Shopper
from purchase_agent.labels import DEFINITIONS
from purchase_agent.prediction import Prediction
from purchase_agent.ranking import Ranking
from purchase_agent.settings import MODELS, model_folder

SCHEME = "purchase-agent"
_LANGUAGES = {"en": "English", "zh": "Chinese"}
_CARD = "MODEL_CARD.md"
_SCHEMAS: Mapping[str, tuple[type[BaseModel], str]] = {
    "shopper": (Shopper, "What goes in: a shopper with texts and events."),
    "prediction": (Prediction, "What comes out: intent, motivation, next action and timing, with evidence."),
    "ranking": (Ranking, "Products in order for a shopper, with his needs and the reasons."),
}


@dataclass(frozen=True, slots=True)
class Page:
    """One thing to read; ``read`` gives its text when it is asked for."""

    uri: str
    title: str
    description: str
    mime_type: str
    read: Callable[[], str]


def pages(models_dir: Path) -> tuple[Page, ...]:
    """Every page. Model cards are those of the models in use; a model without a card has no page."""
    return (*_labels(), *_cards(models_dir), *_schemas())


def _labels() -> list[Page]:
    return [
        Page(
            f"{SCHEME}://labels/{language}", f"Labels in {name}",
            f"Every label of a prediction with its definition in {name}.",
            "application/json", partial(_definitions, language),
        )
        for language, name in _LANGUAGES.items()
    ]  # fmt: skip


def _definitions(language: str) -> str:
    told: dict[str, list[dict[str, Any]]] = {}
    for task, labels in DEFINITIONS.items():
        told[task] = []
        for label in labels:
            value = {"consumption_value": label.value} if label.value is not None else {}
            told[task].append({"name": label.name, "definition": label.definition(language), **value})
    return json.dumps(told, ensure_ascii=False, indent=2)


def _cards(models_dir: Path) -> list[Page]:
    found = {name: model_folder(models_dir, name) / _CARD for name in MODELS}
    return [
        Page(
            f"{SCHEME}://models/{name}/card", f"Model card: {name}",
            f"Of the {name} model in use: what it was trained on, how well it does, and where not to use it.",
            "text/markdown", partial(path.read_text, "utf-8"),
        )
        for name, path in found.items()
        if path.is_file()
    ]  # fmt: skip


def _schemas() -> list[Page]:
    return [
        Page(
            f"{SCHEME}://schemas/{name}", f"Schema: {name}", description, "application/schema+json",
            partial(_schema, model),
        )
        for name, (model, description) in _SCHEMAS.items()
    ]  # fmt: skip


def _schema(model: type[BaseModel]) -> str:
    schema = model.model_json_schema(mode="validation" if model is Shopper else "serialization")
    return json.dumps(schema, ensure_ascii=False, indent=2)
