"""Models that think before they answer: how that shows in a message, and which part of it is the answer.

The forms are those of Qwen3 and DeepSeek (``<think>``), of gpt-oss (harmony channels, with their markers or with the
markers dropped by the server), and of servers that part them (``reasoning_content``, in newer ones ``reasoning``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_OPENS = re.compile(r"\s*<(?:think|thinking|reasoning)>")
_CLOSES = re.compile(r"</(?:think|thinking|reasoning)>")
_MARKER = re.compile(r"<\|(?:channel|start|message|end|return)\|>")
_FINAL = "<|channel|>final"
_BARE = re.compile(r"\s*analysis(?=\S)(?s:.*)assistantfinal")


def answer_part(message: Mapping[str, Any]) -> tuple[str | None, bool]:
    """The answer in a chat message, None where there is none (yet), and whether the model thought first."""
    content = message.get("content")
    apart = any(isinstance(message.get(name), str) and message[name] for name in ("reasoning_content", "reasoning"))
    if not isinstance(content, str):
        return None, apart
    if content.lstrip()[:1] in {"{", "["}:  # an answer in JSON, whatever words it quotes
        return content, apart
    for part in (_after_channels, _after_bare_channels, _after_tags):
        said = part(content)
        if said is not None:
            return said.strip() or None, True
    return content, apart


def _after_channels(content: str) -> str | None:
    """What stands in the final channel, empty before it; None without markers. Likewise below."""
    if not _MARKER.search(content):
        return None
    final = content.rpartition(_FINAL)[2] if _FINAL in content else ""
    return _MARKER.split(final.partition("<|message|>")[2])[0]


def _after_bare_channels(content: str) -> str | None:
    bare = _BARE.match(content)
    return content[bare.end() :] if bare else None


def _after_tags(content: str) -> str | None:
    if closings := list(_CLOSES.finditer(content)):
        return content[closings[-1].end() :]
    return "" if _OPENS.match(content) else None
