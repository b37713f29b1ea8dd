"""Products to put in order for a shopper, what he needs, and the order with its reasons.

A need is what the shopper said (with his own words and where they stand) or did (with the event). Nothing that a
candidate says of itself becomes a need: its words are only compared with the shopper's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from purchase_agent.errors import InputError
from purchase_agent.evidence import MAX_ID_LENGTH, Identifier, repair
from purchase_agent.prediction import Probability, Status

MAX_CANDIDATES = 1000
MAX_NAME_LENGTH = 512
MAX_ATTRIBUTES = 64
_TOLD_PROBLEMS = 5

NeedKind = Literal["category", "brand", "budget", "constraint"]
Polarity = Literal["wants", "avoids"]
Short = Annotated[str, Field(max_length=MAX_NAME_LENGTH)]
Key = Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH)]
Attribute = Short | bool | float | Annotated[list[Short], Field(max_length=MAX_ATTRIBUTES)]


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Candidate(_Given):
    """A product that the caller offers. ``price`` is that of one piece; without ``currency`` it is the shopper's."""

    id: Identifier
    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME_LENGTH)]
    category: Identifier | None = None
    brand: Identifier | None = None
    price: Annotated[float, Field(ge=0)] | None = None
    currency: Identifier | None = None
    attributes: Annotated[dict[Key, Attribute], Field(max_length=MAX_ATTRIBUTES)] = {}


class Need(_Told):
    """One thing the shopper wants or avoids.

    ``value`` is its name in plain words. ``source`` is the text or event it comes from; ``quote`` stands verbatim in
    that text at the code points ``start`` to ``end``, and is None for what an event shows. A budget has a ``minimum``
    or a ``maximum`` (both for a range), or neither for a word such as "cheap".
    """

    kind: NeedKind
    value: str
    polarity: Polarity = "wants"
    minimum: float | None = None
    maximum: float | None = None
    currency: str | None = None
    source: str
    quote: str | None = None
    start: int | None = None
    end: int | None = None

    @model_validator(mode="after")
    def _quoted_or_not(self) -> Self:
        parts = (self.quote, self.start, self.end)
        if any(part is None for part in parts) != all(part is None for part in parts):
            raise ValueError("a quote, its start and its end come together")
        return self


class Ranked(_Told):
    """A candidate in its place. ``meets`` and ``misses`` are places in the ranking's ``needs``.

    A score of 0.5 or more: nothing that the shopper excluded. Each such thing halves the room: one puts it between 0.25
    and 0.5, two between 0.125 and 0.25, and so on.
    """

    id: str
    rank: int
    score: Probability
    reasons: list[str] = []
    meets: list[int] = []
    misses: list[int] = []


class RankingProvenance(_Told):
    """With what the order was made; ``models`` holds those of the prediction that it used, where it used one."""

    models: dict[str, str]
    latency_ms: float


class Ranking(_Told):
    """All candidates, best first.

    With the status ``insufficient_data`` or ``unsupported_language`` nothing is known of the shopper and they stay in
    the caller's order; with ``refused_consent`` none is ranked.
    """

    shopper_id: str
    as_of: datetime
    status: Status
    ranked: list[Ranked] = []
    needs: list[Need] = []
    warnings: list[str] = []
    provenance: RankingProvenance

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.status != "ok" and self.needs:
            raise ValueError(f"a ranking with status {self.status} has no needs")
        if self.status == "refused_consent" and self.ranked:
            raise ValueError("a shopper who refused is not profiled")
        if [one.rank for one in self.ranked] != list(range(1, len(self.ranked) + 1)):
            raise ValueError("ranks count from 1")
        if any(not 0 <= place < len(self.needs) for one in self.ranked for place in (*one.meets, *one.misses)):
            raise ValueError("a candidate meets or misses a need that is not there")
        return self


def read_candidates(given: Iterable[Candidate | Mapping[str, Any]]) -> tuple[Candidate, ...]:
    """Candidates from objects or mappings, in the order given.

    Raises:
        InputError: none or too many, one that cannot be read (named by its place), or ids that come twice (named).
    """
    if isinstance(given, str | bytes | Mapping):
        raise InputError("candidates are a list of products", hint='for example [{"id": ..., "name": ...}]')
    read: list[Candidate] = []
    for place, one in enumerate(given):
        if place == MAX_CANDIDATES:
            raise InputError(
                f"more than {MAX_CANDIDATES} candidates", hint="search or filter first, then rank", field="candidates"
            )
        read.append(one if isinstance(one, Candidate) else _candidate(place, one))
    if not read:
        raise InputError("no candidates", hint="give at least one product with an id and a name", field="candidates")
    twice = [name for name, count in Counter(one.id for one in read).items() if count > 1]
    if twice:
        more = f" and {len(twice) - _TOLD_PROBLEMS} more" if len(twice) > _TOLD_PROBLEMS else ""
        named = ", ".join(repr(name[:80]) for name in twice[:_TOLD_PROBLEMS])
        raise InputError(f"candidates with the same id: {named}{more}", hint="each id once", field="candidates")
    return tuple(read)


def _candidate(place: int, given: Mapping[str, Any]) -> Candidate:
    try:
        return Candidate.model_validate(repair(given))
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join(str(part) for part in ("candidates", place, *problem["loc"]))[:120]
        reason = "unknown field" if problem["type"] == "extra_forbidden" else problem["msg"]
        raise InputError(f"{field}: {reason}", hint="a candidate has an id and a name", field=field) from error
