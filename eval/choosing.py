"""A question with options put to the product: its ranking where it has no language model, a letter where it has one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from purchase_agent.chat.client import ChatClient
from purchase_agent.chat.request import Failure, Request
from purchase_agent.errors import InputError, PurchaseAgentError
from purchase_agent.eval.cases.sample import AS_OF, Record
from purchase_agent.service import PurchaseAgent

_MAX_TOKENS = 20


def choose_by_rank(agent: PurchaseAgent, asked: Mapping[str, Any]) -> Record:
    """The option that the ranking puts first for a shopper who speaks of both products.

    The ranking compares words with needs; it was made for products, not for reasons, and is no more than that here.

    Raises:
        InputError: it knows nothing of the products.
    """
    shopper = {
        "shopper_id": "s", "as_of": AS_OF,
        "texts": [{"id": "t1", "channel": "chat", "text": f"I want {' and '.join(asked['products'])}"}],
    }  # fmt: skip
    candidates = [{"id": letter, "name": text[:500]} for letter, text in asked["options"].items()]
    ranking = agent.rank(shopper, candidates)
    if ranking.status != "ok":
        raise InputError(f"the products were not ranked: {ranking.status}")
    return {"choice": {"label": ranking.ranked[0].id}}


def choose_by_model(client: ChatClient, asked: Mapping[str, Any], deadline_s: float) -> Record:
    """The letter that the language model gives.

    Raises:
        PurchaseAgentError: it did not answer, or not with one of the letters.
    """
    letters = list(asked["options"])
    lines = "\n".join(f"{letter}. {text}" for letter, text in asked["options"].items())
    first, second = asked["products"]
    question = (
        f"A customer bought these two products:\n1. {first}\n2. {second}\n\nWhich of these is the most likely reason?\n"
        f'{lines}\n\nAnswer with JSON: {{"answer": "LETTER"}}'
    )
    schema = {
        "type": "object", "properties": {"answer": {"type": "string", "enum": letters}}, "required": ["answer"],
        "additionalProperties": False,
    }  # fmt: skip

    def check(content: str) -> str | None:
        try:
            answer = json.loads(content)["answer"]
        except (ValueError, KeyError, TypeError):
            return 'The answer is not JSON of the form {"answer": "LETTER"}.'
        return None if answer in letters else f"The letter must be one of {', '.join(letters)}."

    request = Request(({"role": "user", "content": question},), _MAX_TOKENS, schema, check, top_logprobs=0)
    (answer,) = client.ask([request], deadline_s)
    if isinstance(answer, Failure):
        raise PurchaseAgentError(f"{answer.kind}: {answer.message}")
    return {"choice": {"label": json.loads(answer.content)["answer"]}}
