"""Written cases are well formed and no simple order does better; behaviour cases show nothing of the answer."""

from collections import Counter

import pytest

from purchase_agent.eval import rank as evaluation
from purchase_agent.eval import rank_behaviour as behaviour
from purchase_agent.eval.behaviour import taobao
from purchase_agent.events import Step
from purchase_agent.ranking import read_candidates


@pytest.fixture(scope="module")
def cases():
    return evaluation.read_cases()


def test_there_are_enough_cases_of_both_languages(cases):
    assert len(cases) >= 120
    assert min(Counter(case["language"] for case in cases).values()) >= 60
    assert len({case["id"] for case in cases}) == len(cases)


def test_a_shelf_lies_in_one_half(cases):
    halves: dict[str, set[int]] = {}
    for case in cases:
        halves.setdefault(case["pool"], set()).add(int(case["id"].split("-")[1]) % 2)
    assert all(len(some) == 1 for some in halves.values())


def test_every_case_names_candidates_that_are_there(cases):
    for case in cases:
        names = {one.id for one in read_candidates(case["candidates"])}
        assert 5 <= len(names) <= 8
        assert case["best"]
        assert set(case["best"]) | set(case["never"]) <= names
        assert not set(case["best"]) & set(case["never"])
        assert len({one["category"] for one in case["candidates"]}) >= 3


def test_ours_beats_each_simple_order_on_the_reported_half(cases):
    odd = evaluation.half(cases, 1)
    told = {
        name: evaluation.scores(odd, [evaluation.figures_of(case, order(case)) for case in odd])
        for name, order in evaluation.ORDERS.items()
    }
    for name in set(told) - {"ours"}:
        assert told["ours"]["top-1"].low > told[name]["top-1"].value


def test_figures_of_an_order():
    case = {"best": ["a"], "never": ["c"], "candidates": [{"id": name} for name in "abc"], "id": "x"}
    assert evaluation.figures_of(case, ["a", "b", "c"]) == (1.0, 1.0, 1.0, 0.0)
    top, rank, gain, excluded = evaluation.figures_of(case, ["c", "a", "b"])
    assert (top, rank, excluded) == (0.0, 0.5, 1.0)
    assert gain < 1


def test_needs_are_counted_by_kind_value_and_polarity(cases):
    case = next(case for case in cases if case["needs"])
    right, wrong, missing = evaluation.need_counts({**case, "needs": []}, evaluation.ranking_of(case))
    assert (right, missing) == (0, 0)
    assert wrong > 0


def step(day, second, action, item, category="c"):
    return Step(taobao.START + day * taobao.DAY_S + second, action, item, category)


def shoppers():
    out = {}
    for user in range(1, 8):
        steps = [step(day, 60 * place + user, "view_item", f"u{user}d{day}i{place}", f"c{place % 2}")
                 for day in (5, 7) for place in range(12)]  # fmt: skip
        out[str(user)] = (*steps, step(7, 5000, "purchase", f"u{user}d7i3", "c1"))
    return out


@pytest.mark.parametrize("task", behaviour.TASKS)
def test_moments_show_nothing_of_what_comes(task):
    given = shoppers()
    items = behaviour.Items(given)
    some = behaviour.moments(given, items, "report", task, 1)
    assert {moment.user for moment in some} == {"1", "3", "5", "7"}
    for moment in some:
        at = moment.past[-1].at
        later = [one for one in given[moment.user] if one.at > at]
        assert moment.truth in {one.item for one in later}
        assert len(set(moment.given)) == len(moment.given)
        assert moment.truth in moment.given


def test_popularity_counts_others_on_days_before():
    items = behaviour.Items(shoppers())
    before = items.before("1", 7)
    assert not any(name.startswith("u1") for name in before)
    assert not any("d7" in name for name in before)


def test_all_orders_hold_all_items():
    given = shoppers()
    items = behaviour.Items(given)
    ways = behaviour.orders(items, {user: behaviour.shopper_of(user, steps) for user, steps in given.items()})
    some = behaviour.moments(given, items, "report", "next item", 1)
    for way in ways.values():
        assert sorted(way(some[0])) == sorted(some[0].given)
    told = behaviour.judged(some, ways)
    assert told["n"] == len(some)
    assert told["rows"].keys() == ways.keys()


def test_the_report_of_written_cases_has_intervals(tmp_path):
    told = evaluation.report(None, tmp_path / "out.json")
    assert "odd ids (report), all, n=60" in told
    assert (tmp_path / "out.json").is_file()
