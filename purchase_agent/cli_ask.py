"""``purchase-agent ask``: a question about all shoppers of a store, answered from it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from purchase_agent.clean import printable
from purchase_agent.cli_options import AsJson
from purchase_agent.cli_predict import DONE, json_line
from purchase_agent.errors import InputError
from purchase_agent.insights.answers import Answer, Row
from purchase_agent.insights.answers import Table as Told
from purchase_agent.insights.asking import ask
from purchase_agent.report import console
from purchase_agent.settings import PREFIX, load_settings

FAILED = 1
_BAR = 20
_WORDS = {
    "en": ("Behind it", "about {:,} shoppers", "In their words", "run {} as of {}"),
    "zh": ("依据", "约{:,}位顾客", "顾客原话", "第{}次运行，截至{}"),
}
app = typer.Typer(add_completion=False)


@app.command()
def ask_command(
    question: Annotated[str, typer.Argument(help="English or Chinese.")],
    store: Annotated[Path | None, typer.Option(help=f"The store; {PREFIX}STORE unless given.", dir_okay=False)] = None,
    run: Annotated[int | None, typer.Option(min=1, help="Number of the run asked; the newest unless given.")] = None,
    language: Annotated[
        Literal["en", "zh"] | None, typer.Option(help="Of the answer; that of the question unless given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask about all shoppers: who is ready to buy, what holds them back, what moved, how much will be bought.

    Groups under ten shoppers are not told. A question that cannot be answered is answered by what can be asked.
    """
    path = store or load_settings().store
    if path is None:
        raise InputError("no store was named", hint=f"give --store FILE, or set {PREFIX}STORE", field="file")
    if not path.is_file():
        hint = "one is made by: purchase-agent score FILE --out OUT.parquet --store S"
        raise InputError(f"there is no store {printable(str(path))}", hint=hint, field="file")
    found = ask(question, path, language=language, run=run)
    if as_json:
        sys.stdout.write(json_line(found.model_dump(mode="json", by_alias=True)))
    else:
        console().print(rendered(found))
    raise typer.Exit(DONE if found.status in ("answered", "suppressed") else FAILED)


def rendered(answer: Answer) -> RenderableType:
    """An answer as people read it: sentences, table with bars, quotes, and what stands behind it."""
    behind, shoppers, words, run = _WORDS[answer.language]
    parts: list[RenderableType] = [Text(printable(one)) for one in answer.sentences]
    if answer.table is not None and any(one.value is not None for one in answer.table.rows):
        parts += [Text(), Text(printable(answer.table.title), style="bold"), _shown(answer.table)]
    if answer.quotes:
        parts += [Text(), Text(words, style="bold")]
        parts += [Padding(Text(f"“{printable(one.quote)}”  [{_source(one)}]"), (0, 2)) for one in answer.quotes]
    if answer.suppressed:
        parts += [Text(), *(Text(printable(one), style="dim") for one in answer.suppressed)]
    told = [shoppers.format(answer.shoppers)] if answer.shoppers is not None else []
    if answer.run is not None:
        told.append(run.format(answer.run, f"{answer.as_of:%Y-%m-%d}" if answer.as_of is not None else "–"))
    if told:
        parts += [Text(), Text(f"{behind}: {'; '.join(told)}", style="dim")]
    return Group(*parts)


def _source(one: object) -> str:
    text_id, shopper = getattr(one, "text_id", ""), getattr(one, "shopper_id", None)
    return printable(f"{text_id}, {shopper}" if shopper else str(text_id))


def _shown(table: Told) -> RenderableType:
    rows = [one for one in table.rows if one.value is not None]
    two = any(one.first is not None for one in rows)
    largest = max(abs(one.high if one.high is not None else one.value or 0.0) for one in rows) or 1.0
    shown = Table(box=None, pad_edge=False, header_style="dim")
    heads = table.columns[1:-1]
    shown.add_column("")
    for head in heads:
        shown.add_column(printable(head), justify="right")
    shown.add_column(printable(table.columns[-1]), justify="right")
    shown.add_column("")
    for one in rows:
        cells = [_percent(one.first), _percent(one.second)] if two else []
        cells += [f"{one.shoppers:,}"] if one.shoppers is not None and len(heads) > 1 and not two else []
        shown.add_row(
            printable(one.title), *cells, _value(one.value, table.unit), _interval(one, table.unit),
            Text("█" * round(_BAR * abs(one.value or 0.0) / largest), style="cyan"),
        )  # fmt: skip
    return shown


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _value(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    if unit == "share":
        return f"{value:.0%}"
    return f"{value * 100:+.0f}" if unit == "points" else f"{value:,.0f}"


def _interval(row: Row, unit: str) -> str:
    if row.low is None or row.high is None:
        return ""
    return f"{_value(row.low, unit)} – {_value(row.high, unit)}"
