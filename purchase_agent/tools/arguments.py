"""What the tools are asked with."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from purchase_agent.evidence import Identifier, Shopper
from purchase_agent.insights.asked import AskedQuery
from purchase_agent.insights.queries import Language
from purchase_agent.labels import ACTIONS, BARRIERS, INTENTS, MOTIVATIONS, TIMINGS
from purchase_agent.ranking import Candidate

LABELS_EXPLAINED = tuple(dict.fromkeys((*INTENTS, *MOTIVATIONS, *BARRIERS, *ACTIONS, *TIMINGS)))


class ShopperArguments(BaseModel):
    """Whose words and events are read: all may be left out where the conversation itself is known to the tool."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Annotated[
        str | None,
        Field(
            description="The shopper's own words, verbatim, never a summary. Leave out if the conversation is known."
        ),
    ] = None
    shopper_id: Annotated[
        Identifier | None, Field(description="Id of a known shopper. Leave out for the one in this conversation.")
    ] = None
    shopper: Annotated[
        Shopper | None, Field(description="A whole shopper with texts and events, in place of text and shopper_id.")
    ] = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self.shopper is not None:
            if self.text is not None and self.text.strip():
                raise ValueError("give text or a whole shopper, not both: put the text among the shopper's texts")
            if self.shopper_id is not None and self.shopper_id != self.shopper.shopper_id:
                raise ValueError("shopper_id names another than the shopper given: leave it out")
        return self


class ExplainArguments(ShopperArguments):
    """As ``ShopperArguments``, and the label that is asked about."""

    label: Annotated[
        str | None,
        Field(description="The label to explain, such as ready, price or within_7d; all that were told if left out."),
    ] = None


class RankArguments(ShopperArguments):
    """As ``ShopperArguments``, and the products to put in order."""

    candidates: Annotated[
        list[Candidate], Field(min_length=1, description="The products to choose from. None is added or invented.")
    ]


class InsightArguments(BaseModel):
    """A question about all shoppers of the store: in words, or as a typed query, which goes before the words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: Annotated[
        str | None, Field(description="The person's question in his own words, English or Chinese.", max_length=2000)
    ] = None
    query: Annotated[
        AskedQuery | None,
        Field(description="The question as a query, in place of words. Only the slots that it names; the rest null."),
    ] = None
    language: Annotated[Language | None, Field(description="Of the answer; that of the question if null.")] = None


Scope = Literal["shopper", "all"]
