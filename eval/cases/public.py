"""Public sets with labels of their own, each mapped to the nearest thing that a prediction tells.

Every sample says in ``seen`` whether the shipped text model has learnt from it; ``part: unseen`` leaves the others out.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from purchase_agent.eval.cases.learnt import channel_of, seen_texts
from purchase_agent.eval.cases.readers import Given
from purchase_agent.eval.cases.sample import Record, Sample, about, id_of, shopper_of
from purchase_agent.training.corpus import group_of, read_jsonl

DRIVERS: dict[tuple[str, str], str] = {
    ("价格", "正面"): "motivation.price_value",
    ("价格", "负面"): "barrier.price",
    ("功效", "负面"): "barrier.quality_doubt",
    ("使用体验", "负面"): "barrier.quality_doubt",
    ("真伪", "负面"): "barrier.trust_or_privacy",
    ("物流", "负面"): "barrier.delivery",
    ("尺寸", "负面"): "barrier.fit_or_compatibility",
}
"""Aspect and polarity -> our label; aspects without a like label are left out."""


def phone_posts(given: Given) -> list[Sample]:
    """Posts on a phone: purchase intent yes or no; ``undefined`` is a target that is not known."""
    samples = [
        _sample(record["text"].strip(), "phone_tweets", given, {"purchase_intent": _yes(record["purchase_intent"])})
        for record in _once(given)
    ]
    return _part(samples, given)


def need_sentences(given: Given) -> list[Sample]:
    """Review sentences: whether one states a need; ours is whether it gives a reason at all."""
    samples = [
        _sample(
            record["text"].strip(), "need_sentences", given, {"motive_stated": bool(record["need"])},
            category=record["domain"],
        )
        for record in _once(given)
    ]  # fmt: skip
    return _part(samples, given)


def clothing(given: Given) -> list[Sample]:
    """Clothing reviews: whether the customer recommends the garment. Reviews of one garment are one group."""
    out = []
    for record in _once(given):
        title, text = record.get("title", "").strip(), record["text"].strip()
        whole = f"{title}. {text[:1].upper()}{text[1:]}" if title else text
        target = {"recommended": bool(record["recommended"])}
        out.append(
            _sample(
                whole, "clothing_reviews", given, target, category=record["department"] or None,
                group=f"item:{record['item_id']}",
            )
        )  # fmt: skip
    return _part(out, given)


def zh_drivers(given: Given) -> list[Sample]:
    """Chinese reviews of cosmetics: what drives or holds back by the set's aspects, and the polarity of all of them."""
    out = []
    for record in _once(given):
        found = {DRIVERS.get((one["aspect"], one["polarity"])) for one in record["drivers"]}
        poles = {one["polarity"] for one in record["drivers"]}
        sentiment = {"正面": "positive", "负面": "negative"}.get(next(iter(poles))) if len(poles) == 1 else None
        target = {"drivers": sorted(one for one in found if one is not None), "sentiment": sentiment}
        out.append(_sample(record["text"].strip(), "zh_cosmetics", given, target, language="zh"))
    return _part(out, given)


def shop_chat(given: Given) -> list[Sample]:
    """Messages to two shops by the shop's own intents, of which ``phases`` (an option) says what they are of ours."""
    phases: Mapping[str, str] = given.options["phases"]
    out = []
    for record in _once(given):
        target = {"phase": phases.get(record["intent"])}
        out.append(_sample(record["text"].strip(), "shop_chat", given, target, category=record["shop"]))
    return _part(out, given)


def _once(given: Given) -> list[dict[str, Any]]:
    """Records of the files, copies of one text once."""
    found: dict[str, dict[str, Any]] = {}
    for path in given.files:
        for record in read_jsonl(path):
            found.setdefault(group_of(record.get("title", "") + record["text"]), record)
    return list(found.values())


def _sample(
    text: str, source: str, given: Given, target: Record, *,
    category: str | None = None, group: str | None = None, language: str = "en",
) -> Sample:  # fmt: skip
    channel = channel_of(source)
    told = about(text, channel, source, language, category=category, group=group)
    if given.data is not None:
        told["seen"] = group_of(text) in _seen(given.data, source)
    return Sample(id_of(text, channel), shopper_of(text, channel), target, told)


@cache
def _seen(data: Path, source: str) -> set[str]:
    return seen_texts(data, source)


def _part(samples: list[Sample], given: Given) -> list[Sample]:
    if given.options.get("part", "all") == "unseen":
        return [one for one in samples if not one.metadata.get("seen", False)]
    return samples


def _yes(word: str) -> bool | None:
    return {"yes": True, "no": False}.get(word)
