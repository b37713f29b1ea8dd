"""The page: drawings and tables by the template, cases as data beside the scripts that show them.

Nothing is fetched and nothing is sent. The policy in the page's head names its own style and script by their hashes, so
that no other runs; what shoppers wrote is data that the scripts put in as text.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from purchase_agent import labels
from purchase_agent.clean import printable
from purchase_agent.eval.report_page import charts, figures
from purchase_agent.eval.report_page.cases import case_of
from purchase_agent.eval.report_page.folders import Record, Run, number
from purchase_agent.eval.report_page.provenance import notes, provenance

FOLDER = Path(__file__).parent
SCRIPTS = ("dom", "store", "filters", "words", "list", "reader", "keys", "main")
"""Files of the page's script, in order; they share one scope."""
MARKABLE = ("intent", "declined", "repurchase", "sentiment", "motivation", "barrier", "next_action", "timing", "juster")
"""Labels that the form of labelled texts knows (``purchase_agent.labelled``)."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_MANY = ("motivation", "barrier")


@dataclass(frozen=True, slots=True)
class Section:
    """One run on the page."""

    run: Run
    name: str
    tasks: tuple[figures.TaskFigures, ...]
    cases: int
    wrong: Counter[str]
    """Task -> cases whose answer is not the label of the data."""
    errors: int

    @property
    def notes(self) -> list[str]:
        """What the figures must not be read without."""
        return notes(self.run)

    @property
    def latency(self) -> list[tuple[str, float]]:
        """The quantiles that the run tells, in milliseconds; few times have no p99."""
        stats = self.run.about.get("stats")
        told = stats.get("latency_ms") if isinstance(stats, dict) else None
        given = told if isinstance(told, dict) else {}
        return [(name, value) for name in ("p50", "p95", "p99") if (value := number(given.get(name))) is not None]

    @property
    def who(self) -> str:
        """Engine and model."""
        return _who(self.run)


def page(runs: Sequence[Run], version: str, cases_of: Collection[str] | None = None) -> str:
    """The whole page.

    Args:
        version: of this package.
        cases_of: suites whose cases the page carries; None for all. Of the others it tells the figures only, for texts
            that must not be passed on.
    """
    cases: list[Record] = []
    label_names: dict[str, int] = {}
    sections = []
    names = _names(runs)
    for place, (run, name) in enumerate(zip(runs, names, strict=True)):
        counted = [case_of(sample, place) for sample in run.samples()]
        told = [one for one in counted if cases_of is None or run.suite in cases_of]
        cases += [_packed(one, label_names) for one in told]
        sections.append(
            Section(
                run, name, figures.of_run(run), len(counted),
                Counter(task for one in counted for task in one.get("wrong", [])),
                sum("error" in one for one in counted),
            )
        )  # fmt: skip
    style = (FOLDER / "page.css").read_text("utf-8")
    script = _script()
    environment = SandboxedEnvironment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters |= {
        "shown": figures.shown, "words": words, "printable": printable, "number": "{:,}".format,
        "metric": figures.words_of, "less": figures.less_is_better,
    }  # fmt: skip
    overview = _overview(sections)
    template = environment.from_string((FOLDER / "page.html.j2").read_text("utf-8"))
    return template.render(
        sections=sections, style=style, script=script, style_hash=_hash(style), script_hash=_hash(script),
        data=island(
            {"runs": [_run(one) for one in sections], "labels": _labels(), "names": list(label_names), "cases": cases}
        ),
        cases=len(cases), slices=figures.SLICES, version=version, overview=overview, charts=charts,
        rivals=_beside([figure for *_, figure in overview]), several=len({run.suite for run in runs}) < len(runs),
        provenance=[provenance(run) for run in runs],
    )  # fmt: skip


def island(data: Any) -> str:
    """JSON that may stand inside a script element: no ``<`` ends it, every number is one, lone surrogates escaped."""
    text = json.dumps(_finite(data), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text = text.replace("<", "\\u003c")
    return _SURROGATE.sub(lambda one: f"\\u{ord(one[0]):04x}", text)


def words(label: str) -> str:
    """A name for reading: no underscores."""
    return printable(label).replace("_", " ")


def _packed(case: Record, places: dict[str, int]) -> Record:
    """A case whose probabilities and quotes name labels by their place in ``names``: a third of the page's size."""
    for task, chances in case.get("p", {}).items():
        case["p"][task] = [one for name, p in chances.items() for one in (places.setdefault(name, len(places)), p)]
    for quote in case.get("evidence", []):
        quote[0] = places.setdefault(quote[0], len(places))
    return case


def _script() -> str:
    parts = [(FOLDER / f"{name}.js").read_text("utf-8") for name in SCRIPTS]
    return '"use strict";\n(() => {\n' + "\n".join(parts) + "})();\n"


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _who(run: Run) -> str:
    return " ".join(str(run.about[key]) for key in ("engine", "model") if run.about.get(key))


def _names(runs: Sequence[Run]) -> list[str]:
    """What tells the runs apart: the suite, and engine and model where a suite was run more than once."""
    suites = [run.suite for run in runs]
    names: list[str] = []
    for run, suite in zip(runs, suites, strict=True):
        name = words(suite)
        if suites.count(suite) > 1:
            name += f" · {_who(run)}"
        if name in names:
            name += f" · {run.about.get('id', len(names) + 1)}"
        names.append(name)
    return names


def _overview(sections: Sequence[Section]) -> list[tuple[Section, int, figures.Figure]]:
    """The headline of each task of each run; runs of one suite stand together."""
    order = list(dict.fromkeys(one.run.suite for one in sections))
    rows = []
    for suite in order:
        of = [(place, one) for place, one in enumerate(sections) if one.run.suite == suite]
        tasks = list(dict.fromkeys(task.name for _, one in of for task in one.tasks))
        for task in tasks:
            for place, one in of:
                found = next((mine for mine in one.tasks if mine.name == task), None)
                if found is not None and found.headline is not None:
                    rows.append((one, place, found.headline))
    return rows


def _beside(rows: Sequence[figures.Figure]) -> list[tuple[str, str]]:
    """The kinds of baselines that occur, for the key to the drawings."""
    found = {(one.kind, one.words) for figure in rows for one in figure.beside}
    order = list(figures.BASELINES)
    return sorted(found, key=lambda one: (order.index(one[0]) if one[0] in order else len(order), one[1]))


def _run(section: Section) -> Record:
    about = section.run.about
    return {
        "id": str(about.get("id", section.name)),
        "name": section.name,
        "suite": section.run.suite,
        "seen": section.run.seen_in_training,
        "engine": section.who,
    }


def _labels() -> Record:
    """Task -> how it is marked: its labels with their definitions, and whether several hold."""
    out: Record = {
        task: {"many": task in _MANY, "labels": [{"name": one.name, "en": one.en} for one in labels.DEFINITIONS[task]]}
        for task in MARKABLE
        if task in labels.DEFINITIONS
    }
    truths = [{"name": "true", "en": "yes"}, {"name": "false", "en": "no"}]
    out |= {flag: {"many": False, "truth": True, "labels": truths} for flag in labels.FLAGS}
    chances = [{"name": str(one), "en": f"{one} in 10 that he buys within 30 days"} for one in range(11)]
    out["juster"] = {"many": False, "number": True, "labels": chances}
    return {task: out[task] for task in MARKABLE}


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return value
