"""One HTTP request as the server got it, and the ways in which a mode may answer it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from purchase_agent.faults.answers import content_of, logprobs_of, tokens_of, usage_of

_LOGPROBS = "@logprobs@"
_MAX_BODY = 64 * 2**20
_REASONS = {200: "OK", 307: "Temporary Redirect", 400: "Bad Request", 404: "Not Found", 429: "Too Many Requests"}


class Received(NamedTuple):
    """A request to a completion: when (monotonic seconds), what, header names in lower case."""

    at: float
    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]


@dataclass
class Memory:
    """What modes keep between calls: the answer before, for those that mix answers up."""

    last_body: dict[str, Any] | None = None
    last_id: str = ""


@dataclass
class Call:
    """A completion that is asked for; a mode calls one of the sending methods, or none."""

    received: Received
    writer: asyncio.StreamWriter
    memory: Memory
    url: str
    content: str = ""
    finish: str = "stop"
    ends: bool = field(default=False)  # the connection is of no more use

    def __post_init__(self) -> None:
        self.content = self.content or content_of(self.body)

    @property
    def body(self) -> dict[str, Any]:
        """The request's JSON."""
        return self.received.body

    @property
    def request_id(self) -> str:
        """As the client chose it."""
        return self.received.headers.get("x-request-id", "none")

    @property
    def limit(self) -> int:
        """Tokens that the client allows."""
        return int(self.body.get("max_completion_tokens") or self.body.get("max_tokens") or 4096)

    def completion(self, content: str | None = None) -> dict[str, Any]:
        """A chat completion that says ``content`` (else the valid answer), cut at the client's limit."""
        said = self.content if content is None else content
        tokens = tokens_of(said)
        finish = self.finish
        if len(tokens) > self.limit:
            said, finish = "".join(tokens[: self.limit]), "length"
        others = [content_of(self.body, sample) for sample in range(1, int(self.body.get("n") or 1))]
        choices = [
            {
                "index": at,
                "message": {"role": "assistant", "content": text},
                "logprobs": _LOGPROBS if at == 0 else None,
                "finish_reason": finish,
            }
            for at, text in enumerate([said, *others])
        ]
        return {
            "id": f"chatcmpl-{self.request_id}",
            "object": "chat.completion",
            "created": 1_767_225_600,
            "model": self.body.get("model"),
            "choices": choices,
            "usage": usage_of(self.body, min(len(tokens), self.limit)),
        }

    def encoded(self, completion: Mapping[str, Any]) -> bytes:
        """The completion as JSON, log-probabilities of its first choice filled in where they still stand out."""
        text = json.dumps(completion)
        if f'"{_LOGPROBS}"' in text:
            said = completion["choices"][0].get("message", {}).get("content") or ""
            text = text.replace(f'"{_LOGPROBS}"', logprobs_of(said, self.body), 1)
        return text.encode()

    def logprobs(self, content: str | None = None) -> Any:
        """The log-probabilities of a text, parsed, for modes that spoil them."""
        return json.loads(logprobs_of(self.content if content is None else content, self.body))

    async def says(self, content: str) -> None:
        """Answers as a model that says this."""
        await self.answers(self.completion(content))

    async def answers(self, completion: Mapping[str, Any]) -> None:
        """Answers with this completion."""
        await self.sends(200, self.encoded(completion))

    async def refuses(self, status: int, message: str, **headers: str) -> None:
        """Answers with an error in OpenAI's form."""
        error = {"message": message, "type": "BadRequestError", "param": None, "code": status}
        await self.sends(status, json.dumps({"error": error}).encode(), **headers)

    async def sends(self, status: int, body: bytes, **headers: str) -> None:
        """Sends a whole response; header names with underscores for hyphens."""
        self.writer.write(self.head(status, len(body), **headers) + body)
        await self.writer.drain()

    def head(self, status: int, length: int | None, **headers: str) -> bytes:
        """Status line and headers; ``length`` None leaves the body's length open."""
        named = {"content_type": "application/json", "x_request_id": self.request_id, **headers}
        lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Status')}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in named.items()]
        if length is not None:
            lines.append(f"content-length: {length}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    async def trickles(self, data: bytes, pause_s: float, piece: int = 1) -> None:
        """Sends ``data`` in small pieces with pauses."""
        for at in range(0, len(data), piece):
            self.writer.write(data[at : at + piece])
            await self.writer.drain()
            await asyncio.sleep(pause_s)

    def resets(self) -> None:
        """Breaks the connection off with a reset."""
        self.ends = True
        self.writer.transport.abort()

    async def hangs(self) -> None:
        """Sends nothing more until the client has gone."""
        self.ends = True
        await asyncio.Event().wait()


async def read_request(reader: asyncio.StreamReader, first: bytes = b"") -> tuple[str, dict[str, str], bytes] | None:
    """Path, headers and body of the next request; None where the client has closed the connection."""
    try:
        head = first + await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        return None
    lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:]) if name}
    length = int(headers.get("content-length", "0"))
    if length > _MAX_BODY:
        return None
    body = await reader.readexactly(length) if length else b""
    return lines[0].split(" ")[1], headers, body
