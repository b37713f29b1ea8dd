"""``python -m eval.run SUITE``: runs a suite on an engine and writes the folder of the run.

``purchase-agent eval run`` is the same. What a suite asks is in ``eval/suites``; ``all`` runs those whose data is
there.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from purchase_agent.errors import InputError, PurchaseAgentError, SettingsError
from purchase_agent.eval import gate
from purchase_agent.eval.answering import Product, Who
from purchase_agent.eval.cases.lines import UNREADABLE
from purchase_agent.eval.cases.sample import Sample
from purchase_agent.eval.cases.suite import find, load, names
from purchase_agent.eval.folder import RunFolder
from purchase_agent.eval.runner import Job, Prices, run
from purchase_agent.eval.telling import told
from purchase_agent.prediction import EvidenceMode
from purchase_agent.service import PurchaseAgent
from purchase_agent.settings import PREFIX, load_settings

ALL = "all"
OUT = Path("runs")
_NOT_ANSWERED = ("no_answer", "no_words", UNREADABLE)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for."""

    suites: tuple[str, ...]
    engine: Who = "local"
    model: str | None = None
    prompts: str | None = None
    data: Path | None = None
    labels: tuple[Path, ...] = ()
    answers: tuple[Path, ...] = ()
    out: Path = OUT
    limit: int | None = None
    repeats: int = 1
    resume: bool = False
    seed: int = 7
    evidence: EvidenceMode | None = None
    models_dir: Path | None = None
    prices: Prices | None = None


@dataclass(frozen=True, slots=True)
class _Prepared(Job):
    """A job whose samples are read: what its data lacks is known before anybody is asked, and is its own affair."""

    read: tuple[Sample, ...] = ()

    def samples(self) -> list[Sample]:
        return list(self.read)


def run_suites(wish: Wish) -> tuple[list[RunFolder], dict[str, str]]:
    """Runs the suites, or all of them; folders of the runs, and the suites that were skipped with the reason.

    Raises:
        InputError, SettingsError: a suite, the engine, the answers or the data of the only suite cannot be used, or no
            suite takes the labels.
    """
    _check_endpoint(wish)
    chosen = [*(names() if ALL in wish.suites else ()), *(one for one in wish.suites if one != ALL)]
    suites = {name: load(name) for name in chosen}
    # A suite that came with ``all`` and has data keeps it: what the files hold is meant for a suite that is named.
    labelled = {name for name, (one, _) in suites.items() if one.takes_labels and (name in wish.suites or not one.data)}
    if wish.labels and not labelled:
        raise InputError(
            f"--labels: {', '.join(suites)} read their own data and no files of yours",
            hint="the suite own reads them", field="labels",
        )  # fmt: skip
    folders, skipped = [], dict[str, str]()
    agent: PurchaseAgent | None = None
    for name, (suite, sha256) in suites.items():
        labels = wish.labels if name in labelled else ()
        files, why = find(suite, wish.data, labels)
        if why is not None:
            skipped[name] = why
            continue
        if wish.engine != "recorded" and agent is None:
            agent = agent_of(wish)
        job = _Prepared(
            suite, sha256, tuple(files), None if labels else wish.data, wish.limit, wish.repeats, wish.seed,
            wish.evidence, wish.prices,
        )  # fmt: skip
        try:
            job = replace(job, read=tuple(Job.samples(job)))
        except InputError as error:  # such as a further file of the folder that the reader needs
            if len(suites) == 1:
                raise
            skipped[name] = f"{name}: {error}"
            continue
        if agent is None:
            folders.append(_recorded(wish, job))
            continue
        with closing(Product(agent, agent.engine, choices=suite.kind == "choice")) as answerer:
            folders.append(run(job, answerer, wish.out, resume=wish.resume))
    if wish.engine == "recorded" and folders and not any(_has_answers(one) for one in folders):
        raise InputError(
            f"no answer in {', '.join(map(str, wish.answers))} is to a request of {', '.join(suites)}",
            hint="name the model, prompts, limit and seed of the export", field="answers",
        )  # fmt: skip
    return folders, skipped


def _check_endpoint(wish: Wish) -> None:
    """Raises SettingsError where something is set of a language model and none is asked: the run's figures would be
    taken for those of that model or prompt."""
    given = {"--model": wish.model, "--prompts": wish.prompts, "--price-in, -cached or -out": wish.prices}
    told = ", ".join(option for option, value in given.items() if value is not None)
    if not told:
        return
    if wish.engine == "local":
        raise SettingsError(
            f"{told}: the engine local asks no language model", hint="--engine llm, auto, cascade or recorded does"
        )
    if wish.engine == "auto" and load_settings().llm_base_url is None:
        raise SettingsError(
            f"{told}: the engine auto asks no language model where no endpoint is set", hint=f"set {PREFIX}LLM_BASE_URL"
        )


def agent_of(wish: Wish) -> PurchaseAgent:
    """The product with the engine asked for."""
    if wish.engine == "recorded":
        raise SettingsError("recorded answers are no engine of the product")
    return PurchaseAgent(
        wish.engine, llm_model=wish.model, prompt=wish.prompts, models_dir=wish.models_dir,
    )  # fmt: skip


def _recorded(wish: Wish, job: Job) -> RunFolder:
    # Imported here: it reads the forms of several providers.
    from purchase_agent.eval.recorded import Recorded

    settings = load_settings(llm_model=wish.model, prompt=wish.prompts, models_dir=wish.models_dir)
    if not wish.answers:
        raise SettingsError("the engine recorded needs the answers", hint="name them with --answers FILE")
    if settings.llm_model is None:
        raise SettingsError("the engine recorded needs the model's name", hint="name it with --model")
    with closing(Recorded(settings, wish.answers)) as answerer:
        folder = run(job, answerer, wish.out, resume=wish.resume)
        sys.stderr.write(f"{answerer.told(answerer.asked)}\n")
    return folder


def _has_answers(folder: RunFolder) -> bool:
    """Whether any sample has an answer out of the files, usable or not."""
    return any(
        one["error"]["type"] not in _NOT_ANSWERED if one["output"] is None
        else one["output"]["provenance"]["engine"] == "llm"
        for one in folder.samples()
    )  # fmt: skip


def parser() -> argparse.ArgumentParser:
    """The options."""
    out = argparse.ArgumentParser(prog="eval.run", description="Run an evaluation suite.")
    out.add_argument("suites", nargs="+", metavar="SUITE", help=f"of {', '.join(names())}, a YAML file, or {ALL}")
    out.add_argument("--engine", choices=get_args(Who), default="local", help="who answers")
    out.add_argument("--model", help="of the endpoint; not with the engine local")
    out.add_argument("--prompts", help="prompt or prompts, separated by commas; not with the engine local")
    out.add_argument("--data", type=Path, metavar="FOLDER", help="holds the data that the suite names")
    out.add_argument("--labels", type=Path, nargs="+", default=[], metavar="FILE", help="for own and intention_qa")
    out.add_argument("--answers", type=Path, nargs="+", default=[], metavar="FILE", help="for the engine recorded")
    out.add_argument("--out", type=Path, default=OUT, metavar="RUNS", help="folder of the runs' folders")
    out.add_argument("--limit", type=_at_least_one, metavar="N", help="samples at most")
    out.add_argument("--repeats", type=_at_least_one, default=1, metavar="K", help="how often each sample is asked")
    out.add_argument("--resume", action="store_true", help="go on with an unfinished run of the same plan")
    out.add_argument("--seed", type=int, default=7)
    out.add_argument("--gate", action="store_true", help="status 1 where a run is below its committed floors")
    out.add_argument("--evidence", choices=get_args(EvidenceMode), help="in place of the suite's")
    out.add_argument("--models-dir", type=Path, metavar="FOLDER", help="your own models")
    for name, what in (("in", "read"), ("cached", "read from a cache"), ("out", "written")):
        out.add_argument(f"--price-{name}", type=float, metavar="USD", help=f"of a million tokens {what}")
    return out


def _at_least_one(given: str) -> int:
    number = int(given)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not in the range x>=1")
    return number


def prices_of(read: float | None, cached: float | None, written: float | None) -> Prices | None:
    """Prices where any is given; a cached token costs what others cost unless it is told.

    Raises:
        InputError: one is negative or no number.
    """
    if read is None and cached is None and written is None:
        return None
    for name, price in (("in", read), ("cached", cached), ("out", written)):
        if price is not None and not (math.isfinite(price) and price >= 0):
            raise InputError(f"--price-{name} is {price}", hint="give US dollars, 0 or more", field=f"price_{name}")
    return Prices(read or 0.0, cached if cached is not None else read or 0.0, written or 0.0)


def main(argv: Sequence[str] | None = None) -> int:
    """Status 0 where something ran; 1 where nothing did, or with ``--gate`` a run fell or a named suite did not run."""
    given = parser().parse_args(argv)
    try:
        wish = Wish(
            suites=tuple(given.suites), engine=given.engine, model=given.model, prompts=given.prompts, data=given.data,
            labels=tuple(given.labels), answers=tuple(given.answers), out=given.out, limit=given.limit,
            repeats=given.repeats, resume=given.resume, seed=given.seed, evidence=given.evidence,
            models_dir=given.models_dir, prices=prices_of(given.price_in, given.price_cached, given.price_out),
        )  # fmt: skip
        folders, skipped = run_suites(wish)
    except PurchaseAgentError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nstopped; what is answered is kept: the same command with --resume goes on\n")
        return 130
    for why in skipped.values():
        sys.stderr.write(f"skipped: {why}\n")
    for folder in folders:
        sys.stdout.write(f"{told(folder.run)}\n{folder.path}\n")
    if not folders or not given.gate:
        return 0 if folders else 1
    missing = [name for name in wish.suites if name in skipped]  # what came with ``all`` may be skipped
    if missing:
        sys.stderr.write(f"not run, so not held against its floors: {', '.join(missing)}\n")
    return max(gate.main([str(folder.path) for folder in folders]), int(bool(missing)))


if __name__ == "__main__":
    sys.exit(main())
