"""Tells from what a shopper wrote how strong the intent to buy is, why, what comes next and when."""

import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from purchase_agent.errors import PurchaseAgentError as PurchaseAgentError
    from purchase_agent.evidence import Shopper as Shopper
    from purchase_agent.prediction import Prediction as Prediction
    from purchase_agent.service import PurchaseAgent as PurchaseAgent

__version__ = "0.5.0"
# Idle threads of numpy's OpenBLAS turn for 2^26 cycles before they sleep, a fifth of a short process's time; now 2^20.
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "20")
_ROOMS = {
    "Prediction": "prediction",
    "PurchaseAgent": "service",
    "PurchaseAgentError": "errors",
    "Shopper": "evidence",
}
__all__ = ["Prediction", "PurchaseAgent", "PurchaseAgentError", "Shopper"]


def __getattr__(name: str) -> object:
    """Loads a public name when it is first asked for: ``purchase-agent --help`` must not wait for the predictors."""
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
