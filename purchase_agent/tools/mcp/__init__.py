"""The tools over the Model Context Protocol: a server for any client of it, and the tools as plain JSON."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from purchase_agent.errors import MissingExtraError
from purchase_agent.tools.arguments import Scope
from purchase_agent.tools.mcp.described import mcp_tools

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    from mcp.server.lowlevel import Server

    from purchase_agent.service import PurchaseAgent
    from purchase_agent.tools.catalogue import Loader

__all__ = ["mcp_server", "mcp_tools", "needs_extra"]


def mcp_server(
    agent: PurchaseAgent | None = None,
    *,
    scope: Scope = "all",
    load: Loader | None = None,
    store: Path | None = None,
    insight: bool = True,
) -> Server[ThreadPoolExecutor]:
    """A low-level server of the official SDK with the tools, resources and prompts of a scope.

    Args:
        agent: predicts; the default one if None.
        scope: ``shopper`` for an assistant that talks to shoppers, ``all`` for staff.
        load: finds a shopper by id; without it only words and shoppers that are given can be read.
        store: that questions about all shoppers are asked of; the one of the agent's settings if None.
        insight: with the tool that asks about all shoppers, and the prompts that have it called.

    Raises:
        MissingExtraError: the SDK is not installed.
        SettingsError: no agent was given and a setting cannot be used.
        InputError: there is no such scope.

    Example:
        >>> from mcp import Client  # doctest: +SKIP
        >>> async with Client(mcp_server(scope="shopper")) as client:  # doctest: +SKIP
        ...     await client.call_tool("predict_purchase", {"text": "My kettle broke, I need one today"})
    """
    built: Server[ThreadPoolExecutor] = needs_extra("server").build_server(
        agent, scope=scope, load=load, store=store, insight=insight
    )
    return built


def needs_extra(room: str) -> Any:
    """A module of this package that needs the SDK.

    Raises:
        MissingExtraError: the SDK, or what it is served with, is not installed.
    """
    try:
        return import_module(f"{__name__}.{room}")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("purchase_agent"):
            raise
        raise MissingExtraError("the MCP server", "mcp") from error
