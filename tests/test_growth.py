from tests.growth import LINEAR, TIMES_AS_LONG, growth


def every_character_again(text: str) -> int:
    return sum(text.count(one) for one in text)


def test_a_square_is_told_from_a_line() -> None:
    assert growth(every_character_again, "ab", 16_000) > LINEAR
    assert growth(lambda text: sum(one == "a" for one in text), "ab", 400_000) < LINEAR
    assert TIMES_AS_LONG < LINEAR < TIMES_AS_LONG**2
