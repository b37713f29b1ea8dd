"""The second step: a partition's shoppers put together, scored and committed as one part."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from typing import Any, NamedTuple, Protocol

from purchase_agent.batch.folder import WorkFolder, commit_json, committed
from purchase_agent.batch.group import Grouped, Refusal, group
from purchase_agent.batch.parts import PartWriter, columns, row_of
from purchase_agent.batch.plan import Plan
from purchase_agent.batch.spill import MORE_EVENTS, Row, key_of, partition_of
from purchase_agent.batch.spill_index import SpillIndex
from purchase_agent.batch.tally import Tally
from purchase_agent.errors import InputError
from purchase_agent.evidence import Shopper, in_utc
from purchase_agent.prediction import Prediction
from purchase_agent.readers.counts import count
from purchase_agent.readers.rejects import Rejected, RejectWriter

HELD_BYTES = 32 << 20
"""Rows of a partition in memory; of a larger one its finer parts are held one after the other."""


class Unit(NamedTuple):
    """What is scored: a shopper, or one of his texts alone; ``of`` are his rows."""

    shopper: Shopper
    text_id: str | None
    of: Grouped


class Answers(Protocol):
    """Who scores. ``remembered``: see ``Tally.remembered``."""

    remembered: Counter[str]

    def answers(self, units: Iterable[Unit], partition: int) -> Iterator[tuple[Unit, Prediction | InputError]]:
        """Each unit with its prediction, or why there is none, in the order given."""
        ...

    def for_store(self, shopper: Shopper, prediction: Prediction) -> dict[str, Any]:
        """What the store is given of a shopper, as JSON holds it."""
        ...


def score_partition(
    folder: WorkFolder, plan: Plan, partition: int, index: SpillIndex, by: Answers,
    told: Callable[[int], None] = lambda _: None,
) -> Tally:  # fmt: skip
    """Scores a partition and commits it; nothing of it is there before all is.

    Args:
        index: of all input files.
        told: is told each shopper, or text, that was scored.
    """
    tally = Tally()
    before = dict(by.remembered)
    units = units_of(plan, grouped(plan, partition, index), tally)
    with ExitStack() as stack:
        part = stack.enter_context(committed(folder.part(partition)))
        rejected = stack.enter_context(committed(folder.part_rejects(partition)))
        stored = stack.enter_context(committed(folder.part_for_store(partition))) if plan.job.store else None
        writer = stack.enter_context(PartWriter(part, columns(per_text=plan.job.per_text)))
        rejects = stack.enter_context(RejectWriter(rejected))
        keep = stack.enter_context(stored.open("w", encoding="utf-8")) if stored is not None else None
        for refusals, unit, prediction in _answered(units, by, partition, tally):
            for refusal in refusals:
                rejects.write(_rejected(plan, refusal))
                tally.reject(refusal.field, refusal.reason)
            if unit is None or prediction is None:
                continue
            _count(tally, prediction)
            writer.write([row_of(prediction, unit.text_id)])
            if keep is not None:
                keep.write(json.dumps(by.for_store(unit.shopper, prediction), ensure_ascii=False) + "\n")
            told(1)
    for name, number in by.remembered.items():
        tally.remembered[name] += number - before.get(name, 0)
    commit_json(folder.part_marker(partition), tally.model_dump())
    with suppress(OSError):
        folder.answers(partition).unlink(missing_ok=True)  # they stand in the part now
    return tally


def grouped(plan: Plan, partition: int, index: SpillIndex) -> Iterator[Grouped]:
    """The shoppers of a partition in the order of the output, in bounded memory."""
    parts = 1 << max(-(-index.size(partition) // HELD_BYTES) - 1, 0).bit_length()
    for place in range(parts):
        finer = partition * parts + place
        rows: Iterable[Row] = index.rows(partition)
        if parts > 1:
            rows = (row for row in rows if partition_of(key_of(row.shopper_id), plan.partitions * parts) == finer)
        yield from group(rows)


def units_of(plan: Plan, shoppers: Iterable[Grouped], tally: Tally) -> Iterator[Unit | Grouped]:
    """What is to be scored, each shopper's refused rows before him."""
    for one in shoppers:
        if one.refused:
            yield one
        if one.shopper is None:
            continue
        shopper = one.shopper
        if shopper.as_of is None:
            shopper = shopper.model_copy(update={"as_of": plan.as_of})
        else:
            tally.ahead += in_utc(shopper.as_of) > in_utc(plan.as_of)
        tally.shoppers += 1
        tally.rows_kept += sum(row.kind != MORE_EVENTS for row in one.rows)
        if plan.job.per_text and shopper.texts:
            for text in shopper.texts:
                yield Unit(shopper.model_copy(update={"texts": (text,), "events": ()}), text.id, one)
        else:
            yield Unit(shopper, None, one)


def _answered(
    units: Iterable[Unit | Grouped], by: Answers, partition: int, tally: Tally
) -> Iterator[tuple[list[Refusal], Unit | None, Prediction | None]]:
    """Refusals and answers, as they come. Where one who was counted as kept has no answer, his rows are refused."""
    refusals: list[Refusal] = []
    failed: Grouped | None = None

    def only() -> Iterator[Unit]:
        for unit in units:
            if isinstance(unit, Grouped):
                refusals.extend(unit.refused)
            else:
                yield unit

    for unit, answer in by.answers(only(), partition):
        told, refusals[:] = list(refusals), []
        if not isinstance(answer, InputError):
            yield told, unit, answer
            continue
        if unit.of is not failed:
            failed = unit.of
            rows = [row for row in unit.of.rows if row.kind != MORE_EVENTS]
            told += [Refusal(row, answer.message, answer.field) for row in rows]
            tally.rows_kept -= len(rows)
            tally.shoppers -= 1
        yield told, None, None
    yield refusals, None, None


def _rejected(plan: Plan, refusal: Refusal) -> Rejected:
    row = refusal.row
    return Rejected(plan.files[row.file].shown, row.line, row.offset, refusal.field, refusal.reason, row.sha256.hex())


def _count(tally: Tally, prediction: Prediction) -> None:
    tally.rows_out += 1
    tally.statuses[prediction.status] += 1
    tally.engines[prediction.provenance.engine] += 1
    count(tally.answered, prediction.provenance.reason)
