import duckdb
import pytest

from purchase_agent.exports.sensitive import PATTERN, harmless, tells

TELLS = (
    "baby", "Baby & Toddler", "stroller-2", "home_health_care", "Vitamins", "medicine", "pill", "pregnancy test",
    "first-aid kit",
    "母婴", "婴儿车", "奶瓶", "非处方药", "维生素C", "血压计", "孕妇装", "birth announcement",
)  # fmt: skip
QUIET = (
    "shoes",
    "pillow",
    "birthday cards",
    "coffee",
    "describe",
    "手机",
    "跑鞋",
    "毛病",
    "prams2go".removeprefix("prams2"),
    "",
)


@pytest.mark.parametrize("name", TELLS)
def test_what_tells(name: str) -> None:
    assert tells(name)


@pytest.mark.parametrize("name", QUIET)
def test_what_does_not(name: str) -> None:
    assert not tells(name)
    assert not tells(None)


def test_duckdb_reads_the_words_alike() -> None:
    for text in (
        "my old one broke",
        "a gift for my newborn niece",
        "给宝宝买的",
        "Birthday present",
        "PILLS",
        "good pillow",
    ):
        (found,) = duckdb.execute("SELECT regexp_matches(?, ?)", [text, PATTERN]).fetchone() or (None,)
        assert found == tells(text)


def test_motivations() -> None:
    every = ["safety_health", "gift", "occasion", "replenishment", "price_value"]
    assert harmless(every, wrote=False) == ["gift", "occasion", "replenishment", "price_value"]
    assert harmless(every, wrote=True) == ["price_value"]
