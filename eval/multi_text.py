"""Shoppers with several texts: the product's rule against reading the newest text alone and all texts as one.

``eval/data/multi_text.jsonl`` holds 140 written shoppers with the labels that hold as of one moment. The rule's
constants were set on those with odd numbers; the even ones are the test.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from purchase_agent import PurchaseAgent
from purchase_agent.evidence import in_utc, parse_time
from purchase_agent.labels import MOTIVATIONS
from purchase_agent.metrics import Score, accuracy, macro_f1, micro_f1, spearman
from purchase_agent.prediction import Prediction
from purchase_agent.training.corpus import read_jsonl

Record = dict[str, Any]
CASES = Path(__file__).parent / "data" / "multi_text.jsonl"


def _own_until_as_of(shopper: Record) -> list[Record]:
    end = in_utc(parse_time(shopper["as_of"]))
    own = [text for text in shopper["texts"] if text.get("role", "shopper") == "shopper"]
    known = [text for text in own if in_utc(parse_time(text["at"])) <= end]
    return sorted(known, key=lambda text: in_utc(parse_time(text["at"])))


def as_given(shopper: Record) -> Record:
    return shopper


def newest_only(shopper: Record) -> Record:
    return {**shopper, "texts": _own_until_as_of(shopper)[-1:]}


def all_as_one(shopper: Record) -> Record:
    texts = _own_until_as_of(shopper)
    return {**shopper, "texts": [{**texts[-1], "text": "\n".join(text["text"] for text in texts)}]}


READERS: dict[str, Callable[[Record], Record]] = {
    "the rule": as_given, "newest text only": newest_only, "all texts as one": all_as_one,
}  # fmt: skip


def judge(cases: Sequence[Record], predictions: Sequence[Prediction]) -> list[Score]:
    """Figures over shoppers that were answered; an unanswered one counts as wrong."""
    labels = [case["label"] for case in cases]
    intents = [
        (label["intent"], p.intent.label if p.intent else "-") for label, p in zip(labels, predictions, strict=True)
    ]
    actions = [
        (c["next_action"], p.next_action.label if p.next_action else "-")
        for c, p in zip(labels, predictions, strict=True)
    ]
    times = [
        (label["timing"], p.timing.label if p.timing else "-") for label, p in zip(labels, predictions, strict=True)
    ]
    truth = np.asarray([[name in label["motivation"] for name in MOTIVATIONS] for label in labels], int)
    told = np.asarray(
        [[p.motivation is not None and name in p.motivation.labels for name in MOTIVATIONS] for p in predictions], int
    )
    chance = np.asarray([p.intent.purchase_probability.value if p.intent else 0.0 for p in predictions])
    return [
        accuracy(*map(list, zip(*intents, strict=True))),
        macro_f1(*map(list, zip(*intents, strict=True))),
        micro_f1(truth, told),
        accuracy(*map(list, zip(*actions, strict=True))),
        accuracy(*map(list, zip(*times, strict=True))),
        spearman(np.asarray([float(label["juster"]) for label in labels]), chance),
    ]


NAMES = (
    "intent accuracy",
    "intent macro-F1",
    "motivation micro-F1",
    "next action accuracy",
    "timing accuracy",
    "purchase probability Spearman",
)


def report(models_dir: Path | None = None) -> str:
    """Figures of the three readers on the development and the test half, in all and for each language."""
    agent = PurchaseAgent(evidence="none", models_dir=models_dir)
    cases = list(read_jsonl(CASES))
    lines = []
    for half, rest in (("development (odd)", 1), ("test (even)", 0)):
        for language in ("all", "en", "zh"):
            some = [
                case
                for case in cases
                if int(case["shopper"]["shopper_id"].split("-")[1]) % 2 == rest
                and language in ("all", case["shopper"]["language"])
            ]
            for name, reader in READERS.items():
                predictions = [agent.predict(reader(case["shopper"])) for case in some]
                figures = ", ".join(
                    f"{what} {one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"
                    for what, one in zip(NAMES, judge(some, predictions), strict=True)
                )
                lines.append(f"{half}, {language}, n={len(some)}, {name}: {figures}")
    return "\n".join(lines)
