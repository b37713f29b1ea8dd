"""The command line. What each command does stands in ``cli_*``, imported when it runs, so that ``--help`` is quick.

Exit status: 0 done, 1 failed, 2 not asked rightly, 3 some rows rejected. All output is UTF-8, whatever the locale.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal

import typer
from typer.core import TyperCommand, TyperGroup

from purchase_agent.clean import printable
from purchase_agent.cli_options import USAGE, AsJson, AsOf, Files, IdsFile, MapFile, Rejected, Zone, moment, wrong
from purchase_agent.errors import InputError, PurchaseAgentError

FAILED, INTERRUPTED, PIPE_CLOSED = 1, 130, 141  # the last two as a shell reports the signals
_PLUG_INS = "purchase_agent.commands"
_EXAMPLE = 'give a sentence, a file or standard input: purchase-agent predict "My kettle broke, I need a new one"'

# As in settings.py, which --help does not wait for; a test keeps them equal.
Engine = Literal["auto", "local", "llm", "cascade"]
EvidenceMode = Literal["none", "fast", "full"]


_ABOUT = {
    "ask": "Ask the store about all shoppers, in English or Chinese.",
    "chat": "Talk to an assistant that uses the predictions.",
    "erase": "Remove every trace of a shopper, with a receipt.",
    "eval": "Measure models, prompts and rules beside their baselines.",
    "export": "Write audiences, profiles, demand and reports out of a store.",
    "mcp": "Serve the tools to MCP clients, over stdio or HTTP (needs the extra mcp).",
    "prompts": "List, show and render the prompt files of the language model.",
    "score": "Predict files of any size into Parquet; goes on where it was stopped.",
    "serve": "Start a language model behind vLLM and keep it running.",
    "tools": "Write the tools for agents as JSON.",
    "train": "Train your own models (needs the extra train).",
    "web": "Serve predictions over HTTP (needs the extra web).",
}
"""What our own plug-ins are for: they are not loaded before they are run."""


class Commands(TyperGroup):
    """Our commands and those that other rooms and packages bring, which are loaded when they are run, not before."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        own = list(self.commands)
        return own + sorted({point.name for point in entry_points(group=_PLUG_INS)} - set(own))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        if cmd_name in self.commands:
            return self.commands[cmd_name]
        points = {point.name: point for point in entry_points(group=_PLUG_INS)}
        return PlugIn(points[cmd_name]) if cmd_name in points else None

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError as error:  # the reader has left, as ``head`` does
            # Whatever is still held back would fail again when the interpreter ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(PIPE_CLOSED) from error
        return result


class PlugIn(TyperCommand):
    """Stands for a command that is not loaded yet and hands it all its arguments, ``--help`` too."""

    def __init__(self, point: EntryPoint) -> None:
        settings = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}
        super().__init__(
            point.name, help=_ABOUT.get(point.name, f"See {point.name} --help."), context_settings=settings
        )
        self.point = point

    def invoke(self, ctx: Any) -> Any:
        try:
            found = self.point.load()
        except PurchaseAgentError:
            raise
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            hint = f"mend or uninstall what brings {self.point.value}"
            raise PurchaseAgentError(f"the command {self.point.name} cannot be loaded: {reason}", hint=hint) from error
        command = typer.main.get_command(found) if isinstance(found, typer.Typer) else found
        raise typer.Exit(command.main(ctx.args, prog_name=ctx.command_path, standalone_mode=False) or 0)


app = typer.Typer(cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def _show_version(wanted: bool) -> None:
    if wanted:
        from purchase_agent import __version__

        typer.echo(f"purchase-agent {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    """What a shopper intends, why, what comes next and when he buys, from what he wrote and did."""


@app.command()
def predict(
    text: Annotated[str | None, typer.Argument(help="What the shopper wrote; '-' is standard input.")] = None,
    file: Annotated[
        str | None,
        typer.Option("--file", "-f", help="JSON Lines: a shopper a line; .txt: a sentence a line; '-': from stdin."),
    ] = None,
    engine: Annotated[Engine | None, typer.Option(help="Who answers.")] = None,
    evidence: Annotated[EvidenceMode | None, typer.Option(help="How many quotes are looked for.")] = None,
    per_text: Annotated[bool, typer.Option("--per-text", help="A row for each text instead of each shopper.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON; of a file a line for each line, in order.")] = False,
) -> None:
    """Predict a sentence, a file or standard input.

    Standard input whose first line begins with '{' is JSON Lines; of anything else each line is a sentence. A line
    that cannot be used is answered by its error, in its place, and changes no other.
    """
    if text is not None and text != "-" and file is not None:
        raise wrong("give a TEXT or --file, not both")
    source = None if text is not None and text != "-" else _source(file, asked=text == "-")

    from purchase_agent import cli_predict
    from purchase_agent.service import PurchaseAgent

    agent = PurchaseAgent(engine, evidence)
    if source is None:
        raise typer.Exit(cli_predict.predict_text(agent, text or "", per_text=per_text, as_json=as_json))
    raise typer.Exit(cli_predict.predict_lines(agent, source, per_text=per_text, as_json=as_json))


def _source(file: str | None, *, asked: bool) -> Path | BinaryIO:
    """The file, or standard input where that was asked for or something was sent to it."""
    if file is not None and file != "-":
        return Path(file)
    if sys.stdin is None:
        raise wrong(_EXAMPLE)
    stream = sys.stdin.buffer
    if file is None and not asked:
        if sys.stdin.isatty():
            raise wrong(_EXAMPLE)
        if isinstance(stream, io.BufferedReader) and not stream.peek(1):
            raise wrong(f"standard input is empty; {_EXAMPLE}")
    return stream


@app.command()
def inspect(
    files: Files,
    map_file: MapFile = None,
    ids: IdsFile = None,
    as_of: AsOf = None,
    rejected: Rejected = None,
    as_json: AsJson = False,
) -> None:
    """Draft the mapping of event files; show ten mapped rows, coverage, and what is rejected and why."""
    from purchase_agent import cli_inspect

    raise typer.Exit(
        cli_inspect.inspect(
            files, map_file=map_file, ids_file=ids, as_of=moment(as_of), rejected=rejected or False, as_json=as_json
        )
    )


@app.command()
def backtest(
    history: Files,
    map_file: MapFile = None,
    ids: IdsFile = None,
    as_of: AsOf = None,
    zone: Zone = None,
    out: Annotated[Path | None, typer.Option(help="The page; backtest.html unless given.")] = None,
    rejected: Rejected = None,
    as_json: AsJson = False,
) -> None:
    """Tell how the models in use would have done on the past of your shop, as tables and as one HTML page."""
    from purchase_agent import cli_backtest

    raise typer.Exit(
        cli_backtest.run_backtest(
            history, map_file=map_file, ids_file=ids, as_of=moment(as_of), zone=zone, out=out, rejected=rejected,
            as_json=as_json,
        )
    )  # fmt: skip


@app.command()
def calibrate(
    outcomes: Annotated[
        list[Path] | None, typer.Option(help="Orders that came true; may be given several times.")
    ] = None,
    labels: Annotated[
        list[Path] | None, typer.Option(help="Labelled texts as JSON Lines: for the endpoint's model and the cascade.")
    ] = None,
    cascade_only: Annotated[
        bool, typer.Option("--cascade-only", help="Of labelled texts fit the cascade's rule only; asks no endpoint.")
    ] = False,
    most_errors: Annotated[
        float | None,
        typer.Option(
            min=0.001, max=0.5, help="Wrong intents a cascade may leave to the local model, at most; 0.1 unless given."
        ),
    ] = None,
    history: Annotated[list[Path] | None, typer.Argument(help="Event files; the orders themselves if none.")] = None,
    map_file: MapFile = None,
    outcomes_map: Annotated[Path | None, typer.Option(help="Map of the orders.")] = None,
    ids: IdsFile = None,
    as_of: AsOf = None,
    zone: Zone = None,
    rejected: Rejected = None,
    as_json: AsJson = False,
) -> None:
    """Fit the chances that are told to what came true in your shop; predictions use it from then on.

    Orders (--outcomes) scale the models of events; labelled texts (--labels) the language model behind the endpoint.
    """
    if (outcomes is None) == (labels is None):
        raise wrong("give --outcomes ORDERS or --labels TEXTS")
    of_orders = {
        "event files": history, "--map": map_file, "--outcomes-map": outcomes_map, "--ids": ids, "--as-of": as_of,
        "--zone": zone, "--rejected": rejected,
    }  # fmt: skip
    if labels is not None:
        _without(of_orders, "for --outcomes; --labels has no use for them")
        from purchase_agent import cli_labels

        share = 0.1 if most_errors is None else most_errors
        raise typer.Exit(cli_labels.run_labels(labels, cascade_only=cascade_only, most_errors=share, as_json=as_json))
    _without(
        {"--cascade-only": cascade_only, "--most-errors": most_errors}, "for --labels; --outcomes has no use for them"
    )
    if map_file is not None and not history:
        raise wrong("--map: for event files, and none is given; the map of the orders is --outcomes-map")
    from purchase_agent import cli_calibrate

    raise typer.Exit(
        cli_calibrate.run_calibrate(
            history or [], outcomes=outcomes or [], map_file=map_file, outcomes_map=outcomes_map, ids_file=ids,
            as_of=moment(as_of), zone=zone, rejected=rejected, as_json=as_json,
        )
    )  # fmt: skip


def _without(given: Mapping[str, object], why: str) -> None:
    """Refuses what would be passed over: whoever gave it believes that it is used."""
    named = [name for name, value in given.items() if value not in (None, False, [])]
    if named:
        raise wrong(f"{', '.join(named)}: {why}")


@app.command()
def demo() -> None:
    """Show the product at work on shipped example shoppers, Chinese and English."""
    from purchase_agent import cli_demo

    cli_demo.demo()


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="JSON for programs.")] = False) -> None:
    """Check the installation: versions, settings, model files, and a trial prediction."""
    from purchase_agent import cli_doctor

    raise typer.Exit(cli_doctor.doctor(as_json=as_json))


@app.command(hidden=True)
def schemas(out: Annotated[Path, typer.Argument(help="Folder to write to.")] = Path("docs/schema")) -> None:
    """Write the JSON Schemas of what goes in and what comes out."""
    from purchase_agent.evidence import Shopper
    from purchase_agent.prediction import Prediction

    for name, schema in (
        ("shopper", Shopper.model_json_schema()),
        ("prediction", Prediction.model_json_schema(mode="serialization")),
    ):
        text = json.dumps(schema, indent=2, ensure_ascii=False)
        (out / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def main() -> None:
    """Runs the command of this process and ends it with its status; no failure shows a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.exit(_status())


def _status() -> int:
    try:
        status = app(standalone_mode=False) or 0
    except PurchaseAgentError as error:
        _say(str(error))
        return USAGE if isinstance(error, InputError) and error.field == "file" else FAILED
    except typer.TyperException as error:  # how the library says that a command was not asked rightly
        if error.format_message():  # empty where the help was shown in its place
            context = getattr(error, "ctx", None)
            command = context.command_path if context is not None else "purchase-agent"
            _say(f"{error.format_message()} (see {command} --help)")
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except Exception as error:
        _say(f"unforeseen: {type(error).__name__}: {error} (please report it)")
        return FAILED
    return int(status)


def _say(words: str) -> None:
    sys.stderr.write(f"purchase-agent: {printable(words)}\n")
