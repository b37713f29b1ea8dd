from purchase_agent.chat.breaker import Breaker


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_opens_after_five_in_a_row():
    breaker = Breaker()
    for _ in range(4):
        breaker.failed()
    breaker.succeeded()
    for _ in range(4):
        breaker.failed()
    assert breaker.state == "closed"
    breaker.failed()
    assert breaker.state == "open"


def test_opens_when_half_of_the_last_twenty_failed():
    breaker = Breaker()
    for turn in range(19):
        breaker.succeeded() if turn % 2 else breaker.failed()
    assert breaker.state == "closed"
    breaker.failed()
    assert breaker.state == "open"


def test_stays_closed_with_fewer_failures():
    breaker = Breaker()
    for turn in range(100):
        breaker.failed() if turn % 3 == 0 else breaker.succeeded()
    assert breaker.state == "closed"


def test_closing_forgets():
    breaker = Breaker()
    for _ in range(5):
        breaker.failed()
    breaker.close()
    for _ in range(4):
        breaker.failed()
    assert breaker.state == "closed"


def test_a_timeout_counts_unless_the_endpoint_answered_meanwhile():
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(20):
        began = clock.now
        clock.now += 1
        breaker.succeeded()
        clock.now += 1
        breaker.timed_out(began)
    assert breaker.state == "closed"
    for _ in range(5):
        began = clock.now
        clock.now += 2
        breaker.timed_out(began)
    assert breaker.state == "open"


def test_a_timeout_after_no_time_says_nothing():
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(50):
        began = clock.now
        clock.now += 0.1
        breaker.timed_out(began)
    assert breaker.state == "closed"
