"""A query in one flat form: what a language model is asked for, since strict schemas know no discriminated unions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from purchase_agent.evidence import Identifier
from purchase_agent.insights.queries import (
    AnyQuery,
    Days,
    Filter,
    Grouping,
    Kind,
    Measure,
    RunNumber,
    read_query,
)
from purchase_agent.labels import Action

_KINDS = (
    "ready: who is likely to buy; barriers: what holds back; motivations: why; movement: since an earlier run; demand: "
    "units; evidence: the words behind it; compare: filter beside compare_with; funnel: stages; top: most looked at or "
    "searched; next_steps; timing: when; profile: one shopper; overview: what the store holds."
)
_OF_GROUPS = frozenset(
    {"ready", "barriers", "motivations", "movement", "evidence", "funnel", "top", "next_steps", "timing"}
)
_FIELDS = {
    "ready": {"days", "by"}, "movement": {"measure", "since", "shoppers"}, "demand": {"days", "by"},
    "evidence": {"shopper_id"}, "compare": {"measure", "days"}, "top": {"what"}, "profile": {"shopper_id"},
}  # fmt: skip


class AskedQuery(BaseModel):
    """A question about all shoppers. Slots that its kind does not have are passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Annotated[Kind, Field(description=_KINDS)]
    filter: Annotated[Filter | None, Field(description="Which shoppers, by at most two conditions; all if null.")] = (
        None
    )
    compare_with: Annotated[Filter | None, Field(description="compare: the other group; everybody if null.")] = None
    days: Annotated[Days | None, Field(description="ready, demand, compare: how many days ahead.")] = None
    by: Annotated[
        Grouping | Literal["week", "total"] | None, Field(description="ready, demand: what the answer is split by.")
    ] = None
    measure: Annotated[Measure | None, Field(description="movement, compare: what is looked at.")] = None
    what: Annotated[Literal["categories", "items", "searches"] | None, Field(description="top: of what.")] = None
    focus_action: Annotated[Action | None, Field(description="next_steps: the step asked about.")] = None
    shopper_id: Annotated[Identifier | None, Field(description="profile, evidence: the one shopper.")] = None
    run: Annotated[RunNumber | None, Field(description="Number of a run; the newest if null.")] = None
    since: Annotated[RunNumber | None, Field(description="movement: number of the earlier run.")] = None
    shoppers: Annotated[
        Literal["both", "all"] | None, Field(description="movement: the same shoppers, or whoever is in each run.")
    ] = None

    def typed(self) -> AnyQuery:
        """The query that is run.

        Raises:
            InputError: a slot that its kind needs is missing or cannot be used.
        """
        given: dict[str, Any] = {"kind": self.kind, "run": self.run}
        for name in _FIELDS.get(self.kind, ()):
            given[name] = getattr(self, name)
        chosen = self.filter or Filter()
        if self.kind in _OF_GROUPS:
            given["filter"] = chosen
        if self.kind == "demand":
            given |= {"category": chosen.category, "item": chosen.item}
            given["days"] = next((days for days in (7, 14, 30, 60, 90) if (self.days or 30) <= days), 90)
        if self.kind == "compare":
            given |= {"first": chosen, "second": self.compare_with or Filter()}
        if self.kind == "next_steps":
            given["focus"] = self.focus_action
        return read_query({name: value for name, value in given.items() if value is not None})
