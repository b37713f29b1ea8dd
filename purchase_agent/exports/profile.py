"""What is predicted of a shopper, on what evidence, what it is worth, and until when it should be used.

Expected value: chance of a purchase within 30 days times the value of his order, which is the mean of his own orders
drawn towards the shop's as if he had two more of that kind; in the currency of his orders, else the shop's. Only orders
whose price is known in that currency count, his and the shop's: money is divided by what it was paid for. One order is
counted, not several.

Expiry: the end of the timing's bin, the end of its 80 % interval or 90 days, whichever comes first, and a day at least.
After it the shopper should be scored anew: the words and events it rests on are as old as that.

Consent is that of the newest finished run in which a shopper stands, whatever run is asked for, as for audiences: of
who has refused analysis since, nothing is told but that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from purchase_agent.clean import printable
from purchase_agent.errors import InputError
from purchase_agent.exports.runs import Finished, chosen_run, partitions
from purchase_agent.store import Reader
from purchase_agent.store.consent import allowed_since

PROFILE_COLUMNS = {
    "shopper_id": "text", "run_id": "text", "as_of": "time", "valid_until": "time", "status": "text",
    "marketing": "yes", "language": "text", "target": "json", "intent": "json", "motivation": "json",
    "next_action": "json", "timing": "json", "advice": "json", "expected_value": "json", "history": "json",
    "evidence": "json", "contributions": "json", "provenance": "json", "warnings": "list",
}  # fmt: skip
_PRIOR_ORDERS = 2
_LONGEST = 90.0
_PRICED = (
    "SELECT e.shopper_id, e.currency, count(DISTINCT e.at) AS orders, sum(e.price * coalesce(e.quantity, 1)) AS spent"
    " FROM events e JOIN predictions p USING (shopper_id) WHERE p.run_id = $run AND e.at <= p.as_of"
    " AND e.type = 'purchase' AND e.price > 0 AND coalesce(e.quantity, 1) > 0 AND e.currency IS NOT NULL"
    " AND {of_e} AND {of_p} GROUP BY e.shopper_id, e.currency"
)
"""Orders of each shopper whose price is known, by currency; the lines of one order carry one time."""
_PART = "hash({of}shopper_id) % $modulus = $rest"
_BIN_ENDS = {"now": 1.0, "within_7d": 7.0, "within_30d": 30.0, "within_90d": 90.0, "not_expected": 30.0, "unknown": 7.0}


def profiles(reader: Reader, shopper: str | None = None, *, run: str | None = None) -> Iterator[dict[str, Any]]:
    """Rows of ``PROFILE_COLUMNS``: of one shopper, or of all of the run in turn.

    Raises:
        InputError: there is no such run, or no such shopper in it.
    """
    about = chosen_run(reader, run)
    worth = _shop_orders(reader, about)
    found = False
    large = max(partitions(reader, "texts"), partitions(reader), key=len)
    for modulus, rest in [(1, 0)] if shopper is not None else large:
        values: dict[str, Any] = {"run": about.run_id, "number": about.number, "modulus": modulus, "rest": rest}
        if shopper is not None:
            values["shopper"] = shopper
        for part in reader.parts(_sql(alone=shopper is not None), values):
            for row in part:
                found = True
                yield _profile(row, about, worth)
    if shopper is not None and not found:
        message = f"no shopper {printable(shopper)[:80]} in run {about.number}"
        raise InputError(message, hint="ids are compared as they were scored", field="file")


def _sql(*, alone: bool) -> str:
    which = _PART + (" AND {of}shopper_id = $shopper" if alone else "")
    return (
        "SELECT p.* EXCLUDE (run_id), t.texts, b.priced, s.refused, s.allowed, s.newest FROM predictions p"  # noqa: S608
        " LEFT JOIN (SELECT shopper_id, to_json(list({"
        "'id': text_id, 'at': strftime(texts.at, '%Y-%m-%dT%H:%M:%SZ'), 'channel': channel, 'item_id': item_id}))"
        f" AS texts FROM texts WHERE {which.format(of='')} GROUP BY shopper_id) t USING (shopper_id)"
        " LEFT JOIN (SELECT shopper_id, to_json(list({'currency': currency, 'orders': orders, 'spent': spent}))"
        f" AS priced FROM ({_priced(which)}) GROUP BY shopper_id) b USING (shopper_id)"
        f" LEFT JOIN ({allowed_since('$number', which.format(of='predictions.'))}) s USING (shopper_id)"
        f" WHERE p.run_id = $run AND {which.format(of='p.')}"
    )


def _priced(which: str) -> str:
    return _PRICED.format(of_e=which.format(of="e."), of_p=which.format(of="p."))


def _shop_orders(reader: Reader, run: Finished) -> dict[str, float]:
    """Currency -> mean value of an order, the commonest first; of the run, or of a part of its shoppers drawn by hash
    where it is large: each part costs a pass over all events.
    """
    sql = f"SELECT currency, sum(orders)::BIGINT AS orders, sum(spent) AS spent FROM ({_priced(_PART)}) GROUP BY 1"  # noqa: S608
    modulus, rest = partitions(reader)[0]
    found = list(reader.rows(sql, {"run": run.run_id, "modulus": modulus, "rest": rest}))
    return {row["currency"]: row["spent"] / row["orders"] for row in sorted(found, key=lambda row: -row["orders"])}


def _profile(row: Mapping[str, Any], run: Finished, worth: Mapping[str, float]) -> dict[str, Any]:
    told = json.loads(row["prediction"])
    if row["refused"]:  # as in the row of one who refused in the run that is asked for
        none = dict.fromkeys((*told, *row))
        warnings = [f"refused_in_run:{row['newest']}"]
        told = none | {
            "target": {"scope": "subject", "id": None}, "provenance": told["provenance"], "evidence": [],
            "contributions": [], "warnings": warnings,
        }  # fmt: skip
        kept = {name: row[name] for name in ("shopper_id", "as_of", "allowed")}
        row = none | kept | {"status": "refused_consent"}
    texts = {one["id"]: one for one in json.loads(row["texts"] or "[]")}
    same = {name: told[name] for name in ("intent", "motivation", "next_action", "timing", "advice")}
    return {
        "shopper_id": row["shopper_id"],
        "run_id": run.run_id,
        "as_of": row["as_of"],
        "valid_until": _valid_until(row["as_of"], told["timing"]),
        "status": row["status"],
        "marketing": row["marketing"] if row["allowed"] is None else row["allowed"],
        "language": row["language"],
        "target": told["target"],
        **same,
        "expected_value": _value(row, worth),
        "history": {
            name: row[name]
            for name in ("first_seen", "last_seen", "orders", "units", "spent", "currency", "items", "categories")
        },
        "evidence": [one | _where(texts.get(one["source"])) for one in told["evidence"]],
        "contributions": told["contributions"],
        "provenance": told["provenance"],
        "warnings": told["warnings"],
    }


def _where(text: Mapping[str, Any] | None) -> dict[str, Any]:
    return {} if text is None else {"at": text["at"], "channel": text["channel"], "item_id": text["item_id"]}


def _valid_until(as_of: datetime, timing: Mapping[str, Any] | None) -> datetime | None:
    if timing is None:
        return None
    days = _BIN_ENDS.get(timing["label"], _LONGEST)
    if timing["interval_days"] is not None:
        days = min(days, timing["interval_days"][1])
    return as_of + timedelta(days=max(1.0, min(days, _LONGEST)))


def _value(row: Mapping[str, Any], worth: Mapping[str, float]) -> dict[str, Any] | None:
    own = {one["currency"]: one for one in json.loads(row["priced"] or "[]")}
    known = max(own, key=lambda name: own[name]["orders"], default=next(iter(worth), None))
    currency = row["currency"] or known
    if row["p_buy_30"] is None or currency is None or currency not in worth:
        return None
    orders, spent = (own[currency]["orders"], own[currency]["spent"]) if currency in own else (0, 0.0)
    order = (spent + _PRIOR_ORDERS * worth[currency]) / (orders + _PRIOR_ORDERS)
    return {
        "value": round(row["p_buy_30"] * order, 2), "currency": currency, "horizon_days": 30,
        "chance": row["p_buy_30"], "order": round(order, 2), "own_orders": orders,
    }  # fmt: skip
