"""``eval behaviour``: both halves, as text, with their figures as JSON."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Literal

from purchase_agent.eval.behaviour.table import event_report
from purchase_agent.eval.behaviour.timing import timing_report
from purchase_agent.settings import SHIPPED_MODELS

Part = Literal["events", "timing", "all"]


def told(data: Path, part: Part, out: Path | None, seed: int) -> str:
    """The tables of the halves asked for.

    Args:
        data: folder that holds ``behaviour/``.
        out: JSON of both; the shipped weights are always among the rows.
    """
    texts, figures = [], {}
    with tempfile.TemporaryDirectory() as folder:
        for name, report, model in (
            ("events", event_report, SHIPPED_MODELS / "behaviour"),
            ("timing", timing_report, SHIPPED_MODELS / "timing"),
        ):
            if part in (name, "all"):
                file = Path(folder) / f"{name}.json"
                texts.append(report(data, seed, shipped=model if model.exists() else None, out=file))
                figures[name] = json.loads(file.read_text("utf-8"))
    if out is not None:
        out.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return "\n\n".join(texts)
