"""How a route is made: with what its description in the OpenAPI document says of bodies, answers and problems."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import APIRouter, Response
from pydantic import BaseModel

from purchase_agent.web.problems import MEDIA_TYPE
from purchase_agent.web.schemas import REQUEST_BODIES

Handler = TypeVar("Handler", bound=Callable[..., Any])
_PROBLEM = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_IDEMPOTENT = {
    "name": "Idempotency-Key", "in": "header", "required": False,
    "description": "A request sent again with its key gets the first answer; another address or body gets a 409.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}  # fmt: skip


def json_answer(body: bytes) -> Response:
    """A body that is JSON already."""
    return Response(body, media_type="application/json")


def problems() -> dict[int | str, dict[str, Any]]:
    """What any route may be refused or fail with."""
    return {"4XX": {"description": "Refused", **_PROBLEM}, "5XX": {"description": "Failed", **_PROBLEM}}


def get(routes: APIRouter, path: str, summary: str, result: type[BaseModel]) -> Callable[[Handler], Handler]:
    """A route that is asked without a body."""
    return routes.get(path, summary=summary, responses={200: {"model": result}, **problems()})


def post(
    routes: APIRouter, path: str, summary: str, result: type[BaseModel] | dict[str, Any] | None, body: str, *,
    media_type: str = "application/json", parameters: tuple[dict[str, Any], ...] = (),
) -> Callable[[Handler], Handler]:  # fmt: skip
    """A route whose body is read by the service itself, within its limits; it takes an idempotency key.

    Args:
        result: the model of the answer, its content by media type, or None for any JSON.
        body: name of the body's schema.
    """
    told: dict[str, Any] = {"content": result or {"application/json": {}}}
    if isinstance(result, type):
        told = {"model": result}
    content = {media_type: {"schema": REQUEST_BODIES[body]}}
    extra = {"requestBody": {"required": True, "content": content}, "parameters": [_IDEMPOTENT, *parameters]}
    return routes.post(path, summary=summary, responses={200: told, **problems()}, openapi_extra=extra)
