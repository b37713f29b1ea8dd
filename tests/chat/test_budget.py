from datetime import UTC, datetime

import pytest

from purchase_agent.chat.budget import RetryBudget, pause_s, retry_after_s

NOW = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize("requests", [1, 10, 100, 1000])
@pytest.mark.parametrize(("healthy", "saved"), [(0, 2), (10_000, 10)])
def test_an_outage_is_amplified_by_a_twentieth_and_what_was_saved(requests, healthy, saved):
    budget = RetryBudget()
    for _ in range(healthy):
        budget.earn()
    retries = 0
    for _ in range(requests):
        budget.earn()
        retries += budget.take() + budget.take()
    assert retries <= 0.05 * requests + saved


def test_two_retries_are_there_from_the_start():
    budget = RetryBudget()
    assert [budget.take() for _ in range(3)] == [True, True, False]


def test_pauses_grow_and_spread():
    assert pause_s(0, 0.0) < pause_s(0, 1.0) < pause_s(2, 0.5)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("2", 2.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("Sun, 22 Nov 2026 10:00:07 GMT", 7.0),
        ("Sun, 22 Nov 2026 09:00:00 GMT", 0.0),
        ("Sun, 22 Nov 2026 10:00:07 -0000", 7.0),
        ("Sun, 99 Nov 2026 10:00:07 GMT", None),
    ],
)
def test_retry_after(header, seconds):
    assert retry_after_s(header, NOW) == seconds
