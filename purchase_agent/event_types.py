"""What shops call an event, and which of our actions it is: GA4, Segment's e-commerce spec v2 and Shopify.

Names are compared as they are written: ``Purchase`` is not ``purchase``. A name that stands here for no action is kept
as ``other:<name>``, never dropped: page views and sessions are no step of shopping but tell that somebody was there.
"""

from __future__ import annotations

from typing import Final

from purchase_agent.labels import ACTIONS, Action

OTHER: Final = "other:"
"""What a type begins with that is none of our actions."""

_GA4: dict[str, Action] = {
    "search": "search",
    "view_search_results": "search",
    "view_item_list": "view_item_list",
    "select_item": "view_item",
    "view_item": "view_item",
    "add_to_wishlist": "add_to_wishlist",
    "add_to_cart": "add_to_cart",
    "remove_from_cart": "remove_from_cart",
    "view_cart": "view_cart",
    "begin_checkout": "begin_checkout",
    "add_shipping_info": "begin_checkout",
    "add_payment_info": "begin_checkout",
    "purchase": "purchase",
    "refund": "return_refund",
    "generate_lead": "contact",
    "share": "write_review",
}
_SEGMENT: dict[str, Action] = {
    "Products Searched": "search",
    "Product List Viewed": "view_item_list",
    "Product List Filtered": "view_item_list",
    "Product Clicked": "view_item",
    "Product Viewed": "view_item",
    "Product Added to Wishlist": "add_to_wishlist",
    "Product Added": "add_to_cart",
    "Wishlist Product Added to Cart": "add_to_cart",
    "Product Removed": "remove_from_cart",
    "Cart Viewed": "view_cart",
    "Checkout Started": "begin_checkout",
    "Checkout Step Viewed": "begin_checkout",
    "Checkout Step Completed": "begin_checkout",
    "Payment Info Entered": "begin_checkout",
    "Order Completed": "purchase",
    "Order Refunded": "return_refund",
    "Order Cancelled": "return_refund",
    "Product Shared": "write_review",
    "Cart Shared": "write_review",
    "Product Reviewed": "write_review",
}
_SHOPIFY: dict[str, Action] = {
    # customer events of the storefront
    "search_submitted": "search",
    "collection_viewed": "view_item_list",
    "product_viewed": "view_item",
    "product_added_to_cart": "add_to_cart",
    "product_removed_from_cart": "remove_from_cart",
    "cart_viewed": "view_cart",
    "checkout_started": "begin_checkout",
    "checkout_contact_info_submitted": "begin_checkout",
    "checkout_address_info_submitted": "begin_checkout",
    "checkout_shipping_info_submitted": "begin_checkout",
    "payment_info_submitted": "begin_checkout",
    "checkout_completed": "purchase",
    # topics of webhooks
    "checkouts/create": "begin_checkout",
    "orders/paid": "purchase",
    "orders/cancelled": "return_refund",
    "refunds/create": "return_refund",
}
EVENT_ACTIONS: dict[str, Action] = {**{action: action for action in ACTIONS}, **_GA4, **_SEGMENT, **_SHOPIFY}
"""Name of an event, as the shop's system writes it -> our action."""


def action_of(name: str) -> str:
    """One of ``ACTIONS``, or ``other:<name>`` for a name that is not known (one that begins so stays as it is)."""
    action = EVENT_ACTIONS.get(name)
    if action is not None:
        return action
    return name if name.startswith(OTHER) else OTHER + name
