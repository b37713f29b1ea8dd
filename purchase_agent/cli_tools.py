"""``purchase-agent tools``: what each tool is and is asked with, in the form of the framework that calls it."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from purchase_agent.cli_predict import DONE
from purchase_agent.errors import InputError
from purchase_agent.tools.arguments import Scope
from purchase_agent.tools.openai import openai_tools

FORMATS = ("openai", "openai-responses", "mcp", "langchain")
app = typer.Typer(add_completion=False, help="The tools for agents.")


@app.command()
def tools(
    form: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")] = "openai",
    scope: Annotated[Scope, typer.Option(help="shopper: those of an assistant that talks to shoppers.")] = "all",
) -> None:
    """Write the tools as JSON."""
    sys.stdout.write(json.dumps(tools_schema(form, scope), indent=2, ensure_ascii=False) + "\n")
    raise typer.Exit(DONE)


def tools_schema(form: str, scope: Scope = "all") -> list[dict[str, Any]]:
    """The tools as a framework is given them.

    Args:
        form: one of ``FORMATS``.

    Raises:
        InputError: there is no such format.
        MissingExtraError: the framework's library, which writes its own form, is not installed.
    """
    if form == "openai":
        return openai_tools(scope)
    if form == "openai-responses":
        return openai_tools(scope, "responses")
    if form == "mcp":
        from purchase_agent.tools.mcp import mcp_tools

        return mcp_tools(scope)
    if form == "langchain":
        from purchase_agent.tools.langchain import langchain_tools

        return [
            {"name": one.name, "description": one.description, "args_schema": one.get_input_jsonschema()}
            for one in langchain_tools(scope=scope)
        ]
    raise InputError(f"no format {form[:40]!r}", hint=f"one of {', '.join(FORMATS)}", field="file")
