"""``purchase-agent prompts``: which prompt files there are, what one says, and what a model is sent for a text."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from purchase_agent.clean import printable
from purchase_agent.cli_files import console
from purchase_agent.cli_predict import DONE, FAILED, json_line
from purchase_agent.errors import InputError
from purchase_agent.evidence import read_shopper
from purchase_agent.llm_engine import prompt_folders
from purchase_agent.predictors.llm.asking import load_asking
from purchase_agent.predictors.llm.shown import show
from purchase_agent.predictors.prepare import prepare
from purchase_agent.prompt_body import LANGUAGES
from purchase_agent.prompts import list_prompts, load_prompt
from purchase_agent.settings import load_settings

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The prompt files a language model is asked by.")

AsJson = Annotated[bool, typer.Option("--json", help="JSON for programs.")]
Name = Annotated[str, typer.Argument(help="Such as purchase/zero.")]


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """Show the prompts there are, your own folder (PURCHASE_AGENT_PROMPTS_DIR) before ours."""
    raise typer.Exit(prompts_list(_folders(), as_json=as_json))


@app.command("show")
def show_command(name: Name) -> None:
    """Write a prompt file as it is, to copy and change."""
    raise typer.Exit(prompts_show(name, _folders()))


@app.command("render")
def render_command(
    name: Name,
    text: Annotated[str, typer.Argument(help="What the shopper wrote.")],
    language: Annotated[str | None, typer.Option(help="en or zh; that of the text unless given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the messages that a model is sent for a text."""
    if language not in (None, *LANGUAGES):
        raise InputError(f"no prompts in {language!r}", hint=f"one of {', '.join(LANGUAGES)}", field="file")
    raise typer.Exit(prompts_render(name, text, _folders(), language=language, as_json=as_json))


def _folders() -> list[Path]:
    return prompt_folders(load_settings())


def prompts_list(folders: Sequence[Path], *, as_json: bool) -> int:
    """Shows every prompt of the folders; one of an earlier folder takes the place of its namesake in a later one.

    Returns:
        The exit status: ``FAILED`` where a prompt cannot be used.
    """
    found = list_prompts(folders)
    if as_json:
        plain = [
            {
                "name": one.name, "version": one.version, "description": one.description, "path": str(one.path),
                "overrides": one.overrides, "error": None if one.error is None else str(one.error),
            }
            for one in found
        ]  # fmt: skip
        sys.stdout.write(json_line(plain))
    else:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="cyan")
        for title in ("prompt", "version", "what it asks", "file"):
            table.add_column(title, overflow="fold")
        for one in found:
            says = one.description if one.error is None else f"cannot be used: {one.error}"
            where = f"{one.path}{' (instead of ours)' if one.overrides else ''}"
            cells = (one.name, one.version, says, where)
            table.add_row(*(Text(printable(cell)) for cell in cells), style="" if one.error is None else "red")
        console().print(table)
    return FAILED if any(one.error is not None for one in found) else DONE


def prompts_show(name: str, folders: Sequence[Path]) -> int:
    """Writes a prompt file as it is; where it lies, its hash and what it needs go to standard error.

    Raises:
        PromptError: there is none of this name, or it cannot be used.
    """
    prompt = load_prompt(name, folders)
    facts = (
        str(prompt.path), f"sha256 {prompt.sha256}", f"asks for {', '.join(prompt.fields)}",
        f"is given {', '.join(prompt.inputs)}", f"written in {', '.join(prompt.languages)}",
    )  # fmt: skip
    sys.stderr.write("".join(f"{printable(fact)}\n" for fact in facts))
    sys.stderr.flush()
    _write(prompt.path.read_text("utf-8-sig"))
    return DONE


def prompts_render(name: str, text: str, folders: Sequence[Path], *, language: str | None, as_json: bool) -> int:
    """Writes the messages that a model is sent for ``text``: under a heading for each role, or as a JSON list.

    Args:
        language: ``en`` or ``zh``; None: that of the text.

    Raises:
        PromptError: the prompt or its examples cannot be used.
        InputError: the text cannot be read.
    """
    shopper = read_shopper(text)
    case = prepare(shopper, datetime.now(UTC))
    if case.refusal is not None or not case.texts:
        raise InputError(f"nothing to send for this text: {case.refusal}", hint="give English or Chinese words")
    if language is not None:
        case = replace(case, languages=(language,) * len(case.texts))
    messages = load_asking(name, folders).messages(show(case, range(len(case.texts))).inputs)
    if as_json:
        sys.stdout.write(json_line(messages))
    else:
        for message in messages:
            _write(f"--- {message['role']}\n{message['content']}\n")
    return DONE


def _write(text: str) -> None:
    sys.stdout.write("".join(f"{printable(line)}\n" for line in text.splitlines()))
