"""``purchase-agent web``: the predictor over HTTP."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from purchase_agent.errors import MissingExtraError, SettingsError
from purchase_agent.service import PurchaseAgent
from purchase_agent.settings import PREFIX, load_settings

_BROUGHT = frozenset({"fastapi", "httptools", "prometheus_client", "starlette", "uvicorn"})
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def web(
    host: Annotated[str | None, typer.Option(help="Address to listen at; others than loopback need a key.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen at; 0: a free one.")] = None,
    api_key_file: Annotated[Path | None, typer.Option(help=f"File with the key; else {PREFIX}API_KEY.")] = None,
    max_batch: Annotated[int, typer.Option(min=0, max=1024, help="Shoppers predicted in one run; 0: as suits.")] = 0,
    workers: Annotated[int, typer.Option(min=0, max=64, help="Runs at once; 0: as suits the engine.")] = 0,
    grace: Annotated[int, typer.Option(min=1, max=3600, help="Seconds that requests under way get at the end.")] = 30,
) -> None:
    """Answer predictions, tools and rankings over HTTP until Ctrl-C or SIGTERM."""
    key = _read_key(api_key_file) if api_key_file is not None else None
    settings = load_settings(host=host, port=port, api_key=key)
    try:
        from purchase_agent.web.app import create_app, plan_for
        from purchase_agent.web.serve import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _BROUGHT:
            raise
        raise MissingExtraError("the HTTP service", "web") from error
    agent = PurchaseAgent()
    plan = plan_for(agent)
    keys = (settings.api_key, settings.insight_key)
    asked, insight = (one.get_secret_value() if one is not None else None for one in keys)
    plan = replace(plan, size=max_batch or plan.size, workers=workers or plan.workers)
    application = create_app(agent, key=asked, insight_key=insight, store=settings.store, batching=plan)
    serve(application, settings.host, settings.port, has_key=asked is not None, grace_s=grace, tell=_tell)


def _read_key(path: Path) -> str:
    try:
        key = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the key cannot be read from {path}: {error}", hint="name a text file") from error
    if not key:
        raise SettingsError(f"{path} is empty", hint="write the key into it")
    return key


def _tell(words: str) -> None:
    sys.stderr.write(f"web: {words}\n")
    sys.stderr.flush()
