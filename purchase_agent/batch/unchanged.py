"""Shoppers of whom nothing has changed since an earlier run: their predictions are taken over.

Nothing has changed where the rows, the moment (``as_of``), the models and the version of this package are the same.
That can be so only where the moment was told, by the shopper or with ``--as-of``: two runs do not begin at the same
one. What is kept is the prediction without the shopper's id, and only of runs without evidence, so that no word of his
is kept; it is found by a digest of all that it depends on.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import islice
from typing import Any

from pydantic import ValidationError

from purchase_agent.batch.local_answers import LocalAnswers
from purchase_agent.batch.memory import Memory
from purchase_agent.batch.plan import Plan
from purchase_agent.batch.score_step import Unit
from purchase_agent.errors import InputError
from purchase_agent.evidence import Shopper
from purchase_agent.prediction import Prediction

_TOGETHER = 128
_SMALL_AND_FAST = 1  # of zlib's levels


class UnchangedAnswers:
    """Takes over what an earlier run has answered, and asks ``by`` for the rest.

    Args:
        memory: where predictions are kept.
    """

    def __init__(self, by: LocalAnswers, memory: Memory, plan: Plan, counts: Counter[str]) -> None:
        self.by, self.remembered = by, counts
        self._memory = memory
        self._told = plan.job.as_of is not None
        settings = [plan.depends[name] for name in ("version", "models", "evidence")]
        self._key = json.dumps(settings, sort_keys=True).encode()

    def answers(self, units: Iterable[Unit], partition: int) -> Iterator[tuple[Unit, Prediction | InputError]]:
        """Each unit with its prediction, in the order given."""
        rest = iter(units)
        while some := list(islice(rest, _TOGETHER)):
            keys = [self._key_of(unit) for unit in some]
            kept = self._memory.find([key for key in keys if key is not None])
            known = [_read(unit, kept.get(key or b"")) for unit, key in zip(some, keys, strict=True)]
            asked = [unit for unit, one in zip(some, known, strict=True) if one is None]
            answers = iter([answer for _, answer in self.by.answers(asked, partition)])
            found = [one if one is not None else next(answers) for one in known]
            self._memory.keep(
                {
                    key: _written(answer)
                    for key, one, answer in zip(keys, known, found, strict=True)
                    if key is not None and one is None and isinstance(answer, Prediction)
                }
            )
            self.remembered["shoppers read"] += len(asked)
            self.remembered["shoppers remembered"] += len(some) - len(asked)
            yield from zip(some, found, strict=True)

    def for_store(self, shopper: Shopper, prediction: Prediction) -> dict[str, Any]:
        """The shopper, the prediction, and what each of his own texts says alone."""
        return self.by.for_store(shopper, prediction)

    def _key_of(self, unit: Unit) -> bytes | None:
        """None where the moment is that of this run."""
        if not self._told and not unit.of.own_moment:
            return None
        digest = blake2b(self._key, digest_size=16)
        # Consent may have been withdrawn in a row that is not among those he was made of.
        digest.update(f"\0{unit.text_id}\0{unit.shopper.as_of}\0{unit.shopper.consent}".encode())
        for row in unit.of.rows:
            digest.update(b"\0%d\0%d\0" % (row.kind, len(row.payload)) + row.payload)
        return digest.digest()


def _read(unit: Unit, value: bytes | None) -> Prediction | None:
    if value is None:
        return None
    try:
        told = json.loads(zlib.decompress(value))
        return Prediction.model_validate({**told, "shopper_id": unit.shopper.shopper_id})
    except (ValueError, zlib.error, ValidationError):  # damaged, or of another form
        return None


def _written(prediction: Prediction) -> bytes:
    return zlib.compress(prediction.model_dump_json(by_alias=True, exclude={"shopper_id"}).encode(), _SMALL_AND_FAST)
