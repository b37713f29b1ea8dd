"""Does moving a timing towards the days a text tells help? On calendar cases, and on labelled texts.

Run ``python -m purchase_agent.eval.stated_dates [--data FOLDER --work FOLDER] [--json] [--out FILE]``.

``eval/data/stated_dates.jsonl`` holds texts written for this purpose with the day and zone of writing and the bin that
follows by the calendar, and texts whose times are none (timing null). Labelled texts (``--data``, with the out-of-fold
scores of ``train text`` in ``--work``; extra [train]) have no day of writing: one is drawn for each by its hash, and
only times that need no calendar are judged, be it that the label was given without one. Odd rows set the strengths,
even ones are the test.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from purchase_agent.eval.bench.table import Table, add_output, tell
from purchase_agent.labels import TIMINGS
from purchase_agent.metrics import Bootstrap, Score, accuracy, log_loss, paired_difference
from purchase_agent.predictors.stated_dates import Stated, stated
from purchase_agent.predictors.text import TextModel
from purchase_agent.predictors.timing_shift import RELATIVE, shift_bins
from purchase_agent.settings import load_settings, model_folder
from purchase_agent.training.corpus import read_jsonl

Floats = NDArray[np.float64]
CASES = Path(__file__).parent / "data" / "stated_dates.jsonl"
WITHOUT_CALENDAR = RELATIVE | {"month_part", "next_weekday", "numbered_day", "payday"}
"""Forms judged on labelled texts: whoever labels them knows about how far off they are without the day of writing."""
_FIRST_DAY = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Judged:
    """One text: its true bin, the timing of the text model, what it tells and when it was written (local time)."""

    id: str
    language: str
    odd: bool
    truth: int
    base: Floats
    told: list[Stated]
    as_of: datetime

    @property
    def shifted(self) -> Floats:
        return shift_bins(self.base, self.told, self.as_of)


def written_at(case: dict[str, Any]) -> datetime:
    """The local time of writing of a calendar case."""
    return datetime.fromisoformat(case["as_of"]).replace(tzinfo=ZoneInfo(case["timezone"]))


def spans_of(case: dict[str, Any]) -> list[Stated]:
    return stated(case["text"], written_at(case), case["timezone"])


def calendar_cases(model: TextModel) -> list[Judged]:
    """The calendar cases with a bin, read by the text model."""
    cases = [case for case in read_jsonl(CASES) if case["timing"]]
    readings, _ = model.read([model.piece(case["text"], "chat", case["language"]) for case in cases])
    return [
        Judged(
            case["id"], case["language"], int(case["id"][3:]) % 2 == 1, TIMINGS.index(case["timing"]), base,
            spans_of(case), written_at(case),
        )
        for case, base in zip(cases, readings.timing, strict=True)
    ]  # fmt: skip


def labelled(data: Path, work: Path) -> list[Judged]:
    """Labelled texts that tell times all of which need no calendar, with out-of-fold timings."""
    from purchase_agent.training import judge
    from purchase_agent.training.text import MEASURED, Run

    run = Run(data, work, None, 7, lambda *_: None)
    folds = [run.out_of_fold(fold) for fold in MEASURED]
    rows = [row for some, _ in folds for row in some]
    raw = {name: np.concatenate([part[name] for _, part in folds]) for name in ("encoder", "ngrams")}
    readings, _, _ = judge.cross_fitted(raw, rows)
    out = []
    for row, base in zip(rows, readings.timing, strict=True):
        as_of = _FIRST_DAY + timedelta(days=_number(row.group) % 365)
        told = stated(row.text, as_of, "UTC")
        if told and all(one.form in WITHOUT_CALENDAR for one in told):
            truth = TIMINGS.index(row.labels["timing"])
            out.append(Judged(row.group, row.language, _number(f"half:{row.group}") % 2 == 1, truth, base, told, as_of))
    return out


def _number(key: str) -> int:
    return int(hashlib.sha256(key.encode()).hexdigest()[:8], 16)


def figures(rows: Sequence[Judged]) -> dict[str, Score]:
    """Accuracy and log-loss of the timing bins, without and with the shift, and the paired differences."""
    truth = np.asarray([row.truth for row in rows])
    base, shifted = np.stack([row.base for row in rows]), np.stack([row.shifted for row in rows])
    base = base / base.sum(1, keepdims=True)
    shifted = shifted / shifted.sum(1, keepdims=True)
    drawn = Bootstrap(groups=np.asarray([row.id for row in rows]))
    return {
        "accuracy, text model": accuracy(truth, base.argmax(1), bootstrap=drawn),
        "accuracy, shifted": accuracy(truth, shifted.argmax(1), bootstrap=drawn),
        "difference of accuracy": paired_difference(
            accuracy, truth, shifted.argmax(1), base.argmax(1), bootstrap=drawn
        ),
        "log-loss, text model": log_loss(truth, base, clip=1e-6, bootstrap=drawn),
        "log-loss, shifted": log_loss(truth, shifted, clip=1e-6, bootstrap=drawn),
        "difference of log-loss": paired_difference(log_loss, truth, shifted, base, bootstrap=drawn),
    }


def _parts(rows: Sequence[Judged]) -> dict[str, list[Judged]]:
    out = {"odd (development)": [row for row in rows if row.odd]}
    even = [row for row in rows if not row.odd]
    return (
        out | {"even (test)": even} | {f"even, {x}": [row for row in even if row.language == x] for x in ("en", "zh")}
    )


def table(title: str, rows: Sequence[Judged]) -> Table:
    """Each figure of each half, the test half by language too."""
    lines = []
    for part, some in _parts(rows).items():
        for name, score in figures(some).items():
            lines.append(
                (f"{part}: {name}", f"{score.value:.3f}", f"[{score.low:.3f}, {score.high:.3f}]", str(score.n))
            )
    return Table(title, ("", "value", "95 %", "n"), lines)


def no_times() -> Table:
    """How many of the texts whose times are none are taken to tell one."""
    cases = [case for case in read_jsonl(CASES) if not case["timing"]]
    lines = []
    for name, odd in (("odd (development)", True), ("even (test)", False)):
        some = [case for case in cases if (int(case["id"][3:]) % 2 == 1) == odd]
        lines.append((name, str(sum(bool(spans_of(case)) for case in some)), str(len(some))))
    return Table("Texts whose times are no date of a purchase", ("", "taken for one", "n"), lines)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="stated_dates", description="Judge the shift of timings by stated dates.")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="holds text/ with labelled texts")
    parser.add_argument("--work", type=Path, metavar="FOLDER", help="work folder of `train text`")
    add_output(parser)
    arguments = parser.parse_args(argv)
    settings = load_settings()
    model = TextModel(model_folder(settings.models_dir, "text"), threads=1)
    judged = {"Calendar cases": calendar_cases(model)}
    if arguments.data and arguments.work:
        judged["Labelled texts, out of fold, times that need no calendar"] = labelled(arguments.data, arguments.work)
    tables = [*(table(title, rows) for title, rows in judged.items()), no_times()]
    record = {one.title: {row[0]: row[1:] for row in one.rows} for one in tables}
    tell(arguments, tables, record)


if __name__ == "__main__":
    main()
