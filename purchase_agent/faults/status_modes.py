"""Modes that answer with a status other than 200."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from purchase_agent.faults.answers import content_of
from purchase_agent.faults.call import Call
from purchase_agent.faults.mode import mode


@mode
async def rate_limited_seconds(call: Call) -> None:
    """429 with Retry-After of one second."""
    await call.refuses(429, "Rate limit reached", retry_after="1")


@mode
async def rate_limited_date(call: Call) -> None:
    """429 with Retry-After as a date, one to two seconds from now."""
    at = datetime.now(UTC) + timedelta(seconds=2)
    await call.refuses(429, "Rate limit reached", retry_after=format_datetime(at, usegmt=True))


@mode
async def rate_limited_long(call: Call) -> None:
    """429 with Retry-After of ten days."""
    await call.refuses(429, "Quota exceeded", retry_after="864000")


@mode
async def rate_limited(call: Call) -> None:
    """429 without Retry-After."""
    await call.refuses(429, "Too many requests")


@mode
async def error_500(call: Call) -> None:
    """500 with an error in JSON."""
    await call.refuses(500, "Internal server error")


@mode
async def error_502(call: Call) -> None:
    """502 with the HTML page of a gateway."""
    await call.sends(502, b"<html><h1>502 Bad Gateway</h1></html>", content_type="text/html")


@mode
async def error_503(call: Call) -> None:
    """503 without a body."""
    await call.sends(503, b"")


@mode
async def error_503_wait(call: Call) -> None:
    """503 with Retry-After of one second."""
    await call.refuses(503, "Overloaded", retry_after="1")


@mode
async def error_504_late(call: Call) -> None:
    """504 of a gateway after a second."""
    await asyncio.sleep(1.0)
    await call.sends(504, b"upstream request timeout", content_type="text/plain")


@mode
async def unauthorized(call: Call) -> None:
    """401."""
    await call.refuses(401, "Unauthorized")


@mode
async def forbidden(call: Call) -> None:
    """403."""
    await call.refuses(403, "Forbidden")


@mode
async def model_not_found(call: Call) -> None:
    """404 for the model, in vLLM's words."""
    await call.refuses(404, f"The model `{call.body.get('model')}` does not exist.")


@mode
async def context_overflow(call: Call) -> None:
    """400 for a prompt that is too long, in vLLM's words."""
    await call.refuses(
        400,
        f"'max_tokens' or 'max_completion_tokens' is too large: {call.limit}. This model's maximum context length is "
        "2048 tokens and your request has 2040 input tokens.",
    )


@mode
async def unknown_fault_400(call: Call) -> None:
    """400 that says nothing of use."""
    await call.refuses(400, "Bad request")


@mode
async def logprobs_limited(call: Call) -> None:
    """400 for more than five log-probabilities a token, in vLLM's words; valid answers otherwise."""
    asked = int(call.body.get("top_logprobs") or 0)
    if asked > 5:
        await call.refuses(400, f"Requested sample logprobs of {asked}, which is greater than max allowed: 5")
    else:
        await call.answers(call.completion())


@mode
async def logprobs_refused(call: Call) -> None:
    """400 for any log-probabilities; valid answers otherwise."""
    if call.body.get("logprobs"):
        await call.refuses(400, "This model does not support the parameter logprobs")
    else:
        await call.answers(call.completion())


@mode
async def schema_refused(call: Call) -> None:
    """400 for a response_format; valid answers without it, by a model that keeps to it unasked."""
    if "response_format" in call.body:
        call.memory.last_body = call.body
        await call.refuses(400, "Unknown parameter: 'response_format'")
    else:
        await call.says(content_of({**(call.memory.last_body or {}), "messages": call.body.get("messages")}))


@mode
async def max_tokens_refused(call: Call) -> None:
    """400 for max_tokens, in OpenAI's words; valid answers with max_completion_tokens."""
    if "max_tokens" in call.body:
        await call.refuses(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
    else:
        await call.answers(call.completion())


@mode
async def temperature_refused(call: Call) -> None:
    """400 for temperature and seed, one after the other; valid answers without them."""
    for name in ("temperature", "seed"):
        if name in call.body:
            await call.refuses(400, f"Unsupported parameter: '{name}' is not supported with this model.")
            return
    await call.answers(call.completion())


@mode
async def redirect(call: Call) -> None:
    """307 to another name of this host, where a prompt must not follow."""
    await call.sends(307, b"", location=call.url.replace("127.0.0.1", "localhost") + "/elsewhere")
