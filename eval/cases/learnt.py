"""Which public texts the shipped text model has learnt from, as ``training.text`` chooses them."""

from __future__ import annotations

import random
from pathlib import Path

from purchase_agent.errors import InputError
from purchase_agent.training.corpus import PUBLIC_SETS, Row, group_of, is_locked, read_labelled, read_public

_AUXILIARY = ("zh_reviews", "zh_cosmetics", "need_sentences", "clothing_reviews", "shopping_requests")
_CLOTHING_SAMPLE, _CLOTHING_SEED = 4000, 5  # as of training.text, which cannot be imported without torch


def seen_texts(data: Path, source: str) -> set[str]:
    """Groups of the texts of one public set that were trained on: with labels of ours, or with the set's own.

    Args:
        data: the folder that holds ``text/``.

    Raises:
        InputError: a text set that the model has learnt from is absent, so that nobody can tell.
    """
    try:
        return _seen(data, source)
    except InputError as error:
        raise InputError(
            f"which texts of {source} the shipped model has learnt from cannot be told: {error.message}",
            hint=error.hint, field="data",
        ) from error  # fmt: skip


def _seen(data: Path, source: str) -> set[str]:
    from purchase_agent.eval.cases.suite import SHIPPED

    # A folder of one's own may lack most sets, but a text of a set that is not there must not count as never seen.
    for name in ("shopper_texts.jsonl", "written_texts.jsonl", *(one[0] for one in PUBLIC_SETS.values())):
        if not (data / "text" / name).is_file():
            raise InputError(f"training data not found: {data / 'text' / name}", hint="give the whole data folder")
    rows = read_labelled(data, SHIPPED)
    seen = {group_of(row.text) for row in rows if not is_locked(row)}
    if source not in _AUXILIARY:
        return seen
    known = {row.group for row in rows} | {group_of(row.text) for row in rows}
    others: list[Row] = [row for row in read_public(data, source) if group_of(row.text) not in known]
    if source == "clothing_reviews":
        others = random.Random(_CLOTHING_SEED).sample(others, min(_CLOTHING_SAMPLE, len(others)))
    return seen | {group_of(row.text) for row in others}


def channel_of(source: str) -> str:
    """The channel that texts of a public set come from."""
    return PUBLIC_SETS[source][2]
