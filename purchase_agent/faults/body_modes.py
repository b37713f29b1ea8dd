"""Modes whose response has status 200 and a body that is no completion, or one to be wary of."""

from __future__ import annotations

import json
import math
import zlib
from typing import Any

from purchase_agent.faults.answers import content_of
from purchase_agent.faults.call import Call
from purchase_agent.faults.mode import mode


@mode
async def ok(call: Call) -> None:
    """Answers validly."""
    await call.answers(call.completion())


@mode
async def html_200(call: Call) -> None:
    """200 with the page of a login."""
    await call.sends(200, b"<!doctype html><html><h1>Sign in</h1></html>", content_type="text/html")


@mode
async def empty_body(call: Call) -> None:
    """200 without a body."""
    await call.sends(200, b"")


@mode
async def body_not_json(call: Call) -> None:
    """200 with JSON that breaks off, its length correct."""
    await call.sends(200, call.encoded(call.completion())[:-20])


@mode
async def body_null(call: Call) -> None:
    """200 with the JSON null."""
    await call.sends(200, b"null")


@mode
async def body_deep(call: Call) -> None:
    """200 with lists nested a hundred thousand deep."""
    await call.sends(200, b"[" * 100_000)


@mode
async def error_in_200(call: Call) -> None:
    """200 with an error object, as some gateways send."""
    await call.sends(200, b'{"error": {"message": "upstream failed", "code": 500}}')


@mode
async def bad_utf8(call: Call) -> None:
    """200 with bytes that are no UTF-8."""
    await call.sends(200, call.encoded(call.completion()).replace(b"chatcmpl", b"\xff\xfe\xfa"))


@mode
async def gzip_broken(call: Call) -> None:
    """200 with a body that is not packed although the headers say so."""
    await call.sends(200, call.encoded(call.completion()), content_encoding="gzip")


@mode
async def gzip_bomb(call: Call) -> None:
    """200 with a small packed body that unfolds to a gigabyte."""
    packer = zlib.compressobj(9, wbits=31)
    begun, again = (
        packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH),
        packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH),
    )
    await call.sends(200, begun + again * 999, content_encoding="gzip")


@mode
async def wrong_content_type(call: Call) -> None:
    """A valid completion that calls itself text/plain."""
    await call.sends(200, call.encoded(call.completion()), content_type="text/plain")


@mode
async def empty_choices(call: Call) -> None:
    """A completion with no choices."""
    await call.answers({**call.completion(), "choices": []})


@mode
async def null_content(call: Call) -> None:
    """A message whose content is null."""
    await call.answers(_with_message(call, content=None))


@mode
async def empty_content(call: Call) -> None:
    """A message whose content is empty."""
    await call.says("")


@mode
async def no_message(call: Call) -> None:
    """A choice without a message."""
    completion = call.completion()
    completion["choices"][0].pop("message")
    await call.answers({**completion, "choices": [{"index": 0, "finish_reason": "stop"}]})


@mode
async def wrong_model(call: Call) -> None:
    """A completion by another model than the one asked."""
    await call.answers({**call.completion(), "model": "another-model"})


@mode
async def no_usage(call: Call) -> None:
    """A valid answer without token counts."""
    completion = call.completion()
    completion.pop("usage")
    await call.answers(completion)


@mode
async def negative_usage(call: Call) -> None:
    """A valid answer with token counts below zero."""
    usage = {"prompt_tokens": -5, "completion_tokens": -1, "prompt_tokens_details": {"cached_tokens": 10**30}}
    await call.answers({**call.completion(), "usage": usage})


@mode
async def refusal_field(call: Call) -> None:
    """A message with a refusal instead of content."""
    await call.answers(_with_message(call, content=None, refusal="I cannot help with that."))


@mode
async def content_filtered(call: Call) -> None:
    """An answer that a content filter cut off."""
    call.finish = "content_filter"
    await call.answers(call.completion(""))


@mode
async def tool_call(call: Call) -> None:
    """A call of a tool that nobody offered."""
    function = {"name": "predict", "arguments": call.content}
    call.finish = "tool_calls"
    tools = [{"id": "call_1", "type": "function", "function": function}]
    await call.answers(_with_message(call, content=None, tool_calls=tools))


@mode
async def swapped(call: Call) -> None:
    """The answer to the request before, under that request's id, as from a mixed-up queue."""
    memory = call.memory
    body, request_id = memory.last_body, memory.last_id
    memory.last_body, memory.last_id = call.body, call.request_id
    completion = call.completion(_foreign(call) if body is None else content_of(body))
    completion["id"] = f"chatcmpl-{request_id or 'another'}"
    await call.sends(200, call.encoded(completion), x_request_id=request_id or "another")


@mode
async def swapped_silently(call: Call) -> None:
    """An answer to quite another question, under this request's id."""
    await call.says(_foreign(call))


@mode
async def logprobs_null(call: Call) -> None:
    """A valid answer without log-probabilities."""
    await call.answers(_with_logprobs(call, None))


@mode
async def logprobs_empty(call: Call) -> None:
    """A valid answer with an empty list of log-probabilities."""
    await call.answers(_with_logprobs(call, {"content": []}))


@mode
async def logprobs_nan(call: Call) -> None:
    """A valid answer with log-probabilities that are NaN."""
    await call.answers(_with_logprobs(call, _spoiled(call, math.nan)))


@mode
async def logprobs_infinite(call: Call) -> None:
    """A valid answer with log-probabilities of minus infinity."""
    await call.answers(_with_logprobs(call, _spoiled(call, -math.inf)))


@mode
async def logprobs_text(call: Call) -> None:
    """A valid answer whose log-probabilities are texts."""
    await call.answers(_with_logprobs(call, _spoiled(call, "-0.1")))


@mode
async def logprobs_other_text(call: Call) -> None:
    """A valid answer with the log-probabilities of another text."""
    await call.answers(_with_logprobs(call, call.logprobs("Something else entirely.")))


@mode
async def logprobs_too_few(call: Call) -> None:
    """A valid answer with the log-probabilities of its first half."""
    logprobs = call.logprobs()
    await call.answers(_with_logprobs(call, logprobs and {"content": logprobs["content"][: len(logprobs) // 2]}))


@mode
async def tops_empty(call: Call) -> None:
    """A valid answer with log-probabilities but without alternatives."""
    logprobs = call.logprobs()
    for entry in (logprobs or {}).get("content", ()):
        entry["top_logprobs"] = []
    await call.answers(_with_logprobs(call, logprobs))


def _with_message(call: Call, **fields: Any) -> dict[str, Any]:
    completion = call.completion()
    completion["choices"][0]["message"] |= fields
    completion["choices"][0]["logprobs"] = None
    return completion


def _with_logprobs(call: Call, logprobs: Any) -> dict[str, Any]:
    completion = call.completion()
    completion["choices"][0]["logprobs"] = logprobs
    return completion


def _spoiled(call: Call, value: Any) -> Any:
    logprobs = call.logprobs()
    for entry in (logprobs or {}).get("content", ()):
        entry["logprob"] = value
    return logprobs


def _foreign(call: Call) -> str:
    """The answer to a question with another schema."""
    return json.dumps({"colour": "A", "asked": len(call.body.get("messages", []))})
