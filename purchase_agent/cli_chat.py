"""``purchase-agent chat``: the assistant in the terminal or, where no model is set, the local planner."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Annotated, Any

import typer

from purchase_agent.agent_products import offering
from purchase_agent.clean import printable
from purchase_agent.cli_options import AsJson
from purchase_agent.cli_predict import DONE, PARTIAL, json_line
from purchase_agent.dialogue import Dialogue
from purchase_agent.errors import InputError, PurchaseAgentError
from purchase_agent.evidence import MAX_TEXT_BYTES, Shopper, read_shopper
from purchase_agent.readers.shoppers import read_shoppers
from purchase_agent.service import PurchaseAgent
from purchase_agent.settings import PREFIX, Engine
from purchase_agent.tools.arguments import Scope
from purchase_agent.tools.catalogue import Toolbox

app = typer.Typer(add_completion=False)

_HELP = "/why [LABEL]: the words behind an answer; /reset: start again; /help: this; /quit: leave."
_PROMPT = "> "
_LARGEST_FILE = 16 * 1024 * 1024


@app.command()
def chat(
    shopper: Annotated[
        Path | None, typer.Option(help="JSON Lines file with the one shopper that is known before.", dir_okay=False)
    ] = None,
    products: Annotated[
        Path | None, typer.Option(help="JSON file with a list of products that may be ranked.", dir_okay=False)
    ] = None,
    engine: Annotated[Engine | None, typer.Option(help="Who predicts; local: no endpoint is asked at all.")] = None,
    scope: Annotated[
        Scope, typer.Option(help="shopper: you write as the shopper; all: as staff who ask about one.")
    ] = "shopper",
    store: Annotated[
        Path | None,
        typer.Option(
            help=f"With --scope all: the store for questions about all shoppers; {PREFIX}STORE unless given.",
            dir_okay=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Talk in the terminal, or through a pipe a message a line.

    A model speaks where an endpoint is set and the extra "agent" is installed; else the tools answer by themselves.
    """
    agent = PurchaseAgent(engine)
    known = one_shopper(shopper) if shopper is not None else None
    if store is not None and not store.is_file():
        raise InputError(f"there is no store {store}", hint="purchase-agent score makes one", field="file")
    if store is not None:
        agent.settings = agent.settings.model_copy(update={"store": store})
    given = read_products(products) if products else ()
    talk = Dialogue(Toolbox(agent), scope=scope, shopper=known, products=given)
    speaks = _model(agent, scope, known, given)
    raise typer.Exit(Chat(talk, speaks, as_json=as_json).run())


class HalfAnswerError(PurchaseAgentError):
    """The model failed in the midst of its answer."""

    retryable = True


@dataclass
class Chat:
    """Lines in, answers out. Where the model fails before its first word, the local dialogue answers.

    ``speaks``: answers a message in pieces where a model does, given the number of the conversation.
    """

    talk: Dialogue
    speaks: Callable[[str, int], Iterator[str]] | None = None
    as_json: bool = False
    conversation: int = 0

    def run(self) -> int:
        """Until the input ends or somebody leaves; the exit status, ``PARTIAL`` where a message was refused."""
        refused = 0
        typed = sys.stdin.isatty()
        if typed:
            sys.stderr.write(f"{self.talk.abilities()}\n{_HELP}\n")
        turns = count(1)
        for line in _typed() if typed else _piped():
            if not line.strip():
                continue
            if line.strip() in ("/quit", "/exit"):
                break
            turn = next(turns)
            try:
                self._answer(line.strip(), turn)
            except (InputError, HalfAnswerError) as error:
                refused += 1
                self._refuse(error, turn)
            sys.stdout.flush()
        return PARTIAL if refused else DONE

    def _answer(self, line: str, turn: int) -> None:
        command, _, rest = line.partition(" ")
        if command == "/help":
            self._write({"turn": turn, "answer": f"{self.talk.abilities()} {_HELP}"})
        elif command == "/reset":
            self.talk.reset()
            self.conversation += 1
            self._write({"turn": turn, "answer": "Forgotten."})
        elif command == "/why":
            label = rest.strip().replace(" ", "_") or None
            self._write({"turn": turn, **self.talk.why(label).as_json()})
        elif command.startswith("/") and command[1:].isalpha():
            raise InputError(f"no command {command[:20]}", hint=_HELP, field="command")
        elif self.speaks is None:
            self._write({"turn": turn, **self.talk.say(line).as_json()})
        else:
            self._ask_model(line, turn)

    def _ask_model(self, line: str, turn: int) -> None:
        assert self.speaks is not None  # noqa: S101 - for the type
        pieces, told = self.speaks(line, self.conversation), list[str]()
        try:
            for piece in pieces:
                told.append(piece)
                if not self.as_json:
                    sys.stdout.write("\n".join(printable(part) for part in piece.split("\n")))
                    sys.stdout.flush()
        except InputError:
            raise
        except PurchaseAgentError as error:
            if told:
                sys.stdout.write("" if self.as_json else "\n")
                raise HalfAnswerError(error.message, hint=error.hint) from error
            sys.stderr.write(f"the tools answer by themselves: {printable(str(error))[:600]}\n")
            self._write({"turn": turn, **self.talk.say(line).as_json()})
            return
        self.talk.recall(line)
        if self.as_json:
            self._write({"turn": turn, "answer": "".join(told)})
        else:
            sys.stdout.write("\n")

    def _write(self, value: Mapping[str, Any]) -> None:
        if self.as_json:
            sys.stdout.write(json_line(value))
        else:
            sys.stdout.write("\n".join(printable(line) for line in value["answer"].split("\n")) + "\n")

    def _refuse(self, error: InputError | HalfAnswerError, turn: int) -> None:
        if self.as_json:
            field = error.field if isinstance(error, InputError) else ""
            told = {"message": error.message, "field": field, "hint": error.hint}
            sys.stdout.write(json_line({"turn": turn, "error": told}))
        else:
            sys.stderr.write(f"{printable(str(error))[:600]}\n")


def one_shopper(path: Path) -> Shopper:
    """The one shopper of a file.

    Raises:
        InputError: the file cannot be read, or holds none or several.
    """
    lines = []
    for line in read_shoppers(path):
        lines.append(line.value)
        if len(lines) > 1:
            break
    if len(lines) != 1:
        many = "no shopper" if not lines else "more than one shopper"
        raise InputError(f"{path} holds {many}", hint="a chat is about one", field="file")
    if isinstance(lines[0], InputError):
        raise lines[0]
    return read_shopper(lines[0])


def read_products(path: Path) -> list[Mapping[str, Any]]:
    """The products of a JSON file.

    Raises:
        InputError: it cannot be read or is no list of objects.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST_FILE + 1)
        found = json.loads(raw) if len(raw) <= _LARGEST_FILE else None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} cannot be read: {type(error).__name__}", hint="a JSON list", field="file") from error
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        hint = 'a JSON list such as [{"id": "k1", "name": "Kettle"}], of at most 16 MiB'
        raise InputError(f"{path} is no list of products", hint=hint, field="file")
    return found


def _model(
    agent: PurchaseAgent, scope: Scope, known: Shopper | None, products: Sequence[Mapping[str, Any]]
) -> Callable[[str, int], Iterator[str]] | None:
    """Who speaks where an endpoint is set, else None; says on standard error why the endpoint is not asked."""
    settings = agent.settings
    if settings.llm_base_url is None or agent.engine == "local":
        return None
    missing = [name for name in ("langchain", "langchain_openai") if find_spec(name) is None]
    if missing:  # the agent's own error would name one of them only
        sys.stderr.write("the tools answer by themselves; for a model to speak: pip install 'purchase-agent[agent]'\n")
        return None
    from purchase_agent.agent import assistant, memory
    from purchase_agent.agent_endpoint import endpoint_of

    helper = assistant(
        endpoint_of(agent), agent, scope=scope, shopper=known, tools=offering(products), checkpointer=memory()
    )
    return lambda words, number: helper.stream(words, {"configurable": {"thread_id": str(number)}})


def _typed() -> Iterator[str]:
    with suppress(ImportError):  # arrow keys, where the system has them
        import readline  # noqa: F401 - its import is what it does
    while True:
        try:
            if sys.stdout.isatty():
                yield input(_PROMPT)
            else:  # written to a file: ``input`` would put its prompt among the answers
                sys.stderr.write(_PROMPT)
                yield input()
        except EOFError:
            sys.stderr.write("\n")
            return


def _piped() -> Iterator[str]:
    """Lines of standard input. Of one that is too long as much is read as shows that it is."""
    most = MAX_TEXT_BYTES + 1
    while raw := sys.stdin.buffer.readline(most):
        rest = raw
        while len(rest) == most and not rest.endswith(b"\n"):
            rest = sys.stdin.buffer.readline(most)
        yield raw.decode("utf-8-sig", errors="replace").rstrip("\r\n")
