"""The deletion test of ``eval.deletion`` on a suite's samples: the quote taken out against as many other words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from purchase_agent.eval.cases.sample import Record, Sample, text_of
from purchase_agent.eval.deletion import run, scores
from purchase_agent.eval.scoring.figures import result
from purchase_agent.metrics import Bootstrap
from purchase_agent.prediction import EvidenceMode
from purchase_agent.predictors.text import TextModel
from purchase_agent.settings import load_settings, model_folder
from purchase_agent.training.corpus import Row, group_of


def deletion_figures(samples: Sequence[Sample], most: int, mode: EvidenceMode, seed: int) -> list[Record]:
    """Figures over the quotes of up to ``most`` samples with one text, as ``run.json`` has them: medians of the fall in
    log-odds, of their difference, and the share of quotes whose removal moves the answer more than that of other words.
    """
    settings = load_settings()
    model = TextModel(model_folder(settings.models_dir, "text"), threads=settings.threads)
    known = [one for one in samples if len(one.input.get("texts", ())) == 1]
    chosen = np.sort(np.random.default_rng([seed, 9]).permutation(len(known))[:most])
    rows = [_row(known[place]) for place in chosen.tolist()]
    found = run(model, rows, mode, seed=seed)
    if not found.deletions:
        return []
    drawn = Bootstrap(groups=[one.group for one in found.deletions], seed=seed)
    return [result(f"deletion_{one.name}", "evidence", one) for one in scores(found.deletions, drawn)]


def _row(sample: Sample) -> Row:
    text = text_of(sample.input)
    told = sample.metadata
    return Row(
        text=text, channel=sample.input["texts"][0]["channel"], language=str(told.get("language")),
        source=str(told.get("source")), licence="", group=str(told.get("group") or group_of(text)),
    )  # fmt: skip
