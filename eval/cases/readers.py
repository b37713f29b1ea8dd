"""The readers that a suite's file may name, and what they are given."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from purchase_agent.errors import InputError
from purchase_agent.eval.cases.sample import Sample


@dataclass(frozen=True, slots=True)
class Given:
    """What a reader reads.

    Args:
        files: the suite's, found by path.
        data: the folder that they lie in; None where the files are the user's own.
        options: of the suite's file.
        seed: of what is drawn.
    """

    files: tuple[Path, ...]
    data: Path | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 7

    def folder(self) -> Path:
        """The data folder, where a reader needs more of it than its own files."""
        if self.data is None:
            raise InputError("this suite reads a data folder", hint="name it with --data", field="data")
        return self.data


Reader = Callable[[Given], list[Sample]]

_PLACES = {
    "labelled": "labelled:labelled",
    "shopper_texts": "labelled:shopper_texts",
    "phone_posts": "public:phone_posts",
    "need_sentences": "public:need_sentences",
    "clothing": "public:clothing",
    "zh_drivers": "public:zh_drivers",
    "shop_chat": "public:shop_chat",
    "pairs": "pairs:pairs",
    "perturbed": "perturbed:perturbed",
    "injections": "attacked:injections",
    "taobao_next": "behaviour:next_actions",
    "taobao_session": "behaviour:session_purchases",
    "purchases": "purchases:purchases",
    "intention_qa": "choices:intention_qa",
}
"""Reader -> module and function; imported where a suite asks for it, because some read much."""


def reader(name: str) -> Reader:
    """The reader of this name.

    Raises:
        InputError: there is none.
    """
    if name not in _PLACES:
        raise InputError(f"no reader {name!r}", hint=f"one of {', '.join(sorted(_PLACES))}", field="reader")
    module, function = _PLACES[name].split(":")
    found: Reader = getattr(import_module(f"purchase_agent.eval.cases.{module}"), function)
    return found


def read(name: str, given: Given, limit: int | None) -> list[Sample]:
    """The samples of a reader, at most ``limit`` of them, in the order read; the same ones for the same seed.

    Raises:
        InputError: nothing was read, or two samples have one id.
    """
    samples = reader(name)(given)
    if not samples:
        raise InputError(f"{name} found no sample in {', '.join(path.name for path in given.files)}", field="data")
    ids = {one.id for one in samples}
    if len(ids) < len(samples):
        raise InputError(f"{name} gave one id to several samples", field="data")
    if limit is None or limit >= len(samples):
        return samples
    # What belongs together (a pair, an attack's three texts) is drawn together.
    owners = list(dict.fromkeys(_owner(one) for one in samples))
    random.Random(given.seed).shuffle(owners)
    kept: set[str] = set()
    number = 0
    sizes: dict[str, int] = {}
    for one in samples:
        sizes[_owner(one)] = sizes.get(_owner(one), 0) + 1
    for owner in owners:
        if number + sizes[owner] > limit and kept:
            break
        kept.add(owner)
        number += sizes[owner]
    return [one for one in samples if _owner(one) in kept]


def _owner(sample: Sample) -> str:
    return str(sample.metadata.get("of", sample.id))
