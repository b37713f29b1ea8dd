"""The event half of ``eval behaviour``: its protocols let nothing later in, and its rows are what they say."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("torch")

from purchase_agent.errors import InputError
from purchase_agent.eval.behaviour import answers, baselines, sessions, table, taobao, uci, words
from purchase_agent.eval.behaviour.columns import SplineLogistic, Table
from purchase_agent.eval.behaviour.popularity import POPULARITY, Popularity
from purchase_agent.eval.behaviour.rhythm import RHYTHM, rhythm
from purchase_agent.eval.behaviour.taobao import BUY, CLASSES, DAY_S, END, START, Cases
from purchase_agent.eval.behaviour.words import SMALL, next_scores, session_scores
from purchase_agent.events import Step
from purchase_agent.labels import ACTIONS
from purchase_agent.metrics import Bootstrap
from purchase_agent.predictors.behaviour import BehaviourReadings
from purchase_agent.training.streams import Stream

TINY = replace(SMALL, width=16, layers=1, heads=2, epochs=1)
KINDS = ("view_item", "view_item", "view_item", "add_to_cart", "add_to_wishlist", "purchase")


def _step(day, second=0.0, action="view_item", item="a", category="x"):
    return Step(START + day * DAY_S + second, action, item, category)


def _shoppers(users=40, seed=0):
    rng = np.random.default_rng(seed)
    out = {}
    for user in range(users):
        steps = []
        for day in range(9):
            at = rng.uniform(0, 40_000)
            for _ in range(rng.integers(1, 9)):
                at += rng.uniform(1, 900)
                item = str(rng.integers(12))
                steps.append(_step(day, at, KINDS[rng.integers(len(KINDS))], item, f"c{item[-1]}"))
        out[f"u{user}"] = tuple(steps)
    return out


@pytest.fixture(scope="module")
def shoppers():
    return _shoppers()


@pytest.fixture(autouse=True)
def few_trees(monkeypatch):
    """The tests judge what goes in and comes out, not how good it is."""
    for module in (answers, uci):
        monkeypatch.setattr(module, "_BAGS", 1)
    monkeypatch.setitem(answers._TREES, "max_iter", 10)
    monkeypatch.setattr(uci, "_SIZES", ({"max_iter": 10, "max_leaf_nodes": 4},))


def tiny_words(train):
    """A word model that is quick and bad."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words, "SMALL", TINY)
        return words.fit_words(train, 3, lambda *_: None)


@pytest.fixture(scope="module")
def known(shoppers):
    train, validate = taobao.streams(shoppers, "train"), taobao.streams(shoppers, "validate")
    return answers.Known(train, validate, Table(shoppers, train), tiny_words(train), 3)


# ------------------------------------------------------------------------------------------------------------ protocol
def test_rows_told_twice_and_other_days_are_left_out():
    kept = (1, START, "view_item", "a", "x")
    rows = [(1, START + 60, "purchase", "a", "x"), kept, kept, (1, START - 1, "view_item", "a", "x"),
            (1, START + 9 * DAY_S, "view_item", "a", "x")]  # fmt: skip
    assert [step.action for step in taobao.gathered(rows)["1"]] == ["view_item", "purchase"]


def test_the_end_of_a_session_is_an_answer_of_its_own():
    steps = (_step(0), _step(0, 60, "purchase"), _step(0, 60 + 1801))
    found = taobao.next_actions({"u": steps}, "train")
    assert found.place.tolist() == [0, 1, 2]
    assert found.truth.tolist() == [BUY, END, END]


def test_no_training_answer_is_read_from_a_later_day():
    late = (_step(5, DAY_S - 100), _step(6, 100, "purchase"))
    assert len(taobao.next_actions({"u": late}, "train")) == 0
    assert len(taobao.next_actions({"u": late[:1]}, "train")) == 0  # whether it ended is not known at the cut
    assert taobao.next_actions({"u": late}, "validate").truth.tolist() == [END]
    assert [stream.steps for stream in taobao.streams({"u": late}, "train")] == [late[:1]]


def test_a_prefix_that_holds_a_purchase_is_no_case():
    early = tuple(_step(0, 60.0 * k, "purchase" if k == 1 else "view_item") for k in range(6))
    late = tuple(_step(0, 60.0 * k, "purchase" if k == 4 else "view_item") for k in range(6))
    assert len(sessions.intents({"u": early}, "train", 3)) == 0
    assert sessions.intents({"u": late}, "train", 3).truth.tolist() == [1]
    assert len(sessions.intents({"u": late}, "train", 5)) == 0
    assert sessions.intents({"u": late[:3]}, "train", 3).truth.tolist() == [0]  # its last event, though nobody knows


def test_a_session_belongs_to_the_part_in_which_it_began():
    over = tuple(_step(5, DAY_S - 100 + 60 * k) for k in range(5))
    for part in ("train", "validate"):
        assert len(sessions.intents({"u": over}, part, 3)) == 0
    assert sessions.intents({"u": tuple(_step(6, 60 * k) for k in range(3))}, "validate", 3).place.tolist() == [2]


def test_events_are_read_from_parquet(tmp_path):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    folder = tmp_path / "behaviour" / "taobao"
    folder.mkdir(parents=True)
    with pytest.raises(InputError, match="no Parquet file"):
        taobao.load(tmp_path)
    row = {"user": [1, 1], "item": [5, 5], "cat": [9, 9], "beh": ["pv", "buy"], "ts": [1_511_540_000, 1_511_540_060]}
    pq.write_table(pa.table(row), folder / "dev.parquet")
    steps = taobao.load(tmp_path)["1"]
    assert [step.action for step in steps] == ["view_item", "purchase"]
    assert steps[0].at % DAY_S == pytest.approx(800)  # Shanghai's clock
    pq.write_table(pa.table({**row, "beh": ["pv", "swipe"]}), folder / "dev.parquet")
    with pytest.raises(InputError, match="swipe"):
        taobao.load(tmp_path)


# ------------------------------------------------------------------------------------------------------- nothing later
def _changed(shoppers, cases):
    """The same shoppers up to the day of the test and their case; then everybody buys one item again and again."""
    cases = dict(zip(cases.users.tolist(), cases.place.tolist(), strict=True))
    test, _ = taobao.bounds("test")
    out = {}
    for user, steps in shoppers.items():
        kept = steps[: cases[user] + 1] if user in cases else tuple(step for step in steps if step.at < test)
        out[user] = (*kept, *(_step(9, 10.0 * k, "purchase", "z", "z") for k in range(30)))
    return out


@pytest.mark.parametrize("task", [answers.NEXT_ACTION, answers.intent_task(3)], ids=["next action", "intent"])
def test_changing_the_future_changes_no_answer(known, shoppers, task):
    labels = task.labels
    cases = taobao.next_actions(shoppers, "test") if labels > 1 else sessions.intents(shoppers, "test", 3)
    first = dict(zip(cases.users[::-1], cases.place[::-1], strict=True))
    chosen = cases.where(np.asarray([first[u] == p for u, p in zip(cases.users, cases.place, strict=True)]))
    assert len(chosen) > 10
    future = _changed(shoppers, chosen)
    there = replace(known, table=Table(future, known.train))
    said, again = answers.answer(known, task, shoppers, chosen), answers.answer(there, task, future, chosen)
    for name in said:
        assert again[name] == pytest.approx(said[name], abs=1e-6), name
        if labels > 1:
            assert said[name].sum(1) == pytest.approx(np.ones(len(chosen)))
    other = replace(chosen, truth=np.zeros_like(chosen.truth))
    assert np.array_equal(answers.answer(known, task, shoppers, other)[answers.OURS], said[answers.OURS])


def test_columns_of_an_event_know_nothing_later(shoppers):
    steps = shoppers["u0"]
    assert np.array_equal(rhythm(steps)[:10], rhythm(steps[:10]))
    assert rhythm(steps).shape == (len(steps), len(RHYTHM))


def test_popularity_is_that_among_others_in_training():
    ours = Stream("me", tuple(_step(0, k, "purchase", "a", "x") for k in range(50)), START)
    others = Stream("you", (_step(0, 0, "view_item", "a", "x"), _step(0, 1, "view_item", "b", "y")), START)
    found = Popularity([ours, others])
    column = POPULARITY.index("item_popularity")
    assert found.columns("me", [_step(0)])[0, column] == pytest.approx(np.log(2))
    assert found.columns("you", [_step(0)])[0, column] == pytest.approx(np.log(51))
    assert found.columns("new", [_step(0, item="c", category="z")])[0] == pytest.approx(np.zeros(len(POPULARITY)))


# ---------------------------------------------------------------------------------------------------------------- rows
def test_a_chain_learns_what_follows_what_and_backs_off():
    steps = tuple(_step(0, 60.0 * k, "add_to_cart" if k % 2 else "view_item") for k in range(41))
    people = {"u": steps}
    cases = taobao.next_actions(people, "train")
    chain = baselines.Markov(2, 1.0).fit(people, cases)
    said = chain.predict(people, cases)
    assert said.sum(1) == pytest.approx(np.ones(len(cases)))
    assert said[4].argmax() == CLASSES.index("add_to_cart")
    strange = {"v": (_step(0, 0, "purchase"), _step(0, 9, "purchase"))}
    unseen = chain.predict(strange, taobao.next_actions(strange, "train"))
    assert unseen[1] == pytest.approx(chain._shares(()), abs=0.2)


def test_the_smoothing_of_a_chain_is_chosen_on_the_validation_part(shoppers):
    train, validate = (taobao.next_actions(shoppers, part) for part in ("train", "validate"))
    chosen = baselines.markov(2, shoppers, train, validate)
    reached = {
        one: baselines.loss(baselines.Markov(2, one).fit(shoppers, train).predict(shoppers, validate), validate.truth)
        for one in baselines.SMOOTHING
    }
    assert reached[chosen.smoothing] == min(reached.values())


def test_words_are_read_alike_in_passes_and_alone(known, shoppers):
    cases = taobao.next_actions(shoppers, "test")
    some = cases.where(np.arange(len(cases)) % 7 == 3)
    assert next_scores(known.words, shoppers, some) == pytest.approx(
        next_scores(known.words, shoppers, cases)[3::7], abs=1e-4
    )
    assert session_scores(known.words, shoppers, some).shape == (len(some), 1)


def test_the_same_seed_gives_the_same_answers(shoppers, known):
    again = tiny_words(known.train)
    cases = taobao.next_actions(shoppers, "test")
    assert np.array_equal(next_scores(again, shoppers, cases), next_scores(known.words, shoppers, cases))


def test_curves_bend():
    rng = np.random.default_rng(0)
    rows = rng.uniform(-1, 1, (600, 2)).astype(np.float32)
    truth = (np.abs(rows[:, 0]) > 0.5).astype(np.int64)
    said = SplineLogistic(1.0).fit(rows, truth).predict(rows)[:, 1]
    assert ((said > 0.5) == truth).mean() > 0.95


def test_the_shipped_model_is_asked_for_the_same_classes(monkeypatch, shoppers, tmp_path):
    class Fake:
        def __init__(self, folder):
            assert folder == tmp_path

        def read(self, histories):
            assert all(one.as_of == one.steps[-1].at for one in histories)
            share = np.linspace(0.01, 0.1, len(ACTIONS))
            return BehaviourReadings(np.tile(share, (len(histories), 1)), np.full((len(histories), 6), 0.25))

    monkeypatch.setattr(answers, "BehaviourModel", Fake)
    cases = taobao.next_actions(shoppers, "test")
    said = answers.shipped(tmp_path, shoppers, cases, intent=False)
    assert said.shape == (len(cases), len(CLASSES))
    assert said.sum(1) == pytest.approx(np.ones(len(cases)))
    assert answers.shipped(tmp_path, shoppers, cases, intent=True) == pytest.approx(np.full(len(cases), 0.25))


# ----------------------------------------------------------------------------------------------------------------- uci
def _visits(rows=600):
    rng = np.random.default_rng(1)
    month = rng.choice(["Feb", "May", "June", "Aug", "Sep", "Oct", "Nov", "Dec"], rows)
    pages = rng.integers(1, 60, rows)
    number = {name: rng.integers(0, 9, rows) for name in ("Administrative", "Informational")} | {
        "ProductRelated": pages
    }
    number |= {f"{name}_Duration": values * rng.uniform(5, 50, rows) for name, values in number.items()}
    number |= {name: rng.uniform(0, 0.2, rows) for name in uci.RATES}
    number |= {name: rng.integers(1, 5, rows) for name in uci.CODES}
    bought = rng.uniform(size=rows) < 0.05 + pages / 120
    return {
        **number, "SpecialDay": np.zeros(rows), "Weekend": rng.uniform(size=rows) < 0.3, "Month": month,
        "VisitorType": rng.choice(["New_Visitor", "Returning_Visitor", "Other"], rows), "Revenue": bought,
        "PageValues": bought * 40.0,
    }  # fmt: skip


def test_page_values_and_the_month_are_no_columns():
    visits = _visits()
    rows = uci.made(visits)
    other = uci.made({**visits, "PageValues": np.zeros(600), "Month": np.full(600, "Feb"), "Revenue": np.zeros(600)})
    assert np.array_equal(rows.plain, other.plain)
    assert np.array_equal(rows.made, other.made)
    with pytest.raises(InputError, match="Smarch"):
        uci.made({**visits, "Month": np.full(600, "Smarch")})


def test_what_is_learnt_of_visits_comes_from_earlier_months():
    rows = uci.made(_visits())
    truth, said = uci.baselines(rows, 0)
    test = rows.month >= uci.TEST_FROM
    flipped = replace(rows, truth=np.where(test, 1 - rows.truth, rows.truth))
    assert np.array_equal(truth, rows.truth[test])
    assert np.array_equal(uci.ours(rows, 0), uci.ours(flipped, 0))
    for name, one in uci.baselines(flipped, 0)[1].items():
        assert np.array_equal(one, said[name]), name


# --------------------------------------------------------------------------------------------------------------- table
def test_ours_is_held_against_the_baseline_that_is_best_in_the_figure():
    truth = np.asarray([0, 1] * 50)
    said = {
        "prior": np.full(100, 0.5), "gradient boosting": np.where(truth == 1, 0.6, 0.4),
        "ours": np.where(truth == 1, 0.9, 0.1), "words alone": np.where(truth == 1, 0.99, 0.01),
    }  # fmt: skip
    found = table.figures(truth, said, table.YES_FIGURES, Bootstrap(groups=np.arange(100) // 4, resamples=50))
    differences = found["ours_minus_best_baseline"]
    assert differences["brier"]["against"] == "gradient boosting"
    assert differences["brier"]["high"] < 0
    told = str(table.told("task", found))
    assert "n=100, cases of each label [50, 50]" in told
    assert "ours - best baseline" in told


def test_figures_of_a_class_are_those_of_one_against_the_rest():
    truth = np.asarray([0, BUY, 0, BUY])
    said = np.full((4, len(CLASSES)), 0.1)
    said[[1, 3], BUY] = 0.6
    score = partial(table.NEXT_FIGURES["buy_auc"], bootstrap=Bootstrap(resamples=5))(truth, said)
    assert score.value == 1


def test_cases_can_be_chosen():
    cases = Cases(np.asarray(["a", "b"]), np.asarray([0, 1]), np.asarray([1, 0]))
    assert cases.where(np.asarray([False, True])).users.tolist() == ["b"]
