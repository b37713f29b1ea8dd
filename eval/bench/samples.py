"""Texts to measure with: written for this, in English and Chinese, all different from each other."""

from __future__ import annotations

import random
from bisect import bisect_right
from itertools import count as endless

from purchase_agent.errors import InputError
from purchase_agent.predictors.text import Piece, TextModel

LANGUAGES = ("en", "zh")
_SENTENCES = {
    "en": (
        "My coffee grinder gave up this morning and I need a quiet one before the weekend.",
        "Is the blue kettle still in stock, and does it ship to the islands?",
        "I have two backpacks in my cart and cannot decide between the canvas and the nylon one.",
        "The reviews say the strap tears after a month, which worries me a little.",
        "My sister turns thirty in June, so I am looking for a bracelet under sixty dollars.",
        "We moved last week and the new kitchen has no room for a wide fridge.",
        "I will wait for the spring sale, the price dropped by a third last year.",
        "Everybody at the climbing gym wears these shoes and I would love to try them.",
        "The lamp arrived with a cracked shade and I want my money back.",
        "Which of the three monitors is kinder to the eyes when I work at night?",
        "We drink a bag of beans a week, so I order the same roast every month.",
        "Just browsing for now, maybe something for the balcony when it gets warmer.",
        "Does the adapter fit the older tablet, or do I need the one with the long cable?",
        "A friend keeps praising the vacuum, she says it picks up the hair of both her dogs.",
    ),
    "zh": (
        "家里的电饭煲昨天坏了，想这周末之前换一个小一点的。",
        "这款蓝色的雨衣还有货吗，寄到岛上要几天？",
        "购物车里放了两个书包，帆布的和尼龙的拿不定主意。",
        "看评价说背带用一个月就开线，有点不放心。",
        "妹妹六月过生日，想给她挑一条四百块以内的手链。",
        "上个月刚搬家，新厨房放不下太宽的冰箱。",
        "等春天打折再买吧，去年便宜了三分之一。",
        "攀岩馆的朋友都穿这双鞋，我也想试一试。",
        "台灯送到的时候灯罩就裂了，我要退款。",
        "三款显示器里哪一款晚上加班看着眼睛舒服些？",
        "我们一周喝掉一包咖啡豆，每个月都回购同一款。",
        "先随便看看，天暖和了再给阳台添点东西。",
        "这个转接头能插老款平板吗，还是要买长线的那种？",
        "同事一直夸这台吸尘器，说两只狗的毛都能吸干净。",
    ),
}


def of_length(model: TextModel, tokens: int, count: int) -> list[str]:
    """``count`` texts of exactly ``tokens`` tokens each, special tokens not counted; both languages in turn.

    Raises:
        InputError: more tokens are asked for than all sentences hold.
    """
    special = len(model.encode([Piece("", "chat", "en")])[0][0])
    found: dict[str, None] = {}
    for seed in endless():
        if len(found) == count:
            return list(found)
        if seed > 20 * count + 100:
            raise InputError(f"no {count} texts of {tokens} tokens can be made of the sentences", field="tokens")
        language = LANGUAGES[len(found) % 2]
        text = _shuffled(language, seed)

        def length(end: int, text: str = text, language: str = language) -> int:
            return len(model.encode([Piece(text[:end], "chat", language)])[0][0]) - special

        end = bisect_right(range(len(text) + 1), tokens, key=length) - 1
        # A cut inside a word may fall into other pieces than the whole word.
        if length(end) == tokens and text[end - 1] != " ":
            found[text[:end]] = None
    raise AssertionError("unreachable")


def mixed(count: int) -> list[str]:
    """``count`` texts of mixed length (12 to 260 characters of English, 6 to 90 of Chinese)."""
    found: dict[str, None] = {}
    for seed in endless():
        if len(found) == count:
            return list(found)
        language = LANGUAGES[seed % 2]
        low, high = (12, 260) if language == "en" else (6, 90)
        found[_shuffled(language, seed)[: random.Random(seed).randint(low, high)].strip()] = None
    raise AssertionError("unreachable")


def _shuffled(language: str, seed: int) -> str:
    sentences = list(_SENTENCES[language])
    random.Random(seed).shuffle(sentences)
    return ("" if language == "zh" else " ").join(sentences)
