"""``purchase-agent train``: its commands and their options; the work is done by ``cli_train``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from purchase_agent.cli_options import AsOf, Files, IdsFile, MapFile, Rejected, Zone, moment, wrong

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Train your own models (needs the extra train).")


@app.command("text")
def train_text(
    data: Annotated[Path, typer.Option(help="Folder of the labelled texts.")],
    out: Annotated[Path, typer.Option(help="Folder the model is written to.")] = Path("models/text"),
    base: Annotated[str | None, typer.Option(help="Base encoder: a name or a folder.")] = None,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 7,
    work: Annotated[Path | None, typer.Option(help="Folder to resume from; OUT.work unless given.")] = None,
) -> None:
    """Train the text model; started again, it resumes."""
    from purchase_agent import cli_train

    cli_train.train_text(data, out, base, seed, work or out.with_name(f"{out.name}.work"))


@app.command("behaviour")
def train_behaviour(
    files: Files,
    out: Annotated[Path | None, typer.Option(help="Folder to write; by default where predictions look first.")] = None,
    map_file: MapFile = None,
    ids: IdsFile = None,
    as_of: AsOf = None,
    zone: Zone = None,
    apart: Annotated[bool, typer.Option("--apart", help="Each file is a shop of its own.")] = False,
    simulated: Annotated[int, typer.Option(help="Add so many simulated shoppers.")] = 0,
    scratch: Annotated[bool, typer.Option("--scratch", help="Do not begin with the shipped model.")] = False,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 7,
    rejected: Rejected = None,
) -> None:
    """Train the model of sessions and next steps on your events; started again, it resumes."""
    from purchase_agent import cli_train

    folder = out or _own("behaviour")
    given = cli_train.Given(tuple(files), map_file, ids, moment(as_of), zone, apart, rejected)
    work = folder.with_name(f"{folder.name}.work")
    raise typer.Exit(cli_train.train_behaviour(given, folder, work, seed, simulated=simulated, scratch=scratch))


@app.command("timing")
def train_timing(
    files: Annotated[list[Path] | None, typer.Argument(help="Files of orders or other events.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write; by default where predictions look first.")] = None,
    map_file: MapFile = None,
    ids: IdsFile = None,
    as_of: AsOf = None,
    zone: Zone = None,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 7,
    rejected: Rejected = None,
    shipped: Annotated[Path | None, typer.Option(help="Train the shipped model anew on the public sets here.")] = None,
    simulated: Annotated[int, typer.Option(help="Simulated shoppers beside those sets.")] = 6000,
) -> None:
    """Train the model of purchase histories on your orders; refuses a history that is too short."""
    from purchase_agent import cli_train

    folder = out or _own("timing")
    if shipped is not None:
        cli_train.train_shipped_timing(shipped, folder, seed, simulated)
    elif files:
        given = cli_train.Given(tuple(files), map_file, ids, moment(as_of), zone, rejected=rejected)
        raise typer.Exit(cli_train.train_timing(given, folder, seed))
    else:
        raise wrong("give a file of orders: purchase-agent train timing orders.csv")


@app.command("llm")
def train_llm(
    data: Annotated[Path, typer.Option(help="Folder of the texts, or a JSON Lines file of labelled texts.")],
    out: Annotated[Path, typer.Option(help="Folder the model is written to.")] = Path("models/llm"),
    base: Annotated[
        str | None, typer.Option(help="Causal language model to begin with; none makes a small GPT.")
    ] = None,
    lora: Annotated[bool, typer.Option("--lora", help="Train adapters beside the base's weights.")] = False,
    prompt: Annotated[str, typer.Option(help="Prompt it will be asked by.")] = "purchase/tuned",
    name: Annotated[str | None, typer.Option(help="Name it will be served under; the folder's unless given.")] = None,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 7,
    work: Annotated[Path | None, typer.Option(help="Folder to resume from; OUT.work unless given.")] = None,
) -> None:
    """Teach a language model to answer our prompt; started again, it resumes."""
    from purchase_agent import cli_train

    folder = work or out.with_name(f"{out.name}.work")
    cli_train.train_llm(data, out, folder, base=base, lora=lora, prompt=prompt, seed=seed, name=name)


def _own(model: str) -> Path:
    from purchase_agent.settings import load_settings

    return load_settings().models_dir / model
