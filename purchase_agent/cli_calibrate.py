"""``purchase-agent calibrate``: the models in use held against a shop's orders, and its own copies of them written."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from purchase_agent.calibration_files import write_own
from purchase_agent.calibration_own import FEWEST_PURCHASES, FEWEST_SHOPPERS, Decision, OwnCalibration, calibrate
from purchase_agent.clean import printable
from purchase_agent.cli_files import Stages, console, rows_of, status
from purchase_agent.cli_predict import json_line
from purchase_agent.event_files import read_steps
from purchase_agent.event_models import models_in_use
from purchase_agent.readers.counts import Counts
from purchase_agent.readers.rejects import RejectWriter
from purchase_agent.settings import load_settings


def run_calibrate(
    history: list[Path], *, outcomes: list[Path], map_file: Path | None, outcomes_map: Path | None,
    ids_file: Path | None, as_of: datetime | None, zone: str | None, rejected: Path | None, as_json: bool,
) -> int:  # fmt: skip
    """Scales the models in use to these orders and writes them to the folder of own models, where they are picked up.

    Args:
        history: event files as predictions get them; where there are none, the orders are the history too.
        outcomes: order files.
        map_file, outcomes_map: a YAML map, or the name of a shipped one, for the histories and for the orders.
        ids_file: joins ids of several systems.
        as_of: later events and orders are refused.
        zone: the shop's time zone.
        rejected: refused rows of all files are listed there.
        as_json: one JSON object instead of a table.

    Returns:
        The exit status: ``PARTIAL`` where rows were refused.

    Raises:
        InputError: the files cannot be used, or tell too little; with the counts. Nothing is written then.
        ModelFileError: a model is missing or damaged.
    """
    settings = load_settings()
    models = models_in_use(settings)
    with Stages() as stages:
        with ExitStack() as stack:
            reject = stack.enter_context(RejectWriter(rejected)).write if rejected is not None else None
            orders = read_steps(
                outcomes, map_file=outcomes_map, ids_file=ids_file, as_of=as_of, rejected=reject, zone=zone
            )
            shoppers = orders
            if history:
                shoppers = read_steps(
                    history, map_file=map_file, ids_file=ids_file, as_of=as_of, rejected=reject, zone=zone
                )
        found = calibrate(shoppers, orders, models.predictor, told=stages.told)
    written = write_own(found, models.folders, settings.models_dir)
    parts = [orders.counts] if shoppers is orders else [shoppers.counts, orders.counts]
    if as_json:
        told = {**_as_dict(found), "written": {name: str(folder) for name, folder in written.items()}}
        sys.stdout.write(json_line({**told, "history": rows_of(shoppers), "outcomes": rows_of(orders)}))
    else:
        _show(found, written, console())
    sys.stdout.flush()
    return status(Counts.total(parts), rejected)


def _as_dict(found: OwnCalibration) -> dict[str, Any]:
    return {
        "calibrated_on": found.calibrated_on,
        "until": found.until.isoformat(),
        "moments": found.moments,
        "moments_seen_in_fitting": found.seen,
        "shoppers_with_orders": found.ordered,
        "of_them_with_history": found.joined,
        "decisions": [asdict(one) for one in found.decisions],
    }


def _show(found: OwnCalibration, written: dict[str, Path], shown: Console) -> None:
    head = f"{found.joined} of {found.ordered} shoppers with orders have a history; {found.moments} moments"
    shown.print(Text(head, style="bold"))
    table = Table(box=None, padding=(0, 1), header_style="dim")
    for name in ("answer", "days"):
        table.add_column(name, no_wrap=True)
    for name in ("cases", "shoppers", "bought", "slope", "offset", "log-loss"):
        table.add_column(name, justify="right")
    table.add_column("", overflow="fold", ratio=1)
    for one in found.decisions:
        table.add_row(*_cells(one))
    shown.print(table)
    few = f"too little: below {FEWEST_SHOPPERS} shoppers, or {FEWEST_PURCHASES} cases with a purchase or without"
    shown.print(Text(f"  {few}", style="dim"))
    shown.print(Text("  log-loss: scaled less as it is, on cases held out; below 0 scaling is better", style="dim"))
    if found.seen:
        words = (
            f"! the models in use were fitted on what happened after {found.seen} of {found.moments} moments: there "
            "they look better than they are; calibrate again on newer orders"
        )
        shown.print(Text(words, style="yellow"))
    for name, folder in written.items():
        shown.print(Text(f"{name}: {printable(str(folder))}", style="bold"))
    shown.print(Text(f"answers from events now say calibrated_on {found.calibrated_on}, without unfitted_shop"))


def _cells(one: Decision) -> list[Text]:
    numbers = [str(one.cases), str(one.shoppers), str(one.purchases)]
    scale = [f"{one.platt.slope:.3f}", f"{one.platt.offset:+.3f}"] if one.kept else ["", ""]
    change = ""
    if one.difference is not None:
        change = f"{one.difference.value:+.4f}\n[{one.difference.low:+.4f}, {one.difference.high:+.4f}]"
    style = "green" if one.kept else "" if one.tried else "dim"
    return [
        Text(one.answer),
        Text(str(one.days)),
        *map(Text, (*numbers, *scale, change)),
        Text(one.reason if one.tried else "too little", style=style),
    ]
