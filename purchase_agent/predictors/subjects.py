"""Which of a shopper's texts speak of the same thing, and which only repeat one another. No model, fixed rules.

``group`` reads the texts in time order and gives each one a subject, by the first rule that holds:

1. Item: a text with the ``item_id`` of an earlier one goes where that one is.
2. Thread: it stays with the subject its thread spoke of last, unless the two name different products.
3. Words: it joins the subject with which it shares most, if that is enough. Enough is the same kind of product (phone,
   iPhone, 手机: see ``product_words``), the same model or size (X40, 256G), one English word or two pairs of Chinese
   characters that are no shopping words. A word that several of his subjects have counts less. Words count double up
   to 30 days after the subject's newest text and half after 60; half where the two name different products or have
   different categories.
4. Category: it joins the subject last seen in its category, unless the two name different products (then only within
   7 days and pointing back) or that subject ended with a review and the text does not point back.
5. Continuity with the newest subject, for 14 days; 40 if the text points back ("is it in stock", 那款) or names nothing
   at all (下单了). Never if the two name different products (but "decided against it" goes back all the same) or have
   different categories or items. Shorter or not at all where a text opens something new: a search, 1 day; after a
   refusal, 7 days unless it points back; after the thing was bought, only if it points back (14 days) or is about
   having bought; a social post after a named product, only if it points back; a review after a review, never. A
   product first named after a need without a name ("my back aches", then "office chair") goes on with it for 21 days,
   after a chat without a name for 1 day.
6. Else it opens a new subject.

So two different ``item_id`` in one category are one subject only when the words say so (rule 3). A missing time counts
as close. A search names something even where the list of products does not know it.

``deduplicate`` keeps the newest of several copies: the same letters after NFKC, case, script and punctuation; the same
words in another order for searches; or 0.9 of the character 3-grams in common (of the larger set) with the same
numbers and as many negations. Texts that give different items or categories are no copies.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from purchase_agent.evidence import Text, in_utc
from purchase_agent.predictors.subject_signs import READ_AT_MOST, Signs, fold, read_signs
from purchase_agent.predictors.subject_words import NEGATIONS

GAP_DAYS = 14.0
POINTING_GAP_DAYS = 40.0
NEED_GAP_DAYS = 21.0
CLOSE_DAYS = 7.0
SEARCH_GAP_DAYS = 1.0
FRESH_DAYS, SILENCE_DAYS = 30.0, 60.0
"""Until the first a shared word proves twice as much, after the second half as much."""
ENOUGH = 1.0
"""Worth of shared signs that joins a text to a subject; ``subject_signs`` says what each sign is worth."""
COPY_SHARE = 0.9
_TOO_COMMON = 50
"""A word that so many subjects have tells them apart no longer."""

_NOT_WORDS = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"[0-9]+")
_NEGATION = re.compile(NEGATIONS)


@dataclass(slots=True)
class _Subject:
    members: list[int] = field(default_factory=list)
    products: set[int] = field(default_factory=set)
    categories: set[str] = field(default_factory=set)
    items: set[str] = field(default_factory=set)
    named: bool = False
    need: bool = True
    bought: bool = False
    refused: bool = False
    reviewed: bool = False
    newest: datetime | None = None


def group(texts: Sequence[Text]) -> list[list[int]]:
    """The subjects of one shopper's own texts, given oldest first: indices into ``texts``, each in exactly one.

    Within a subject the indices rise; subjects stand in the order of their newest text, oldest first.
    """
    reader = _Reader()
    for index, text in enumerate(texts):
        reader.add(index, text)
    return sorted((subject.members for subject in reader.subjects), key=lambda members: members[-1])


class _Reader:
    """The subjects found so far and where each sign leads."""

    def __init__(self) -> None:
        self.subjects: list[_Subject] = []
        self._latest = -1
        self._by_item: dict[str, int] = {}
        self._by_thread: dict[str, int] = {}
        self._by_category: dict[str, int] = {}
        self._by_product: defaultdict[int, set[int]] = defaultdict(set)
        self._by_term: defaultdict[str, set[int]] = defaultdict(set)

    def add(self, index: int, text: Text) -> None:
        """Put the next text into its subject and let its signs lead there."""
        signs = read_signs(text)
        number = self._place(text, signs)
        if number == len(self.subjects):
            self.subjects.append(_Subject())
        subject = self.subjects[number]
        subject.members.append(index)
        subject.products |= signs.products
        subject.named = subject.named or _names(text, signs)
        subject.need = subject.need and text.channel in {"social_post", "discussion"}
        subject.bought, subject.refused, subject.reviewed = signs.bought, signs.refuses, text.channel == "review"
        subject.newest = text.at or subject.newest
        self._latest = number
        if text.item_id is not None:
            self._by_item[text.item_id] = number
            subject.items.add(text.item_id)
        if text.thread_id is not None:
            self._by_thread[text.thread_id] = number
        if text.category is not None:
            self._by_category[text.category] = number
            subject.categories.add(text.category)
        for product in signs.products:
            self._by_product[product].add(number)
        for term in signs.terms:
            self._by_term[term].add(number)

    def _place(self, text: Text, signs: Signs) -> int:
        """The number of the subject of the next text, by the first rule that holds."""
        if text.item_id is not None and text.item_id in self._by_item:
            return self._by_item[text.item_id]
        thread = self._by_thread.get(text.thread_id) if text.thread_id is not None else None
        if thread is not None and not _other_product(self.subjects[thread], signs):
            return thread
        linked = self._linked(text, signs)
        if linked is not None:
            return linked
        category = self._by_category.get(text.category) if text.category is not None else None
        if category is not None and _same_by_category(self.subjects[category], text, signs):
            return category
        if self.subjects and _continues(self.subjects[self._latest], text, signs):
            return self._latest
        return len(self.subjects)

    def _linked(self, text: Text, signs: Signs) -> int | None:
        worth: defaultdict[int, float] = defaultdict(float)
        for term, value in signs.terms.items():
            holders = self._by_term.get(term, ())
            if len(holders) <= _TOO_COMMON:
                for number in holders:
                    worth[number] += value / len(holders)
        for number in worth:
            subject = self.subjects[number]
            if _other_product(subject, signs) or _other_category(subject, text):
                worth[number] /= 2
            days = _days(subject.newest, text.at)
            if days > SILENCE_DAYS:
                worth[number] /= 2
            elif days <= FRESH_DAYS:
                worth[number] *= 2
        for product in signs.products:
            for number in self._by_product.get(product, ()):
                worth[number] += ENOUGH
        best = max(worth, key=lambda number: (worth[number], self.subjects[number].members[-1]), default=None)
        return best if best is not None and worth[best] >= ENOUGH else None


def _names(text: Text, signs: Signs) -> bool:
    return bool(signs.products) or text.channel == "search_query"


def _other_product(subject: _Subject, signs: Signs) -> bool:
    return bool(subject.products and signs.products and subject.products.isdisjoint(signs.products))


def _other_category(subject: _Subject, text: Text) -> bool:
    return bool(text.category and subject.categories and text.category not in subject.categories)


def _other_item(subject: _Subject, text: Text) -> bool:
    return bool(text.item_id and subject.items and text.item_id not in subject.items)


def _same_by_category(subject: _Subject, text: Text, signs: Signs) -> bool:
    if _other_item(subject, text):
        return False
    if _other_product(subject, signs):
        return signs.points_back and _days(subject.newest, text.at) <= CLOSE_DAYS
    return not subject.reviewed or signs.points_back


def _continues(subject: _Subject, text: Text, signs: Signs) -> bool:
    """Rule 5, for the newest subject."""
    if _other_category(subject, text) or _other_item(subject, text):
        return False
    if _other_product(subject, signs) and not (signs.refuses and signs.points_back):
        return False
    return _days(subject.newest, text.at) <= _patience(subject, text, signs)


def _patience(subject: _Subject, text: Text, signs: Signs) -> float:
    """Days after which the text no longer goes on with the newest subject; below 0 when it does not at all."""
    if not subject.named and _names(text, signs):
        return NEED_GAP_DAYS if subject.need else SEARCH_GAP_DAYS
    if text.channel == "search_query":
        return SEARCH_GAP_DAYS
    points_back = signs.points_back or signs.refuses
    turns_from_bought = subject.bought and not signs.bought
    turns_from_named = subject.named and text.channel == "social_post"
    if (subject.reviewed and text.channel == "review") or ((turns_from_bought or turns_from_named) and not points_back):
        return -1.0
    if subject.refused and not points_back:
        return CLOSE_DAYS
    return POINTING_GAP_DAYS if points_back and not turns_from_bought else GAP_DAYS


def _days(earlier: datetime | None, later: datetime | None) -> float:
    if earlier is None or later is None:
        return 0.0
    return (in_utc(later) - in_utc(earlier)).total_seconds() / 86_400


def deduplicate(texts: Sequence[Text]) -> list[int]:
    """The indices, rising, that remain when copies count once. Texts come oldest first; the newest copy stays."""
    forms = [_Form(text) for text in texts]
    frequency = Counter(gram for form in forms for gram in form.grams)
    kept: list[int] = []
    by_key: defaultdict[str, list[int]] = defaultdict(list)
    for index in range(len(texts) - 1, -1, -1):
        keys = forms[index].keys(frequency)
        newer = {other for key in keys for other in by_key.get(key, ())}
        if any(forms[index].copies(forms[other]) for other in newer):
            continue
        kept.append(index)
        for key in keys:
            by_key[key].append(index)
    return kept[::-1]


class _Form:
    """A text as copies are compared: its letters, the words of a search, its 3-grams, numbers and negations."""

    def __init__(self, text: Text) -> None:
        folded = fold(text.text)
        words = _NOT_WORDS.split(folded)
        letters = "".join(words)
        self.spelled = letters or folded
        self.search = " ".join(sorted(words)) if text.channel == "search_query" else None
        near = letters if len(letters) <= READ_AT_MOST else ""
        self.grams = frozenset(near[at : at + 3] for at in range(len(near) - 2))
        self._told_apart = sorted(_NUMBER.findall(folded)), len(_NEGATION.findall(folded))
        self._item, self._category = text.item_id, text.category

    def keys(self, frequency: Counter[str]) -> list[str]:
        """What any copy has in common with this one: the rarest 3-grams, as many as a copy may lack and one more."""
        rarest = sorted(self.grams, key=lambda gram: (frequency[gram], gram))
        keys = ["=" + self.spelled, *rarest[: len(rarest) - math.ceil(COPY_SHARE * len(rarest)) + 1]]
        return keys if self.search is None else [*keys, "?" + self.search]

    def copies(self, other: _Form) -> bool:
        """Whether the two count once."""
        if _differ(self._item, other._item) or _differ(self._category, other._category):
            return False
        if self.spelled == other.spelled or (self.search is not None and self.search == other.search):
            return True
        least = COPY_SHARE * max(len(self.grams), len(other.grams))
        return least > 0 and self._told_apart == other._told_apart and len(self.grams & other.grams) >= least


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other
