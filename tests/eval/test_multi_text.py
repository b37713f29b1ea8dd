"""The labelled shoppers with several texts: well formed, and read better by the rule than as one long text."""

from collections import Counter

import pytest

from purchase_agent import PurchaseAgent
from purchase_agent.eval.multi_text import CASES, all_as_one, judge, newest_only
from purchase_agent.evidence import read_shopper
from purchase_agent.labels import ACTIONS, INTENTS, MOTIVATIONS, TIMINGS
from purchase_agent.training.corpus import read_jsonl


@pytest.fixture(scope="module")
def cases():
    return list(read_jsonl(CASES))


def test_every_case_is_labelled_from_the_vocabularies(cases):
    assert len(cases) >= 120
    for case in cases:
        shopper, label = read_shopper(case["shopper"]), case["label"]
        assert set(case["subject_texts"]) <= {text.id for text in shopper.texts}
        assert label["intent"] in INTENTS
        assert label["next_action"] in ACTIONS
        assert label["timing"] in TIMINGS
        assert set(label["motivation"]) <= set(MOTIVATIONS)
    languages = Counter(case["shopper"]["language"] for case in cases)
    assert min(languages["en"], languages["zh"]) >= 60


def test_readers_keep_to_what_was_known(cases):
    future = next(case["shopper"] for case in cases if case["kind"].startswith("future"))
    assert len(newest_only(future)["texts"]) == len(all_as_one(future)["texts"]) == 1
    last = max(text["at"] for text in future["texts"])
    assert last > future["as_of"]
    assert newest_only(future)["texts"][0]["at"] <= future["as_of"]


def test_the_rule_reads_better_than_one_long_text(cases):
    agent = PurchaseAgent(evidence="none")
    test = [case for case in cases if int(case["shopper"]["shopper_id"].split("-")[1]) % 2 == 0]
    rule = judge(test, [agent.predict(case["shopper"]) for case in test])
    one = judge(test, [agent.predict(all_as_one(case["shopper"])) for case in test])
    assert rule[0].value > 0.7
    assert rule[0].value > one[0].value
