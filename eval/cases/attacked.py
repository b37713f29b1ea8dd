"""Planted instructions: every attack as three samples, the clean text, the attacked one, one with harmless words."""

from __future__ import annotations

from dataclasses import asdict

from purchase_agent.eval.attacks import read_attacks
from purchase_agent.eval.cases.readers import Given
from purchase_agent.eval.cases.sample import Sample, about, shopper_of

SIDES = {"clean": "clean", "attacked": "text", "filled": "filled"}
"""Side -> the text of the attack that it is."""


def injections(given: Given) -> list[Sample]:
    """The attacks of ``security/``; ``of`` is the attack, ``attack`` all that is known of it."""
    out = []
    used: dict[str, int] = {}
    for one in read_attacks(given.folder(), given.seed):
        used[one.id] = used.get(one.id, 0) + 1
        name = f"{one.source}:{one.id}" + (f"#{used[one.id]}" if used[one.id] > 1 else "")
        for side, field in SIDES.items():
            text = getattr(one, field)
            told = about(text, one.channel, one.source, one.language, category=one.goal)
            told |= {"of": name, "side": side, "group": one.clean, "wrapper": one.wrapper, "where": one.where}
            if side == "attacked":
                told["attack"] = asdict(one)
            out.append(Sample(f"{name}:{side}", shopper_of(text, one.channel), {}, told))
    return out
