"""Answers as different providers write them into files, brought into the one form of an OpenAI batch.

Known are OpenAI's and vLLM's batch lines, a bare chat completion under ``body`` or beside the id, Anthropic's message
batches, Gemini's, and ``{"custom_id", "content"}``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from purchase_agent.errors import InputError
from purchase_agent.eval.cases.sample import Record


@dataclass
class Lines:
    """What was in files of answers.

    Attributes:
        used: id of the request -> tokens of all answers to it, also of those that cannot be used.
        none: lines that are no answers.
    """

    used: dict[str, Counter[str]] = field(default_factory=dict)
    none: int = 0


def normalised(answers: Sequence[Path], into: Path) -> Lines:
    """Writes all answers in the one form.

    Raises:
        InputError: a file cannot be read.
    """
    found = Lines()
    with into.open("wb") as out:
        for line in _lines(answers):
            try:
                told = json.loads(line)
                one = chat_line(told) if isinstance(told, dict) else None
                # Half of a character can be in JSON and not in a file: it becomes a question mark.
                raw = json.dumps(one, ensure_ascii=False).encode("utf-8", "replace")
            except (ValueError, RecursionError):
                one = None
            if one is None:
                found.none += 1
                continue
            out.write(raw + b"\n")
            found.used.setdefault(one["custom_id"], Counter()).update(_usage(one["response"]))
    return found


def chat_line(told: Mapping[str, Any]) -> Record | None:
    """An answer in whichever form as a line of an OpenAI batch; None of a line that is no answer."""
    custom_id = told.get("custom_id") or told.get("key") or told.get("id")
    if not isinstance(custom_id, str):
        return None
    if isinstance(told.get("response"), Mapping) and "body" in told["response"]:
        return {**told, "custom_id": custom_id}
    if told.get("error") and not told.get("response"):
        return {"custom_id": custom_id, "response": None, "error": told["error"]}
    body = _body(told)
    if body is None:
        return None
    return {"custom_id": custom_id, "response": {"status_code": 200, "body": body}, "error": None}


def _lines(answers: Sequence[Path]) -> Iterator[str]:
    for path in answers:
        try:
            text = path.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{path} cannot be read: {error}", field="answers") from error
        # Not splitlines(): a JSON string may hold U+2028 or U+0085 as it is, and they end no line of a file.
        yield from (line for line in text.split("\n") if line.strip())


def _body(told: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The chat completion in an answer."""
    if isinstance(told.get("body"), Mapping):
        return _mapping(told["body"])
    if isinstance(told.get("choices"), list):
        return told
    if isinstance(told.get("content"), str):
        return _completion(told["content"], 0, 0)
    result, response = _mapping(told.get("result")), _mapping(told.get("response"))
    if isinstance(result.get("message"), Mapping):  # Anthropic
        usage = _mapping(result["message"].get("usage"))
        words = _words(result["message"].get("content"))
        return _completion(words, usage.get("input_tokens"), usage.get("output_tokens"))
    if response.get("candidates"):  # Gemini
        candidates = response["candidates"]
        first = _mapping(candidates[0]) if isinstance(candidates, list) else {}
        usage = _mapping(response.get("usageMetadata"))
        words = _words(_mapping(first.get("content")).get("parts"))
        return _completion(words, usage.get("promptTokenCount"), usage.get("candidatesTokenCount"))
    return None


def _words(parts: Any) -> str:
    """The words of an answer's parts, but not what the model thought before it."""
    if isinstance(parts, str):
        return parts
    told = [_mapping(part) for part in parts] if isinstance(parts, list) else []
    words = [part.get("text") for part in told if not part.get("thought")]
    return "".join(one for one in words if isinstance(one, str))


def _completion(content: str, read: Any, written: Any) -> Record:
    """A chat completion without the model's name: another provider's name for it is no other model."""
    return {
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}],
        "usage": {"prompt_tokens": _count(read), "completion_tokens": _count(written)},
    }  # fmt: skip


def _usage(response: Any) -> dict[str, int]:
    usage = _mapping(_mapping(_mapping(response).get("body")).get("usage"))
    read, details = _count(usage.get("prompt_tokens")), _mapping(usage.get("prompt_tokens_details"))
    return {
        "input_tokens": read, "cached_tokens": min(read, _count(details.get("cached_tokens"))),
        "output_tokens": _count(usage.get("completion_tokens")),
    }  # fmt: skip


def _count(given: Any) -> int:
    return given if isinstance(given, int) and not isinstance(given, bool) and given > 0 else 0


def _mapping(given: Any) -> Mapping[str, Any]:
    return given if isinstance(given, Mapping) else {}
