"""Signs in a question that speak for one kind of question, choose a slot, or forbid an answer."""

from __future__ import annotations

import re

from purchase_agent.insights.planning_lists import named, pattern, words

SYNONYMS = words("cue")
"""Words that mean much the same here. A word may stand in several lists."""
BY = tuple((name, pattern(f"by:{name}")) for name in named("by:"))
"""Grouping -> how it is asked for."""
SEARCHES, CATEGORIES, ITEMS = pattern("searches"), pattern("categories"), pattern("items")
READY, EVERYBODY = pattern("ready"), pattern("everybody")
BESIDE = pattern("beside")
"""Two groups are meant."""
COUNTED, THINGS = pattern("counted"), pattern("things")
"""How many shoppers; how many pieces."""
WHY, NEGATED = pattern("why"), pattern("negated")
"""Why; and why not."""
DOMAIN = pattern("domain")
"""What any question of ours speaks of."""
_ORDER = (
    "command", "sensitive", "personal", "persons", "others", "traits", "advice", "business", "past", "off_topic",
    "causes",
)  # fmt: skip
NEVER = tuple((reason, pattern(f"no:{reason}")) for reason in _ORDER)
"""Reason -> what forbids an answer, the first that is met is told."""
_AMBIGUOUS = frozenset({"cost", "budget", "newsletter", "live", "names", "impact", "age", "活动", "收入"})
REFUSED_FOR = re.compile(
    "|".join(
        rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word)
        for name in ("people", "order", "money", "rivals", "if")
        for word in SYNONYMS[name]
        if word not in _AMBIGUOUS
    )
)
"""Words of what cannot be answered."""
