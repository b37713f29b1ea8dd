"""The OpenAPI document: the routes with the schemas of the contract. Committed as ``docs/openapi.json``."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, ConfigDict
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from purchase_agent import __version__
from purchase_agent.evidence import Shopper
from purchase_agent.prediction import Prediction
from purchase_agent.ranking import MAX_CANDIDATES, Candidate
from purchase_agent.tools.catalogue import TOOLS
from purchase_agent.web.limits import Limits

if TYPE_CHECKING:
    from fastapi import FastAPI

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
        (Shopper, "validation"), (Candidate, "validation"), (Problem, "serialization"),
    ]  # fmt: skip
    _, extra = models_json_schema(models, ref_template="#/components/schemas/{model}")
    parts = found.setdefault("components", {})
    parts["schemas"] = dict(sorted({**extra["$defs"], **parts.get("schemas", {})}.items()))
    parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    found["security"] = [{"key": []}, {}]
    return found


def written(found: dict[str, Any]) -> str:
    """The document as it is committed and served."""
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"
