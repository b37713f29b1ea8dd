"""JSON Schema as strict function calls have it, and arguments back from that form.

Strict mode takes a part of JSON Schema only, and servers differ in which. What is written here is understood by all of
them: ``type``, ``properties``, ``required``, ``additionalProperties: false``, ``items``, ``enum``, ``anyOf`` and
``description``. Every property is required, so what may be left out may be null; an object with free keys becomes a
list of name and value. Bounds, patterns and defaults are not told: the arguments model holds to them when it reads.

Source: "Structured Outputs, supported schemas" of OpenAI's guide; xgrammar, which vLLM uses, differs on
``minLength``, ``maxLength``, ``uniqueItems``, ``multipleOf``, ``allOf`` and ``if``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel

from purchase_agent.tools.arguments import ShopperArguments

Schema = dict[str, Any]
_NULL: Schema = {"type": "null"}
# Keywords of pydantic's schemas that are not passed on; one that stands nowhere here is a mistake, not dropped unseen.
_NOT_TOLD = frozenset(
    [
        "default", "format", "title", "minLength", "maxLength", "pattern", "minimum", "maximum", "exclusiveMinimum",
        "exclusiveMaximum", "minItems", "maxItems", "minProperties", "maxProperties", "propertyNames", "$defs",
    ]
)  # fmt: skip
_TOLD = frozenset(
    ["type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf", "description", "$ref"]
)
_FORMATS = {"date-time": "ISO 8601, such as 2026-11-22T10:00:00Z."}


def strict_arguments(arguments: type[BaseModel], *, known: bool) -> Schema:
    """What a model is asked for by a tool with these arguments, in strict form.

    Args:
        known: the context tells whose words are read, so that nothing of it is asked for.
    """
    schema = _schema(arguments)
    hidden = ShopperArguments.model_fields if known else {}
    kept = {name: one for name, one in schema["properties"].items() if name not in hidden}
    found = strict_schema({**schema, "properties": kept})
    found.pop("description", None)  # that of the class, which speaks to its readers
    return found


def plain_arguments(given: Any, arguments: type[BaseModel]) -> Any:
    """``given``, which may be in strict form, as these arguments are read."""
    return from_strict(given, _schema(arguments))


def strict_schema(schema: Mapping[str, Any]) -> Schema:
    """The strict form of a model's JSON Schema, with its definitions written out where they are used.

    Raises:
        TypeError: it says something that has no strict form.
    """
    return _strict(schema, schema.get("$defs", {}))


def from_strict(value: Any, schema: Mapping[str, Any]) -> Any:
    """Arguments in the form of ``schema``, from arguments in its strict form; what fits neither is left as it is.

    A property that is null and may be left out is left out; a list of names and values becomes an object.
    """
    return _plain(value, schema, schema.get("$defs", {}))


@cache
def _schema(arguments: type[BaseModel]) -> Schema:
    return arguments.model_json_schema()


def _strict(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> Schema:
    if unknown := sorted(node.keys() - _NOT_TOLD - _TOLD):
        raise TypeError(f"no strict form of {unknown[0]!r}")
    told = {"description": node["description"]} if "description" in node else {}
    if "$ref" in node:
        return _strict(_resolved(node, definitions), definitions) | told
    if "anyOf" in node:
        return told | {"anyOf": [_strict(one, definitions) for one in node["anyOf"]]}
    if "enum" in node or "const" in node:
        return told | {"type": node["type"], "enum": list(node.get("enum", [node.get("const")]))}
    if node["type"] == "array":
        return told | {"type": "array", "items": _strict(node["items"], definitions)}
    if node["type"] == "object":
        free = node.get("additionalProperties", False)
        return told | (_pairs(free, definitions) if free else _object(node, definitions))
    if "format" in node and not told:
        told = {"description": _FORMATS[node["format"]]}
    return told | {"type": node["type"]}


def _object(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> Schema:
    needed = node.get("required", ())
    properties = {
        name: _strict(one, definitions) if name in needed else _or_null(_strict(one, definitions))
        for name, one in node.get("properties", {}).items()
    }
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _or_null(node: Schema) -> Schema:
    if _NULL in node.get("anyOf", ()):
        return node
    told = {"description": node.pop("description")} if "description" in node else {}
    return told | {"anyOf": [*node.get("anyOf", [node]), _NULL]}


def _pairs(values: Mapping[str, Any], definitions: Mapping[str, Any]) -> Schema:
    pair = {"name": {"type": "string"}, "value": _strict(values, definitions)}
    items = {"type": "object", "properties": pair, "required": list(pair), "additionalProperties": False}
    return {"type": "array", "items": items}


def _plain(value: Any, node: Mapping[str, Any], definitions: Mapping[str, Any]) -> Any:
    node = _branch(value, node, definitions)
    kind = node.get("type")
    if kind == "array" and isinstance(value, list):
        return [_plain(one, node["items"], definitions) for one in value]
    if kind != "object":
        return value
    if free := node.get("additionalProperties", False):
        if _is_pairs(value):
            return {one["name"]: _plain(one["value"], free, definitions) for one in value}
        return value
    if not isinstance(value, Mapping):
        return value
    properties, needed = node.get("properties", {}), node.get("required", ())
    return {
        name: _plain(one, properties[name], definitions) if name in properties else one
        for name, one in value.items()
        if one is not None or name in needed or name not in properties
    }


def _branch(value: Any, node: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    """What of ``node`` is about a value of this kind."""
    if "$ref" in node:
        return _branch(value, _resolved(node, definitions), definitions)
    for one in node.get("anyOf", ()):
        found = _branch(value, one, definitions)
        kind = found.get("type")
        free = kind == "object" and found.get("additionalProperties", False)
        if (isinstance(value, Mapping) and kind == "object") or (
            isinstance(value, list) and (kind == "array" or (free and _is_pairs(value)))
        ):
            return found
    return node


def _is_pairs(value: Any) -> bool:
    """Whether these are names, each once, with values."""
    if not isinstance(value, list) or not all(
        isinstance(one, Mapping) and set(one) == {"name", "value"} for one in value
    ):
        return False
    names = [one["name"] for one in value]
    return all(isinstance(name, str) for name in names) and len(set(names)) == len(names)


def _resolved(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = definitions[node["$ref"].removeprefix("#/$defs/")]
    return found
