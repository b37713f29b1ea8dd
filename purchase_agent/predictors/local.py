"""The local predictor: texts and events read by the local models and made into predictions, without a server.

A model is loaded when the first shopper needs it: words alone never wait for the models of events.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from purchase_agent.prediction import Evidence, EvidenceMode, Prediction, Provenance
from purchase_agent.predictors import fuse
from purchase_agent.predictors import shopper as several
from purchase_agent.predictors.base import Case
from purchase_agent.predictors.calibrate import Readings
from purchase_agent.predictors.draft import TEXTS_EXPLAINED, Draft, target_of
from purchase_agent.predictors.fuse import EventsReading
from purchase_agent.predictors.quotes import find
from purchase_agent.predictors.text import Piece, TextModel

if TYPE_CHECKING:
    from purchase_agent.predictors.happenings import EventsPredictor

UNFITTED = "unfitted_shop"
"""Warns that the models of events have not seen this shop: its rhythm may differ."""
SHIPPED = "shipped"


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
        drafts: list[Draft | None] = []
        for case, (start, end) in zip(cases, spans, strict=True):
            events = next(happened) if case.history is not None else None
            part = _part(readings, range(start, end)) if readings is not None and end > start else None
            drafts.append(self._draft(case, part, cut[start:end], events))
        quotes = self._quotes(cases, drafts, pieces, spans, readings, evidence)
        each = (time.perf_counter() - begun) * 1000 / max(len(cases), 1)
        return [
            draft.finish(found, self._provenance(case, each)) if draft is not None else self._refuse(case, each)
            for case, draft, found in zip(cases, drafts, quotes, strict=True)
        ]

    def _draft(
        self, case: Case, readings: Readings | None, cut: Sequence[bool], events: EventsReading | None
    ) -> Draft | None:
        if readings is None:
            if events is None:
                return None
            return Draft(
                case, fuse.of_events(events), (), None,
                warnings=self._unfitted(), times=events.reasons, p_active=events.p_active,
            )  # fmt: skip
        places = several.choose(case.texts, readings, case.as_of)
        days = several.ages([case.texts[place] for place in places], case.as_of)
        row = several.combine(readings, places, days)
        warnings = [f"truncated:{text.id}" for text, was_cut in zip(case.texts, cut, strict=True) if was_cut]
        marks = self.model.calibration
        if events is None:
            return Draft(case, fuse.of_text(row, marks.prior), places, marks, warnings=warnings)
        searched = {event.id for event in case.shopper.events}
        only_searches = all(case.texts[place].id in searched for place in places)
        fused = fuse.of_searches(row, events) if only_searches else fuse.of_both(row, marks.prior, events)
        return Draft(
            case, fused, places, marks, only_searches=only_searches,
            warnings=[*warnings, *self._unfitted()], times=events.reasons, p_active=events.p_active,
        )  # fmt: skip

    def _unfitted(self) -> list[str]:
        return [UNFITTED] if self.events.calibrated_on == SHIPPED else []

    def _quotes(
        self, cases: Sequence[Case], drafts: Sequence[Draft | None], pieces: Sequence[Piece],
        spans: Sequence[tuple[int, int]], readings: Readings | None, evidence: EvidenceMode,
    ) -> list[list[Evidence]]:  # fmt: skip
        out: list[list[Evidence]] = [[] for _ in cases]
        if evidence == "none":
            return out
        jobs, owners, rows = [], [], []
        for owner, (case, draft, (start, _)) in enumerate(zip(cases, drafts, spans, strict=True)):
            if draft is None:
                continue
            for place in draft.places[-TEXTS_EXPLAINED:]:
                jobs.append((case.texts[place].text, pieces[start + place], draft.wanted()))
                owners.append((owner, case.texts[place]))
                rows.append(start + place)
        if jobs and readings is not None:
            base = _part(readings, rows)
            for (owner, text), found in zip(owners, find(self.model, jobs, base, evidence == "full"), strict=True):
                for one in found:
                    out[owner].append(
                        Evidence(
                            supports=one.supports, source=text.id, quote=text.text[one.start : one.end],
                            start=one.start, end=one.end, weight=one.weight,
                        )
                    )  # fmt: skip
        out = [_strongest(found) for found in out]
        for owner, (case, draft) in enumerate(zip(cases, drafts, strict=True)):
            if draft is not None and case.history is not None:
                out[owner] += self.events.evidence(case.history, draft.intent, draft.action)
        return out

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


def _part(readings: Readings, places: Sequence[int]) -> Readings:
    return Readings(**{name: getattr(readings, name)[list(places)] for name in Readings.__slots__})


def _strongest(found: Sequence[Evidence]) -> list[Evidence]:
    """One quote a label: the one that weighs most."""
    best: dict[str, Evidence] = {}
    for one in found:
        if one.supports not in best or one.weight > best[one.supports].weight:
            best[one.supports] = one
    return list(best.values())
