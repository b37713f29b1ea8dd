"""Kinds of simulated shops: what differs most between the logs of shops.

Published funnel rates of retail sites lie roughly at 3-10 % of views to the cart, 20-40 % of carts to an order and
1-5 % of visits with one; marketplaces see more pages an order, dear goods are weighed over many visits, groceries come
in weekly baskets, and many shops write down few types of events or orders alone. Dropout is that of BG/NBD (Fader,
Hardie and Lee 2005, Marketing Science 24, 275-284).
"""

from __future__ import annotations

from dataclasses import dataclass

ORDERS = frozenset({"purchase", "return_refund"})
THREE = frozenset({"view_item", "add_to_cart", "purchase"})
FOUR = THREE | {"add_to_wishlist"}
FUNNEL = THREE | {"search", "view_item_list", "remove_from_cart", "view_cart", "begin_checkout"}
SERVICE = ("compare", "read_reviews", "add_to_wishlist", "contact", "write_review", "return_refund", "other")
FULL = FUNNEL | frozenset(SERVICE)


@dataclass(frozen=True, slots=True)
class Kind:
    """What is typical of shops of one kind; each shop strays from it.

    ``away_days`` between visits without a need; ``needs``: chance that a visit awakens one; ``patience``: items looked
    at before one is chosen; ``skims``: share of quick looks; ``lost``: chance after a visit that a need goes away;
    ``basket``: items of a routine order; ``dropout``: a and b of the beta distribution of BG/NBD; ``orders_week`` and
    ``regular`` (Erlang shape): rate and regularity where only orders are logged.
    """

    name: str
    logs: tuple[tuple[frozenset[str], float], ...]
    items: tuple[int, int]
    categories: tuple[int, int]
    price: float
    away_days: float
    needs: float
    patience: float
    skims: float
    lost: float
    consumables: float = 0.1
    basket: float = 1.0
    refunds: float = 0.05
    dropout: tuple[float, float] = (0.8, 4.0)
    orders_week: float = 0.1
    regular: int = 1
    stamina: float = 1.0


MARKETPLACE = Kind(
    "marketplace", ((FOUR, 0.45), (THREE, 0.2), (FUNNEL, 0.2), (FULL, 0.15)), (2000, 5000), (40, 120), 25.0,
    away_days=2.5, needs=0.045, patience=6.0, skims=0.5, lost=0.3, dropout=(0.7, 3.5), stamina=1.15,
)  # fmt: skip
BOUTIQUE = Kind(
    "boutique", ((FUNNEL, 0.4), (FULL, 0.45), (FOUR, 0.15)), (80, 300), (6, 15), 90.0,
    away_days=8.0, needs=0.05, patience=5.0, skims=0.35, lost=0.35, refunds=0.15,
)  # fmt: skip
GROCERY = Kind(
    "grocery", ((FUNNEL, 0.35), (FULL, 0.25), (ORDERS, 0.4)), (400, 900), (25, 40), 4.0,
    away_days=6.0, needs=0.05, patience=2.0, skims=0.5, lost=0.3, consumables=0.9, basket=9.0, refunds=0.01,
    dropout=(0.6, 5.0), orders_week=0.6, regular=2,
)  # fmt: skip
ELECTRONICS = Kind(
    "electronics", ((FUNNEL, 0.4), (FULL, 0.5), (THREE, 0.1)), (200, 600), (12, 25), 250.0,
    away_days=12.0, needs=0.08, patience=13.0, skims=0.25, lost=0.17, refunds=0.08,
)  # fmt: skip
TRAVEL = Kind(
    "travel", ((FUNNEL, 0.5), (FULL, 0.5)), (300, 800), (20, 40), 500.0,
    away_days=20.0, needs=0.10, patience=17.0, skims=0.3, lost=0.15, consumables=0.0, refunds=0.1,
)  # fmt: skip
WHOLESALER = Kind(
    "wholesaler", ((ORDERS, 1.0),), (500, 1500), (15, 40), 12.0,
    away_days=10.0, needs=0.1, patience=2.0, skims=0.4, lost=0.2, basket=6.0, refunds=0.06,
    dropout=(0.5, 6.0), orders_week=0.25,
)  # fmt: skip
MAIL_ORDER = Kind(
    "mail_order", ((ORDERS, 1.0),), (300, 1500), (8, 30), 16.0,
    away_days=30.0, needs=0.1, patience=3.0, skims=0.4, lost=0.2, basket=1.6, refunds=0.03,
    dropout=(0.8, 2.4), orders_week=0.06,
)  # fmt: skip
KINDS = (
    MARKETPLACE, ELECTRONICS, BOUTIQUE, MARKETPLACE, WHOLESALER, GROCERY, MARKETPLACE, TRAVEL, BOUTIQUE,
    MARKETPLACE, MAIL_ORDER, ELECTRONICS, MARKETPLACE, GROCERY, BOUTIQUE, WHOLESALER,
)  # fmt: skip
"""Kinds in the order in which shops open; one that comes more often has more shops."""
