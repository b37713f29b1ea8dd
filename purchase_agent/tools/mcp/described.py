"""The tools as the protocol describes them: plain JSON, made without the SDK."""

from __future__ import annotations

from typing import Any

from purchase_agent.tools.arguments import Scope
from purchase_agent.tools.catalogue import Tool, tools


def mcp_tools(scope: Scope = "all", *, insight: bool = True) -> list[dict[str, Any]]:
    """The tools of a scope as ``tools/list`` tells them (names in the protocol's spelling).

    Args:
        insight: with the tool that asks about all shoppers.

    Raises:
        InputError: there is no such scope.
    """
    return [_described(tool) for tool in tools(scope) if insight or not tool.of_all]


def _described(tool: Tool) -> dict[str, Any]:
    return {
        "name": tool.name,
        "title": tool.title,
        "description": tool.description,
        "inputSchema": lean(tool.arguments.model_json_schema()),
        "outputSchema": lean(tool.result.model_json_schema(mode="serialization")),
        # Nothing is written, the same call gives the same answer, and no open world is searched.
        "annotations": {
            "title": tool.title, "readOnlyHint": True, "destructiveHint": False, "idempotentHint": True,
            "openWorldHint": False,
        },
    }  # fmt: skip


def lean(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema without the titles that pydantic derives from names: a model reads each one and learns nothing."""
    kept: dict[str, Any] = {}
    for key, value in schema.items():
        if key in ("properties", "$defs"):
            kept[key] = {name: lean(one) for name, one in value.items()}
        elif key != "title":
            kept[key] = _inside(value)
    return kept


def _inside(value: Any) -> Any:
    if isinstance(value, dict):
        return lean(value)
    return [_inside(one) for one in value] if isinstance(value, list) else value
