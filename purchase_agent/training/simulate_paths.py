"""Which page of a shop follows which: a table for each stage a shopper is in, and one for the page he is on.

The stages are the visit types of Moe (2003, J. Consumer Psychology 13, 29-39): directed buying, search and
deliberation, hedonic browsing, knowledge building, split further by why somebody buys. That paths have momentum, the
next page hanging on the page before it and on the goal, is the finding of Montgomery, Li, Srinivasan and Liechty (2004,
Marketing Science 23, 579-595). The weights are set by hand so that the rates of simulated shops fall into the rough
ranges that published funnels do.
"""

from __future__ import annotations

from functools import cache

PAGES = (
    "search", "view_item_list", "view_item", "compare", "read_reviews", "add_to_wishlist", "add_to_cart",
    "remove_from_cart", "view_cart", "begin_checkout", "purchase", "contact", "write_review", "return_refund", "other",
    "leave",
)  # fmt: skip
SEARCH, LIST, VIEW, COMPARE, REVIEWS, WISH, CART, REMOVE = range(8)
SEE_CART, CHECKOUT, BUY, CONTACT, WRITE, RETURN, OTHER, LEAVE = range(8, 16)
"""Places of the pages among ``PAGES``."""
OF_ITEM = frozenset({
    "view_item", "compare", "read_reviews", "add_to_wishlist", "add_to_cart", "remove_from_cart", "purchase", "contact",
    "write_review", "return_refund",
})  # fmt: skip
BROWSING, COMPARING, DETERMINED, GIFT = "browsing", "comparing", "determined", "gift"
REPLENISHING, WAITING, AFTER = "replenishing", "deal_waiting", "post_purchase"
WEIGHTS: dict[str, tuple[float, ...]] = {
    #         search list   view  comp. review wish   cart  remove see  checkout buy  contact write return other leave
    BROWSING: (0.05, 0.10, 0.64, 0.004, 0.012, 0.014, 0.031, 0.02, 0.02, 0.005, 0.0008, 0.003, 0.0, 0.0, 0.03, 0.14),
    COMPARING: (0.07, 0.07, 0.62, 0.060, 0.07, 0.022, 0.060, 0.05, 0.04, 0.018, 0.003, 0.014, 0.0, 0.0, 0.02, 0.11),
    DETERMINED: (0.05, 0.03, 0.36, 0.01, 0.03, 0.012, 0.120, 0.05, 0.10, 0.085, 0.028, 0.015, 0.0, 0.0, 0.01, 0.15),
    GIFT: (0.10, 0.12, 0.58, 0.01, 0.03, 0.030, 0.060, 0.04, 0.05, 0.025, 0.004, 0.008, 0.0, 0.0, 0.02, 0.12),
    REPLENISHING: (0.08, 0.07, 0.16, 0.0, 0.004, 0.004, 0.42, 0.02, 0.04, 0.06, 0.02, 0.004, 0.0, 0.0, 0.01, 0.04),
    WAITING: (0.03, 0.05, 0.52, 0.01, 0.02, 0.050, 0.010, 0.02, 0.03, 0.01, 0.001, 0.002, 0.0, 0.0, 0.02, 0.28),
    AFTER: (0.03, 0.03, 0.14, 0.0, 0.01, 0.004, 0.004, 0.01, 0.01, 0.004, 0.0, 0.12, 0.22, 0.12, 0.28, 0.20),
}
"""How often a page comes next in a stage, before all that the moment changes."""
MOMENTUM: dict[str, dict[str, float]] = {
    "": {"search": 2.0, "view_item_list": 2.0, "other": 2.5, "leave": 0.0, "view_cart": 1.6, "begin_checkout": 0.4},
    "search": {"view_item_list": 2.5, "view_item": 1.8, "search": 1.6},
    "view_item_list": {"view_item": 1.7, "view_item_list": 1.6},
    "compare": {"view_item": 1.4, "read_reviews": 1.6, "compare": 2.0},
    "read_reviews": {"add_to_cart": 2.0, "purchase": 1.6, "read_reviews": 1.5},
    "add_to_wishlist": {"leave": 1.2},
    "add_to_cart": {"view_cart": 4.0, "begin_checkout": 2.0, "view_item": 0.8},
    "remove_from_cart": {"view_cart": 2.0, "leave": 1.3},
    "view_cart": {"begin_checkout": 3.5, "remove_from_cart": 3.0, "view_item": 0.6},
    "begin_checkout": {"view_cart": 1.5, "begin_checkout": 1.2, "view_item": 0.25, "leave": 1.6, "contact": 2.0},
    "purchase": {"leave": 4.0, "other": 3.0, "view_item": 0.7, "contact": 2.0},
    "contact": {"leave": 1.6, "contact": 1.5},
    "write_review": {"leave": 1.5, "write_review": 0.6},
    "return_refund": {"leave": 2.5, "return_refund": 0.1, "contact": 2.5},
}
SECONDS = {
    "search": 9.0, "view_item_list": 14.0, "compare": 40.0, "read_reviews": 45.0, "add_to_wishlist": 6.0,
    "add_to_cart": 9.0, "remove_from_cart": 6.0, "view_cart": 14.0, "begin_checkout": 55.0, "purchase": 40.0,
    "contact": 120.0, "write_review": 90.0, "return_refund": 60.0, "other": 12.0,
}  # fmt: skip
"""Median time on a page that shows no item."""


@cache
def weights_of(stage: str, last: str) -> tuple[float, ...]:
    """Weight of each of ``PAGES`` as the next page in a stage after the page ``last`` ("" where a visit begins)."""
    follows = MOMENTUM.get(last, {})
    return tuple(weight * follows.get(page, 1.0) for page, weight in zip(PAGES, WEIGHTS[stage], strict=True))
