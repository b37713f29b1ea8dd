"""``purchase-agent eval``: the evaluations that the figures in the README and the model card come from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from purchase_agent.eval.suite_commands import add_to

app = typer.Typer(
    help="Evaluate the models beside their baselines.", no_args_is_help=True, add_completion=False
)  # fmt: skip
add_to(app)
Data = Annotated[Path, typer.Option(help="Folder that holds text/.", exists=True, file_okay=False)]


@app.command("text")
def text_(
    data: Data,
    work: Annotated[Path, typer.Option(help="Work folder of `train text`.")] = Path("work/text"),
    out: Annotated[Path | None, typer.Option(help="Write the figures as JSON here.")] = None,
) -> None:
    """Cross-validate the text model beside majority, TF-IDF and the frozen encoder (needs the extra train)."""
    from purchase_agent.eval.text import compare

    typer.echo(compare(data, work, out))


@app.command("multi-text")
def multi_text(
    models_dir: Annotated[Path | None, typer.Option(help="Folder of the models; the shipped ones by default.")] = None,
) -> None:
    """Judge the rule for several texts on the labelled shoppers."""
    from purchase_agent.eval.multi_text import report

    typer.echo(report(models_dir))


@app.command("subjects")
def subjects() -> None:
    """Judge which texts are taken to speak of the same product."""
    from purchase_agent.eval.subjects import main

    main()


@app.command("behaviour")
def behaviour(
    data: Annotated[Path, typer.Option(help="Folder that holds behaviour/.", exists=True, file_okay=False)],
    part: Annotated[Literal["events", "timing", "all"], typer.Option(help="Which half.")] = "all",
    out: Annotated[Path | None, typer.Option(help="Write the figures as JSON here.")] = None,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 7,
) -> None:
    """Judge next action, session intent and timing beside baselines on the public histories (needs the extra train)."""
    from purchase_agent.eval.behaviour.report import told

    typer.echo(told(data, part, out, seed))


@app.command("stated-dates")
def stated_dates(data: Data) -> None:
    """Judge what days and festivals named in a text do to the timing told."""
    from purchase_agent.eval.stated_dates import main

    main(["--data", str(data)])


@app.command("evidence")
def evidence(data: Data) -> None:
    """Test that removing the quoted words moves an answer more than removing others."""
    from purchase_agent.eval.evidence import main

    main(["--data", str(data)])


@app.command("injections")
def injections(
    data: Annotated[Path, typer.Option(help="Folder that holds security/ and text/.", exists=True, file_okay=False)],
    engine: Annotated[Literal["local", "llm", "cascade"], typer.Option(help="Who answers.")] = "local",
    limit: Annotated[int | None, typer.Option(min=1, help="Attacks at most, the sources taking turns.")] = None,
    json_: Annotated[Path | None, typer.Option("--json", help="Write the figures as JSON here.")] = None,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
) -> None:
    """Plant instructions in shopper texts: what they reach outside the labels, what they move, what defence costs."""
    from purchase_agent.eval.injections import report

    typer.echo(report(data, engine, limit, json_, seed))


@app.command("rank")
def rank(
    data: Annotated[
        Path | None, typer.Option(help="Folder that holds behaviour/taobao.", exists=True, file_okay=False)
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the figures as JSON here.")] = None,
    seed: Annotated[int, typer.Option(help="Of the moments and items drawn.")] = 7,
) -> None:
    """Judge the order of products on written cases and, with --data, on real behaviour beside simple orders."""
    from purchase_agent.eval.rank import report

    typer.echo(report(data, out, seed))


@app.command("tool-choice")
def tool_choice() -> None:
    """Judge the local planner's choice of tools on 120 written questions, beside simple ways to choose."""
    from purchase_agent.eval.tool_choice import report

    typer.echo(report())


@app.command("llm")
def llm(
    data: Data,
    limit: Annotated[int | None, typer.Option(min=1, help="Texts at most.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the figures as JSON here.")] = None,
) -> None:
    """Judge the model behind the endpoint that is set on the locked texts (needs the extra train)."""
    from purchase_agent.eval.llm import report

    typer.echo(report(data, limit, out))


@app.command("position-bias")
def position_bias(
    data: Annotated[Path, typer.Option(help="Folder that holds text/, or a file of labelled texts.", exists=True)],
    orders: Annotated[int, typer.Option(min=1, help="Orders of the letters beside that of the labels.")] = 4,
    limit: Annotated[int | None, typer.Option(min=1, help="Texts at most.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the figures as JSON here.")] = None,
    seed: Annotated[int, typer.Option(help="Of the orders drawn.")] = 7,
) -> None:
    """Ask the model behind the endpoint under several orders of the answer's letters: what hangs on the order."""
    from purchase_agent.eval.position_bias import report

    typer.echo(report(data, orders, limit, out, seed))


@app.command("report")
def report(
    runs: Annotated[list[Path], typer.Argument(help="Folders of runs.")],
    out: Annotated[Path, typer.Option(help="The page.", dir_okay=False)] = Path("report.html"),
    cases_of: Annotated[list[str] | None, typer.Option(help="Show the cases of these suites only.")] = None,
    no_cases: Annotated[bool, typer.Option("--no-cases", help="Figures only.")] = False,
) -> None:
    """Write one HTML page of runs: figures beside baselines, and the cases to read and to mark."""
    from purchase_agent.eval.report import main

    shown = [word for suite in cases_of or () for word in ("--cases-of", suite)]
    raise typer.Exit(main([*map(str, runs), "--out", str(out), *shown, *(["--no-cases"] if no_cases else [])]))


@app.command("demand")
def demand(
    data: Annotated[Path, typer.Option(help="Folder that holds behaviour/.", exists=True, file_okay=False)],
) -> None:
    """Judge the demand forecasts beside naive ones on the public histories."""
    from purchase_agent.eval.demand import main

    main(["--data", str(data)])


@app.command("insight-questions")
def insight_questions(
    cross: Annotated[bool, typer.Option("--cross", help="Also without the examples that are most like each.")] = False,
) -> None:
    """Judge which query and slots the local planner makes of written questions about all shoppers."""
    from purchase_agent.eval.insight_questions import report as told

    typer.echo(told(cross=cross))
