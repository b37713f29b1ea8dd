"""Every tool once: name, description, arguments, result and what it does. All renderings are made from here.

A description is written for a model that has to choose: when to call the tool, and when another one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from purchase_agent.errors import InputError
from purchase_agent.evidence import Shopper, read_shopper, repair
from purchase_agent.explain import explain
from purchase_agent.insights.answers import Answer
from purchase_agent.prediction import Prediction
from purchase_agent.ranking import Ranking
from purchase_agent.service import PurchaseAgent
from purchase_agent.tools.arguments import (
    LABELS_EXPLAINED,
    ExplainArguments,
    InsightArguments,
    RankArguments,
    Scope,
    ShopperArguments,
)
from purchase_agent.tools.results import (
    ExplanationResult,
    IntentResult,
    MotivationResult,
    NextActionResult,
    TimingResult,
)

Loader = Callable[[str | None], Shopper | Mapping[str, Any] | None]
"""Shopper id, or None for the one of this conversation -> the shopper, or None for an unknown one."""


INSIGHT = "customer_insight"
"""Name of the tool that asks about all shoppers."""
_NO_STORE = "make one with: purchase-agent score FILE --out OUT.parquet --store S, and set PURCHASE_AGENT_STORE=S"
_LONGEST_NAME = 40  # of an argument, as far as an error repeats it: it may be a shopper's words


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool. ``scope``: ``shopper`` for tools of a shopping assistant, ``all`` for those of staff only; ``of_all``:
    it asks about all shoppers of a store, whoever a conversation is about."""

    name: str
    title: str
    description: str
    arguments: type[BaseModel]
    result: type[BaseModel]
    scope: Scope = "all"
    of_all: bool = False


TOOLS: tuple[Tool, ...] = (
    Tool(
        "predict_purchase",
        "Predict purchase",
        "Tells all at once about one shopper: how strong the intent to buy is, why, what holds back, the likely next "
        "step and when a purchase is likely, each with probabilities. Call it before you recommend, follow up or hand "
        "over. The default choice: prefer it to several of the single predictors.",
        ShopperArguments, Prediction, "shopper",
    ),
    Tool(
        "predict_intent",
        "Predict intent",
        "Tells only how strong one shopper's intent to buy is (none, awareness, exploration, consideration, ready, "
        "post_purchase) and the chance of a purchase within 30 days. For more than that call predict_purchase.",
        ShopperArguments, IntentResult,
    ),
    Tool(
        "predict_motivation",
        "Predict motivation",
        "Tells only why one shopper wants something and what holds him back (price, fit, delivery, trust ...). For "
        "more than that call predict_purchase.",
        ShopperArguments, MotivationResult,
    ),
    Tool(
        "predict_next_action",
        "Predict next action",
        "Tells only which shopping step one shopper is likely to take next (search, compare, add to cart, contact, "
        "return ...) and what the shop could do. For more than that call predict_purchase.",
        ShopperArguments, NextActionResult,
    ),
    Tool(
        "predict_timing",
        "Predict timing",
        "Tells only when one shopper is likely to buy: chances within 1, 7, 30 and 90 days, the expected day, and "
        "signs such as a stated date or payday. For more than that call predict_purchase.",
        ShopperArguments, TimingResult,
    ),
    Tool(
        "explain_prediction",
        "Explain prediction",
        "Tells which of the shopper's own words or events a prediction rests on, for one label or for all that were "
        "told. Call it when somebody asks why, or before acting on a surprising prediction.",
        ExplainArguments, ExplanationResult, "shopper",
    ),
    Tool(
        "rank_products",
        "Rank products",
        "Puts products that you already have (1 to 1,000 candidates) in order for one shopper by the needs he stated, "
        "what he did and why he buys, with reasons. It finds no products: search first, then rank.",
        RankArguments, Ranking, "shopper",
    ),
    Tool(
        INSIGHT,
        "Customer insight",
        "Answers a question about all shoppers of the shop: who is ready to buy and why, what holds them back, why "
        "they want it, how intent moved since the last run, units expected, the words behind an answer, two groups "
        "compared, the funnel, top categories, items and searches, next steps, when they buy. Counts, intervals and "
        "quotes come from the store; groups under ten shoppers are not told, and you must not work them out. For one "
        "shopper in this conversation call predict_purchase.",
        InsightArguments, Answer, of_all=True,
    ),
)  # fmt: skip


def tools(scope: Scope = "all") -> tuple[Tool, ...]:
    """The tools an agent gets: ``shopper`` for an assistant that talks to shoppers, ``all`` for staff.

    Raises:
        InputError: there is no such scope.
    """
    if scope not in ("shopper", "all"):
        raise InputError(f"no scope {scope!r}", hint="shopper or all", field="scope")
    return tuple(tool for tool in TOOLS if scope in (tool.scope, "all"))


def tool(name: str) -> Tool:
    """The tool of this name.

    Raises:
        InputError: there is none; the hint names them all.
    """
    for one in TOOLS:
        if one.name == name:
            return one
    raise InputError(f"no tool {name[:80]!r}", hint=f"one of {', '.join(each.name for each in TOOLS)}", field="name")


class Toolbox:
    """Calls tools.

    Args:
        agent: predicts; the default one, made when it is first needed, if None.
        load: finds a shopper by id. Without it only the conversation and words that are given can be read.
        store: that questions about all shoppers are asked of; the one of the agent's settings if None.
    """

    def __init__(
        self, agent: PurchaseAgent | None = None, load: Loader | None = None, *, store: Path | str | None = None
    ) -> None:
        self._given, self._load = agent, load
        self._store = Path(store) if store is not None else None

    @cached_property
    def agent(self) -> PurchaseAgent:
        """Who predicts."""
        return self._given or PurchaseAgent()

    def call(
        self, name: str, arguments: Mapping[str, Any] | BaseModel, context: Shopper | Mapping[str, Any] | None = None
    ) -> BaseModel:
        """The result of a tool.

        Args:
            arguments: as the tool's arguments model.
            context: the shopper of this conversation, where the caller knows him. His words are read as he wrote them,
                whatever ``text`` says of them, and nobody else's can be asked for.

        Raises:
            InputError: no such tool, arguments that cannot be used, an unknown shopper, or no store to ask; in a
                sentence that a model can act on.
        """
        chosen = tool(name)
        given = _read(chosen, arguments)
        if isinstance(given, InsightArguments):
            return self.ask(given)
        shopper = self._shopper(given, read_shopper(context) if context is not None else None)
        return self._handle(chosen.name, given, shopper)

    def ask(self, given: InsightArguments, *, before: Answer | None = None) -> Answer:
        """The answer to a question about all shoppers.

        Args:
            before: the answer before, from which ``and for shoes?`` goes on.

        Raises:
            InputError: there is no store, or nothing was asked.
            StoreError: the store cannot be read.
        """
        store = self.store
        if store is None or not store.is_file():
            raise InputError("there is no store to ask about all shoppers", hint=_NO_STORE, field="store")
        # Imported when somebody asks: the database starts with it.
        from purchase_agent.insights.asking import ask
        from purchase_agent.insights.running import run_query

        if given.query is not None:
            return run_query(given.query.typed(), store, language=given.language or "en")
        if given.question is None:
            raise InputError("nothing was asked", hint="give question in words, or query", field="question")
        return ask(given.question, store, language=given.language, context=before)

    @property
    def store(self) -> Path | None:
        """The store that is asked."""
        return self._store if self._store is not None else self.agent.settings.store

    def _handle(self, name: str, given: ShopperArguments, shopper: Shopper) -> BaseModel:
        parts: dict[str, type[IntentResult | MotivationResult | NextActionResult | TimingResult]] = {
            "predict_intent": IntentResult, "predict_motivation": MotivationResult,
            "predict_next_action": NextActionResult, "predict_timing": TimingResult,
        }  # fmt: skip
        if isinstance(given, RankArguments):
            return self.agent.rank(shopper, given.candidates)
        if isinstance(given, ExplainArguments):
            return self._explained(shopper, given.label)
        prediction = self.agent.predict(shopper)
        return parts[name].of(prediction) if name in parts else prediction

    def _explained(self, shopper: Shopper, label: str | None) -> ExplanationResult:
        if label is not None and label not in LABELS_EXPLAINED:
            raise InputError(f"no label {label[:40]!r}", hint=f"one of {', '.join(LABELS_EXPLAINED)}", field="label")
        found = explain(self.agent.predict(shopper, evidence="full"), label)
        return ExplanationResult(
            prediction=found.prediction, label=label, probability=found.probability, sentences=list(found.sentences)
        )

    def _shopper(self, given: ShopperArguments, context: Shopper | None) -> Shopper:
        """Whose words are read: those of the conversation, else of the shopper given, else of the one named."""
        named = given.shopper.shopper_id if given.shopper is not None else given.shopper_id
        if context is not None:
            if named is not None and named != context.shopper_id:
                raise InputError(
                    "this conversation is about another shopper, whose id need not be given",
                    hint="call again without shopper_id", field="shopper_id",
                )  # fmt: skip
            return context
        if given.shopper is not None:
            return given.shopper
        found = self._load(given.shopper_id) if self._load is not None else None
        if found is not None:
            return read_shopper(found)
        if given.text is not None and given.text.strip():
            name = {"shopper_id": given.shopper_id} if given.shopper_id is not None else {}
            return read_shopper({"shopper_id": "text", **name, "texts": [{"text": given.text}]})
        if given.shopper_id is not None:
            raise InputError("no shopper of this id is known", hint="give his words as text", field="shopper_id")
        raise InputError("nothing to read", hint="give the shopper's own words, verbatim, as text", field="text")


def _read(chosen: Tool, arguments: Mapping[str, Any] | BaseModel) -> ShopperArguments | InsightArguments:
    if isinstance(arguments, BaseModel):
        arguments = arguments.model_dump(mode="json")
    if not isinstance(arguments, Mapping):
        raise InputError(f"{chosen.name}: arguments are an object", hint='such as {"text": ...}', field="arguments")
    try:
        found = chosen.arguments.model_validate(repair(arguments))
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)[:3]
        places = [".".join(str(part)[:_LONGEST_NAME] for part in one["loc"]) or "arguments" for one in problems]
        told = "; ".join(f"{place}: {one['msg']}" for place, one in zip(places, problems, strict=True))
        raise InputError(
            f"{chosen.name}: {told[:500]}", hint="mend the arguments and call again", field=places[0]
        ) from error
    if not isinstance(found, (ShopperArguments, InsightArguments)):
        raise TypeError(f"{chosen.name} has arguments of another kind")
    return found
