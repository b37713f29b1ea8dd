"""What a text names of a shelf: products, brands, properties, sizes, devices, prices; wanted, avoided or neither.

A mention is read with the words of its own clause: "not Samsung" and 不要三星 avoid, "my old Samsung" and "better than
Samsung" neither want nor avoid. A list goes on with what its first word is: "no Samsung, LG or Sony".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from purchase_agent.predictors.measures import Measure, measures, sizes
from purchase_agent.predictors.mention_words import (
    ACCESSORY,
    AGAIN,
    ALWAYS_WANTED,
    AUDIENCES,
    BARE_SIZE,
    CASE,
    CASE_BEFORE,
    CASE_KIND,
    CHEAP,
    CLAUSE,
    COMPARED,
    DEVICE,
    EXCEPT,
    FOR,
    GENERAL,
    INSISTED,
    INSISTS,
    LIST,
    LIST_GOES_ON,
    NEITHER,
    NEITHER_AFTER,
    NOT_AFTER_CHINESE,
    NOT_AFTER_ENGLISH,
    NOT_CHINESE,
    NOT_ENGLISH,
    NOT_NEGATION,
    OWNED,
    PREMIUM,
    RECIPIENT,
)
from purchase_agent.predictors.money import Bound, bounds
from purchase_agent.predictors.offers import Shelf
from purchase_agent.predictors.shelf_words import (
    PROPERTY,
    chinese_grams,
    device_key,
    latin_tokens,
    one_edit_apart,
    properties_in,
)
from purchase_agent.predictors.subject_signs import PRODUCT_NAMES

MentionKind = Literal[
    "budget", "cheap", "premium", "again", "device", "product", "label", "brand", "property", "recipient", "measure",
    "size", "word",
]  # fmt: skip
Manner = Literal["wants", "avoids", "neither", "indifferent"]
Value = int | str | Bound | Measure


# "She is 42" tells an age; "she is a 42" and "she wears 42" a size.
_PEOPLE = (
    r"she|he|i|who|mum|mom|mother|dad|father|sister|brother|wife|husband|daughter|son|girlfriend|boyfriend|partner"
    r"|friend|aunt|uncle|niece|nephew|cousin|boss|colleague|grandm\w+|grandf\w+|grandpa|granny"
)
_AGE_BEFORE = re.compile(
    rf"\b(?:(?:{_PEOPLE})(?: (?:is|was|am|will be)|['’](?:s|m|ll be))|turn(?:s|ed|ing)?)"
    r" (?:(?:now|only|just|already|almost|nearly|about|around|over|turning) ){0,2}$"
    r"|\bage(?:d|s| is| of)?:? $|(?:今年|年龄|年纪|岁数)[是:：]?\s?$"
)
_AGE_WITHIN = 40  # characters before a number


@dataclass(frozen=True, slots=True)
class Mention:
    """Code points of the folded text, what is named there and how."""

    start: int
    end: int
    kind: MentionKind
    value: Value
    manner: Manner = "wants"


def mentions(folded: str, original: str, shelf: Shelf, *, query: bool, chinese: bool) -> list[Mention]:
    """Everything named, in order of place.

    Args:
        folded, original: the text as ``offers.fold`` gives it and as it was written, character for character.
    """
    found: list[Mention] = []

    def claim(some: Iterator[Mention], *, over: frozenset[str] = frozenset()) -> None:
        for one in some:
            clashes = [other for other in found if one.start < other.end and other.start < one.end]
            if all(other.kind in over for other in clashes):
                found.append(one)

    claim(Mention(one.start, one.end, "budget", one) for one in bounds(folded, query=query, chinese=chinese))
    claim(_devices(folded))
    claim(Mention(one.start, one.end, "measure", one) for one in measures(folded))
    claim(Mention(start, end, "size", size) for start, end, size in sizes(folded))
    claim(_bare_sizes(folded, original, shelf))
    claim(_recipient(folded), over=frozenset({"measure"}))
    claim(_brands(folded, original, shelf))
    claim(_products(folded))
    _products_over_brands(folded, found)
    claim(_labels(folded, shelf))
    claim(
        (Mention(start, end, "property", number) for start, end, number in properties_in(folded)
         if not _colour_of_product(found, start, end, number)),
        over=frozenset({"product", "label", "recipient"}),
    )  # fmt: skip
    claim(Mention(*match.span(), "cheap", "cheap") for match in CHEAP.finditer(folded))
    claim(Mention(*match.span(), "premium", "premium") for match in PREMIUM.finditer(folded))
    claim(Mention(*match.span(), "again", "the same again") for match in AGAIN.finditer(folded))
    claim(_words(folded, shelf))
    return _with_manner(folded, sorted(found, key=lambda one: (one.start, one.end)))


def _products_over_brands(folded: str, found: list[Mention]) -> None:
    """A name of a product that is a brand's too (iPhone) says both."""
    for start, end, kind in PRODUCT_NAMES.spans(folded):
        clashes = [one for one in found if start < one.end and one.start < end]
        if clashes and all(one.kind == "brand" for one in clashes):
            found.append(Mention(start, end, "product", kind))


def _colour_of_product(found: list[Mention], start: int, end: int, number: int) -> bool:
    """Green tea is no colour."""
    inside = any(one.kind == "product" and one.start <= start and end <= one.end for one in found)
    return inside and PROPERTY[number].family == "colour"


def _devices(folded: str) -> Iterator[Mention]:
    """Devices that the thing wanted is for; of a case beside one it is told that it is a case."""
    for match in DEVICE.finditer(folded):
        before = folded[max(0, match.start() - 26) : match.start()]
        if FOR.search(before) or ACCESSORY.match(folded, match.end()):
            yield Mention(*match.span(), "device", device_key(match[0]))
            beside = CASE_BEFORE.search(before) or CASE.match(folded, match.end())
            if beside is not None and "case" in beside.groupdict():
                offset = match.start() - len(before) if beside.re is CASE_BEFORE else 0
                yield Mention(offset + beside.start("case"), offset + beside.end("case"), "product", CASE_KIND)


def _recipient(folded: str) -> Iterator[Mention]:
    for match in RECIPIENT.finditer(folded):
        group = next(name for name, text in match.groupdict().items() if text)
        yield Mention(*match.span(), "recipient", AUDIENCES[group.partition("_")[0]])


def _bare_sizes(folded: str, original: str, shelf: Shelf) -> Iterator[Mention]:
    """A number of two digits that products of the shelf have as their size, and no age; a letter only after "in"."""
    worn = {size for offer in shelf.offers for size in offer.sizes}
    for match in BARE_SIZE.finditer(folded):
        letter = match["letter"]
        if match["number"] and _is_age(folded, match.start()):
            continue
        if match["number"] in worn or (letter in worn and original[match.start("letter")].isupper()):
            yield Mention(*match.span("letter" if letter else "number"), "size", letter or match["number"])


def _is_age(folded: str, start: int) -> bool:
    return _AGE_BEFORE.search(folded[max(0, start - _AGE_WITHIN) : start]) is not None


def _brands(folded: str, original: str, shelf: Shelf) -> Iterator[Mention]:
    if shelf.brand_words is None:
        return
    named = list(shelf.brand_words.spans(folded))
    for start, end, number in named:
        word = folded[start:end]
        # A brand that is a plain word, too, counts where it is written with a capital inside a sentence, or is Chinese.
        plain = word in GENERAL or (word.isascii() and len(word) < 3)
        if plain and not (original[start].isupper() and original[:start].strip(" \"'")[-1:] not in {"", ".", "!", "?"}):
            continue
        yield Mention(start, end, "brand", shelf.brand_keys[number])
    for match in re.finditer(r"[a-z]{6,}", folded):
        word = match[0]
        if word in GENERAL or any(start < match.end() and match.start() < end for start, end, _ in named):
            continue
        near = [key for key in shelf.brand_keys if len(key) >= 5 and key[0] == word[0] and one_edit_apart(word, key)]
        if len(near) == 1 and not list(PRODUCT_NAMES.spans(word)):
            yield Mention(*match.span(), "brand", near[0])


def _products(folded: str) -> Iterator[Mention]:
    """Products; one known by a property alone (noise cancelling) only where nothing else names its kind."""
    spans = list(PRODUCT_NAMES.spans(folded))
    properties = {(start, end) for start, end, _ in properties_in(folded)}
    named = {kind for start, end, kind in spans if (start, end) not in properties}
    for start, end, kind in spans:
        if (start, end) not in properties or kind not in named:
            yield Mention(start, end, "product", kind)


def _labels(folded: str, shelf: Shelf) -> Iterator[Mention]:
    """Categories of the shelf whose own name stands in the text, where the list of products does not know them."""
    labels = {label for offer in shelf.offers if not offer.kinds for label in offer.labels if len(label) > 1}
    for label in sorted(labels, key=lambda one: (-len(one), one)):
        edge = r"(?<![a-z0-9])", r"(?:e?s)?(?![a-z0-9])"
        pattern = f"{edge[0]}{re.escape(label)}{edge[1]}" if label.isascii() else re.escape(label)
        for match in re.finditer(pattern, folded):
            yield Mention(*match.span(), "label", label)


def _words(folded: str, shelf: Shelf) -> Iterator[Mention]:
    """Other words that stand in some candidates and not in all."""
    every = len(shelf.offers)
    seen = 0
    for start, end, word in latin_tokens(folded):
        if 0 < shelf.counts[word] < max(every, 2) and not (word.isdecimal() and _is_age(folded, start)):
            yield Mention(start, end, "word", word)
    for start, end, gram in chinese_grams(folded):
        if start >= seen and 0 < shelf.counts[gram] < max(every, 2):
            seen = end
            yield Mention(start, end, "word", gram)


def _with_manner(folded: str, found: list[Mention]) -> list[Mention]:
    out: list[Mention] = []
    for one in found:
        manner = _manner(folded, one)
        last = next((other for other in reversed(out) if other.end <= one.start), None)
        goes_on = last is not None and _alike(last, one) and _in_list(folded, last.end, one)
        if manner in {"wants", "indifferent"} and goes_on and one.kind not in ALWAYS_WANTED:
            manner = "avoids"
        out.append(Mention(one.start, one.end, one.kind, one.value, manner))
    return out


def _alike(last: Mention, one: Mention) -> bool:
    """Whether a list that avoids ``last`` may go on with ``one``."""
    return last.manner == "avoids" and last.kind == one.kind


def _in_list(folded: str, end: int, one: Mention) -> bool:
    """Whether only a list's joints stand between; after a comma alone the list must still go on."""
    joint = LIST.fullmatch(folded, end, one.start)
    return joint is not None and (joint[0].strip() != "," or LIST_GOES_ON.match(folded, one.end) is not None)


def _manner(folded: str, one: Mention) -> Manner:  # noqa: PLR0911 - the first rule that holds
    if one.kind in ALWAYS_WANTED:
        return "wants"
    clause = folded[max(0, one.start - 60) : one.start]
    before, after = clause[_clause_start(clause) :], folded[one.end : one.end + 24]
    if NEITHER.search(before):
        return "indifferent"
    if INSISTS.search(before) and INSISTED.match(after):
        return "wants"
    if not NOT_NEGATION.search(before) and (NOT_ENGLISH.search(before) or NOT_CHINESE.search(before)):
        return "avoids"
    if NOT_AFTER_ENGLISH.match(after) or NOT_AFTER_CHINESE.match(after):
        return "avoids"
    if NEITHER_AFTER.match(after):
        return "indifferent"
    if one.kind not in {"product", "label", "device"} and (OWNED.search(before) or COMPARED.search(before)):
        return "neither"
    if one.kind in {"product", "label"} and COMPARED.search(before):
        return "neither"
    return "wants"


def _clause_start(clause: str) -> int:
    start = 0
    for match in CLAUSE.finditer(clause):
        if match[0] == "but" and EXCEPT.search(clause[: match.start()]):
            continue
        start = match.end()
    return start
