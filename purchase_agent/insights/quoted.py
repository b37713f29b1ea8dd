"""Quotes for an answer: verbatim in the stored text, without personal data, from shoppers of the group only.

Words that tell of health are not quoted at all, nor is anybody of a group that is made up of those who gave it as their
reason: a quote names its shopper. What a text says is never acted on, and words that are recognised as speaking to a
model (``clean.instruction_like``) are no evidence of a wish and are not quoted either.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from purchase_agent.clean import instruction_like
from purchase_agent.insights.answers import Quote
from purchase_agent.insights.groups import Condition, Scope
from purchase_agent.insights.queries import Language
from purchase_agent.insights.source import Source
from purchase_agent.redact import Redactor

KEPT_BACK = ("motivation.safety_health",)
"""What is told of groups only, and so never with words of a shopper."""
MOST = 5
"""Quotes of an answer."""
LONGEST = 200
"""Characters of a quote; longer ones are passed over."""
_LOOKED_AT = 400
_COLUMNS = "t.text_id, t.shopper_id, t.channel, t.at, t.language, t.text, t.quotes"
_ROLE = "t.role = 'shopper'"


def of_group(
    source: Source,
    at: Scope,
    supports: Sequence[str],
    language: Language,
    *,
    more: Condition | None = None,
    most: int = MOST,
) -> list[Quote]:
    """Quotes that support one of some labels, such as ``barrier.price``: the labels in turn, of each shopper one.

    Those in the language of the answer come first, then the newest. Texts on a category or item of the filter only,
    where they tell what they are on. None of a group that ``KEPT_BACK`` was asked to make up, whether or not it does.
    """
    if health(at.wanted.items()):
        return []
    conditions = [*at.conditions, *([more] if more is not None else [])]
    where = " AND ".join(["p.run_id = ?", "p.status = 'ok'", _ROLE, *(one.sql for one in conditions)])
    values: list[Any] = [at.run.run_id, *(value for one in conditions for value in one.values)]
    for slot, column in (("category", "t.category"), ("item", "t.item_id")):
        if slot in at.applied:
            where += f" AND coalesce({column}, ?) = ?"
            values += [at.applied[slot], at.applied[slot]]
    like = " OR ".join("contains(t.quotes, ?)" for _ in supports)
    sql = (
        f"SELECT {_COLUMNS} FROM texts t JOIN predictions p USING (shopper_id) WHERE {where} AND ({like})"  # noqa: S608 - SQL of ours
        " ORDER BY coalesce(t.language, '') = ? DESC, t.at DESC, t.text_id, t.shopper_id LIMIT ?"
    )
    found = source.rows(sql, [*values, *(f'"{one}"' for one in supports), language, _LOOKED_AT])
    return _in_turn(found, supports, most)


def health(conditions: Iterable[tuple[str, str]]) -> bool:
    """Whether one of some conditions, as slot and value, is told of groups only."""
    return any(f"{slot}.{value}" in KEPT_BACK for slot, value in conditions)


def of_shopper(source: Source, shopper_id: str, supports: Sequence[str] = (), *, most: int = MOST) -> list[Quote]:
    """Quotes of one shopper's texts, the newest first."""
    sql = f"SELECT {_COLUMNS} FROM texts t WHERE t.shopper_id = ? AND {_ROLE} ORDER BY t.at DESC, t.text_id LIMIT ?"  # noqa: S608
    found: list[Quote] = []
    for row in source.rows(sql, [shopper_id, _LOOKED_AT]):
        for label, quote in _quotes(row):
            if supports and label not in supports:
                continue
            if (told := _told(row, label, quote)) is not None and told.quote not in {one.quote for one in found}:
                found.append(told)
    return found[:most]


def _in_turn(rows: Sequence[dict[str, Any]], supports: Sequence[str], most: int) -> list[Quote]:
    """Labels take turns; a shopper speaks once, and the same words are told once."""
    waiting: dict[str, list[tuple[str, Quote]]] = {label: [] for label in supports}
    for row in rows:
        for label, quote in _quotes(row):
            if label in waiting and (found := _told(row, label, quote)) is not None:
                waiting[label].append((row["shopper_id"], found))
    chosen: list[Quote] = []
    heard: set[str] = set()
    while len(chosen) < most and any(waiting.values()):
        for queue in waiting.values():
            while queue and len(chosen) < most:
                shopper, told = queue.pop(0)
                if shopper not in heard and told.quote.casefold() not in {one.quote.casefold() for one in chosen}:
                    heard.add(shopper)
                    chosen.append(told)
                    break
    return chosen


def _quotes(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Labels and the words that support them, but for words that support what is kept back as well."""
    told = list(_stored(row))
    kept = [quote for label, quote in told if label in KEPT_BACK]
    return ((label, quote) for label, quote in told if not any(_shared(row["text"], quote, one) for one in kept))


def _stored(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    try:
        stored = json.loads(row["quotes"] or "[]")
    except ValueError:
        return
    for one in stored if isinstance(stored, list) else []:
        if isinstance(one, dict) and isinstance(one.get("supports"), str) and isinstance(one.get("quote"), str):
            yield one["supports"], one["quote"]


def _shared(text: str, quote: str, other: str) -> bool:
    """Whether two quotes have words of a text in common, or one stands in the other wherever that is."""
    if other.casefold() in quote.casefold():
        return True
    start, of_other = text.find(quote), text.find(other)
    return start < of_other + len(other) and of_other < start + len(quote)


def _told(row: dict[str, Any], label: str, quote: str) -> Quote | None:
    """The quote as it may be shown; None where the text does not hold it, or it speaks to a model."""
    start = row["text"].find(quote)
    if start < 0 or not 2 <= len(quote) <= LONGEST or instruction_like(quote):
        return None
    shown = _redacted(row["text"], start, start + len(quote))
    return Quote(
        text_id=row["text_id"], shopper_id=_id(row["shopper_id"]), quote=shown, supports=label,
        channel=row["channel"], at=row["at"], redacted=shown != quote,
    )  # fmt: skip


def _id(shopper_id: str) -> str | None:
    return None if Redactor().redact(shopper_id).found else shopper_id


def _redacted(text: str, start: int, end: int) -> str:
    """Part of a text without personal data, which is looked for in the whole: half a number is none by itself."""
    pieces, at = [], start
    for one in Redactor().redact(text).found:
        if one.end > start and one.start < end:
            pieces += [text[at : max(at, one.start)], one.placeholder]
            at = max(at, min(one.end, end))
    return "".join([*pieces, text[at:end]])
