"""Whether a prediction can be made: one is made, and its result holds for a second."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING

from purchase_agent.evidence import Shopper, read_shopper
from purchase_agent.prediction import Prediction
from purchase_agent.predictors.prepare import prepare

if TYPE_CHECKING:
    from purchase_agent.service import PurchaseAgent
    from purchase_agent.web.answering import Told
    from purchase_agent.web.batching import Batcher

HOLDS_S, WITHIN_S = 1.0, 5.0
PROBE = read_shopper(
    {
        "shopper_id": "probe", "as_of": "2026-11-22T10:00:00Z",
        "texts": [{"text": "My kettle broke, which one should I get before Friday?"}],
        "events": [{"id": "e", "type": "view_item", "at": "2026-11-22T09:00:00Z", "item_id": "kettle"}],
    }
)  # fmt: skip


class Readiness:
    """Asks for a prediction by the way that others take, ahead of those that wait.

    With an endpoint the local models are asked instead: they answer whatever it cannot, and a check each second should
    not be paid for in tokens.
    """

    def __init__(self, agent: PurchaseAgent, batcher: Batcher[Shopper, Told]) -> None:
        self._agent, self._batcher = agent, batcher
        self._until, self._fault = 0.0, ""
        self._asking = asyncio.Lock()

    async def fault(self) -> str:
        """Why no prediction can be made now; empty where one can."""
        async with self._asking:
            if monotonic() >= self._until:
                self._fault = await self._ask()
                self._until = monotonic() + HOLDS_S
            return self._fault

    async def warm(self) -> None:
        """Loads the models before anybody waits for them; a fault is told by ``fault``."""
        with contextlib.suppress(Exception):
            await asyncio.to_thread(self._agent.predict if self._alone else self._local, PROBE)

    @property
    def _alone(self) -> bool:
        """Whether the agent asks no endpoint."""
        return self._agent.settings.llm_base_url is None

    async def _ask(self) -> str:
        try:
            async with asyncio.timeout(WITHIN_S):
                if self._alone:
                    status = (await self._batcher.ask(PROBE, urgent=True)).status
                else:
                    status = (await asyncio.to_thread(self._local, PROBE)).status
        except TimeoutError:
            return f"no prediction within {WITHIN_S:g} seconds"
        except Exception as error:
            return f"a prediction failed ({type(error).__name__})"
        return "" if status == "ok" else f"a prediction came with the status {status}"

    def _local(self, shopper: Shopper) -> Prediction:
        return self._agent.local.predict([prepare(shopper, datetime.now(UTC))], "none")[0]
