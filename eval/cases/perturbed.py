"""The same shoppers with typos, other case, emoji and full-width letters, and as others would put it.

Each change is made from the text and the seed alone. ``paraphrase`` is not made: it stands in the data or is left out.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace

from purchase_agent.eval.cases.lines import UNREADABLE
from purchase_agent.eval.cases.readers import Given, reader
from purchase_agent.eval.cases.sample import Sample, shopper_of, text_of

AS_IS = "none"
_WORD = re.compile(r"[A-Za-z]{4,}")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_EMOJI = ("🙂", "😅", "👍", "🙏", "🔥")
_HOMOPHONES = {"的": "得", "在": "再", "做": "作", "吗": "嘛", "他": "她", "买": "卖"}
_WIDE = {ord(one): chr(ord(one) + 0xFEE0) for one in map(chr, range(0x21, 0x7F))} | {0x20: 0x3000}


def typos(text: str, draw: random.Random) -> str:
    """One letter in twelve words or so swapped with the next, or in Chinese one character doubled or misheard."""
    if _CHINESE.search(text):
        places = [place for place, one in enumerate(text) if _CHINESE.match(one)]
        for place in sorted(draw.sample(places, max(1, len(places) // 15)), reverse=True):
            one = text[place]
            text = text[:place] + _HOMOPHONES.get(one, one + one) + text[place + 1 :]
        return text
    words = list(_WORD.finditer(text))
    if not words:
        return text
    for match in sorted(draw.sample(words, max(1, len(words) // 6)), key=lambda one: one.start(), reverse=True):
        at = match.start() + draw.randrange(1, len(match[0]) - 1)
        text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text


def case(text: str, draw: random.Random) -> str:
    """All capitals or none, by turns."""
    return text.upper() if draw.random() < 0.5 else text.lower()


def emoji(text: str, draw: random.Random) -> str:
    """One emoji that says little, at the end."""
    return f"{text} {draw.choice(_EMOJI)}"


def full_width(text: str, draw: random.Random) -> str:  # noqa: ARG001 -- as the others
    """Latin letters, digits and punctuation as full-width characters."""
    return text.translate(_WIDE)


def spacing(text: str, draw: random.Random) -> str:
    """Doubled spaces and a line break, where there are spaces."""
    words = text.split(" ")
    if len(words) < 3:
        return f" {text}  "
    at = draw.randrange(1, len(words))
    return "  ".join(words[:at]) + "\n" + "  ".join(words[at:])


TRANSFORMS: dict[str, Callable[[str, random.Random], str]] = {
    "typos": typos, "case": case, "emoji": emoji, "full_width": full_width, "spacing": spacing,
}  # fmt: skip


def perturbed(given: Given) -> list[Sample]:
    """Every sample of another reader (option ``reader``) as it is and under each of ``transforms``.

    A change that leaves a text as it was makes no sample. ``of`` is the sample that was changed.
    """
    base = reader(given.options["reader"])(replace(given, options=given.options.get("options", {})))
    names: list[str] = list(given.options.get("transforms", [*TRANSFORMS, "paraphrase"]))
    out = []
    for sample in base:
        if UNREADABLE in sample.metadata:
            out.append(sample)
            continue
        text = text_of(sample.input)
        if not text:
            continue
        told = {name: value for name, value in sample.metadata.items() if name not in ("paraphrase", "second")}
        told = {"group": sample.id, **told, "of": sample.id}
        out.append(replace(sample, metadata={**told, "transform": AS_IS}))
        for name in names:
            other = _changed(name, text, sample, given.seed)
            if other is not None and other != text:
                channel = sample.input["texts"][0]["channel"]
                asked = {**sample.input, "texts": shopper_of(other, channel)["texts"]}
                out.append(Sample(f"{sample.id}:{name}", asked, sample.target, {**told, "transform": name}))
    return out


def _changed(name: str, text: str, sample: Sample, seed: int) -> str | None:
    if name == "paraphrase":
        given = sample.metadata.get("paraphrase")
        return str(given) if given else None
    return TRANSFORMS[name](text, random.Random(f"{seed}:{name}:{sample.id}"))
