"""``purchase-agent export``: audiences, profiles and reports out of a store, as CSV, JSON Lines, JSON or Parquet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from purchase_agent.clean import printable
from purchase_agent.cli_options import moment
from purchase_agent.cli_predict import PARTIAL, json_line
from purchase_agent.errors import InputError
from purchase_agent.exports import audience as audiences
from purchase_agent.exports.cohorts import COHORT_COLUMNS, cohorts
from purchase_agent.exports.funnel import FUNNEL_COLUMNS, WEEKS, Segment, funnel
from purchase_agent.exports.identifiers import Hash, Platform
from purchase_agent.exports.lift import LIFT_COLUMNS, lift
from purchase_agent.exports.profile import PROFILE_COLUMNS, profiles
from purchase_agent.exports.reviews import REVIEW_COLUMNS, reviews
from purchase_agent.exports.runs import LEAST
from purchase_agent.exports.searches import DAYS, SEARCH_COLUMNS, searches
from purchase_agent.exports.table import check_form, plain, write_json, write_table
from purchase_agent.readers.rejects import Rejected, RejectWriter
from purchase_agent.settings import PREFIX, load_settings
from purchase_agent.store import Reader

_STANDARD_OUTPUT = "-"
app = typer.Typer(no_args_is_help=True, add_completion=False, help="Audiences, profiles and reports out of a store.")

StoreFile = Annotated[Path | None, typer.Option("--store", help=f"The store; {PREFIX}STORE unless given.")]
Out = Annotated[
    Path, typer.Option(help="File to write: .csv, .jsonl, .json or .parquet; '-': JSON Lines on standard output.")
]
RunId = Annotated[str | None, typer.Option("--run", help="Id or number of a finished run; the newest unless given.")]
Least = Annotated[int, typer.Option(min=1, help="Fewest shoppers of a group that is told.")]
Days = Annotated[int, typer.Option(min=1, max=365)]


@app.command("audience")
def audience_command(
    out: Out,
    store: StoreFile = None,
    days: Annotated[int, typer.Option(help="Ready to buy within so many days: 1, 7, 30 or 90.")] = 7,
    at_least: Annotated[
        float | None, typer.Option(min=0, max=1, help=f"Chance from which on; {audiences.LIKELY} unless given.")
    ] = None,
    top: Annotated[float | None, typer.Option(min=0, max=1, help="The likeliest share instead, such as 0.1.")] = None,
    motivation: Annotated[str | None, typer.Option(help="Only who has this motivation.")] = None,
    category: Annotated[str | None, typer.Option(help="Only who lately looked at this category.")] = None,
    item: Annotated[str | None, typer.Option(help="Only who lately looked at this item.")] = None,
    language: Annotated[str | None, typer.Option(help="Only who writes in it, such as zh.")] = None,
    include_sensitive: Annotated[
        bool, typer.Option("--include-sensitive", help="Use and tell what implies health or the birth of a child, too.")
    ] = False,
    hash_ids: Annotated[
        Hash,
        typer.Option("--hash", help=f"hmac: pseudonyms ({PREFIX}HASH_KEY); sha256: e-mail, phone for ad platforms."),
    ] = "none",
    platform: Annotated[Platform, typer.Option(help="Whose way to write an address before it is hashed.")] = "google",
    holdout: Annotated[
        float, typer.Option(min=0, max=0.9, help="Share held out at random, in a file of its own; 0: nobody.")
    ] = audiences.HELD_OUT,
    seed: Annotated[int, typer.Option(help="Another seed holds out others.")] = 0,
    run: RunId = None,
) -> None:
    """Shoppers ready to buy who allow marketing; a random part is held out, so that `lift` can be told.

    What implies a shopper's health or the birth of a child is neither used nor told unless asked for.
    """
    wanted = audiences.Wanted(
        days, at_least, top, motivation, category, item, language, include_sensitive, holdout, seed, hash_ids, platform
    )
    if str(out) == _STANDARD_OUTPUT:
        raise InputError("an audience is several files", hint="name a file", field="file")
    with _asked(store, out) as reader:
        made = audiences.export_audience(reader, out, wanted, run=run, key=_hash_key())
    _say(f"{made.treated} shoppers in {out}, as of {made.run.as_of:%Y-%m-%d %H:%M} UTC (run {made.run.number})")
    if holdout > 0:
        _say(f"{made.held_out} held out in {audiences.holdout_file(out)}: do not address them")
    for number, why in (
        (made.no_consent, "allow no marketing"),
        (made.sensitive, "left out: it would tell health or a birth"),
        (made.repeated, "left out: another id has the same address, and is in a file or allows no marketing"),
        (made.not_named, "left out: their id is no e-mail address or phone number with its country code"),
    ):
        if number:
            _say(f"{number} {why}")


@app.command("lift")
def lift_command(
    audience: Annotated[Path, typer.Option(help="The audience's file, with those written beside it.", dir_okay=False)],
    out: Out = Path(_STANDARD_OUTPUT),
    store: StoreFile = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=365, help="Purchases count so long; the horizon unless given.")
    ] = None,
) -> None:
    """Whether the addressed bought more than those held out: shares, difference and intervals from a later run."""
    with _asked(store, out) as reader:
        row = lift(reader, audience, days=days, key=_hash_key())
    _write_one(out, LIFT_COLUMNS, row)
    if row["status"] == "too_few":
        _say(row["reason"])
        return
    _say(
        f"{row['treated_share']:.1%} of {row['treated']} addressed bought, {row['held_out_share']:.1%} of"
        f" {row['held_out']} held out: {row['difference'] * 100:+.1f} points"
        f" ({row['difference_low'] * 100:+.1f} to {row['difference_high'] * 100:+.1f})"
    )
    if row["difference_low"] <= 0 <= row["difference_high"]:
        _say("no effect is shown: the interval holds 0")
    if row["reason"]:
        _say(row["reason"])


@app.command("profile")
def profile_command(
    out: Out,
    store: StoreFile = None,
    shopper: Annotated[str | None, typer.Option(help="Id of one shopper; all of the run unless given.")] = None,
    run: RunId = None,
) -> None:
    """What is predicted of a shopper, on what evidence, what it is worth and until when to use it."""
    if shopper is None:
        _report(store, out, PROFILE_COLUMNS, partial(profiles, run=run))
        return
    with _asked(store, out) as reader:
        (profile,) = profiles(reader, shopper, run=run)
    _write_one(out, PROFILE_COLUMNS, profile)


@app.command("reviews")
def reviews_command(out: Out, store: StoreFile = None, least: Least = 1) -> None:
    """Motivations and barriers of each product in reviews and discussions, with intervals and quotes."""
    _report(store, out, REVIEW_COLUMNS, partial(reviews, least=least))


@app.command("searches")
def searches_command(out: Out, store: StoreFile = None, days: Days = DAYS, least: Least = LEAST) -> None:
    """Queries by intent: how many buy within some days, and how many find nothing."""
    _report(store, out, SEARCH_COLUMNS, partial(searches, days=days, least=least))


@app.command("funnel")
def funnel_command(
    out: Out,
    store: StoreFile = None,
    by: Annotated[Segment, typer.Option(help="What shoppers are told apart by.")] = "all",
    weeks: Annotated[int, typer.Option(min=1, max=520, help="The newest so many weeks.")] = WEEKS,
    run: RunId = None,
    least: Least = LEAST,
) -> None:
    """How many looked, filled a cart and bought, by week and segment."""
    _report(store, out, FUNNEL_COLUMNS, partial(funnel, by=by, weeks=weeks, run=run, least=least))


@app.command("cohorts")
def cohorts_command(out: Out, store: StoreFile = None, least: Least = LEAST) -> None:
    """How many of those who first bought in a month bought again, month by month."""
    _report(store, out, COHORT_COLUMNS, partial(cohorts, least=least))


@app.command("demand")
def demand_command(
    out: Out,
    store: StoreFile = None,
    by: Annotated[Literal["item", "category"], typer.Option(help="A row for each of these and week.")] = "item",
    weeks: Annotated[int, typer.Option(min=1, max=26, help="Weeks ahead.")] = 4,
    stock: Annotated[
        Path | None, typer.Option(help="Stock and lead times: what to reorder is written instead.", dir_okay=False)
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="Tell it as of then.")] = None,
    zone: Annotated[str, typer.Option(help="The shop's time zone, such as Asia/Shanghai.")] = "UTC",
) -> None:
    """Units expected by item or category and week, or with a stock file what to reorder.

    What a naive forecast would have told better in the past is refused.
    """
    from purchase_agent.demand import export as demand

    at = moment(as_of)
    if stock is not None and by != "item":
        raise typer.BadParameter("what to reorder is told by item: give --stock without --by category")
    if stock is None:
        _report(store, out, _kinds(demand.COLUMNS), partial(demand.rows, by=by, weeks=weeks, as_of=at, zone=zone))
        return
    beside = Path(f"{out}.rejected.jsonl" if str(out) != _STANDARD_OUTPUT else f"{stock.name}.rejected.jsonl")
    with RejectWriter(beside) as rejects:

        def refused(row: Rejected) -> None:
            rejects.write(row)

        make = partial(demand.reorder_rows, stock=stock, rejected=refused, weeks=weeks, as_of=at, zone=zone)
        _report(store, out, _kinds(demand.REORDER_COLUMNS), make)
    if rejects.written:
        _say(f"{rejects.written} rows of {stock.name} rejected; listed in {beside}")
        raise typer.Exit(PARTIAL)
    beside.unlink()


_TEXTS = ("level", "id", "category", "week", "status", "reason", "naive", "item_id", "basis")


def _kinds(columns: tuple[str, ...]) -> dict[str, str]:
    return {name: "text" if name in _TEXTS else "number" for name in columns}


def _report(store: Path | None, out: Path, columns: dict[str, str], make: Callable[..., Any]) -> None:
    """Writes the rows of a report and says how many there are."""
    with _asked(store, out) as reader:
        number = _write(out, columns, make(reader))
    if str(out) != _STANDARD_OUTPUT:
        _say(f"{number} rows in {out}")


def _write(out: Path, columns: dict[str, str], rows: Iterable[dict[str, Any]]) -> int:
    if str(out) != _STANDARD_OUTPUT:
        return write_table(out, columns, rows)
    number = 0
    for row in rows:
        sys.stdout.write(json_line(plain(columns, row)))
        number += 1
    return number


def _write_one(out: Path, columns: dict[str, str], row: dict[str, Any]) -> None:
    """One row; as JSON an object, not a list of one."""
    if out.suffix.lower() == ".json":
        write_json(out, plain(columns, row))
    else:
        _write(out, columns, [row])


@contextmanager
def _asked(store: Path | None, out: Path) -> Iterator[Reader]:
    """The store that was named, which is never the output."""
    path = store or load_settings().store
    if path is None:
        raise InputError("no store is named", hint=f"--store S, or set {PREFIX}STORE", field="file")
    if str(out) != _STANDARD_OUTPUT:
        check_form(out)
    with suppress(OSError):
        if out.exists() and out.samefile(path):
            raise InputError("the output is the store itself", hint="name another file", field="file")
    with Reader(path) as reader:
        yield reader


def _hash_key() -> str | None:
    key = load_settings().hash_key
    return key.get_secret_value() if key is not None else None


def _say(words: str) -> None:
    sys.stderr.write(printable(words) + "\n")
