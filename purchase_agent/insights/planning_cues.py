"""Signs in a question that speak for one kind of question, choose a slot, or forbid an answer."""

from __future__ import annotations

import re

from purchase_agent.insights.planning_lists import named, pattern, words

SYNONYMS = words("cue")
"""Words that mean much the same here. A word may stand in several lists."""
BY = tuple((name, pattern(f"by:{name}")) for name in named("by:"))
"""Grouping -> how it is asked for."""
SPLIT = pattern("split")
"""Where an answer is to be split; its only group says by what."""
TAILS = tuple((name, pattern(f"tail:{name}")) for name in named("tail:"))
"""Grouping -> how such a tail speaks of it."""
ABOUT = tuple((name, pattern(f"about:{name}")) for name in named("about:"))
"""What words are to tell of -> how that is asked for."""
MEASURES = tuple((name, pattern(f"measure:{name}")) for name in named("measure:"))
"""What two groups are compared by -> how that is asked for, beside the words of its own kind."""
SEARCH_WORDS = pattern("search_words")
"""What was searched for most."""
QUOTED, POINTS = pattern("words_asked"), pattern("points_only")
"""Words are asked for; nothing but a pointing word."""
SEARCHES, CATEGORIES, ITEMS = pattern("searches"), pattern("categories"), pattern("items")
READY, EVERYBODY = pattern("ready"), pattern("everybody")
BESIDE, APART = pattern("beside"), pattern("apart")
"""Two groups are meant; they are where two are named."""
READY_GROUP = pattern("ready_group")
"""Those who are ready to buy, where something else is asked about them."""
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
