"""Text and behaviour in one answer: each moves it its way, and the parts still agree."""

import numpy as np
import pytest

from purchase_agent.labels import ACTIONS, INTENTS, MOTIVATIONS, TIMINGS
from purchase_agent.predictors.fuse import EventsReading, bins_of, of_both, of_events, of_text
from purchase_agent.predictors.stages import motive_probabilities, stage_probabilities

PRIOR = {
    "intent": [1 / 6] * 6,
    "next_action": [1 / 15] * 15,
    "timing": [0.05, 0.1, 0.1, 0.1, 0.15, 0.3, 0.2],
}


def events(cdf=(0.02, 0.08, 0.2, 0.3, 0.5), intent="exploration", action="view_item", motives=()):
    doing = np.full(len(ACTIONS), 0.02)
    doing[ACTIONS.index(action)] = 1 - 0.02 * (len(ACTIONS) - 1)
    told = stage_probabilities(intent)
    distributions = {"intent": told, "next_action": doing, "timing": bins_of(np.asarray(cdf))}
    prior = {name: np.asarray(values) for name, values in PRIOR.items()}
    return EventsReading(
        told, motive_probabilities(list(motives)), doing, np.asarray(cdf), None, repurchase=False, reasons=[],
        steps={"prior": prior, "behaviour": distributions},
    )  # fmt: skip


def text(timing="now", intent="ready", chance=0.7, action="purchase"):
    bins = np.full(len(TIMINGS), 0.02)
    bins[TIMINGS.index(timing)] = 1 - 0.02 * (len(TIMINGS) - 1)
    stages = np.full(len(INTENTS), 0.02)
    stages[INTENTS.index(intent)] = 0.9
    doing = np.full(len(ACTIONS), 0.01)
    doing[ACTIONS.index(action)] = 0.86
    return {
        "intent": stages, "next_action": doing, "timing": bins, "motivation": np.full(len(MOTIVATIONS), 0.1),
        "barrier": np.zeros(8), "sentiment": np.asarray([0.1, 0.8, 0.1]), "flags": np.asarray([0.01, 0.02]),
        "purchase": np.asarray(chance),
    }  # fmt: skip


def test_bins_are_those_of_the_cdf():
    told = bins_of(np.asarray([0.1, 0.2, 0.4, 0.5, 0.7]))
    assert told.sum() == pytest.approx(1)
    assert told[:4] == pytest.approx([0.1, 0.1, 0.2, 0.1])
    assert told[TIMINGS.index("unknown")] == 0


def test_words_of_buying_now_raise_every_horizon():
    alone, both = of_events(events()).row, of_both(text(), PRIOR, events()).row
    assert (np.cumsum(both["timing"])[:4] > np.cumsum(alone["timing"])[:4]).all()
    assert both["purchase"] == pytest.approx(both["timing"][:3].sum())
    assert both["timing"].sum() == pytest.approx(1)


def test_words_of_an_average_shopper_move_little():
    average = text()
    average["timing"] = np.asarray(PRIOR["timing"])
    both = of_both(average, PRIOR, events()).row
    assert both["timing"][:4] == pytest.approx(of_events(events()).row["timing"][:4], abs=1e-6)


def test_events_move_the_stage_of_words():
    lone = of_text(text(intent="consideration"), PRIOR).row["intent"]
    both = of_both(text(intent="consideration"), PRIOR, events(intent="ready")).row["intent"]
    ready = INTENTS.index("ready")
    assert both[ready] > lone[ready]


def test_only_proven_motives_are_added():
    words = text()
    both = of_both(words, PRIOR, events(motives=["replenishment"])).row["motivation"]
    assert both[MOTIVATIONS.index("replenishment")] == pytest.approx(0.8)
    same = of_both(words, PRIOR, events()).row["motivation"]
    assert same == pytest.approx(words["motivation"])


def test_what_each_source_added_ends_at_the_answer():
    fused = of_both(text(), PRIOR, events())
    assert list(fused.steps) == ["prior", "behaviour", "text"]
    assert fused.steps["text"]["timing"] == pytest.approx(fused.row["timing"])
