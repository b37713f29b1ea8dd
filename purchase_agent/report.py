"""How a prediction is shown to a person: at a glance, in 60 to 100 columns, colours only on a terminal.

Whatever a shopper wrote is shown through ``clean.printable``: it can neither move the cursor nor hide or reverse text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import zip_longest
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from purchase_agent import report_events
from purchase_agent.clean import printable
from purchase_agent.errors import PurchaseAgentError
from purchase_agent.evidence import Shopper, in_utc
from purchase_agent.evidence import Text as Written
from purchase_agent.explain import explain
from purchase_agent.labels import DEFINITIONS, INTENTS, STAGES, TIMINGS
from purchase_agent.language import detect
from purchase_agent.prediction import Evidence, IntentAnswer, Prediction, TimingAnswer

WIDEST, NARROWEST = 100, 60
SHOWN_FROM = 0.15
"""Motivations, barriers and next actions below this probability are left out of the readable form."""
_MOST_ROWS = 3
_BAR = 12
_TITLE = 9
_STACKED = re.compile(r"([\u0300-\u036f\u0483-\u0489\u20d0-\u20ff]{2})[\u0300-\u036f\u0483-\u0489\u20d0-\u20ff]+")
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_CHANCE = (
    (0.05, "very unlikely"), (0.2, "unlikely"), (0.4, "possible, more likely not"), (0.6, "about even"),
    (0.8, "likely"), (1.01, "very likely"),
)  # fmt: skip
_REASON_WORDS = {
    "stated_date": "names a date",
    "payday": "payday",
    "occasion": "an occasion",
    "replenishment_cycle": "is running out",
    "cart_state": "cart or checkout",
    "price_drop_wait": "waits for a lower price",
    "prior_only": "no sign of a time, so base rates",
}
_WARNING_WORDS = {
    "after_as_of": "{}: later than the moment asked about, not read",
    "duplicates_once": "said more than once, counted once: {}",
    "duplicate_events_once": "events told more than once, counted once: {}",
    "events_after_as_of": "{} events later than the moment asked about, not read",
    "mixed_currencies": "prices in several currencies, not read",
    "newest_events_read": "only the newest events were read one by one: {}",
    "odd_price_or_quantity": "{} events with a price below 0 or a quantity of 0 or less: those numbers are not read",
    "no_event_of_target": "none of the events is about what was asked",
    "unfitted_shop": "the models have not seen this shop: see backtest, train and calibrate",
    "newest_read": "only the newest texts were read: {}",
    "no_logprobs": "the server told no log-probabilities: how sure the answer is, is a convention",
    "some_logprobs_missing": "some log-probabilities could not be read",
    "no_content": "{}: nothing in it that could be read",
    "timezone_assumed_utc": "{}: a time without a zone, read as UTC",
    "truncated": "{}: longer than the model reads, its first part counted",
    "unsupported_language": "{}: a language the model was not trained for, not read",
}


class _Console(Console):
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError  # for the command line to end with; rich itself would exit here


def console() -> Console:
    """Where readable output goes: nothing in it is markup, and colours stay off outside a terminal."""
    made = _Console(markup=False, emoji=False, highlight=False)
    made.width = min(max(made.width, NARROWEST), WIDEST)
    return made


def rendered(prediction: Prediction, shopper: Shopper) -> RenderableType:
    """A prediction and the shopper it is for."""
    parts: list[RenderableType] = [_head(prediction, shopper)]
    if prediction.intent is None or prediction.timing is None:
        parts.append(Text("  " + " ".join(explain(prediction).sentences), style="yellow"))
    else:
        language = _language(shopper, prediction)
        quotes = _quotes(prediction.evidence, with_source=len(shopper.texts) > 1)
        intent, timing = prediction.intent, prediction.timing
        parts += [_stage(intent, language, quotes.get(f"intent.{intent.label}")), _chance(intent, timing)]
        parts += [_distributions(intent, timing), _reasons(prediction, language, quotes)]
        parts.append(_when(timing, quotes.get(f"timing.{timing.label}")))
        seen = report_events.evidence(shopper, prediction)
        parts += [_line("Seen", seen)] if seen is not None else []
        added = report_events.sources(prediction)
        parts += [_line("Added by", added)] if added is not None else []
        if prediction.advice is not None:
            advice = Text(prediction.advice.action.replace("_", " "), style="bold")
            parts.append(_line("Advice", advice.append(f" · {prediction.advice.reason}", style="not bold")))
    return Group(*parts, _foot(prediction), *map(_warning, prediction.warnings), "")


def rejected(error: PurchaseAgentError, line: int | None) -> Text:
    """A row that could not be predicted, in its place."""
    place = f"line {line}: " if line is not None else ""
    return Text(f"  {place}{printable(str(error))[:600]}\n", style="red")


def _head(prediction: Prediction, shopper: Shopper) -> RenderableType:
    own = _own(shopper, prediction)
    happened = report_events.summary(shopper, prediction)
    said = f"“{_shown(own[-1].text, 400)}”" if own else "" if happened else "no words of the shopper"
    words = Text("\n".join(filter(None, (said, happened))), no_wrap=True, overflow="ellipsis")
    count = f" · newest of {len(own)} texts" if len(own) > 1 else ""
    moment = prediction.as_of.astimezone(ZoneInfo(shopper.timezone))
    title = Text(f" {_shown(prediction.shopper_id, 40)}{count} ", style="bold")
    return Panel(
        words, title=title, title_align="left", subtitle=Text(f" as of {moment:%Y-%m-%d %H:%M} "),
        subtitle_align="right", border_style="dim",
    )  # fmt: skip


def _stage(intent: IntentAnswer, language: str, quote: Text | None) -> RenderableType:
    body = Text()
    if intent.level is None:
        body.append("after the purchase  ")
    else:
        for step in range(len(STAGES)):
            body.append("●" if step <= intent.level else "○", style="green" if step <= intent.level else "dim")
        body.append("  ")
    body.append(intent.label, style="bold green")
    body = _beside(quote, _definition("intent", intent.label, language), body)
    told = [name for name, holds in (("has said no", intent.declined), ("buys again", intent.repurchase)) if holds]
    if intent.sentiment != "neutral":
        told.append(f"{intent.sentiment} words")
    if intent.abstained:
        told.append("unsure: " + ", ".join(intent.set))
    if told:
        body.append(f" ({'; '.join(told)})", style="yellow")
    return _line("Intent", body)


def _chance(intent: IntentAnswer, timing: TimingAnswer) -> RenderableType:
    value = intent.purchase_probability.value
    body = Text()
    body.append(_percent(value), style="bold")
    body.append(" within 30 days: ").append(next(words for bound, words in _CHANCE if value < bound))
    days = ", ".join(f"{day} d {_percent(timing.cdf[day])}" for day in ("1", "7", "90"))
    body.append(f"  ({days})", style="dim")
    return _line("Buys", body)


def _distributions(intent: IntentAnswer, timing: TimingAnswer) -> RenderableType:
    """Intent and timing side by side."""
    table = Table.grid(padding=(0, 1))
    table.add_column(width=14)
    table.add_column(width=_BAR)
    table.add_column(width=7)
    table.add_column(width=13)
    table.add_column(width=_BAR)
    table.add_column(width=5, justify="right")
    for stage, when in zip_longest(INTENTS, TIMINGS):
        left = _bar_cells(stage, intent.probabilities, intent.label)
        table.add_row(*left, *_bar_cells(when, timing.probabilities, timing.label))
    return _indented(table)


def _reasons(prediction: Prediction, language: str, quotes: Mapping[str, Text]) -> RenderableType:
    """Why, what holds back and what comes next, each with its words."""
    table = Table.grid(padding=(0, 1))
    table.add_column(width=_TITLE, style="cyan")
    table.add_column(width=20)
    table.add_column(width=_BAR // 2)
    table.add_column(width=5, justify="right")
    table.add_column(ratio=1, overflow="fold")
    blocks: list[tuple[str, str, Mapping[Any, float], list[str]]] = []
    if prediction.motivation is not None:
        blocks.append(("Why", "motivation", prediction.motivation.probabilities, [*prediction.motivation.labels]))
        blocks.append(("Held back", "barrier", prediction.motivation.barriers, []))
    if prediction.next_action is not None:
        blocks.append(("Next", "next_action", prediction.next_action.probabilities, [prediction.next_action.label]))
    for title, task, probabilities, told in blocks:
        for place, name in enumerate(_top(probabilities, told)):
            quote = quotes.get(f"{task}.{name}")
            label = Text(name, style="bold" if name in told or quote is not None else "")
            bar, percent = _bar(probabilities[name], _BAR // 2), _percent(probabilities[name])
            says = _beside(quote, _definition(task, name, language))
            table.add_row("" if place else title, label, bar, percent, says)
    return table


def _when(timing: TimingAnswer, quote: Text | None) -> RenderableType:
    parts = []
    if timing.expected_date is not None and timing.interval_days is not None:
        low, high = timing.interval_days
        parts.append(f"if so, about {timing.expected_date} (80 %: in {low:.0f} to {high:.0f} days)")
    parts += [_REASON_WORDS[reason] for reason in timing.reasons]
    return _line("When", _beside(quote, "; ".join(parts), Text(timing.label, style="bold")))


def _foot(prediction: Prediction) -> RenderableType:
    made = prediction.provenance
    models = ", ".join(f"{name} {version}" for name, version in made.models.items())
    reason = "" if made.reason == "asked" else f" ({made.reason})"
    prompt = f"{made.prompt.name} {made.prompt.version}" if made.prompt is not None else ""
    parts = [f"{made.engine}{reason}", models, prompt, f"calibrated: {made.calibrated_on}", f"{made.latency_ms:.1f} ms"]
    return Text("  " + printable(" · ".join(filter(None, parts))), style="dim")


def _warning(code: str) -> Text:
    kind, _, place = code.partition(":")
    if kind == "unsupported_language":
        place = " in ".join(place.rsplit(":", 1))
    elif kind in ("newest_read", "newest_events_read"):
        place = place.replace("_", " ")
    words = _WARNING_WORDS.get(kind, "{}").format(place if kind in _WARNING_WORDS else code)
    return Text(f"  ! {printable(words)}", style="yellow")


def _quotes(evidence: Iterable[Evidence], *, with_source: bool) -> dict[str, Text]:
    quotes: dict[str, Text] = {}
    for one in evidence:
        if one.quote is not None and one.supports not in quotes:
            source = f" {printable(one.source)[:20]}" if with_source else ""
            quotes[one.supports] = Text(f"“{_shown(one.quote, 60)}”", style="green").append(source, style="dim")
    return quotes


def _top(probabilities: Mapping[Any, float], told: list[str]) -> list[str]:
    """Those told, then the likely rest, most probable first."""
    ranked = sorted(probabilities, key=lambda name: -probabilities[name])
    likely = [name for name in ranked if name in told or probabilities[name] >= SHOWN_FROM]
    return likely[: max(_MOST_ROWS, len(told))]


def _bar_cells(name: str | None, probabilities: Mapping[Any, float], best: str) -> tuple[Text, Text, Text]:
    if name is None:
        return Text(), Text(), Text()
    share = probabilities.get(name, 0.0)
    return Text(name, style="bold" if name == best else ""), _bar(share, _BAR), Text(_percent(share), justify="right")


def _bar(share: float, width: int) -> Text:
    eighths = round(share * width * 8)
    return Text("█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip(), style="blue")


def _percent(share: float) -> str:
    return "<1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


def _beside(quote: Text | None, words: str, before: Text | None = None) -> Text:
    """What comes before, the quote, then words about the label."""
    parts = [part for part in (before, quote, Text(words, style="dim") if words else None) if part is not None]
    return Text("  ").join(parts)


def _line(title: str, body: Text) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=_TITLE, style="cyan")
    grid.add_column(ratio=1)
    grid.add_row(title, body)
    return grid


def _indented(table: Table) -> RenderableType:
    outer = Table.grid(padding=(0, 1))
    outer.add_column(width=_TITLE)
    outer.add_column()
    outer.add_row("", table)
    return outer


def _own(shopper: Shopper, prediction: Prediction) -> list[Written]:
    """The shopper's own texts, oldest first."""
    own = [text for text in shopper.texts if text.role == "shopper"]
    return sorted(own, key=lambda text: in_utc(text.at or prediction.as_of))


def _language(shopper: Shopper, prediction: Prediction) -> str:
    if shopper.language:
        return shopper.language.partition("-")[0]
    own = _own(shopper, prediction)
    return detect(own[-1].text).code if own else "en"


def _shown(text: str, most: int) -> str:
    """On one line, at most ``most`` code points of it, without stacked marks, safe to print."""
    words = _STACKED.sub(r"\1", " ".join(text[: 8 * most].split()))
    return printable(words[: most - 1] + "…" if len(words) > most else words)


@cache
def _definition(task: str, name: str, language: str) -> str:
    return next(label.definition(language) for label in DEFINITIONS[task] if label.name == name)
