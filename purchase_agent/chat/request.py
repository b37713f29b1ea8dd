"""What is asked of a language model and what comes of it: an answer, or a failure that names its kind.

Nothing that a failure says holds a shopper's words, a prompt, a key or an answer, and no ``repr`` shows them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from purchase_agent.errors import SettingsError

Kind = Literal[
    "timeout",  # the deadline came first
    "connection",  # refused, reset, or cut off within the answer
    "rate_limited",
    "server_error",
    "unauthorized",
    "bad_request",
    "context_overflow",  # the prompt is longer than the model reads
    "wrong_model",  # the endpoint does not have the model, or another one answered
    "no_answer",  # status 200 without an answer in it
    "bad_answer",  # an answer that cannot be used, also after it was asked for again
    "truncated",  # the answer did not end within max_tokens
    "refused",  # the model or a content filter declined
    "breaker_open",  # not sent: the endpoint failed too often just now
    "overloaded",  # not sent: the queue is full
    "cancelled",  # the client was closed
    "no_words",  # not sent: nothing of the words can be shown
    "prompt_language",  # not sent: the prompt is not written in the shopper's language
]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An OpenAI-compatible server.

    Args:
        base_url: up to and with ``/v1``.
        model: None is the single model that the server lists.
        api_key: sent as a bearer token; None sends none, whatever the environment holds.
        extra_body: goes into every request and wins over what this package sends, but for model and messages.
        headers: go with every request.
        concurrency: requests under way at once.
        queue: requests that may wait for their turn; more are answered ``overloaded``.

    Raises:
        SettingsError: the address is not one of HTTP, or a bound is out of range.
    """

    base_url: str
    model: str | None = None
    api_key: str | None = field(default=None, repr=False)
    extra_body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    concurrency: int = 16
    queue: int = 1024

    def __post_init__(self) -> None:
        try:
            usable = urlsplit(self.base_url).scheme in {"http", "https"} and bool(self.host)
        except ValueError:
            usable = False
        if not usable:
            raise SettingsError("the LLM's base URL is no HTTP address", hint="such as http://127.0.0.1:8000/v1")
        if self.concurrency < 1 or self.queue < 0:
            raise SettingsError("LLM concurrency is at least 1, its queue at least 0")

    @property
    def host(self) -> str:
        """The host's name or number."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def is_loopback(self) -> bool:
        """Whether the server runs on this machine."""
        return self.host in {"localhost", "::1"} or self.host.startswith("127.")


@dataclass(frozen=True, slots=True)
class Request:
    """One question.

    Args:
        messages: ``{"role", "content"}`` each.
        max_tokens: of the answer; a model that thinks first gets more.
        schema: JSON schema that the server is asked to hold the answer to.
        check: says in one sentence what is wrong with an answer, or None; that sentence goes to the model, once.
        top_logprobs: alternatives of each token, at most; 0 asks for no log-probabilities.
        samples: more than one are drawn at temperature 1 and come without log-probabilities.
    """

    messages: Sequence[Mapping[str, str]] = field(repr=False)
    max_tokens: int
    schema: Mapping[str, Any] | None = field(default=None, repr=False)
    check: Callable[[str], str | None] | None = None
    top_logprobs: int = 20
    samples: int = 1


@dataclass(frozen=True, slots=True)
class Token:
    """A token of an answer with its natural log-probability, and ``tops``: the likeliest at its place, likewise."""

    text: str
    logprob: float
    tops: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that ended and passed its check.

    ``tokens`` joined are ``content``; None where the server gave no usable log-probabilities. ``read``, ``cached``
    (part of ``read``) and ``written`` count tokens over all attempts. ``latency_ms`` includes waiting for a turn.
    ``samples`` are the drawn answers that pass the check, where more than one was asked for.
    """

    content: str = field(repr=False)
    tokens: tuple[Token, ...] | None = field(repr=False)
    read: int
    cached: int
    written: int
    model: str
    request_id: str
    attempts: int
    latency_ms: float
    samples: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer; ``attempts`` were sent, the last of them as ``request_id``.

    ``read``, ``cached`` and ``written`` count tokens as in ``Answer``: what cannot be used costs as much.
    """

    kind: Kind
    message: str
    request_id: str
    attempts: int
    read: int = 0
    cached: int = 0
    written: int = 0
