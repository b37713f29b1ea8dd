"""A real server with the page, over a predictor without a model: ``python served_page.py '{"store": ...}'``.

``store``, ``key``, ``insight_key``; ``speaks``: a language model's assistant answers. A text with ``slowly`` takes two
seconds, one with ``poison`` is a fault of the program, and a conversation with ``breaks`` ends in the midst.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from purchase_agent.errors import PurchaseAgentError
from purchase_agent.service import PurchaseAgent
from purchase_agent.web.app import create_app
from purchase_agent.web.serve import serve
from purchase_agent.web.speaking import Speaker
from tests.fakes import FakePredictor


class Moody(FakePredictor):
    """Takes two seconds for some words and breaks at others."""

    def predict(self, cases, evidence="fast"):
        if any("slowly" in text.text for case in cases for text in case.texts):
            time.sleep(2)
        return super().predict(cases, evidence)


class Model:
    """Says thirty words, a little at a time."""

    async def astream(self, messages):
        for number in range(30):
            await asyncio.sleep(0.03)
            if number == 10 and "breaks" in messages[-1]["content"]:
                raise PurchaseAgentError("the endpoint has gone")
            yield f"word{number} "


def tell(words):
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


given = json.loads(sys.argv[1])
PurchaseAgent._predictor = Moody("poison")  # type: ignore[assignment,method-assign]
if given.get("speaks"):
    Speaker.model_speaks = True  # type: ignore[assignment,method-assign]
    Speaker._assistant = lambda *_: Model()  # type: ignore[assignment,method-assign]
keys = {name: given.get(name) for name in ("key", "insight_key")}
store = Path(given["store"]) if given.get("store") else None
app = create_app(PurchaseAgent(engine="local"), store=store, **keys)
serve(app, "127.0.0.1", given.get("port", 0), has_key=keys["key"] is not None, grace_s=2, tell=tell)
