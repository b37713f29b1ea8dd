import json
import random

import pytest

from purchase_agent.errors import InputError
from purchase_agent.eval.cases.perturbed import TRANSFORMS
from purchase_agent.eval.cases.readers import Given, read, reader
from purchase_agent.eval.cases.suite import find, load, names
from purchase_agent.eval.scoring.tasks import task_of


def written(path, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines), "utf-8")
    return path


@pytest.mark.parametrize("name", names())
def test_every_suite_that_ships_can_be_loaded(name):
    suite, sha256 = load(name)
    assert suite.name == name
    assert len(sha256) == 64
    assert callable(reader(suite.reader))
    assert all(task_of(task, suite.labels.get(task, ())) for task in suite.tasks)


def test_a_suite_file_with_another_field_is_refused(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text("name: s\nversion: '1'\ndescription: d\nreader: labelled\ntasks: [intent]\nmetric: f1\n")
    with pytest.raises(InputError, match="metric"):
        load(str(path))
    with pytest.raises(InputError, match="no suite 'nothing'"):
        load("nothing")


def test_absent_data_is_a_reason_to_skip(tmp_path):
    suite, _ = load("phone_posts")
    assert find(suite, None) == (
        [],
        "phone_posts needs text/phone_tweets.jsonl: name the folder that holds it with --data",
    )
    assert "is not in" in str(find(suite, tmp_path)[1])
    own, _ = load("own")
    assert "--labels" in str(find(own, tmp_path)[1])


def test_files_of_the_user_are_read_by_the_suites_that_take_them(tmp_path):
    mine = [tmp_path / "mine.jsonl"]
    takes = [name for name in names() if find(load(name)[0], None, mine) == (mine, None)]
    assert takes == ["intention_qa", "intention_qa_by_relation", "own"]
    assert "phone_posts reads its own data" in str(find(load("phone_posts")[0], tmp_path, mine)[1])


def test_own_labels_keep_their_fields_and_bad_lines_are_samples(tmp_path):
    path = written(
        tmp_path / "mine.jsonl",
        [
            {"text": "which one is quieter", "intent": "consideration", "juster": 5, "category": "fans",
             "second_reading": {"intent": "exploration"}},
            {"text": "which one is quieter", "intent": "consideration"},
            {"text": "x", "intent": "buying"},
            ["no", "object"],
        ],
    )  # fmt: skip
    found = read("labelled", Given((path,)), None)
    assert [one.target for one in found] == [
        {"intent": "consideration", "purchase": 0.5},
        {"intent": "consideration"},
        {},
        {},
    ]
    assert found[0].metadata["second"] == {"intent": "exploration"}
    assert found[0].metadata["category"] == "fans"
    assert found[0].metadata["language"] == "en"
    assert "intent" in found[2].metadata["unreadable"]
    assert "unreadable" in found[3].metadata


def test_bytes_that_are_no_utf_8_cost_their_own_line_only(tmp_path):
    path = tmp_path / "mine.jsonl"
    good = '{"text": "太贵了\u2028 or not", "id": "%s"}'
    lines = [good % 1, '{"text": "caf\xe9"}', good % 3, ""]
    path.write_bytes(
        b"\xef\xbb\xbf" + b"\r\n".join(one.encode("latin-1" if "\xe9" in one else "utf-8") for one in lines)
    )
    found = read("labelled", Given((path,)), None)
    assert [one.id for one in found] == ["1", "mine.jsonl:2", "3"]
    assert "no UTF-8" in found[1].metadata["unreadable"]
    assert found[2].input["texts"][0]["text"] == "太贵了\u2028 or not"


def test_a_file_in_utf_16_is_named(tmp_path):
    path = tmp_path / "mine.jsonl"
    path.write_text('{"text": "a"}\n', "utf-16")
    with pytest.raises(InputError, match="UTF-16"):
        read("labelled", Given((path,)), None)


def test_a_limit_draws_the_same_samples_and_keeps_pairs_whole(tmp_path):
    path = written(
        tmp_path / "pairs.jsonl", [{"id": str(n), "kind": "name", "a": f"Ann {n}", "b": f"Bob {n}"} for n in range(30)]
    )
    first, again = (read("pairs", Given((path,)), 10) for _ in range(2))
    assert [one.id for one in first] == [one.id for one in again]
    assert len(first) == 10
    assert {one.metadata["of"] for one in first if one.metadata["side"] == "a"} == {
        one.metadata["of"] for one in first if one.metadata["side"] == "b"
    }


def test_pairs_may_differ_in_language_and_share_labels(tmp_path):
    line = {"id": "1", "kind": "twin", "a": {"text": "too dear", "language": "en"},
            "b": {"text": "太贵了", "language": "zh"}, "channel": "review", "barrier": ["price"]}  # fmt: skip
    a, b = read("pairs", Given((written(tmp_path / "twins.jsonl", [line]),)), None)
    assert (a.metadata["language"], b.metadata["language"]) == ("en", "zh")
    assert a.target == b.target == {"barrier": ["price"]}
    assert b.input["texts"][0]["channel"] == "review"


def test_a_broken_pair_is_not_asked(tmp_path):
    good = {"id": "1", "kind": "name", "a": "x", "b": "y"}
    bad = [{"id": "2", "kind": "name", "a": "x"}, {**good, "category": ["x"]}, {**good, "a": ["x"]}]
    path = written(tmp_path / "pairs.jsonl", [good, *bad])
    path.write_text(path.read_text("utf-8") + "no JSON\n", "utf-8")
    found = read("pairs", Given((path,)), None)
    assert [one.id for one in found] == ["1:a", "1:b", *(f"pairs.jsonl:{line}" for line in (2, 3, 4, 5))]
    assert "'b'" in found[2].metadata["unreadable"]
    assert "category" in found[3].metadata["unreadable"]


def test_a_bad_line_stays_one_where_texts_are_changed(tmp_path):
    path = written(tmp_path / "t.jsonl", [{"id": "1", "text": "a kettle"}, {"text": ""}])
    found = read("perturbed", Given((path,), options={"reader": "labelled", "transforms": ["emoji"]}), None)
    assert [one.metadata.get("transform") for one in found] == ["none", "emoji", None]
    assert "unreadable" in found[2].metadata


def test_ids_that_several_files_repeat_are_told_apart(tmp_path):
    paths = tuple(written(tmp_path / name / "t.jsonl", [{"text": "a"}, {"id": "x", "text": "b"}]) for name in "abc")
    assert len({one.id for one in read("labelled", Given(paths), None)}) == 6


@pytest.mark.parametrize("name", sorted(TRANSFORMS))
@pytest.mark.parametrize("text", ["Does the blue kettle come with a filter?", "这个蓝色水壶有滤网吗", "ok", "🙂"])
def test_a_change_is_the_same_for_the_same_seed(name, text):
    first, again = (TRANSFORMS[name](text, random.Random("7")) for _ in range(2))
    assert first == again
    assert first.strip()


def test_changed_copies_keep_what_holds_and_a_paraphrase_comes_from_the_data(tmp_path):
    path = written(
        tmp_path / "t.jsonl",
        [{"id": "1", "text": "Need a Kettle", "intent": "awareness", "paraphrase": "a kettle, please"}],
    )
    given = Given((path,), options={"reader": "labelled", "transforms": ["case", "paraphrase"]})
    found = {one.metadata["transform"]: one for one in read("perturbed", given, None)}
    assert set(found) == {"none", "case", "paraphrase"}
    assert found["case"].input["texts"][0]["text"] in {"NEED A KETTLE", "need a kettle"}
    assert found["paraphrase"].input["texts"][0]["text"] == "a kettle, please"
    assert all(one.target == {"intent": "awareness"} for one in found.values())


def question(number, gold="A", options=4):
    texts = ["because both are kettles", "because both are shoes", "because of a gift", "because of the sun"]
    return {
        "id": f"FS_{number}", "item_a_name": "Steel Kettle 1.7 L", "item_b_name": "Glass Kettle", "relation": "isA",
        "options": dict(zip("ABCD", texts[:options], strict=False)), "gold_ind": gold,
    }  # fmt: skip


def test_intention_qa_is_read_and_answered_by_shared_words(tmp_path):
    from purchase_agent.eval.scoring.baselines import Rows
    from purchase_agent.eval.scoring.columns import column, owners

    path = written(tmp_path / "QA.jsonl", [question(1), question(2, options=2), question(3)])
    found = read("intention_qa", Given((path,)), None)
    assert len(found) == 2  # two options are no question of the benchmark
    worse = written(tmp_path / "worse.jsonl", [question(1), {"id": "2"}, {**question(3), "relation": ["isA"]}])
    assert ["unreadable" in one.metadata for one in read("intention_qa", Given((worse,)), None)] == [False, True, True]
    samples = [
        {
            "id": one.id,
            "input": one.input,
            "target": one.target,
            "metadata": one.metadata,
            "scores": {"choice": {"value": "D"}},
        }
        for one in found
    ]
    beside = Rows(samples, owners(samples), 0).of("lexical_overlap", column(task_of("choice"), samples))
    assert beside is not None
    assert beside.said == ["A", "A"]


def test_taobao_and_purchases_become_shoppers(shared_data):
    taobao = read("taobao_next", Given((), shared_data), 50)
    assert {one.target["next_action"] for one in taobao} <= set(load("taobao_next")[0].labels["next_action"])
    assert all(one.input["events"][-1]["at"] == one.input["as_of"] for one in taobao)
    shoppers = read("purchases", Given((), shared_data, {"shop": "cdnow_literature"}), None)
    assert len(shoppers) == 2357
    # Who has bought within a week has bought within a month.
    assert all(one.target["bought_30"] or not one.target["bought_7"] for one in shoppers)


def test_locked_texts_are_none_that_were_trained_on(shared_data):
    from purchase_agent.training.corpus import Row, is_locked

    locked = read("shopper_texts", Given((), shared_data), None)
    assert len(locked) == 841
    groups = [one.metadata["group"] for one in locked]
    assert all(is_locked(Row("", "chat", "en", "", "", group)) for group in groups)
