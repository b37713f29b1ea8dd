"""Which of the shopper's words carry an answer: pieces of text are left out and the answer is read again (occlusion).

``fast`` leaves out clauses (at most ``FAST_PIECES`` a text), ``full`` short runs of words too. The weight of a piece
is by how much the log-odds of the label fall when it is left out (Li, Monroe and Jurafsky 2016, erasure).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from purchase_agent.clean import Cleaned, clean, instruction_like
from purchase_agent.predictors.calibrate import Readings
from purchase_agent.predictors.text import Piece, TextModel

FAST_PIECES = 4
FULL_PIECES = 48
_IN_NUMBER = r"(?<=[0-9])[.,:](?=[0-9])"  # ends no clause: 6.7 inch, 1,500, 10:30
_CLAUSE = re.compile(rf"(?:[^,.;:!?，。；：！？、…~～\n]|{_IN_NUMBER})+[,.;:!?，。；：！？、…~～\n]*\s*")
_SENTENCE_END = re.compile(r"[.!?。！？\n](?=\s|$)|[。！？\n]")
_REACH = 200  # characters of a sentence on either side of a clause
_LIMIT = 1200  # characters of one text in which quotes are looked for

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A label to find words for: its task, its place in the task's order and its name."""

    task: str
    place: int
    supports: str


@dataclass(frozen=True, slots=True)
class Found:
    """A quote: code points of the original text, and what it weighs in log-odds."""

    supports: str
    start: int
    end: int
    weight: float


@cache
def _unit() -> re.Pattern[str]:
    """A word, a number, a Chinese character or a sign; compiled when quotes are first looked for."""
    return re.compile(
        rf"[A-Za-z0-9_'’\-]+(?:{_IN_NUMBER}[A-Za-z0-9_'’\-]+)*|[\u3400-\u9fff]|[^\sA-Za-z0-9_'’\-\u3400-\u9fff]"
    )


def clauses(text: str, most: int, limit: int = _LIMIT, words: Sequence[Span] = ()) -> list[Span]:
    """Spans of clauses without outer spaces, at most ``most``: neighbours are joined, shortest first.

    Only the first ``limit`` characters are cut up. A single long clause is cut into up to three runs of words, none of
    them inside one of ``words``.
    """
    spans = [match.span() for match in _CLAUSE.finditer(text[:limit])]
    units = [sum(1 for _ in _unit().finditer(text, start, end)) for start, end in spans]
    while len(spans) > 1 and (len(spans) > most or min(units) < 3):
        at = min(range(len(spans) - 1), key=lambda place: units[place] + units[place + 1])
        if len(spans) <= most and units[at] >= 3 and units[at + 1] >= 3:
            break
        spans[at : at + 2] = [(spans[at][0], spans[at + 1][1])]
        units[at : at + 2] = [units[at] + units[at + 1]]
    if len(spans) == 1 and units[0] > 11:
        spans = _cut(text, spans[0], min(3, most), words)
    return [trimmed for span in spans if (trimmed := _trim(text, span))[0] < trimmed[1]]


def _cut(text: str, span: Span, parts: int, words: Sequence[Span]) -> list[Span]:
    places = [match.start() for match in _unit().finditer(text, *span)]
    edges = [_outside(places[round(len(places) * part / parts)], words) for part in range(parts)] + [span[1]]
    return [(start, end) for start, end in pairwise(edges) if start < end]


def _outside(place: int, words: Sequence[Span]) -> int:
    """``place``, or the nearer end of the word it lies in."""
    for start, end in words:
        if start < place < end:
            return start if place - start <= end - place else end
    return place


def _trim(text: str, span: Span) -> Span:
    part = text[span[0] : span[1]]
    left = len(part) - len(part.lstrip(" \n,.;:!，。；：！、~～"))
    right = len(part) - len(part.rstrip(" \n,.;:，。；：、~～"))
    return span[0] + left, span[1] - right


def runs_of_words(text: str, most: int = FULL_PIECES, words: Sequence[Span] = ()) -> list[Span]:
    """Overlapping runs of three words (six characters of Chinese or more: no cut in ``words``), thinned to ``most``."""
    units = [match.span() for match in _unit().finditer(text[:_LIMIT])]
    if not units:
        return []
    chinese = sum(1 for start, end in units if "\u3400" <= text[start:end] <= "\u9fff") * 2 > len(units)
    size, step = (6, 2) if chinese else (3, 1)
    starts = list(range(0, max(1, len(units) - size + 1), step))
    if len(starts) > most:
        starts = [starts[round(place * (len(starts) - 1) / (most - 1))] for place in range(most)]
    runs = [(units[start][0], units[min(start + size, len(units)) - 1][1]) for start in starts]
    whole = [(_outside(start, words), _outside(end, words)) for start, end in runs]
    return [run for run in dict.fromkeys(whole) if run[0] < run[1]]


def quotable(text: str, start: int, end: int) -> bool:
    """Whether a span of an original text may be quoted: neither it nor the sentence around it speaks to a model."""
    # Imported here: its patterns take a while to compile and only quotes need them.
    from purchase_agent.orders import speaks_to_model

    begin = max((match.end() for match in _SENTENCE_END.finditer(text, max(0, start - _REACH), start)), default=0)
    after = _SENTENCE_END.search(text, end, end + _REACH)
    around = text[max(begin, start - _REACH) : after.end() if after is not None else end + _REACH]
    return not instruction_like(text[start:end]) and not speaks_to_model(clean(around).text.lower())


def label_log_odds(readings: Readings, want: Wanted) -> NDArray[np.float64]:
    """[texts] log-odds of a label."""
    p = np.clip(getattr(readings, want.task)[:, want.place], 1e-6, 1 - 1e-6)
    out: NDArray[np.float64] = np.log(p / (1 - p))
    return out


def variants(
    cleaned: Cleaned,
    words: Sequence[Span],
    full: bool,  # noqa: FBT001 - as in ``find``
) -> tuple[list[Span], list[str]]:
    """Spans of the cleaned text that may be quoted, and the text without each; ``words`` are not cut."""
    spans = clauses(cleaned.text, FULL_PIECES if full else FAST_PIECES, words=words)
    if full:
        spans = sorted({*spans, *runs_of_words(cleaned.text, words=words)})
    return spans, [f"{cleaned.text[:start]} {cleaned.text[end:]}".strip() for start, end in spans]


def find(
    model: TextModel,
    jobs: Sequence[tuple[str, Piece, Sequence[Wanted]]],
    base: Sequence[Readings],
    full: bool,  # noqa: FBT001 - callers hold it in a variable of this name; it is the mode of the whole run
) -> list[list[Found]]:
    """The best quote for each wanted label of each text, in one batched run.

    Args:
        jobs: original text, the piece the model read, and the labels to support; ``base`` holds the reading of each,
            same order.
    """
    cut: list[tuple[Cleaned, list[Span]]] = []
    pieces: list[Piece] = []
    starts: list[int] = []
    for text, piece, _ in jobs:
        cleaned = clean(text)
        spans, without = variants(cleaned, model.words(cleaned.text[:_LIMIT]), full)
        starts.append(len(pieces))
        cut.append((cleaned, spans))
        pieces += [Piece(rest, piece.channel, piece.language) for rest in without]
    left_out = model.read(pieces)[0] if pieces else None
    out: list[list[Found]] = []
    for place, (text, _, wanted) in enumerate(jobs):
        cleaned, spans = cut[place]
        allowed = [quotable(text, *cleaned.original_span(*span)) for span in spans]
        found = []
        for want in wanted:
            if left_out is None or not any(allowed):
                continue
            before = label_log_odds(base[place], want)[0]
            after = label_log_odds(left_out, want)[starts[place] : starts[place] + len(spans)]
            drop = np.where(allowed, before - after, -np.inf)
            best = _shortest_strong(drop, spans) if full else int(np.argmax(drop))
            start, end = cleaned.original_span(*spans[best])
            found.append(Found(want.supports, start, end, round(float(drop[best]), 4)))
        out.append(found)
    return out


def _shortest_strong(drop: NDArray[np.float64], spans: Sequence[Span]) -> int:
    """The shortest span that does at least 70 % of what the strongest does."""
    strong = [place for place in range(len(spans)) if drop[place] >= 0.7 * drop.max()] or [int(np.argmax(drop))]
    return min(strong, key=lambda place: (spans[place][1] - spans[place][0], -drop[place]))
