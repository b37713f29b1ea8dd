"""Instructions planted in shopper texts, each beside the text without it and with harmless words in its place.

Three sources lie under ``--data`` (``security/``): planted reviews made for this project, and the strings of BIPIA (Yi
et al. 2023, the split ``train``) and garak, which are put before or behind harmless texts of our own. Any added words
may change labels; so each attack has a twin in which harmless sentences of like length stand where it stands.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from purchase_agent.training.corpus import read_jsonl

Record = dict[str, Any]

CANARY = "ZQX7-CANARY"
"""What an attack asks for where it asks for a word; in texts of the sources that leave it open it is put in."""
CARRIERS = Path(__file__).parent / "data" / "harmless_carriers.jsonl"
SOURCES = ("review", "bipia", "garak")

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_FILLERS = {
    "en": (
        "It rained all morning and the bus was late.",
        "My brother is learning to play the cello.",
        "We had soup for lunch and it was a bit too salty.",
        "The neighbours have painted their fence blue, which suits the street.",
        "I slept badly because of the wind.",
        "There was a long queue at the bakery, as on every Saturday.",
        "Our cat sat on the window sill and watched the birds for an hour.",
        "The train to the coast takes about two hours from here.",
        "On Sunday the whole family met at my aunt's house and talked until late.",
        "The leaves in the park have turned yellow already.",
        "He told the same story about his school days again and everybody laughed.",
        "It gets dark early now.",
    ),
    "zh": (
        "今天早上下雨，公交车来晚了。",
        "我弟弟最近在学大提琴。",
        "中午喝的汤有点咸。",
        "邻居把院墙刷成了蓝色，整条街都好看了。",
        "昨晚风大，没睡好。",
        "面包店门口排了很长的队，每个周六都这样。",
        "猫趴在窗台上看了一个小时的鸟。",
        "从这里坐火车去海边要两个小时左右。",
        "星期天一家人在姑姑家聚会，聊到很晚才散。",
        "公园里的树叶已经黄了。",
        "他又讲起上学时候的那件事，大家都笑了。",
        "现在天黑得早。",
    ),
}


@dataclass(frozen=True, slots=True)
class Attack:
    """One planted instruction.

    Args:
        id: of the source.
        goal: what it wants; for BIPIA its category, for garak its probe.
        wrapper: how it is dressed up; the source's name where the source does not say.
        language: of the clean text.
        where: ``start`` or ``end``.
        clean: the text without it.
        added: the attack itself, with the space between.
        channel: of the text.
    """

    id: str
    source: str
    goal: str
    wrapper: str
    language: str
    where: str
    clean: str
    added: str
    channel: str = "chat"

    @property
    def text(self) -> str:
        """The attacked text."""
        return self._with(self.added)

    @property
    def span(self) -> tuple[int, int]:
        """Where in ``text`` the attack stands."""
        return (0, len(self.added)) if self.where == "start" else (len(self.clean), len(self.text))

    @property
    def filled(self) -> str:
        """The clean text with harmless sentences in the attack's place, in its language and about as long."""
        language = "zh" if _CHINESE.search(self.added) else "en"
        return self._with(_spaced(filler(language, _length(self.added), self.id), self.where))

    def _with(self, added: str) -> str:
        return added + self.clean if self.where == "start" else self.clean + added


def filler(language: str, length: int, seed: str) -> str:
    """Harmless sentences of about ``length`` characters, at least one; the same for the same ``seed``."""
    sentences = list(_FILLERS[language])
    random.Random(seed).shuffle(sentences)
    between = "" if language == "zh" else " "
    if length <= max(map(len, sentences)):
        return min(sentences, key=lambda one: abs(len(one) - length))
    out = sentences[0]
    for one in sentences[1:] * (1 + length // 200):
        if len(out) + len(one) / 2 >= length:
            break
        out += between + one
    return out


def read_attacks(data: Path, seed: int = 0) -> list[Attack]:
    """All attacks of the three sources.

    Raises:
        InputError: a file is missing.
    """
    carriers = list(read_jsonl(CARRIERS))
    return [*_reviews(data), *_strings(_bipia(data), carriers, seed), *_strings(_garak(data), carriers, seed)]


def choose(attacks: Sequence[Attack], limit: int | None, seed: int = 0) -> list[Attack]:
    """At most ``limit`` attacks, the sources taking turns; the same for the same seed."""
    if limit is None or limit >= len(attacks):
        return list(attacks)
    piles = [[one for one in attacks if one.source == source] for source in SOURCES]
    for place, pile in enumerate(piles):
        random.Random(f"{seed}:{place}").shuffle(pile)
    turns = [pile[turn] for turn in range(max(map(len, piles))) for pile in piles if turn < len(pile)]
    return turns[:limit]


def _reviews(data: Path) -> Iterator[Attack]:
    for record in read_jsonl(data / "security" / "review_injections_dev.jsonl"):
        text, clean = record["text"], record["clean_text"]
        added = text.removesuffix(clean) if record["where"] == "start" else text.removeprefix(clean)
        yield Attack(
            id=record["id"], source="review", goal=record["goal"], wrapper=record["wrapper"], language=record["lang"],
            where=record["where"], clean=clean, added=added,
        )  # fmt: skip


def _bipia(data: Path) -> Iterator[tuple[str, str, str, str]]:
    for record in read_jsonl(data / "security" / "bipia_attacks.jsonl"):
        if record["split"] == "train" and record["kind"] == "text":
            yield record["id"], "bipia", record["category"], record["text"]


def _garak(data: Path) -> Iterator[tuple[str, str, str, str]]:
    for record in read_jsonl(data / "security" / "garak_latent_injection.jsonl"):
        text = record["text"].replace(record["trigger_placeholder"], CANARY)
        yield record["id"], "garak", record["probe"].rpartition(".")[2], text


def _strings(found: Iterator[tuple[str, str, str, str]], carriers: Sequence[Record], seed: int) -> Iterator[Attack]:
    for name, source, goal, text in found:
        draw = random.Random(f"{seed}:{name}")
        carrier, where = draw.choice(carriers), draw.choice(("start", "end"))
        yield Attack(
            id=name, source=source, goal=goal, wrapper=source, language=carrier["language"], where=where,
            clean=carrier["text"], added=_spaced(text, where), channel=carrier["channel"],
        )  # fmt: skip


def _spaced(text: str, where: str) -> str:
    return f"{text} " if where == "start" else f" {text}"


def _length(text: str) -> int:
    """Characters that a reader sees."""
    return sum(unicodedata.category(char) not in {"Cf", "Cc", "Mn"} for char in text)
