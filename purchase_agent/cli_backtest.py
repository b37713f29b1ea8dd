"""``purchase-agent backtest``: how the models in use would have done on a shop's past, as tables and as a page."""

from __future__ import annotations

import math
import sys
from contextlib import ExitStack
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from purchase_agent import __version__
from purchase_agent.backtest.page import page
from purchase_agent.backtest.run import MODELS, Backtest, Horizon, backtest
from purchase_agent.backtest.scores import Row
from purchase_agent.backtest.verdict import advice, percent, sentence
from purchase_agent.clean import printable
from purchase_agent.cli_files import Stages, console, rows_of, status
from purchase_agent.cli_predict import json_line
from purchase_agent.errors import InputError
from purchase_agent.event_files import read_steps
from purchase_agent.event_models import models_in_use
from purchase_agent.metrics import Score
from purchase_agent.readers.rejects import RejectWriter
from purchase_agent.settings import load_settings

PAGE = Path("backtest.html")


def run_backtest(
    history: list[Path], *, map_file: Path | None, ids_file: Path | None, as_of: datetime | None, zone: str | None,
    out: Path | None, rejected: Path | None, as_json: bool,
) -> int:  # fmt: skip
    """Judges the models in use on these event files; tables or JSON to standard output, the page to ``out``.

    Args:
        history: event files.
        map_file: a YAML map, or the name of a shipped one.
        ids_file: joins ids of several systems.
        as_of: later events are refused.
        zone: the shop's time zone.
        out: the page; ``PAGE`` unless given.
        rejected: refused rows are listed there.
        as_json: one JSON object instead of tables.

    Returns:
        The exit status: ``PARTIAL`` where rows were refused.

    Raises:
        InputError: the files cannot be used, or tell too little; with the counts.
        ModelFileError: a model is missing or damaged.
    """
    out = out or PAGE
    _check_writable(out)
    models = models_in_use(load_settings()).predictor
    with Stages() as stages:
        with ExitStack() as stack:
            reject = stack.enter_context(RejectWriter(rejected)).write if rejected is not None else None
            shoppers = read_steps(
                history, map_file=map_file, ids_file=ids_file, as_of=as_of, rejected=reject, zone=zone
            )
        found = backtest(shoppers, models, told=stages.told)
    _write(out, page(found, __version__))
    if as_json:
        sys.stdout.write(json_line({**as_dict(found), "page": str(out), "rows": rows_of(shoppers)}))
    else:
        shown = console()
        _show(found, shown)
        shown.print(Text(f"page: {printable(str(out))}", style="bold"))
    sys.stdout.flush()
    return status(shoppers.counts, rejected)


def as_dict(found: Backtest) -> dict[str, Any]:
    """All figures, ready for JSON: times in ISO 8601, what is not defined as null."""
    whole = _plain(asdict(found))
    for one, told in zip(found.horizons, whole["horizons"], strict=True):
        told["says"] = sentence(one)
        for row, of in zip(one.rows, told["rows"], strict=True):
            of["holds"] = row.holds
    whole["next"] = [{"why": why, "command": command} for why, command in advice(found)]
    return dict(whole)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float) and math.isnan(value):
        return None
    return value


def _show(found: Backtest, shown: Console) -> None:
    head = (
        f"{found.shoppers} shoppers, {found.events} events, {found.since:%Y-%m-%d} to {found.until:%Y-%m-%d}, "
        f"days of {found.zone}; calibrated on: {found.calibrated_on}"
    )
    shown.print(Text(printable(head), style="bold"))
    for one in found.horizons:
        shown.print(_table(one))
        rates = ", ".join(
            f"{window.at:%Y-%m-%d} {percent(window.rate)} of {window.n}{' (seen)' if window.seen else ''}"
            for window in one.windows
        )
        shown.print(Text(f"  after: {rates}", style="dim"))
        lifts = " ".join(f"{part.rate / one.rate:.2f}" for part in one.models.deciles)
        shown.print(Text(f"  lift by tenth: {lifts}  ({one.models.deciles[0].n} cases each)", style="dim"))
        shown.print(Text(f"  {sentence(one)}\n", style="green" if one.difference.high < 0 else "yellow"))
    for days, reason in found.left_out.items():
        shown.print(Text(f"{days} days: not judged, {printable(reason)}", style="yellow"))
    for note in found.notes:
        shown.print(Text(f"! {printable(note)}", style="yellow"))
    if found.seen:
        shown.print(
            Text("! (seen): the models were fitted on what came after; these figures flatter them", style="yellow")
        )
    shown.print(Text("Next", style="cyan"))
    for why, command in advice(found):
        shown.print(Text(f"  {why}\n    {command}"))


def _table(one: Horizon) -> Table:
    rate = f"{percent(one.rate)} bought [{percent(one.low)}, {percent(one.high)}]"
    days = "1 day" if one.days == 1 else f"{one.days} days"
    title = f"within {days}: {rate}, n={one.n} ({one.shoppers} shoppers)"
    table = Table(title=Text(title, style="cyan"), box=None, padding=(0, 1), title_justify="left", header_style="dim")
    table.add_column("", overflow="fold", min_width=14)
    for name in ("log-loss", "Brier", "AUC", "PR-AUC", "ECE", "mean", "holds"):
        table.add_column(name, justify="right")
    for row in one.rows:
        table.add_row(*_cells(row), style="bold" if row.name == MODELS else "")
    return table


def _cells(row: Row) -> list[Text]:
    name = Text(row.name)
    if row.seen:
        name.append(f"\nhas seen {row.seen} windows", style="yellow")
    figures = [_cell(score) for score in (row.log_loss, row.brier, row.roc_auc, row.pr_auc, row.ece)]
    mean = Text(f"{percent(row.mean.value)}\n").append(f"{percent(row.mean.low)}-{percent(row.mean.high)}", style="dim")
    return [name, *figures, mean, Text("yes", style="green") if row.holds else Text("no", style="yellow")]


def _cell(score: Score) -> Text:
    if score.value != score.value:
        return Text("-")
    return Text(f"{score.value:.4f}\n").append(f"{score.low:.3f}-{score.high:.3f}", style="dim")


def _check_writable(out: Path) -> None:
    """Before minutes of work rather than after."""
    if out.is_dir() or not out.absolute().parent.is_dir():
        raise InputError(
            f"cannot write {printable(str(out))}", hint="name a file in a folder that exists", field="file"
        )


def _write(out: Path, text: str) -> None:
    part = out.with_name(f".{out.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(out)
    except OSError as error:
        message = f"cannot write {printable(str(out))}: {error.strerror}"
        raise InputError(message, hint="check the folder, its owner and mode", field="file") from error
