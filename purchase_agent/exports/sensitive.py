"""What implies a shopper's health or the birth of a child: left out of audiences unless asked for.

Such inferences are a special category of personal data (GDPR, article 9), or do harm when they are wrong or shown.
Left out are:

* the motivation ``safety_health``;
* categories and items whose id or name holds one of the words below (medicine, vitamins, contraception, baby,
  maternity ...);
* the motivations ``gift``, ``occasion`` and ``replenishment`` of who wrote such a word in the last 90 days: a gift for
  a baby, a birth, a medicine that has run out;
* the whole shopper where the prediction is about such an item or category, or everything lately seen of him is: that
  he is in the audience would tell it.

The words err on the side of leaving out. They do not know brands or codes: where your ids are numbers, choose audiences
by category only from categories that you have looked at yourself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

MOTIVATION = "safety_health"
HARMLESS_BY_WORDS = ("gift", "occasion", "replenishment")
"""Motivations that are as harmless as what the shopper wrote."""
STEMS = (
    # birth
    "babies", "baby", "breast", "childbirth", "cradle", "diaper", "fertility", "infant", "maternity", "midwife",
    "nappies", "nappy", "neonat", "newborn", "nursing", "ovulation", "pacifier", "postpartum", "pregnan", "prenatal",
    "stroller", "toddler",
    # health
    "allerg", "antibiotic", "asthma", "bandage", "cancer", "cholesterol", "clinic", "condom", "contracep", "depress",
    "diabet", "disabilit", "disease", "doctor", "drugstore", "first aid", "glucose", "health", "hearing aid", "hormone",
    "hospital", "incontinence", "insulin", "laxative", "medic", "menopaus", "nicotine", "orthop", "painkill", "pharma",
    "prescription", "sleep aid", "supplement", "surgery", "symptom", "syringe", "therap", "vitamin", "weight loss",
    "wheelchair",
)  # fmt: skip
"""Beginnings of English words."""
WHOLE = ("birth", "births", "crib", "hiv", "pill", "pills", "pram", "prams")
"""English words that others begin with, too: birthday, pillow."""
CHINESE = (
    "母婴", "婴", "宝宝", "新生儿", "孕", "产妇", "产后", "待产", "月子", "奶粉", "奶瓶", "尿不湿", "纸尿裤", "吸奶",
    "哺乳", "妈咪",
    "药", "医", "保健", "维生素", "健康", "养生", "血糖", "血压", "轮椅", "助听", "理疗", "康复", "疾病", "患者",
    "糖尿", "抑郁", "减肥", "避孕", "计生", "失禁", "绷带", "口罩", "手术", "过敏", "胰岛素", "更年期",
)  # fmt: skip
"""Chinese words, wherever they stand."""
PATTERN = rf"(?i)(?:^|[^a-z])(?:{'|'.join(STEMS)})|(?:^|[^a-z])(?:{'|'.join(WHOLE)})(?:$|[^a-z])|{'|'.join(CHINESE)}"
"""For DuckDB's RE2 and for Python alike."""
_PATTERN = re.compile(PATTERN)
_JOINTS = str.maketrans("_-", "  ")


def tells(name: str | None) -> bool:
    """Whether the id or name of an item or category holds one of the words."""
    return name is not None and bool(_PATTERN.search(name.translate(_JOINTS)))


def harmless(motivation: Sequence[str], *, wrote: bool) -> list[str]:
    """The motivations that may be told; ``wrote``: he wrote one of the words lately."""
    cut = {MOTIVATION, *(HARMLESS_BY_WORDS if wrote else ())}
    return [name for name in motivation if name not in cut]
