"""``purchase-agent eval run``, ``compare``, ``gate``, ``export`` and ``import``: the suites on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from purchase_agent.prediction import EvidenceMode

_Data = Annotated[Path | None, typer.Option(help="Folder that holds the data a suite names.", file_okay=False)]
_Model = Annotated[str | None, typer.Option(help="Model of the endpoint; not with the engine local.")]
_Prompts = Annotated[str | None, typer.Option(help="Prompt or prompts, separated by commas.")]
_AskedPrompts = Annotated[
    str | None, typer.Option(help="Prompt or prompts, separated by commas; not with the engine local.")
]
_Labels = Annotated[
    list[Path] | None, typer.Option(help="Your own JSON Lines, for the suites own and intention_qa; may be repeated.")
]
_Limit = Annotated[int | None, typer.Option(min=1, help="Samples at most.")]
_Out = Annotated[Path, typer.Option(help="Folder of the runs' folders.")]
_Seed = Annotated[int, typer.Option(help="Of everything random.")]


def add_to(app: typer.Typer) -> None:
    """Adds the commands to ``purchase-agent eval``."""
    app.command("run")(run_)
    app.command("compare")(compare_)
    app.command("gate")(gate_)
    app.command("export")(export_)
    app.command("import")(import_)
    app.command("suites")(suites_)


def run_(
    suites: Annotated[list[str], typer.Argument(help="Suites, YAML files, or `all`.")],
    engine: Annotated[str, typer.Option(help="local, llm, auto, cascade or recorded.")] = "local",
    model: _Model = None,
    prompts: _AskedPrompts = None,
    data: _Data = None,
    labels: _Labels = None,
    answers: Annotated[list[Path] | None, typer.Option(help="For the engine recorded.")] = None,
    out: _Out = Path("runs"),
    limit: _Limit = None,
    repeats: Annotated[int, typer.Option(min=1, help="How often each sample is asked.")] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an unfinished run.")] = False,
    seed: _Seed = 7,
    evidence: Annotated[EvidenceMode | None, typer.Option(help="In place of the suite's.")] = None,
    models_dir: Annotated[Path | None, typer.Option(help="Your own models.", file_okay=False)] = None,
    price_in: Annotated[float | None, typer.Option(help="USD of a million tokens read.")] = None,
    price_cached: Annotated[float | None, typer.Option(help="USD of a million tokens read from a cache.")] = None,
    price_out: Annotated[float | None, typer.Option(help="USD of a million tokens written.")] = None,
    gate: Annotated[bool, typer.Option("--gate", help="Fail where a run is below its floors.")] = False,
) -> None:
    """Run suites on an engine; each run is a folder of its own."""
    from purchase_agent.eval.run import main

    arguments = [*suites, "--engine", engine, "--out", str(out), "--repeats", str(repeats), "--seed", str(seed)]
    for name, value in (
        ("--model", model), ("--prompts", prompts), ("--data", data), ("--limit", limit), ("--evidence", evidence),
        ("--models-dir", models_dir), ("--price-in", price_in), ("--price-cached", price_cached),
        ("--price-out", price_out),
    ):  # fmt: skip
        arguments += [name, str(value)] if value is not None else []
    for name, files in (("--labels", labels), ("--answers", answers)):
        arguments += [name, *map(str, files)] if files else []
    arguments += [name for name, wanted in (("--resume", resume), ("--gate", gate)) if wanted]
    raise typer.Exit(main(arguments))


def compare_(
    a: Annotated[Path, typer.Argument(help="Folder of a run.")],
    b: Annotated[Path, typer.Argument(help="Folder of the run that it is held against.")],
    by: Annotated[list[str] | None, typer.Option(help="A slice to compare, such as language; may be repeated.")] = None,
    level: Annotated[float, typer.Option(min=0, max=1, help="From which corrected p on a difference counts.")] = 0.05,
    json_: Annotated[bool, typer.Option("--json", help="JSON instead of a table.")] = False,
) -> None:
    """Tell whether run A is better than run B, worse, or the same."""
    from purchase_agent.eval.compare import compare, told

    found = compare(a, b, by=by or [], level=level)
    typer.echo(json.dumps(found, ensure_ascii=False, indent=1) if json_ else told(found))


def gate_(
    runs: Annotated[list[Path], typer.Argument(help="Folders of runs.")],
    floors: Annotated[Path | None, typer.Option(help="Your own floors.")] = None,
) -> None:
    """Fail where a run is below a committed floor by more than noise."""
    from purchase_agent.eval.gate import main

    raise typer.Exit(main([*map(str, runs), *(["--floors", str(floors)] if floors else [])]))


def export_(
    suite: Annotated[str, typer.Argument(help="A suite or a YAML file.")],
    model: Annotated[str, typer.Option(help="Model that the requests name.")],
    out: Annotated[Path, typer.Option(help="Empty folder for the requests.")],
    prompts: _Prompts = None,
    data: _Data = None,
    labels: _Labels = None,
    limit: _Limit = None,
    seed: _Seed = 7,
) -> None:
    """Write the exact requests of a suite as OpenAI Batch JSON Lines."""
    from purchase_agent.eval.offline import export_suite

    typer.echo(json.dumps(export_suite(suite, model, out, prompts, data, labels or [], limit, seed), indent=1))


def import_(
    answers: Annotated[list[Path], typer.Argument(help="Files with answers, in the folder of the export.")],
    data: _Data = None,
    labels: _Labels = None,
    out: _Out = Path("runs"),
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an unfinished run.")] = False,
) -> None:
    """Score recorded answers of any provider as a run."""
    from purchase_agent.eval.offline import import_answers
    from purchase_agent.eval.telling import told

    folder = import_answers(answers, data, labels or [], out, resume=resume)
    typer.echo(told(folder.run))
    typer.echo(str(folder.path))


def suites_() -> None:
    """List the suites, what they read and whether the shipped models know their texts."""
    from purchase_agent.eval.cases.suite import load, names

    for name in names():
        suite, _ = load(name)
        seen = "  [seen in training]" if suite.seen_in_training else ""
        reads = " or ".join([*([", ".join(suite.data)] if suite.data else []), *(["--labels"] * suite.takes_labels)])
        typer.echo(f"{name} {suite.version}{seen}\n  {suite.description}\n  reads {reads}")
