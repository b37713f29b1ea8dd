"""The answers for one shopper before their evidence is known: labels told, then the whole prediction."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from purchase_agent.evidence import Text, in_utc
from purchase_agent.labels import (
    ACTIONS,
    BARRIERS,
    HORIZONS,
    INTENTS,
    MOTIVATIONS,
    SENTIMENTS,
    TIMINGS,
    Intent,
    TimingReason,
    level_of,
)  # fmt: skip
from purchase_agent.prediction import (
    Contribution,
    Evidence,
    IntentAnswer,
    MotivationAnswer,
    NextActionAnswer,
    Prediction,
    Provenance,
    PurchaseProbability,
    SubjectTarget,
    TimingAnswer,
)  # fmt: skip
from purchase_agent.predictors.advice import advise
from purchase_agent.predictors.base import Case
from purchase_agent.predictors.calibrate import Marks, cdf_of, timing_bins, told_motivations
from purchase_agent.predictors.fuse import TOLD, Fused
from purchase_agent.predictors.quotes import Wanted
from purchase_agent.predictors.stated_dates import Stated, stated
from purchase_agent.predictors.timing_shift import between, shift_bins
from purchase_agent.predictors.timing_signs import reasons

Floats = NDArray[np.float64]

TEXTS_EXPLAINED = 2
"""The newest texts of the subject in which quotes and words of time are looked for."""
SAYS_NOTHING: dict[str, frozenset[str]] = {
    "intent": frozenset({"none"}),
    "next_action": frozenset({"leave"}),
    "timing": frozenset({"unknown", "not_expected"}),
    "motivation": frozenset({"unknown"}),
}
"""Labels for which no words are looked for."""
_SET_FROM = 0.1  # without words there is no fitted conformal set: labels at least this probable


class Draft:
    """Labels told of a fused answer.

    Args:
        places: of the case's texts that were read, oldest first; empty where only events were.
        marks: calibration of the text model; None where only events were read.
        times: reasons of the timing that events show.
        only_searches: the texts read are searches among the events: they support motives and obstacles only.
        p_active: chance that the shopper is still a customer, where a purchase history tells it.
    """

    def __init__(
        self, case: Case, fused: Fused, places: Sequence[int], marks: Marks | None, *,
        warnings: Sequence[str] = (), times: Sequence[TimingReason] = (), p_active: float | None = None,
        only_searches: bool = False,
    ) -> None:  # fmt: skip
        self.case, self.fused, self.places = case, fused, list(places)
        self.row = row = fused.row
        self.warnings, self.times, self.p_active = list(warnings), list(times), p_active
        self.only_searches = only_searches
        self.conformal = np.full(len(INTENTS), _SET_FROM)
        thresholds: dict[str, list[float]] = {
            "flags": [0.5, 0.5], "motivation": [0.5] * len(MOTIVATIONS), "barrier": [0.5] * len(BARRIERS),
        }  # fmt: skip
        if marks is not None:
            thresholds = {name: list(values) for name, values in marks.thresholds.items()}
            language = case.languages[self.places[-1]]
            self.conformal = np.asarray(marks.conformal.get(language, marks.conformal["en"]))
        self.repurchase = bool(row["flags"][1] >= thresholds["flags"][1])
        self._stages(thresholds["flags"][0])
        why = row["motivation"]
        told = told_motivations(why[None], thresholds["motivation"])[0]
        self.motivations = [MOTIVATIONS[i] for i in np.argsort(-why, kind="stable") if told[i]]
        ratio = row["barrier"] / np.asarray(thresholds["barrier"])
        self.barriers = [BARRIERS[i] for i in np.argsort(-row["barrier"], kind="stable") if ratio[i] >= 1]
        self.action = ACTIONS[int(row["next_action"].argmax())]
        self.bins = row["timing"]
        if marks is not None and TIMINGS[int(self.bins.argmax())] == "unknown":
            shape = np.asarray(marks.prior["timing"])[None]
            soon = timing_bins(shape, np.asarray([row["purchase"]]).ravel())[0][:3]
            self.bins = np.concatenate([soon, self.bins[3:]])
        self.as_of = case.as_of.astimezone(ZoneInfo(case.shopper.timezone))  # days are told as the shopper counts them
        self.spans = self._dated()
        self.unmoved = self.bins
        self.bins = shift_bins(self.bins, self.spans, self.as_of)
        self.timing = TIMINGS[int(self.bins.argmax())]

    def _dated(self) -> list[Stated]:
        """Days and festivals that the newest texts name, read as of when each was written."""
        case, out = self.case, []
        for place in self.places[-TEXTS_EXPLAINED:]:
            text = case.texts[place]
            out += stated(text.text, in_utc(text.at or case.as_of), case.shopper.timezone)
        return out

    def _stages(self, threshold: float) -> None:
        stages = self.row["intent"].copy()
        self.declined = bool(self.row["flags"][0] >= threshold)
        if self.declined and INTENTS[int(stages.argmax())] == "ready":
            # The two exclude each other: the more probable one holds.
            if self.row["flags"][0] > stages.max():
                stages[INTENTS.index("ready")] = 0.0
                stages /= stages.sum()
            else:
                self.declined = False
        self.stages = stages
        self.intent: Intent = INTENTS[int(stages.argmax())]

    def wanted(self) -> list[Wanted]:
        """Labels that need a quote: those told, but for the ones that say nothing."""
        told: list[tuple[str, int, str]] = []
        if not self.only_searches:
            told.append(("intent", INTENTS.index(self.intent), self.intent))
        told += [("motivation", MOTIVATIONS.index(name), name) for name in self.motivations[:4]]
        told += [("barrier", BARRIERS.index(name), name) for name in self.barriers[:3]]
        if not self.only_searches:
            told.append(("next_action", ACTIONS.index(self.action), self.action))
            told.append(("timing", TIMINGS.index(self.timing), self.timing))
        return [
            Wanted(task, place, f"{task}.{name}")
            for task, place, name in told
            if name not in SAYS_NOTHING.get(task, ())
        ]

    def finish(self, evidence: list[Evidence], provenance: Provenance) -> Prediction:
        """The whole prediction."""
        case, row = self.case, self.row
        intents = _rounded(self.stages)
        chosen = [i for i in np.argsort(-self.stages, kind="stable") if self.stages[i] >= self.conformal[i]]
        most = int(self.stages.argmax())
        chosen = chosen if most in chosen else [most, *chosen]
        bins, cdf = told_bins(self.bins)
        sentiment = SENTIMENTS[int(row["sentiment"].argmax())]
        return Prediction(
            shopper_id=case.shopper.shopper_id,
            as_of=case.as_of,
            status="ok",
            target=target_of(case, [case.texts[place] for place in self.places]),
            intent=IntentAnswer(
                label=self.intent,
                level=level_of(self.intent),
                probabilities=dict(zip(INTENTS, intents, strict=True)),
                set=[INTENTS[i] for i in chosen],
                abstained=len(chosen) > 2,
                purchase_probability=PurchaseProbability(value=cdf[2]),
                declined=self.declined,
                repurchase=self.repurchase,
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
            timing=self._timing(bins, cdf),
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
            provenance=provenance,
            warnings=[*case.warnings, *self.warnings],
        )

    def _timing(self, bins: list[float], cdf: list[float]) -> TimingAnswer:
        told = [*cdf, cdf[-1] + bins[4]]
        days, through = between(np.cumsum(self.unmoved[: len(told)]).tolist(), told, self.spans, self.as_of)
        median, low, high = quantiles(days, through)
        expected = None
        if median is not None and self.timing not in ("unknown", "not_expected"):
            expected = (self.as_of + timedelta(days=median)).date()
        return TimingAnswer.model_validate(
            {
                "label": self.timing,
                "probabilities": dict(zip(TIMINGS, bins, strict=True)),
                "cdf": {str(days): value for days, value in zip(HORIZONS, cdf, strict=True)},
                "expected_date": expected,
                "median_days": median,
                "interval_days": (low, high) if median is not None else None,
                "p_active": round(self.p_active, 4) if self.p_active is not None else None,
                "reasons": self._reasons(),
            }
        )

    def _reasons(self) -> list[TimingReason]:
        if self.timing == "unknown":
            return ["prior_only"]
        today = self.as_of.date()
        texts = [self.case.texts[place].text for place in self.places[-TEXTS_EXPLAINED:]]
        told = [span.kind for span in self.spans if span.latest >= today]
        told += reasons(texts) if texts else []
        return list(dict.fromkeys([*told, *self.times]))

    def _contributions(self) -> list[Contribution]:
        """What each source moved the label told by, in log-odds; with the prior's own they sum to the answer."""
        out = []
        names = {
            "intent": (INTENTS, self.intent), "next_action": (ACTIONS, self.action), "timing": (TIMINGS, self.timing),
        }  # fmt: skip
        final = {"intent": self.stages, "next_action": self.row["next_action"], "timing": self.bins}
        for task in TOLD:
            labels, label = names[task]
            place = list(labels).index(label)
            before = 0.0
            sources = list(self.fused.steps)
            for number, source in enumerate(sources):
                last = number == len(sources) - 1
                now = _logit(float((final if last else self.fused.steps[source])[task][place]))
                if source == "prior" or last or abs(now - before) > 0:
                    out.append(Contribution(source=source, task=task, log_odds=round(now - before, 3)))  # type: ignore[arg-type]
                before = now
        return out


def quantiles(days: Floats, cdf: Floats) -> tuple[float | None, float | None, float | None]:
    """Median and 80 % interval in days of a purchase, given that one comes within a year.

    ``cdf`` at ``days``, from 0 to a year, straight between them. None where a purchase within the year has less than
    one chance in a hundred.
    """
    if cdf[-1] < 0.01:
        return None, None, None
    median, low, high = (round(float(np.interp(q, cdf / cdf[-1], days)), 1) for q in (0.5, 0.1, 0.9))
    return median, low, high


def told_bins(bins: Floats) -> tuple[list[float], list[float]]:
    """Timing bins and the CDF to four decimals, so rounded that they still agree exactly."""
    cdf = [round(float(value), 4) for value in cdf_of(bins)]
    soon = [round(later - earlier, 4) for earlier, later in zip([0.0, *cdf], cdf, strict=False)]
    rest = bins[len(cdf) :]
    rest = rest / max(rest.sum(), 1e-12) * (1 - cdf[-1])
    return [*soon, *(round(float(value), 4) for value in rest)], cdf


def target_of(case: Case, texts: Sequence[Text]) -> SubjectTarget:
    """What the answer is about: as asked, else with events the shop, else what the texts speak of."""
    asked = case.shopper.target
    if asked is not None:
        return SubjectTarget(scope=asked.scope, id=asked.id)
    if case.history is not None:
        return SubjectTarget(scope="shop", id=None)
    named = [text.item_id or text.category for text in texts if text.item_id or text.category]
    return SubjectTarget(scope="subject", id=named[-1] if named else None)


def _rounded(values: Floats) -> list[float]:
    return [round(float(value), 4) for value in values]


def _logit(p: float) -> float:
    p = min(max(p, 1e-4), 1 - 1e-4)
    return math.log(p / (1 - p))
