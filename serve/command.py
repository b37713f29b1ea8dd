"""``purchase-agent serve``: a language model behind vLLM, with the settings that predictions need."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from purchase_agent.cli_options import wrong
from purchase_agent.errors import MissingExtraError
from purchase_agent.serve import find
from purchase_agent.serve.asked import AskedWronglyError
from purchase_agent.serve.launch import Launch, Options, child_environment, launch
from purchase_agent.serve.probe import CompletionProbe
from purchase_agent.serve.profile import Profile, load_profile
from purchase_agent.serve.supervise import Limits, Supervisor
from purchase_agent.settings import PREFIX, SHIPPED_MODELS, load_settings

SHIPPED = "small-gpt"
"""A small GPT of our own, taught on `purchase/tuned`; for trying things out on any machine."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def serve(
    profile: Annotated[str, typer.Option(help="Model and settings for a machine: h200, 24gb or cpu.")] = "24gb",
    model: Annotated[
        str | None, typer.Option(help="Another: a Hugging Face id, a folder, or small-gpt, which ships.")
    ] = None,
    served_name: Annotated[str | None, typer.Option(help="Name that requests ask for; the model's by default.")] = None,
    host: Annotated[str, typer.Option(help="Address to listen at; others need a key.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen at.")] = 8000,
    api_key_file: Annotated[Path | None, typer.Option(help=f"File with the key; else {PREFIX}LLM_API_KEY.")] = None,
    python: Annotated[str | None, typer.Option(help="Interpreter of the environment that has vLLM.")] = None,
    lora: Annotated[list[str] | None, typer.Option(help="Fine-tuned adapter NAME=FOLDER; may be repeated.")] = None,
    max_model_len: Annotated[int | None, typer.Option(help="Tokens of prompt and answer together.")] = None,
    dtype: Annotated[str | None, typer.Option(help="Number format, such as bfloat16 or float32.")] = None,
    extra: Annotated[str, typer.Option(help="Further flags of vLLM, in quotes, as they are.")] = "",
    offline: Annotated[bool, typer.Option("--offline", help="Never ask the network for a model.")] = False,
    only_print: Annotated[bool, typer.Option("--print", help="Show the command and stop.")] = False,
    log: Annotated[Path | None, typer.Option(help="File that gets all that vLLM writes.")] = None,
    hang_after: Annotated[float, typer.Option(min=30, help="Seconds without an answer until a restart.")] = 60.0,
    start_within: Annotated[float, typer.Option(min=1, help="Seconds that a start may take.")] = 3600.0,
) -> None:
    """Start vLLM, wait until it answers, start it again when it dies or hangs, stop it with Ctrl-C."""
    if model == SHIPPED:
        model = str(SHIPPED_MODELS / "llm" / SHIPPED)
    ours = load_settings().llm_api_key
    try:
        words = tuple(shlex.split(extra))
    except ValueError as error:
        raise wrong(f"--extra {extra}: {error}; close each quote") from error
    with _usage():
        chosen = load_profile(profile)
        key = find.read_key(api_key_file, ours.get_secret_value() if ours else None, os.environ)
        folder = find.read_model(model or chosen.model.id)
        asked = Options(
            model=model, served_name=served_name, host=host, port=port, python=python or "python",
            key=key.value, key_words=key.words, key_guard=key.guard,
            loras=tuple(find.read_lora(one) for one in lora or ()), max_model_len=max_model_len, dtype=dtype,
            extra=words, offline=offline, vocabulary=folder.vocabulary, positions=folder.positions,
        )  # fmt: skip
        launch(chosen, asked)  # what was asked wrongly is told before anything is looked for
        if only_print:
            typer.echo(_shown(chosen, asked, python))
            return
        found = find.find_vllm(python, chosen.machine.kind)
    started = launch(chosen, replace(asked, python=found.python, module=found.module))
    find.check_port(host, port)
    _tell(f"vLLM {found.version or ''} ({found.python}) serves {model or chosen.model.id} as {started.served_name}")
    _run(started, Limits(hang_s=hang_after, start_s=start_within), log)


@contextlib.contextmanager
def _usage() -> Iterator[None]:
    """Ends the command as one that was not asked rightly, where it was not."""
    try:
        yield
    except AskedWronglyError as error:
        raise wrong(f"{error.message}; {error.hint}" if error.hint else error.message) from error


def _shown(chosen: Profile, asked: Options, python: str | None) -> str:
    """The command, with the interpreter that would run it, or ``python`` where there is none yet."""
    try:
        found = find.find_vllm(python, chosen.machine.kind)
    except MissingExtraError as error:
        _tell(str(error))
    else:
        asked = replace(asked, python=found.python, module=found.module)
    return launch(chosen, asked).printed()


def _run(started: Launch, limits: Limits, log: Path | None) -> None:
    try:
        stream = log.open("a", encoding="utf-8") if log is not None else None
    except OSError as error:
        raise wrong(f"--log {log}: {error.strerror}; name a file that can be written") from error

    def keep(line: str) -> None:
        if stream is not None:
            stream.write(f"{line}\n")
            stream.flush()

    def tell(words: str) -> None:
        _tell(words)
        if words.startswith("ready"):
            _tell(f"set {PREFIX}LLM_BASE_URL={started.base_url} {PREFIX}LLM_MODEL={started.served_name}")

    supervisor = Supervisor(
        started.argv, child_environment(os.environ, started), lambda: CompletionProbe(started), tell, limits, keep
    )
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: supervisor.stop())
    try:
        supervisor.run()
    finally:
        if stream is not None:
            stream.close()
    _tell("stopped")


def _tell(words: str) -> None:
    with contextlib.suppress(OSError):  # the terminal is gone; the engine is ended all the same
        sys.stderr.write(f"serve: {words}\n")
        sys.stderr.flush()
