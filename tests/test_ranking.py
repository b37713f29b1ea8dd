"""Candidates and rankings: what is refused and in what words."""

import json
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from purchase_agent.errors import InputError
from purchase_agent.ranking import MAX_CANDIDATES, Candidate, Need, Ranked, Ranking, RankingProvenance, read_candidates

ONE = {"id": "a", "name": "Kettle"}
ABOUT = {"shopper_id": "s", "as_of": "2026-11-22T10:00:00Z", "provenance": {"models": {}, "latency_ms": 1.0}}


def test_a_candidate_needs_an_id_and_a_name_only():
    (read,) = read_candidates([ONE])
    assert (read.category, read.price, read.attributes) == (None, None, {})


def test_attributes_are_words_numbers_switches_and_lists():
    given = {**ONE, "attributes": {"colour": "red", "litres": 1.7, "smart": True, "sizes": ["S", "M"]}}
    (read,) = read_candidates([given])
    assert read.attributes == given["attributes"]
    assert read.attributes["smart"] is True


@pytest.mark.parametrize(
    "wrong",
    [
        {"price": "12"}, {"price": -1.0}, {"price": float("nan")}, {"colour": "red"}, {"name": ""},
        {"name": "x" * 513}, {"id": ""}, {"attributes": {"a": {"b": 1}}}, {"attributes": {"": 1.0}},
    ],
)  # fmt: skip
def test_a_candidate_that_cannot_be_used_is_named_by_its_place(wrong):
    with pytest.raises(InputError, match=r"candidates\.1\."):
        read_candidates([ONE, {**ONE, "id": "b", **wrong}])


def test_ids_that_come_twice_are_named():
    with pytest.raises(InputError, match="'a', 'b'") as error:
        read_candidates([{"id": name, "name": "x"} for name in "abcab"])
    assert error.value.field == "candidates"


def test_none_and_too_many_are_refused():
    with pytest.raises(InputError, match="no candidates"):
        read_candidates([])
    with pytest.raises(InputError, match="more than 1000"):
        read_candidates({"id": str(number), "name": "x"} for number in range(MAX_CANDIDATES + 1))


def test_a_mapping_is_no_list_of_candidates():
    with pytest.raises(InputError, match="a list of products"):
        read_candidates(ONE)  # type: ignore[arg-type]


def test_candidates_are_frozen_and_go_in_as_they_are():
    one = Candidate(id="a", name="Kettle")
    assert read_candidates([one])[0] is one
    with pytest.raises(ValidationError):
        one.name = "Toaster"  # type: ignore[misc]


def test_a_quote_comes_with_its_place():
    with pytest.raises(ValidationError, match="come together"):
        Need(kind="brand", value="Sony", source="t1", quote="Sony")
    assert Need(kind="brand", value="Sony", source="e1").quote is None


def test_a_ranking_is_checked_as_a_whole():
    ranked = [Ranked(id="a", rank=1, score=0.75, meets=[0])]
    need = Need(kind="brand", value="Sony", source="e1")
    told = Ranking.model_validate({**ABOUT, "status": "ok", "ranked": ranked, "needs": [need]})
    assert told.ranked == ranked
    for wrong in (
        {"status": "ok", "ranked": ranked},
        {"status": "ok", "ranked": [Ranked(id="a", rank=2, score=0.75)]},
        {"status": "refused_consent", "ranked": [Ranked(id="a", rank=1, score=0.75)]},
        {"status": "insufficient_data", "needs": [need]},
    ):
        with pytest.raises(ValidationError):
            Ranking.model_validate({**ABOUT, **wrong})


def test_a_ranking_survives_json():
    told = Ranking(
        shopper_id="s",
        as_of=datetime(2026, 11, 22, tzinfo=UTC),
        status="ok",
        ranked=[Ranked(id="a", rank=1, score=0.75)],
        provenance=RankingProvenance(models={"ranking": "rules-1"}, latency_ms=0.5),
    )
    assert Ranking.model_validate(json.loads(told.model_dump_json())) == told
