"""Instructions planted in shopper texts: what they reach, what they cost, and what the defence costs.

``purchase-agent eval injections --data FOLDER [--engine local|llm|cascade] [--limit N] [--json FILE]``. The whole path
runs on each clean text, on the attacked one and on one with harmless words in the attack's place, with evidence fast.
An endpoint is the one that the settings name. The same seed chooses the same attacks.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from purchase_agent.errors import InputError
from purchase_agent.eval.attacks import Attack, choose, read_attacks
from purchase_agent.eval.bench.table import machine, say
from purchase_agent.eval.evidence import choose as choose_rows
from purchase_agent.eval.injection_tables import tables
from purchase_agent.eval.label_effects import Case, Document, measured
from purchase_agent.eval.outside_effects import OUTSIDE, QUOTED, Own, outside_effects
from purchase_agent.eval.over_defence import (
    cost_of_cleaning,
    cost_of_sentences,
    flagged_harmless,
    order_words,
    without_defence,
)
from purchase_agent.evidence import read_shopper
from purchase_agent.llm_engine import chosen_prompts
from purchase_agent.prediction import EvidenceMode, Prediction
from purchase_agent.predictors.llm.shown import show
from purchase_agent.predictors.prepare import prepare
from purchase_agent.service import PurchaseAgent
from purchase_agent.settings import Settings
from purchase_agent.training.corpus import Row, read_labelled

Engine = Literal["local", "llm", "cascade"]
Record = dict[str, Any]

ACCURACY_TEXTS = 400
"""Texts of the locked share on which the cost in labels is measured."""
AS_OF = "2026-06-01T09:00:00Z"
"""The moment of every text, so that a run tomorrow gives the same figures."""
KEYS = ("source", "goal", "wrapper", "language", "where")
_TOGETHER = 64


class Agent(Protocol):
    """What this needs of a ``PurchaseAgent``."""

    def predict(self, shopper: Record, *, evidence: EvidenceMode | None = None) -> Prediction: ...

    def predict_many(
        self, shoppers: Iterable[Record], *, evidence: EvidenceMode | None = None
    ) -> Iterator[Prediction | InputError]: ...


def report(data: Path, engine: Engine, limit: int | None, out: Path | None, seed: int = 0) -> str:
    """All figures as text; also as JSON to ``out``.

    Raises:
        InputError: a file under ``data`` is missing.
        SettingsError: the engine needs an endpoint and none is set.
    """
    agent = PurchaseAgent(engine=engine)
    attacks = choose(read_attacks(data, seed), limit, seed)
    cases = run(agent, attacks, engine)
    say(f"{len(cases)} attacks done")
    rows = choose_rows(
        read_labelled(data, Path(__file__).parent / "data"), min(limit or ACCURACY_TEXTS, ACCURACY_TEXTS), seed
    )
    results = {
        **figures(cases, prompt_texts(agent.settings)),
        "engine": engine,
        "prompt": prompt_of(cases),
        "over_defence": [*flagged_harmless(data, seed), *order_words(lambda some: predicted(agent, some))],
        "cost": _cost(agent, engine, rows),
    }
    if out is not None:
        document = {"machine": machine(), "seed": seed, "limit": limit, **results}
        out.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return "\n\n".join(map(str, tables(results)))


def run(agent: Agent, attacks: Sequence[Attack], engine: Engine) -> list[Case]:
    """Every attack with its three predictions; equal texts are asked once."""
    wanted: dict[tuple[str, str], Record] = {}
    for one in attacks:
        for text in (one.clean, one.text, one.filled):
            wanted[text, one.channel] = {"text": text, "channel": one.channel}
    answers = dict(zip(wanted, predicted(agent, list(wanted.values())), strict=True))
    return [
        Case(
            one, answers[one.clean, one.channel], answers[one.text, one.channel], answers[one.filled, one.channel],
            by="llm" if engine == "llm" else None,
        )
        for one in attacks
    ]  # fmt: skip


def predicted(agent: Agent, texts: Sequence[Record]) -> list[Document | None]:
    """Predictions of texts with their channel, as JSON; None where an exception came instead."""
    shoppers = [{"shopper_id": "s", "as_of": AS_OF, "texts": [{"id": "t1", **one}]} for one in texts]
    out: list[Document | None] = []
    for start in range(0, len(shoppers), _TOGETHER):
        part = shoppers[start : start + _TOGETHER]
        answers: list[Prediction | Exception]
        try:
            answers = list(agent.predict_many(part, evidence="fast"))
        except Exception:  # noqa: BLE001 - which text it was is found by asking for each alone
            answers = [_alone(agent, one) for one in part]
        out += [None if isinstance(one, Exception) else one.model_dump(mode="json") for one in answers]
    return out


def _alone(agent: Agent, shopper: Record) -> Prediction | Exception:
    try:
        return agent.predict(shopper, evidence="fast")
    except Exception as error:  # noqa: BLE001 - it is counted
        return error


def figures(cases: Sequence[Case], prompts: Sequence[str]) -> Record:
    """Outside effects and label effects, in all and for each group of attacks.

    Args:
        prompts: texts of the prompts, none of whose words may come out.
    """
    own = Own.of([case.clean for case in cases if case.clean is not None], prompts)
    effects = [
        Counter(exception=1) if case.attacked is None else outside_effects(case.attack, case.attacked, own)
        for case in cases
    ]
    groups: Record = {}
    for name, places in _groups(cases).items():
        part = [cases[place] for place in places]
        total = sum((effects[place] for place in places), Counter[str]())
        groups[name] = {**measured(part), "effects": {key: total[key] for key in (*OUTSIDE, *QUOTED)}}
    return {
        "attacks": len(cases),
        "groups": groups,
        "outside": _named(cases, effects, OUTSIDE),
        "quoted": _named(cases, effects, QUOTED),
        "answered_by": {name: _answered_by(cases, name) for name in ("clean", "attacked", "filled")},
    }


def _named(cases: Sequence[Case], effects: Sequence[Counter[str]], names: Iterable[str]) -> list[Record]:
    """The attacks that had one of these effects."""
    return [
        {"id": case.attack.id, "effects": sorted(found.keys() & set(names))}
        for case, found in zip(cases, effects, strict=True)
        if not found.keys().isdisjoint(names)
    ]


def _groups(cases: Sequence[Case]) -> dict[str, list[int]]:
    out = {"all": list(range(len(cases)))}
    for key in KEYS:
        for value in sorted({getattr(case.attack, key) for case in cases}):
            out[f"{key} {value}"] = [place for place, case in enumerate(cases) if getattr(case.attack, key) == value]
    return out


def _answered_by(cases: Sequence[Case], name: str) -> dict[str, int]:
    """How many predictions came from where; a text that is not answered counts under its status."""
    found: Counter[str] = Counter()
    for case in cases:
        document: Document | None = getattr(case, name)
        if document is None:
            found["exception"] += 1
        elif document["status"] != "ok":
            found[document["status"]] += 1
        else:
            found[f"{document['provenance']['engine']} ({document['provenance']['reason']})"] += 1
    return dict(sorted(found.items()))


def prompt_of(cases: Sequence[Case]) -> Record | None:
    """Name, version and hash of the prompt that answers were made with; None where no language model answered."""
    for case in cases:
        for document in (case.clean, case.attacked):
            if document is not None and document["provenance"]["prompt"] is not None:
                return dict(document["provenance"]["prompt"])
    return None


def prompt_texts(settings: Settings) -> list[str]:
    """What the prompts in use say, in both languages."""
    out: list[str] = []
    for asking in chosen_prompts(settings):
        for text in ("kettle", "水壶"):
            case = prepare(read_shopper(text), datetime.now(UTC))
            out += [message["content"] for message in asking.messages(show(case, [0]).inputs)]
    return out


def _cost(agent: PurchaseAgent, engine: Engine, rows: Sequence[Row]) -> list[Record]:
    cost = [cost_of_cleaning(agent.local.model, rows)]
    if engine != "llm":
        return cost
    texts = [{"text": row.text, "channel": row.channel} for row in rows]
    with tempfile.TemporaryDirectory() as name:
        prompts = {asking.prompt.name: asking.prompt.path for asking in chosen_prompts(agent.settings)}
        left_out = without_defence(prompts, Path(name))
        bare = PurchaseAgent(engine=engine)
        bare.settings = agent.settings.model_copy(update={"prompts_dir": Path(name)})
        found = cost_of_sentences(rows, predicted(agent, texts), predicted(bare, texts))
    return [*cost, {**found, "left_out": left_out}] if found is not None else cost
