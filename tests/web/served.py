"""A real server over a predictor without a model: ``python served.py '{"seconds": 0.2, ...}'``.

``seconds`` a run takes, ``hangs`` for ever, ``head_s`` that a head may take, ``grace_s``, ``key``; the rest is the
``Batching``.
"""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from purchase_agent.service import PurchaseAgent
from purchase_agent.web import protocol
from purchase_agent.web.app import create_app
from purchase_agent.web.batching import Batching
from purchase_agent.web.serve import serve
from tests.fakes import FakePredictor


class Slow(FakePredictor):
    """Takes its time, but for the probe."""

    def __init__(self, seconds):
        super().__init__()
        self.seconds = seconds

    def predict(self, cases, evidence="fast"):
        if any(case.shopper.shopper_id != "probe" for case in cases):
            time.sleep(self.seconds)
        return super().predict(cases, evidence)


def tell(words):
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


given = json.loads(sys.argv[1])
seconds = 1e6 if given.pop("hangs", False) else given.pop("seconds", 0.0)
grace_s, key = given.pop("grace_s", 30), given.pop("key", None)
protocol.HEAD_S = given.pop("head_s", protocol.HEAD_S)  # type: ignore[misc] # shorter than anybody would wait in a test
PurchaseAgent._predictor = Slow(seconds)  # type: ignore[assignment,method-assign]
app = create_app(PurchaseAgent(engine="local"), key=key, batching=Batching(**given))
serve(app, "127.0.0.1", 0, has_key=key is not None, grace_s=grace_s, tell=tell)
