"""The agent plugin: every tool once, and its renderings for LangChain, MCP and OpenAI function calls."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from purchase_agent.tools.langchain import langchain_tools as langchain_tools
    from purchase_agent.tools.mcp import mcp_server as mcp_server
    from purchase_agent.tools.openai import openai_tools as openai_tools

_ROOMS = {"langchain_tools": "langchain", "mcp_server": "mcp", "openai_tools": "openai"}
__all__ = ["langchain_tools", "mcp_server", "openai_tools"]


def __getattr__(name: str) -> object:
    """Loads a rendering when it is first asked for: nobody waits for the libraries of the others."""
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
