"""``purchase-agent mcp``: the tools for a client of the Model Context Protocol."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(add_completion=False)


@app.command()
def mcp(
    http: Annotated[bool, typer.Option("--http", help="Serve over HTTP instead of the standard streams.")] = False,
    host: Annotated[str | None, typer.Option(help="Address to listen at; others than loopback need a key.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen at; 0: any free one.")] = None,
    origin: Annotated[
        list[str] | None, typer.Option(help="Web origin that may ask beside the same host; may be given several times.")
    ] = None,
    scope: Annotated[
        Literal["shopper", "all"], typer.Option(help="Tools of a shopping assistant only, or all of them.")
    ] = "all",
    store: Annotated[
        Path | None, typer.Option(help="Store that customer_insight asks.", dir_okay=False, exists=True)
    ] = None,
) -> None:
    """Serve the tools to an MCP client, over its standard streams or over HTTP.

    Over HTTP a client brings the key of PURCHASE_AGENT_API_KEY as Authorization: Bearer KEY. Without a key only
    clients on this machine are answered. Questions about all shoppers need the key of PURCHASE_AGENT_INSIGHT_KEY: where
    it is set, it is the one that clients bring; where only the other is, they are not offered.
    """
    if not http and not (host is None and port is None and origin is None):
        raise typer.BadParameter("--host, --port and --origin need --http")
    from purchase_agent.service import PurchaseAgent
    from purchase_agent.tools.mcp import mcp_server, needs_extra

    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="purchase-agent: %(message)s")
    serve = needs_extra("serve")
    agent = PurchaseAgent()
    settings = agent.settings
    if not http:
        serve.serve_stdio(mcp_server(agent, scope=scope, store=store))
        return
    own = settings.insight_key if scope == "all" else None
    key = own or settings.api_key
    server = mcp_server(agent, scope=scope, store=store, insight=own is not None or key is None)
    serve.serve_http(
        server,
        settings.host if host is None else host,
        settings.port if port is None else port,
        key=key.get_secret_value() if key is not None else None,
        origins=origin or (),
        patience_s=settings.deadline_s + 5,
    )
