"""Leaves out what an asker says of the answer he wants: ``I don't need anything fancy, just the total``.

Its denials are none of shoppers, and would be read as such.
"""

from __future__ import annotations

import re

from purchase_agent.insights.planning_lists import pattern
from purchase_agent.insights.planning_slots import slots
from purchase_agent.insights.planning_values import Names

_END = re.compile(r"(?:[,;:!?。]|\.(?=\s|$)| [-–—]+ | but\b)+\s*")
_GREETING = re.compile(
    r"^(?:(?:hi|hey|hello|ok|okay|so|well|look|sorry|please|and|oh|honestly|just|morning)\b\W*)+|\W+$"
)
_ASIDE, _KEEPS = pattern("aside"), pattern("aside:keeps")
_SAME_WORDS = {("barrier", "no_need_now"), ("intent", "none")}
"""What ``don't need`` and ``not interested`` mean of shoppers; nothing else that a filter knows may be left out."""


def without_asides(text: str, names: Names) -> str:
    """Folded text without such clauses; the whole of it where nothing else would be left.

    Args:
        names: those of the shop, with which a clause is about shoppers.
    """
    kept, at = [], 0
    for start, end in [*((one.start(), one.end()) for one in _END.finditer(text)), (len(text), len(text))]:
        if not _is_aside(text[at:start], names):
            kept.append(text[at:end])
        at = end
    left = "".join(kept)
    return left if re.search(r"\w", left) else text


def _is_aside(clause: str, names: Names) -> bool:
    plain = _GREETING.sub("", clause.strip())
    if not _ASIDE.fullmatch(plain) or _KEEPS.search(plain):
        return False
    found = slots(plain, names, lambda _: True)
    named = {(one.slot, one.value) for one in found.mentions}
    when = found.days is not None or found.runs or found.past
    return named <= _SAME_WORDS and found.other is None and found.shopper_id is None and not when
