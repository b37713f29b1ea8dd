"""A conversation led by the local planner: a message in, the sentences of a tool or a question back. No model speaks.

In scope ``shopper`` each message is also the shopper's own words, and what is told of him grows with them. In scope
``all`` staff ask about one shopper, whose words are those given at the start or put in quotation marks, and, where
there is a store, about all shoppers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from purchase_agent.errors import InputError
from purchase_agent.evidence import MAX_TEXT_BYTES, Shopper, read_shopper
from purchase_agent.insights.answers import Answer
from purchase_agent.planner import Plan, Voice, plan, what_it_can
from purchase_agent.planner_matching import is_chinese
from purchase_agent.planner_quotes import quotes
from purchase_agent.ranking import Candidate, read_candidates
from purchase_agent.tools.arguments import InsightArguments, Scope
from purchase_agent.tools.catalogue import INSIGHT, Toolbox, tools
from purchase_agent.tools.spoken import spoken

_LONGEST_QUESTION = 2000
_WHOSE = (
    "I know no shopper yet: put what he wrote in quotation marks.",
    "我还不知道是哪位顾客：请把他写的话放在引号里。",
)
_MAKE = "purchase-agent score FILE --out OUT.parquet --store S"
_NO_STORE = (
    f"Questions about all shoppers are asked of a store. Make one with: {_MAKE}, then chat with --scope all --store S.",
    f"关于全部顾客的问题需要一个库。先用 {_MAKE} 建库，再用 --scope all --store S 对话。",
)
_ONE_PERSON = re.compile(
    r"\b(?:s?he|him|his|hers?|(?:this|the) (?:shopper|customer|client|buyer|person)|this one)\b"
    r"|[他她](?!们)|这位|该(?:顾客|客户|用户)|这个(?:顾客|客户|用户|人)",
    re.IGNORECASE,
)
_NOTHING_SAID = ("Tell me first what you are looking for.", "请先告诉我您在找什么。")


@dataclass(frozen=True, slots=True)
class Turn:
    """An answer. ``tool`` is None where it is a question back; ``result`` is what the tool returned."""

    answer: str
    tool: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    sure: float = 1.0
    result: BaseModel | None = None

    def as_json(self) -> dict[str, Any]:
        """For programs: plain data."""
        result = self.result.model_dump(mode="json", by_alias=True) if self.result is not None else None
        return {
            "answer": self.answer, "tool": self.tool, "arguments": dict(self.arguments), "sure": self.sure,
            "result": result,
        }  # fmt: skip


class Dialogue:
    """One conversation. Not for several threads.

    Args:
        toolbox: calls the tools.
        scope: ``shopper`` for one who writes himself, ``all`` for staff.
        shopper: what is known of him before; his id, consent and events hold for the whole conversation.
        products: that may be ranked.

    Raises:
        InputError: the scope, the shopper or a product cannot be used.
    """

    def __init__(
        self,
        toolbox: Toolbox,
        *,
        scope: Scope = "shopper",
        shopper: Shopper | Mapping[str, Any] | None = None,
        products: Sequence[Candidate | Mapping[str, Any]] = (),
    ) -> None:
        self._toolbox = toolbox
        self._names = [one.name for one in tools(scope)]
        self._voice: Voice = "shopper" if scope == "shopper" else "staff"
        known = read_shopper(shopper) if shopper is not None else None
        self._known: dict[str, Any] = (
            known.model_dump(mode="json", exclude_none=True) if known is not None else {"shopper_id": "chat"}
        )
        read = read_candidates(products) if products else ()
        self._products = [one.model_dump(mode="json", exclude_none=True) for one in read]
        self._said: list[str] = []
        self._told: Answer | None = None

    def say(self, message: str) -> Turn:
        """The answer to a message.

        Raises:
            InputError: the message cannot be read, such as one that is far too long; the conversation goes on as if it
                had not been said.
        """
        _check(message)
        of_all = self._of_all(message)
        if of_all is not None and of_all.status != "refused":
            return self._answered(of_all)
        chosen = plan(
            message, self._names, voice=self._voice, candidates=self._products, known=self._context() is not None
        )
        if chosen.tool is None and of_all is not None:
            return self._answered(of_all)
        nobody = self._context() is None and not _ONE_PERSON.search(message) and not _quotes(message)
        if self._voice == "staff" and (nobody or chosen.tool is None) and of_all is None and _of_a_store(message):
            return Turn(_NO_STORE[is_chinese(message)])
        if self._voice == "shopper" and chosen.tool != "explain_prediction":  # a question about the answer is no need
            self._hear(message)
        if chosen.tool is None:
            return Turn(chosen.ask or "", sure=chosen.sure)
        arguments = dict(chosen.arguments)
        if "text" in arguments:
            self._hear(arguments.pop("text"))
        return self._call(Plan(chosen.tool, arguments, sure=chosen.sure), chinese=is_chinese(message))

    def why(self, label: str | None = None) -> Turn:
        """What a label, or all that was told, rests on.

        Raises:
            InputError: there is no such label.
        """
        return self._call(Plan("explain_prediction", {} if label is None else {"label": label}, sure=1.0))

    def recall(self, message: str) -> None:
        """Takes in a message that somebody else answers, or has answered: a shopper's words, or those staff quoted.

        Raises:
            InputError: it cannot be read.
        """
        _check(message)
        chosen = plan(message, self._names, voice=self._voice, known=self._context() is not None)
        if self._voice != "shopper":
            self._hear(chosen.arguments.get("text", ""))
        elif chosen.tool != "explain_prediction":
            self._hear(message)

    def reset(self) -> None:
        """Forgets what was said; what was known before stays."""
        self._said.clear()
        self._told = None

    def abilities(self, *, chinese: bool = False) -> str:
        """What may be asked, in one sentence."""
        return what_it_can(self._names, chinese=chinese)

    def _of_all(self, message: str) -> Answer | None:
        """The answer from the store; None where there is none, or the message is about the one shopper of this talk."""
        store = self._toolbox.store if self._voice == "staff" else None
        if store is None or not store.is_file() or _quotes(message):
            return None
        if self._context() is not None and _ONE_PERSON.search(message):
            return None
        if len(message) > _LONGEST_QUESTION:
            raise InputError(
                f"a question of more than {_LONGEST_QUESTION} characters",
                hint="ask briefly, or put a shopper's words in quotation marks", field="question",
            )  # fmt: skip
        return self._toolbox.ask(InsightArguments(question=message), before=self._told)

    def _answered(self, answer: Answer) -> Turn:
        if answer.query is not None:
            self._told = answer
        if answer.kind is None:
            return Turn(answer.text(), result=answer)
        return Turn(answer.spoken(), INSIGHT, {"question": answer.question}, result=answer)

    def _hear(self, words: str) -> None:
        if not words.strip():
            return
        self._said.append(words)
        try:
            self._context()
        except InputError:
            self._said.pop()
            raise

    def _context(self) -> Shopper | None:
        """The shopper as known and heard so far; None where nothing is."""
        before = self._known.get("texts", [])
        taken = {one.get("id") for one in before}
        said = [
            {"id": f"chat-{number}" if f"m{number}" in taken else f"m{number}", "text": words}
            for number, words in enumerate(self._said, start=1)
        ]
        if not (said or before or self._known.get("events")):
            return None
        return read_shopper({**self._known, "texts": [*before, *said]})

    def _call(self, chosen: Plan, *, chinese: bool = False) -> Turn:
        context = self._context()
        if context is None or chosen.tool is None:
            return Turn((_NOTHING_SAID if self._voice == "shopper" else _WHOSE)[chinese], sure=chosen.sure)
        result = self._toolbox.call(chosen.tool, chosen.arguments, context)
        told = spoken(result, "zh" if chinese else "en")
        return Turn(told, chosen.tool, chosen.arguments, chosen.sure, result)


def _quotes(message: str) -> bool:
    return next(quotes(message), None) is not None


def _check(message: str) -> None:
    """Refuses what could not be heard anyway before anything is looked for in it."""
    size = len(message.encode("utf-8", "replace"))
    if size > MAX_TEXT_BYTES:
        told = f"a message of {size} bytes, at most {MAX_TEXT_BYTES} are read"
        raise InputError(told, hint="send the part that matters", field="message")


def _of_a_store(message: str) -> bool:
    """Whether a message is a question about all shoppers, were there a store to ask."""
    from purchase_agent.insights.planning import QuestionPlanner
    from purchase_agent.insights.source import Values

    return QuestionPlanner(Values()).plan(message).query is not None
