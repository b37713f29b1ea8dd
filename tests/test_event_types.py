import pytest

from purchase_agent.event_types import EVENT_ACTIONS, action_of
from purchase_agent.labels import ACTIONS


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("view_item", "view_item"),
        ("refund", "return_refund"),
        ("view_search_results", "search"),
        ("Product Added", "add_to_cart"),
        ("Order Completed", "purchase"),
        ("Product Added to Wishlist", "add_to_wishlist"),
        ("checkout_completed", "purchase"),
        ("product_viewed", "view_item"),
        ("page_view", "other:page_view"),
        ("Purchase", "other:Purchase"),
        ("other:scroll", "other:scroll"),
    ],
)
def test_names_of_the_three_systems(name: str, action: str) -> None:
    assert action_of(name) == action


def test_every_action_is_a_name_and_every_name_leads_to_an_action() -> None:
    assert set(ACTIONS) == set(EVENT_ACTIONS.values())
    assert all(action_of(action) == action for action in ACTIONS)
