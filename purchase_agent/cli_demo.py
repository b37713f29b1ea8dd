"""``purchase-agent demo``: the shipped example shoppers, predicted and shown."""

from __future__ import annotations

from importlib.resources import as_file, files

from purchase_agent import report
from purchase_agent.errors import InputError
from purchase_agent.evidence import Shopper, read_shopper
from purchase_agent.readers.shoppers import read_shoppers
from purchase_agent.service import PurchaseAgent

_NEXT = 'Now your own: purchase-agent predict "手机卡得不行了，等双十一换一台" (--json for programs, --help for more).'


def examples() -> list[Shopper]:
    """The shipped shoppers, each with a fixed ``as_of``."""
    with as_file(files("purchase_agent") / "examples" / "shoppers.jsonl") as path:
        lines = list(read_shoppers(path))
    return [read_shopper(line.value) for line in lines if not isinstance(line.value, InputError)]


def demo() -> None:
    """Shows them all, then what to try next."""
    shoppers = examples()
    console = report.console()
    for shopper, answer in zip(shoppers, PurchaseAgent().predict_many(shoppers), strict=True):
        if isinstance(answer, InputError):
            console.print(report.rejected(answer, None))
        else:
            console.print(report.rendered(answer, shopper))
    console.print(_NEXT, style="bold")
