"""Labelled texts of a user: JSON Lines with a text and whichever labels are known, by the names of ``labels``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from purchase_agent.errors import InputError
from purchase_agent.evidence import MAX_TEXT_BYTES, Shopper
from purchase_agent.labels import Action, Barrier, Channel, Intent, Motivation, Sentiment, Timing

MAX_BYTES = 256 * 1024 * 1024


class LabelledText(BaseModel):
    """A text and its labels; a label that is not known is None. Other fields of a line are passed over."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT_BYTES)]
    channel: Channel = "chat"
    intent: Intent | None = None
    declined: bool | None = None
    repurchase: bool | None = None
    sentiment: Sentiment | None = None
    motivation: list[Motivation] | None = None
    barrier: list[Barrier] | None = None
    next_action: Action | None = None
    timing: Timing | None = None
    juster: Annotated[int, Field(ge=0, le=10)] | None = None

    def labels(self) -> dict[str, Any]:
        """The labels that are known, by field."""
        return self.model_dump(exclude={"text", "channel"}, exclude_none=True)


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be used, and why. ``line`` counts from 1."""

    line: int
    reason: str


def moment_of(line: Mapping[str, Any]) -> dict[str, str]:
    """When a line's text was written and in which time zone: ``as_of`` (or the text's own ``at``) and ``timezone``.

    Returns:
        those of them that the line tells, as fields of a shopper.

    Raises:
        ValidationError: one is not what the contract takes.
    """
    told = {
        "as_of": line["as_of"] if line.get("as_of") is not None else line.get("at"),
        "timezone": line.get("timezone"),
    }
    given = {name: value for name, value in told.items() if value is not None}
    Shopper.model_validate({"shopper_id": "s", "texts": [], **given})
    return given


def reason(error: ValidationError) -> str:
    """The first field of a line that cannot be used, and why."""
    problem = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, problem['loc'])) or 'line'}: {problem['msg']}"


def read_labelled(paths: Sequence[Path]) -> tuple[list[LabelledText], list[BadLine]]:
    """Texts of all files, in order, and the lines that cannot be used; blank lines are passed over.

    Raises:
        InputError: a file is missing, unreadable or too large, or holds no usable line.
    """
    good: list[LabelledText] = []
    bad: list[BadLine] = []
    for path in paths:
        for number, line in _lines(path):
            try:
                given = json.loads(line)
                good.append(LabelledText.model_validate(given))
            except ValidationError as error:
                bad.append(BadLine(number, reason(error)))
            except (ValueError, RecursionError) as error:
                bad.append(BadLine(number, f"not JSON: {error}"))
    if not good:
        why = f"; line {bad[0].line}: {bad[0].reason}" if bad else ""
        names = ", ".join(map(str, paths))
        raise InputError(f"no usable labelled text in {names}{why}", hint='lines such as {"text": ..., "intent": ...}')
    return good, bad


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path} is larger than {MAX_BYTES} bytes", hint="give a sample", field="file")
        with path.open(encoding="utf-8-sig") as lines:
            yield from ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {path}: {error}", hint="give UTF-8 JSON Lines", field="file") from error
