"""``python -m eval.gate RUN...``: fails where a run is below a committed floor by more than noise.

``eval/floors.yaml`` holds, for a suite and engine, figures that a run has reached and where that run is told of. A run
falls where the whole 95 % interval of its figure lies on the bad side of the floor. A floor is what was measured, not
what was measured less a margin: the same model always passes, one that is as good falls at a figure one time in forty
at most, and the interval's width is what a fall must exceed to be seen. A run falls likewise where a figure is missing,
where fewer samples were scored than when the floor was set, and where it is not finished: silence is no pass.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from purchase_agent.errors import InputError, PurchaseAgentError
from purchase_agent.eval.bench.table import Table
from purchase_agent.eval.folder import RunFolder
from purchase_agent.eval.scoring.measures import DIRECTIONS, MEASURES

FLOORS = Path(__file__).parent / "floors.yaml"
EXACT = ("schema_valid", "consistency_breaches", "evidence_verbatim", "outside")
"""Figures that must hold of every answer, so that no noise is allowed for."""
WAYS = {**DIRECTIONS, "set_coverage": "higher", "abstained": "lower"}
"""Figure -> which way is good. A comparison calls the last two neither, as one can be had for the other; a floor on one
of them is there to hold it."""
_BY_LANGUAGE = ("accuracy", "micro_f1")
_GROUPS = ("flip_rate", "attack_success_beyond_harmless")
_FEWER = 0.98
"""Of the samples that were scored when a floor was set, a run must score as many."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Floor(_Model):
    """One figure that must not fall.

    Attributes:
        slice: as in ``run.json``; empty for all samples.
        floor: as reached by ``run``; ``exact`` where no noise is allowed for, such as errors that must be 0.
        n: samples that it was measured on.
    """

    metric: str
    task: str | None = None
    slice: dict[str, str] = {}
    floor: float
    n: Annotated[int, Field(ge=1)]
    exact: bool = False

    @field_validator("metric")
    @classmethod
    def _has_a_way(cls, metric: str) -> str:
        if WAYS.get(metric, "neither") == "neither":
            raise ValueError(f"{metric} is no figure that can be held against a floor")
        return metric


class Guarded(_Model):
    """The floors of a suite on one engine."""

    suite: str
    version: str
    engine: Literal["local", "llm", "auto", "cascade", "recorded"] = "local"
    run: str
    floors: Annotated[list[Floor], Field(min_length=1)]


class Floors(_Model):
    """The file."""

    suites: list[Guarded]


@dataclass(frozen=True, slots=True)
class Checked:
    """One floor held against a run."""

    suite: str
    metric: str
    task: str | None
    slice: str
    floor: float
    value: float | None
    low: float | None
    high: float | None
    passed: bool
    why: str


def load_floors(path: Path = FLOORS) -> Floors:
    """The committed floors.

    Raises:
        InputError: the file cannot be used; the message names the field.
    """
    try:
        return Floors.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except (OSError, yaml.YAMLError) as error:
        raise InputError(f"{path} cannot be read: {error}", field="floors") from error
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        raise InputError(f"{path}: {'.'.join(map(str, problem['loc']))}: {problem['msg']}", field="floors") from error


def check(run: Mapping[str, Any], floors: Floors) -> list[Checked]:
    """Every floor of the run's suite and engine; empty where none is committed.

    Raises:
        InputError: the run is not finished, or its suite is of another version than the floors.
    """
    guarded = [one for one in floors.suites if (one.suite, one.engine) == (run["suite"]["name"], run["engine"])]
    if guarded and run["status"] != "success":
        raise InputError(f"{run['id']} is not finished: {run['status']}", field="run")
    for one in guarded:
        if one.version != run["suite"]["version"]:
            raise InputError(
                f"floors of {one.suite} are for version {one.version}, the run is {run['suite']['version']}",
                hint="measure again and commit new floors", field="floors",
            )  # fmt: skip
    return [_checked(run, floor) for one in guarded for floor in one.floors]


def _checked(run: Mapping[str, Any], floor: Floor) -> Checked:
    wanted = (floor.metric, floor.task, floor.slice)
    found = next(
        (
            one for one in run["results"]
            if (one["metric"], one["task"], {key: str(value) for key, value in one["slice"].items()}) == wanted
        ),
        None,
    )  # fmt: skip
    name = ", ".join(f"{key}={value}" for key, value in floor.slice.items())
    told = (run["suite"]["name"], floor.metric, floor.task, name, floor.floor)
    if found is None or found["value"] is None:
        return Checked(*told, None, None, None, passed=False, why="missing")
    value, low, high = found["value"], found["low"], found["high"]
    if found["n"] < _FEWER * floor.n:
        return Checked(*told, value, low, high, passed=False, why=f"{found['n']} of {floor.n} samples scored")
    higher = WAYS[floor.metric] == "higher"
    edge = value if floor.exact or low is None or high is None else (high if higher else low)
    good = edge >= floor.floor - 1e-9 if higher else edge <= floor.floor + 1e-9
    side = "below" if higher else "above"
    return Checked(*told, value, low, high, passed=good, why="" if good else f"{side} the floor by more than noise")


def propose(run: Mapping[str, Any]) -> dict[str, Any]:
    """Floors that a run reaches: the main figures of all samples and of each language, and what must hold exactly."""
    main = {one.name for one in MEASURES if one.main}
    floors = []
    for one in run["results"]:
        exact = one["metric"] in EXACT and not one["slice"]
        wanted = one["metric"] in main and not one["slice"]
        wanted |= one["metric"] in _BY_LANGUAGE and set(one["slice"]) == {"language"}
        if one["value"] is None or not (exact or wanted or one["metric"] in _GROUPS):
            continue
        named = {"metric": one["metric"], "task": one["task"], "slice": one["slice"]}
        floor = {"floor": round(one["value"], 4), "n": one["n"], **({"exact": True} if exact else {})}
        floors.append({key: value for key, value in named.items() if value} | floor)
    suite = run["suite"]
    return {"suite": suite["name"], "version": suite["version"], "engine": run["engine"], "run": run["id"],
            "floors": floors}  # fmt: skip


def told(checked: Sequence[Checked]) -> str:
    """The floors for people, those that fell first."""
    rows = [
        [
            " ".join(part for part in (one.suite, one.task, one.metric, one.slice) if part),
            "ok" if one.passed else "FELL", f"{one.floor:.3f}", "-" if one.value is None else f"{one.value:.3f}",
            "-" if one.low is None else f"[{one.low:.3f}, {one.high:.3f}]", one.why,
        ]
        for one in sorted(checked, key=lambda one: one.passed)
    ]  # fmt: skip
    fell = sum(not one.passed for one in checked)
    return str(Table(f"{len(checked)} floors, {fell} fell", ("", "", "floor", "value", "95 %", ""), rows))


def main(argv: Sequence[str] | None = None) -> int:
    """Status 1 where a run fell or cannot be judged, 0 where all floors hold."""
    parser = argparse.ArgumentParser(prog="eval.gate", description="Hold runs against committed floors.")
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="folders of runs")
    parser.add_argument("--floors", type=Path, default=FLOORS)
    parser.add_argument("--propose", action="store_true", help="print the runs' own figures as floors, and check none")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(argv)
    try:
        if given.propose:
            proposed = [propose(RunFolder(path).run) for path in given.runs]
            sys.stdout.write(yaml.safe_dump({"suites": proposed}, sort_keys=False, default_flow_style=None, width=120))
            return 0
        floors = load_floors(given.floors)
        checked = []
        for path in given.runs:
            run = RunFolder(path).run
            own = check(run, floors)
            if not own:
                sys.stderr.write(f"{run['id']}: no floors are committed for it\n")
            checked += own
    except PurchaseAgentError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if not checked:
        sys.stderr.write("nothing was held against a floor\n")
        return 1
    if given.json:
        sys.stdout.write(json.dumps([asdict(one) for one in checked], indent=1) + "\n")
    else:
        sys.stdout.write(told(checked) + "\n")
    return 0 if all(one.passed for one in checked) else 1


if __name__ == "__main__":
    sys.exit(main())
