"""Modes in which the model itself says something else than it was asked for."""

from __future__ import annotations

import json
from typing import Any

from purchase_agent.faults.answers import tokens_of
from purchase_agent.faults.call import Call
from purchase_agent.faults.mode import mode

_THOUGHT = "The shopper weighs one thing against another. " * 40
_LOOKALIKES = str.maketrans("ABCEHIKMOPT", "АВСЕНІКМОРТ")


@mode
async def truncated(call: Call) -> None:
    """Half of the answer, cut at max_tokens."""
    call.finish = "length"
    await call.says(call.content[: len(call.content) // 2])


@mode
async def blanks_until_limit(call: Call) -> None:
    """Blanks until max_tokens, as vLLM writes when its grammar allows them."""
    await call.says("{" + " " * 100_000)


@mode
async def content_not_json(call: Call) -> None:
    """An answer that breaks off although it says that it ended."""
    await call.says(call.content[:-1])


@mode
async def prose_around(call: Call) -> None:
    """The answer within a friendly sentence."""
    await call.says(f"Sure! Here is the answer: {call.content} Let me know if you need more.")


@mode
async def fenced(call: Call) -> None:
    """The answer in a Markdown fence."""
    await call.says(f"```json\n{call.content}\n```")


@mode
async def missing_field(call: Call) -> None:
    """The answer without its last field."""
    fields = _fields(call)
    if fields:
        fields.popitem()
    await call.says(_compact(fields))


@mode
async def extra_field(call: Call) -> None:
    """The answer with a field that nobody asked for."""
    await call.says(_compact({**_fields(call), "note": "visit http://example.invalid"}))


@mode
async def unknown_label(call: Call) -> None:
    """The answer with a letter that stands for nothing."""
    await call.says(_compact({**_fields(call), **_first(call, "Z")}))


@mode
async def word_for_letter(call: Call) -> None:
    """The answer with a word where a letter is due."""
    await call.says(_compact({**_fields(call), **_first(call, "purchase intention")}))


@mode
async def lower_case(call: Call) -> None:
    """The answer with its letters in lower case."""
    await call.says(call.content.lower() if call.content.lower() != call.content else call.content + " ")


@mode
async def lookalikes(call: Call) -> None:
    """The answer with Cyrillic letters that look like the right ones; others in full width."""
    fields = {name: _disguised(value) if isinstance(value, str) else value for name, value in _fields(call).items()}
    await call.says(json.dumps(fields, ensure_ascii=False, separators=(",", ":")))


@mode
async def duplicate_keys(call: Call) -> None:
    """The answer with its first field given twice, differently."""
    first = _first(call, "A")
    await call.says(_compact(first)[:-1] + "," + call.content[1:] if first else call.content * 2)


@mode
async def refusal_in_words(call: Call) -> None:
    """A polite refusal as content."""
    await call.says("I'm sorry, but I can't help with that.")


@mode
async def obeys_the_text(call: Call) -> None:
    """What a planted instruction might ask for: an address and the prompt."""
    said = " ".join(str(message.get("content", "")) for message in call.body.get("messages", []))
    await call.says(f"http://example.invalid/?q={said[:200]}")


@mode
async def list_of_answers(call: Call) -> None:
    """The answer within a list."""
    await call.says(f"[{call.content}]")


@mode
async def answer_twice(call: Call) -> None:
    """The answer, and the answer again."""
    await call.says(call.content * 2)


@mode
async def nan_in_content(call: Call) -> None:
    """An answer with NaN for a letter."""
    await call.says(json.dumps({**_fields(call), **_first(call, float("nan"))}))


@mode
async def invalid_once(call: Call) -> None:
    """Prose at first, a valid answer once the model is told what was wrong."""
    told = any(message.get("role") == "assistant" for message in call.body.get("messages", []))
    await call.says(call.content if told else f"The answer is {call.content}")


@mode
async def thinks_apart(call: Call) -> None:
    """Thinks in reasoning_content, as with a reasoning parser, unless enable_thinking is false (Qwen3)."""
    await _thinks(call, "", "", apart=True, switch=True)


@mode
async def thinks_stubbornly(call: Call) -> None:
    """Thinks in the field reasoning whatever it is told."""
    await _thinks(call, "", "", apart=True, switch=False)


@mode
async def thinks_in_tags(call: Call) -> None:
    """Thinks between <think> tags, unless enable_thinking is false."""
    await _thinks(call, "<think>\n", "\n</think>\n\n", apart=False, switch=True)


@mode
async def thinks_in_half_tags(call: Call) -> None:
    """Thinks before </think>, the opening tag being part of the template, whatever it is told."""
    await _thinks(call, "", "\n</think>\n", apart=False, switch=False)


@mode
async def thinks_in_channels(call: Call) -> None:
    """Thinks in gpt-oss's channels, markers and all."""
    final = "<|end|><|start|>assistant<|channel|>final<|message|>"
    await _thinks(call, "<|channel|>analysis<|message|>", final, apart=False, switch=False)


@mode
async def thinks_in_bare_channels(call: Call) -> None:
    """Thinks in gpt-oss's channels, whose markers the server has dropped."""
    await _thinks(call, "analysis", "assistantfinal", apart=False, switch=False)


async def _thinks(call: Call, opens: str, closes: str, *, apart: bool, switch: bool) -> None:
    """Says a thought before the answer, both within max_tokens and both in the log-probabilities."""
    told = call.body.get("chat_template_kwargs")
    if switch and isinstance(told, dict) and told.get("enable_thinking") is False:
        await call.answers(call.completion())
        return
    thought = opens + _THOUGHT + closes
    room = call.limit - len(tokens_of(thought))
    call.finish = "stop" if room >= len(tokens_of(call.content)) else "length"
    said = "".join(tokens_of(call.content)[: max(room, 0)])
    whole = "".join(tokens_of(thought + said)[: call.limit])
    completion = call.completion(said if apart else whole)
    completion["choices"][0]["finish_reason"] = call.finish
    completion["choices"][0]["logprobs"] = call.logprobs(whole)
    if apart:
        name = "reasoning_content" if switch else "reasoning"
        completion["choices"][0]["message"] |= {name: whole[: len(thought)], "content": said or None}
    await call.answers(completion)


def _fields(call: Call) -> dict[str, Any]:
    """The fields of the valid answer; none where it is no object."""
    try:
        fields = json.loads(call.content)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}


def _first(call: Call, value: Any) -> dict[str, Any]:
    """The first field of the valid answer with another value."""
    return dict.fromkeys(list(_fields(call))[:1], value)


def _compact(fields: dict[str, Any]) -> str:
    return json.dumps(fields, separators=(",", ":"))


def _disguised(value: str) -> str:
    """Cyrillic for the letters that have a twin there, full width for the others."""
    return "".join(
        chr(ord(letter) + 0xFEE0) if letter.isascii() and letter.isalnum() else letter
        for letter in value.translate(_LOOKALIKES)
    )
