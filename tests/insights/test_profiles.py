"""What is told of one shopper, and when nothing is any more."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from purchase_agent.evidence import Shopper
from purchase_agent.insights import Source, run_query
from purchase_agent.store import Reader, Scored, Store
from tests.store_samples import AS_OF, MODELS, predicted


def store_of(path: Path, allowed: Sequence[bool]) -> Path:
    """A run for each decision on analysis of one shopper."""
    for one in allowed:
        with Store(path, write=True) as store:
            run = store.begin(engine="local", evidence="fast", models=MODELS, source="made")
            shopper = Shopper.model_validate(
                {"shopper_id": "refuser1", "texts": [{"text": "a kettle"}], "consent": {"analytics": one}}
            )
            run.add([Scored(shopper, predicted("refuser1", AS_OF, status="ok" if one else "refused_consent"))])
            run.finish()
    return path


@pytest.mark.parametrize(
    ("allowed", "english", "chinese"),
    [
        ((True, False), "has not allowed an analysis since (run 2)", "后来（第2次运行）不同意分析"),
        ((True, True, False), "has not allowed an analysis since (run 3)", "后来（第3次运行）不同意分析"),
        ((True, False, True), "comparing", "购买概率"),
        ((False, True), "did not allow an analysis", "不同意分析"),
    ],
)
def test_the_newest_decision_holds_for_earlier_runs(
    tmp_path: Path, allowed: tuple[bool, ...], english: str, chinese: str
) -> None:
    query = {"kind": "profile", "shopper_id": "refuser1", "run": 1}
    with Reader(store_of(tmp_path / "s.duckdb", allowed)) as reader:
        answer = run_query(query, Source(reader))
        assert english in answer.text()
        assert chinese in run_query(query, Source(reader), language="zh").text()
    if "not allow" in english:
        assert (answer.numbers, answer.quotes, answer.chart) == ([], [], None)
