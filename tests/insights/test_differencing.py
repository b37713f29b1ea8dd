"""An attacker who asks everything that can be asked, over filters and both runs, and puts the answers together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import ceil, floor, inf

import numpy as np
import pytest
from scipy.optimize import linprog

from purchase_agent.insights import Source, run_query
from purchase_agent.insights.groups import breakdown, in_both, ready, scope, subgroup
from purchase_agent.insights.movement import _ways
from purchase_agent.insights.privacy import FLOOR, Told, tens, told
from purchase_agent.insights.queries import Filter
from purchase_agent.labels import INTENTS

Cell = frozenset[tuple[str, str]]
LANGUAGES, CUSTOMERS = ("en", "zh"), ("new", "returning")
PARTS = {"intent": INTENTS, "language": LANGUAGES, "customers": CUSTOMERS}
_SLACK = 1e-6


@dataclass(frozen=True)
class Known:
    """What the attacker has of a cell after an answer: bounds on its count."""

    low: float
    high: float

    def both(self, other: "Known") -> "Known":
        return Known(max(self.low, other.low), min(self.high, other.high))


def _of(one: Told | None, whole: Known | None = None) -> Known:
    """Bounds that follow from what was told; the attacker knows the rules."""
    if one is None or one.hidden == "few":
        return Known(0, FLOOR - 1)
    if one.shoppers is None:
        return Known(FLOOR, inf)
    if one.nearly_all:
        assert whole is not None
        return Known(max(FLOOR, whole.low - FLOOR + 1), whole.high)
    return Known(max(FLOOR, one.shoppers - 5), one.shoppers + 4)


def _people(source: Source, run_id: str) -> list[dict[str, str]]:
    rows = source.rows(
        "SELECT shopper_id, intent, language, p_buy_30 >= 0.5 AS ready,"
        " CASE WHEN coalesce(orders, 0) > 0 THEN 'returning' ELSE 'new' END AS customers"
        " FROM predictions WHERE run_id = ? AND status = 'ok'",
        [run_id],
    )
    return [{**row, "ready": "yes" if row["ready"] else "no"} for row in rows]


def _count(people: Sequence[Mapping[str, str]], cell: Cell) -> int:
    return sum(all(one[slot] == value for slot, value in cell) for one in people)


def _filters() -> Iterator[dict[str, str]]:
    slots = [(slot, value) for slot, values in PARTS.items() for value in values]
    for size in (0, 1, 2):
        for some in combinations(slots, size):
            if len({slot for slot, _ in some}) == size:
                yield dict(some)


def _asked(source: Source, number: int) -> tuple[dict[Cell, Known], list[tuple[Cell, Cell]]]:
    """All that funnels, comparisons by language and questions on readiness tell of one run, cell by cell; and pairs of
    cells of which the second is said to leave out fewer than ten of the first."""
    run, known, near = source.run(number), dict[Cell, Known](), list[tuple[Cell, Cell]]()

    def learn(cell: Cell, what: Known) -> None:
        known[cell] = known[cell].both(what) if cell in known else what

    for wanted in _filters():
        at = scope(source, run, Filter.model_validate(wanted))
        cell = frozenset(at.applied.items())
        if cell != frozenset(wanted.items()):  # a condition that leaves out fewer than ten was not applied
            near.append((cell, frozenset(wanted.items())))
        whole = _of(at.told)
        learn(cell, whole)
        if at.told.shoppers is None:
            continue
        likely = subgroup(source, at, ready(30)).told
        learn(cell | {("ready", "yes")}, _of(likely, whole))
        if likely.nearly_all:
            near.append((cell, cell | {("ready", "yes")}))
        for by in ("intent", "language"):
            found = {one.label: one.told for one in breakdown(source, at, by)}
            for value in PARTS[by]:
                if by not in at.applied:
                    learn(cell | {(by, value)}, _of(found.get(value), whole))
                    if value in found and found[value].nearly_all:
                        near.append((cell, cell | {(by, value)}))
    return known, near


def _bounds(
    known: Mapping[Cell, Known], atoms: Sequence[Cell], target: Cell, near: Sequence[tuple[Cell, Cell]] = ()
) -> tuple[int, int]:
    """Least and most that a cell can count, given all that is known, over every way to fill the atoms."""
    rows, limits = [], []
    for larger, smaller in near:
        rows.append(np.array([float(larger <= atom) - float(smaller <= atom) for atom in atoms]))
        limits.append(FLOOR - 1.0)
    for cell, what in known.items():
        inside = np.array([float(cell <= atom) for atom in atoms])
        if what.high < inf:
            rows.append(inside)
            limits.append(what.high)
        if what.low > 0:
            rows.append(-inside)
            limits.append(-what.low)
    goal = np.array([float(target <= atom) for atom in atoms])
    found = [linprog(sign * goal, A_ub=np.array(rows), b_ub=np.array(limits), method="highs") for sign in (1, -1)]
    assert all(one.status in (0, 3) for one in found)
    low = found[0].fun if found[0].status == 0 else 0.0
    high = -found[1].fun if found[1].status == 0 else inf
    return ceil(low - _SLACK), floor(high + _SLACK) if high < inf else 10**9


def test_no_two_told_counts_differ_by_a_small_one(source: Source) -> None:
    """Subtracting a told group from a larger one, another filter's or another run's, never gives 1 to 9."""
    shown = [
        what
        for number in (1, 2)
        for cell in _filters()
        if (what := scope(source, source.run(number), Filter.model_validate(cell)).told.shoppers) is not None
    ]
    assert len(shown) > 30
    assert all(abs(a - b) == 0 or abs(a - b) >= FLOOR for a in shown for b in shown)
    assert all(one >= FLOOR for one in shown)


@pytest.mark.parametrize("number", [1, 2])
def test_putting_all_answers_of_a_run_together_recovers_no_small_group(source: Source, number: int) -> None:
    known, near = _asked(source, number)
    people = _people(source, source.run(number).run_id)
    atoms = [
        frozenset({("intent", a), ("language", b), ("customers", c), ("ready", d)})
        for a, b, c, d in product(INTENTS, LANGUAGES, CUSTOMERS, ("yes", "no"))
    ]
    for cell, what in known.items():  # what is told is true
        assert what.low <= _count(people, cell) <= what.high, cell
    small = [cell for cell in _cells(atoms) if _count(people, cell) < FLOOR]
    assert len(small) > 20
    widths = []
    for cell in small:
        low, high = _bounds(known, atoms, cell, near)
        assert low <= _count(people, cell) <= high
        widths.append(high - low)
    assert min(widths) >= 3, "a group under ten is known too well"


def test_what_moved_between_two_runs_recovers_no_small_group(source: Source) -> None:
    """Both funnels, with those who came and went, and the five ways in which the same shoppers moved."""
    new, old = source.run(2), source.run(1)
    now, before = scope(source, new, Filter()), scope(source, old, Filter())
    both = in_both(source, now, old)
    known: dict[Cell, Known] = {
        frozenset({("in2", "yes")}): _of(now.told),
        frozenset({("in1", "yes")}): _of(before.told),
    }
    known[frozenset({("in1", "yes"), ("in2", "yes")})] = _of(both.told, _of(now.told))
    for at, slot in ((now, "now"), (before, "before")):
        found = {one.label: one.told for one in breakdown(source, at, "intent")}
        for intent in INTENTS:
            known[frozenset({(slot, intent)})] = _of(found.get(intent), _of(at.told))
    ways = {one.label: one.told for one in breakdown(source, both, _ways("intent"))}
    atoms = [_moved(a, b) for a, b in product([*INTENTS, "absent"], repeat=2) if (a, b) != ("absent", "absent")]
    for way in ("same", "up", "down", "bought", "again"):
        known[frozenset({("way", way)})] = _of(ways.get(way), _of(both.told, _of(now.told)))
    people = _joined(source, old.run_id, new.run_id)
    small = [atom for atom in atoms if _count(people, atom) < FLOOR]
    assert len(small) > 20
    for atom in small:
        low, high = _bounds(known, atoms, atom)
        assert low <= _count(people, atom) <= high
        assert high - low >= 3
    for cell, what in known.items():
        assert what.low <= _count(people, cell) <= what.high


def _moved(before: str, now: str) -> Cell:
    told_ = {("before", before), ("now", now), ("in1", "yes" if before != "absent" else "no")}
    return frozenset({*told_, ("in2", "yes" if now != "absent" else "no"), ("way", _way(before, now))})


def _way(before: str, now: str) -> str:
    if "absent" in (before, now):
        return "none"
    if before == now:
        return "same"
    if now == "post_purchase":
        return "bought"
    if before == "post_purchase":
        return "again"
    return "up" if INTENTS.index(now) > INTENTS.index(before) else "down"


def _joined(source: Source, old: str, new: str) -> list[dict[str, str]]:
    found = [{one["shopper_id"]: one["intent"] for one in _people(source, run)} for run in (old, new)]
    names = {*found[0], *found[1]}
    return [dict(_moved(found[0].get(name, "absent"), found[1].get(name, "absent"))) for name in names]


def _cells(atoms: Sequence[Cell]) -> list[Cell]:
    """Every conjunction of up to three conditions."""
    return list(
        dict.fromkeys(
            frozenset(some) for atom in atoms for size in (1, 2, 3) for some in combinations(sorted(atom), size)
        )
    )


def test_windows_of_days_come_in_steps(source: Source) -> None:
    """A window that slides by a day would show who lies between."""
    with pytest.raises(Exception, match="days"):
        run_query({"kind": "ready", "days": 8}, source)
    with pytest.raises(Exception, match="at most 2 conditions"):
        run_query({"kind": "funnel", "filter": {"language": "en", "intent": "ready", "customers": "new"}}, source)


@pytest.mark.parametrize(
    ("count", "larger", "hidden"),
    [
        (9, {}, "few"),
        (0, {}, "few"),
        (10, {"a": 19}, "protects"),
        (10, {"a": 20}, None),
        (30, {"a": 30}, None),
        (24, {"a": 25}, "protects"),
    ],
)
def test_a_group_is_told_only_where_it_and_the_rest_are_large(
    count: int, larger: dict[str, int], hidden: str | None
) -> None:
    found = told(count, larger)
    assert found.hidden == hidden
    assert (found.shoppers is None) == (hidden is not None)


def test_nearly_all_of_a_group_is_told_with_the_number_of_the_group() -> None:
    found = told(57, {"scope": 61}, within="scope")
    assert (found.shoppers, found.nearly_all) == (tens(61), True) == (60, True)
    assert [tens(one) for one in (10, 14, 15, 24, 25)] == [10, 10, 20, 20, 30]
