"""What can be asked of a store: thirteen kinds of question, each with slots from closed sets. There is no other way in.

Whoever asks, a person through the planner or a language model, ends up with one of these. Values (a category, an item,
an id) are only ever compared with stored ones.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from purchase_agent.errors import InputError
from purchase_agent.evidence import Identifier
from purchase_agent.labels import Action, Barrier, Intent, Motivation

Days = Literal[1, 3, 7, 14, 30, 60, 90]
DAYS: tuple[Days, ...] = get_args(Days)
Language = Literal["en", "zh"]
Customers = Literal["new", "returning"]
Grouping = Literal["motivation", "barrier", "intent", "next_action", "timing", "category", "item", "language"]
Measure = Literal["ready", "intent", "motivation", "barrier", "next_action", "timing"]
RunNumber = Annotated[int, Field(ge=1)]
CONDITIONS = 2
"""Most conditions of a filter: groups stay coarse, so that none can be cornered by many narrow questions."""


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Filter(_Asked):
    """Which shoppers: those that meet every condition given, at most two; all of them without any."""

    intent: Annotated[Intent | None, Field(description="How far they are.")] = None
    motivation: Annotated[Motivation | None, Field(description="Why they want it.")] = None
    barrier: Annotated[Barrier | None, Field(description="What holds them back.")] = None
    category: Annotated[Identifier | None, Field(description="A category of the shop they dealt with lately.")] = None
    item: Annotated[Identifier | None, Field(description="An item id they dealt with lately.")] = None
    language: Annotated[Language | None, Field(description="The language they write.")] = None
    customers: Annotated[Customers | None, Field(description="new: no order so far; returning: at least one.")] = None

    @model_validator(mode="after")
    def _coarse(self) -> Filter:
        if len(self.conditions()) > CONDITIONS:
            raise ValueError(f"at most {CONDITIONS} conditions at once")
        return self

    def conditions(self) -> dict[str, str]:
        """Slot -> value, of those that are given."""
        return {name: value for name, value in self if value is not None}


class _Query(_Asked):
    run: Annotated[RunNumber | None, Field(description="Number of a run; the newest if left out.")] = None


class _Group(_Query):
    filter: Filter = Filter()


class ReadyQuery(_Group):
    """Who is likely to buy within ``days``, and why."""

    kind: Literal["ready"] = "ready"
    days: Days = 7
    by: Grouping = "motivation"


class BarriersQuery(_Group):
    """What holds shoppers back."""

    kind: Literal["barriers"] = "barriers"
    focus: Annotated[Barrier | None, Field(description="The one that is asked about.")] = None


class MotivationsQuery(_Group):
    """Why shoppers want it."""

    kind: Literal["motivations"] = "motivations"
    focus: Annotated[Motivation | None, Field(description="The one that is asked about.")] = None


class MovementQuery(_Group):
    """How intent, or readiness within 30 days, moved since an earlier run.

    ``shoppers``: ``both`` compares the same shoppers, those of both runs; ``all`` whoever is in each.
    """

    kind: Literal["movement"] = "movement"
    measure: Literal["intent", "ready"] = "intent"
    since: Annotated[RunNumber | None, Field(description="Number of the earlier run; the one before if left out.")] = (
        None
    )
    shoppers: Literal["both", "all"] = "both"


class DemandQuery(_Query):
    """How many units in the next ``days``."""

    kind: Literal["demand"] = "demand"
    days: Literal[7, 14, 30, 60, 90] = 30
    category: Identifier | None = None
    item: Identifier | None = None
    by: Literal["total", "category", "item", "week"] = "total"


class EvidenceQuery(_Query):
    """The words that support an answer: of one shopper, or of a group on one label."""

    kind: Literal["evidence"] = "evidence"
    shopper_id: Identifier | None = None
    about: Annotated[
        Literal["barrier", "motivation", "intent", "next_action", "timing"] | None,
        Field(description="What they tell of."),
    ] = None
    filter: Filter = Filter()


class CompareQuery(_Query):
    """Two groups beside each other."""

    kind: Literal["compare"] = "compare"
    first: Filter
    second: Filter
    measure: Measure = "ready"
    days: Days = 30

    @model_validator(mode="after")
    def _differ(self) -> CompareQuery:
        if self.first == self.second:
            raise ValueError("the two groups are the same")
        return self


class FunnelQuery(_Group):
    """How many shoppers stand at each stage."""

    kind: Literal["funnel"] = "funnel"
    focus: Annotated[Intent | None, Field(description="The one that is asked about.")] = None


class TopQuery(_Group):
    """What most shoppers deal with, or search for."""

    kind: Literal["top"] = "top"
    what: Literal["categories", "items", "searches"] = "categories"


class NextStepsQuery(_Group):
    """What shoppers are likely to do next."""

    kind: Literal["next_steps"] = "next_steps"
    focus: Annotated[Action | None, Field(description="The one that is asked about.")] = None


class TimingQuery(_Group):
    """When shoppers are likely to buy."""

    kind: Literal["timing"] = "timing"


class ProfileQuery(_Query):
    """What is known of one shopper."""

    kind: Literal["profile"] = "profile"
    shopper_id: Identifier


class OverviewQuery(_Query):
    """What the store holds."""

    kind: Literal["overview"] = "overview"


AnyQuery = (
    ReadyQuery | BarriersQuery | MotivationsQuery | MovementQuery | DemandQuery | EvidenceQuery | CompareQuery
    | FunnelQuery | TopQuery | NextStepsQuery | TimingQuery | ProfileQuery | OverviewQuery
)  # fmt: skip
Query = Annotated[AnyQuery, Field(discriminator="kind")]
Kind = Literal[
    "ready", "barriers", "motivations", "movement", "demand", "evidence", "compare", "funnel", "top", "next_steps",
    "timing", "profile", "overview",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
_ADAPTER: TypeAdapter[AnyQuery] = TypeAdapter(Query)


def read_query(given: AnyQuery | Any) -> AnyQuery:
    """A query from plain data.

    Raises:
        InputError: it is none, or a slot has a value outside its set; told without what was given.
    """
    if isinstance(given, _Query):
        return given  # type: ignore[return-value]
    try:
        return _ADAPTER.validate_python(given)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)[:3]
        places = [".".join(str(part)[:40] for part in one["loc"]) or "query" for one in problems]
        told = "; ".join(f"{place}: {one['msg']}" for place, one in zip(places, problems, strict=True))
        raise InputError(
            f"no question of a store: {told[:400]}", hint=f"kinds: {', '.join(KINDS)}", field=places[0]
        ) from error
