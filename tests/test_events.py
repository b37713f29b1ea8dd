"""A shopper's events in order: nothing later than the moment, each once, whatever the order of the file."""

import random
from datetime import UTC, datetime

import pytest

from purchase_agent.events import NEWEST_READ, Step, day_of, from_steps, history, orders, sessions, step_of
from purchase_agent.evidence import Event

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
AT = NOON.timestamp()


def event(seconds, kind="view_item", **more):
    return Event(type=kind, at=datetime.fromtimestamp(AT + seconds, UTC), **more)


def test_nothing_later_than_the_moment_is_used():
    past = history([event(-60), event(60, "purchase"), event(1e6, "purchase")], NOON)
    assert [step.action for step in past.steps] == ["view_item"]
    assert past.purchase_days == ()
    assert past.left_out["later"] == 2


def test_the_order_of_the_file_does_not_matter():
    kinds = ["view_item", "search", "purchase"] * 5
    events = [event(-60 * k, kind, item_id=str(k % 3), price=2.0) for k, kind in enumerate(kinds)]
    shuffled = events[:]
    random.Random(1).shuffle(shuffled)
    assert history(events, NOON) == history(shuffled, NOON)


def test_an_event_told_twice_counts_once():
    past = history([event(-60, id="a"), event(-60, id="b"), event(-50, id="c")], NOON)
    assert len(past.steps) == 2
    assert past.left_out["duplicate"] == 1


def test_the_newest_are_read_one_by_one_and_all_purchases_count():
    kinds = ["purchase" if k % 100 == 0 else "view_item" for k in range(NEWEST_READ + 500)]
    many = [Step(AT - 86_400 * k, kind, str(k)) for k, kind in enumerate(kinds)]
    past = from_steps(many, AT)
    assert len(past.steps) == NEWEST_READ
    assert past.left_out["older"] == 500
    assert len(past.purchase_days) == (NEWEST_READ + 500) // 100


def test_a_day_is_the_shops_own():
    late = datetime(2026, 3, 2, 23, tzinfo=UTC).timestamp()
    assert day_of(late, "Asia/Shanghai") == day_of(late) + 1
    assert day_of(late, "America/New_York") == day_of(late)


def test_lines_of_one_order_are_one_step():
    lines = [Step(AT, "purchase", "a", price=2.0, quantity=3.0), Step(AT, "purchase", "b", price=4.0)]
    (one,) = orders(lines)
    assert (one.item, one.price) == ("a", 10.0)
    assert len(orders([lines[0], lines[1]._replace(at=AT + 1)])) == 2


def test_what_was_paid_on_a_day_is_added_up():
    past = history(
        [
            event(-7200, "purchase", item_id="a", price=5.0, quantity=2.0),
            event(-3600, "purchase", item_id="b", price=1.5),
            event(-90_000, "purchase", item_id="c"),
        ],
        NOON,
    )
    assert past.spent[1] == pytest.approx(11.5)
    assert past.spent[0] != past.spent[0]  # nothing is known of that day


def test_unknown_kinds_are_kept_by_name():
    step = step_of(event(0, "popup_closed"))
    assert (step.action, step.name) == ("other", "popup_closed")
    assert step_of(event(0, "Order Completed")).action == "purchase"


def test_half_an_hour_ends_a_session():
    steps = [Step(AT, "view_item"), Step(AT + 1800, "view_item"), Step(AT + 3601, "view_item")]
    assert [len(one) for one in sessions(steps)] == [2, 1]
    assert from_steps(steps, AT + 3601 + 1800).in_session
    assert not from_steps(steps, AT + 3601 + 1801).in_session
