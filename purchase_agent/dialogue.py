"""A conversation led by the local planner: a message in, the sentences of a tool or a question back. No model speaks.

In scope ``shopper`` each message is also the shopper's own words, and what is told of him grows with them. In scope
``all`` staff ask about one shopper, whose words are those given at the start or put in quotation marks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from purchase_agent.errors import InputError
from purchase_agent.evidence import Shopper, read_shopper
from purchase_agent.planner import Plan, Voice, plan, what_it_can
from purchase_agent.planner_matching import is_chinese
from purchase_agent.ranking import Candidate, read_candidates
from purchase_agent.tools.arguments import Scope
from purchase_agent.tools.catalogue import Toolbox, tools
from purchase_agent.tools.sentences import sentences

_WHOSE = (
    "I know no shopper yet: put what he wrote in quotation marks.",
    "我还不知道是哪位顾客：请把他写的话放在引号里。",
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

    def say(self, message: str) -> Turn:
        """The answer to a message.

        Raises:
            InputError: the message cannot be read, such as one that is far too long; the conversation goes on as if it
                had not been said.
        """
        if self._voice == "shopper":
            self._hear(message)
        chosen = plan(
            message, self._names, voice=self._voice, candidates=self._products, known=self._context() is not None
        )
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

    def hear(self, words: str) -> None:
        """Takes in the shopper's words that somebody else answers.

        Raises:
            InputError: they cannot be read.
        """
        self._hear(words)

    def reset(self) -> None:
        """Forgets what was said; what was known before stays."""
        self._said.clear()

    def abilities(self, *, chinese: bool = False) -> str:
        """What may be asked, in one sentence."""
        return what_it_can(self._names, chinese=chinese)

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
        return Turn(sentences(result), chosen.tool, chosen.arguments, chosen.sure, result)
