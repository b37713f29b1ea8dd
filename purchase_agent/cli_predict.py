"""``purchase-agent predict``: a sentence, a file or standard input in; a report or JSON out, a row for a row."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from purchase_agent.clean import printable
from purchase_agent.errors import InputError, PurchaseAgentError
from purchase_agent.evidence import Shopper, read_shopper
from purchase_agent.one_by_one import together
from purchase_agent.prediction import Prediction
from purchase_agent.readers.shoppers import read_shoppers
from purchase_agent.service import PurchaseAgent

_TOGETHER = 64  # rows predicted as one batch
DONE, FAILED, PARTIAL = 0, 1, 3
# What JSON leaves as it is but a terminal acts on or hides: C1, line separators, direction, tags, invisible signs.
_TERMINAL = re.compile(
    "[\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row to be answered. ``line`` is None for a TEXT; ``text_id`` is told with ``--per-text`` only."""

    line: int | None
    shopper: Shopper | InputError
    text_id: str | None = None


def predict_text(agent: PurchaseAgent, text: str, *, per_text: bool, as_json: bool) -> int:
    """Answers one sentence; returns the exit status."""
    rows = _rows([(None, text)], per_text=per_text)
    return DONE if _answer(agent, rows, per_text=per_text, as_json=as_json)[1] == 0 else FAILED


def predict_lines(agent: PurchaseAgent, source: Path | BinaryIO, *, per_text: bool, as_json: bool) -> int:
    """Answers each line of a file or stream, and says on standard error how many there were.

    Returns:
        The exit status: ``PARTIAL`` where any row was rejected.

    Raises:
        InputError: nothing of the source can be read.
    """
    rows = _rows(((line.number, line.value) for line in read_shoppers(source)), per_text=per_text)
    total, rejected = _answer(agent, rows, per_text=per_text, as_json=as_json)
    sys.stdout.flush()
    if agent.engine == "cascade" and agent.answered:
        sys.stderr.write(f"{_who_answered(agent.answered)}\n")
    if rejected:
        sys.stderr.write(f"{rejected} of {total} rows rejected\n")
        return PARTIAL
    if total == 0:
        sys.stderr.write("0 records: the input is empty\n")
    return DONE


def json_line(value: Any) -> str:
    """JSON on one line, in UTF-8, that no terminal acts on; a parser reads back the same text."""
    return _TERMINAL.sub(_as_escape, json.dumps(value, ensure_ascii=False, allow_nan=False)) + "\n"


def _who_answered(counts: Mapping[str, int]) -> str:
    """What a cascade saved. A local answer in the language model's place saves nothing and is told apart."""
    from purchase_agent.predictors.cascade import FALLBACK  # loaded already, where anything was counted

    in_its_place = {reason.removeprefix(FALLBACK): n for reason, n in counts.items() if reason.startswith(FALLBACK)}
    local, asked, failed = counts.get("local", 0), counts.get("llm", 0), sum(in_its_place.values())
    told = f"{local - failed} of {local + asked} answered locally, {asked} by the language model"
    if failed:
        kinds = ", ".join(f"{kind} {n}" for kind, n in sorted(in_its_place.items(), key=lambda one: (-one[1], one[0])))
        told += f", {failed} locally in its place ({kinds})"
    return told


def _rows(given: Iterable[tuple[int | None, Any]], *, per_text: bool) -> Iterator[Row]:
    for line, value in given:
        try:
            shopper = value if isinstance(value, InputError) else read_shopper(value)
        except InputError as error:
            shopper = error
        if not per_text or isinstance(shopper, InputError) or not shopper.texts:
            yield Row(line, shopper)
            continue
        for text in shopper.texts:
            yield Row(line, shopper.model_copy(update={"texts": (text,), "events": ()}), text.id)


def _answer(agent: PurchaseAgent, rows: Iterator[Row], *, per_text: bool, as_json: bool) -> tuple[int, int]:
    """Writes the answers as they come; returns how many rows there were and how many were rejected."""
    total = rejected = 0
    write = _json_writer(per_text=per_text) if as_json else _report_writer()
    while group := list(islice(rows, _TOGETHER)):
        for row, answer in zip(group, _predict(agent, group), strict=True):
            total += 1
            if not isinstance(answer, Prediction):
                rejected += 1
                if as_json or row.line is None:
                    place = f"line {row.line}: " if row.line is not None else ""
                    sys.stderr.write(f"{place}{printable(str(answer))[:600]}\n")
            write(row, answer)
    return total, rejected


def _predict(agent: PurchaseAgent, group: list[Row]) -> list[Prediction | PurchaseAgentError]:
    """One answer a row."""
    found = iter(together(agent, [row.shopper for row in group if isinstance(row.shopper, Shopper)]))
    return [row.shopper if isinstance(row.shopper, InputError) else next(found) for row in group]


def _json_writer(*, per_text: bool) -> Any:
    def write(row: Row, answer: Prediction | PurchaseAgentError) -> None:
        value: dict[str, Any]
        if isinstance(answer, Prediction):
            value = answer.model_dump(mode="json", by_alias=True)
            value = {"text_id": row.text_id, **value} if per_text else value
        else:
            field = answer.field if isinstance(answer, InputError) else ""
            value = {"error": {"message": answer.message, "field": field, "hint": answer.hint}}
            value |= {"line": row.line} if row.line is not None else {}
        sys.stdout.write(json_line(value))

    return write


def _report_writer() -> Any:
    from purchase_agent import report  # rich, which JSON does without

    console = report.console()

    def write(row: Row, answer: Prediction | PurchaseAgentError) -> None:
        if isinstance(answer, Prediction) and isinstance(row.shopper, Shopper):
            console.print(report.rendered(answer, row.shopper))
        elif isinstance(answer, PurchaseAgentError) and row.line is not None:
            console.print(report.rejected(answer, row.line))

    return write


def _as_escape(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]
