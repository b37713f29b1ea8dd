"""The OpenAPI document: the routes with the schemas of the contract. Committed as ``docs/openapi.json``."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from purchase_agent import __version__
from purchase_agent.evidence import Shopper
from purchase_agent.insights.answers import Answer
from purchase_agent.insights.queries import Query
from purchase_agent.prediction import Prediction
from purchase_agent.ranking import MAX_CANDIDATES, Candidate
from purchase_agent.settings import Engine
from purchase_agent.tools.catalogue import TOOLS
from purchase_agent.web.auth import Insight
from purchase_agent.web.completions import ChatRequest
from purchase_agent.web.insight import MAX_QUESTION, MOST_QUERIES
from purchase_agent.web.limits import Limits

if TYPE_CHECKING:
    from fastapi import FastAPI

_SCHEMAS = "#/components/schemas/"
_ABOUT = (
    "What a shopper intends, why, what comes next and when he buys, from what he wrote and what he did. Errors are "
    "problem documents (RFC 9457), whose instance is the X-Request-ID of the answer."
)


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Problem(_Told):
    """RFC 9457."""

    model_config = ConfigDict(extra="allow", frozen=True)
    type: str
    title: str
    status: int
    detail: str
    instance: str
    field: str | None = None
    hint: str | None = None


class ItemError(_Told):
    """Why one item of a batch is not answered."""

    message: str
    field: str
    hint: str


class Rejected(_Told):
    error: ItemError


class Predictions(_Told):
    """In the order of the shoppers."""

    predictions: list[Prediction | Rejected]


class ToolCard(_Told):
    """One tool as an agent sees it."""

    name: str
    title: str
    description: str
    scope: Literal["shopper", "all"]
    input_schema: dict[str, Any]
    output_schema: dict[str, Any]


class ToolList(_Told):
    tools: list[ToolCard]


class Ready(_Told):
    status: Literal["ok"]


class Question(_Told):
    """A question in words."""

    question: Annotated[str, Field(max_length=MAX_QUESTION)]
    language: Literal["en", "zh"] | None = None


class Queries(_Told):
    """Typed questions; ``language``: of the answers."""

    queries: Annotated[list[Query], Field(max_length=MOST_QUERIES)]
    language: Literal["en", "zh"] = "en"


class Answers(_Told):
    """In the order of the queries."""

    answers: list[Answer | Rejected]


class ChatModel(_Told):
    """An assistant, in OpenAI's form of a model."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "purchase-agent"


class ChatModels(_Told):
    object: Literal["list"] = "list"
    data: list[ChatModel]


class About(_Told):
    """What a server can do.

    ``endpoint``: a language model may predict; ``speaker``: who talks in the chat; ``insight``: whether questions about
    all shoppers are answered to whoever asks this (``key``: with the insight key; ``closed``: to nobody).
    """

    version: str
    engine: Engine
    endpoint: bool
    speaker: Literal["model", "local"]
    store: bool
    insight: Insight


_SHOPPER = {"$ref": "#/components/schemas/Shopper"}
_WHOLE = {"anyOf": [_SHOPPER, {"type": "string", "description": "One sentence of a shopper without an id."}]}


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object", "properties": properties, "required": list(properties), "additionalProperties": False,
    }  # fmt: skip


REQUEST_BODIES: dict[str, dict[str, Any]] = {
    "shopper": _WHOLE,
    "shoppers": _object(shoppers={"type": "array", "items": _WHOLE, "maxItems": Limits().items}),
    "ranking": _object(
        shopper=_WHOLE,
        candidates={
            "type": "array",
            "items": {"$ref": "#/components/schemas/Candidate"},
            "minItems": 1,
            "maxItems": MAX_CANDIDATES,
        },
    ),
    "arguments": {"type": "object", "description": "As the tool's input schema."},
    "question": {"$ref": "#/components/schemas/Question"},
    "queries": {"$ref": "#/components/schemas/Queries"},
    "chat": {"$ref": "#/components/schemas/ChatRequest"},
    "file": {"type": "string", "format": "binary"},
}


@cache
def tool_list() -> ToolList:
    """The catalogue with the schemas of every tool."""
    return ToolList(
        tools=[
            ToolCard(
                name=one.name, title=one.title, description=one.description, scope=one.scope,
                input_schema=one.arguments.model_json_schema(mode="validation"),
                output_schema=one.result.model_json_schema(mode="serialization"),
            )
            for one in TOOLS
        ]
    )  # fmt: skip


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of an application."""
    found = get_openapi(title="purchase-agent", version=__version__, description=_ABOUT, routes=app.routes)
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        (Shopper, "validation"), (Candidate, "validation"), (Problem, "serialization"), (Question, "validation"),
        (Queries, "validation"), (ChatRequest, "validation"),
    ]  # fmt: skip
    _, extra = models_json_schema(models, ref_template=f"{_SCHEMAS}{{model}}")
    parts = found.setdefault("components", {})
    parts["schemas"] = dict(sorted({**_told(parts.get("schemas", {}), extra["$defs"]), **extra["$defs"]}.items()))
    parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    found["security"] = [{"key": []}, {}]
    return found


def _told(told: dict[str, Any], taken: dict[str, Any]) -> dict[str, Any]:
    """Schemas of answers; those of what is also taken in are renamed where they differ: in an answer no field misses.

    None of them is the whole of an answer, so that only other schemas name them.
    """
    plain = json.dumps(told)
    differ = [name for name, schema in told.items() if name in taken and taken[name] != schema]
    for name in differ:
        plain = plain.replace(f'"{_SCHEMAS}{name}"', f'"{_SCHEMAS}{name}Told"')
    return {f"{name}Told" if name in differ else name: schema for name, schema in json.loads(plain).items()}


def written(found: dict[str, Any]) -> str:
    """The document as it is committed and served."""
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"
