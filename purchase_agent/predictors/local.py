"""The local predictor: readings of the text model made into predictions, without server or network."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from purchase_agent.evidence import Text
from purchase_agent.labels import (
    ACTIONS,
    BARRIERS,
    HORIZONS,
    INTENTS,
    MOTIVATIONS,
    SENTIMENTS,
    TIMINGS,
    Intent,
    level_of,
)  # fmt: skip
from purchase_agent.prediction import (
    Contribution,
    Evidence,
    EvidenceMode,
    IntentAnswer,
    MotivationAnswer,
    NextActionAnswer,
    Prediction,
    Provenance,
    PurchaseProbability,
    SubjectTarget,
    TimingAnswer,
)  # fmt: skip
from purchase_agent.predictors import shopper as several
from purchase_agent.predictors.advice import advise
from purchase_agent.predictors.base import Case
from purchase_agent.predictors.calibrate import Readings, cdf_of, timing_bins, told_motivations
from purchase_agent.predictors.quotes import Wanted, find
from purchase_agent.predictors.text import Piece, TextModel
from purchase_agent.predictors.timing_signs import reasons

Floats = NDArray[np.float64]

_TEXTS_EXPLAINED = 2  # the newest texts of the subject in which quotes are looked for
_TRIVIAL = {
    "intent": {"none"},
    "next_action": {"leave"},
    "timing": {"unknown", "not_expected"},
    "motivation": {"unknown"},
}
_DAYS = (0.0, *map(float, HORIZONS), 365.0)


class LocalPredictor:
    """Predicts from texts with the shipped model. Batched over shoppers; each answer is its own.

    Args:
        model: loaded text model.
    """

    def __init__(self, model: TextModel) -> None:
        self.model = model

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
        readings, cut = self.model.read(pieces)
        drafts = []
        for case, (start, end) in zip(cases, spans, strict=True):
            drafts.append(self._draft(case, _part(readings, start, end), cut[start:end]) if end > start else None)
        quotes = self._quotes(cases, drafts, pieces, spans, readings, evidence)
        each = (time.perf_counter() - begun) * 1000 / max(len(cases), 1)
        return [
            draft.finish(found, self.model, each) if draft is not None else _refuse(case, self.model, each)
            for case, draft, found in zip(cases, drafts, quotes, strict=True)
        ]

    def _draft(self, case: Case, readings: Readings, cut: Sequence[bool]) -> _Draft:
        places = several.choose(case.texts, readings, case.as_of)
        days = several.ages([case.texts[place] for place in places], case.as_of)
        row = several.combine(readings, places, days)
        warnings = [f"truncated:{text.id}" for text, was_cut in zip(case.texts, cut, strict=True) if was_cut]
        return _Draft(case, places, row, warnings, self.model)

    def _quotes(
        self, cases: Sequence[Case], drafts: Sequence[_Draft | None], pieces: Sequence[Piece],
        spans: Sequence[tuple[int, int]], readings: Readings, evidence: EvidenceMode,
    ) -> list[list[Evidence]]:  # fmt: skip
        out: list[list[Evidence]] = [[] for _ in cases]
        if evidence == "none":
            return out
        jobs, owners, rows = [], [], []
        for owner, (case, draft, (start, _)) in enumerate(zip(cases, drafts, spans, strict=True)):
            if draft is None:
                continue
            for place in draft.places[-_TEXTS_EXPLAINED:]:
                jobs.append((case.texts[place].text, pieces[start + place], draft.wanted()))
                owners.append((owner, case.texts[place]))
                rows.append(start + place)
        if not jobs:
            return out
        base = _part_at(readings, rows)
        for (owner, text), found in zip(owners, find(self.model, jobs, base, evidence == "full"), strict=True):
            for one in found:
                out[owner].append(
                    Evidence(
                        supports=one.supports, source=text.id, quote=text.text[one.start : one.end],
                        start=one.start, end=one.end, weight=one.weight,
                    )
                )  # fmt: skip
        return [_strongest(found) for found in out]


class _Draft:
    """The answers for one shopper before their evidence is known."""

    def __init__(
        self, case: Case, places: list[int], row: dict[str, Floats], warnings: list[str], model: TextModel
    ) -> None:
        self.case, self.places, self.row, self.warnings = case, places, row, warnings
        self.thresholds = model.calibration.thresholds
        language = case.languages[places[-1]]
        self.conformal = np.asarray(model.calibration.conformal.get(language, model.calibration.conformal["en"]))
        self.prior = model.calibration.prior
        self.declined = bool(row["flags"][0] >= self.thresholds["flags"][0])
        stages = row["intent"].copy()
        if self.declined and INTENTS[int(stages.argmax())] == "ready":
            # The two exclude each other: the more probable one holds.
            if row["flags"][0] > stages.max():
                stages[INTENTS.index("ready")] = 0.0
                stages /= stages.sum()
            else:
                self.declined = False
        self.stages = stages
        self.intent: Intent = INTENTS[int(stages.argmax())]
        why = row["motivation"]
        told = told_motivations(why[None], self.thresholds["motivation"])[0]
        self.motivations = [MOTIVATIONS[i] for i in np.argsort(-why, kind="stable") if told[i]]
        ratio = row["barrier"] / np.asarray(self.thresholds["barrier"])
        self.barriers = [BARRIERS[i] for i in np.argsort(-row["barrier"], kind="stable") if ratio[i] >= 1]
        self.action = ACTIONS[int(row["next_action"].argmax())]
        self.bins = row["timing"]
        if TIMINGS[int(self.bins.argmax())] == "unknown":
            shape = np.asarray(self.prior["timing"])[None]
            soon = timing_bins(shape, np.asarray([self.row["purchase"]]).ravel())[0][:3]
            self.bins = np.concatenate([soon, self.bins[3:]])
        self.timing = TIMINGS[int(self.bins.argmax())]

    def wanted(self) -> list[Wanted]:
        """Labels that need a quote: those told, but for the ones that say nothing."""
        told: list[tuple[str, int, str]] = [("intent", INTENTS.index(self.intent), self.intent)]
        told += [("motivation", MOTIVATIONS.index(name), name) for name in self.motivations[:4]]
        told += [("barrier", BARRIERS.index(name), name) for name in self.barriers[:3]]
        told.append(("next_action", ACTIONS.index(self.action), self.action))
        told.append(("timing", TIMINGS.index(self.timing), self.timing))
        return [
            Wanted(task, place, f"{task}.{name}") for task, place, name in told if name not in _TRIVIAL.get(task, set())
        ]

    def finish(self, evidence: list[Evidence], model: TextModel, latency_ms: float) -> Prediction:
        case, row = self.case, self.row
        intents = _rounded(self.stages)
        chosen = [i for i in np.argsort(-self.stages, kind="stable") if self.stages[i] >= self.conformal[i]]
        most = int(self.stages.argmax())
        chosen = chosen if most in chosen else [most, *chosen]
        bins, cdf = _told_bins(self.bins)
        sentiment = SENTIMENTS[int(row["sentiment"].argmax())]
        texts = [case.texts[place].text for place in self.places[-_TEXTS_EXPLAINED:]]
        return Prediction(
            shopper_id=case.shopper.shopper_id,
            as_of=case.as_of,
            status="ok",
            target=_target(case, [case.texts[place] for place in self.places]),
            intent=IntentAnswer(
                label=self.intent,
                level=level_of(self.intent),
                probabilities=dict(zip(INTENTS, intents, strict=True)),
                set=[INTENTS[i] for i in chosen],
                abstained=len(chosen) > 2,
                purchase_probability=PurchaseProbability(value=cdf[2]),
                declined=self.declined,
                repurchase=bool(row["flags"][1] >= self.thresholds["flags"][1]),
                sentiment=sentiment,
            ),
            motivation=MotivationAnswer(
                labels=self.motivations,
                probabilities={n: round(float(p), 4) for n, p in zip(MOTIVATIONS, row["motivation"], strict=True)},
                barriers={n: round(float(p), 4) for n, p in zip(BARRIERS, row["barrier"], strict=True)},
            ),
            next_action=NextActionAnswer(
                label=self.action, probabilities=dict(zip(ACTIONS, _rounded(row["next_action"]), strict=True))
            ),
            timing=self._timing(bins, cdf, texts),
            advice=advise(
                intent=self.intent,
                declined=self.declined,
                sentiment=sentiment,
                action=self.action,
                timing=self.timing,
                barriers=self.barriers,
            ),
            contributions=self._contributions(),
            evidence=evidence,
            provenance=_provenance(model, latency_ms),
            warnings=[*case.warnings, *self.warnings],
        )

    def _timing(self, bins: list[float], cdf: list[float], texts: list[str]) -> TimingAnswer:
        median, low, high = quantiles(cdf, bins[4])
        expected = None
        if median is not None and self.timing not in ("unknown", "not_expected"):
            expected = (self.case.as_of + timedelta(days=median)).date()
        told = ["prior_only"] if self.timing == "unknown" else reasons(texts)
        return TimingAnswer.model_validate(
            {
                "label": self.timing,
                "probabilities": dict(zip(TIMINGS, bins, strict=True)),
                "cdf": {str(days): value for days, value in zip(HORIZONS, cdf, strict=True)},
                "expected_date": expected,
                "median_days": median,
                "interval_days": (low, high) if median is not None else None,
                "reasons": told,
            }
        )

    def _contributions(self) -> list[Contribution]:
        out = []
        for task, names, label, probabilities in (
            ("intent", INTENTS, self.intent, self.stages),
            ("next_action", ACTIONS, self.action, self.row["next_action"]),
            ("timing", TIMINGS, self.timing, self.bins),
        ):
            place = list(names).index(label)
            prior = _logit(self.prior[task][place])
            out.append(Contribution(source="prior", task=task, log_odds=round(prior, 3)))
            gained = _logit(float(probabilities[place])) - prior
            out.append(Contribution(source="text", task=task, log_odds=round(gained, 3)))
        return out


def quantiles(cdf: Sequence[float], later: float) -> tuple[float | None, float | None, float | None]:
    """Median and 80 % interval in days of a purchase, given that one comes within a year.

    ``cdf`` at ``HORIZONS``, ``later`` the chance of a purchase after the last of them; straight between the points.
    None where a purchase within the year has less than one chance in a hundred.
    """
    total = cdf[-1] + later
    if total < 0.01:
        return None, None, None
    steps = np.asarray([0.0, *cdf, total]) / total
    median, low, high = (round(float(np.interp(q, steps, _DAYS)), 1) for q in (0.5, 0.1, 0.9))
    return median, low, high


def _told_bins(bins: Floats) -> tuple[list[float], list[float]]:
    """Timing bins and the CDF to four decimals, so rounded that they still agree exactly."""
    cdf = [round(float(value), 4) for value in cdf_of(bins)]
    soon = [round(later - earlier, 4) for earlier, later in zip([0.0, *cdf], cdf, strict=False)]
    rest = bins[len(cdf) :]
    rest = rest / max(rest.sum(), 1e-12) * (1 - cdf[-1])
    return [*soon, *(round(float(value), 4) for value in rest)], cdf


def _rounded(values: Floats) -> list[float]:
    return [round(float(value), 4) for value in values]


def _logit(p: float) -> float:
    p = min(max(p, 1e-4), 1 - 1e-4)
    return math.log(p / (1 - p))


def _part(readings: Readings, start: int, end: int) -> Readings:
    return Readings(**{name: getattr(readings, name)[start:end] for name in Readings.__slots__})


def _part_at(readings: Readings, places: Sequence[int]) -> Readings:
    return Readings(**{name: getattr(readings, name)[list(places)] for name in Readings.__slots__})


def _strongest(found: Sequence[Evidence]) -> list[Evidence]:
    """One quote a label: the one that weighs most."""
    best: dict[str, Evidence] = {}
    for one in found:
        if one.supports not in best or one.weight > best[one.supports].weight:
            best[one.supports] = one
    return list(best.values())


def _target(case: Case, texts: Sequence[Text]) -> SubjectTarget:
    asked = case.shopper.target
    if asked is not None:
        return SubjectTarget(scope=asked.scope, id=asked.id)
    named = [text.item_id or text.category for text in texts if text.item_id or text.category]
    return SubjectTarget(scope="subject", id=named[-1] if named else None)


def _provenance(model: TextModel, latency_ms: float) -> Provenance:
    return Provenance(
        engine="local",
        reason="asked",
        models={"text": model.version},
        calibrated_on=model.calibration.calibrated_on,
        latency_ms=round(latency_ms, 2),
    )


def _refuse(case: Case, model: TextModel, latency_ms: float) -> Prediction:
    return Prediction.model_validate(
        {
            "shopper_id": case.shopper.shopper_id,
            "as_of": case.as_of,
            "status": case.refusal,
            "target": _target(case, ()),
            "provenance": _provenance(model, latency_ms),
            "warnings": list(case.warnings),
        }
    )
