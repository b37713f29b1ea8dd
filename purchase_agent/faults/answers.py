"""What the played model answers: valid for the request's JSON schema, the same for the same messages.

Its log-probabilities are consistent: the tokens joined are the answer, the letter chosen is the likeliest, and the
alternatives that the schema allows come before others.
"""

from __future__ import annotations

import functools
import hashlib
import json
import math
import re
from collections.abc import Mapping
from typing import Any

TOPS = 20
"""Alternatives of a token, at most, as vLLM allows."""

_TOKEN = re.compile(r' ?[A-Za-z_]+| ?[0-9]+|[{}\[\]":,]+|\s|.', re.DOTALL)
_REPEATED = re.compile(r"\^(\[[^\]]+\](?:\{1,2\})?)(?:\( \1\)\{(\d+)\})?\$")
_LETTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_DIGITS = tuple("0123456789")


def schema_of(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The JSON schema of a request, given as OpenAI or as vLLM names it."""
    asked = body.get("response_format")
    if isinstance(asked, Mapping) and isinstance(asked.get("json_schema"), Mapping):
        schema = asked["json_schema"].get("schema")
    else:
        outputs = body.get("structured_outputs")
        schema = outputs.get("json") if isinstance(outputs, Mapping) else None
    return schema if isinstance(schema, Mapping) else None


def content_of(body: Mapping[str, Any], sample: int = 0) -> str:
    """The answer to a request; ``sample`` counts the answers to one request."""
    schema = schema_of(body)
    if schema is None:
        return "All is well."
    seed = json.dumps(body.get("messages"), sort_keys=True) + str(sample or "")
    return json.dumps(_value(schema, seed), separators=(",", ":"))


def tokens_of(text: str) -> list[str]:
    """The text in the played model's tokens."""
    return _TOKEN.findall(text)


def logprobs_of(text: str, body: Mapping[str, Any]) -> str:
    """The field ``logprobs`` of a choice that says ``text``, as JSON: written thus it costs the server little."""
    if not body.get("logprobs"):
        return "null"
    tops = min(int(body.get("top_logprobs") or 0), TOPS)
    properties = (schema_of(body) or {}).get("properties", {})
    entries: list[str] = []
    letters = _LETTERS
    for token in tokens_of(text):
        if token in properties:
            letters = tuple(properties[token].get("enum", _LETTERS))
        entries.append(_entry(token, letters, tops))
    return '{"content":[' + ",".join(entries) + "]}"


def usage_of(body: Mapping[str, Any], written: int) -> dict[str, Any]:
    """Tokens read (a fourth of the characters), of these cached (the first message), and written."""
    messages = [str(message.get("content", "")) for message in body.get("messages", []) if isinstance(message, Mapping)]
    read = sum(len(text) for text in messages) // 4 + 4
    cached = min(len(messages[0]) // 4, read) if len(messages) > 1 else 0
    return {
        "prompt_tokens": read,
        "completion_tokens": written,
        "total_tokens": read + written,
        "prompt_tokens_details": {"cached_tokens": cached},
    }


def _value(schema: Mapping[str, Any], seed: str) -> Any:
    kind = "const" if "const" in schema else "enum" if "enum" in schema else schema.get("type")
    value: Any = None
    match kind:
        case "const":
            value = schema["const"]
        case "enum":
            value = schema["enum"][_chance(seed) % len(schema["enum"])]
        case "object":
            value = {name: _value(inner, f"{seed}|{name}") for name, inner in schema.get("properties", {}).items()}
        case "array":
            value = [_value(schema.get("items", {}), f"{seed}|{at}") for at in range(schema.get("minItems", 0))]
        case "integer" | "number":
            value = max(int(schema.get("minimum", 0)), 0)
        case "boolean":
            value = _chance(seed) % 2 == 0
        case "string":
            value = _string(schema.get("pattern", ""), seed)
    return value


def _string(pattern: str, seed: str) -> str:
    """A text for the two patterns that this package uses: letters or small numbers, parted by spaces."""
    repeated = _REPEATED.fullmatch(pattern)
    if not repeated:
        return "text"
    group, times = repeated[1], int(repeated[2] or 0) + 1
    letters = _DIGITS[:3] if "0-9" in group else tuple(group.strip("[]"))
    return " ".join(letters[_chance(f"{seed}|{at}") % len(letters)] for at in range(times))


def _chance(seed: str) -> int:
    return int.from_bytes(hashlib.blake2b(seed.encode(errors="surrogatepass"), digest_size=4).digest())


@functools.lru_cache(maxsize=4096)
def _entry(token: str, letters: tuple[str, ...], tops: int) -> str:
    """One token's log-probabilities: 0.7 for itself, the rest for its kind, next to nothing for anything else."""
    space, bare = (" ", token[1:]) if token.startswith(" ") else ("", token)
    kind = next((kind for kind in (("y", "n"), letters, _DIGITS) if bare in kind), ())
    others = [space + other for other in kind if other != bare]
    fillers = [f"{space}{word}" for word in ("the", "a", "I", '"', "}", "{", ",", "is", "to", "not", "and", "of", "0x")]
    fillers += [f"{space}w{at}" for at in range(TOPS)]
    chosen = 0.7 if others else 0.999
    shares = [2.0**-at for at in range(1, len(others) + 1)]
    said = [(token, chosen)]
    said += [(other, (0.999 - chosen) * share / sum(shares)) for other, share in zip(others, shares, strict=True)]
    said += [(filler, 1e-9 / (at + 1)) for at, filler in enumerate(fillers) if filler not in {token, *others}]
    entries = [{"token": text, "logprob": math.log(p), "bytes": list(text.encode())} for text, p in said[:tops]]
    return json.dumps({**_logprob(token, chosen), "top_logprobs": entries})


def _logprob(token: str, probability: float) -> dict[str, Any]:
    return {"token": token, "logprob": math.log(probability), "bytes": list(token.encode())}
