"""What a server takes and how its model behaves, learned from its first refusals and answers.

Servers that call themselves compatible differ: in how many log-probabilities they give, in whether they know a
``response_format``, in the name of ``max_tokens``. What one has refused once it is not asked again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from purchase_agent.chat.request import Endpoint, Request

THINKING_ROOM = 2000
"""Tokens that a model gets on top when its thinking cannot be switched off."""

_FEWER = 5
_FORMAT = re.compile(r"response_format|json_schema|json schema|structured.?output|guided|grammar|xgrammar")
_OWN = frozenset({"model", "messages", "stream"})


@dataclass(frozen=True, slots=True)
class Habits:
    """How to speak to one endpoint.

    ``most_tops``: alternatives at most, 0 for no log-probabilities. ``quiet``: its model thinks, so it is told not to;
    ``roomy``: it thinks nevertheless. ``switch``: whether the server knows ``chat_template_kwargs``.
    """

    most_tops: int = 20
    schema: bool = True
    length: str = "max_tokens"
    temperature: bool = True
    seed: bool = True
    switch: bool = True
    quiet: bool = False
    roomy: bool = False

    def body(
        self, endpoint: Endpoint, model: str, request: Request, more: Sequence[Mapping[str, str]] = ()
    ) -> dict[str, Any]:
        """The request as JSON; ``more`` messages follow its own."""
        body: dict[str, Any] = {self.length: request.max_tokens + (THINKING_ROOM if self.roomy else 0)}
        if self.temperature:
            body["temperature"] = 1.0 if request.samples > 1 else 0.0
        if self.seed:
            body["seed"] = 0
        if request.samples > 1:
            body["n"] = request.samples
        elif tops := min(request.top_logprobs, self.most_tops):
            body |= {"logprobs": True, "top_logprobs": tops}
        if request.schema is not None and self.schema:
            schema = {"name": "answer", "schema": request.schema, "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        if self.quiet and self.switch:
            body["chat_template_kwargs"] = {"enable_thinking": False}
        body |= {name: value for name, value in endpoint.extra_body.items() if name not in _OWN}
        return body | {"model": model, "messages": [*request.messages, *more]}

    def after_refusal(self, complaint: str, request: Request) -> Habits | None:
        """How to ask after a 400 that complains of this; None where nothing else can be tried."""
        said = complaint.lower()
        if "logprobs" in said and request.samples == 1 and self.most_tops and request.top_logprobs:
            fewer = min(self.most_tops, request.top_logprobs) > _FEWER
            return replace(self, most_tops=_FEWER if fewer else 0)
        if self.quiet and self.switch and ("chat_template" in said or "enable_thinking" in said):
            return replace(self, switch=False, roomy=True)
        if self.schema and request.schema is not None and _FORMAT.search(said):
            return replace(self, schema=False)
        if "max_tokens" in said or "max_completion_tokens" in said:
            return self._other_length(said)
        if self.temperature and "temperature" in said:
            return replace(self, temperature=False)
        return replace(self, seed=False) if self.seed and "seed" in said else None

    def after_thinking(self, endpoint: Endpoint) -> Habits | None:
        """How to ask a model that thought first; None where this has been tried already."""
        if not self.quiet and self.switch and "chat_template_kwargs" not in endpoint.extra_body:
            return replace(self, quiet=True)
        return None if self.roomy else replace(self, quiet=True, roomy=True)

    def _other_length(self, said: str) -> Habits | None:
        other = "max_completion_tokens" if self.length == "max_tokens" else "max_tokens"
        # Servers that refuse one name usually recommend the other in the same breath.
        refused = re.search(r"max_(?:completion_)?tokens", said)
        return replace(self, length=other) if refused and refused[0] == self.length else None
