"""Conditions on shoppers that no filter has: VIP customers, shoppers who came from an advertisement, German buyers.

A question with one of them would otherwise be answered for everybody. What qualifies shoppers and is no word of ours
is such a condition, whatever it means; so no list of all that a shop might call its customers is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain

from purchase_agent.insights.names import Both
from purchase_agent.insights.planning_lists import pattern, words
from purchase_agent.insights.planning_slots import Slots
from purchase_agent.insights.planning_strange import is_strange, strange_runs
from purchase_agent.insights.planning_wanted import Wanted

_QUALIFIED, _SUBJECT = pattern("qualified:before"), pattern("qualified:subject")
_FROM, _RELATIVE = pattern("qualified:from"), pattern("qualified:relative")
_CHINESE_AFTER, _CHINESE_BEFORE = pattern("qualified:zh_after"), pattern("qualified:zh_before")
_LATIN, _CHINESE_KNOWN = pattern("qualified:latin"), pattern("qualified:zh")
_MEMBERS = re.compile(r".(?:会员|粉丝)|[商族党户迷]$")
_VERB = re.compile(r"(?:ing|ly)$")
_VERB_AFTER = re.compile(
    r"\b(?:what(?:'s| else| exactly| really| mostly| usually)?|which|that|who|it|this|to|not|n't)$"
)
_MASK, _MASKED = re.compile(r"\bq[a-z]+"), re.compile(r"\bq[a-z]+$")
"""A value of ours; and where a word belongs to it: ``price-sensitive``."""
_WORD = re.compile(r"(?<![a-z'])[a-z]{3,}(?:-[a-z]+)*(?![a-z'])")
_NOT_HERE: Both = (
    (
        "I cannot tell shoppers apart by “{}”. I can by category, item, reason, barrier, stage, language (English or "
        "Chinese), and new or returning."
    ),
    "抱歉，我无法按“{}”区分顾客。可以按品类、商品、动机、顾虑、阶段、语言（中文或英文）和新老顾客来问。",
)

_NO_PLACE: Both = (
    "The store does not know where shoppers live, so I cannot tell for “{}” alone.",
    "抱歉，库中没有顾客的所在地，无法单独回答“{}”的情况。",
)
_NO_NAMES = frozenset({"国外", "海外", "外国", "国内", "外地", "本地", "北方", "南方", "农村", "一线", "二线"})
"""Words for places that also say of goods where they come from."""
_PART = r"(?:(?:city|cent(?:re|er)|area|north|south|east|west) of |(?:downtown|central|greater|(?:nor|sou)th(?:ern)?) )"


def place(text: str) -> str | None:
    """The country or city of whose shoppers folded text asks; None where there is none.

    Args:
        text: without the shop's own names, some of which sound like places.
    """
    told = _places().search(text)
    if told is None:
        return None
    name = next(part for part in told.groups() if part)
    return name.upper() if len(name) < 4 and name.isascii() else name.title()


def no_place(name: str) -> Both:
    """What is said of it."""
    return _NO_PLACE[0].format(name), _NO_PLACE[1].format(name)


def not_here(found: Slots) -> Wanted | None:
    """What is said of a condition that the store does not know; None where there is none."""
    name = _unknown(found.masked)
    if name is None:
        return None
    return Wanted(reason="condition", said=(_NOT_HERE[0].format(name), _NOT_HERE[1].format(name)))


def _unknown(masked: str) -> str | None:
    """The word of folded, masked text that qualifies shoppers and is none of ours."""
    return next(chain(_english(masked), _chinese(masked)), None)


def _english(masked: str) -> Iterator[str]:
    for one in _QUALIFIED.finditer(masked):
        before = masked[: one.start()].rstrip(" -")
        if _strange(one["word"]) and not _is_verb(one["word"], before) and not _MASKED.search(before):
            yield one["word"]
    for one in _SUBJECT.finditer(masked):  # shoppers called by what they are: do ``gamers`` worry
        yield from filter(_strange, [one[one.lastindex or 0]])
    for one in _FROM.finditer(masked):
        some = _WORD.findall(one["words"])
        if some and some[0].endswith("ing") and masked[: one.start("words")].endswith("from "):
            continue  # "stops people from paying" says what, not who
        yield from filter(_strange, some)
    for one in _RELATIVE.finditer(masked):
        some = [word for word in _WORD.findall(one["words"]) if _strange(word)]
        if len(some) > 1 or not _MASK.search(one["words"]):  # one beside a value is its verb: who balk at the price
            yield from some[-1:]
    for one in _LATIN.finditer(masked):
        yield from filter(_strange, [one["word"]])


def _chinese(masked: str) -> Iterator[str]:
    for start, end in strange_runs(masked):
        told = masked[start:end]
        if _CHINESE_AFTER.match(masked, end) or _CHINESE_BEFORE.search(masked[:start]) or _MEMBERS.search(told):
            yield told
    for one in _CHINESE_KNOWN.finditer(masked):
        yield one["word"]


def _strange(word: str) -> bool:
    return word in words("unmet")["en"] or (is_strange(word) and any(map(is_strange, word.split("-"))))


def _is_verb(word: str, before: str) -> bool:
    """Whether shoppers are what a word is done to: what ``annoys`` shoppers."""
    return _VERB.search(word) is not None or (
        _VERB_AFTER.search(before) is not None and (word.endswith(("s", "ed")) or before.endswith("to"))
    )


@lru_cache(maxsize=1)
def _places() -> re.Pattern[str]:
    told = words("place")
    where, whence = ("|".join(map(re.escape, told[name])) for name in ("where", "whence"))
    where = rf"(?:{where}|(?<=the )(?:us|u\.s\.|usa|uae|eu)(?![a-z]))"
    chinese = "|".join(map(re.escape, told["zh"]))
    towns = "|".join(re.escape(one) for one in told["zh"] if one not in _NO_NAMES)
    people = pattern("people").pattern
    chinese_people = "(?:顾客|客户|用户|消费者|客人|买家|人)"
    there = "(?:市|省|州)?(?:那边|这边|那儿|这儿|那里|当地|本地|地区|市场|一带)?"
    return re.compile(
        rf"\b({whence}|{where}) (?:\w+ )?{people}\b|\b({whence}) (?:market|region|side|stores?|branch(?:es)?)\b"
        rf"|{people} (?:(?:who|that) )?(?:\w+ ){{0,2}}(?:from|in|near|around|of) (?:the )?({where})\b"
        r"|\b(?:in|from|near|around|across|throughout|within|inside|outside|at|to|for|over in) "
        rf"(?:the )?(?:{_PART})?({where})\b|^({where})\s*[:,–—-]|[,:–—-]\s*({where})\W*$"
        rf"|\b({where})(?:'s|-based)\b"
        rf"|({chinese})(?:市|省|州)?(?:那边|这边|来|本地|地区)?的?{chinese_people}"
        rf"|(?:来自|住在|身在|位于|从|在)({chinese})(?!外)"
        rf"|({towns}){there}(?:的|谁|哪些|哪个|有谁|有多少|有什么|多少|能卖|会|大家|呢|顾虑|需求|意向|销量|和|与|跟|、|或|还是|$|[，。：？?!])"
        rf"|({towns})(?:市|省|州)?(?:那边|这边|那儿|这儿|那里|当地|本地|地区|市场|一带)"
    )
