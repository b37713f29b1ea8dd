"""Two groups beside each other: the share of each label in both, and the difference with its interval."""

from __future__ import annotations

from purchase_agent.insights import intervals, told
from purchase_agent.insights.answers import Hidden, Row
from purchase_agent.insights.groups import Scope, breakdown, ready, subgroup
from purchase_agent.insights.names import LABELS, label, put, say, window
from purchase_agent.insights.privacy import Told
from purchase_agent.insights.queries import Language
from purchase_agent.insights.source import Source

_NAMED = 3
_APART = ("clearly different: {names}.", "差别明显的是：{names}。")
_ALIKE = (
    "no difference is clear of chance (each interval holds zero).", "没有一项差别超出偶然范围（各区间都包含零）。",
)  # fmt: skip
_NOTHING = ("no share is large enough in both to be compared.", "没有一项在两边都有足够人数可以比较。")


def beside(source: Source, first: Scope, second: Scope, measure: str, days: int, language: Language) -> list[Row]:
    """A row for each label of a task, or the one row of those ready within ``days``; both scopes may be told."""
    sizes = first.told.shoppers or 0, second.told.shoppers or 0
    if measure == "ready":
        title = put(language, ("ready to buy {}", "{}可能购买")).format(window(days, language))
        return [
            _row(
                "ready",
                title,
                subgroup(source, first, ready(days)).told,
                subgroup(source, second, ready(days)).told,
                sizes,
            )
        ]
    of_first, of_second = ({one.label: one.told for one in breakdown(source, at, measure)} for at in (first, second))
    few = Told(None, "few")
    return [
        _row(name, label(measure, name, language), of_first.get(name, few), of_second.get(name, few), sizes)
        for name in LABELS[measure]
    ]


def differing(rows: list[Row], language: Language) -> list[str]:
    """Which rows differ by more than chance, the widest apart first."""
    some = [one for one in rows if one.value is not None]
    clear = sorted((one for one in some if _clear(one)), key=lambda one: -abs(one.value or 0.0))[:_NAMED]
    if not some:
        return [say(language, _NOTHING)]
    if not clear:
        return [say(language, _ALIKE)]
    return [say(language, _APART, names=told.listed((_named(one, language) for one in clear), language))]


def _clear(row: Row) -> bool:
    return (row.low or 0.0) > 0 or (row.high or 0.0) < 0


def _named(row: Row, language: Language) -> str:
    shares = f"{told.percent(row.first or 0.0)} : {told.percent(row.second or 0.0)}"
    points = f"{(row.value or 0.0) * 100:+.0f}"
    interval = f"{(row.low or 0.0) * 100:+.0f} … {(row.high or 0.0) * 100:+.0f}"
    return put(
        language,
        (f"{row.title} {shares} ({points} points, {interval})", f"{row.title}{shares}（{points}个百分点，{interval}）"),
    )


def _row(name: str, title: str, first: Told, second: Told, sizes: tuple[int, int]) -> Row:
    if first.shoppers is None or second.shoppers is None:
        hidden: Hidden | None = first.hidden or second.hidden
        if "protects" in (first.hidden, second.hidden):
            hidden = "protects"
        return Row(label=name, title=title, hidden=hidden)
    parts = (min(first.shoppers, sizes[0]), sizes[0]), (min(second.shoppers, sizes[1]), sizes[1])
    value, low, high = intervals.difference(*parts)
    return Row(
        label=name, title=title, first=intervals.share(*parts[0])[0], second=intervals.share(*parts[1])[0],
        value=value, low=low, high=high,
    )  # fmt: skip
