"""Tokens of a prediction: one call with letters against four calls that write names and numbers.

Counted with a tokenizer on labelled texts, what is written from their labels and what is read with a prefix cache as
vLLM has one (whole blocks of tokens, counted from the beginning); or told by an endpoint's own usage. The first text of
each language fills the cache and does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import fmean
from typing import Any

from purchase_agent.chat.client import ChatClient
from purchase_agent.chat.request import Endpoint, Request
from purchase_agent.eval.attacks import CARRIERS
from purchase_agent.eval.bench import naive
from purchase_agent.eval.bench.rounds import Spread
from purchase_agent.evidence import read_shopper
from purchase_agent.predictors.llm.asking import Asking
from purchase_agent.predictors.llm.layout import MAX_TOKENS
from purchase_agent.predictors.llm.shown import show
from purchase_agent.predictors.prepare import prepare
from purchase_agent.training.corpus import read_jsonl

Record = dict[str, Any]
Encode = Callable[[str], Sequence[int]]

OURS, FOUR, KIND = "one call", "four calls, shopper first", "four calls, shopper last"
BLOCK = 16
"""Tokens of a block of vLLM's prefix cache."""
AS_OF = datetime(2026, 6, 1, 9, tzinfo=UTC)
_TODAY = "Monday, 1 June 2026"


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a prediction and what a model writes in answer."""

    request: Request
    answer: str

    @property
    def prompt(self) -> str:
        """The messages as one text. A model's own marks between them are left out: both ways have them."""
        return "".join(f"{one['role']}\n{one['content']}\n" for one in self.request.messages)


@dataclass(frozen=True, slots=True)
class Cost:
    """Tokens of one prediction, all its calls together."""

    read: int
    uncached: int
    written: int


class PrefixCache:
    """Which blocks have been read before, each known by all that stands before it."""

    def __init__(self) -> None:
        self._known: set[int] = set()

    def uncached(self, tokens: Sequence[int]) -> int:
        """Tokens that must be computed; at least one, from which the answer goes on. Then all are known."""
        chain, hits, missed = 0, 0, False
        for start in range(0, len(tokens) - BLOCK + 1, BLOCK):
            chain = hash((chain, tuple(tokens[start : start + BLOCK])))
            missed = missed or chain not in self._known
            hits += not missed
            self._known.add(chain)
        return max(len(tokens) - hits * BLOCK, 1)


def texts(most: int) -> list[Record]:
    """Labelled texts, English and Chinese in turn."""
    rows = list(read_jsonl(CARRIERS))
    own = {language: [row for row in rows if row["language"] == language] for language in ("en", "zh")}
    return [row for pair in zip(*own.values(), strict=True) for row in pair][:most]


def ways(asking: Asking, rows: Sequence[Record]) -> dict[str, list[list[Call]]]:
    """Name -> the calls of each text."""
    return {
        OURS: [[_one_call(asking, row)] for row in rows],
        FOUR: [list(_four_calls(row, text_first=True)) for row in rows],
        KIND: [list(_four_calls(row, text_first=False)) for row in rows],
    }


def counted(calls: Sequence[Sequence[Call]], encode: Encode, warm: int) -> list[Cost]:
    """The cost of each text but the first ``warm``, which fill the cache."""
    cache = PrefixCache()
    out = []
    for one in calls:
        prompts = [encode(call.prompt) for call in one]
        out.append(
            Cost(
                read=sum(map(len, prompts)), uncached=sum(map(cache.uncached, prompts)),
                written=sum(len(encode(call.answer)) for call in one),
            )
        )  # fmt: skip
    return out[warm:]


def spent(calls: Sequence[Sequence[Call]], endpoint: Endpoint, warm: int, deadline_s: float) -> Record:
    """Tokens a prediction as the endpoint told them, and how many calls failed; the first ``warm`` texts come first
    and do not count."""
    client = ChatClient(endpoint)
    try:
        for one in calls[:warm]:
            client.ask([call.request for call in one], deadline_s)
        before = client.usage
        client.ask([call.request for one in calls[warm:] for call in one], deadline_s)
        after = client.usage
    finally:
        client.close()
    number = max(len(calls) - warm, 1)
    read, cached = after.read - before.read, after.cached - before.cached
    return {
        "read": read / number,
        "uncached": (read - cached) / number,
        "written": (after.written - before.written) / number,
        "cache_told": cached > 0,
        "failed": sum(after.failures.values()) - sum(before.failures.values()),
        "n": number,
    }


def compared(ours: Sequence[Cost], others: Sequence[Cost]) -> Record:
    """Means of both ways and how many times ours the others cost, text by text."""
    out: Record = {"n": len(ours)}
    for name in ("read", "uncached", "written"):
        mine, theirs = ([getattr(one, name) for one in costs] for costs in (ours, others))
        times = Spread.of([b / a for a, b in zip(mine, theirs, strict=True)])
        out[name] = {"ours": fmean(mine), "others": fmean(theirs), "times": times}
    return out


def messages_of(asking: Asking, text: Mapping[str, Any]) -> Sequence[Mapping[str, str]]:
    """What the package asks about a text, given with its channel."""
    shopper = {"shopper_id": "s", "texts": [{"text": text["text"], "channel": text.get("channel", "chat")}]}
    return asking.messages(show(prepare(read_shopper(shopper), AS_OF), [0]).inputs)


def request_of(asking: Asking, text: Mapping[str, Any]) -> Request:
    """Likewise, as a request."""
    return Request(messages_of(asking, text), MAX_TOKENS, asking.layout.schema, asking.layout.check)


def _one_call(asking: Asking, row: Record) -> Call:
    return Call(request_of(asking, row), asking.layout.write(row, {"intent": 1, "timing": 1}))


def _four_calls(row: Record, *, text_first: bool) -> Iterator[Call]:
    for task in naive.TASKS:
        content = naive.prompt(task, row["text"], row["channel"], _TODAY, text_first=text_first)
        request = Request(({"role": "user", "content": content},), naive.MAX_TOKENS, top_logprobs=0)
        yield Call(request, naive.answer(task, row))
