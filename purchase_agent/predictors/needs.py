"""What a shopper said he needs: from his own words only, the newest open subject leads, a later word replaces.

Which texts are read:

* Texts that speak of one thing are one subject (``subjects``). It is open unless its newest text refuses, reviews or
  tells of a purchase without asking for something, or is older than ``STALE_DAYS``. Of the open ones the newest that
  names a kind of product on the shelf answers, else the newest; where none is open only what is avoided counts.
* Inside it a later text replaces what earlier ones said of the same thing: budget, category, brand, colour, size, each
  measure, each property. What is avoided stays avoided until it is wanted. "The colour does not matter" takes back.
* Several wants of one such family in one text are alternatives.
* A review wants nothing of the next product, it can only rule something out.
* A sentence that speaks to a model instead of about a product (``clean.instruction_like``) is not read at all.

Brands, kinds and other words are needs only where a candidate could meet them, so the shelf decides what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from purchase_agent.clean import clean, instruction_like
from purchase_agent.evidence import Text, in_utc
from purchase_agent.predictors.measures import Measure
from purchase_agent.predictors.mentions import Mention, mentions
from purchase_agent.predictors.money import Bound
from purchase_agent.predictors.need_words import EXCLUSIVE
from purchase_agent.predictors.offers import Shelf
from purchase_agent.predictors.shelf_words import KIND_NAMES, PROPERTY, fold
from purchase_agent.predictors.subject_signs import PRODUCT_NAMES, read_signs, stem
from purchase_agent.predictors.subjects import group
from purchase_agent.ranking import Need, NeedKind

READ_AT_MOST = 4_000
"""Characters of a text in which needs are looked for."""
STALE_DAYS = 60.0
MOST_WORDS = 12
"""Plain words of one text that become needs; its properties, brands and numbers all do."""

_NARROWER = frozenset({"property", "brand", "size", "device", "measure"})
_JOINED = re.compile(r"[\s的]{0,2}")
_SENTENCE = re.compile(r"[^.!?;\n。！？；]+[.!?;\n。！？；]*")
_ASKS = re.compile(
    r"\b(?:need|want|wants|look(?:ing)?|after|recommend\w*|suggest\w*|replace\w*|new one|shopping for|search\w*"
    r"|buy(?:ing)?|get|which"
    r"|under|budget)\b|想买|想要|求|推荐|换个|换一|再买|想找|找个|预算|有没有|要买|想换|要一|以内|左右|哪"
)
_NO_MATTER = r"(?:doesn't|does not|don't|do not) matter"
_ANY = r"(?:都行|都可以|无所谓|不限|随便|不重要|不是问题|没上限)"
_TAKES_BACK = tuple(
    (family, re.compile(pattern))
    for family, pattern in (
        ("property:colour", rf"\b(?:any colou?r|colou?rs? {_NO_MATTER}|whatever colou?r)|颜色{_ANY}"),
        ("brand", rf"\b(?:any brand|brands? {_NO_MATTER}|whatever brand|no brand preference)|(?:牌子|品牌){_ANY}"),
        (
            "budget",
            (
                rf"\b(?:no (?:budget|price) limit|(?:budget|price|money) {_NO_MATTER}|money is no object"
                r"|(?:budget|price|money) (?:isn't|is not|is no) (?:an issue|a problem|object|limit)"
                rf"|forget (?:the|my) budget)|(?:预算|价格){_ANY}|不差钱"
            ),
        ),
        ("size", rf"\b(?:any size|size {_NO_MATTER})|尺码{_ANY}"),
    )
)  # fmt: skip
Span = tuple[int, int]
Reading = tuple[str, list[tuple[Span, Mention]]]
"""A folded text and its mentions, each with its code points in the original."""
_KIND_OF: dict[str, NeedKind] = {
    "product": "category", "label": "category", "brand": "brand", "budget": "budget", "cheap": "budget",
    "premium": "budget",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Want:
    """A need and what it is checked by. Wants of one ``family`` are alternatives; what is avoided stands alone."""

    need: Need
    family: str
    what: Mention


def wants_of(texts: Sequence[Text], languages: Sequence[str], shelf: Shelf, as_of: datetime) -> list[Want]:
    """The needs told in a shopper's own texts, given oldest first; those of the newest text first."""
    if not texts:
        return []
    read = [_read(text, language, shelf) for text, language in zip(texts, languages, strict=True)]
    places, answered = _subject(texts, read, shelf, as_of)
    closed: set[str] = set()
    settled: set[tuple[str, object]] = set()
    out: list[Want] = []
    asked: set[object] = set()
    for place in reversed(places):
        text, (folded, found) = texts[place], read[place]
        kinds = {one.value for _, one in found if one.kind in {"product", "label"}}
        if asked and kinds and asked.isdisjoint(kinds):
            continue  # it speaks of what he no longer asks for
        here = [one for one in _wants(text, found, shelf) if _counts(one, text, answered)]
        for want in here:
            key = (want.what.kind, want.what.value)
            if want.family in closed or key in settled:
                continue
            out.append(want)
        asked = asked or {want.what.value for want in here if want.family == "category"}
        settled |= {(want.what.kind, want.what.value) for want in here}
        settled |= {(one.kind, one.value) for _, one in found if one.manner in {"wants", "avoids"}}
        closed |= {want.family for want in here}
        closed |= {_family(one) for _, one in found if one.manner == "indifferent"}
        closed |= {family for family, pattern in _TAKES_BACK if pattern.search(folded)}
    return out


def _counts(want: Want, text: Text, answered: bool) -> bool:  # noqa: FBT001 - the state of the subject
    return want.need.polarity == "avoids" or (text.channel != "review" and answered)


def _read(text: Text, language: str, shelf: Shelf) -> Reading:
    """The folded text and its mentions, each with its code points in the original."""
    cleaned = clean(text.text)
    original = cleaned.text[:READ_AT_MOST]
    folded = fold(original)
    found = mentions(folded, original, shelf, query=text.channel == "search_query", chinese=language == "zh")
    quiet = [match.span() for match in _SENTENCE.finditer(original) if found and instruction_like(match[0])]
    wanted = {(one.kind, one.value) for one in found if one.manner == "wants"}
    ruled_out = [
        one for one in found
        if one.manner == "avoids" and one.kind in {"product", "label"} and (one.kind, one.value) not in wanted
    ]  # fmt: skip
    # Of "a waterproof jacket, no waterproof shoes" only the shoes are avoided.
    found = [
        one for one in found
        if one.manner != "avoids" or one.kind not in _NARROWER or (one.kind, one.value) not in wanted
        or not any(_narrowed(folded, product, [(one.start, one.end)]) for product in ruled_out)
    ]  # fmt: skip
    narrow = [(one.start, one.end) for one in found if one.manner == "avoids" and one.kind in _NARROWER]
    return folded, [
        (cleaned.original_span(one.start, one.end), one)
        for one in found
        if not any(one.start < end and start < one.end for start, end in quiet)
        and not (one.manner == "avoids" and one.kind in {"product", "label"} and _narrowed(folded, one, narrow))
    ]


def _narrowed(folded: str, product: Mention, narrow: Sequence[Span]) -> bool:
    """Whether a product is not avoided itself, only one of a sort: "no plastic kettle", "no iPhone"."""
    return any(
        (end <= product.start and _JOINED.fullmatch(folded, end, product.start))
        or (start < product.end and product.start < end)
        for start, end in narrow
    )


def _subject(
    texts: Sequence[Text],
    read: Sequence[tuple[str, list[tuple[tuple[int, int], Mention]]]],
    shelf: Shelf,
    as_of: datetime,
) -> tuple[list[int], bool]:
    """Places of the texts of the subject that answers, oldest first, and whether it is open."""
    subjects = group(texts) if len(texts) > 1 else [[0]]
    shown = shelf.kinds
    open_ = [places for places in subjects if _is_open(texts[places[-1]], as_of)]
    on_shelf = [
        places for places in open_
        if any(one.kind == "label" or (one.kind == "product" and one.value in shown)
               for place in places for _, one in read[place][1])
    ]  # fmt: skip
    chosen = (on_shelf or open_ or subjects)[-1]
    return list(chosen), bool(open_)


def _is_open(text: Text, as_of: datetime) -> bool:
    if text.at is not None and (as_of - in_utc(text.at)).total_seconds() > STALE_DAYS * 86_400:
        return False
    signs = read_signs(text)
    asks = _ASKS.search(fold(text.text[:READ_AT_MOST])) is not None
    return text.channel != "review" and not (signs.refuses and not signs.products) and (asks or not signs.bought)


def _wants(text: Text, found: Sequence[tuple[tuple[int, int], Mention]], shelf: Shelf) -> Iterator[Want]:
    shown = shelf.kinds
    named_on_shelf = any(one.kind == "label" or (one.kind == "product" and one.value in shown) for _, one in found)
    units = {one.unit for offer in shelf.offers for one in offer.measures}
    worn = any(offer.sizes for offer in shelf.offers)
    seen: set[tuple[str, object, str]] = set()
    words = 0
    for (start, end), one in found:
        if one.manner not in {"wants", "avoids"}:
            continue
        if one.kind == "product" and one.manner == "wants" and named_on_shelf and one.value not in shown:
            continue  # what it is for, not what it is
        if (one.kind == "measure" and isinstance(one.value, Measure) and one.value.unit not in units) or (
            one.kind == "size" and not worn
        ):
            continue
        words += one.kind == "word"
        need = _need(one, text.id, (text.text[start:end], start, end), shelf)
        key = (need.kind, one.value if isinstance(one.value, int) else need.value, need.polarity)
        if key in seen or (one.kind == "word" and words > MOST_WORDS):
            continue
        seen.add(key)
        yield Want(need, _family(one), one)


def _family(one: Mention) -> str:
    """What a later statement replaces and alternatives share."""
    if one.manner == "avoids":
        return f"not:{one.kind}:{one.value}"
    if one.kind in {"product", "label"}:
        return "category"
    if one.kind in {"cheap", "premium"}:
        return "price level"
    if one.kind == "recipient" or (one.kind == "property" and PROPERTY[int(str(one.value))].family in EXCLUSIVE):
        return f"property:{PROPERTY[int(str(one.value))].family}"
    if isinstance(one.value, Measure):
        return f"measure:{one.value.unit}"
    return f"{one.kind}:{one.value}" if one.kind in {"property", "word"} else one.kind


def _need(one: Mention, source: str, said: tuple[str, int, int], shelf: Shelf) -> Need:
    quote, start, end = said
    bound = one.value if isinstance(one.value, Bound) else None
    return Need(
        kind=_KIND_OF.get(one.kind, "constraint"), value=told(one, quote, shelf),
        polarity="avoids" if one.manner == "avoids" else "wants",
        minimum=bound.minimum if bound else None, maximum=bound.maximum if bound else None,
        currency=bound.currency if bound else None, source=source, quote=quote, start=start, end=end,
    )  # fmt: skip


def told(one: Mention, quote: str, shelf: Shelf) -> str:
    """A need in plain words; a product by the shopper's own name for it."""
    value = one.value
    if isinstance(value, Bound):
        return _price(value)
    if isinstance(value, Measure):
        return value.told
    if isinstance(value, int):
        if one.kind != "product":
            return PROPERTY[value].name
        own = fold(quote)
        return own if any(kind == value for _, _, kind in PRODUCT_NAMES.spans(own)) else KIND_NAMES[value]
    if one.kind == "brand":
        return shelf.brands.get(value, value)
    return {"size": "size ", "device": "for "}.get(one.kind, "") + str(value)


def _price(bound: Bound) -> str:
    money = f" {bound.currency}" if bound.currency else ""
    if bound.minimum is None:
        return f"up to {bound.maximum:g}{money}"
    return (
        f"from {bound.minimum:g}{money}" if bound.maximum is None else f"{bound.minimum:g} to {bound.maximum:g}{money}"
    )


def heads(one: Mention, folded_quote: str) -> frozenset[str]:
    """Last word of a product named in Latin letters, by which products of unlisted kinds are known too."""
    if one.kind != "product":
        return frozenset()
    spans = list(PRODUCT_NAMES.spans(folded_quote))
    named = folded_quote[spans[-1][0] : spans[-1][1]] if spans else folded_quote
    last = named.split()[-1] if named.split() else ""
    return frozenset({stem(last)} if last.isascii() and last else ())
