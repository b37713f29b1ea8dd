"""Options that several commands take, and how they are read. Imports little: ``--help`` waits for it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

USAGE = 2
"""Exit status of a command that was not asked rightly."""

Files = Annotated[list[Path], typer.Argument(help="Event files: JSONL, CSV or Parquet, the first two also as .gz.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for programs.")]
MapFile = Annotated[Path | None, typer.Option("--map", help="Map file, or the name of a shipped map.")]
IdsFile = Annotated[Path | None, typer.Option(help="CSV that joins the ids of several systems to one shopper.")]
AsOf = Annotated[str | None, typer.Option(help="Nothing later is read; now unless given.")]
Zone = Annotated[str | None, typer.Option(help="The shop's time zone, such as Asia/Shanghai.")]
Rejected = Annotated[Path | None, typer.Option(help="Write the rejected rows to this file.")]


def wrong(message: str) -> typer.TyperException:
    """The error of a command that was not asked rightly."""
    error = typer.TyperException(message)
    error.exit_code = USAGE
    return error


def moment(given: str | None) -> datetime | None:
    """A time given as ISO 8601, in UTC."""
    if given is None:
        return None
    from purchase_agent.evidence import in_utc, parse_time

    try:
        return in_utc(parse_time(given))
    except ValueError as error:
        raise wrong(f"--as-of {given}: {error}") from error
