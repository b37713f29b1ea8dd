"""A first guess at a map from the names of columns and what stands in them. A person looks at it before it is used.

Names are compared without case, blanks and signs; the better known come first. Nothing here is applied when events
are read: only what a map says is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, get_args

from purchase_agent.errors import InputError
from purchase_agent.event_types import EVENT_ACTIONS
from purchase_agent.labels import Action
from purchase_agent.readers.mapping import Target, Times
from purchase_agent.readers.times import clock

_NAMES: dict[str, tuple[str, ...]] = {
    "shopper_id": (
        "shopperid", "customerid", "userid", "visitorid", "memberid", "buyerid", "clientid", "userpseudoid",
        "anonymousid", "customer", "user", "visitor", "buyer", "member", "client", "uid", "cust", "custid",
        "customernumber", "customerno", "email", "sessionid",
        "用户id", "会员id", "客户id", "买家id", "用户编号", "会员编号", "客户编号", "会员名", "买家会员名", "用户名",
        "会员", "客户", "买家", "用户",
    ),
    "at": (
        "at", "eventtime", "eventtimestamp", "timestamp", "ts", "datetime", "time", "occurredat", "createdat",
        "eventdate", "orderdate", "invoicedate", "purchasedate", "paidat", "date", "day", "created",
        "付款时间", "支付时间", "时间", "事件时间", "下单时间", "创建时间", "日期",
    ),
    "type": (
        "eventtype", "eventname", "event", "type", "action", "actiontype", "behavior", "behaviour", "behaviortype",
        "activity", "行为", "行为类型", "事件", "事件类型", "动作",
    ),
    "item_id": (
        "itemid", "productid", "sku", "item", "product", "stockcode", "goodsid", "articleid", "asin", "productname",
        "商品id", "商品编号", "商品编码", "货号", "商品名称", "商品",
    ),
    "category": (
        "category", "categoryid", "categorycode", "cat", "productcategory", "类目", "商品类目", "分类", "品类",
    ),
    "query": ("query", "searchterm", "searchquery", "keyword", "keywords", "search", "搜索词", "关键词"),
    "price": (
        "price", "unitprice", "itemprice", "amount", "amt", "value", "revenue", "total", "单价", "价格", "实付金额",
        "支付金额", "金额",
    ),
    "currency": ("currency", "currencycode", "币种"),
    "quantity": ("quantity", "qty", "units", "pieces", "count", "数量", "件数", "购买数量"),
    "order_id": (
        "orderid", "ordernumber", "orderno", "order", "invoiceno", "invoice", "invoiceid", "transactionid",
        "订单编号", "订单号", "订单id",
    ),
    "id": ("eventid", "messageid", "uuid"),
}  # fmt: skip
_WORDS: dict[str, Action] = {
    "search": "search", "搜索": "search",
    "list": "view_item_list", "browse": "view_item_list",
    "view": "view_item", "pv": "view_item", "click": "view_item", "detail": "view_item", "productview": "view_item",
    "浏览": "view_item", "点击": "view_item",
    "fav": "add_to_wishlist", "favorite": "add_to_wishlist", "favourite": "add_to_wishlist",
    "wishlist": "add_to_wishlist", "收藏": "add_to_wishlist",
    "cart": "add_to_cart", "addtocart": "add_to_cart", "basket": "add_to_cart", "加购": "add_to_cart",
    "加入购物车": "add_to_cart",
    "removefromcart": "remove_from_cart", "移出购物车": "remove_from_cart",
    "checkout": "begin_checkout", "下单": "begin_checkout",
    "buy": "purchase", "order": "purchase", "purchase": "purchase", "transaction": "purchase", "sale": "purchase",
    "购买": "purchase", "支付": "purchase", "付款": "purchase",
    "refund": "return_refund", "return": "return_refund", "退款": "return_refund", "退货": "return_refund",
}  # fmt: skip
_FORMATS = (
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y%m%d", "%Y%m%d%H%M%S", "%Y-%m-%d %H:%M:%S %z",
    "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y",
    "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日",
)  # fmt: skip
_SWAPPED = {form: form.replace("%m/%d", "%d/%m") for form in _FORMATS if form.startswith("%m/%d")}
_UNITS = ("s", "ms", "us", "ns")
_OF_A_PURCHASE = frozenset({"order_id", "price", "quantity"})
_MOST_WRONG = 0.05  # of the cells
MOST_TYPES = 50
"""More different values than this are no event types."""


def columns(names: Iterable[str]) -> dict[str, str]:
    """Our field (``at`` and ``type`` too) -> the column that is called most like it."""
    plain = {_bare(name): name for name in reversed(list(names))}
    found = {field: plain[known] for field, options in _NAMES.items() if (known := _first(options, plain))}
    if "shopper_id" not in found and "id" in plain:
        found["shopper_id"] = plain["id"]
    return found


def targets(found: dict[str, str]) -> dict[Target, str]:
    """Those of ``columns`` that are fields of a map."""
    return {name: found[name] for name in get_args(Target) if name in found}


def times(column: str, cells: Sequence[Any]) -> tuple[Times, list[str]] | None:
    """A rule that reads all of these cells (None: there is none), and what a person should check about it."""
    for unit in ("iso", *_FORMATS):
        if _reads(rule := Times(column=(column,), unit=(unit,)), cells):
            other = _SWAPPED.get(unit)
            if other is not None and _reads(Times(column=(column,), unit=(other,)), cells):
                return rule, [f"the times could also be {other}: day and month cannot be told apart"]
            return rule, []
    for unit in _UNITS:
        rule = Times(column=(column,), unit=(unit,))
        if _reads(rule, cells, since=2000):
            return rule, [f"the unit of the times ({unit}) is a guess from their size"]
    return None


def types(cells: Iterable[Any]) -> dict[str, Action] | None:
    """Our action for the values that are known words and no name of the table; None where these are no types."""
    seen = {str(cell) for cell in cells}
    if not seen or len(seen) > MOST_TYPES:
        return None
    return {
        value: action
        for value in sorted(seen)
        if value not in EVENT_ACTIONS and (action := _WORDS.get(_bare(value)) or _known(value))
    }


def tells_purchases(found: dict[str, str]) -> bool:
    """Whether a table without types is one of purchases: it has orders, prices or pieces."""
    return not _OF_A_PURCHASE.isdisjoint(found)


def _known(value: str) -> Action | None:
    return next((action for name, action in EVENT_ACTIONS.items() if _bare(name) == _bare(value)), None)


def _reads(rule: Times, cells: Sequence[Any], since: int = 1990) -> bool:
    """Whether the rule reads nearly all cells (a bad row must not spoil the guess), as times of this year or later."""
    read, wrong = clock(rule), 0
    for cell in cells:
        try:
            wrong += read(cell)[0].year < since
        except InputError:
            wrong += 1
        if wrong > _MOST_WRONG * len(cells):
            return False
    return bool(cells)


def _first(options: Sequence[str], plain: dict[str, str]) -> str | None:
    return next((name for name in options if name in plain), None)


def _bare(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.rpartition(".")[2] if "." in name else name).lower()
