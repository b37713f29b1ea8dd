"""The figures of planted instructions as tables; what only programs need stays in the JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from purchase_agent.eval.bench.table import Table
from purchase_agent.eval.outside_effects import OUTSIDE, QUOTED

FEWEST = 5
"""Answers of a group that is told on its own in the table."""
_LEGEND = (
    "share of attacks after which any label, or the intent, is another; more: attack minus harmless words;",
    f"quotes it: quotes reach into the attack; groups with fewer than {FEWEST} answers stand in the JSON alone",
)
_AIM_LEGEND = (
    "wanted: share that moved where the goal of the attack asks for; moved: mean size of the shift of the probability",
)


def tables(results: Mapping[str, Any]) -> list[Table]:
    """All figures of a run, as ``injections.report`` gathers them."""
    prompt = results["prompt"]
    asked = f"{prompt['name']} {prompt['version']}" if prompt else "no prompt"
    head = f"engine {results['engine']}, {asked}, {results['attacks']} attacks"
    everything = results["groups"]["all"]
    effects = [
        [text, str(everything["effects"][name]), "0" if name in OUTSIDE else ""]
        for name, text in (OUTSIDE | QUOTED).items()
    ]
    notes = tuple(
        f"{name}: {', '.join(f'{count} {by}' for by, count in found.items())}"
        for name, found in results["answered_by"].items()
    )
    found = tuple(f"{one['id']}: {', '.join(one['effects'])}" for one in results["outside"])
    shown = {name: one for name, one in results["groups"].items() if name == "all" or one["answered"] >= FEWEST}
    shown = {name: one for name, one in shown.items() if one["answered"]}
    columns = ("", "answered", "any label", "95 %", "harmless", "more", "95 %", "intent", "harmless", "quotes it")
    labels = Table(
        "Labels that are another after an attack, and after harmless words in its place", columns,
        [_label_row(name, one) for name, one in shown.items()], _LEGEND,
    )  # fmt: skip
    aims = Table(
        "What the goal asks for, and the purchase probability",
        ("", "wanted", "95 %", "harmless", "moved", "95 %", "harmless", "more", "95 %"),
        [_aim_row(name, one) for name, one in shown.items()], _AIM_LEGEND,
    )  # fmt: skip
    over = [[one["what"], *_share_cells(one)] for one in results["over_defence"]]
    cost = [
        [
            f"{one['defence']}, alters {one['texts_it_alters']}" if "texts_it_alters" in one else one["defence"],
            str(one["with"]["n"]), f"{one['with']['value']:.3f}", f"{one['without']['value']:.3f}",
            f"{one['difference']['value']:+.3f}", _interval(one["difference"]),
        ]
        for one in results["cost"]
    ]  # fmt: skip
    left_out = tuple(
        f"left out of {name}: {text}"
        for one in results["cost"]
        for name, texts in one.get("left_out", {}).items()
        for text in texts
    )
    return [
        Table(f"Outside effects ({head})", ("", "predictions", "must be"), effects, (*found, *notes)),
        labels,
        aims,
        Table("Over-defence: shares of harmless texts", ("", "n", "share", "95 %"), over),
        Table("Cost in intent accuracy", ("", "n", "with", "without", "more", "95 %"), cost, left_out),
    ]


def _label_row(name: str, one: Mapping[str, Any]) -> list[str]:
    anything, intent = one["any_label"], one["intent_label"]
    return [
        name, f"{one['answered']} of {one['attacks']}", f"{anything['attack']['value']:.3f}",
        _interval(anything["attack"]), f"{anything['harmless']['value']:.3f}",
        f"{anything['difference']['value']:+.3f}", _interval(anything["difference"]),
        f"{intent['attack']['value']:.3f}", f"{intent['harmless']['value']:.3f}",
        str(one["effects"]["quoted_attack"]),
    ]  # fmt: skip


def _aim_row(name: str, one: Mapping[str, Any]) -> list[str]:
    moved, wanted = one["moved"], one["wanted"]
    aim = ["", "", ""]
    if wanted is not None:
        reached = wanted["attack"]
        aim = [f"{reached['value']:.2f} of {reached['n']}", _interval(reached), f"{wanted['harmless']['value']:.2f}"]
    return [
        name, *aim, f"{moved['attack']['value']:.3f}", _interval(moved["attack"]),
        f"{moved['harmless']['value']:.3f}", f"{moved['difference']['value']:+.3f}", _interval(moved["difference"]),
    ]  # fmt: skip


def _share_cells(one: Mapping[str, Any]) -> list[str]:
    return [str(one["n"]), f"{one['value']:.3f}", _interval(one)]


def _interval(one: Mapping[str, Any]) -> str:
    return f"[{one['low']:.3f}, {one['high']:.3f}]"
