import pytest

from purchase_agent.exports.intervals import difference, share


def test_wilson() -> None:
    # Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29
    assert share(81, 263)[2:] == pytest.approx((0.3080, 0.2553, 0.3662), abs=2e-4)
    assert share(15, 148)[2:] == pytest.approx((0.1014, 0.0624, 0.1605), abs=2e-4)
    assert share(0, 20)[2:] == pytest.approx((0.0, 0.0, 0.1611), abs=2e-4)
    assert share(1, 29)[2:] == pytest.approx((0.0345, 0.0061, 0.1718), abs=2e-4)


def test_difference() -> None:
    # Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10
    assert difference(share(56, 70), share(48, 80)) == pytest.approx((0.2, 0.0524, 0.3339), abs=2e-4)
    assert difference(share(9, 10), share(3, 10)) == pytest.approx((0.6, 0.1705, 0.8090), abs=2e-4)
    assert difference(share(10, 10), share(0, 10)) == pytest.approx((1.0, 0.6075, 1.0), abs=2e-4)
