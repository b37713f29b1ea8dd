"""Which texts a language model learns from, which its calibration is fitted on, and which it is judged by."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from pathlib import Path

from purchase_agent.errors import InputError
from purchase_agent.labelled import read_labelled as read_own
from purchase_agent.language import detect
from purchase_agent.predictors.llm.fit import FEWEST
from purchase_agent.training.corpus import Row, group_of, is_locked, read_labelled, read_public
from purchase_agent.training.text import GIVEN, own_data

UNLABELLED: dict[str, int] = {
    "zh_reviews": 10_000, "zh_cosmetics": 3_000, "need_sentences": 6_000, "shopping_requests": 5_000,
    "clothing_reviews": 6_000, "phone_tweets": 2_000, "shop_chat": 1_000,
}  # fmt: skip
"""Public set -> texts of it that the local model reads to the small one, at most."""
_HELD_OUT = 8  # in a hundred groups of the given texts: what calibration is fitted on


@dataclass(frozen=True, slots=True)
class Split:
    """Texts to learn from, to calibrate on, to judge by (looked at once), and without labels."""

    train: list[Row]
    held_out: list[Row]
    locked: list[Row]
    unlabelled: list[Row]


def split(data: Path) -> Split:
    """The texts of ``data``; no group of texts is on two sides."""
    if data.is_dir():
        rows = read_labelled(data, own_data())
        groups = {row.group for row in rows} | {group_of(row.text) for row in rows}
        unlabelled = [row for source, most in UNLABELLED.items() for row in _some(data, source, most, groups)]
    else:
        rows, unlabelled = _own(data), []
    given = [row for row in rows if row.origin in GIVEN]
    held_out = [row for row in given if not is_locked(row) and _hundredth(row) < _HELD_OUT]
    kept_back = {row.group for row in held_out}
    train = [row for row in rows if not is_locked(row) and row.group not in kept_back]
    if len(held_out) < FEWEST:
        raise InputError(
            f"{len(rows)} labelled texts leave {len(held_out)} to calibrate on, {FEWEST} are needed",
            hint="give 500 or more", field="data",
        )  # fmt: skip
    return Split(train, held_out, [row for row in given if is_locked(row)], unlabelled)


def _own(file: Path) -> list[Row]:
    rows = {}
    for one in read_own([file])[0]:
        group = group_of(one.text)
        language = detect(one.text).code
        rows[group] = Row(one.text, one.channel, language, "own", "the owner's", group, one.labels(), origin="real")
    return list(rows.values())


def _some(data: Path, source: str, most: int, known: set[str]) -> list[Row]:
    found = {group_of(row.text): row for row in read_public(data, source)}
    rows = [row for group, row in found.items() if group not in known and row.group not in known]
    return random.Random(5).sample(rows, min(most, len(rows)))


def _hundredth(row: Row) -> int:
    return int(hashlib.sha256(f"held-out:{row.group}".encode()).hexdigest()[:8], 16) % 100
