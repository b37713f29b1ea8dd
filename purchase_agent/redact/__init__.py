"""Personal data out of a shopper's words before they leave the process, and back into the answer.

    redactor = Redactor()
    redacted = redactor.redact("mail me at ann@example.org")   # redacted.text: "mail me at [EMAIL_1]"
    redactor.restore("I wrote to [EMAIL_1]")                    # "I wrote to ann@example.org"

What is found and what is not is laid down in the files beside this one. Prices, sizes, models, dates and amounts stay:
an intent is read from them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from purchase_agent.redact.named import named_values
from purchase_agent.redact.nets import addresses_of_the_net
from purchase_agent.redact.numbers import numeric_hits, plain_cards
from purchase_agent.redact.places import postal_addresses
from purchase_agent.redact.view import Hit, see

__all__ = ["KINDS", "Found", "Redacted", "Redactor"]

KINDS = ("ID", "CARD", "EMAIL", "PHONE", "ADDRESS", "ORDER", "ACCOUNT", "NAME", "HANDLE", "IP", "URL")
"""All kinds, the most telling first: of two kinds for the same characters the earlier one names them."""

_RANK = {kind: rank for rank, kind in enumerate(KINDS)}
_PLACEHOLDER = re.compile(rf"\[(?P<kind>{'|'.join(KINDS)})_[0-9]++\]")


@dataclass(frozen=True, slots=True)
class Found:
    """One piece of personal data: its kind, its code points in the original text and what stands in its place."""

    kind: str
    start: int
    end: int
    placeholder: str


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without its personal data; ``found`` is in the order of the text and apart from each other."""

    text: str
    found: tuple[Found, ...]


class Redactor:
    """Redacts the texts of one shopper and puts the values back. Not for several shoppers, nor for several threads.

    The same characters get the same placeholder in every text. Another spelling of the same number gets another one,
    since ``restore`` gives back what was written, to the letter. What looks like a placeholder in a shopper's own text
    is replaced too, so that ``restore`` never takes his for ours.
    """

    def __init__(self) -> None:
        self._placeholders: dict[tuple[str, str], str] = {}
        self._values: dict[str, str] = {}
        self._given = dict.fromkeys(KINDS, 0)

    def redact(self, text: str) -> Redacted:
        """``text`` with a placeholder for each piece of personal data. Linear in its length."""
        pieces: list[str] = []
        found: list[Found] = []
        done = 0
        for start, end, kind in _apart(_spans(text)):
            placeholder = self._placeholder(kind, text[start:end])
            pieces += (text[done:start], placeholder)
            found.append(Found(kind, start, end, placeholder))
            done = end
        return Redacted("".join((*pieces, text[done:])), tuple(found))

    def restore(self, text: str) -> str:
        """``text`` with the values in place of the placeholders given so far; any other stays as it is."""
        return _PLACEHOLDER.sub(lambda match: self._values.get(match[0], match[0]), text)

    def _placeholder(self, kind: str, value: str) -> str:
        key = kind, value
        if key not in self._placeholders:
            self._given[kind] += 1
            placeholder = f"[{kind}_{self._given[kind]}]"
            self._placeholders[key] = placeholder
            self._values[placeholder] = value
        return self._placeholders[key]


def _spans(text: str) -> list[Hit]:
    """All that was found, in code points of ``text``, in no order and perhaps over each other."""
    seen = see(text)
    nets = addresses_of_the_net(seen.text)
    hits = [hit for hit, _ in nets if hit is not None]
    # Digits inside a web address or an e-mail address are no phone numbers, though they may be a card's.
    hits += numeric_hits(seen.text, [span for _, span in nets])
    hits += postal_addresses(seen.text)
    hits += named_values(seen.text)
    spans = [Hit(seen.starts[hit.start], seen.ends[hit.end - 1], hit.kind) for hit in hits]
    spans += plain_cards(text)
    spans += [Hit(*match.span(), match["kind"]) for match in _PLACEHOLDER.finditer(text)]
    return spans


def _apart(hits: list[Hit]) -> list[Hit]:
    """Hits in order, those that overlap joined to one: the longest names the kind, among equals the most telling."""
    apart: list[Hit] = []
    longest = 0
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end, _RANK[hit.kind])):
        if not apart or hit.start >= apart[-1].end:
            apart.append(hit)
            longest = hit.end - hit.start
            continue
        last = apart[-1]
        kind = last.kind
        if hit.end - hit.start > longest:
            kind, longest = hit.kind, hit.end - hit.start
        apart[-1] = Hit(last.start, max(last.end, hit.end), kind)
    return apart
