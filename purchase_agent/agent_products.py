"""The products of a conversation, as a tool that a model reads them by before it has them ranked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from purchase_agent.ranking import Candidate, read_candidates


def offering(products: Sequence[Candidate | Mapping[str, Any]]) -> list[Callable[[], str]]:
    """The tool; none where there are no products.

    Raises:
        InputError: a product cannot be read.
    """
    if not products:
        return []
    told = json.dumps(
        [one.model_dump(mode="json", exclude_defaults=True) for one in read_candidates(products)], ensure_ascii=False
    )

    def shop_products() -> str:
        """The products that the shop offers in this conversation, as candidates for rank_products."""
        return told

    return [shop_products]
