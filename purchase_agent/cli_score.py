"""``purchase-agent score``: shoppers, texts or events in, one row a shopper out; ended at any moment, it goes on."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from time import monotonic
from typing import Annotated, Literal, Self

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from purchase_agent.batch.plan import Job
from purchase_agent.batch.ray_place import is_url
from purchase_agent.batch.run import Summary, cores, score
from purchase_agent.clean import printable
from purchase_agent.cli_options import AsJson, IdsFile, moment, wrong
from purchase_agent.cli_predict import DONE, PARTIAL, json_line
from purchase_agent.prediction import EvidenceMode
from purchase_agent.settings import Engine, load_settings

app = typer.Typer(add_completion=False)
_INTERRUPTED = 130
_MOST_REASONS = 5
_LINE_EVERY_S = 30.0
_FORMS = (".parquet", ".pq")


@app.command(name="score")
def score_files(
    inputs: Annotated[
        list[str], typer.Argument(metavar="INPUT...", help="Files, folders or patterns: JSONL, CSV (.gz), Parquet.")
    ],
    out: Annotated[str, typer.Option(help="Parquet file to write; on Ray a folder, also as a URL.")],
    ids: IdsFile = None,
    map_file: Annotated[str | None, typer.Option("--map", help="Map file of events, or a shipped map's name.")] = None,
    store: Annotated[Path | None, typer.Option(help="Keep predictions in this store, too.", dir_okay=False)] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Say whether there was something to go on with (it is done anyway).")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Begin anew over another output.")] = False,
    evidence: Annotated[
        EvidenceMode | None,
        typer.Option(help="How many quotes are looked for; fast with --store, which can show them then, else none."),
    ] = None,
    engine: Annotated[Engine | None, typer.Option(help="Who answers.")] = None,
    per_text: Annotated[bool, typer.Option("--per-text", help="A row for each text, alone.")] = False,
    as_of: Annotated[
        str | None, typer.Option(help="Moment of shoppers who tell none; when the run began, unless given.")
    ] = None,
    hash_ids: Annotated[
        bool, typer.Option("--hash-ids", help="Keep pseudonyms only (PURCHASE_AGENT_HASH_KEY).")
    ] = False,
    workers: Annotated[int | None, typer.Option(min=1, max=4096, help="Processes; one a core unless given.")] = None,
    openai_batch: Annotated[
        Path | None, typer.Option(help="Folder for requests as OpenAI Batch files, and for their answers.")
    ] = None,
    cache: Annotated[str | None, typer.Option(help="Folder of what models have read before, or `none`.")] = None,
    on: Annotated[Literal["here", "ray"], typer.Option(help="This machine, or machines that run Ray.")] = "here",
    ray_address: Annotated[
        Literal["auto", "local"], typer.Option(help="A Ray of its own, on this machine; or the one that is there.")
    ] = "local",
    as_json: AsJson = False,
) -> None:
    """Score shoppers in bulk. Killed at any moment, the same command goes on where it was."""
    if per_text and store is not None:
        raise wrong("--per-text and --store: a store has a row a shopper, and labels each text by itself")
    if store is not None and not is_url(out) and Path(out).resolve() == store.resolve():
        raise wrong(f"--out and --store are both {printable(out)}: the output would take the store's place")
    settings = load_settings(engine=engine)
    if openai_batch is not None and settings.engine == "local":
        raise wrong("--openai-batch is for a language model: --engine auto, llm or cascade")
    if on == "ray" and openai_batch is not None:
        raise wrong("--on ray and --openai-batch: files of requests are written and read on one machine")
    if on == "here" and (is_url(out) or Path(out).is_dir()):
        raise wrong(f"--out {printable(out)} is no file on this machine; folders and URLs are for --on ray")
    if on == "here" and Path(out).suffix and Path(out).suffix.lower() not in _FORMS:
        # Parquet under another name is misread by all that go by the ending.
        raise wrong(f"--out {printable(out)} is written as Parquet: end it in {' or '.join(_FORMS)}")
    job = Job(
        inputs=tuple(inputs), out=Path(out), ids=ids, map=map_file, store=store, engine=settings.engine,
        evidence=evidence or ("fast" if store is not None else "none"), per_text=per_text, as_of=moment(as_of),
        hash_ids=hash_ids, openai_batch=openai_batch,
    )  # fmt: skip
    try:
        with Bar() as bar:
            if on == "ray":
                from purchase_agent.batch.ray_run import score_on_ray

                summary = score_on_ray(
                    job, out, settings, bar, address=ray_address, workers=workers, cache=_cache(cache),
                    overwrite=overwrite,
                )  # fmt: skip
            else:
                summary = score(
                    job, settings, bar, workers=workers or cores(), cache=_cache(cache), overwrite=overwrite
                )  # fmt: skip
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; the same command goes on where it was\n")
        raise typer.Exit(_INTERRUPTED) from None
    _tell(summary, asked_to_resume=resume)
    if as_json:
        sys.stdout.write(json_line(summary.as_json()))
    raise typer.Exit(PARTIAL if summary.tally.rows_rejected else DONE)


class Bar:
    """A bar for the stage in hand, with rate and time left, on standard error; a line now and then where that is a
    file."""

    def __init__(self) -> None:
        self._shown = Console(stderr=True)
        self._bars = Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(), TimeRemainingColumn(), TextColumn("{task.fields[rate]}"),
            console=self._shown, transient=True, disable=not self._shown.is_terminal,
        )  # fmt: skip
        self._bar: TaskID | None = None
        self._units = 0
        self._told_at = monotonic()

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._bars.stop()

    def stage(self, name: str, total: int) -> None:
        """A stage begins."""
        if self._bar is not None:
            self._bars.remove_task(self._bar)
        self._units = 0
        self._bar = self._bars.add_task(name, total=max(total, 1), rate="")

    def done(self, number: int, units: int) -> None:
        """So much more is done."""
        if self._bar is None:
            return
        self._units += units
        (task,) = self._bars.tasks
        rate = f"{self._units / task.elapsed:,.0f} shoppers/s" if self._units and task.elapsed else ""
        self._bars.update(self._bar, advance=number, rate=rate)
        if not self._shown.is_terminal and monotonic() - self._told_at > _LINE_EVERY_S:
            self._told_at = monotonic()
            left = f", {task.time_remaining / 60:.0f} min left" if task.time_remaining is not None else ""
            sys.stderr.write(f"{task.description}: {task.percentage:.0f} %{', ' if rate else ''}{rate}{left}\n")

    def say(self, words: str) -> None:
        """A sentence above the bar."""
        self._shown.print(printable(words), markup=False, highlight=False)


def _tell(summary: Summary, *, asked_to_resume: bool) -> None:
    tally = summary.tally
    words = []
    if summary.requests is not None:
        sys.stderr.write(
            f"{summary.requests} requests wait for answers: have them answered, put the files of answers (.jsonl) "
            "beside them, and run the same command again\n"
        )
        return
    if summary.was_finished:
        words.append(f"{summary.out} is finished, as of {summary.as_of}; --overwrite scores it anew")
    elif asked_to_resume and not summary.resumed:
        words.append("there was nothing to go on with: the run began at its beginning")
    words.append(
        f"{tally.rows_in} rows in: {tally.rows_kept} used, {tally.rows_rejected} rejected; "
        f"{tally.rows_out} rows out in {summary.out}"
    )
    if tally.rows_rejected:
        reasons = ", ".join(f"{name} {number}" for name, number in tally.reasons.most_common(_MOST_REASONS))
        words.append(f"rejected ({reasons}); listed in {summary.rejected}")
    words += summary.notes
    if summary.scored:
        rate = summary.scored / summary.seconds
        words.append(f"{summary.scored} scored in {summary.seconds:.1f} s, {rate:.{0 if rate >= 10 else 1}f} a second")
    sys.stderr.write("".join(f"{printable(line)}\n" for line in words))


def _cache(given: str | None) -> Path | None:
    """The folder of what is remembered between runs."""
    if given == "none":
        return None
    if given is not None:
        return Path(given)
    base = os.environ.get("XDG_CACHE_HOME", "").strip()
    return (Path(base) if base else Path.home() / ".cache") / "purchase-agent"
