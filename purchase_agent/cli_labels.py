"""``purchase-agent calibrate --labels``: a language model's answers scaled to labelled texts, a cascade's rule."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from purchase_agent.calibration_llm import Fitted, calibrate_llm, fit_rule
from purchase_agent.clean import printable
from purchase_agent.cli_files import Stages, console
from purchase_agent.cli_predict import DONE, PARTIAL, json_line
from purchase_agent.labelled import BadLine, LabelledText, read_labelled
from purchase_agent.predictors.cascade import Rule
from purchase_agent.service import PurchaseAgent

_MOST_SHOWN = 5


def run_labels(labels: Sequence[Path], *, cascade_only: bool, most_errors: float, as_json: bool) -> int:
    """Fits and writes; predictions use it from then on.

    Args:
        labels: JSON Lines of labelled texts.
        cascade_only: leave the endpoint alone and fit the cascade's rule only.
        most_errors: share of wrong intents among texts that a cascade answers locally, at most, with 90 % confidence.

    Returns:
        The exit status: ``PARTIAL`` where lines were refused or texts not answered.

    Raises:
        InputError: too few texts, a file without a single usable one, or too few answers, with the reasons.
        SettingsError: no endpoint is set.
    """
    rows, bad = _read(labels)
    agent = PurchaseAgent("local" if cascade_only else "llm")
    settings = agent.settings
    fitted = None
    with Stages() as stages:
        if not cascade_only:
            fitted = calibrate_llm(
                agent.llm, rows, settings.models_dir, deadline_s=settings.deadline_s,
                at_once=settings.llm_concurrency, told=stages.told,
            )  # fmt: skip
        rule = fit_rule(agent.local, rows, settings.models_dir, most_errors=most_errors, confidence=0.9)
    if as_json:
        sys.stdout.write(json_line(_as_dict(fitted, rule, len(rows), len(bad))))
    else:
        _show(fitted, rule)
    sys.stdout.flush()
    _refused(bad)
    return PARTIAL if bad or (fitted is not None and fitted.failed) else DONE


def _read(labels: Sequence[Path]) -> tuple[list[LabelledText], list[tuple[Path, BadLine]]]:
    """Texts of all files, and the lines that cannot be used with their files: a line alone tells only its number."""
    rows: list[LabelledText] = []
    bad: list[tuple[Path, BadLine]] = []
    for path in labels:
        good, refused = read_labelled([path])
        rows += good
        bad += [(path, one) for one in refused]
    return rows, bad


def _as_dict(fitted: Fitted | None, rule: Rule, rows: int, bad: int) -> dict[str, Any]:
    out: dict[str, Any] = {"rows": rows, "rejected": bad, "cascade": rule.model_dump()}
    if fitted is not None:
        out["llm"] = {
            "model": fitted.marks.model, "prompt_sha256": fitted.marks.prompt, "answered": fitted.answered,
            "failed": fitted.failed, "log_loss_as_told": fitted.before, "log_loss_calibrated": fitted.after,
            "written": str(fitted.file),
        }  # fmt: skip
    return out


def _show(fitted: Fitted | None, rule: Rule) -> None:
    out = console()
    if fitted is not None:
        table = Table(title=f"{fitted.marks.model}: log-loss on {fitted.answered} labelled texts", title_justify="left")
        for heading in ("field", "as told", "calibrated"):
            table.add_column(heading, justify="left" if heading == "field" else "right")
        for name, before in fitted.before.items():
            table.add_row(name, f"{before:.3f}", f"{fitted.after[name]:.3f}")
        out.print(table)
        out.print("Calibrated: on texts that the scaling was not fitted on (each half by the other).")
        if fitted.failed:
            reasons = ", ".join(f"{kind} {count}" for kind, count in fitted.failed.items())
            out.print(f"Not answered: {reasons}")
        out.print(f"Written to {printable(str(fitted.file))}")
    if rule.local_from is None:
        out.print(f"Cascade: no part of the texts can stay local with at most {rule.most_errors:.0%} wrong intents.")
        return
    out.print(
        f"Cascade: from a probability of {rule.local_from:.2f} on the local answer stands: {rule.local_share:.0%} of "
        f"the texts, with at most {rule.most_errors:.0%} wrong intents ({rule.confidence:.0%} confidence)."
    )


def _refused(bad: Sequence[tuple[Path, BadLine]]) -> None:
    for path, one in bad[:_MOST_SHOWN]:
        sys.stderr.write(printable(f"{path}: line {one.line}: {one.reason}") + "\n")
    if len(bad) > _MOST_SHOWN:
        sys.stderr.write(f"and {len(bad) - _MOST_SHOWN} lines more\n")
