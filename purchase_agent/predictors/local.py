"""The local predictor: texts and events read by the local models and made into predictions, without a server.

A model is loaded when the first shopper needs it: words alone never wait for the models of events.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from purchase_agent.prediction import Evidence, EvidenceMode, Prediction, Provenance
from purchase_agent.predictors import fuse
from purchase_agent.predictors import shopper as several
from purchase_agent.predictors.base import Case
from purchase_agent.predictors.calibrate import Floats, Marks, Readings
from purchase_agent.predictors.draft import TEXTS_EXPLAINED, Draft, target_of
from purchase_agent.predictors.fuse import EventsReading
from purchase_agent.predictors.quotes import find
from purchase_agent.predictors.text import Piece, TextModel

if TYPE_CHECKING:
    from purchase_agent.predictors.happenings import EventsPredictor


@dataclass(frozen=True, slots=True)
class Look:
    """What the local models say of a case, before it is made one answer.

    Attributes:
        pieces, readings, cut: of its texts, in their order; ``readings`` None without any.
        places: of the texts of the subject that answers, oldest first.
    """

    case: Case
    pieces: Sequence[Piece]
    readings: Readings | None
    cut: Sequence[bool]
    places: Sequence[int]
    events: EventsReading | None


UNFITTED = "unfitted_shop"
"""Warns that the models of events have not seen this shop: its rhythm may differ."""
SHIPPED = "shipped"
EVIDENCE_LEFT_OUT = "evidence_left_out"
"""Warns that quotes were asked for and that the deadline came first."""
AFTER_DEADLINE_S = 0.05
"""For so long after a deadline quotes are still looked for: those of a short text take a fifth of it."""
_CHARACTERS_AT_ONCE = 600  # read between two looks at the clock: a twentieth of a second


class LocalPredictor:
    """Predicts from texts and events. Batched over shoppers; each answer is its own.

    Args:
        text: folder of the text model.
        behaviour, timing: folders of the models of events.
        threads: of each model.
    """

    def __init__(self, text: Path, behaviour: Path, timing: Path, *, threads: int = 1) -> None:
        self._folders = (text, behaviour, timing)
        self._threads = threads

    @cached_property
    def model(self) -> TextModel:
        """The text model."""
        return TextModel(self._folders[0], threads=self._threads)

    @cached_property
    def events(self) -> EventsPredictor:
        """The models of events."""
        # Imported here, as the models are loaded: most of a cold start would go into what a text never uses.
        from purchase_agent.predictors.behaviour import BehaviourModel
        from purchase_agent.predictors.happenings import EventsPredictor
        from purchase_agent.predictors.timing.model import TimingModel

        _, behaviour, timing = self._folders
        return EventsPredictor(BehaviourModel(behaviour, threads=self._threads), TimingModel(timing))

    def predict(self, cases: Sequence[Case], evidence: EvidenceMode = "fast") -> list[Prediction]:
        """Same number and order as ``cases``."""
        begun = time.perf_counter()
        return self.answer(self.look(cases), evidence, begun)

    def answer(
        self, looks: Sequence[Look], evidence: EvidenceMode, begun: float | None = None, until: float | None = None
    ) -> list[Prediction]:
        """Predictions from what was looked at.

        Args:
            begun: when that was begun (``time.perf_counter``), if it counts.
            until: the deadline (``time.monotonic``), if there is one. An answer whose quotes are not found by then and
                ``AFTER_DEADLINE_S`` has none and warns ``EVIDENCE_LEFT_OUT``.
        """
        begun = time.perf_counter() if begun is None else begun
        drafts = [self.draft(look) for look in looks]
        if until is None:
            quotes = self._quotes(looks, drafts, evidence)
        else:
            quotes = [self._quotes_in_time(*one, evidence, until) for one in zip(looks, drafts, strict=True)]
        each = (time.perf_counter() - begun) * 1000 / max(len(looks), 1)
        return [
            draft.finish(found, self._provenance(look.case, each))
            if draft is not None
            else self._refuse(look.case, each)
            for look, draft, found in zip(looks, drafts, quotes, strict=True)
        ]

    def look(self, cases: Sequence[Case]) -> list[Look]:
        """What the models say of each case, all texts and all histories in one run each."""
        pieces: list[Piece] = []
        spans: list[tuple[int, int]] = []
        for case in cases:
            start = len(pieces)
            for text, language in zip(case.texts, case.languages, strict=True):
                pieces.append(self.model.piece(text.text, text.channel, language))
            spans.append((start, len(pieces)))
        readings, cut = self.model.read(pieces) if pieces else (None, [])
        done = [case.history for case in cases if case.history is not None]
        happened = iter(self.events.read(done) if done else [])
        out = []
        for case, (start, end) in zip(cases, spans, strict=True):
            part = _part(readings, range(start, end)) if readings is not None and end > start else None
            places = several.choose(case.texts, part, case.as_of) if part is not None else []
            events = next(happened) if case.history is not None else None
            out.append(Look(case, pieces[start:end], part, cut[start:end], places, events))
        return out

    def draft(self, look: Look) -> Draft | None:
        """The answer by the local models; None where there is nothing to read."""
        if look.readings is None:
            if look.events is None:
                return None
            return Draft(
                look.case, fuse.of_events(look.events), (), None,
                warnings=self._unfitted(), times=look.events.reasons, p_active=look.events.p_active,
            )  # fmt: skip
        days = several.ages([look.case.texts[place] for place in look.places], look.case.as_of)
        row = several.combine(look.readings, look.places, days)
        spoken = [at for at, place in enumerate(look.places) if look.case.texts[place].id not in look.case.searches]
        if look.events is not None and 0 < len(spoken) < len(look.places):
            # Searches count once, as events: as words they add motives and obstacles alone.
            alone = several.combine(look.readings, [look.places[at] for at in spoken], days[spoken])
            row = {**alone, "motivation": row["motivation"], "barrier": row["barrier"]}
        texts = zip(look.case.texts, look.cut, strict=True)
        return self.drafted(look, row, self.model.calibration, [f"truncated:{text.id}" for text, cut in texts if cut])

    def drafted(self, look: Look, row: Mapping[str, Floats], marks: Marks, warnings: Sequence[str]) -> Draft:
        """The answer from a reading of the texts, by whatever model, and from the events.

        Args:
            row: as of ``Readings.row``, of the texts at ``look.places``.
            marks: of that model.
        """
        case, events = look.case, look.events
        if events is None:
            return Draft(case, fuse.of_text(row, marks.prior), look.places, marks, warnings=warnings)
        only_searches = all(case.texts[place].id in case.searches for place in look.places)
        fused = fuse.of_searches(row, events) if only_searches else fuse.of_both(row, marks.prior, events)
        return Draft(
            case, fused, look.places, marks, only_searches=only_searches,
            warnings=[*warnings, *self._unfitted()], times=events.reasons, p_active=events.p_active,
        )  # fmt: skip

    def _unfitted(self) -> list[str]:
        return [UNFITTED] if self.events.calibrated_on == SHIPPED else []

    def _quotes_in_time(self, look: Look, draft: Draft | None, evidence: EvidenceMode, until: float) -> list[Evidence]:
        try:
            return self._quotes([look], [draft], evidence, until)[0]
        except TimeoutError:
            if draft is not None:
                draft.warnings.append(EVIDENCE_LEFT_OUT)
            return []

    def _quotes(
        self, looks: Sequence[Look], drafts: Sequence[Draft | None], evidence: EvidenceMode, until: float | None = None
    ) -> list[list[Evidence]]:
        out: list[list[Evidence]] = [[] for _ in looks]
        if evidence == "none":
            return out
        jobs, owners, base = [], [], []
        for owner, (look, draft) in enumerate(zip(looks, drafts, strict=True)):
            if draft is None or look.readings is None:
                continue
            for place in draft.places[-TEXTS_EXPLAINED:]:
                jobs.append((look.case.texts[place].text, look.pieces[place], draft.wanted()))
                owners.append((owner, look.case.texts[place]))
                base.append(_part(look.readings, [place]))
        model = self.model if until is None else within(self.model, until)
        for (owner, text), found in zip(owners, find(model, jobs, base, evidence == "full"), strict=True):
            for one in found:
                if one.weight <= 0 and looks[owner].events is not None:
                    continue  # these words do not speak for the label: the events decided it
                out[owner].append(
                    Evidence(
                        supports=one.supports, source=text.id, quote=text.text[one.start : one.end],
                        start=one.start, end=one.end, weight=one.weight,
                    )
                )  # fmt: skip
        out = [_strongest(found) for found in out]
        for owner, (look, draft) in enumerate(zip(looks, drafts, strict=True)):
            if draft is not None:
                out[owner] += self.evidence_of_events(look, draft)
        return out

    def evidence_of_events(self, look: Look, draft: Draft) -> list[Evidence]:
        """Events that carry the answer."""
        return self.events.evidence(look.case.history, draft.intent, draft.action) if look.case.history else []

    def _provenance(self, case: Case, latency_ms: float) -> Provenance:
        models, calibrated_on = {}, SHIPPED
        if case.texts or case.history is None:
            models["text"] = self.model.version
            calibrated_on = self.model.calibration.calibrated_on
        if case.history is not None:
            models |= self.events.versions
            calibrated_on = self.events.calibrated_on
        return Provenance(
            engine="local",
            reason="asked",
            models=models,
            calibrated_on=calibrated_on,
            latency_ms=round(latency_ms, 2),
        )

    def _refuse(self, case: Case, latency_ms: float) -> Prediction:
        return Prediction.model_validate(
            {
                "shopper_id": case.shopper.shopper_id,
                "as_of": case.as_of,
                "status": case.refusal,
                "target": target_of(case, ()),
                "provenance": self._provenance(case, latency_ms),
                "warnings": list(case.warnings),
            }
        )


class _Within:
    """Reads as a text model does, a few pieces at a time; raises ``TimeoutError`` once its time is over."""

    def __init__(self, model: TextModel, until: float) -> None:
        self._model, self._until = model, until + AFTER_DEADLINE_S

    def words(self, text: str) -> list[tuple[int, int]]:
        return self._model.words(text)

    def read(self, pieces: Sequence[Piece]) -> tuple[Readings, list[bool]]:
        parts: list[Readings] = []
        cut: list[bool] = []
        while len(cut) < len(pieces):
            if time.monotonic() >= self._until:
                raise TimeoutError
            room, last = _CHARACTERS_AT_ONCE, len(cut)
            while last < len(pieces) and room > 0:
                room -= len(pieces[last].text)
                last += 1
            readings, part_cut = self._model.read(pieces[len(cut) : last])
            parts.append(readings)
            cut += part_cut
        joined = {name: np.concatenate([getattr(one, name) for one in parts]) for name in Readings.__slots__}
        return Readings(**joined), cut


def within(model: TextModel, until: float) -> TextModel:
    """The model as long as there is time: up to ``AFTER_DEADLINE_S`` after a moment of ``time.monotonic``.

    After that its ``read`` raises ``TimeoutError``; of the rest of a model only ``words`` is offered.
    """
    return cast("TextModel", _Within(model, until))


def _part(readings: Readings, places: Sequence[int]) -> Readings:
    return Readings(**{name: getattr(readings, name)[list(places)] for name in Readings.__slots__})


def _strongest(found: Sequence[Evidence]) -> list[Evidence]:
    """One quote a label: the one that weighs most."""
    best: dict[str, Evidence] = {}
    for one in found:
        if one.supports not in best or one.weight > best[one.supports].weight:
            best[one.supports] = one
    return list(best.values())
