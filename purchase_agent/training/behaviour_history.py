"""The last step of the behaviour model: its pool with what a purchase history says, and the rates of the stages."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from purchase_agent.events import History, history_at
from purchase_agent.labels import HORIZONS, INTENTS
from purchase_agent.predictors.behaviour import FILES, BehaviourCalibration, BehaviourModel, Pool
from purchase_agent.predictors.event_tokens import ASKED, ID, YES
from purchase_agent.predictors.happenings import EDGE, orders_only, with_year
from purchase_agent.predictors.model_folder import reseal
from purchase_agent.predictors.platt import log_odds
from purchase_agent.predictors.stages import stage
from purchase_agent.predictors.timing.model import TimingModel
from purchase_agent.training import behaviour_card
from purchase_agent.training.behaviour_fit import fit_pool
from purchase_agent.training.streams import IGNORED, Stream, ask

_EACH = 6  # moments of a shopper
_FEWEST = 300  # cases below which a pool is not fitted but taken half and half


def complete(folder: Path, timing: Path, streams: Sequence[Stream], seed: int) -> BehaviourCalibration:
    """Fits the pool with a timing model and the purchase rate of each stage, and seals the folder anew.

    Args:
        streams: of shoppers whom neither model was fitted on.
    """
    model, times = BehaviourModel(folder), TimingModel(timing)
    pasts, answers = _moments(streams, random.Random(seed))
    asked = model.read(pasts).asked
    year = np.stack([with_year(row[1 : 1 + len(HORIZONS)]) for row in asked])
    bought = np.asarray([bool(past.purchase_days) and not orders_only(past) for past in pasts])
    told = np.zeros_like(year)
    told[bought] = times.read([past for past, known in zip(pasts, bought, strict=True) if known]).cdf
    pools: dict[str, Pool] = {}
    for place, days in enumerate(HORIZONS):
        truth = answers[:, place + 1]
        rows = bought & (truth >= 0)
        pools[str(days)] = (
            fit_pool(log_odds(year[rows, place, None], EDGE), log_odds(told[rows, place, None], EDGE), truth[rows], 1)
            if rows.sum() >= _FEWEST
            else Pool(weights=(0.5, 0.5), bias=(0.0,))
        )
    pools["365"] = pools[str(HORIZONS[-1])]
    stages = np.asarray([INTENTS.index(stage(past)) for past in pasts])
    within = answers[:, ASKED.index("?30d")]
    rates = {
        name: round(float(within[rows].mean()), 4)
        for place, name in enumerate(INTENTS)
        if (rows := (stages == place) & (within >= 0)).sum() >= 50
    }
    marks = model.calibration.model_copy(update={"with_history": pools, "purchase_rate": rates})
    (folder / "calibration.json").write_text(marks.model_dump_json(indent=1), encoding="utf-8")
    reseal(folder, FILES)
    report = json.loads((folder / "metrics.json").read_text("utf-8"))
    (folder / "MODEL_CARD.md").write_text(behaviour_card.text(marks, report), encoding="utf-8")
    return marks


def _moments(streams: Sequence[Stream], rng: random.Random) -> tuple[list[History], np.ndarray]:
    pasts, answers = [], []
    for stream in streams:
        for _ in range(min(_EACH, 2 * len(stream.steps))):
            place = rng.randrange(len(stream.steps))
            one = ask(stream, place, 0, rng)
            if one is not None:
                pasts.append(history_at(stream.steps[: place + 1], one.at))
                answers.append([-1 if a == IGNORED else int(a == ID[YES]) for a in one.answers])
    return pasts, np.asarray(answers, np.int64)
