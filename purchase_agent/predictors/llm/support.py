"""Sentences that the model named, as quotes with a weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from purchase_agent.clean import clean
from purchase_agent.prediction import Evidence
from purchase_agent.predictors.calibrate import Floats
from purchase_agent.predictors.draft import Draft
from purchase_agent.predictors.llm.shown import Sentence, Shown
from purchase_agent.predictors.local import Look
from purchase_agent.predictors.platt import log_odds
from purchase_agent.predictors.quotes import Wanted, label_log_odds
from purchase_agent.predictors.text import Piece, TextModel


@dataclass(frozen=True, slots=True)
class Named:
    """A label and the sentence that the model named for it."""

    want: Wanted
    number: int
    sentence: Sentence


def named(draft: Draft, quotes: Mapping[str, int], shown: Shown) -> list[Named]:
    """Labels told that have a sentence. A number that was not shown, or names no words about a product, is dropped.

    One number is given for motives and one for obstacles: it is taken for the most probable of each.
    """
    out: list[Named] = []
    for want in draft.wanted():
        number = quotes.get(want.task, 0)
        first = all(one.want.task != want.task for one in out)
        if first and 0 < number <= len(shown.sentences) and shown.sentences[number - 1].quotable:
            out.append(Named(want, number, shown.sentences[number - 1]))
    return out


def weighed(model: TextModel, look: Look, found: Sequence[Named]) -> list[float]:
    """By how much the label's log-odds fall in the local text model when the sentence is left out."""
    if not found or look.readings is None:
        return []
    pieces = []
    for one in found:
        cleaned, place = clean(look.case.texts[one.sentence.place].text).text, one.sentence.place
        start, end = one.sentence.cleaned
        whole = look.pieces[place]
        pieces.append(Piece(f"{cleaned[:start]} {cleaned[end:]}".strip(), whole.channel, whole.language))
    after, _ = model.read(pieces)
    return [
        float(label_log_odds(look.readings, one.want)[one.sentence.place] - label_log_odds(after, one.want)[place])
        for place, one in enumerate(found)
    ]


def drop(before: Mapping[str, Floats], after: Mapping[str, Floats], want: Wanted) -> float:
    """By how much the log-odds of a label fell from one reading to another."""
    values = np.asarray([before[want.task][want.place], after[want.task][want.place]])
    first, second = log_odds(values)
    return float(first - second)


def evidence(look: Look, found: Sequence[Named], weights: Sequence[float]) -> list[Evidence]:
    """The quotes, verbatim from the original texts; none where the words speak against the label."""
    out = []
    for one, weight in zip(found, weights, strict=True):
        if weight < 0:  # the model named them, but is surer of the label without them; 0 may be that nothing is told
            continue
        text = look.case.texts[one.sentence.place]
        start, end = one.sentence.start, one.sentence.end
        out.append(
            Evidence(
                supports=one.want.supports, source=text.id, quote=text.text[start:end], start=start, end=end,
                weight=round(weight, 4),
            )
        )  # fmt: skip
    return out
