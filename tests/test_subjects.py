from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purchase_agent.evidence import Text
from purchase_agent.predictors.product_words import PRODUCTS
from purchase_agent.predictors.subject_signs import read_signs, stem
from purchase_agent.predictors.subject_words import TRADITIONAL
from purchase_agent.predictors.subjects import deduplicate, group

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def wrote(text: str, day: float = 0, **more: Any) -> Text:
    return Text(text=text, at=START + timedelta(days=day), **more)


def together(*texts: Text) -> bool:
    return len(group(texts)) == 1


def test_nothing_and_one() -> None:
    assert group([]) == []
    assert group([wrote("hi")]) == [[0]]
    assert deduplicate([]) == []


def test_subjects_stand_in_the_order_of_their_newest_text() -> None:
    texts = [
        wrote("4 man tent with porch"),
        wrote("Which treadmill folds flat?", 1),
        wrote("a desk fan that is quiet", 2),
        wrote("Is the tent waterproof?", 3),
        wrote("treadmill belt width?", 4),
    ]
    assert group(texts) == [[2], [0, 3], [1, 4]]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("new iphone or wait?", "哪款手机拍照好"),
        ("running shoes for flat feet", "Are the sneakers true to size?"),
        ("雙人梳化 細單位", "双人沙发有现货吗"),
        ("head torch for camping", "headtorch too heavy"),
        ("the X40 bundle, any good?", "X40 和 X50 差多少"),
        ("想給貓買自動餵食的東西", "自动喂食的东西清洗麻烦吗"),
    ],
)
def test_words_bind_over_weeks(earlier: str, later: str) -> None:
    assert together(wrote(earlier), wrote(later, 50))


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("the pram folds nicely", "Which kettle is quietest?"),
        ("婴儿推车能上飞机吗", "电饭煲哪款好"),
        ("phone for my dad", "a phone case with a strap"),
        ("手机电池不行了", "手机壳要透明的"),
        ("want to buy a tent, best price?", "want to buy a lamp, best price?"),
        ("推荐一款便宜的耳机", "推荐一款便宜的台灯"),
    ],
)
def test_other_products_are_other_subjects(earlier: str, later: str) -> None:
    assert not together(wrote(earlier), wrote(later, 1))


@pytest.mark.parametrize(
    "later", ["Is it in stock?", "下单了", "多少钱", "got it, thanks", "那款还有货吗", "ok how much"]
)
def test_a_text_without_a_product_goes_on_with_the_newest_subject(later: str) -> None:
    texts = [wrote("电饭煲 4L"), wrote("treadmill for a small flat", 1), wrote(later, 3)]
    assert group(texts) == [[0], [1, 2]]
    assert len(group([*texts[:2], wrote(later, 90)])) == 3


def test_a_product_comes_after_the_need() -> None:
    need = wrote("My back aches after every call.", channel="social_post")
    assert together(need, wrote("ergonomic chair short person", 9, channel="search_query"))
    assert not together(need, wrote("ergonomic chair short person", 60, channel="search_query"))


def test_a_refusal_goes_back_whatever_else_it_names() -> None:
    assert together(wrote("a drone for beginners"), wrote("Decided against it, a book will do", 5))
    assert not together(wrote("a drone for beginners"), wrote("珍珠项链太老气，不买了", 5))
    assert "drone" in PRODUCTS
    assert len(read_signs(wrote("not a clock, not a drone")).products) == 0


def test_after_buying_only_what_points_back_goes_on() -> None:
    review = wrote("Kettle is fine, boils quickly", channel="review")
    assert together(review, wrote("the lid of it has come loose", 3))
    assert not together(review, wrote("Something for a niece who likes dinosaurs", 3))
    assert not together(review, wrote("Scratched my floor within days", 3, channel="review"))


def test_item_thread_and_category_bind() -> None:
    assert together(wrote("Everyone stands", item_id="D1"), wrote("my kettle broke", 80, item_id="D1"))
    assert group(
        [
            wrote("which tent?", thread_id="a"),
            wrote("which kettle?", 1, thread_id="b"),
            wrote("dark green then", 60, thread_id="a"),
        ]
    ) == [[1], [0, 2]]
    assert not together(wrote("which tent?", thread_id="a"), wrote("which kettle?", 1, thread_id="a"))
    assert together(wrote("伴郎西装", category="suits"), wrote("深灰修身有吗", 60, category="suits"))
    assert not together(wrote("compost bin", category="garden"), wrote("pressure washer", 20, category="garden"))


def test_another_item_of_the_category_is_the_same_subject_only_by_words() -> None:
    first = wrote("brown leather one", item_id="A", category="bags")
    assert not together(first, wrote("is it waterproof", 1, item_id="B", category="bags"))
    assert together(first, wrote("leather softer here?", 1, item_id="B", category="bags"))
    assert not together(first, wrote("is it waterproof", 1, category="toys"))


def test_a_missing_time_counts_as_close() -> None:
    assert together(Text(text="treadmill for a flat"), Text(text="is it loud?"))


def test_the_newest_copy_is_kept() -> None:
    texts = [
        wrote("电话手表定位差了两条街，怎么退"),
        wrote("Only two of the six frames turned up and one's smashed. Where are the rest?"),
        wrote("電話手錶定位差了兩條街 怎麼退！", 1),
        wrote("Only two of the six frames turned up and one is smashed, where are the rest????", 2),
        wrote("retirement gift, TEACHER", 3, channel="search_query"),
        wrote("teacher retirement gift", 4, channel="search_query"),
    ]
    assert deduplicate(texts) == [2, 3, 5]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "The black backpack with 20 litres and a laptop sleeve",
            "The black backpack with 30 litres and a laptop sleeve",
        ),
        (
            "I do want the grey corduroy sofa bed delivered here",
            "I do not want the grey corduroy sofa bed delivered here",
        ),
        ("灰色的那张双人沙发床我要了", "灰色的那张双人沙发床我不要了"),
        ("好", "坏"),
        ("👍", "👎"),
        ("in stock?", "on sale?"),
    ],
)
def test_no_copies(one: str, other: str) -> None:
    assert deduplicate([wrote(one), wrote(other)]) == [0, 1]


def test_the_same_words_about_two_items_are_two() -> None:
    texts = [wrote("Great!", item_id="A"), wrote("great", item_id="B"), wrote("GREAT", item_id="A")]
    assert deduplicate(texts) == [1, 2]
    assert deduplicate([wrote("👍"), wrote("👍")]) == [1]


@pytest.mark.parametrize(
    ("word", "expected"),
    [("shoes", "shoe"), ("batteries", "battery"), ("planning", "plan"), ("glasses", "glass"), ("charging", "charg"),
     ("charge", "charg"), ("brother's", "brother"), ("bus", "bus"), ("walked", "walk")],
)  # fmt: skip
def test_stem(word: str, expected: str) -> None:
    assert stem(word) == expected


def test_prices_dates_and_counts_are_no_signs() -> None:
    terms = read_signs(wrote("£139 on the 28th at 9pm, 12 August, 30 days, 24号 三百块 500元, 256G 1080")).terms
    assert set(terms) == {"256g", "1080"}


def test_the_lists_are_sound() -> None:
    pairs = list(zip(TRADITIONAL[::2], TRADITIONAL[1::2], strict=True))
    assert len({old for old, _ in pairs}) == len(pairs)
    assert all(old != new for old, new in pairs)
    old = {one for one, _ in pairs}
    assert not old & set(PRODUCTS), "entries are simplified"
    assert all(line.count("|") == 1 for line in PRODUCTS.strip().splitlines())


_LETTERS = st.text(alphabet="ab1 'X-的手机壳沙发买了不，it?", max_size=12)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(_LETTERS, st.sampled_from([None, "i", "j"]), st.floats(0, 50)), max_size=9))
def test_every_text_is_in_one_subject(rows: list[tuple[str, str | None, float]]) -> None:
    day, texts = 0.0, []
    for text, item, gap in rows:
        day += gap
        texts.append(wrote(text, day, item_id=item))
    subjects = group(texts)
    assert sorted(index for members in subjects for index in members) == list(range(len(texts)))
    assert [members[-1] for members in subjects] == sorted(members[-1] for members in subjects)
    kept = deduplicate(texts)
    assert deduplicate([texts[index] for index in kept]) == list(range(len(kept)))
    assert not texts or kept[-1] == len(texts) - 1


def test_two_hundred_texts_take_little_time() -> None:
    draw = random.Random(3)
    names = [name.strip() for name in PRODUCTS.replace("|", ",").replace("\n", ",").split(",") if name.strip()]
    texts = [
        wrote(
            f"请问 {draw.choice(names)} and {draw.choice(names)}, which is quieter in a flat of {number}m2?", number / 5
        )
        for number in range(200)
    ]
    seconds = []
    for _ in range(3):
        start = time.thread_time()
        group(texts)
        deduplicate(texts)
        seconds.append(time.thread_time() - start)
    assert min(seconds) < 0.15, "about 0.03 s on a slow core; the rest is for a busy machine"
