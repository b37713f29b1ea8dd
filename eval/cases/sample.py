"""One sample of a suite: what is asked, what holds, and by what it is sliced. Field names are Inspect's."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from purchase_agent.language import detect

Record = dict[str, Any]

AS_OF = "2026-06-01T09:00:00Z"
"""The moment of texts that come without one, so that a run tomorrow asks the same. A text that names a day was not
written then, so its timing and its chance of a purchase are not judged (``cases.labelled``)."""
_LENGTHS = ((20, "up to 20"), (60, "21 to 60"), (200, "61 to 200"))


@dataclass(frozen=True, slots=True)
class Sample:
    """What is asked and what holds.

    Args:
        id: the same in every run on the same data.
        input: a shopper in the contract's form, or what the suite's kind asks instead.
        target: task -> label, labels, number or truth; None where it is not known.
        metadata: what slices go by; ``group`` are samples that are not independent; ``second`` is another annotator's
            target.
    """

    id: str
    input: Record
    target: Record
    metadata: Record = field(default_factory=dict)

    def digest(self) -> str:
        """SHA-256 of what is asked and what holds."""
        told = [self.id, self.input, self.target, self.metadata]
        return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def shopper_of(text: str, channel: str = "chat", moment: Mapping[str, str] | None = None, **more: Any) -> Record:
    """A shopper with one text.

    Args:
        moment: ``as_of`` and ``timezone``, those that are known.
        more: fields of the text.
    """
    words = {"id": "t1", "channel": channel, "text": text, **more}
    return {"shopper_id": "s", "as_of": AS_OF, **(moment or {}), "texts": [words]}


def text_of(shopper: Mapping[str, Any]) -> str:
    """The words of a shopper, for baselines that read words."""
    return "\n".join(one["text"] for one in shopper.get("texts", ()) if one.get("role", "shopper") == "shopper")


def length_of(text: str) -> str:
    """Length bucket in characters; Chinese says in 20 what English says in 60, so read it beside the language."""
    return next((name for most, name in _LENGTHS if len(text) <= most), "over 200")


def about(text: str, channel: str, source: str, language: str | None = None, **more: Any) -> Record:
    """The metadata that every text has."""
    return {
        "language": language or detect(text).code, "channel": channel, "source": source, "length": length_of(text),
        **{name: value for name, value in more.items() if value is not None},
    }  # fmt: skip


def id_of(*parts: str) -> str:
    """A short id made of what it names."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
