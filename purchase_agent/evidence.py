"""What comes in: a shopper, what he wrote and what he did.

Types are strict: ``true`` is no number, ``"1_0"`` is no number, NaN is refused, an unknown field is an error that
names it. Times are ISO 8601; one without a zone is read as UTC and the answer says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from purchase_agent.errors import InputError
from purchase_agent.labels import Channel, Role

MAX_TEXT_BYTES = 64 * 1024
"""A longer text is refused, not cut: nothing a shopper writes at once is that long."""
MAX_TEXTS = 10_000
MAX_ID_LENGTH = 256
MAX_DEPTH = 32
_LONGEST_NAME = 80  # of a field, as far as an error repeats it

_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def parse_time(value: object) -> datetime:
    """ISO 8601 text or a datetime; without a zone it is UTC (``tzinfo`` None is kept for the warning).

    Raises:
        ValueError: not a time, or outside 1990-2199.
    """
    if isinstance(value, datetime):
        time = value
    elif isinstance(value, str) and _ISO.fullmatch(value.strip()):
        time = datetime.fromisoformat(value.strip())
    else:
        raise ValueError("not an ISO 8601 time such as 2026-11-22T10:00:00Z")
    if not _EARLIEST <= (time if time.tzinfo else time.replace(tzinfo=UTC)) <= _LATEST:
        raise ValueError("a time outside 1990-2199")
    return time


Time = Annotated[datetime, BeforeValidator(parse_time)]
Identifier = Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Text(_Record):
    """One thing written. Only the shopper's own words are evidence; other roles are context."""

    id: Identifier = ""
    channel: Channel = "chat"
    text: str
    at: Time | None = None
    role: Role = "shopper"
    item_id: Identifier | None = None
    category: Identifier | None = None
    rating: Annotated[float, Field(ge=0, le=10)] | None = None
    thread_id: Identifier | None = None
    language: Identifier | None = None

    @field_validator("text")
    @classmethod
    def _bounded(cls, text: str) -> str:
        size = len(text.encode())
        if size > MAX_TEXT_BYTES:
            raise ValueError(f"text of {size} bytes, at most {MAX_TEXT_BYTES} are read: send the part that matters")
        return text


class Event(_Record):
    """One thing done. ``type`` is a GA4 recommended name, one of ours, or ``other:<name>``."""

    id: Identifier = ""
    type: Identifier
    at: Time
    item_id: Identifier | None = None
    category: Identifier | None = None
    query: str | None = None
    price: float | None = None
    currency: Identifier | None = None
    quantity: float | None = None


class Consent(_Record):
    """What the shopper allowed. Missing consent means allowed."""

    analytics: bool = True
    marketing: bool = True


class Target(_Record):
    """What the purchase probability is about."""

    scope: Literal["shop", "category", "item"]
    id: Identifier | None = None

    @model_validator(mode="after")
    def _one_of_many(self) -> Self:
        if self.scope != "shop" and self.id is None:
            raise ValueError(f"the scope {self.scope} needs the id of one")
        return self


class Shopper(_Record):
    """A shopper with his texts and events, as of one moment; nothing later than ``as_of`` is used."""

    shopper_id: Identifier
    as_of: Time | None = None
    timezone: Identifier = "UTC"
    language: Identifier | None = None
    consent: Consent = Consent()
    target: Target | None = None
    texts: Annotated[tuple[Text, ...], Field(max_length=MAX_TEXTS, strict=False)] = ()
    events: Annotated[tuple[Event, ...], Field(strict=False)] = ()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("not an IANA time zone such as Asia/Shanghai") from error
        return name

    @model_validator(mode="after")
    def _something_given(self) -> Self:
        if "texts" not in self.model_fields_set and "events" not in self.model_fields_set:
            raise ValueError("needs texts or events")
        return self

    @model_validator(mode="after")
    def _ids(self) -> Self:
        for name, records in (("texts", self.texts), ("events", self.events)):
            given: dict[str, int] = {}
            for place, own in enumerate([record.id for record in records]):
                if own and given.setdefault(own, place) != place:
                    raise ValueError(f"{name} {given[own]} and {place} have the same id {own[:_LONGEST_NAME]!r}")
            number = 0
            for record in records:
                if not record.id:
                    number += 1
                    while f"{name[0]}{number}" in given:
                        number += 1
                    object.__setattr__(record, "id", f"{name[0]}{number}")
        return self


def in_utc(time: datetime) -> datetime:
    """The same moment in UTC; a time without a zone is taken as UTC."""
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def repair(value: Any, depth: int = 0) -> Any:
    """JSON-like data with lone surrogates, which no writer can encode, replaced by U+FFFD one for one.

    Raises:
        InputError: the data are nested deeper than ``MAX_DEPTH``.
    """
    if depth > MAX_DEPTH:
        raise InputError(f"nested deeper than {MAX_DEPTH} levels", hint="see docs/schema/shopper.json")
    if isinstance(value, str):
        return re.sub("[\ud800-\udfff]", "\ufffd", value)
    if isinstance(value, Mapping):
        return {repair(key, depth + 1): repair(item, depth + 1) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [repair(item, depth + 1) for item in value]
    return value


def read_shopper(given: Shopper | str | Mapping[str, Any]) -> Shopper:
    """A shopper from a bare sentence, a mapping in the contract's form, or a ``Shopper``.

    Raises:
        InputError: names each field that cannot be used and why.
    """
    if isinstance(given, Shopper):
        return given
    if isinstance(given, str):
        given = {"shopper_id": "text", "texts": [{"text": given}]}
    if not isinstance(given, Mapping):
        raise InputError(
            f"a shopper is a sentence or an object, not {type(given).__name__}", hint='for example {"text": ...}'
        )
    try:
        return Shopper.model_validate(repair(given))
    except ValidationError as error:
        raise InputError(_explain(error), hint="see docs/schema/shopper.json", field=_first_field(error)) from error


def _first_field(error: ValidationError) -> str:
    return ".".join(str(part) for part in error.errors(include_url=False, include_context=False)[0]["loc"])[
        :_LONGEST_NAME
    ]


def _explain(error: ValidationError) -> str:
    parts = []
    for problem in error.errors(include_url=False, include_input=False)[:5]:
        place = ".".join(str(part) for part in problem["loc"])[:_LONGEST_NAME] or "shopper"
        reason = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            reason = "unknown field"
        parts.append(f"{place}: {reason}")
    more = error.error_count() - len(parts)
    return "; ".join(parts) + (f"; and {more} more" if more > 0 else "")
